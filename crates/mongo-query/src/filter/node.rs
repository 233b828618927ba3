//! The tree a query is parsed into, and its evaluation.

use super::Outcome;
use super::arithmetic::Remainder;
use super::bits::BitTest;
use super::comparison::{Bound, Membership};
use super::element::TypeSet;
use super::path::{ArrayAtEnd, Fields, Path};
use super::regex::Pattern;
use crate::budget::Budget;
use crate::order;
use crate::value::Value;

/// A part of a query.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Every one of them matches. None is needed for that, so an empty list matches everything.
    All(Box<[Node]>),
    /// At least one of them matches. An empty list matches nothing.
    Any(Box<[Node]>),
    /// It does not match.
    Not(Box<Node>),
    /// Some value at the path passes the test.
    Field(Path, Test),
}

/// What is asked of a single value.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// `$eq`, and a value without an operator.
    Equal(Value),
    /// `$gt`, `$gte`, `$lt`, `$lte`.
    Bound(Bound),
    /// `$in`.
    Member(Box<Membership>),
    /// `$exists`.
    Exists,
    /// `$type`.
    Type(TypeSet),
    /// `$regex`, and a regular expression without an operator.
    Regex(Box<Pattern>),
    /// `$mod`.
    Remainder(Remainder),
    /// `$bitsAllSet` and its family.
    Bits(Box<BitTest>),
    /// `$size`.
    Size(usize),
    /// `$elemMatch` with a query: an element that is a document matches it.
    ElementMatches(Box<Node>),
    /// `$elemMatch` with operators: an element passes all of them.
    ElementPasses(Box<[Node]>),
}

impl Node {
    /// All of `nodes`; a single one stands for itself.
    pub(super) fn all(mut nodes: Vec<Node>) -> Self {
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            Some(last) => {
                nodes.push(last);
                Self::All(nodes.into())
            }
            None => Self::All(Box::default()),
        }
    }

    /// The opposite of `node`.
    pub(super) fn not(node: Node) -> Self {
        Self::Not(Box::new(node))
    }

    /// A test of the values at a path.
    pub(super) fn field(path: &str, test: Test) -> Self {
        Self::Field(Path::new(path), test)
    }

    /// Whether a document, or an array read as one, matches.
    pub(super) fn matches(&self, fields: Fields<'_>, budget: &Budget) -> Outcome {
        match self {
            Self::Field(path, test) => {
                budget.step()?;
                path.any(fields, test.array_at_end(), &|value| test.passes(value, budget))
            }
            Self::Not(node) => node.matches(fields, budget).map(|matched| !matched),
            Self::All(nodes) => all(nodes, |node| node.matches(fields, budget)),
            Self::Any(nodes) => any(nodes, |node| node.matches(fields, budget)),
        }
    }

    /// Whether a single value passes, paths left aside: what `$elemMatch` with operators asks of each element. Arrays
    /// within the array are not opened.
    fn passes(&self, value: &Value, budget: &Budget) -> Outcome {
        match self {
            Self::Field(_, test) => test.passes(Some(value), budget),
            Self::Not(node) => node.passes(value, budget).map(|passed| !passed),
            Self::All(nodes) => all(nodes, |node| node.passes(value, budget)),
            Self::Any(nodes) => any(nodes, |node| node.passes(value, budget)),
        }
    }
}

impl Test {
    fn array_at_end(&self) -> ArrayAtEnd {
        match self {
            Self::Size(_) | Self::ElementMatches(_) | Self::ElementPasses(_) => ArrayAtEnd::Whole,
            _ => ArrayAtEnd::Expanded,
        }
    }

    /// Whether a value passes; `None` is a missing field.
    fn passes(&self, value: Option<&Value>, budget: &Budget) -> Outcome {
        budget.step()?;
        let Some(value) = value else { return Ok(self.passes_missing()) };
        match self {
            Self::Equal(operand) => Ok(order::equal(value, operand)),
            Self::Bound(bound) => Ok(bound.holds(value)),
            Self::Member(members) => members.contains(value, budget),
            Self::Exists => Ok(true),
            Self::Type(types) => Ok(types.contains(value)),
            Self::Regex(pattern) => pattern.matches(value, budget),
            Self::Remainder(remainder) => Ok(remainder.is_left_by(value)),
            Self::Bits(bits) => Ok(bits.holds(value)),
            Self::Size(size) => Ok(value.as_array().is_some_and(|items| items.len() == *size)),
            Self::ElementMatches(node) => any(elements(value), |element| match element {
                Value::Object(document) => node.matches(Fields::Document(document), budget),
                Value::Array(items) => node.matches(Fields::Array(items), budget),
                _ => Ok(false),
            }),
            Self::ElementPasses(nodes) => {
                any(elements(value), |element| all(nodes, |node| node.passes(element, budget)))
            }
        }
    }

    /// Whether a missing field passes: it does where null would, except for `$type`.
    fn passes_missing(&self) -> bool {
        match self {
            Self::Equal(operand) => matches!(operand, Value::Null),
            Self::Bound(bound) => bound.holds_for_missing(),
            Self::Member(members) => members.has_null(),
            _ => false,
        }
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_default()
}

fn all<T>(items: &[T], holds: impl Fn(&T) -> Outcome) -> Outcome {
    for item in items {
        if !holds(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any<T>(items: &[T], holds: impl Fn(&T) -> Outcome) -> Outcome {
    for item in items {
        if holds(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
