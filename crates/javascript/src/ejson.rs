//! Meteor's EJSON as the npm package `ejson` 2.2.3 reads it: JSON in which a few one- and two-key objects stand for dates,
//! regular expressions, bytes and numbers that JSON does not have.
//!
//! Values come out as MongoDB's driver would send them: an invalid date is the epoch, of a regular expression's flags `g`
//! becomes `s`, and `u` and `y` are lost (the `bson` package's rules).

use mongo_query::{Document, Regex, Value};
use thiserror::Error;

use crate::json::{self, SyntaxError};
use crate::regexp;
use crate::stringify;
use crate::text;

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
    /// A date or number is to be made of an object that has no text form.
    #[error("cannot convert object to primitive value")]
    NotPrimitive,
    /// `$escape` holds null.
    #[error("nothing to escape")]
    Escape,
}

/// What becomes of the field `__proto__`, which the package's copy of an object takes for its prototype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prototypes {
    /// It is left out.
    Dropped,
    /// It is left out, and an object on which calling `hasOwnProperty` would throw has a field of that name, as an object
    /// with such a field of its own does: for readers that call it.
    Felt,
}

/// The method that readers of a copy call.
const HAS_OWN: &str = "hasOwnProperty";

/// Parses `text`.
///
/// # Errors
/// When it is not JSON, or an object that stands for something else does so wrongly.
pub fn parse(text: &str, prototypes: Prototypes) -> Result<Value, EjsonError> {
    from_json_value(json::parse(text)?, prototypes)
}

/// Turns JSON into what it stands for.
fn from_json_value(mut value: Value, prototypes: Prototypes) -> Result<Value, EjsonError> {
    if let Some(changed) = replacement(&value, prototypes)? {
        return Ok(changed);
    }
    make_copy(&mut value, prototypes);
    // A copy that has lost `__proto__` may look like a replacement by now. The package notices, stops, and drops its find.
    if replacement(&value, prototypes)?.is_none() {
        adjust_parts(&mut value, prototypes)?;
    }
    Ok(value)
}

/// Replaces objects within `value` by what they stand for. What a replacement brings is not looked at again.
fn adjust_parts(value: &mut Value, prototypes: Prototypes) -> Result<(), EjsonError> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| adjust(item, prototypes)),
        Value::Object(document) => document.iter_mut().try_for_each(|(_, value)| adjust(value, prototypes)),
        _ => Ok(()),
    }
}

fn adjust(value: &mut Value, prototypes: Prototypes) -> Result<(), EjsonError> {
    match replacement(value, prototypes)? {
        Some(changed) => {
            *value = changed;
            Ok(())
        }
        None => adjust_parts(value, prototypes),
    }
}

/// Makes of `value` what the package's copy of it is. The copy differs in two ways: `__proto__` is no field there but the
/// copy's prototype, and an object with a field `callee` is taken for a function's arguments and becomes a list.
fn make_copy(value: &mut Value, prototypes: Prototypes) {
    if let Value::Object(document) = value
        && document.get("callee").is_some()
    {
        *value = arguments(document);
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| make_copy(item, prototypes)),
        Value::Object(document) => {
            let prototype = document.remove("__proto__");
            document.iter_mut().for_each(|(_, value)| make_copy(value, prototypes));
            if prototypes == Prototypes::Felt && prototype.is_some_and(|prototype| is_in_the_way(&prototype, document))
            {
                document.insert(HAS_OWN, Value::Null);
            }
        }
        _ => {}
    }
}

/// Whether `hasOwnProperty` cannot be called of a copy with this prototype while its fields are gone through: because something
/// in the chain of prototypes has the name, or because the chain ends in null, where the method is not inherited. Without a field
/// of its own or an inherited one nothing is gone through, so nothing is called.
fn is_in_the_way(prototype: &Value, own: &Document) -> bool {
    let mut has_fields = !own.is_empty();
    let mut next = prototype;
    loop {
        match next {
            Value::Null => return has_fields,
            Value::Object(document) => {
                if document.get(HAS_OWN).is_some() {
                    return true;
                }
                has_fields |= document.iter().any(|(name, _)| &**name != "__proto__");
                match document.get("__proto__") {
                    Some(prototype) => next = prototype,
                    None => return false,
                }
            }
            // Anything else is no prototype and changes nothing.
            _ => return false,
        }
    }
}

/// The elements of an array-like object. JavaScript would take any `length`; elements beyond the last index there is are
/// null, so no more of them are made than the object has fields.
fn arguments(document: &Document) -> Value {
    let length = document.get("length").and_then(text::to_number).unwrap_or(0.0);
    let mut items = Vec::new();
    while items.len() < document.len() && text::as_f64(items.len()) < length {
        items.push(document.get(&items.len().to_string()).cloned().unwrap_or(Value::Null));
    }
    Value::Array(items)
}

/// What an object stands for, or `None` when it stands for itself.
fn replacement(value: &Value, prototypes: Prototypes) -> Result<Option<Value>, EjsonError> {
    let Value::Object(document) = value else { return Ok(None) };
    let mut fields = document.iter().map(|(name, value)| (&**name, value));
    Ok(match (fields.next(), fields.next(), fields.next()) {
        (Some(("$date", value)), None, None) => Some(date(value)?),
        (Some(("$InfNaN", value)), None, None) => {
            let number = text::to_number(value).ok_or(EjsonError::NotPrimitive)?;
            Some(Value::from_js_number(number / 0.0))
        }
        (Some(("$binary", value)), None, None) => Some(binary(value)?),
        (Some(("$escape", value)), None, None) => Some(escape(value, prototypes)?),
        (Some(("$regexp", pattern)), Some(("$flags", flags)), None)
        | (Some(("$flags", flags)), Some(("$regexp", pattern)), None) => Some(regexp(pattern, flags)?),
        (Some(("$type", _)), Some(("$value", _)), None) | (Some(("$value", _)), Some(("$type", _)), None) => {
            return Err(EjsonError::CustomType);
        }
        _ => None,
    })
}

/// `new Date(value)`.
fn date(value: &Value) -> Result<Value, EjsonError> {
    let milliseconds = match value {
        Value::String(_) | Value::Array(_) | Value::Object(_) => {
            stringify::parse_js_date(&text::to_string(value).ok_or(EjsonError::NotPrimitive)?)
        }
        number => text::to_number(number).and_then(stringify::time_clip),
    };
    Ok(Value::Date(milliseconds.unwrap_or(0)))
}

/// `new RegExp(pattern, flags)`, unknown and repeated flags left out, as a BSON regular expression.
fn regexp(pattern: &Value, flags: &Value) -> Result<Value, EjsonError> {
    let flags = flags.as_str().ok_or(EjsonError::RegExp)?;
    let flags: String = flags.chars().take(50).collect();
    let pattern = text::to_string(pattern).ok_or(EjsonError::NotPrimitive)?;
    regexp::check(&pattern, flags.contains('u')).map_err(|_| EjsonError::RegExp)?;
    let options: String = [('i', 'i'), ('g', 's'), ('m', 'm')]
        .iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, o)| *o)
        .collect();
    Ok(Value::Regex(Box::new(Regex { pattern: regexp::source(&pattern).into(), options: options.into() })))
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
fn escape(value: &Value, prototypes: Prototypes) -> Result<Value, EjsonError> {
    if matches!(value, Value::Null) {
        return Err(EjsonError::Escape);
    }
    let mut escaped = Document::new();
    for (name, value) in text::own_fields(value) {
        if &*name != "__proto__" {
            escaped.push(name, from_json_value(value, prototypes)?);
        }
    }
    Ok(Value::Object(escaped))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Value, EjsonError> {
        parse(text, Prototypes::Dropped)
    }

    fn object(name: &str, value: Value) -> Value {
        let mut document = Document::new();
        document.insert(name, value);
        Value::Object(document)
    }

    fn regex(pattern: &str, options: &str) -> Value {
        Value::Regex(Box::new(Regex { pattern: pattern.into(), options: options.into() }))
    }

    /// Every row has been run through `ejson` 2.2.3 in Node.js 20.
    #[test]
    fn objects_stand_for_what_the_package_makes_of_them() {
        let nan = |value: &Value| matches!(value, Value::Double(number) if number.is_nan());
        for (text, expected) in [
            (r#"{"$date":0}"#, Value::Date(0)),
            (r#"{"$date":1514764800000}"#, Value::Date(1_514_764_800_000)),
            (r#"{"$date":-1.9}"#, Value::Date(-1)),
            (r#"{"$date":"2018-01-01T00:00:00Z"}"#, Value::Date(1_514_764_800_000)),
            (r#"{"$date":"2018-01-01"}"#, Value::Date(1_514_764_800_000)),
            (r#"{"$date":null}"#, Value::Date(0)),
            (r#"{"$date":true}"#, Value::Date(1)),
            (r#"{"$date":"soon"}"#, Value::Date(0)),
            (r#"{"$date":{}}"#, Value::Date(0)),
            (r#"{"$date":8640000000000001}"#, Value::Date(0)),
            (r#"{"$regexp":"^0","$flags":"i"}"#, regex("^0", "i")),
            (r#"{"$flags":"yumgigz","$regexp":"^0"}"#, regex("^0", "ism")),
            (r#"{"$regexp":"a/[/]\n","$flags":""}"#, regex("a\\/[/]\\n", "")),
            (r#"{"$regexp":"","$flags":""}"#, regex("(?:)", "")),
            (r#"{"$regexp":null,"$flags":""}"#, regex("null", "")),
            (r#"{"$InfNaN":1}"#, Value::Double(f64::INFINITY)),
            (r#"{"$InfNaN":-1}"#, Value::Double(f64::NEG_INFINITY)),
            (r#"{"$InfNaN":"7"}"#, Value::Double(f64::INFINITY)),
            (r#"{"$binary":"AAEC"}"#, Value::Binary([0, 1, 2].into())),
            (r#"{"$binary":"AAE="}"#, Value::Binary([0, 1].into())),
            (r#"{"$binary":"AA=="}"#, Value::Binary([0].into())),
            (r#"{"$binary":""}"#, Value::Binary([].into())),
            (r#"{"$binary":"????"}"#, Value::Binary([0, 0, 0].into())),
            (r#"{"$escape":{"$date":0}}"#, object("$date", Value::Int32(0))),
            (r#"{"$escape":{"a":{"$date":5}}}"#, object("a", Value::Date(5))),
            (r#"{"$escape":["x"]}"#, object("0", "x".into())),
            (r#"{"$escape":7}"#, Value::Object(Document::new())),
            (r#"{"$type":"string"}"#, object("$type", "string".into())),
            (r#"{"$oid":"x"}"#, object("$oid", "x".into())),
            (r#"{"$regexp":"x"}"#, object("$regexp", "x".into())),
            (r#"{"callee":1,"length":1,"0":"x"}"#, Value::Array(vec!["x".into()])),
            (r#"{"__proto__":1}"#, Value::Object(Document::new())),
            ("[{\"$date\":1}]", Value::Array(vec![Value::Date(1)])),
            ("null", Value::Null),
            (r#""$date""#, "$date".into()),
        ] {
            assert_eq!(read(text).as_ref(), Ok(&expected), "{text}");
            if !text.contains("__proto__") && !text.contains("callee") {
                let inner = read(&format!(r#"{{"a":[{text}]}}"#)).unwrap();
                assert_eq!(inner, object("a", Value::Array(vec![expected])), "{text}");
            }
        }
        assert!(nan(&read(r#"{"$InfNaN":0}"#).unwrap()));
        assert!(nan(&read(r#"{"$InfNaN":{}}"#).unwrap()));
        assert_eq!(read(r#"{"$date":0,"a":1}"#).unwrap().as_object().unwrap().len(), 2);
    }

    /// Every row has been run through `ejson` 2.2.3 and the cleaner in Node.js 20.
    #[test]
    fn a_prototype_that_hides_has_own_property_is_felt() {
        let felt = |text: &str| {
            let value = parse(text, Prototypes::Felt).unwrap();
            value.as_object().unwrap().get(HAS_OWN).is_some()
        };
        for text in [
            r#"{"__proto__":{"hasOwnProperty":1}}"#,
            r#"{"__proto__":{"__proto__":{"hasOwnProperty":1}},"b":1}"#,
            r#"{"__proto__":null,"b":1}"#,
            r#"{"__proto__":{"a":1,"__proto__":null}}"#,
        ] {
            assert!(felt(text), "{text}");
            assert!(!text.contains("\"b\"") || read(text) == Ok(object("b", Value::Int32(1))), "{text}");
        }
        for text in
            [r#"{"__proto__":null}"#, r#"{"__proto__":{"a":1},"b":1}"#, r#"{"__proto__":5,"b":1}"#, r#"{"b":1}"#]
        {
            assert!(!felt(text), "{text}");
        }
    }

    #[test]
    fn wrong_objects_are_refused() {
        for text in [
            r#"{"$type":"oid","$value":"x"}"#,
            r#"{"$value":1,"$type":2}"#,
            r#"{"$binary":5}"#,
            r#"{"$binary":null}"#,
            r#"{"$binary":"="}"#,
            r#"{"$binary":"A=BC"}"#,
            r#"{"$regexp":"(","$flags":""}"#,
            r#"{"$regexp":"a**","$flags":""}"#,
            r#"{"$regexp":"a","$flags":5}"#,
            r#"{"$escape":null}"#,
            r#"{"$date":{"toString":1}}"#,
            r#"{"$date":0"#,
            "",
        ] {
            assert!(read(text).is_err(), "{text}");
            assert!(read(&format!(r#"{{"a":{text}}}"#)).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_values_fit_a_small_stack() {
        let small = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let depth = json::DEPTH_LIMIT;
        let work = move || {
            let objects = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
            let lists = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            let escaped = format!("{}1{}", r#"{"$escape":"#.repeat(depth), "}".repeat(depth));
            let date = format!("{{\"$date\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
            [objects, lists, escaped, date].iter().all(|text| read(text).is_ok_and(|value| value.clone() == value))
        };
        assert!(small.spawn(work).unwrap().join().unwrap());
    }

    proptest! {
        #[test]
        fn nearly_ejson_does_not_panic(
            text in r#"(\{"(\$date|\$regexp|\$flags|\$binary|\$escape|\$InfNaN|\$type|\$value|callee|length|a)":|"[A-Za-z=()*\[]{0,6}"|[0-9\[\]{},-]|null){0,12}"#
        ) {
            drop(read(&text));
            drop(parse(&text, Prototypes::Felt));
        }
    }
}
