//! `POST /api/v1/users.setActiveStatus`: activates or deactivates a user.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, since 0.75.0.

use mongo_query::{Document, document};

use super::shared::{self, flag, text, validate_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::save;

facts! {
    /// refuses an unknown user
    UNKNOWN_REFUSED: bool = false => { (8, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts @ 8.6.1 (8d36c0b)"; }
}

const FACTS: &[&dyn AnyFact] = &[&UNKNOWN_REFUSED];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/users.setActiveStatus", handle)
    .since(0, 75, 0)
    .permission_when(&shared::DECLARED, "edit-other-user-active-status")
    .validate(validate)
    .facts(FACTS)];

/// What AJV takes, from 4.8 on (upstream: `UserSetActiveStatusParamsPOST.ts`).
const BODY: Schema = object(&[
    required("userId", Schema::Text),
    required("activeStatus", Schema::Boolean),
    optional("confirmRelinquish", Schema::Boolean),
]);

/// What Meteor's `check` takes, to 4.7.
const CHECKED_BODY: Schema = BODY;

/// Checks the body.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    validate_body(context, &BODY, &CHECKED_BODY)
}

/// 200 `{"user":{"_id","active"},"success":true}`.
///
/// # Errors
/// Without `edit-other-user-active-status`: 403. The last active admin: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    if !context.has_permission("edit-other-user-active-status") {
        return Err(ApiError::Unauthorized);
    }
    let (body, actor) = (context.body()?, context.actor()?);
    let id = text(body, "userId").unwrap_or_default();
    let active = flag(body, "activeStatus").unwrap_or(false);
    if context.workspace.change(|tx| save::set_active(tx, actor, &id, active))? {
        let user = document! { "_id": id, "active": active };
        return Ok(envelope::success(document! { "user": user }));
    }
    if context.fact(&UNKNOWN_REFUSED) {
        return Err(ApiError::Thrown("User not found".to_owned()));
    }
    // Quirk: an unknown user is no failure, only missing from the answer.
    Ok(envelope::success(Document::new()))
}
