//! Why a login is refused. A door words it, by era.

use mongo_query::Document;

/// Why a login is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// No such user.
    UnknownUser,
    /// The user has no password.
    NoPassword,
    /// The password is another one.
    WrongPassword,
    /// No login handler takes the options.
    Unrecognized,
    /// No such token.
    LoggedOut,
    /// The token is too old.
    SessionExpired,
    /// A value of a wrong type; the text of Meteor's `check`.
    Mismatch(String),
    /// An error of Rocket.Chat's own rules.
    Rule {
        /// The code.
        code: &'static str,
        /// The text.
        reason: &'static str,
        /// What else it carries.
        details: Option<Document>,
    },
}
