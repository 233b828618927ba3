//! `POST /api/v1/users.update`: changes a user.
//!
//! Upstream: `packages/rocketchat-api/server/v1/users.js`, `apps/meteor/app/api/server/v1/users.ts`. Needs a second factor from 3.1 on.

use mongo_query::{Value, document};

use super::create::{ANY_OBJECT, ROLES};
use super::shared::{flag, shown, text, user_data, validate_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::two_factor;
use crate::era::fact::AnyFact;
use crate::rules::accounts::two_factor::GRACE;
use crate::rules::accounts::{names, save};

const FACTS: &[&dyn AnyFact] = &[&GRACE, &names::CHECKED];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/users.update", handle).validate(validate).facts(FACTS)];

/// What AJV takes, from 4.8 on (upstream: `UsersUpdateParamsPOST.ts`).
const BODY: Schema = object(&[
    required("userId", Schema::Text),
    optional("confirmRelinquish", Schema::Boolean),
    required(
        "data",
        object(&[
            optional("email", Schema::Text),
            optional("name", Schema::Text),
            optional("password", Schema::Text),
            optional("username", Schema::Text),
            optional("bio", Schema::Text),
            optional("nickname", Schema::Text),
            optional("statusText", Schema::Text),
            optional("active", Schema::Boolean),
            optional("roles", ROLES),
            optional("joinDefaultChannels", Schema::Boolean),
            optional("requirePasswordChange", Schema::Boolean),
            optional("setRandomPassword", Schema::Boolean),
            optional("sendWelcomeEmail", Schema::Boolean),
            optional("verified", Schema::Boolean),
            optional("customFields", ANY_OBJECT),
            optional("status", Schema::Text),
            optional("language", Schema::Text),
            optional("freeSwitchExtension", Schema::Text),
        ]),
    ),
]);

/// What Meteor's `check` takes, to 4.7.
const CHECKED_BODY: Schema = object(&[
    required("userId", Schema::Text),
    required(
        "data",
        Schema::Object {
            fields: &[
                optional("email", Schema::Text),
                optional("name", Schema::Text),
                optional("password", Schema::Text),
                optional("username", Schema::Text),
                optional("statusText", Schema::Text),
                optional("active", Schema::Boolean),
                optional("roles", ROLES),
                optional("joinDefaultChannels", Schema::Boolean),
                optional("requirePasswordChange", Schema::Boolean),
                optional("sendWelcomeEmail", Schema::Boolean),
                optional("verified", Schema::Boolean),
                optional("customFields", ANY_OBJECT),
            ],
            open: true,
        },
    ),
]);

/// Checks the body.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    validate_body(context, &BODY, &CHECKED_BODY)
}

/// 200 `{"user":{…},"success":true}` with the fields the caller may see.
///
/// # Errors
/// Without a second factor; another user without `edit-other-user-info`; roles without `assign-roles`; names and addresses that are taken: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    two_factor::require(context)?;
    let (body, actor) = (context.body()?, context.actor()?);
    let id = text(body, "userId").unwrap_or_default();
    let data = body.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    let wanted = user_data(&data);
    context.workspace.change(|tx| save::update(tx, actor, &id, &wanted))?;
    // A call of its own upstream, too: the rest stays changed when it fails.
    if let Some(active) = flag(&data, "active") {
        context.workspace.change(|tx| save::set_active(tx, actor, &id, active))?;
    }
    let user = context.read().users.get(&id).cloned();
    let user = user.ok_or_else(|| ApiError::Thrown("User not found".to_owned()))?;
    Ok(envelope::success(document! { "user": shown(&user, context)? }))
}
