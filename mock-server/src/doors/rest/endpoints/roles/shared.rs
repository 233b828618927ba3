//! What the role endpoints have in common.

use javascript::text;
use mongo_query::{Document, Value};

use crate::doors::rest::checks::{self, Schema};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::facts;
use crate::state::roles::Role;

facts! {
    /// declares its permission with a route option instead of asking in the handler
    pub(super) DECLARED: bool = false => {
        (6, 0, 0) => true, "apps/meteor/app/api/server/v1/roles.ts @ 6.14.0-develop (50c444136)";
    }
    /// checks its body with a route option, in the validator's words
    pub(super) CHECKED_BY_OPTION: bool = false => {
        documented => false, "a choice of the profile: the handlers' own words, as the 4.x line has them";
        (6, 0, 0) => true, "apps/meteor/app/api/server/v1/roles.ts @ 6.14.0-develop (50c444136)";
    }
    /// shows mandatory2fa
    pub(super) SHOWS_MANDATORY_2FA: bool = false => {
        (0, 73, 0) => true, "packages/rocketchat-authorization/server/models/Roles.js, in 0.73.0 at the latest";
    }
}

/// The role's document in this era.
pub(super) fn document(context: &Context<'_>, role: &Role) -> Document {
    let mut document = role.document();
    if !context.fact(&SHOWS_MANDATORY_2FA) {
        document.remove("mandatory2fa");
    }
    document
}

/// Checks the body: Meteor's `check` to 3.x; then the handlers word a misfit themselves; servers that declare their permissions check
/// bodies with the route option `validateParams`.
///
/// # Errors
/// 400 when the body does not fit.
pub(super) fn check_body(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    if context.switches().validation == Validation::Match {
        return checks::check_body(context, schema);
    }
    match checks::body_fault(context, schema)? {
        None => Ok(()),
        Some(fault) if context.fact(&CHECKED_BY_OPTION) => Err(ApiError::meteor("invalid-params", fault)),
        Some(_) => Err(bad_properties()),
    }
}

/// 400 `The role properties are invalid.`
pub(super) fn bad_properties() -> ApiError {
    ApiError::meteor("error-invalid-role-properties", "The role properties are invalid.")
}

/// The body's field `name` as text; `None` when absent or null.
pub(super) fn body_text(context: &Context<'_>, name: &str) -> Result<Option<String>, ApiError> {
    let value = context.body()?.get(name).filter(|value| **value != Value::Null);
    Ok(value.and_then(text::to_string))
}
