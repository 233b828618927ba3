//! `POST /api/v1/users.create`: makes a user.
//!
//! Upstream: `packages/rocketchat-api/server/v1/users.js`, `apps/meteor/app/api/server/v1/users.ts`.

use mongo_query::document;

use super::shared::{flag, shown, user_data, validate_body};
use crate::doors::rest::checks::{Field, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::AnyFact;
use crate::rules::accounts::{names, save};

const FACTS: &[&dyn AnyFact] = &[&names::CHECKED, &names::RESERVED];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/users.create", handle).validate(validate).facts(FACTS)];

/// What AJV takes, from 4.8 on (upstream: `UserCreateParamsPOST.ts`).
const BODY: Schema = object(&[
    required("email", Schema::Text),
    required("name", Schema::Text),
    required("password", Schema::Text),
    required("username", Schema::Text),
    optional("active", Schema::Boolean),
    optional("bio", Schema::Text),
    optional("nickname", Schema::Text),
    optional("statusText", Schema::Text),
    optional("roles", ROLES),
    optional("joinDefaultChannels", Schema::Boolean),
    optional("requirePasswordChange", Schema::Boolean),
    optional("setRandomPassword", Schema::Boolean),
    optional("sendWelcomeEmail", Schema::Boolean),
    optional("verified", Schema::Boolean),
    optional("customFields", ANY_OBJECT),
    optional("fields", Schema::Text),
    optional("freeSwitchExtension", Schema::Text),
]);

/// What Meteor's `check` takes, to 4.7.
const CHECKED_BODY: Schema = object(&[
    required("email", Schema::Text),
    required("name", Schema::Text),
    required("password", Schema::Text),
    required("username", Schema::Text),
    optional("active", Schema::Boolean),
    optional("roles", ROLES),
    optional("joinDefaultChannels", Schema::Boolean),
    optional("requirePasswordChange", Schema::Boolean),
    optional("setRandomPassword", Schema::Boolean),
    optional("sendWelcomeEmail", Schema::Boolean),
    optional("verified", Schema::Boolean),
    optional("customFields", ANY_OBJECT),
]);

/// A list of role ids.
pub(super) const ROLES: Schema = Schema::List { items: &Schema::Text, unique: false };

/// Any object.
pub(super) const ANY_OBJECT: Schema = Schema::Object { fields: NO_FIELDS, open: true };
const NO_FIELDS: &[Field] = &[];

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
/// Without `create-user`, for a name, address or role that cannot be: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let (body, actor) = (context.body()?, context.actor()?);
    let data = user_data(body);
    let id = context.workspace.change(|tx| save::create(tx, actor, &data))?;
    // A call of its own upstream, too: the user stays when it fails.
    if let Some(active) = flag(body, "active") {
        context.workspace.change(|tx| save::set_active(tx, actor, &id, active))?;
    }
    let user = context.read().users.get(&id).cloned();
    let user = user.ok_or_else(|| ApiError::Thrown("User not found".to_owned()))?;
    Ok(envelope::success(document! { "user": shown(&user, context)? }))
}
