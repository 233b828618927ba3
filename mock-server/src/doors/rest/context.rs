//! What a handler gets: the request, who sent it, and the workspace.

use std::cell::OnceCell;
use std::sync::RwLockReadGuard;

use mongo_query::{Document, Value};

use crate::doors::rest::error::ApiError;
use crate::doors::rest::params::Rules;
use crate::doors::wire::request::Request;
use crate::era::fact::{Fact, facts};
use crate::era::{BrokenBody, ParameterPresence, Switches};
use crate::rules::actor::Actor;
use crate::state::State;
use crate::workspace::Workspace;
use javascript::json;
use javascript::qs::{Limits, Param, QueryString};

facts! {
    /// never reads forms, a defect of the first two releases on Hono
    pub FORMS_LOST: bool = false => {
        (7, 6, 0) => true, "apps/meteor/app/api/server/ApiClass.ts 019378e3: Hono";
        (7, 6, 2) => false, "#36101";
    }
}

/// One request on its way through an endpoint.
pub struct Context<'a> {
    /// The workspace it is for.
    pub workspace: &'a Workspace,
    /// The request.
    pub request: Request<'a>,
    /// The path of the endpoint that answers it, as it is declared.
    pub path: &'static str,
    /// The part of the path a parameter of the route stands for, such as the setting's id.
    pub path_parameter: Option<&'a str>,
    actor: Option<Actor>,
    query: OnceCell<QueryString>,
    body: OnceCell<Document>,
}

impl<'a> Context<'a> {
    /// A context without a caller.
    pub fn new(
        workspace: &'a Workspace,
        request: Request<'a>,
        path: &'static str,
        path_parameter: Option<&'a str>,
    ) -> Self {
        let (query, body) = (OnceCell::new(), OnceCell::new());
        Self { workspace, request, path, path_parameter, actor: None, query, body }
    }

    /// Finds out who asks.
    ///
    /// # Errors
    /// [`ApiError::NotLoggedIn`].
    pub fn authenticate(&mut self) -> Result<(), ApiError> {
        self.actor = Some(self.sender(&self.read())?);
        Ok(())
    }

    /// Who sent the request, by its headers. Both must be there and not empty (upstream: `authenticatedRoute` in `ApiClass.ts`, Restivus
    /// `auth.js`).
    ///
    /// # Errors
    /// [`ApiError::NotLoggedIn`].
    pub fn sender(&self, state: &State) -> Result<Actor, ApiError> {
        let (id, token) = (self.request.present_header("x-user-id"), self.request.present_header("x-auth-token"));
        let (Some(id), Some(token)) = (id, token) else { return Err(ApiError::NotLoggedIn) };
        Ok(Actor::authenticate(state, id, token)?)
    }

    /// Who asks.
    ///
    /// # Errors
    /// [`ApiError::NotLoggedIn`] on an open endpoint that nobody authenticated for.
    pub fn actor(&self) -> Result<&Actor, ApiError> {
        self.actor.as_ref().ok_or(ApiError::NotLoggedIn)
    }

    /// The profile's switches.
    pub fn switches(&self) -> &'a Switches {
        self.workspace.switches()
    }

    /// The value of a fact in the workspace's era.
    pub fn fact<T: Copy>(&self, fact: &Fact<T>) -> T {
        fact.of(self.workspace.profile())
    }

    /// How `sort`, `fields` and `query` are read.
    pub fn rules(&self) -> Rules {
        Rules::new(self.switches(), self.workspace.options.unsafe_query_params)
    }

    /// The workspace's state to read. Never hold it across a call that may write.
    pub fn read(&self) -> RwLockReadGuard<'a, State> {
        self.workspace.state.read()
    }

    /// The workspace's time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.workspace.clock.now_ms()
    }

    /// Whether the caller has the permission right now; `false` without a caller.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.has_permission(&self.read(), permission))
    }

    /// The query string's parameters.
    ///
    /// # Errors
    /// [`ApiError::UnreadableQuery`] when there are more than the era's parser takes.
    pub fn query(&self) -> Result<&QueryString, ApiError> {
        if let Some(query) = self.query.get() {
            return Ok(query);
        }
        let limits = limits(self.switches());
        let query = QueryString::parse(self.request.query, limits).map_err(|_| ApiError::UnreadableQuery)?;
        Ok(self.query.get_or_init(|| query))
    }

    /// The parameter `name` as text; `None` when absent or given as a list or object.
    ///
    /// # Errors
    /// As [`Context::query`].
    pub fn query_text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        Ok(self.query()?.get(name).and_then(Param::as_text))
    }

    /// The body as an object: JSON or a form by its content type; empty when there is none or it is of another type.
    ///
    /// # Errors
    /// [`ApiError::BrokenBody`] for broken JSON in the eras whose parser stands in front of the API.
    pub fn body(&self) -> Result<&Document, ApiError> {
        if let Some(body) = self.body.get() {
            return Ok(body);
        }
        let body = self.read_body()?;
        Ok(self.body.get_or_init(|| body))
    }

    fn read_body(&self) -> Result<Document, ApiError> {
        let content_type = self.request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if self.request.body.is_empty() {
            return Ok(Document::new());
        }
        if content_type.contains("application/json") {
            return match read_json_object(self.request.body) {
                Some(body) => Ok(body),
                None => match self.switches().broken_body {
                    BrokenBody::Refused => Err(ApiError::BrokenBody),
                    BrokenBody::Empty => Ok(Document::new()),
                },
            };
        }
        if content_type.contains("application/x-www-form-urlencoded") && !self.fact(&FORMS_LOST) {
            let form = QueryString::parse_text(&String::from_utf8_lossy(self.request.body), limits(self.switches()));
            return Ok(form.map(|form| form_object(&form)).unwrap_or_default());
        }
        Ok(Document::new())
    }
}

/// What the era's query string parser takes (upstream: connect and Express with `qs`'s defaults to 7.x;
/// `packages/http-router/src/parseQueryParams.ts` from 8.0 on, whose presence rules came with the same change).
pub const fn limits(switches: &Switches) -> Limits {
    match switches.parameter_presence {
        ParameterPresence::Truthy => Limits::LENIENT,
        ParameterPresence::Text => Limits::STRICT,
    }
}

/// A JSON object, or a list as the object of its indexes (what JavaScript code that reads properties sees); `None` for broken
/// JSON and for plain values, which the body parsers refuse too.
fn read_json_object(body: &[u8]) -> Option<Document> {
    match json::parse(std::str::from_utf8(body).ok()?).ok()? {
        Value::Object(body) => Some(body),
        Value::Array(items) => {
            Some(items.into_iter().enumerate().map(|(index, item)| (index.to_string().into(), item)).collect())
        }
        _ => None,
    }
}

/// A form or query string as the object a JSON body would be.
pub fn form_object(form: &QueryString) -> Document {
    form.iter().map(|(name, value)| (name.into(), form_value(value))).collect()
}

fn form_value(value: &Param) -> Value {
    match value {
        Param::Text(text) => Value::from(text.as_str()),
        Param::List(items) => items.iter().map(form_value).collect::<Vec<_>>().into(),
        Param::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.as_str().into(), form_value(value))).collect())
        }
    }
}
