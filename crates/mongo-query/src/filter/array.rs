//! `$all`, `$elemMatch`, `$size`.

use super::node::{Node, Test};
use super::parse::{self, Level};
use super::regex::Pattern;
use crate::error::QueryError;
use crate::integer;
use crate::value::{Document, Value};

/// `$all`: the field has every one of the values. An empty list finds nothing.
pub(super) fn all(path: &str, operand: &Value) -> Result<Node, QueryError> {
    let items = operand.as_array().ok_or_else(|| QueryError::bad_value("$all needs an array"))?;
    let asks_for_elements = items.first().and_then(element_match_operand).is_some();
    let node = |item: &Value| {
        if asks_for_elements {
            let operand = element_match_operand(item)
                .ok_or_else(|| QueryError::bad_value("$all/$elemMatch has to be consistent"))?;
            return element_match(path, operand);
        }
        match item {
            Value::Regex(regex) => Ok(Node::field(path, Test::Regex(Pattern::from_value(regex)?.into()))),
            Value::Object(document) if begins_with_operator(document) => {
                Err(QueryError::bad_value("no $ expressions in $all"))
            }
            _ => Ok(Node::field(path, Test::Equal(item.clone()))),
        }
    };
    let nodes = items.iter().map(node).collect::<Result<Vec<_>, _>>()?;
    Ok(if nodes.is_empty() { Node::Any(Box::default()) } else { Node::all(nodes) })
}

/// `$elemMatch`: one element passes all operators, or is a document that matches the query.
pub(super) fn element_match(path: &str, operand: &Value) -> Result<Node, QueryError> {
    let Value::Object(operand) = operand else { return Err(QueryError::bad_value("$elemMatch needs an Object")) };
    let test = if asks_for_values(operand) {
        Test::ElementPasses(parse::field_operators("", operand, Level::SubDocument)?.into())
    } else {
        Test::ElementMatches(parse::query(operand, Level::SubDocument)?.into())
    };
    Ok(Node::field(path, test))
}

/// `$size`: the array has that many elements.
pub(super) fn size(path: &str, operator: &str, operand: &Value) -> Result<Node, QueryError> {
    let size = integer::non_negative_int(operator, operand)
        .map_err(|reason| QueryError::bad_value(format!("Failed to parse $size. {reason}")))?;
    Ok(Node::field(path, Test::Size(size as usize)))
}

/// Whether the operand of `$elemMatch` is about elements as values: it begins with an operator that is neither logical
/// nor part of a `DBRef`.
fn asks_for_values(operand: &Document) -> bool {
    let is_reference = ["$ref", "$id", "$db"].iter().any(|name| operand.get(name).is_some());
    let first = operand.iter().next().map(|(name, _)| name);
    first.is_some_and(|name| name.starts_with('$') && !is_reference && !parse::is_top_level_operator(name))
}

fn element_match_operand(item: &Value) -> Option<&Value> {
    let (name, operand) = item.as_object()?.iter().next()?;
    (**name == *"$elemMatch").then_some(operand)
}

/// Only operators that follow a path count; anything else, `$not` included, is a value to be compared with.
fn begins_with_operator(document: &Document) -> bool {
    document.iter().next().is_some_and(|(name, _)| parse::is_field_operator(name))
}
