//! The schemas built from `schemas/api/statistics/` are those that were kept before as files, one for each era.

use std::fmt::Write as _;

use record_schema::{Era, Table};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

const RECORD: &str = include_str!("../../../schemas/api/statistics/record.json");
const FIELDS: &str = include_str!("../../../schemas/api/statistics/fields.tsv");

/// SHA-256 of each era's [`canonical`] schema. All were taken from the files, so that they prove the table instead of repeating it;
/// a row that is meant to change an era changes its line.
const KEPT: [(&str, &str); 18] = [
    ("0.55", "4600e34d089a410b387068498ea468613ba00c1d044187827f17cfe26b4a3540"),
    ("0.66", "eaae6b094da481f5d48b05d7a8be78c5ae56ef4cd1d6b9be8ca5d3712c7a0803"),
    ("1.0", "206df1892bd32349551794f5104ce52b7da7c552b8c5eafcf404cbfae9b17365"),
    ("1.3", "aee9312fcef69fa57d4b361a2a7b166b37190aaa3adeed4a4dda03a0cd27dedd"),
    ("3.0", "5b557cb5afb7a042957df4d2b9ab2a751abbce9016ae35d02aaecad6beb1d1d8"),
    ("3.2", "9a235d9b9ecdba461e0b5ddea44810993616276e5e3c0324026b29d15c8834fb"),
    ("3.10", "374b7e865f5e90da34431c417d0c4ad49a113c86482439fccc411c12c4a3f16c"),
    ("3.13", "150d32ebf3136da9d166dba9f02e596e200474f0123f267817c844101ddd45b9"),
    ("3.18", "0a83bc64f91fc9ba137de0f0485c87996a8d2f2118c885a5655613157270bdba"),
    ("4.2", "95b33fc39a769cf1fc39737d6550d79157214cb6f21647e1c52c0cdf593dbedd"),
    ("4.6", "0cfcb84feec6fb863dbd131101417c0c954d1961ceafb7826f3dec26bccac83c"),
    ("4.8", "23f1201a99d67e408d47d431c7a1eb761e68ab0091c7b642284290bbac0b863c"),
    ("5.0", "b0689468a3287fb62ca604325f41ed08d0d19b786fa7f6381be1c7172dcbf03b"),
    ("6.0", "daddd4dd8efc4db6da9ed4101e21271227645cd3a418e3645702bf8018fe45eb"),
    ("6.2", "805bfcd0b227361091f24dca8dc093dad404d88b427e71efedb8260098402027"),
    ("6.5", "935c71bc9fec90dde5cf120e1a3f82fb2681cd823ab567bf9cce76c6eb6982e3"),
    ("7.2", "0ebce19653be5b45c6268ce293e5e33079b43be3d882ae02c820afde36753a19"),
    ("8.0", "52be8781e02838c997b8ebe3475fffaa290fa084275fe15ecd67bdcc398034e9"),
];

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

fn digest(table: &Table, era: &Era) -> String {
    let mut hexadecimal = String::new();
    for byte in Sha256::digest(canonical(&table.schema(era)).to_string()) {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    hexadecimal
}

/// The names of the eras whose schemas are not the kept ones.
fn changed(table: &Table) -> Vec<String> {
    let kept = |era: &&Era| KEPT.contains(&(era.name(), &digest(table, era)));
    table.eras().iter().filter(|era| !kept(era)).map(|era| era.name().to_owned()).collect()
}

#[test]
fn the_built_schemas_are_those_of_the_files() {
    let table = Table::parse(RECORD, FIELDS).unwrap();
    let built: Vec<_> = table.eras().iter().map(|era| (era.name(), digest(&table, era))).collect();
    assert_eq!(built, KEPT.map(|(name, digest)| (name, digest.to_owned())));
}

#[test]
fn a_change_of_a_row_is_a_change_of_its_eras() {
    for (row, instead, eras) in [
        ("busyUsers\t3.11.0", "busyUsers\t3.13.0", &["3.10"][..]),
        ("busyUsers\t3.11.0", "busyUsers\t3.12.0", &[]),
        ("pushSecured\t6.8.0\t\tyes\tflag", "pushSecured\t6.8.0\t\tyes\tflag?", &["6.5", "7.2", "8.0"]),
        ("fips\t8.7.0\t\tno", "fips\t8.0.0\t\tyes", &["8.0"]),
        ("teams.teamStats[].totalMembers\t\t\tyes", "teams.teamStats[].totalMembers\t\t\tno", &["3.13", "3.18", "4.2"]),
    ] {
        assert!(FIELDS.contains(row), "{row}");
        assert_eq!(changed(&Table::parse(RECORD, &FIELDS.replace(row, instead)).unwrap()), eras, "{instead}");
    }
}

#[test]
fn a_new_field_is_one_row() {
    let row = "newUsers\t8.9.0\t\tyes\tcount\tusers of a new kind\tpull 1\n";
    let schema = |record: &str, era: &str| {
        let table = Table::parse(record, &format!("{FIELDS}{row}")).unwrap();
        let era = table.eras().iter().find(|known| known.name() == era).unwrap();
        table.schema(era)
    };
    let requires = |schema: &Value| schema["required"].as_array().unwrap().iter().any(|name| name == "newUsers");
    assert_eq!(changed(&Table::parse(RECORD, &format!("{FIELDS}{row}")).unwrap()), ["8.0"]);
    let eight = schema(RECORD, "8.0");
    assert_eq!(eight["properties"]["newUsers"]["type"], "integer");
    assert!(!requires(&eight), "versions before 8.9 do not write it");
    // An era of its own is a line of the other file.
    let line = "\"title\": \"8.x (checked at 8.7)\" }";
    let eras =
        RECORD.replace(line, &format!("{line}, {{ \"name\": \"8.9\", \"since\": \"8.9.0\", \"title\": \"8.9\" }}"));
    assert!(requires(&schema(&eras, "8.9")) && schema(&eras, "8.0")["properties"].get("newUsers").is_none());
}

#[test]
fn every_form_is_used() {
    let record: Value = serde_json::from_str(RECORD).unwrap();
    for form in record["forms"].as_object().unwrap().keys() {
        assert!(FIELDS.lines().any(|row| row.split('\t').nth(4) == Some(form)), "{form}");
    }
}
