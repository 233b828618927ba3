//! The schemas built from `schemas/api/statistics/` are those that were kept as files, one for each era, before.

use record_schema::Table;
use serde_json::{Map, Value};

const RECORD: &str = include_str!("../../../schemas/api/statistics/record.json");
const FIELDS: &str = include_str!("../../../schemas/api/statistics/fields.tsv");

/// A schema as what it says: `description` last wherever it stands, and no `required` that requires nothing. All else, the order
/// of members and keywords too, stays: it is that of a validator's complaints.
fn canonical(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let each =
        |schemas: &Map<String, Value>| schemas.iter().map(|(name, schema)| (name.clone(), canonical(schema))).collect();
    let mut plain: Map<String, Value> = Map::new();
    for (keyword, value) in schema.iter().filter(|(keyword, _)| *keyword != "description") {
        let value = match (keyword.as_str(), value) {
            ("properties" | "patternProperties", Value::Object(schemas)) => Value::Object(each(schemas)),
            ("anyOf", Value::Array(schemas)) => schemas.iter().map(canonical).collect(),
            ("items" | "additionalProperties", schema) => canonical(schema),
            ("required", Value::Array(names)) if names.is_empty() => continue,
            (_, value) => value.clone(),
        };
        plain.insert(keyword.clone(), value);
    }
    plain.extend(schema.get_key_value("description").map(|(keyword, text)| (keyword.clone(), text.clone())));
    Value::Object(plain)
}

#[test]
fn the_built_schemas_are_those_of_the_files() {
    let table = Table::parse(RECORD, FIELDS).unwrap();
    assert_eq!(table.eras().len(), 18);
    for era in table.eras() {
        let path = format!("{}/../../schemas/api/statistics/{}.json", env!("CARGO_MANIFEST_DIR"), era.name());
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let (built, kept) = (canonical(&table.schema(era)), canonical(&file));
        assert_eq!(built, kept, "{}", era.name());
        assert_eq!(built.to_string(), kept.to_string(), "{}", era.name());
    }
}
