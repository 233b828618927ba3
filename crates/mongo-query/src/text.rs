//! How MongoDB writes a value or an element into an error message.
//!
//! Upstream: `BSONElement::toString` and `StringBuilder::appendDoubleNice`.

use std::fmt::Write as _;

use crate::value::{Document, Value};

/// `name: value`, as in `Illegal key in $sort specification: a: "x"`.
pub(crate) fn element(name: &str, value: &Value) -> String {
    let mut text = format!("{name}: ");
    write_value(&mut text, value);
    text
}

/// `{ a: 1, b: [ 2 ] }`.
pub(crate) fn document(document: &Document) -> String {
    let mut text = String::new();
    write_document(&mut text, document);
    text
}

/// A number as C's `%.16g` writes it: no decimals for whole numbers, an exponent for large and small ones.
pub(crate) fn general_number(number: f64) -> String {
    const SIGNIFICANT: i32 = 16;
    if !number.is_finite() {
        return match number {
            _ if number.is_nan() => "nan",
            _ if number > 0.0 => "inf",
            _ => "-inf",
        }
        .to_owned();
    }
    let scientific = format!("{number:.15e}");
    let Some((mantissa, Ok(exponent))) = scientific.split_once('e').map(|(m, e)| (m, e.parse::<i32>())) else {
        return scientific;
    };
    if (-4..SIGNIFICANT).contains(&exponent) {
        let decimals = usize::try_from(SIGNIFICANT - 1 - exponent).unwrap_or_default();
        without_trailing_zeros(&format!("{number:.decimals$}")).to_owned()
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", without_trailing_zeros(mantissa), exponent.abs())
    }
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// Writing into a `String` cannot fail, so the results of `write!` below are let go.
fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => _ = write!(text, "{flag}"),
        Value::Int32(number) => _ = write!(text, "{number}"),
        Value::Int64(number) => _ = write!(text, "{number}"),
        Value::Double(number) => {
            let number = general_number(*number);
            // Upstream looks for a point, an `E` or an `N` and so adds the decimal to `nan`, `inf` and `1e+20` too.
            let decimal = if number.contains('.') { "" } else { ".0" };
            _ = write!(text, "{number}{decimal}");
        }
        Value::String(string) => _ = write!(text, "\"{string}\""),
        Value::Date(millis) => _ = write!(text, "new Date({millis})"),
        Value::Regex(regex) => _ = write!(text, "/{}/{}", regex.pattern, regex.options),
        Value::Binary(bytes) => {
            text.push_str("BinData(0, ");
            for byte in bytes {
                _ = write!(text, "{byte:02X}");
            }
            text.push(')');
        }
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "[ " } else { ", " });
                write_value(text, item);
            }
            text.push_str(" ]");
        }
        Value::Object(document) => write_document(text, document),
    }
}

fn write_document(text: &mut String, document: &Document) {
    if document.is_empty() {
        text.push_str("{}");
        return;
    }
    for (at, (name, value)) in document.iter().enumerate() {
        text.push_str(if at == 0 { "{ " } else { ", " });
        _ = write!(text, "{name}: ");
        write_value(text, value);
    }
    text.push_str(" }");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_c_writes_them() {
        let cases = [
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.0, "0"),
            (1e20, "1e+20"),
            (1.5e-7, "1.5e-07"),
            (123_456_789.25, "123456789.25"),
            (1e15, "1000000000000000"),
            (1e16, "1e+16"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in cases {
            assert_eq!(general_number(number), text);
        }
    }

    #[test]
    fn elements_are_written_as_the_server_writes_them() {
        let mut inner = Document::new();
        inner.push("b", Value::Array(vec![Value::Int32(1), Value::Double(2.0), Value::Null]));
        inner.push("c", Document::new());
        assert_eq!(element("a", &Value::Object(inner)), "a: { b: [ 1, 2.0, null ], c: {} }");
        assert_eq!(element("a", &Value::from("x")), "a: \"x\"");
        assert_eq!(element("a", &Value::Date(5)), "a: new Date(5)");
    }
}
