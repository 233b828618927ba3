//! `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`. (`$eq` is [`Test::Equal`].)

use std::cmp::Ordering;

use super::Outcome;
use super::node::{Node, Test};
use super::parse;
use super::regex::Pattern;
use crate::budget::Budget;
use crate::error::QueryError;
use crate::order::{compare, compare_within_type};
use crate::value::Value;

/// A value on one side of which others must be. Only values of its own type can be.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    operand: Value,
    /// The side values must be on, seen from the bound.
    side: Ordering,
    /// Whether the bound itself is within.
    inclusive: bool,
}

impl Bound {
    /// Whether `value` is on the right side.
    pub(super) fn holds(&self, value: &Value) -> bool {
        if let (Value::Int32(value), Value::Int32(operand)) = (value, &self.operand) {
            let side = value.cmp(operand);
            return side == self.side || self.inclusive && side.is_eq();
        }
        if is_nan(value) || is_nan(&self.operand) {
            // Ordered, NaN is below every number; asked for, it is on no side of any, itself included.
            return self.inclusive && is_nan(value) && is_nan(&self.operand);
        }
        match compare_within_type(value, &self.operand) {
            Some(Ordering::Equal) => self.inclusive,
            Some(side) => side == self.side,
            None => false,
        }
    }

    /// A missing field counts as equal to null.
    pub(super) fn holds_for_missing(&self) -> bool {
        self.inclusive && matches!(self.operand, Value::Null)
    }
}

/// The values and patterns of `$in`.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    /// In MongoDB's order, without repeats.
    values: Box<[Value]>,
    patterns: Box<[Pattern]>,
    has_null: bool,
}

impl Membership {
    /// Whether `value` is one of the values or matches one of the patterns.
    pub(super) fn contains(&self, value: &Value, budget: &Budget) -> Outcome {
        if self.values.binary_search_by(|member| compare(member, value)).is_ok() {
            return Ok(true);
        }
        for pattern in &self.patterns {
            if pattern.matches(value, budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether null is one of the values, so that a missing field is in.
    pub(super) fn has_null(&self) -> bool {
        self.has_null
    }
}

/// `$ne`.
pub(super) fn not_equal(path: &str, operand: &Value) -> Result<Node, QueryError> {
    if matches!(operand, Value::Regex(_)) {
        return Err(QueryError::bad_value("Can't have regex as arg to $ne."));
    }
    Ok(Node::not(Node::field(path, Test::Equal(operand.clone()))))
}

/// `$gt`, `$gte`, `$lt` or `$lte`.
pub(super) fn bound(path: &str, operator: &str, operand: &Value) -> Result<Node, QueryError> {
    if matches!(operand, Value::Regex(_)) {
        return Err(QueryError::bad_value(format!("Can't have RegEx as arg to predicate over field '{path}'.")));
    }
    let side = if operator.starts_with("$g") { Ordering::Greater } else { Ordering::Less };
    Ok(Node::field(path, Test::Bound(Bound { operand: operand.clone(), side, inclusive: operator.ends_with('e') })))
}

/// `$in`; `$nin` is its opposite.
pub(super) fn member(path: &str, operator: &str, operand: &Value) -> Result<Node, QueryError> {
    let items = operand.as_array().ok_or_else(|| QueryError::bad_value(format!("{operator} needs an array")))?;
    let mut values = Vec::with_capacity(items.len());
    let mut patterns = Vec::new();
    for item in items {
        match item {
            Value::Regex(regex) => patterns.push(Pattern::from_value(regex)?),
            _ if parse::as_operators(item).is_some() => return Err(QueryError::bad_value("cannot nest $ under $in")),
            _ => values.push(item.clone()),
        }
    }
    values.sort_by(compare);
    values.dedup_by(|left, right| compare(left, right).is_eq());
    let has_null = values.iter().any(|value| matches!(value, Value::Null));
    let members = Membership { values: values.into(), patterns: patterns.into(), has_null };
    Ok(Node::field(path, Test::Member(members.into())))
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Double(number) if number.is_nan())
}
