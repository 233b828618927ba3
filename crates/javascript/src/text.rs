//! What JavaScript makes of values and texts: `String(x)`, `Number(x)`, `parseInt`, own fields, regular expressions.

use std::sync::Arc;

use mongo_query::{Key, Value};

/// `number` as a double; exact below 2^53.
pub fn as_f64(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of things in memory stay far below 2^53")]
    let double = number as f64;
    double
}

/// What `trim`, `parseInt` and `Number` take for white space.
pub fn is_whitespace(letter: char) -> bool {
    matches!(
        letter,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// `parseInt(text)`: `NaN` when no digit leads.
pub fn parse_int(text: &str) -> f64 {
    let text = text.trim_start_matches(is_whitespace);
    let (sign, text) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, text.get(1..).unwrap_or_default()),
        Some(b'+') => (1.0, text.get(1..).unwrap_or_default()),
        _ => (1.0, text),
    };
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => leading_number(hex, 16),
        None => leading_number(text, 10),
    };
    sign * number
}

/// The number that digits of the radix at the start of `text` make, or `NaN` when there is none.
fn leading_number(text: &str, radix: u32) -> f64 {
    let length = text.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let digits = text.get(..length).unwrap_or_default();
    if digits.is_empty() {
        return f64::NAN;
    }
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    let values = digits.chars().filter_map(|digit| digit.to_digit(radix));
    values.fold(0.0, |number, digit| number * f64::from(radix) + f64::from(digit))
}

/// Whether the value counts as true where a language expects a condition: everything but null, `false`, zero, `NaN` and the
/// empty text.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        value => value.as_f64().is_none_or(|number| number != 0.0 && !number.is_nan()),
    }
}

/// `Number(value)` of what JSON can hold. `None` where JavaScript throws, see [`to_string`].
pub fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(0.0),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        value => value.as_f64().map_or_else(|| to_string(value).map(|text| text_to_number(&text)), Some),
    }
}

/// `Number(text)`.
fn text_to_number(text: &str) -> f64 {
    let text = text.trim_matches(is_whitespace);
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            let valid = digits.chars().all(|digit| digit.is_digit(radix));
            return if valid { leading_number(digits, radix) } else { f64::NAN };
        }
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        text if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// `String(value)` of what JSON can hold: elements of lists joined by commas, `[object Object]` for objects. `None` where
/// JavaScript throws: for an object whose field `toString` hides the function.
pub fn to_string(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int32(number) => number.to_string(),
        Value::Int64(number) => number.to_string(),
        Value::Double(number) => number_to_string(*number),
        Value::String(text) => text.clone().into_string(),
        Value::Array(items) => {
            let texts =
                items.iter().map(|item| if *item == Value::Null { Some(String::new()) } else { to_string(item) });
            texts.collect::<Option<Vec<_>>>()?.join(",")
        }
        Value::Object(document) if document.get("toString").is_some() => return None,
        Value::Object(_) | Value::Date(_) | Value::Regex(_) | Value::Binary(_) => "[object Object]".to_owned(),
    })
}

/// `String(number)`.
pub fn number_to_string(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// The own enumerable fields as `for (key in value)` finds them: those of objects, the elements of lists, the letters of
/// texts, the bytes of binary data; nothing else has any.
pub fn own_fields(value: &Value) -> Vec<(Key, Value)> {
    match value {
        Value::Object(document) => document.iter().map(|(name, value)| (Arc::clone(name), value.clone())).collect(),
        Value::Array(items) => numbered(items.iter().cloned()),
        Value::Binary(bytes) => numbered(bytes.iter().map(|byte| Value::Int32(i32::from(*byte)))),
        Value::String(text) => numbered(text.encode_utf16().map(|unit| {
            Value::from(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
        })),
        Value::Null
        | Value::Bool(_)
        | Value::Int32(_)
        | Value::Int64(_)
        | Value::Double(_)
        | Value::Date(_)
        | Value::Regex(_) => Vec::new(),
    }
}

fn numbered(values: impl Iterator<Item = Value>) -> Vec<(Key, Value)> {
    values.enumerate().map(|(at, value)| (at.to_string().into(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_int_reads_as_node_does() {
        for (text, expected) in [
            ("5", 5.0),
            ("1.9", 1.0),
            ("1e3", 1.0),
            ("0x10", 16.0),
            ("7abc", 7.0),
            (" 7", 7.0),
            ("\u{feff}7", 7.0),
            ("+3", 3.0),
            ("-5", -5.0),
            ("1_000", 1.0),
            ("99999999999999999999", 1e20),
            ("0b11", 0.0),
            ("-0x1F", -31.0),
            ("0X1g", 1.0),
            ("007", 7.0),
        ] {
            assert_eq!(parse_int(text).to_bits(), f64::to_bits(expected), "{text}");
        }
        assert!(parse_int("-0").is_sign_negative());
        for text in ["", "abc", "NaN", "Infinity", "null", "true", "--1", "٣", "0x", "-", "[object Object]"] {
            assert!(parse_int(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn numbers_are_made_of_values() {
        for (value, expected) in [
            (Value::Null, 0.0),
            (true.into(), 1.0),
            ("".into(), 0.0),
            (" 12 ".into(), 12.0),
            ("0x1f".into(), 31.0),
            ("0b11".into(), 3.0),
            ("-Infinity".into(), f64::NEG_INFINITY),
            ("1e3".into(), 1000.0),
            (Value::Array(vec![]), 0.0),
            (Value::Array(vec![5.into()]), 5.0),
        ] {
            assert_eq!(to_number(&value), Some(expected), "{value:?}");
        }
        for text in ["x", "inf", "nan", "1_0", "-0x1", "1,2", "e5"] {
            assert!(to_number(&text.into()).is_some_and(f64::is_nan), "{text}");
        }
    }
}
