//! Reads JSON test data into documents. A number is what a JavaScript client would store; what JSON cannot say is
//! written with names that begin with `§`, so that `$` stays MongoDB's:
//!
//! * `{"§date": 1514764800000}`, milliseconds
//! * `{"§regex": ["^a", "i"]}`
//! * `{"§binary": [0, 255]}`
//! * `{"§double": "NaN"}`, also `"1"`, `"Infinity"`; `{"§int64": "9007199254740993"}`

use mongo_query::{Document, Regex, Value};
use serde_json::Value as Json;

/// A JSON object as a document.
pub(crate) fn document(json: &Json) -> Result<Document, String> {
    let fields = json.as_object().ok_or_else(|| format!("not an object: {json}"))?;
    fields.iter().map(|(name, json)| Ok((name.as_str().into(), value(json)?))).collect()
}

/// Any JSON as a value.
pub(crate) fn value(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => Value::from_js_number(number.as_f64().ok_or("not a number")?),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Json::Object(fields) => match fields.iter().next() {
            Some((name, operand)) if name.starts_with('§') && fields.len() == 1 => special(name, operand)?,
            _ => Value::Object(document(json)?),
        },
    })
}

fn special(name: &str, operand: &Json) -> Result<Value, String> {
    let wrong = || format!("{name} cannot be {operand}");
    match name {
        "§date" => operand.as_i64().map(Value::Date).ok_or_else(wrong),
        "§double" => operand.as_str().and_then(|text| text.parse().ok()).map(Value::Double).ok_or_else(wrong),
        "§int64" => operand.as_str().and_then(|text| text.parse().ok()).map(Value::Int64).ok_or_else(wrong),
        "§regex" => match operand.as_array().map(Vec::as_slice) {
            Some([Json::String(pattern), Json::String(options)]) => {
                let regex = Regex { pattern: pattern.as_str().into(), options: options.as_str().into() };
                Ok(Value::Regex(regex.into()))
            }
            _ => Err(wrong()),
        },
        "§binary" => {
            let items = operand.as_array().ok_or_else(wrong)?;
            let bytes = items.iter().map(|item| item.as_u64().and_then(|byte| byte.try_into().ok()));
            bytes.collect::<Option<Box<[u8]>>>().map(Value::Binary).ok_or_else(wrong)
        }
        _ => Err(format!("unknown name {name}")),
    }
}
