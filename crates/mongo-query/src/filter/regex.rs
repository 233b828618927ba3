//! `$regex` with `$options`, and regular expressions as values.
//!
//! Upstream: `parseRegexDocument` and `RegexMatchExpression` in `src/mongo/db/matcher`, `src/mongo/util/pcre_util.cpp`.

use std::fmt;
use std::sync::OnceLock;

use super::node::{Node, Test};
use super::{Outcome, Stopped};
use crate::budget::Budget;
use crate::error::QueryError;
use crate::value::{Document, Regex, Value};

/// Most bytes a pattern may have (upstream: `kMaxPatternLength` in `src/mongo/util/pcre.cpp`).
const MAX_PATTERN_BYTES: usize = 32_764;

/// Most steps one match may take. PCRE2's own default, ten times this, lets a hostile pattern hold a thread for a second.
const MATCH_LIMIT: u32 = 1_000_000;

/// The lowest limit, which is tried first and is enough for a plain pattern. PCRE2 does not tell how many steps it took, so a budget is
/// charged for the limits tried. Steps are those from one place of the text on, so a text's length is charged beside them.
const FIRST_LIMIT: u32 = 100;

/// The limits tried after that. The charge is some ten times what was needed at most, and the time twice: steps up to a limit
/// that was too low are taken again.
const OTHER_LIMITS: [u32; 4] = [1_000, 10_000, 100_000, MATCH_LIMIT];

/// Most memory one match may take for backtracking, in KiB.
const HEAP_LIMIT_KIB: u32 = 16_384;

/// A compiled regular expression.
#[derive(Clone)]
pub(super) struct Pattern {
    /// With the lowest limit.
    first: pcre2::bytes::Regex,
    /// With the other limits, compiled when the lowest is too low for a text.
    others: OnceLock<Box<[(u32, pcre2::bytes::Regex)]>>,
    source: Regex,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Pattern {
    /// Compiles a regular expression that came as a value.
    pub(super) fn from_value(regex: &Regex) -> Result<Self, QueryError> {
        Self::compile(&regex.pattern, &regex.options)
    }

    fn compile(pattern: &str, options: &str) -> Result<Self, QueryError> {
        // The blank in front is MongoDB's: it leaves room for the name of an aggregation operator.
        if let Some(option) = options.chars().find(|option| !"imsxu".contains(*option)) {
            return Err(QueryError::numbered(51108, format!(" invalid flag in regex options: {option}")));
        }
        if pattern.contains('\0') {
            return Err(QueryError::bad_value("Regular expression cannot contain an embedded null byte"));
        }
        if pattern.len() > MAX_PATTERN_BYTES {
            let reason = "pattern string is longer than the limit set by the application";
            return Err(QueryError::InvalidRegex(reason.to_owned()));
        }
        let source = Regex { pattern: pattern.into(), options: options.into() };
        let first = limited(&source, FIRST_LIMIT).map_err(|error| QueryError::InvalidRegex(reason(&error)))?;
        Ok(Self { first, others: OnceLock::new(), source })
    }

    /// Whether a text matches, or a regular expression is this very one. Other values do not match.
    pub(super) fn matches(&self, value: &Value, budget: &Budget) -> Outcome {
        match value {
            Value::String(text) => self.finds(text.as_bytes(), budget),
            Value::Regex(regex) => Ok(**regex == self.source),
            _ => Ok(false),
        }
    }

    fn finds(&self, text: &[u8], budget: &Budget) -> Outcome {
        budget.take(u64::from(FIRST_LIMIT).saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX)))?;
        if let Ok(found) = self.first.is_match(text) {
            return Ok(found);
        }
        let others = self.others.get_or_init(|| {
            // What compiled with one limit compiles with another; if it did not, the match would end as one over its limit does.
            let other = |limit| Some((limit, limited(&self.source, limit).ok()?));
            OTHER_LIMITS.into_iter().filter_map(other).collect()
        });
        for (limit, compiled) in others {
            budget.take(u64::from(*limit))?;
            if let Ok(found) = compiled.is_match(text) {
                return Ok(found);
            }
        }
        Err(Stopped)
    }
}

/// Compiles `source`, whose options are known to be valid, with a limit to the steps of a match.
fn limited(source: &Regex, match_limit: u32) -> Result<pcre2::bytes::Regex, pcre2::Error> {
    let mut builder = pcre2::bytes::RegexBuilder::new();
    builder.utf(true);
    for option in source.options.chars() {
        match option {
            'i' => builder.caseless(true),
            'm' => builder.multi_line(true),
            's' => builder.dotall(true),
            'x' => builder.extended(true),
            _ => &mut builder,
        };
    }
    // Of several limits PCRE2 takes the lowest, so a pattern that begins with its own cannot raise these.
    builder.build(&format!("(*LIMIT_MATCH={match_limit})(*LIMIT_HEAP={HEAP_LIMIT_KIB}){}", source.pattern))
}

/// `$regex`, with the `$options` among the same operators.
pub(super) fn pattern(path: &str, operators: &Document) -> Result<Node, QueryError> {
    let mut pattern = "";
    let mut options = "";
    // In the order given, because which of the two errors about options surfaces depends on it.
    for (name, operand) in operators.iter() {
        match (&**name, operand) {
            ("$regex", Value::String(text)) => pattern = text,
            ("$regex", Value::Regex(regex)) => {
                pattern = &regex.pattern;
                if !regex.options.is_empty() {
                    if !options.is_empty() {
                        return Err(QueryError::numbered(51074, "options set in both $regex and $options"));
                    }
                    options = &regex.options;
                }
            }
            ("$regex", _) => return Err(QueryError::bad_value("$regex has to be a string")),
            ("$options", Value::String(_)) if !options.is_empty() => {
                return Err(QueryError::numbered(51075, "options set in both $regex and $options"));
            }
            ("$options", Value::String(text)) => options = text,
            ("$options", _) => return Err(QueryError::bad_value("$options has to be a string")),
            _ => {}
        }
    }
    Ok(Node::field(path, Test::Regex(Pattern::compile(pattern, options)?.into())))
}

/// PCRE2's own words: the `pcre2` crate puts «PCRE2: error compiling pattern at offset N: » before them.
fn reason(error: &pcre2::Error) -> String {
    let text = error.to_string();
    let prefix = match error.offset() {
        Some(offset) => format!("PCRE2: error compiling pattern at offset {offset}: "),
        None => "PCRE2: error compiling pattern: ".to_owned(),
    };
    text.strip_prefix(&prefix).map_or_else(|| text.clone(), str::to_owned)
}
