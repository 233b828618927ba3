//! Why a filter, a sort or a projection is refused.

use thiserror::Error;

/// A query the server refuses. [`Display`](std::fmt::Display) gives MongoDB's own text, [`QueryError::code`] its number.
///
/// The texts are those of MongoDB 5.0 to 7.0 (upstream: `src/mongo/db/matcher/expression_parser.cpp`,
/// `src/mongo/db/query/projection_parser.cpp`, `src/mongo/db/query/sort_pattern.cpp`).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// An operator within a field's operator object is not known.
    #[error("unknown operator: {0}")]
    UnknownOperator(String),
    /// A top-level name begins with `$` and is no logical operator.
    #[error("unknown top level operator: {0}. {hint}", hint = top_level_hint(.0))]
    UnknownTopLevelOperator(String),
    /// An operator MongoDB has and this crate refuses, in the words MongoDB has for operators it does not allow.
    #[error("{0} is not allowed in this context")]
    NotAllowed(&'static str),
    /// An operand has a value the operator cannot take.
    #[error("{0}")]
    BadValue(String),
    /// An operand has the wrong form.
    #[error("{0}")]
    FailedToParse(String),
    /// An operand has a type the operator cannot take.
    #[error("{0}")]
    TypeMismatch(String),
    /// A document is nested too deeply or a path has too many components.
    #[error("{0}")]
    Overflow(String),
    /// The pattern of a regular expression does not compile; the text is PCRE2's.
    #[error("Regular expression is invalid: {0}")]
    InvalidRegex(String),
    /// Matching a regular expression took more steps or memory than it may. MongoDB's matcher takes that for «no
    /// match»; this crate says it, in the words of MongoDB's `$regexMatch`.
    #[error("Error occurred while executing the regular expression in $regex. Result code: match limit exceeded")]
    RegexLimit,
    /// The query needed more than its [`Budget`](crate::Budget) (upstream: `ErrorCodes::MaxTimeMSExpired`, the text of
    /// `OperationContext::checkForInterrupt` in `src/mongo/db/operation_context.cpp`).
    #[error("operation exceeded time limit")]
    MaxTimeMsExpired,
    /// A projection names a path that an earlier, longer or equal one covers.
    #[error("Path collision at {path}")]
    PathCollision {
        /// The later path.
        path: String,
    },
    /// A projection names a path under one that was named before.
    #[error("Path collision at {path} remaining portion {remaining}")]
    PathCollisionBelow {
        /// The later path.
        path: String,
        /// The later path without its first component.
        remaining: String,
    },
    /// Any other refusal that has its own number in MongoDB.
    #[error("{message}")]
    Numbered {
        /// MongoDB's number for it.
        code: i32,
        /// MongoDB's text.
        message: String,
    },
}

impl QueryError {
    /// MongoDB's error code.
    pub fn code(&self) -> i32 {
        match self {
            // Upstream $where and $text are plain bad values, the later operators «QueryFeatureNotAllowed».
            Self::UnknownOperator(_)
            | Self::UnknownTopLevelOperator(_)
            | Self::BadValue(_)
            | Self::NotAllowed("$where" | "$text") => 2,
            Self::NotAllowed(_) => 224,
            Self::FailedToParse(_) => 9,
            Self::TypeMismatch(_) => 14,
            Self::Overflow(_) => 15,
            Self::InvalidRegex(_) => 51091,
            Self::RegexLimit => 51156,
            Self::MaxTimeMsExpired => 50,
            Self::PathCollision { .. } => 31250,
            Self::PathCollisionBelow { .. } => 31249,
            Self::Numbered { code, .. } => *code,
        }
    }

    pub(crate) fn bad_value(message: impl Into<String>) -> Self {
        Self::BadValue(message.into())
    }

    pub(crate) fn numbered(code: i32, message: impl Into<String>) -> Self {
        Self::Numbered { code, message: message.into() }
    }
}

fn top_level_hint(operator: &str) -> &'static str {
    if operator == "$not" {
        "If you are trying to negate an entire expression, use $nor."
    } else {
        "If you have a field name that starts with a '$' symbol, consider using $getField or $setField."
    }
}
