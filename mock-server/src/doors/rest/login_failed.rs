//! A login that did not succeed, in the words of the era: 401.
//!
//! Upstream: the route `login` of `app/api/server/api.js` (later `api.ts`, `ApiClass.ts`).

use mongo_query::{Document, Value};

use crate::doors::wire::StatusCode;
use crate::doors::wire::reply::Reply;
use crate::era::fact::facts;
use crate::era::{ErrorDetails, Profile};
use crate::rules::refusal::Refusal;
use javascript::stringify;

/// Key order of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `status`, `error`, (`details`), `message`.
    StatusFirst,
    /// `success`, `error`, `status`, (`details`), `message`.
    SuccessFirst,
}

/// What a wrong password of an existing user is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPassword {
    /// `Unauthorized`, as for an unknown user.
    Unauthorized,
    /// `403`, `Incorrect password`.
    IncorrectPassword,
}

/// Whether malformed and expired logins are told apart from wrong ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasons {
    /// `Unrecognized options for login request`, the texts of resume logins.
    Told,
    /// All are `Unauthorized`.
    Hidden,
}

facts! {
    /// key order of a failed login's body; with `SuccessFirst` a value of a wrong type is a 500
    pub SHAPE: Shape = Shape::StatusFirst => {
        (7, 5, 0) => Shape::SuccessFirst, "#34999: Restivus gone; apps/meteor/app/api/server/router.ts 0715d8bb";
    }
    /// what a wrong password of an existing user is called
    pub WRONG_PASSWORD: WrongPassword = WrongPassword::Unauthorized => {
        documented => WrongPassword::Unauthorized, "packages/rocketchat-api/server/api.js @ 0.61.0 (0b71e0e2f)";
        (6, 0, 0) => WrongPassword::IncorrectPassword, "apps/meteor/tests/end-to-end/api/31-failed-login-attempts.ts (6.x): the override broken by async";
        (7, 0, 0) => WrongPassword::Unauthorized, "#32159: a login never says which credential is wrong";
    }
    /// whether malformed and expired logins are told apart from wrong ones
    pub REASONS: Reasons = Reasons::Told => {
        (7, 0, 0) => Reasons::Hidden, "#32159: a login never says which credential is wrong";
    }
}

/// The parts of a failed login's body.
struct Failed {
    /// A code, a number, or absent.
    error: Option<Value>,
    details: Option<Document>,
    message: String,
}

impl Failed {
    fn new(error: impl Into<Value>, message: impl Into<String>) -> Self {
        Self { error: Some(error.into()), details: None, message: message.into() }
    }

    /// What every era says of an unknown user.
    fn unauthorized() -> Self {
        Self::new("Unauthorized", "Unauthorized")
    }
}

/// The answer to a login that was refused; `None` for what the era takes for an unexpected error.
pub fn reply(refusal: &Refusal, profile: &Profile) -> Option<Reply> {
    let told = |error: i32, message: &str| match REASONS.of(profile) {
        Reasons::Told => Failed::new(error, message),
        Reasons::Hidden => Failed::unauthorized(),
    };
    let failed = match refusal {
        Refusal::UnknownUser => Failed::unauthorized(),
        Refusal::WrongPassword => match WRONG_PASSWORD.of(profile) {
            WrongPassword::Unauthorized => Failed::unauthorized(),
            WrongPassword::IncorrectPassword => Failed::new(403, "Incorrect password"),
        },
        Refusal::NoPassword => told(403, "User has no password set"),
        Refusal::Unrecognized => told(400, "Unrecognized options for login request"),
        Refusal::LoggedOut => told(403, "You've been logged out by the server. Please log in again."),
        Refusal::SessionExpired => told(403, "Your session has expired. Please log in again."),
        Refusal::Mismatch(text) => match SHAPE.of(profile) {
            Shape::StatusFirst => Failed { error: None, details: None, message: format!("Match error: {text}") },
            // From then on only a `Meteor.Error` is a failed login; `Match.Error` is none.
            Shape::SuccessFirst => return None,
        },
        Refusal::Rule { code, reason, details } => {
            Failed { error: Some((*code).into()), details: details.clone(), message: (*reason).to_owned() }
        }
    };
    let mut body = Vec::new();
    stringify::write_document(&document(failed, profile), &mut body);
    Some(Reply::json(StatusCode::UNAUTHORIZED, body))
}

/// The body; `details` appeared with the other failures' (3.1.0).
fn document(failed: Failed, profile: &Profile) -> Document {
    let shape = SHAPE.of(profile);
    let mut body = Document::new();
    match shape {
        Shape::StatusFirst => body.push("status", "error"),
        Shape::SuccessFirst => body.push("success", false),
    }
    if let Some(error) = failed.error {
        body.push("error", error);
    }
    if shape == Shape::SuccessFirst {
        body.push("status", "error");
    }
    if let (ErrorDetails::Present, Some(details)) = (profile.switches.error_details, failed.details) {
        body.push("details", details);
    }
    body.push("message", failed.message);
    body
}
