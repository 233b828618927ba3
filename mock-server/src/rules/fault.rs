//! Why a rule did not do what it was asked. A door words it: its status, its headers and the shape of its body differ by door and era.

use std::borrow::Cow;

use mongo_query::Document;

use crate::rules::refusal::Refusal;

/// The code of a `Meteor.Error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Rocket.Chat's codes are words, such as `error-not-allowed`.
    Word(Cow<'static, str>),
    /// Meteor's own are numbers, such as 403.
    Number(i64),
}

/// A rule's refusal.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A `Meteor.Error`: code, text and what else it carries.
    Meteor {
        /// The code.
        code: Code,
        /// The text.
        reason: Cow<'static, str>,
        /// What else it carries.
        details: Option<Document>,
    },
    /// A failure that was not thrown: its text stands alone, its code beside it (upstream: `API.v1.failure`).
    Failed {
        /// The text.
        text: Option<Cow<'static, str>>,
        /// The code.
        code: Option<Cow<'static, str>>,
    },
    /// A plain `Error` with its text.
    Thrown(Cow<'static, str>),
    /// Nobody is logged in, or the user is gone.
    NotLoggedIn,
    /// The actor may not, in the words of the handlers that answer `API.v1.unauthorized()` themselves.
    NotAllowed,
    /// A login that did not succeed.
    Login(Refusal),
    /// An unexpected error inside a method.
    Unexpected,
}

impl Fault {
    /// A `Meteor.Error` without details.
    pub fn meteor(code: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Meteor { code: Code::Word(code.into()), reason: reason.into(), details: None }
    }

    /// A `Meteor.Error` with details.
    pub fn meteor_with(code: &'static str, reason: impl Into<Cow<'static, str>>, details: Document) -> Self {
        Self::Meteor { code: Code::Word(code.into()), reason: reason.into(), details: Some(details) }
    }

    /// A failure that was not thrown.
    pub fn failed(text: &'static str, code: &'static str) -> Self {
        Self::Failed { text: Some(text.into()), code: Some(code.into()) }
    }

    /// A plain `Error`.
    pub fn thrown(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Thrown(text.into())
    }
}
