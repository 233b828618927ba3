//! `$and`, `$or`, `$nor`, `$not`, and the two constants `$alwaysTrue` and `$alwaysFalse`.

use super::node::{Node, Test};
use super::parse::{self, Level};
use super::regex::Pattern;
use crate::error::QueryError;
use crate::integer;
use crate::value::Value;

/// `$and`: every query matches.
pub(super) fn and(operand: &Value, level: Level) -> Result<Node, QueryError> {
    Ok(Node::all(queries("$and", operand, level)?))
}

/// `$or`: at least one query matches.
pub(super) fn or(operand: &Value, level: Level) -> Result<Node, QueryError> {
    Ok(Node::Any(queries("$or", operand, level)?.into()))
}

/// `$nor`: no query matches.
pub(super) fn nor(operand: &Value, level: Level) -> Result<Node, QueryError> {
    Ok(Node::not(Node::Any(queries("$nor", operand, level)?.into())))
}

/// `$alwaysTrue` and `$alwaysFalse`, whose only operand is 1.
pub(super) fn always(name: &str, operand: &Value, answer: bool) -> Result<Node, QueryError> {
    match integer::whole(name, operand).map_err(QueryError::FailedToParse)? {
        1 if answer => Ok(Node::All(Box::default())),
        1 => Ok(Node::Any(Box::default())),
        _ => Err(QueryError::FailedToParse(format!("{name} must be an integer value of 1"))),
    }
}

/// `$not`: the operators, or the regular expression, do not match.
pub(super) fn not(path: &str, operand: &Value, level: Level) -> Result<Node, QueryError> {
    match operand {
        Value::Regex(regex) => Ok(Node::not(Node::field(path, Test::Regex(Pattern::from_value(regex)?.into())))),
        Value::Object(operators) if operators.is_empty() => Err(QueryError::bad_value("$not cannot be empty")),
        Value::Object(operators) => Ok(Node::not(Node::all(parse::field_operators(path, operators, level)?))),
        _ => Err(QueryError::bad_value("$not needs a regex or a document")),
    }
}

fn queries(name: &str, operand: &Value, level: Level) -> Result<Vec<Node>, QueryError> {
    let items = operand.as_array().ok_or_else(|| QueryError::bad_value(format!("{name} must be an array")))?;
    if items.is_empty() {
        return Err(QueryError::bad_value("$and/$or/$nor must be a nonempty array"));
    }
    let query = |item: &Value| match item {
        Value::Object(query) => parse::query(query, level),
        _ => Err(QueryError::bad_value("$or/$and/$nor entries need to be full objects")),
    };
    items.iter().map(query).collect()
}
