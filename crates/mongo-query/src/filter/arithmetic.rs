//! `$mod`.

use super::node::{Node, Test};
use crate::error::QueryError;
use crate::integer;
use crate::value::Value;

/// A remainder that a division must leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remainder {
    divisor: i64,
    remainder: i64,
}

impl Remainder {
    /// Whether dividing `value`, cut to a whole number, leaves it. Anything but a number that fits 64 bits does not.
    pub(super) fn is_left_by(self, value: &Value) -> bool {
        let dividend = match value {
            Value::Int32(number) => Some(i64::from(*number)),
            Value::Int64(number) => Some(*number),
            Value::Double(number) => integer::truncated(number.trunc()),
            _ => None,
        };
        // Wrapping, because i64::MIN divided by -1 overflows; the remainder is 0.
        dividend.is_some_and(|dividend| dividend.wrapping_rem(self.divisor) == self.remainder)
    }
}

/// `$mod: [divisor, remainder]`; both are cut to whole numbers.
pub(super) fn remainder(path: &str, operand: &Value) -> Result<Node, QueryError> {
    let items = operand.as_array().ok_or_else(|| malformed("needs to be an array"))?;
    let is_number = |value: &Value| value.as_f64().is_some();
    let (divisor, remainder) = match items {
        [divisor, ..] if !is_number(divisor) => return Err(malformed("divisor not a number")),
        [] | [_] => return Err(malformed("not enough elements")),
        [_, remainder, ..] if !is_number(remainder) => return Err(malformed("remainder not a number")),
        [divisor, remainder] => (divisor, remainder),
        _ => return Err(malformed("too many elements")),
    };
    let divisor = whole("divisor", divisor)?;
    let remainder = whole("remainder", remainder)?;
    if divisor == 0 {
        return Err(QueryError::bad_value("divisor cannot be 0"));
    }
    Ok(Node::field(path, Test::Remainder(Remainder { divisor, remainder })))
}

fn whole(role: &str, value: &Value) -> Result<i64, QueryError> {
    let reason = |reason: &str| malformed(&format!("{role} value is invalid :: caused by :: {reason}"));
    match value {
        Value::Int32(number) => Ok(i64::from(*number)),
        Value::Int64(number) => Ok(*number),
        Value::Double(number) if number.is_finite() => {
            integer::truncated(number.trunc()).ok_or_else(|| reason("Out of bounds coercing to integral value"))
        }
        _ => Err(reason("Unable to coerce NaN/Inf to integral type")),
    }
}

fn malformed(reason: &str) -> QueryError {
    QueryError::bad_value(format!("malformed mod, {reason}"))
}
