//! Operands that must be whole numbers.
//!
//! Upstream: `BSONElement::parseIntegerElementToLong` and `BSONElement::tryCoerce`.

use crate::text;
use crate::value::Value;

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// The whole number an operand is, or why it is none, naming the operator.
pub(crate) fn whole(operator: &str, operand: &Value) -> Result<i64, String> {
    let element = || text::element(operator, operand);
    match operand {
        Value::Int32(number) => Ok(i64::from(*number)),
        Value::Int64(number) => Ok(*number),
        Value::Double(number) if number.is_nan() => {
            Err(format!("Expected an integer, but found NaN in: {}", element()))
        }
        Value::Double(number) => match truncated(*number) {
            None => Err(format!("Cannot represent as a 64-bit integer: {}", element())),
            Some(_) if number.fract() != 0.0 => Err(format!("Expected an integer: {}", element())),
            Some(whole) => Ok(whole),
        },
        _ => Err(format!("Expected a number in: {}", element())),
    }
}

/// Like [`whole`], and not below zero.
pub(crate) fn non_negative(operator: &str, operand: &Value) -> Result<u64, String> {
    let number = whole(operator, operand)?;
    number.try_into().map_err(|_| format!("Expected a non-negative number in: {}", text::element(operator, operand)))
}

/// Like [`non_negative`], and within 32 bits with sign.
pub(crate) fn non_negative_int(operator: &str, operand: &Value) -> Result<u32, String> {
    let number = non_negative(operator, operand)?;
    i32::try_from(number)
        .map(i32::unsigned_abs)
        .map_err(|_| format!("Cannot represent {} in an int", text::element(operator, operand)))
}

/// The part of a double before the point, or `None` when it does not fit.
pub(crate) fn truncated(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    (-TWO_TO_63..TWO_TO_63).contains(&number).then_some(number as i64)
}
