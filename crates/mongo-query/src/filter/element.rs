//! `$exists` and `$type`.

use super::node::{Node, Test};
use crate::error::QueryError;
use crate::integer;
use crate::text;
use crate::value::Value;

/// The type codes of BSON and the names `$type` knows them by, also of types no document here can hold.
const TYPES: [(&str, i64); 21] = [
    ("double", 1),
    ("string", 2),
    ("object", 3),
    ("array", 4),
    ("binData", 5),
    ("undefined", 6),
    ("objectId", 7),
    ("bool", 8),
    ("date", 9),
    ("null", 10),
    ("regex", 11),
    ("dbPointer", 12),
    ("javascript", 13),
    ("symbol", 14),
    ("javascriptWithScope", 15),
    ("int", 16),
    ("timestamp", 17),
    ("long", 18),
    ("decimal", 19),
    ("minKey", -1),
    ("maxKey", 127),
];

/// Double, 32-bit integer, 64-bit integer, decimal.
const NUMBER_CODES: [i64; 4] = [1, 16, 18, 19];

/// A set of BSON types.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TypeSet {
    /// One bit a type code; the codes -1 and 127, which no value here has, are left out.
    codes: u32,
}

impl TypeSet {
    /// Whether the value's type is in the set.
    pub(super) fn contains(self, value: &Value) -> bool {
        self.codes & (1 << type_code(value)) != 0
    }

    fn add(&mut self, code: i64) {
        if let Some(bit) = u32::try_from(code).ok().and_then(|code| 1_u32.checked_shl(code)) {
            self.codes |= bit;
        }
    }
}

/// `$exists`: any value that is not false, null or zero asks for the field, those ask for its absence.
pub(super) fn exists(path: &str, operand: &Value) -> Node {
    let node = Node::field(path, Test::Exists);
    if operand.is_truthy() { node } else { Node::not(node) }
}

/// `$type`: a type's name or number, or a list of them.
pub(super) fn of_type(path: &str, operand: &Value) -> Result<Node, QueryError> {
    let mut types = TypeSet::default();
    match operand {
        Value::Array(items) if items.is_empty() => {
            return Err(QueryError::FailedToParse(format!("{path} must match at least one type")));
        }
        Value::Array(items) => items.iter().try_for_each(|item| add_type(&mut types, item))?,
        _ => add_type(&mut types, operand)?,
    }
    Ok(Node::field(path, Test::Type(types)))
}

fn add_type(types: &mut TypeSet, operand: &Value) -> Result<(), QueryError> {
    match operand {
        Value::String(name) => add_type_by_name(types, name),
        Value::Int32(_) | Value::Int64(_) | Value::Double(_) => add_type_by_code(types, operand),
        _ => Err(QueryError::TypeMismatch("type must be represented as a number or a string".to_owned())),
    }
}

fn add_type_by_name(types: &mut TypeSet, name: &str) -> Result<(), QueryError> {
    if name == "number" {
        for code in NUMBER_CODES {
            types.add(code);
        }
        return Ok(());
    }
    let known = TYPES.iter().find(|(known, _)| *known == name);
    let (_, code) = known.ok_or_else(|| {
        QueryError::bad_value(if name == "missing" {
            "'missing' is not a legal type name. To query for non-existence of a field, use {$exists:false}.".to_owned()
        } else {
            format!("Unknown type name alias: {name}")
        })
    })?;
    types.add(*code);
    Ok(())
}

fn add_type_by_code(types: &mut TypeSet, operand: &Value) -> Result<(), QueryError> {
    let code = integer::whole("$type", operand).ok();
    if let Some(code) = code.filter(|code| TYPES.iter().any(|(_, known)| known == code)) {
        types.add(code);
        return Ok(());
    }
    let number = text::general_number(operand.as_f64().unwrap_or_default());
    let hint = if code == Some(0) { ". Instead use {$exists:false}." } else { "" };
    Err(QueryError::bad_value(format!("Invalid numerical type code: {number}{hint}")))
}

fn type_code(value: &Value) -> u8 {
    match value {
        Value::Double(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Binary(_) => 5,
        Value::Bool(_) => 8,
        Value::Date(_) => 9,
        Value::Null => 10,
        Value::Regex(_) => 11,
        Value::Int32(_) => 16,
        Value::Int64(_) => 18,
    }
}
