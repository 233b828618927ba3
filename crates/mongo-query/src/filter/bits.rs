//! `$bitsAllSet`, `$bitsAllClear`, `$bitsAnySet`, `$bitsAnyClear`.

use super::node::{Node, Test};
use crate::error::QueryError;
use crate::integer;
use crate::text;
use crate::value::Value;

/// Bits that must be set or clear.
#[derive(Debug, Clone)]
pub(super) struct BitTest {
    positions: Box<[u32]>,
    /// Whether all positions must be as wanted, or one of them.
    all: bool,
    /// Whether set bits are wanted, or clear ones.
    set: bool,
}

impl BitTest {
    /// Whether the bits of a whole number or of binary data are as wanted; other values have no bits.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Binary(bytes) => self.holds_for(|position| {
                let byte = bytes.get((position / 8) as usize);
                byte.is_some_and(|byte| byte & (1 << (position % 8)) != 0)
            }),
            _ => integer::whole("", value).is_ok_and(|number| {
                // Beyond 64 bits a number goes on with its sign.
                self.holds_for(|position| number & (1 << position.min(63)) != 0)
            }),
        }
    }

    fn holds_for(&self, is_set: impl Fn(u32) -> bool) -> bool {
        let mut wanted = self.positions.iter().map(|position| is_set(*position) == self.set);
        if self.all { wanted.all(|wanted| wanted) } else { wanted.any(|wanted| wanted) }
    }
}

/// One of the four operators, by its name. The bits come as a list of positions, as a mask, or as binary data.
pub(super) fn bits(path: &str, operator: &str, operand: &Value) -> Result<Node, QueryError> {
    let positions = match operand {
        Value::Array(items) => positions_in_list(items)?,
        Value::Int32(_) | Value::Int64(_) | Value::Double(_) => {
            let mask = integer::non_negative(operator, operand).map_err(QueryError::FailedToParse)?;
            (0..64).filter(|position| mask & (1 << position) != 0).collect()
        }
        Value::Binary(bytes) => positions_in_bytes(bytes),
        _ => {
            let received = text::element(operator, operand);
            return Err(QueryError::bad_value(format!(
                "{path} takes an Array, a number, or a BinData but received: {received}"
            )));
        }
    };
    let (all, set) = (operator.starts_with("$bitsAll"), operator.ends_with("Set"));
    Ok(Node::field(path, Test::Bits(BitTest { positions: positions.into(), all, set }.into())))
}

fn positions_in_list(items: &[Value]) -> Result<Vec<u32>, QueryError> {
    let position = |(index, item): (usize, &Value)| {
        integer::non_negative_int(&index.to_string(), item)
            .map_err(|reason| QueryError::bad_value(format!("Failed to parse bit position. {reason}")))
    };
    items.iter().enumerate().map(position).collect()
}

fn positions_in_bytes(bytes: &[u8]) -> Vec<u32> {
    let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (1 << bit) != 0));
    (0_u32..).zip(bits).filter_map(|(position, set)| set.then_some(position)).collect()
}
