//! `POST /api/v1/roles.removeUserFromRole`: takes a role from a user.
//!
//! Upstream: `apps/meteor/app/api/server/v1/roles.ts`, since 3.17.0.

use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::shared::{self, body_text, role_json};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::RoleField;
use crate::state::users::User;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/roles.removeUserFromRole", handle) .since(3, 17, 0) .permission_when(&shared::DECLARED, "access-permissions") .validate(validate),
];

const NAMED_BODY: Schema = object(&[
    required("username", Schema::Text),
    optional("roleName", Schema::Text),
    optional("roleId", Schema::Text),
    optional("roomId", Schema::Text),
    optional("scope", Schema::Text),
]);
const BODY: Schema = object(&[
    required("username", Schema::Text),
    optional("roleId", Schema::Text),
    optional("roomId", Schema::Text),
    optional("scope", Schema::Text),
]);

/// # Errors
/// 400 for a body of another shape.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    match context.switches().role_field {
        RoleField::RoleName | RoleField::Either => shared::check_body(context, &NAMED_BODY),
        RoleField::RoleId => shared::check_body(context, &BODY),
    }
}

/// 200 `{"role":{…},"success":true}`.
///
/// # Errors
/// 400: a missing permission, no role, an unknown user or role, a user without it, the last administrator.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    shared::require_access(context, None)?;
    let wanted = match (body_text(context, "roleId")?, body_text(context, "roleName")?) {
        (Some(role), _) | (None, Some(role)) if !role.is_empty() => role,
        _ => {
            return Err(ApiError::Failure {
                error: Some("error-invalid-role-properties".to_owned()),
                error_type: None,
            });
        }
    };
    let username = body_text(context, "username")?.unwrap_or_default();
    let (workspace, now_ms) = (context.workspace, context.now_ms());
    let role = workspace.state.change(workspace.profile(), now_ms, |tx| {
        let Some(user_id) = tx.users.by_username(&username).map(|user| user.id.clone()) else {
            return Err(ApiError::meteor("error-invalid-user", "There is no user with this username"));
        };
        let found = match context.switches().role_field {
            RoleField::RoleName | RoleField::Either => tx.roles.by_id_or_name(&wanted),
            RoleField::RoleId => tx.roles.get(&wanted),
        };
        let Some(role) = found.cloned() else {
            return Err(ApiError::meteor("error-invalid-roleId", "This role does not exist"));
        };
        let has_it = tx.users.get(&user_id).is_some_and(|user| user.roles.contains(&role.id));
        if !has_it {
            return Err(ApiError::meteor("error-user-not-in-role", "User is not in this role"));
        }
        if role.id == "admin" && shared::holders(tx, "admin") == 1 {
            return Err(ApiError::meteor("error-admin-required", "You need to have at least one admin"));
        }
        let taken = tx.update(&user_id, |user: &mut User| {
            user.roles.retain(|mine| *mine != role.id);
            user.updated_at = now_ms;
        });
        taken.map_err(|_| ApiError::InternalServerError)?;
        Ok(role)
    })?;
    Ok(envelope::success(json!({"role": Json::Object(role_json(context, &role))})))
}
