//! An answer before it meets the wire.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;

use crate::state::body::Body;

/// Content type of every API answer, without a charset: upstream's own tests compare it as text.
pub const JSON: &str = "application/json";

/// Content type of the text answers of the 7.6 line and later (upstream: Hono's `c.text`).
pub const TEXT: &str = "text/plain; charset=UTF-8";

/// Content type of the web application's page.
pub const HTML: &str = "text/html; charset=utf-8";

/// Which layer of the server made an answer. It decides the caching headers of the later eras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An endpoint's handler.
    Handler,
    /// Something in front of it: authentication, permission, validation.
    Middleware,
    /// Not the API at all.
    Outside,
}

/// Status, headers and body of one answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Value of `content-type`; empty for none.
    pub content_type: &'static str,
    /// The body.
    pub body: Body,
    /// Headers beside those every answer of the era has.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Who made the answer.
    pub origin: Origin,
    /// How long it is held back before it is sent.
    pub hold_back: Duration,
}

impl Reply {
    /// A JSON answer of an endpoint's handler.
    pub fn json(status: StatusCode, body: impl Into<Body>) -> Self {
        Self {
            status,
            content_type: JSON,
            body: body.into(),
            headers: Vec::new(),
            origin: Origin::Handler,
            hold_back: Duration::ZERO,
        }
    }

    /// A text answer from in front of the endpoints.
    pub fn text(status: StatusCode, body: &str) -> Self {
        Self {
            status,
            content_type: TEXT,
            body: body.into(),
            headers: Vec::new(),
            origin: Origin::Middleware,
            hold_back: Duration::ZERO,
        }
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer as `origin` would make it.
    #[must_use]
    #[expect(clippy::wrong_self_convention, reason = "one of the builder's steps: a reply from somewhere")]
    pub fn from_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }
}
