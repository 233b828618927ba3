//! `POST /api/v1/roles.delete`: takes a role away from the workspace and from every permission.
//!
//! Upstream: `apps/meteor/app/api/server/v1/roles.ts`, since 3.17.0.

use mongo_query::Document;

use super::shared::{self, body_text};
use crate::doors::rest::checks::{Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::AnyFact;
use crate::rules::roles;

const FACTS: &[&dyn AnyFact] = &[&shared::CHECKED_BY_OPTION];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/roles.delete", handle)
    .since(3, 17, 0)
    .permission_when(&shared::DECLARED, "access-permissions")
    .validate(validate)
    .facts(FACTS)];

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
    let (actor, wanted) = (context.actor()?, body_text(context, "roleId")?.unwrap_or_default());
    context.workspace.change(|tx| roles::delete(tx, actor, &wanted))?;
    Ok(envelope::success(Document::new()))
}
