//! `POST /api/v1/users.create`: makes a user.
//!
//! Upstream: `packages/rocketchat-api/server/v1/users.js`, `apps/meteor/app/api/server/v1/users.ts`.

use super::shared::{check_name, flag, set_active, shown, validate_body};
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::save;
use crate::doors::rest::checks::{Field, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::rules::accounts::shown::object as document;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/users.create", handle).validate(validate),
];

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
    let body = context.body()?;
    check_name(context, body)?;
    let id = save::create(context, body)?;
    if let Some(active) = flag(body, "active") {
        set_active(context, &id, active)?;
    }
    let state = context.read();
    let user = state.users.get(&id).ok_or_else(|| ApiError::Thrown("User not found".to_owned()))?.clone();
    drop(state);
    Ok(envelope::success_with(document([("user", shown(&user, context)?.into())])))
}
