//! `POST /api/v1/permissions.addRole` and `POST /api/v1/permissions.removeRole`: one role for one permission.
//!
//! Upstream: documented for 8.7.0; the work is done in `apps/meteor/server/lib/authorization/permissionRole.ts` @ 0731173. Bodies are as
//! `apps/meteor/tests/end-to-end/api/permissions.ts` @ 435e88b sends them.

use mongo_query::Document;

use crate::doors::rest::checks::{self, Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::rules::permissions;
use javascript::text;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/permissions.addRole", add).since(8, 7, 0).permission("access-permissions").validate(validate),
    post("/api/v1/permissions.removeRole", remove).since(8, 7, 0).permission("access-permissions").validate(validate),
];

const BODY: Schema = object(&[required("permissionId", Schema::Text), required("role", Schema::Text)]);

/// # Errors
/// [`ApiError::InvalidBody`] for a body without `permissionId` and `role`, or with more.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    checks::body_fault(context, &BODY)?.map_or(Ok(()), |fault| Err(ApiError::InvalidBody(fault)))
}

/// 200 `{"success":true}`; the role has the permission from the next request on.
///
/// # Errors
/// An unknown permission or role: 400.
pub(super) fn add(context: &Context<'_>) -> Answer {
    let (permission, role) = read(context)?;
    let actor = context.actor()?;
    context.workspace.change(|tx| permissions::add_role(tx, actor, &permission, &role))?;
    Ok(envelope::success(Document::new()))
}

/// 200 `{"success":true}`, also for a role that does not have the permission or does not exist.
///
/// # Errors
/// An unknown permission: 400.
pub(super) fn remove(context: &Context<'_>) -> Answer {
    let (permission, role) = read(context)?;
    let actor = context.actor()?;
    context.workspace.change(|tx| permissions::remove_role(tx, actor, &permission, &role))?;
    Ok(envelope::success(Document::new()))
}

fn read(context: &Context<'_>) -> Result<(String, String), ApiError> {
    let body = context.body()?;
    let text = |name| body.get(name).and_then(text::to_string).unwrap_or_default();
    Ok((text("permissionId"), text("role")))
}
