//! `POST /api/v1/roles.addUserToRole`: gives a user a role.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`,
//! `app/authorization/server/methods/addUserToRole`. Roles in single rooms are not kept: the mock has no rooms, and `roomId` is not used.

use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::shared::{self, body_text, DECLARED, role_json};
use crate::doors::rest::checks::{self, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::{Endpoints, RoleField, Validation};
use crate::state::State;
use crate::state::users::User;
use crate::state::roles::Role;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/roles.addUserToRole", handle) .since(0, 70, 0) .validate(validate),
];

const CHECKED_BODY: Schema =
    object(&[required("roleName", Schema::Text), required("username", Schema::Text), optional("roomId", Schema::Text)]);
const NAMED_BODY: Schema =
    object(&[required("username", Schema::Text), optional("roleName", Schema::Text), optional("roomId", Schema::Text)]);
const EITHER_BODY: Schema = object(&[
    required("username", Schema::Text),
    optional("roleName", Schema::Text),
    optional("roleId", Schema::Text),
    optional("roomId", Schema::Text),
]);
const BODY: Schema =
    object(&[required("username", Schema::Text), optional("roleId", Schema::Text), optional("roomId", Schema::Text)]);

const METHOD: &str = "authorization:addUserToRole";

/// # Errors
/// 400 for a body of another shape.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    let schema = match context.switches().role_field {
        RoleField::RoleName if context.switches().validation == Validation::Match => {
            return checks::check_body(context, &CHECKED_BODY);
        }
        RoleField::RoleName => &NAMED_BODY,
        RoleField::Either => &EITHER_BODY,
        RoleField::RoleId => &BODY,
    };
    let Some(fault) = checks::body_fault(context, schema)? else { return Ok(()) };
    let by_option = context.fact(&DECLARED) && context.switches().endpoints == Endpoints::ByVersion;
    Err(ApiError::meteor(if by_option { "invalid-params" } else { "error-invalid-role-properties" }, fault))
}

/// 200 `{"role":{…},"success":true}`.
///
/// # Errors
/// 400: an unknown user or role, no role, a user who has it (6.0 and later), a missing permission.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let (workspace, now_ms) = (context.workspace, context.now_ms());
    let role = workspace.state.change(workspace.profile(), now_ms, |tx| {
        let user_id = shared::user_of_body(context, tx)?.id.clone();
        let role = wanted_role(context, tx)?;
        let has_it = tx.users.get(&user_id).is_some_and(|user| user.roles.contains(&role.id));
        if has_it && context.fact(&DECLARED) {
            return Err(ApiError::meteor("error-user-already-in-role", "User already in role"));
        }
        may_give(context, tx, &role)?;
        if !has_it {
            let given = tx.update(&user_id, |user: &mut User| {
                user.roles.push(role.id.clone());
                user.updated_at = now_ms;
            });
            given.map_err(|_| ApiError::InternalServerError)?;
        }
        Ok(role)
    })?;
    Ok(envelope::success(json!({"role": Json::Object(role_json(context, &role))})))
}

/// The role the body names, by the field of the era.
fn wanted_role(context: &Context<'_>, state: &State) -> Result<Role, ApiError> {
    let id = match context.switches().role_field {
        RoleField::RoleName => None,
        RoleField::Either | RoleField::RoleId => body_text(context, "roleId")?,
    };
    let name = match context.switches().role_field {
        RoleField::RoleName | RoleField::Either => body_text(context, "roleName")?,
        RoleField::RoleId => None,
    };
    let found = match (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty())) {
        (Some(id), _) => state.roles.get(&id),
        (None, Some(name)) => state.roles.by_id_or_name(&name),
        (None, None) => {
            return Err(ApiError::Failure {
                error: Some("error-invalid-role-properties".to_owned()),
                error_type: None,
            });
        }
    };
    found.cloned().ok_or_else(|| match context.switches().role_field {
        RoleField::RoleName => ApiError::meteor_with("error-invalid-role", "Invalid Role", json!({"method": METHOD})),
        // Quirk: upstream gives the text where the type belongs and the other way round (5.0 and later).
        RoleField::Either | RoleField::RoleId => ApiError::failure("error-role-not-found", "Role not found"),
    })
}

fn may_give(context: &Context<'_>, state: &State, role: &Role) -> Result<(), ApiError> {
    let caller = context.actor()?;
    let refuse = |reason: &str, action: &str| {
        let details = json!({"method": METHOD, "action": action});
        Err(ApiError::meteor_with("error-action-not-allowed", reason, details))
    };
    if !caller.has_permission(state, "access-permissions") {
        return refuse("Accessing permissions is not allowed", "Accessing_permissions");
    }
    if role.id == "admin" && !caller.has_permission(state, "assign-admin-role") {
        return refuse("Assigning admin is not allowed", "Assign_admin");
    }
    Ok(())
}
