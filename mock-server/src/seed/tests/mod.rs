//! The seeds as other modules get them: shape, arithmetic, variety, determinism.

mod data;
mod history;
mod refresh;
mod relations;
mod shape;

use crate::era::version::Version;
use crate::seed::{RecordEra, SeedData, SeedSpec, generate};
use mongo_query::{Document, Value};
use serde_json::{Map, Value as Json, json};

/// One version of every profile, and the odd ones where a field came or went.
const VERSIONS: &[&str] = &[
    "0.55.0", "0.61.0", "0.65.2", "0.66.0", "0.70.0", "0.74.3", "1.0.0", "1.0.3", "1.3.0", "2.4.11", "3.0.0", "3.1.0",
    "3.2.0", "3.8.0", "3.10.0", "3.12.0", "3.13.0", "3.18.2", "4.1.2", "4.2.0", "4.4.0", "4.6.2", "4.8.6", "5.0.0",
    "5.2.0", "5.4.3", "6.0.0", "6.1.0", "6.2.0", "6.5.0", "6.8.0", "6.13.1", "7.0.0", "7.2.0", "7.10.1", "7.13.0",
    "8.0.0", "8.1.0", "8.7.1", "8.8.1",
];

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn seeded(text: &str, records: Option<usize>) -> Vec<Document> {
    let data = SeedData::embedded(&RecordEra::for_version(version(text))).unwrap();
    generate(&SeedSpec { records, ..SeedSpec::default() }, &data).collect()
}

/// A document as JSON for the wire: dates as ISO text.
fn wire(document: &Document) -> Json {
    Json::Object(document.iter().map(|(name, value)| (name.to_string(), wire_value(value))).collect::<Map<_, _>>())
}

fn wire_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int32(number) => json!(number),
        Value::Int64(number) => json!(number),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole")]
        Value::Double(number) if number.fract() == 0.0 => json!(*number as i64),
        Value::Double(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Date(ms) => {
            let text = jiff::Timestamp::from_millisecond(*ms).unwrap();
            json!(format!("{text:.3}"))
        }
        Value::Array(items) => items.iter().map(wire_value).collect(),
        Value::Object(fields) => wire(fields),
        Value::Regex(_) | Value::Binary(_) => panic!("no record holds {value:?}"),
    }
}

fn n(record: &Json, name: &str) -> i64 {
    record.pointer(&format!("/{name}")).and_then(Json::as_i64).unwrap_or_else(|| panic!("{name} in {record}"))
}

fn f(record: &Json, name: &str) -> f64 {
    record.pointer(&format!("/{name}")).and_then(Json::as_f64).unwrap_or_else(|| panic!("{name} in {record}"))
}

fn sum(items: &Json, name: &str) -> i64 {
    items.as_array().unwrap().iter().map(|item| n(item, name)).sum()
}

fn text<'a>(record: &'a Json, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_else(|| panic!("{name} in {record}"))
}

/// The instant of ISO text or of JavaScript's date text.
fn instant(text: &str) -> jiff::Timestamp {
    text.parse().unwrap_or_else(|_| {
        let (date, zone) = text.split_once(" GMT").unwrap();
        assert_eq!(zone, "+0000 (Coordinated Universal Time)");
        let date = jiff::civil::DateTime::strptime("%a %b %d %Y %H:%M:%S", date).unwrap();
        jiff::tz::Offset::UTC.to_timestamp(date).unwrap()
    })
}
