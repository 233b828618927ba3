//! Failures, and the only place that writes their bodies: an era that words one differently is changed here.

use javascript::stringify;
use mongo_query::{Document, Value, document};

use crate::doors::rest::login_failed;
use crate::doors::rest::params::{self, ParamError};
use crate::doors::wire::StatusCode;
use crate::rules::fault::{Code, Fault};
use crate::rules::refusal::Refusal;

use crate::doors::wire::reply::{HTML, Origin, Reply};
use crate::era::{ErrorDetails, PermissionRefusal, Profile, Switches, UnauthorizedBody, Validation};

/// Why a request got no success answer. Rendered for the era by [`ApiError::reply`].
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// Missing, wrong or expired credentials: 401.
    NotLoggedIn,
    /// The endpoint declares a permission the caller lacks: 403 (upstream: the route option `permissionsRequired`).
    MissingPermission,
    /// A premium endpoint without its licence: 400, from the middleware in front of the handler (upstream:
    /// `ee/app/api-enterprise/server/middlewares/license.ts`).
    MissingLicence,
    /// The 403 `unauthorized` some handlers of the old eras send themselves (upstream: `API.v1.unauthorized`).
    Unauthorized,
    /// A plain error thrown in a handler: 400 `{"success":false,"error":text}`.
    Thrown(String),
    /// A `Meteor.Error` thrown in a handler: 400, its text is `reason [code]`.
    Meteor {
        /// The error code, which becomes `errorType`.
        code: String,
        /// The text.
        reason: String,
        /// What else it carries; shown from 3.1 on.
        details: Option<Document>,
    },
    /// A `Meteor.Error` of Meteor itself, whose codes are numbers: 400, its text is `reason [code]`.
    MeteorNumber {
        /// The error code, which becomes `errorType`.
        code: i64,
        /// The text.
        reason: String,
    },
    /// A failure a handler answers itself: 400 with `error`, and `errorType` when it has one (upstream: `API.v1.failure`).
    Failure {
        /// Value of `error`; `None` leaves the key out.
        error: Option<String>,
        /// Value of `errorType`.
        error_type: Option<String>,
    },
    /// A query string the endpoint's validator refuses; the text is the validator's.
    InvalidQuery(String),
    /// A body the endpoint's validator refuses; the text is the validator's.
    InvalidBody(String),
    /// One call too many within the window.
    TooManyRequests {
        /// Whole seconds until the window ends.
        wait_seconds: i64,
        /// 429, or 400 in 0.74.
        status: StatusCode,
    },
    /// A login that did not succeed: 401.
    LoginFailed(Refusal),
    /// An unexpected error inside a handler: 500 `{"success":false,"error":"Internal server error"}`.
    InternalServerError,
    /// A body that is not valid JSON, where the parser in front of the API refuses it.
    BrokenBody,
    /// A body larger than the server reads.
    BodyTooLarge,
    /// A query string beyond what its parser takes.
    UnreadableQuery,
    /// A documented endpoint that this mock does not have: 501.
    NotServed {
        /// Method and path as documented.
        endpoint: String,
    },
    /// No such endpoint, said as text: 404.
    NotFoundText,
    /// The same from in front of the API, which puts no headers of its own on it.
    NotFoundOutside,
    /// No such endpoint; the web application answers with its page.
    WebApplication,
    /// The endpoint exists for other methods: 405.
    WrongMethod {
        /// Value of the `allow` header.
        allow: String,
    },
}

impl ApiError {
    /// A thrown `Meteor.Error` without details.
    pub fn meteor(code: &str, reason: impl Into<String>) -> Self {
        Self::Meteor { code: code.to_owned(), reason: reason.into(), details: None }
    }

    /// A thrown `Meteor.Error` with details.
    pub fn meteor_with(code: &str, reason: impl Into<String>, details: Document) -> Self {
        Self::Meteor { code: code.to_owned(), reason: reason.into(), details: Some(details) }
    }

    /// A failure with a text and a type.
    pub fn failure(error: impl Into<String>, error_type: impl Into<String>) -> Self {
        Self::Failure { error: Some(error.into()), error_type: Some(error_type.into()) }
    }

    /// Status and body of the failure as a server of `profile` sends it.
    pub fn reply(&self, profile: &Profile) -> Reply {
        let switches = &profile.switches;
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::NotLoggedIn => not_logged_in(switches).from_origin(Origin::Middleware),
            Self::MissingPermission => {
                let text = match switches.permission_refusal {
                    PermissionRefusal::Unauthorized => "unauthorized",
                    PermissionRefusal::Sentence => {
                        "User does not have the permissions required for this action [error-unauthorized]"
                    }
                };
                failed(StatusCode::FORBIDDEN, text).from_origin(Origin::Middleware)
            }
            Self::MissingLicence => {
                let code = "error-action-not-allowed";
                let text = format!("This is an enterprise feature [{code}]");
                let body = document! { "success": false, "error": text, "errorType": code };
                written(bad, &body).from_origin(Origin::Middleware)
            }
            Self::Unauthorized => failed(StatusCode::FORBIDDEN, "unauthorized"),
            Self::Thrown(text) => failed(bad, text),
            Self::Meteor { code, reason, details } => {
                let mut body = coded(&format!("{reason} [{code}]"), code.as_str());
                if let Some(details) = shown_details(details.as_ref(), switches) {
                    body.push("details", details.clone());
                }
                written(bad, &body)
            }
            Self::MeteorNumber { code, reason } => written(bad, &coded(&format!("{reason} [{code}]"), *code)),
            Self::Failure { error, error_type } => {
                let mut body = document! { "success": false };
                if let Some(error) = error {
                    body.push("error", error);
                }
                if let Some(error_type) = error_type {
                    body.push("errorType", error_type);
                }
                written(bad, &body)
            }
            Self::InvalidQuery(text) => invalid(switches, text, "error-invalid-params"),
            Self::InvalidBody(text) => invalid(switches, text, "invalid-params"),
            Self::TooManyRequests { wait_seconds, status } => too_many(*wait_seconds, *status),
            Self::LoginFailed(refusal) => {
                login_failed::reply(refusal, profile).unwrap_or_else(|| Self::InternalServerError.reply(profile))
            }
            Self::InternalServerError => failed(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
            Self::BrokenBody => failed(bad, "Invalid JSON").from_origin(Origin::Outside),
            Self::BodyTooLarge => {
                failed(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large").from_origin(Origin::Outside)
            }
            Self::UnreadableQuery => failed(bad, "Invalid query parameters").from_origin(Origin::Middleware),
            Self::NotServed { endpoint } => {
                let text = format!("The mock server does not serve {endpoint} [error-not-implemented]");
                written(StatusCode::NOT_IMPLEMENTED, &coded(&text, "error-not-implemented"))
                    .from_origin(Origin::Middleware)
            }
            Self::NotFoundText => Reply::text(StatusCode::NOT_FOUND, "404 Not Found"),
            Self::NotFoundOutside => Reply::text(StatusCode::NOT_FOUND, "404 Not Found").from_origin(Origin::Outside),
            Self::WebApplication => web_application(),
            Self::WrongMethod { allow } => {
                let body = document! { "status": "error", "message": "API endpoint does not exist" };
                written(StatusCode::METHOD_NOT_ALLOWED, &body).with_header("allow", allow.clone())
            }
        }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotLoggedIn => Self::NotLoggedIn,
            Fault::NotAllowed => Self::Unauthorized,
            Fault::Unexpected => Self::InternalServerError,
            Fault::Login(refusal) => Self::LoginFailed(refusal),
            Fault::Thrown(text) => Self::Thrown(text.into_owned()),
            Fault::Meteor { code: Code::Number(code), reason, .. } => {
                Self::MeteorNumber { code, reason: reason.into_owned() }
            }
            Fault::Meteor { code: Code::Word(code), reason, details } => {
                Self::Meteor { code: code.into_owned(), reason: reason.into_owned(), details }
            }
            Fault::Failed { text, code } => {
                Self::Failure { error: text.map(Into::into), error_type: code.map(Into::into) }
            }
        }
    }
}

impl From<ParamError> for ApiError {
    /// A parameter that could not be read, as the `Meteor.Error` of upstream's `parseJsonQuery`.
    fn from(error: ParamError) -> Self {
        match error.code {
            Some(code) => Self::meteor_with(code, error.message, document! { "helperMethod": params::HELPER_METHOD }),
            None => Self::Thrown(error.message),
        }
    }
}

fn failed(status: StatusCode, error: &str) -> Reply {
    written(status, &document! { "success": false, "error": error })
}

fn written(status: StatusCode, body: &Document) -> Reply {
    let mut text = Vec::new();
    stringify::write_document(body, &mut text);
    Reply::json(status, text)
}

fn coded(error: &str, code: impl Into<Value>) -> Document {
    document! { "success": false, "error": error, "errorType": code.into() }
}

/// `details` appeared in failure bodies with 3.1.0 (upstream: #15949, 3813aefc8).
fn shown_details<'a>(details: Option<&'a Document>, switches: &Switches) -> Option<&'a Document> {
    match switches.error_details {
        ErrorDetails::Absent => None,
        ErrorDetails::Present => details,
    }
}

/// Upstream: `app/api/server/api.js` (Restivus), `ApiClass.ts` `authenticatedRoute` (7.5 and later; the last form behind its 9.0.0
/// gate).
fn not_logged_in(switches: &Switches) -> Reply {
    const TEXT: &str = "You must be logged in to do this.";
    let body = match switches.unauthorized_body {
        UnauthorizedBody::StatusMessage => document! { "status": "error", "message": TEXT },
        UnauthorizedBody::FourKeys => {
            document! { "success": false, "error": TEXT, "status": "error", "message": TEXT }
        }
        UnauthorizedBody::SuccessError => document! { "success": false, "error": TEXT },
    };
    written(StatusCode::UNAUTHORIZED, &body)
}

/// The shapes of a refused body or query string (upstream: `validateParams` from 4.8, typed routes of the Hono line).
fn invalid(switches: &Switches, text: &str, typed_code: &str) -> Reply {
    let (body, origin) = match switches.validation {
        Validation::Match => (document! { "success": false, "error": format!("Match error: {text}") }, Origin::Handler),
        Validation::BodyParams | Validation::InvalidParams => {
            (coded(&format!("{text} [invalid-params]"), "invalid-params"), Origin::Handler)
        }
        Validation::Typed => {
            (document! { "success": false, "errorType": typed_code, "error": text }, Origin::Middleware)
        }
    };
    written(StatusCode::BAD_REQUEST, &body).from_origin(origin)
}

/// Upstream: `API.enforceRateLimit`; 0.74 sent 400 with `errorType`, later versions 429 without.
fn too_many(wait_seconds: i64, status: StatusCode) -> Reply {
    let text = format!(
        "Error, too many requests. Please slow down. You must wait {wait_seconds} seconds before trying this endpoint \
         again. [error-too-many-requests]"
    );
    if status == StatusCode::BAD_REQUEST {
        return written(status, &coded(&text, "error-too-many-requests"));
    }
    failed(status, &text)
}

/// What Meteor serves for a path the API does not know: the application's page, 200. A page of our own stands in for it.
fn web_application() -> Reply {
    const PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Rocket.Chat</title></head>\n<body>\
        <p>Here the real server shows its web application. This mock server has only the REST API under /api/v1.</p>\
        </body>\n</html>\n";
    Reply {
        status: StatusCode::OK,
        content_type: HTML,
        body: PAGE.into(),
        headers: Vec::new(),
        ..Reply::text(StatusCode::OK, "")
    }
    .from_origin(Origin::Outside)
}
