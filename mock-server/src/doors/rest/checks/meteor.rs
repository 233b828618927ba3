//! The fault Meteor's `check` finds first, in its words, without the leading `Match error: `.
//!
//! Upstream: Meteor's package `check`, `match.js`.

use mongo_query::Value;

use super::{Field, Schema};
use javascript::stringify;

/// The first fault of `value`, or `None` when it fits.
pub fn fault(schema: &Schema, value: &Value) -> Option<String> {
    let Fault { message, path } = find(schema, value)?;
    Some(if path.is_empty() { message } else { format!("{message} in field {path}") })
}

struct Fault {
    message: String,
    path: String,
}

impl Fault {
    fn here(message: impl Into<String>) -> Self {
        Self { message: message.into(), path: String::new() }
    }

    /// The same fault seen from one level up: `step` is a field's name or an index in brackets.
    fn below(self, step: &str) -> Self {
        let path = match self.path.chars().next() {
            None => step.to_owned(),
            Some('[') => format!("{step}{}", self.path),
            Some(_) => format!("{step}.{}", self.path),
        };
        Self { path, ..self }
    }
}

fn find(schema: &Schema, value: &Value) -> Option<Fault> {
    let expected = |kind: &str, got: &str| Some(Fault::here(format!("Expected {kind}, got {got}")));
    match (schema, value) {
        (Schema::Any, _)
        | (Schema::Text | Schema::OneOf(_), Value::String(_))
        | (Schema::Boolean, Value::Bool(_))
        | (Schema::Number, Value::Int32(_) | Value::Int64(_) | Value::Double(_)) => None,
        (Schema::Text | Schema::OneOf(_), value) => expected("string", type_of(value)),
        (Schema::Boolean, value) => expected("boolean", type_of(value)),
        (Schema::Number, value) => expected("number", type_of(value)),
        (Schema::List { items, .. }, Value::Array(list)) => list
            .iter()
            .enumerate()
            .find_map(|(index, item)| find(items, item).map(|fault| fault.below(&format!("[{index}]")))),
        (Schema::List { .. }, value) => expected("array", &written(value)),
        (Schema::Object { fields, open }, Value::Object(object)) => {
            let wrong = object.iter().find_map(|(name, value)| {
                match fields.iter().find(|field| *field.name == **name) {
                    Some(Field { schema, .. }) => find(schema, value),
                    None if *open => None,
                    None => Some(Fault::here("Unknown key")),
                }
                .map(|fault| fault.below(name))
            });
            wrong.or_else(|| {
                let missing = fields.iter().find(|field| field.required && object.get(field.name).is_none())?;
                Some(Fault::here(format!("Missing key '{}'", missing.name)))
            })
        }
        (Schema::Object { .. }, value) => expected("object", type_of(value)),
    }
}

/// JavaScript's `typeof`, but `null` for null.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int32(_) | Value::Int64(_) | Value::Double(_) => "number",
        Value::String(_) => "string",
        _ => "object",
    }
}

/// The value as JSON.
fn written(value: &Value) -> String {
    let mut json = Vec::new();
    stringify::write_value(value, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{object, optional, required};
    use super::*;

    const UPDATE: Schema = object(&[
        required(
            "permissions",
            Schema::List {
                items: &Schema::Object {
                    fields: &[
                        required("_id", Schema::Text),
                        required("roles", Schema::List { items: &Schema::Text, unique: false }),
                    ],
                    open: true,
                },
                unique: false,
            },
        ),
        optional("note", Schema::Text),
    ]);

    #[test]
    fn says_the_first_fault_with_its_place() {
        let cases = [
            (r#"{"permissions":[{"_id":"a","roles":["x"],"more":1}]}"#, None),
            (r"{}", Some("Missing key 'permissions'")),
            (r#"{"permissions":""}"#, Some("Expected array, got \"\" in field permissions")),
            (r#"{"permissions":null}"#, Some("Expected array, got null in field permissions")),
            (r#"{"permissions":[5]}"#, Some("Expected object, got number in field permissions[0]")),
            (r#"{"permissions":[{"_id":"a"}]}"#, Some("Missing key 'roles' in field permissions[0]")),
            (
                r#"{"permissions":[{"_id":"a","roles":["x",7]}]}"#,
                Some("Expected string, got number in field permissions[0].roles[1]"),
            ),
            (r#"{"permissions":[],"other":1}"#, Some("Unknown key in field other")),
            (r#"{"permissions":[],"note":{}}"#, Some("Expected string, got object in field note")),
        ];
        for (json, expected) in cases {
            let value = javascript::json::parse(json).unwrap();
            assert_eq!(fault(&UPDATE, &value).as_deref(), expected, "{json}");
        }
    }
}
