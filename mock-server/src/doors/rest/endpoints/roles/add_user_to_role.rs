//! `POST /api/v1/roles.addUserToRole`: gives a user a role.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`,
//! `app/authorization/server/methods/addUserToRole`. Roles in single rooms are not kept: the mock has no rooms, and `roomId` is not used.

use mongo_query::document;

use super::shared::{self, CHECKED_BY_OPTION, body_text};
use crate::doors::rest::checks::{self, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::AnyFact;
use crate::rules::roles::{self, ROLE_FIELD, RoleField, RoleNamed, UserNamed};

const FACTS: &[&dyn AnyFact] = &[&CHECKED_BY_OPTION, &ROLE_FIELD, &roles::REFUSES_TWICE, &shared::SHOWS_MANDATORY_2FA];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[post("/api/v1/roles.addUserToRole", handle).since(0, 70, 0).validate(validate).facts(FACTS)];

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

/// # Errors
/// 400 for a body of another shape.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    let schema = match context.fact(&ROLE_FIELD) {
        RoleField::RoleName if context.switches().validation == Validation::Match => {
            return checks::check_body(context, &CHECKED_BODY);
        }
        RoleField::RoleName => &NAMED_BODY,
        RoleField::Either => &EITHER_BODY,
        RoleField::RoleId => &BODY,
    };
    let Some(fault) = checks::body_fault(context, schema)? else { return Ok(()) };
    let code = if context.fact(&CHECKED_BY_OPTION) { "invalid-params" } else { "error-invalid-role-properties" };
    Err(ApiError::meteor(code, fault))
}

/// 200 `{"role":{…},"success":true}`.
///
/// # Errors
/// 400: an unknown user or role, no role, a user who has it (6.0 and later), a missing permission.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let user = UserNamed { id: body_text(context, "userId")?, username: body_text(context, "username")? };
    let role = RoleNamed { id: body_text(context, "roleId")?, name: body_text(context, "roleName")? };
    let actor = context.actor()?;
    let role = context.workspace.change(|tx| roles::give(tx, actor, &user, &role))?;
    Ok(envelope::success(document! { "role": shared::document(context, &role) }))
}
