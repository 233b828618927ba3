//! From a query document to a tree: names to paths and operators.
//!
//! Upstream: `parse`, `parseSub` and `parseSubField` in `src/mongo/db/matcher/expression_parser.cpp`.

use super::node::{Node, Test};
use super::regex::Pattern;
use super::{arithmetic, array, bits, comparison, element, logical, refused, regex};
use crate::error::QueryError;
use crate::value::{Document, Value};

/// Most components a filter's path may have (upstream: `BSONDepth::getMaxDepthForUserStorage`).
const MAX_COMPONENTS: usize = 180;

/// The operators that [`top_level_operator`] takes.
const TOP_LEVEL_OPERATORS: [&str; 9] =
    ["$and", "$or", "$nor", "$comment", "$alwaysTrue", "$alwaysFalse", "$ref", "$id", "$db"];

/// The operators that [`field_operator`] takes, but for `$not`.
#[rustfmt::skip]
const FIELD_OPERATORS: [&str; 20] = [
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin",
    "$exists", "$type",
    "$regex", "$options",
    "$all", "$elemMatch", "$size",
    "$mod",
    "$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear",
];

/// What a part of a query is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The whole document.
    Document,
    /// A document within an array, inside `$elemMatch`.
    SubDocument,
}

/// Parses a query: names that begin with `$` are logical operators, others are paths with a value or with operators.
pub(super) fn query(query: &Document, level: Level) -> Result<Node, QueryError> {
    let mut nodes = Vec::with_capacity(query.len());
    for (name, value) in query.iter() {
        if name.starts_with('$') {
            nodes.extend(top_level_operator(name, value, level)?);
        } else if name.split('.').count() > MAX_COMPONENTS {
            return Err(QueryError::numbered(5_729_100, "FieldPath is too long"));
        } else if let Some(operators) = as_operators(value) {
            nodes.extend(field_operators(name, operators, level)?);
        } else if let Value::Regex(value) = value {
            nodes.push(Node::field(name, Test::Regex(Pattern::from_value(value)?.into())));
        } else {
            nodes.push(Node::field(name, Test::Equal(value.clone())));
        }
    }
    Ok(Node::all(nodes))
}

/// Whether `operator`, with its `$`, is one that stands in place of a path.
pub(super) fn is_top_level_operator(operator: &str) -> bool {
    TOP_LEVEL_OPERATORS.contains(&operator) || refused::TOP_LEVEL.contains(&operator)
}

/// Whether `operator`, with its `$`, is one that follows a path. `$not` is not among them upstream.
pub(super) fn is_field_operator(operator: &str) -> bool {
    FIELD_OPERATORS.contains(&operator) || refused::is_field_operator(operator)
}

/// `None` for an operator that adds nothing.
fn top_level_operator(name: &str, value: &Value, level: Level) -> Result<Option<Node>, QueryError> {
    match name {
        "$and" => logical::and(value, level).map(Some),
        "$or" => logical::or(value, level).map(Some),
        "$nor" => logical::nor(value, level).map(Some),
        "$alwaysTrue" => logical::always(name, value, true).map(Some),
        "$alwaysFalse" => logical::always(name, value, false).map(Some),
        "$comment" => Ok(None),
        // The parts of a DBRef are fields whose names begin with `$`.
        "$ref" | "$id" | "$db" => Ok(Some(Node::field(name, Test::Equal(value.clone())))),
        _ => Err(refused::top_level(name, level)),
    }
}

/// The operators in a value such as `{$gt: 1}`, or `None` for a value to be compared with: the first name decides, and a
/// `DBRef` is a value.
pub(super) fn as_operators(value: &Value) -> Option<&Document> {
    let document = value.as_object()?;
    let (first, _) = document.iter().next()?;
    let is_reference = document.get("$ref").is_some() && document.get("$id").is_some();
    (first.starts_with('$') && !is_reference).then_some(document)
}

/// Parses the operators of one field, all of which must hold. `path` is empty within an `$elemMatch`, where the
/// operators are about the elements themselves.
pub(super) fn field_operators(path: &str, operators: &Document, level: Level) -> Result<Vec<Node>, QueryError> {
    refused::near_first(operators)?;
    let mut nodes = Vec::with_capacity(operators.len());
    for (name, operand) in operators.iter() {
        nodes.extend(field_operator(path, name, operand, operators, level)?);
    }
    Ok(nodes)
}

/// `None` for an operator that adds nothing.
fn field_operator(
    path: &str,
    name: &str,
    operand: &Value,
    operators: &Document,
    level: Level,
) -> Result<Option<Node>, QueryError> {
    let node = match name {
        "$eq" => Node::field(path, Test::Equal(operand.clone())),
        "$ne" => comparison::not_equal(path, operand)?,
        "$gt" | "$gte" | "$lt" | "$lte" => comparison::bound(path, name, operand)?,
        "$in" => comparison::member(path, name, operand)?,
        "$nin" => Node::not(comparison::member(path, name, operand)?),
        "$exists" => element::exists(path, operand),
        "$type" => element::of_type(path, operand)?,
        "$not" => logical::not(path, operand, level)?,
        "$regex" => regex::pattern(path, operators)?,
        "$options" if operators.get("$regex").is_some() => return Ok(None),
        "$options" => return Err(QueryError::bad_value("$options needs a $regex")),
        "$all" => array::all(path, operand)?,
        "$elemMatch" => array::element_match(path, operand)?,
        "$size" => array::size(path, name, operand)?,
        "$mod" => arithmetic::remainder(path, operand)?,
        "$bitsAllSet" | "$bitsAllClear" | "$bitsAnySet" | "$bitsAnyClear" => bits::bits(path, name, operand)?,
        _ => return Err(refused::field_operator(name, operators)),
    };
    Ok(Some(node))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An operand no operator takes shows which names are known: the error is about the operand, not about the name.
    #[test]
    fn the_lists_of_operators_hold_what_is_parsed() {
        let operand = Value::Regex(crate::value::Regex { pattern: "(".into(), options: "".into() }.into());
        for name in FIELD_OPERATORS {
            let operators = Document::from_iter([(name.into(), operand.clone())]);
            let answer = field_operator("a", name, &operand, &operators, Level::Document);
            assert!(!matches!(answer, Err(QueryError::UnknownOperator(_))), "{name}");
        }
        for name in TOP_LEVEL_OPERATORS {
            let answer = top_level_operator(name, &operand, Level::Document);
            assert!(!matches!(answer, Err(QueryError::UnknownTopLevelOperator(_))), "{name}");
        }
        assert!(matches!(
            field_operator("a", "$foo", &operand, &Document::new(), Level::Document),
            Err(QueryError::UnknownOperator(_))
        ));
    }
}
