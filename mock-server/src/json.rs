//! Between the documents of the query engine and `serde_json`: numbers, dates and texts as they look on the wire.

use mongo_query::Value;
use serde_json::Value as Json;

use crate::{js_json, wire};

/// The value as it is written on the wire.
pub fn from_value(value: &Value) -> Json {
    let mut json = Vec::new();
    wire::write_value(value, &mut json);
    serde_json::from_slice(&json).unwrap_or(Json::Null)
}

/// The value a JSON text of it would give.
pub fn to_value(json: &Json) -> Value {
    js_json::parse(&json.to_string()).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn there_and_back_again() {
        let json = json!({"a": [1, 2.5, null, true, "ä\n"], "b": {"c": -1}});
        assert_eq!(from_value(&to_value(&json)), json);
    }
}
