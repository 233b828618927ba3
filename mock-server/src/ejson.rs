//! Meteor's EJSON as the npm package `ejson` 2.2.3 reads it: JSON in which a few one- and two-key objects stand for dates,
//! regular expressions, bytes and numbers that JSON does not have.
//!
//! Values come out as MongoDB's driver would send them: an invalid date is the epoch, of a regular expression's flags `g`
//! becomes `s`, and `u` and `y` are lost (the `bson` package's rules).

use mongo_query::{Document, Regex, Value};
use thiserror::Error;

use crate::js_json::{self, SyntaxError};
use crate::js_text;
use crate::wire;

/// Why a text is not EJSON.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EjsonError {
    /// It is not JSON to begin with.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// `$type` with `$value` names a type nobody registered: there are none.
    #[error("custom type is not defined")]
    CustomType,
    /// `$binary` is not text in base64.
    #[error("invalid base64")]
    Base64,
    /// `$regexp` or `$flags` do not make a JavaScript regular expression.
    #[error("invalid regular expression")]
    RegExp,
    /// `$escape` holds null.
    #[error("nothing to escape")]
    Escape,
}

/// Parses `text`.
///
/// # Errors
/// When it is not JSON, or an object that stands for something else does so wrongly.
pub fn parse(text: &str) -> Result<Value, EjsonError> {
    from_json_value(js_json::parse(text)?)
}

/// Turns JSON into what it stands for.
fn from_json_value(value: Value) -> Result<Value, EjsonError> {
    if let Some(changed) = replacement(&value)? {
        return Ok(changed);
    }
    adjusted(cloned(value))
}

/// Replaces objects within `value` by what they stand for. What a replacement brings is not looked at again.
fn adjusted(value: Value) -> Result<Value, EjsonError> {
    if let Some(changed) = replacement(&value)? {
        return Ok(changed);
    }
    match value {
        Value::Array(items) => Ok(Value::Array(items.into_iter().map(adjusted).collect::<Result<_, _>>()?)),
        Value::Object(mut document) => {
            for (_, value) in document.iter_mut() {
                let inner = std::mem::replace(value, Value::Null);
                *value = adjusted(inner)?;
            }
            Ok(Value::Object(document))
        }
        other => Ok(other),
    }
}

/// The package copies what it parsed, and the copy differs in two ways: `__proto__` is no field there, and an object with a
/// field `callee` is taken for a function's arguments and becomes a list.
fn cloned(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(cloned).collect()),
        Value::Object(document) if document.get("callee").is_some() => Value::Array(arguments(&document)),
        Value::Object(mut document) => {
            if document.get("__proto__").is_some() {
                document.remove("__proto__");
            }
            for (_, value) in document.iter_mut() {
                let inner = std::mem::replace(value, Value::Null);
                *value = cloned(inner);
            }
            Value::Object(document)
        }
        other => other,
    }
}

/// The elements of an array-like object. JavaScript would take any `length`; elements beyond the last index there is are
/// null, so no more of them are made than the object has fields.
fn arguments(document: &Document) -> Vec<Value> {
    let length = document.get("length").map_or(0.0, js_text::to_number);
    let mut items = Vec::new();
    while items.len() < document.len() && js_text::as_f64(items.len()) < length {
        let item = document.get(&items.len().to_string()).cloned();
        items.push(item.map_or(Value::Null, cloned));
    }
    items
}

/// What an object stands for, or `None` when it stands for itself.
fn replacement(value: &Value) -> Result<Option<Value>, EjsonError> {
    let Value::Object(document) = value else { return Ok(None) };
    let mut fields = document.iter().map(|(name, value)| (&**name, value));
    Ok(match (fields.next(), fields.next(), fields.next()) {
        (Some(("$date", value)), None, None) => Some(date(value)),
        (Some(("$InfNaN", value)), None, None) => Some(Value::from_js_number(js_text::to_number(value) / 0.0)),
        (Some(("$binary", value)), None, None) => Some(binary(value)?),
        (Some(("$escape", value)), None, None) => Some(escape(value)?),
        (Some(("$regexp", pattern)), Some(("$flags", flags)), None)
        | (Some(("$flags", flags)), Some(("$regexp", pattern)), None) => Some(regexp(pattern, flags)?),
        (Some(("$type", _)), Some(("$value", _)), None) | (Some(("$value", _)), Some(("$type", _)), None) => {
            return Err(EjsonError::CustomType);
        }
        _ => None,
    })
}

/// `new Date(value)`.
fn date(value: &Value) -> Value {
    let milliseconds = match value {
        Value::Null | Value::Bool(_) | Value::Int32(_) | Value::Int64(_) | Value::Double(_) => {
            wire::time_clip(js_text::to_number(value))
        }
        text => wire::parse_js_date(&js_text::to_string(text)),
    };
    Value::Date(milliseconds.unwrap_or(0))
}

/// `new RegExp(pattern, flags)`, unknown and repeated flags left out, as a BSON regular expression.
fn regexp(pattern: &Value, flags: &Value) -> Result<Value, EjsonError> {
    let flags = flags.as_str().ok_or(EjsonError::RegExp)?;
    let flags: String = flags.chars().take(50).collect();
    let pattern = js_text::to_string(pattern);
    js_text::check_regexp(&pattern, flags.contains('u')).map_err(|_| EjsonError::RegExp)?;
    let options: String = [('i', 'i'), ('g', 's'), ('m', 'm')]
        .iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, o)| *o)
        .collect();
    Ok(Value::Regex(Box::new(Regex { pattern: js_text::regexp_source(&pattern).into(), options: options.into() })))
}

/// Base64 as the package decodes it: letters outside the alphabet count as zero bits.
fn binary(value: &Value) -> Result<Value, EjsonError> {
    let text = value.as_str().ok_or(EjsonError::Base64)?;
    let units: Vec<u16> = text.encode_utf16().collect();
    let padding = match units.as_slice() {
        [.., 0x3D, 0x3D] => 2,
        [.., 0x3D] => 1,
        _ => 0,
    };
    let length = (units.len() * 3 / 4).checked_sub(padding).ok_or(EjsonError::Base64)?;
    let mut bytes = Vec::with_capacity(length);
    let mut carry = 0_u32;
    for (at, unit) in units.iter().enumerate() {
        let digit = Digit::of(*unit);
        let bits = digit.bits();
        match at % 4 {
            0 | 1 if digit == Digit::Padding => return Err(EjsonError::Base64),
            0 => carry = bits << 2,
            1 => {
                bytes.push(carry | (bits >> 4));
                carry = (bits & 0x0F) << 4;
            }
            2 if matches!(digit, Digit::Value(_)) => {
                bytes.push(carry | (bits >> 2));
                carry = (bits & 0x03) << 6;
            }
            3 if matches!(digit, Digit::Value(_)) => bytes.push(carry | bits),
            _ => {}
        }
    }
    bytes.resize(length, 0);
    Ok(Value::Binary(bytes.into_iter().map(|byte| u8::try_from(byte & 0xFF).unwrap_or_default()).collect()))
}

/// One letter of base64.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digit {
    Value(u32),
    Padding,
    Unknown,
}

impl Digit {
    fn of(unit: u16) -> Self {
        let Ok(letter) = u8::try_from(unit) else { return Self::Unknown };
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => return Self::Padding,
            _ => return Self::Unknown,
        };
        Self::Value(u32::from(value))
    }

    const fn bits(self) -> u32 {
        if let Self::Value(bits) = self { bits } else { 0 }
    }
}

/// Takes an object as it is, one level deep.
fn escape(value: &Value) -> Result<Value, EjsonError> {
    if matches!(value, Value::Null) {
        return Err(EjsonError::Escape);
    }
    let mut escaped = Document::new();
    for (name, value) in js_text::own_fields(value) {
        if &*name != "__proto__" {
            escaped.push(name, from_json_value(value)?);
        }
    }
    Ok(Value::Object(escaped))
}
