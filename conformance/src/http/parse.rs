//! Bodies as JSON, more strictly than a parser needs to be: an object that names a member twice means one thing to one
//! client and another to the next.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Parses a text that is one JSON value in which no object has a member twice. The parser's own limit of 128 levels keeps
/// deep nesting cheap.
pub(super) fn strictly(text: &str) -> Result<Value, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            if members.contains_key(&name) {
                return Err(A::Error::custom(format!("an object has the member `{name}` twice")));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_as_they_are_written() {
        let text = r#"{"a":[1,-2,1.5,"x\u00e4",true,null,{}],"b":{"a":18446744073709551615}}"#;
        assert_eq!(strictly(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert!(strictly("{} {}").is_err() && strictly("[1,]").is_err());
    }

    #[test]
    fn a_member_that_comes_twice_is_named() {
        let why = strictly(r#"{"statistics":[{"_id":"a","totalUsers":1,"totalUsers":2}]}"#).unwrap_err().to_string();
        assert!(why.contains("`totalUsers` twice"), "{why}");
        assert_eq!(strictly(r#"[{"a":1},{"a":1}]"#).unwrap(), json!([{"a": 1}, {"a": 1}]));
    }
}
