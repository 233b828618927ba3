//! What the role endpoints have in common.

use serde_json::{Map, Value as Json, json};

use crate::doors::rest::checks::{self, Schema};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::era::fact::facts;
use crate::era::{CustomRoles, Endpoints, Validation};
use crate::state::State;
use crate::state::roles::Role;
use crate::state::users::User;
use javascript::text;

facts! {
    /// declares its permission, and checks its body, with route options instead of in the handler
    pub(super) DECLARED: bool = false => { (6, 0, 0) => true, "apps/meteor/app/api/server/v1/roles.ts @ 6.14.0-develop (50c444136)"; }
}

/// Whether the role endpoints are those of this version or later.
pub(super) fn since(context: &Context<'_>, major: u32, minor: u32) -> bool {
    context.workspace.profile().api_at_least(major, minor, 0)
}

/// The role's document in this era.
pub(super) fn role_json(context: &Context<'_>, role: &Role) -> Map<String, Json> {
    role.to_json(since(context, 0, 73))
}

/// Refuses a caller without `access-permissions` in the words of the handlers.
///
/// # Errors
/// 400 `Accessing permissions is not allowed`.
pub(super) fn require_access(context: &Context<'_>, method: Option<&str>) -> Result<(), ApiError> {
    if context.has_permission("access-permissions") {
        return Ok(());
    }
    let reason = "Accessing permissions is not allowed";
    Err(match method {
        None => ApiError::meteor("error-action-not-allowed", reason),
        Some(method) => {
            let details = json!({"method": method, "action": "Accessing_permissions"});
            ApiError::meteor_with("error-action-not-allowed", reason, details)
        }
    })
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
    match (checks::body_fault(context, schema)?, context.switches().endpoints) {
        (None, _) => Ok(()),
        (Some(fault), Endpoints::ByVersion) if context.fact(&DECLARED) => {
            Err(ApiError::meteor("invalid-params", fault))
        }
        (Some(_), _) => Err(bad_properties()),
    }
}

/// 400 `The role properties are invalid.`
pub(super) fn bad_properties() -> ApiError {
    ApiError::meteor("error-invalid-role-properties", "The role properties are invalid.")
}

/// Refuses what needs the premium edition (upstream: the module `custom-roles`).
///
/// # Errors
/// 400 without the licence, from 6.0 on.
pub(super) fn require_licence(context: &Context<'_>) -> Result<(), ApiError> {
    match context.switches().custom_roles {
        CustomRoles::Premium if !context.workspace.options.licensed => {
            Err(ApiError::meteor("error-action-not-allowed", "This is an enterprise feature"))
        }
        CustomRoles::Premium | CustomRoles::Community => Ok(()),
    }
}

/// The body's field `name` as text; `None` when absent or null.
pub(super) fn body_text(context: &Context<'_>, name: &str) -> Result<Option<String>, ApiError> {
    let value = context.body()?.get(name).filter(|value| **value != mongo_query::Value::Null);
    Ok(value.and_then(text::to_string))
}

/// The user a body names (upstream: `getUserFromParams`).
///
/// # Errors
/// 400 when it names none, or one that does not exist.
pub(super) fn user_of_body<'w>(context: &Context<'_>, state: &'w State) -> Result<&'w User, ApiError> {
    let (id, name) = (body_text(context, "userId")?, body_text(context, "username")?);
    let found = match (&id, &name) {
        (Some(id), _) if !id.is_empty() => state.users.get(id),
        (_, Some(name)) if !name.is_empty() => state.users.by_username(name),
        _ => {
            return Err(ApiError::meteor(
                "error-user-param-not-provided",
                "The required \"userId\" or \"username\" param was not provided",
            ));
        }
    };
    found.ok_or_else(|| {
        let reason = "The required \"userId\" or \"username\" param provided does not match any users";
        ApiError::meteor("error-invalid-user", reason)
    })
}

/// The number of users with the role.
pub(super) fn holders(state: &State, role: &str) -> usize {
    state.users.iter().filter(|user| user.roles.iter().any(|mine| mine == role)).count()
}
