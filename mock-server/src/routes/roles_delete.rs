//! `POST /api/v1/roles.delete`: takes a role away from the workspace and from every permission.
//!
//! Upstream: `apps/meteor/app/api/server/v1/roles.ts`, since 3.17.0.

use serde_json::json;

use super::Answer;
use super::roles_shared::{self, body_text};
use crate::checks::{Schema, object, required};
use crate::context::Context;
use crate::envelope;
use crate::error::ApiError;

const BODY: Schema = object(&[required("roleId", Schema::Text)]);

/// # Errors
/// 400 for a body without `roleId`, or with more.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    roles_shared::check_body(context, &BODY)
}

/// 200 `{"success":true}`.
///
/// # Errors
/// 400: a missing permission, an unknown role, a built-in one, one that users have.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    roles_shared::require_access(context, None)?;
    let wanted = body_text(context, "roleId")?.unwrap_or_default();
    let mut workspace = context.write();
    let Some(role) = workspace.roles.by_id_or_name(&wanted) else {
        return Err(ApiError::meteor("error-invalid-roleId", "This role does not exist"));
    };
    if role.protected {
        return Err(ApiError::meteor("error-role-protected", "Cannot delete a protected role"));
    }
    let id = role.id.clone();
    if roles_shared::holders(&workspace, &id) > 0 {
        return Err(ApiError::meteor("error-role-in-use", "Cannot delete role because it's in use"));
    }
    workspace.roles.remove(&id);
    workspace.permissions.forget_role(&id, context.now_ms());
    Ok(envelope::success(json!({})))
}
