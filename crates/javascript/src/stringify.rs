//! Values as `JSON.stringify` writes them.

use mongo_query::{Document, Value};

use crate::date::{is_valid, write_iso_date};
pub use crate::date::{iso_date, parse_js_date, time_clip};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `value`.
///
/// Dates are ISO texts, `NaN` and the infinities null. Values that JSON does not know come out as MongoDB's driver hands
/// them to `JSON.stringify`: binary data as text in base64 (its `Binary` class has a `toJSON` that does so), a regular
/// expression as `{}`. Integers beyond 2^53 are rounded to a double, as the driver promotes them.
pub fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int32(number) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        Value::Int64(number) => write_long(*number, out),
        Value::Double(number) => write_number(*number, out),
        Value::String(text) => write_string(text, out),
        Value::Date(milliseconds) => write_date(*milliseconds, out),
        Value::Regex(_) => out.extend_from_slice(b"{}"),
        Value::Binary(bytes) => {
            use base64::Engine as _;
            write_string(&base64::engine::general_purpose::STANDARD.encode(bytes), out);
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(document) => write_document(document, out),
    }
}

/// `value` as text.
pub fn value(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(value, &mut out);
    // Texts are UTF-8 to begin with, and everything else is written in ASCII.
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends `document` as an object.
pub fn write_document(document: &Document, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in document.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

/// Appends a JavaScript number; null when it is not finite.
pub fn write_number(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

fn write_long(number: i64, out: &mut Vec<u8>) {
    if number.unsigned_abs() <= 1 << 53 {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a JavaScript number is a double")]
        write_number(number as f64, out);
    }
}

/// Appends `text` in quotes. Only quotes, backslashes and control characters are escaped; everything else, DEL and
/// letters beyond ASCII included, stays as it is.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte < b' ' || *byte == b'"' || *byte == b'\\') {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let Some((byte, after)) = from.split_first() else { break };
        write_escape(*byte, out);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        control => {
            out.extend_from_slice(b"\\u00");
            out.extend([control >> 4, control & 0xF].iter().filter_map(|half| HEX.get(usize::from(*half))));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Appends a date as text in quotes, or null when JavaScript has no such date.
fn write_date(milliseconds: i64, out: &mut Vec<u8>) {
    if !is_valid(milliseconds) {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'"');
    write_iso_date(milliseconds, out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use mongo_query::Regex;
    use proptest::prelude::*;

    use super::*;

    fn json(value: &Value) -> String {
        let mut out = Vec::new();
        write_value(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_node_writes_them() {
        for (value, expected) in [
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Int32(-5), "-5"),
            (Value::Int64(9_007_199_254_740_993), "9007199254740992"),
            (Value::Int64(i64::MAX), "9223372036854776000"),
            (Value::Int64(-42), "-42"),
            (Value::Double(-0.0), "0"),
            (Value::Double(1e21), "1e+21"),
            (Value::Double(1e-7), "1e-7"),
            (Value::Double(0.1 + 0.2), "0.30000000000000004"),
            (Value::Double(123_456_789_012_345_680_000.0), "123456789012345680000"),
            (Value::Double(f64::NAN), "null"),
            (Value::Double(f64::NEG_INFINITY), "null"),
            (Value::Date(1_514_764_800_000), "\"2018-01-01T00:00:00.000Z\""),
            (Value::Date(i64::MAX), "null"),
            (Value::Date(i64::MIN), "null"),
            (Value::Regex(Box::new(Regex { pattern: "a".into(), options: "i".into() })), "{}"),
            (Value::Binary([0, 1, 2].into()), "\"AAEC\""),
            (Value::Array(vec![]), "[]"),
            (Value::Object(Document::new()), "{}"),
        ] {
            assert_eq!(json(&value), expected);
        }
    }

    #[test]
    fn strings_are_escaped_as_node_escapes_them() {
        let text = "\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f}\"\\/\u{7f}\u{80}é\u{2028}😀";
        let expected = "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\u{7f}\u{80}é\u{2028}😀\"";
        assert_eq!(json(&text.into()), expected);
    }

    proptest! {
        #[test]
        fn strings_are_valid_json(text in any::<String>()) {
            prop_assert_eq!(serde_json::from_str::<String>(&json(&text.as_str().into())).unwrap(), text);
        }

        #[test]
        fn numbers_are_read_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            prop_assert_eq!(crate::json::parse(&json(&Value::Double(number))).unwrap().as_f64(), Some(number));
        }
    }
}
