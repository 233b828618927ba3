//! Filters: which documents a query finds.
//!
//! [`Filter::parse`] turns a query into a tree of nodes (`parse`, `node`), which is then evaluated over any number of
//! documents without allocating; `path` says which values of a document a path reaches. An operator is in its family's
//! file, which parses its operand and holds its test:
//!
//! | file | operators |
//! |---|---|
//! | `comparison` | `$ne $gt $gte $lt $lte $in $nin` (`$eq` needs no more than the order of values) |
//! | `element` | `$exists $type` |
//! | `logical` | `$and $or $nor $not $alwaysTrue $alwaysFalse` |
//! | `array` | `$all $elemMatch $size` |
//! | `regex` | `$regex $options` |
//! | `arithmetic` | `$mod` |
//! | `bits` | `$bitsAllSet $bitsAllClear $bitsAnySet $bitsAnyClear` |
//! | `refused` | those MongoDB has and this crate does not |
//!
//! A new one also needs its name in `parse` and its test in `node`.

mod arithmetic;
mod array;
mod bits;
mod comparison;
mod element;
mod logical;
mod node;
mod parse;
mod path;
mod refused;
mod regex;

use node::Node;
use path::Fields;

use crate::budget::{Budget, Spent};
use crate::error::QueryError;
use crate::limits;
use crate::value::Document;

/// Evaluation ended early: the budget is spent, or a regular expression ran into its limit.
#[derive(Debug)]
struct Stopped;

/// What a test says. The failure carries nothing, so that the answer stays one byte; the budget knows whether it was the cause.
type Outcome = Result<bool, Stopped>;

impl From<Spent> for Stopped {
    fn from(Spent: Spent) -> Self {
        Self
    }
}

/// A parsed query.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Node,
}

impl Filter {
    /// Parses a MongoDB query document.
    ///
    /// Fails with MongoDB's own error when an operator is unknown, is one this crate refuses, or has an operand it
    /// cannot take; when the query is nested more than 100 levels deep; and when a regular expression does not compile.
    pub fn parse(query: &Document) -> Result<Self, QueryError> {
        limits::check(query)?;
        Ok(Self { root: parse::query(query, parse::Level::Document)? })
    }

    /// The filter that matches every document, as an empty query does.
    pub fn always() -> Self {
        Self { root: Node::All(Box::default()) }
    }

    /// The filter that matches no document.
    pub fn never() -> Self {
        Self { root: Node::Any(Box::default()) }
    }

    /// Whether the filter is known to match every document, so that evaluating it can be left out.
    pub fn is_empty(&self) -> bool {
        matches!(&self.root, Node::All(nodes) if nodes.is_empty())
    }

    /// Whether the document matches.
    ///
    /// Fails with [`QueryError::RegexLimit`] when a regular expression took more steps or memory than it may.
    pub fn matches(&self, document: &Document) -> Result<bool, QueryError> {
        self.matches_within(document, &Budget::unlimited())
    }

    /// Whether the document matches, if `budget` lasts that long: it costs one unit, one more for each path followed and each value
    /// tested, and for each match of a regular expression the steps it may take (100; if those are too few, 1,000 more, and so on
    /// up to 1,000,000) and one for each byte of the text.
    ///
    /// Fails with [`QueryError::MaxTimeMsExpired`] when it does not, and as [`Filter::matches`] does.
    pub fn matches_within(&self, document: &Document, budget: &Budget) -> Result<bool, QueryError> {
        budget.step().map_err(|Spent| QueryError::MaxTimeMsExpired)?;
        self.root
            .matches(Fields::Document(document), budget)
            .map_err(|Stopped| if budget.is_spent() { QueryError::MaxTimeMsExpired } else { QueryError::RegexLimit })
    }
}
