//! From JSON to typed documents.

use std::collections::HashSet;

use mongo_query::{Document, Key, Value};
use serde_json::{Map, Value as Json};

use super::counts::as_whole;
use super::encode::{iso, parse_iso};

/// Field names that were seen before, so that documents share them.
#[derive(Debug, Default)]
pub struct Names(HashSet<Key>);

impl Names {
    /// The shared form of a name that was seen before.
    pub(super) fn known(&self, name: &str) -> Option<Key> {
        self.0.get(name).cloned()
    }

    /// The shared form of a name.
    pub fn get(&mut self, name: &str) -> Key {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let key = Key::from(name);
        self.0.insert(key.clone());
        key
    }
}

/// The typed document of a JSON object; an empty one for any other value.
///
/// ISO text at one of `date_paths` (dotted) becomes a date, and so does `{"$date": …}` with milliseconds or ISO text
/// anywhere. Numbers become what a JavaScript client stores for them.
#[cfg(test)]
pub fn document_from_json(json: &Json, date_paths: &[&str]) -> Document {
    document_with(&mut Names::default(), json, date_paths)
}

/// [`document_from_json`] with the field names shared through `names`.
pub fn document_with(names: &mut Names, json: &Json, date_paths: &[&str]) -> Document {
    match json {
        Json::Object(fields) => object(names, fields, &mut String::new(), date_paths),
        _ => Document::new(),
    }
}

/// The document with every value made anew by `value`, in as little room as it takes.
pub(super) fn mapped(document: &Document, mut value: impl FnMut(&str, &Value) -> Value) -> Document {
    let mut made = Document::with_capacity(document.len());
    for (name, old) in document.iter() {
        made.push(name.clone(), value(name, old));
    }
    made
}

/// The document as the API shows it: dates as ISO text.
pub(super) fn to_json(document: &Document) -> Json {
    document.iter().map(|(name, value)| (name.to_string(), value_to_json(value))).collect::<Map<_, _>>().into()
}

fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Int32(number) => (*number).into(),
        Value::Int64(number) => (*number).into(),
        Value::Double(number) => as_whole(value).map_or_else(|| (*number).into(), Json::from),
        Value::String(text) => (&**text).into(),
        Value::Date(ms) => iso(*ms).into(),
        Value::Array(items) => items.iter().map(value_to_json).collect(),
        Value::Object(fields) => to_json(fields),
        // Regular expressions and bytes have no form in JSON, and no record has them.
        Value::Null | Value::Regex(_) | Value::Binary(_) => Json::Null,
    }
}

fn object(names: &mut Names, fields: &Map<String, Json>, path: &mut String, date_paths: &[&str]) -> Document {
    let mut document = Document::with_capacity(fields.len());
    for (name, json) in fields {
        let outer = path.len();
        if outer > 0 {
            path.push('.');
        }
        path.push_str(name);
        let value = value(names, json, path, date_paths);
        path.truncate(outer);
        // A JSON object of `serde_json` has no name twice.
        document.push(names.get(name), value);
    }
    document
}

fn value(names: &mut Names, json: &Json, path: &mut String, date_paths: &[&str]) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => Value::from_js_number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => match parse_iso(text) {
            Some(ms) if date_paths.contains(&path.as_str()) => Value::Date(ms),
            _ => Value::String(text.as_str().into()),
        },
        Json::Array(items) => Value::Array(items.iter().map(|item| value(names, item, path, date_paths)).collect()),
        Json::Object(fields) => match date_of(fields) {
            Some(ms) => Value::Date(ms),
            None => Value::Object(object(names, fields, path, date_paths)),
        },
    }
}

/// The milliseconds of `{"$date": …}`, or `None` for any other object.
pub(super) fn date_of(fields: &Map<String, Json>) -> Option<i64> {
    let date = fields.get("$date").filter(|_| fields.len() == 1)?;
    match date {
        Json::Number(ms) => ms.as_i64(),
        Json::String(text) => parse_iso(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_those_at_date_paths_and_those_that_say_so() {
        let json = json!({
            "createdAt": "2018-02-24T15:13:00.312Z", "other": "2018-02-24T15:13:00.312Z",
            "migration": { "lockedAt": "1970-01-01T00:00:00.001Z" }, "x": { "$date": 5 }, "y": [{ "$date": "1970-01-01T00:00:01.000Z" }],
        });
        let document = document_from_json(&json, &["createdAt", "migration.lockedAt"]);
        assert_eq!(document.get("createdAt"), Some(&Value::Date(1_519_485_180_312)));
        assert!(matches!(document.get("other"), Some(Value::String(_))));
        let migration = document.get("migration").and_then(Value::as_object).unwrap();
        assert_eq!(migration.get("lockedAt"), Some(&Value::Date(1)));
        assert_eq!(document.get("x"), Some(&Value::Date(5)));
        assert_eq!(document.get("y"), Some(&Value::Array(vec![Value::Date(1000)])));
    }

    #[test]
    fn numbers_are_stored_as_javascript_stores_them() {
        let document = document_from_json(&json!({ "a": 7, "b": 4_143_210_496_u64, "c": 0.5, "d": 1.0 }), &[]);
        assert_eq!(document.get("a"), Some(&Value::Int32(7)));
        assert_eq!(document.get("b"), Some(&Value::Double(4_143_210_496.0)));
        assert_eq!(document.get("c"), Some(&Value::Double(0.5)));
        assert_eq!(document.get("d"), Some(&Value::Int32(1)));
    }

    #[test]
    fn names_are_shared() {
        let mut names = Names::default();
        let one = document_with(&mut names, &json!({ "createdAt": 1 }), &[]);
        let two = document_with(&mut names, &json!({ "createdAt": 2 }), &[]);
        let key = |document: &Document| document.iter().next().unwrap().0.clone();
        assert!(std::sync::Arc::ptr_eq(&key(&one), &key(&two)));
    }
}
