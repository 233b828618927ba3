//! `POST /api/v1/users.register`: makes an account for whoever asks. The first one of a workspace without an admin becomes admin.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `server/methods/registerUser.ts`, `app/authentication/server/startup/index.js`.

use mongo_query::{Value, document};

use super::create::ANY_OBJECT;
use super::shared::{shown, text, validate_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::AnyFact;
use crate::rules::accounts::names;
use crate::rules::accounts::register::{self, Registration};

const FACTS: &[&dyn AnyFact] = &[&names::CHECKED, &names::RESERVED, &register::TELLS_EARLY];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[post("/api/v1/users.register", handle).open().validate(validate).facts(FACTS)];

/// What AJV takes, from 4.8 on (upstream: `UserRegisterParamsPOST.ts`).
const BODY: Schema = object(&[
    required("username", Schema::Text),
    optional("name", Schema::Text),
    required("email", Schema::Text),
    required("pass", Schema::Text),
    optional("secret", Schema::Text),
    optional("reason", Schema::Text),
    optional("customFields", ANY_OBJECT),
]);

/// What Meteor's `check` takes: the endpoint asks for the name, the method behind it for the rest.
const CHECKED_BODY: Schema = Schema::Object {
    fields: &[
        required("username", Schema::Text),
        required("email", Schema::Text),
        required("pass", Schema::Text),
        required("name", Schema::Text),
    ],
    open: true,
};

/// Checks the body.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    validate_body(context, &BODY, &CHECKED_BODY)
}

/// 200 `{"user":{…},"success":true}` with what everybody sees of a user.
///
/// # Errors
/// A name or address that is taken or none, and registration switched off by `Accounts_RegistrationForm`: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let body = context.body()?;
    let wanted = Registration {
        username: text(body, "username").unwrap_or_default(),
        name: text(body, "name"),
        email: text(body, "email").unwrap_or_default(),
        password: text(body, "pass").unwrap_or_default(),
        secret: text(body, "secret").or_else(|| text(body, "secretURL")),
        reason: text(body, "reason"),
        custom_fields: body.get("customFields").and_then(Value::as_object).cloned(),
    };
    let user = context.workspace.change(|tx| register::register(tx, wanted))?;
    Ok(envelope::success(document! { "user": shown(&user, context)? }))
}
