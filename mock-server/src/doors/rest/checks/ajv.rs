//! The first fault AJV 8 finds, in its words.
//!
//! Upstream: `packages/rest-typings/src/v1/Ajv.ts`; `allErrors` is off and `coerceTypes` on, so that a number passes for a text and a
//! text of digits for a number.

use mongo_query::{Document, Value};

use super::{Field, Schema};

/// The first fault of `value`, or `None` when it fits.
pub fn fault(schema: &Schema, value: &Value) -> Option<String> {
    match (schema, value) {
        (Schema::Text | Schema::OneOf(_), Value::Object(_) | Value::Array(_)) => Some(must_be("string")),
        (Schema::Any | Schema::Text, _) => None,
        (Schema::OneOf(choices), value) => {
            let known = value.as_str().is_some_and(|text| choices.contains(&text));
            (!known).then(|| "must be equal to one of the allowed values".to_owned())
        }
        (Schema::Number, value) => (!is_number(value)).then(|| must_be("number")),
        (Schema::Boolean, value) => (!is_boolean(value)).then(|| must_be("boolean")),
        (Schema::List { items, unique }, Value::Array(list)) => list_fault(items, *unique, list),
        (Schema::List { .. }, _) => Some(must_be("array")),
        (Schema::Object { fields, open }, Value::Object(object)) => object_fault(fields, *open, object),
        (Schema::Object { .. }, _) => Some(must_be("object")),
    }
}

fn must_be(kind: &str) -> String {
    format!("must be {kind}")
}

/// Whether `value` is a number or coerced to one.
fn is_number(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            !text.is_empty() && javascript::text::to_number(value).is_some_and(|number| !number.is_nan())
        }
        Value::Null | Value::Bool(_) => true,
        value => value.as_f64().is_some(),
    }
}

/// Whether `value` is a boolean or coerced to one.
fn is_boolean(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Null => true,
        Value::String(text) => matches!(&**text, "true" | "false"),
        value => value.as_f64().is_some_and(|number| number == 0.0 || (number - 1.0).abs() < f64::EPSILON),
    }
}

fn list_fault(items: &Schema, unique: bool, list: &[Value]) -> Option<String> {
    if unique && let Some((first, second)) = equal_pair(list) {
        return Some(format!("must NOT have duplicate items (items ## {first} and {second} are identical)"));
    }
    list.iter().find_map(|item| fault(items, item))
}

/// Two equal elements, as AJV finds them: the later one first, searched from the end.
fn equal_pair(list: &[Value]) -> Option<(usize, usize)> {
    (0..list.len()).rev().find_map(|at| {
        let item = list.get(at)?;
        let other = (0..at).rev().find(|other| list.get(*other) == Some(item))?;
        Some((at, other))
    })
}

/// `required` comes before `additionalProperties`, and both before what the fields hold.
fn object_fault(fields: &[Field], open: bool, object: &Document) -> Option<String> {
    let missing = fields.iter().find(|field| field.required && object.get(field.name).is_none());
    if let Some(field) = missing {
        return Some(format!("must have required property '{}'", field.name));
    }
    if !open && object.iter().any(|(name, _)| !fields.iter().any(|field| *field.name == **name)) {
        return Some("must NOT have additional properties".to_owned());
    }
    fields.iter().find_map(|field| match object.get(field.name) {
        None => None,
        Some(Value::Null) if !field.required => None,
        Some(value) => fault(&field.schema, value),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{object, optional, required};
    use super::*;

    const UPDATE: Schema = object(&[
        required("name", Schema::Text),
        required("roles", Schema::List { items: &Schema::Text, unique: true }),
        optional("count", Schema::Number),
        optional("on", Schema::Boolean),
        optional("scope", Schema::OneOf(&["Users", "Subscriptions"])),
    ]);

    fn said(json: &str) -> Option<String> {
        fault(&UPDATE, &javascript::json::parse(json).unwrap())
    }

    #[test]
    fn says_the_first_fault_as_ajv_does() {
        let cases = [
            (r#"{"name":"a","roles":["x","y"],"count":null,"on":"true","scope":"Users"}"#, None),
            (r#"{"name":7,"roles":[]}"#, None),
            (r#"{"name":"a","roles":[],"count":"5"}"#, None),
            (r#"{"roles":[],"more":1}"#, Some("must have required property 'name'")),
            (r#"{"name":{},"roles":[],"more":1}"#, Some("must NOT have additional properties")),
            (r#"{"name":{},"roles":[]}"#, Some("must be string")),
            (r#"{"name":"a","roles":"x"}"#, Some("must be array")),
            (r#"{"name":"a","roles":[{}]}"#, Some("must be string")),
            (r#"{"name":"a","roles":[],"count":"x"}"#, Some("must be number")),
            (r#"{"name":"a","roles":[],"on":"yes"}"#, Some("must be boolean")),
            (r#"{"name":"a","roles":[],"scope":"All"}"#, Some("must be equal to one of the allowed values")),
            (
                r#"{"name":"a","roles":["x","x"]}"#,
                Some("must NOT have duplicate items (items ## 1 and 0 are identical)"),
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(said(json).as_deref(), expected, "{json}");
        }
        assert_eq!(fault(&UPDATE, &Value::Null).as_deref(), Some("must be object"));
    }
}
