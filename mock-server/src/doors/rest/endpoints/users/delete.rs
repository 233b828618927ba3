//! `POST /api/v1/users.delete`: removes a user with all tokens.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `app/lib/server/functions/deleteUser.ts`.

use mongo_query::{Document, Value};

use super::shared::{self, names, validation};
use crate::doors::rest::checks::{Schema, ajv, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::save;

facts! {
    /// tells the rooms that went with the user
    ROOMS: bool = false => { (6, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts, deletedRooms, in 6.0.0 at the latest"; }
}

const FACTS: &[&dyn AnyFact] = &[&ROOMS];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/users.delete", handle)
    .permission_when(&shared::DECLARED, "delete-user")
    .validate(validate)
    .facts(FACTS)];

/// What AJV takes, from 8.0 on; one of the first three must be there.
const BODY: Schema = object(&[
    optional("userId", Schema::Text),
    optional("username", Schema::Text),
    optional("user", Schema::Text),
    optional("confirmRelinquish", Schema::Boolean),
]);

/// From 8.0 on the body is checked before the handler runs.
///
/// # Errors
/// 400 with the first fault, or, for a choice of which nothing is there, with one for each.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    if validation(context) != Validation::Typed {
        return Ok(());
    }
    let body = context.body()?;
    let choice = ["userId", "username", "user"];
    if !choice.iter().any(|name| body.get(name).is_some()) {
        let mut faults: Vec<_> = choice.iter().map(|name| format!("must have required property '{name}'")).collect();
        faults.push("must match a schema in anyOf".to_owned());
        return Err(ApiError::InvalidBody(faults.join("\n ")));
    }
    ajv::fault(&BODY, &body.clone().into()).map_or(Ok(()), |fault| Err(ApiError::InvalidBody(fault)))
}

/// 200 `{"success":true}`, led by `deletedRooms` from 6.0 on; the mock has no rooms.
///
/// # Errors
/// Without `delete-user`: 403. An unknown user, or the last admin: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let actor = context.actor()?;
    // Whoever may not is refused whatever the body is.
    if !context.has_permission("delete-user") {
        return Err(ApiError::Unauthorized);
    }
    let (id, username) = names(context.body()?);
    context.workspace.change(|tx| save::delete(tx, actor, id.as_deref(), username.as_deref()))?;
    let mut answer = Document::new();
    if context.fact(&ROOMS) {
        answer.push("deletedRooms", Vec::<Value>::new());
    }
    Ok(envelope::success(answer))
}
