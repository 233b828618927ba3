//! What the user endpoints have in common: whom a request is about, which of their fields the caller sees, what a body says.

use mongo_query::{Document, Projection, Value};

use crate::doors::rest::checks::{Schema, ajv, meteor};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::params;
use crate::era::Validation;
use crate::era::fact::facts;
use crate::rules::accounts::save::{self, UserData};
use crate::rules::accounts::shown::stored;
use crate::state::find::hides;
use crate::state::users::User;
use javascript::text;

facts! {
    /// declares its permission; before, its handler asked
    pub(super) DECLARED: bool = false => {
        (8, 0, 0) => true, "permissionsRequired in apps/meteor/app/api/server/v1/users.ts @ 8.6.1 (8d36c0b)";
    }
}

/// Fields of users that no user endpoint shows or queries (upstream: `limitedUserFieldsToExcludeIfIsPrivilegedUser` in `api.ts`).
const NEVER_SHOWN: &[&str] = &["services", "inviteToken"];

/// The same for callers without `view-full-other-user-info` (upstream: `limitedUserFieldsToExclude`).
const NOT_SHOWN_TO_ALL: &[&str] = &[
    "avatarOrigin",
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "services",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "statusDefault",
    "_updatedAt",
    "settings",
    "inviteToken",
];

/// The fields of users the caller does not see.
pub(super) fn hidden(context: &Context<'_>) -> &'static [&'static str] {
    if context.has_permission("view-full-other-user-info") { NEVER_SHOWN } else { NOT_SHOWN_TO_ALL }
}

/// The user as the caller sees it with the parameter `fields` of the request, where that is honoured (upstream: `parseJsonQuery`,
/// which every answer of one user goes through after the work is done).
///
/// # Errors
/// A malformed `sort`, `fields` or `query`.
pub(super) fn shown(user: &User, context: &Context<'_>) -> Result<Document, ApiError> {
    let params = params::parse(context.query()?, &context.rules())?;
    project(&stored(user), params.fields, hidden(context))
}

/// `document` with the projection `fields`, less what is hidden.
pub(super) fn project(document: &Document, fields: Option<Document>, hidden: &[&str]) -> Result<Document, ApiError> {
    let fields: Document = fields.unwrap_or_default().into_iter().filter(|(name, _)| !hides(hidden, name)).collect();
    let visible: Document = document
        .iter()
        .filter(|(name, _)| !hides(hidden, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let projection = Projection::parse(&fields).map_err(|error| ApiError::Thrown(error.to_string()))?;
    Ok(if projection.is_empty() { visible } else { projection.apply(&visible) })
}

/// The id and the user name by which a body names a user: `userId`, and `username` or `user`.
pub(super) fn names(body: &Document) -> (Option<String>, Option<String>) {
    let given = |name: &str| text(body, name).filter(|value| !value.trim().is_empty());
    (given("userId"), given("username").or_else(|| given("user")))
}

/// What a body asks of a user.
pub(super) fn user_data(body: &Document) -> UserData {
    UserData {
        username: text(body, "username"),
        name: text(body, "name"),
        email: text(body, "email"),
        verified: flag(body, "verified"),
        password: text(body, "password"),
        random_password: flag(body, "setRandomPassword") == Some(true),
        require_password_change: flag(body, "requirePasswordChange"),
        roles: texts(body, "roles"),
        texts: save::TEXTS.map(|field| text(body, field)),
        objects: save::OBJECTS.map(|field| body.get(field).and_then(Value::as_object).cloned()),
    }
}

/// Checks a body in the words of the era: Meteor's `check` to 4.7, AJV later (upstream: the route option `validateParams`, from
/// 8.0 on `body`).
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_body(context: &Context<'_>, schema: &Schema, checked: &Schema) -> Result<(), ApiError> {
    let body = Value::Object(context.body()?.clone());
    let fault = match validation(context) {
        Validation::Match | Validation::BodyParams => {
            meteor::fault(checked, &body).map(|fault| ApiError::Thrown(format!("Match error: {fault}")))
        }
        Validation::InvalidParams | Validation::Typed => ajv::fault(schema, &body).map(ApiError::InvalidBody),
    };
    fault.map_or(Ok(()), Err)
}

/// Checks a body that only 8.0 and later look at before the handler.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_typed_body(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    if validation(context) != Validation::Typed {
        return Ok(());
    }
    ajv::fault(schema, &Value::Object(context.body()?.clone()))
        .map_or(Ok(()), |fault| Err(ApiError::InvalidBody(fault)))
}

/// How the era words a malformed body.
pub(super) fn validation(context: &Context<'_>) -> Validation {
    context.switches().validation
}

/// A text of a body; numbers and booleans pass for texts, as the validators take them (`coerceTypes`).
pub(super) fn text(body: &Document, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        value => text::to_string(value),
    }
}

/// A yes or no of a body; the texts `true` and `false` pass, which is how forms say it.
pub(super) fn flag(body: &Document, name: &str) -> Option<bool> {
    match body.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match &**text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        value => value.as_f64().map(|number| number != 0.0),
    }
}

/// The texts of a list of a body.
fn texts(body: &Document, name: &str) -> Option<Vec<String>> {
    Some(body.get(name)?.as_array()?.iter().filter_map(text::to_string).collect())
}
