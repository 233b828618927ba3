//! MongoDB's total order over values of all types.
//!
//! Upstream: `BSONElement::compareElements` and `canonicalizeBSONType` in `src/mongo/bson`.

use std::cmp::Ordering;

use crate::value::{Document, Value};

/// Compares two values of any types by MongoDB's order.
///
/// Types come first: null, numbers, strings, objects, arrays, binary, booleans, dates, regular expressions. Numbers
/// compare by value whatever their width, exactly; `NaN` is equal to itself and below every other number. Strings
/// compare by their UTF-8 bytes. Objects compare field by field, each by type, then name, then value, the shorter first;
/// arrays element by element. Binary compares by length, then bytes.
pub fn compare(left: &Value, right: &Value) -> Ordering {
    compare_within_type(left, right).unwrap_or_else(|| type_rank(left).cmp(&type_rank(right)))
}

/// Compares two values that belong together (two numbers, two strings and so on), or `None` when they do not.
pub(crate) fn compare_within_type(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Int32(left), Value::Int32(right)) => left.cmp(right),
        (Value::String(left), Value::String(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Date(left), Value::Date(right)) | (Value::Int64(left), Value::Int64(right)) => left.cmp(right),
        (Value::Double(left), Value::Double(right)) => compare_doubles(*left, *right),
        (Value::Int32(left), Value::Int64(right)) => i64::from(*left).cmp(right),
        (Value::Int64(left), Value::Int32(right)) => left.cmp(&i64::from(*right)),
        (Value::Int32(left), Value::Double(right)) => compare_doubles(f64::from(*left), *right),
        (Value::Double(left), Value::Int32(right)) => compare_doubles(*left, f64::from(*right)),
        (Value::Int64(left), Value::Double(right)) => compare_long_to_double(*left, *right),
        (Value::Double(left), Value::Int64(right)) => compare_long_to_double(*right, *left).reverse(),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Object(left), Value::Object(right)) => compare_documents(left, right),
        (Value::Array(left), Value::Array(right)) => compare_arrays(left, right),
        (Value::Binary(left), Value::Binary(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
        (Value::Regex(left), Value::Regex(right)) => {
            left.pattern.cmp(&right.pattern).then_with(|| left.options.cmp(&right.options))
        }
        _ => return None,
    })
}

/// Whether two values are equal in MongoDB's sense: `1` and `1.0` are, `NaN` is equal to itself.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        // A different length settles it without reading a byte.
        (Value::String(left), Value::String(right)) => left == right,
        _ => compare_within_type(left, right) == Some(Ordering::Equal),
    }
}

/// The place of a value's type in the order. Numbers of all widths share one.
fn type_rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Int32(_) | Value::Int64(_) | Value::Double(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Binary(_) => 5,
        Value::Bool(_) => 6,
        Value::Date(_) => 7,
        Value::Regex(_) => 8,
    }
}

fn compare_doubles(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

/// Compares without rounding the integer to a double, which would call 2^53 and 2^53 + 1 equal.
fn compare_long_to_double(long: i64, double: f64) -> Ordering {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() || double < -TWO_TO_63 {
        return Ordering::Greater;
    }
    if double >= TWO_TO_63 {
        return Ordering::Less;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above; the fraction is compared after")]
    let whole = double as i64;
    long.cmp(&whole).then_with(|| compare_doubles(0.0, double.fract()))
}

fn compare_documents(left: &Document, right: &Document) -> Ordering {
    let (mut left, mut right) = (left.iter(), right.iter());
    loop {
        let ((left_name, left_value), (right_name, right_value)) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => (left, right),
        };
        let ordering = type_rank(left_value)
            .cmp(&type_rank(right_value))
            .then_with(|| left_name.as_bytes().cmp(right_name.as_bytes()))
            .then_with(|| compare(left_value, right_value));
        if ordering.is_ne() {
            return ordering;
        }
    }
}

fn compare_arrays(left: &[Value], right: &[Value]) -> Ordering {
    let differing = left.iter().zip(right).map(|(left, right)| compare(left, right)).find(|ordering| ordering.is_ne());
    differing.unwrap_or_else(|| left.len().cmp(&right.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_integers_compare_exactly_with_doubles() {
        let two_to_53 = 9_007_199_254_740_992_i64;
        assert_eq!(compare(&Value::Int64(two_to_53 + 1), &Value::Double(9_007_199_254_740_992.0)), Ordering::Greater);
        assert_eq!(compare(&Value::Int64(two_to_53), &Value::Double(9_007_199_254_740_992.0)), Ordering::Equal);
        assert_eq!(compare(&Value::Int64(i64::MAX), &Value::Double(9_223_372_036_854_775_808.0)), Ordering::Less);
        assert_eq!(compare(&Value::Int64(i64::MIN), &Value::Double(-9_223_372_036_854_775_808.0)), Ordering::Equal);
        assert_eq!(compare(&Value::Int64(1), &Value::Double(1.5)), Ordering::Less);
        assert_eq!(compare(&Value::Int64(-1), &Value::Double(-1.5)), Ordering::Greater);
        assert_eq!(compare(&Value::Double(f64::NEG_INFINITY), &Value::Int64(i64::MIN)), Ordering::Less);
    }

    #[test]
    fn nan_is_below_every_number_and_equal_to_itself() {
        let nan = Value::Double(f64::NAN);
        assert_eq!(compare(&nan, &nan), Ordering::Equal);
        assert_eq!(compare(&nan, &Value::Double(f64::NEG_INFINITY)), Ordering::Less);
        assert_eq!(compare(&nan, &Value::Int64(i64::MIN)), Ordering::Less);
        assert_eq!(compare(&Value::Int32(0), &nan), Ordering::Greater);
        assert_eq!(compare(&nan, &Value::Null), Ordering::Greater);
    }

    #[test]
    fn objects_compare_type_before_name_before_value() {
        let object = |name: &str, value: Value| {
            let mut document = Document::new();
            document.push(name, value);
            Value::Object(document)
        };
        assert_eq!(compare(&object("z", Value::Int32(9)), &object("a", Value::from("x"))), Ordering::Less);
        assert_eq!(compare(&object("b", Value::Int32(1)), &object("a", Value::Int32(2))), Ordering::Greater);
        assert_eq!(compare(&object("a", Value::Int32(1)), &object("a", Value::Double(1.0))), Ordering::Equal);
        assert_eq!(compare(&Value::Object(Document::new()), &object("a", Value::Null)), Ordering::Less);
    }

    #[test]
    fn binary_compares_by_length_first() {
        let binary = |bytes: &[u8]| Value::Binary(bytes.into());
        assert_eq!(compare(&binary(&[9]), &binary(&[1, 1])), Ordering::Less);
        assert_eq!(compare(&binary(&[2, 0]), &binary(&[1, 1])), Ordering::Greater);
    }
}
