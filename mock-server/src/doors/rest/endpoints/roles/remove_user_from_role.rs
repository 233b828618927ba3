//! `POST /api/v1/roles.removeUserFromRole`: takes a role from a user.
//!
//! Upstream: `apps/meteor/app/api/server/v1/roles.ts`, since 3.17.0.

use mongo_query::document;

use super::shared::{self, body_text};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::AnyFact;
use crate::rules::roles::{self, ROLE_FIELD, RoleField};

const FACTS: &[&dyn AnyFact] = &[&shared::CHECKED_BY_OPTION, &ROLE_FIELD];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/roles.removeUserFromRole", handle)
    .since(3, 17, 0)
    .permission_when(&shared::DECLARED, "access-permissions")
    .validate(validate)
    .facts(FACTS)];

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
    match context.fact(&ROLE_FIELD) {
        RoleField::RoleName | RoleField::Either => shared::check_body(context, &NAMED_BODY),
        RoleField::RoleId => shared::check_body(context, &BODY),
    }
}

/// 200 `{"role":{…},"success":true}`.
///
/// # Errors
/// 400: a missing permission, no role, an unknown user or role, a user without it, the last administrator.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let wanted = body_text(context, "roleId")?.or(body_text(context, "roleName")?).filter(|role| !role.is_empty());
    let (actor, username) = (context.actor()?, body_text(context, "username")?.unwrap_or_default());
    let role = context.workspace.change(|tx| roles::take(tx, actor, &username, wanted.as_deref()))?;
    Ok(envelope::success(document! { "role": shared::document(context, &role) }))
}
