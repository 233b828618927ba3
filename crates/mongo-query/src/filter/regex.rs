//! `$regex` with `$options`, and regular expressions as values.
//!
//! Upstream: `parseRegexDocument` and `RegexMatchExpression` in `src/mongo/db/matcher`, `src/mongo/util/pcre_util.cpp`.

use std::fmt;

use super::node::{Node, Test};
use super::{LimitReached, Outcome};
use crate::error::QueryError;
use crate::value::{Document, Regex, Value};

/// Most bytes a pattern may have (upstream: `kMaxPatternLength` in `src/mongo/util/pcre.cpp`).
const MAX_PATTERN_BYTES: usize = 32_764;

/// Most steps one match may take. PCRE2's own default, ten times this, lets a hostile pattern hold a thread for a second.
const MATCH_LIMIT: u32 = 1_000_000;

/// Most memory one match may take for backtracking, in KiB.
const HEAP_LIMIT_KIB: u32 = 16_384;

/// A compiled regular expression.
#[derive(Clone)]
pub(super) struct Pattern {
    compiled: pcre2::bytes::Regex,
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
        let mut builder = pcre2::bytes::RegexBuilder::new();
        builder.utf(true);
        for option in options.chars() {
            match option {
                'i' => builder.caseless(true),
                'm' => builder.multi_line(true),
                's' => builder.dotall(true),
                'x' => builder.extended(true),
                'u' => &mut builder,
                // The blank in front is MongoDB's: it leaves room for the name of an aggregation operator.
                _ => return Err(QueryError::numbered(51108, format!(" invalid flag in regex options: {option}"))),
            };
        }
        if pattern.contains('\0') {
            return Err(QueryError::bad_value("Regular expression cannot contain an embedded null byte"));
        }
        if pattern.len() > MAX_PATTERN_BYTES {
            let reason = "pattern string is longer than the limit set by the application";
            return Err(QueryError::InvalidRegex(reason.to_owned()));
        }
        // Of several limits PCRE2 takes the lowest, so a pattern that begins with its own cannot raise these.
        let limited = format!("(*LIMIT_MATCH={MATCH_LIMIT})(*LIMIT_HEAP={HEAP_LIMIT_KIB}){pattern}");
        let compiled = builder.build(&limited).map_err(|error| QueryError::InvalidRegex(reason(&error)))?;
        Ok(Self { compiled, source: Regex { pattern: pattern.into(), options: options.into() } })
    }

    /// Whether a text matches, or a regular expression is this very one. Other values do not match.
    pub(super) fn matches(&self, value: &Value) -> Outcome {
        match value {
            Value::String(text) => self.compiled.is_match(text.as_bytes()).map_err(|_| LimitReached),
            Value::Regex(regex) => Ok(**regex == self.source),
            _ => Ok(false),
        }
    }
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
