//! `POST /api/v1/roles.delete`: takes a role away from the workspace and from every permission.
//!
//! Upstream: `apps/meteor/app/api/server/v1/roles.ts`, since 3.17.0.

use serde_json::json;

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::shared::{self, body_text};
use crate::doors::rest::checks::{Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/roles.delete", handle) .since(3, 17, 0) .permission_when(&shared::DECLARED, "access-permissions") .validate(validate),
];

const BODY: Schema = object(&[required("roleId", Schema::Text)]);

/// # Errors
/// 400 for a body without `roleId`, or with more.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    shared::check_body(context, &BODY)
}

/// 200 `{"success":true}`.
///
/// # Errors
/// 400: a missing permission, an unknown role, a built-in one, one that users have.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    shared::require_access(context, None)?;
    let wanted = body_text(context, "roleId")?.unwrap_or_default();
    let mut state = context.write();
    let Some(role) = state.roles.by_id_or_name(&wanted) else {
        return Err(ApiError::meteor("error-invalid-roleId", "This role does not exist"));
    };
    if role.protected {
        return Err(ApiError::meteor("error-role-protected", "Cannot delete a protected role"));
    }
    let id = role.id.clone();
    if shared::holders(&state, &id) > 0 {
        return Err(ApiError::meteor("error-role-in-use", "Cannot delete role because it's in use"));
    }
    state.roles.remove(&id);
    state.permissions.forget_role(&id, context.now_ms());
    Ok(envelope::success(json!({})))
}
