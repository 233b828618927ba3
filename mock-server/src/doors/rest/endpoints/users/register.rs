//! `POST /api/v1/users.register`: makes an account for whoever asks. The first one of a workspace without an admin becomes admin.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `server/methods/registerUser.ts`, `app/authentication/server/startup/index.js`.

use mongo_query::Document;
use serde_json::json;

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::create::ANY_OBJECT;
use super::save::{invalid_email, is_email, is_reserved, is_username, new_user};
use super::shared::{check_name, shown, text, validate_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::state::users::{Email, User};
use crate::rules::accounts::shown::{object as document, to_json};

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/users.register", handle).open().validate(validate),
];

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
    check_name(context, body)?;
    let username = text(body, "username").unwrap_or_default();
    let email = text(body, "email").unwrap_or_default();
    let failed = |text: &str| Err(ApiError::Thrown(text.to_owned()));
    let tells_early = context.workspace.profile().api_at_least(7, 0, 0);

    if tells_early && !is_username(&username) {
        return failed("The username provided is not valid");
    }
    {
        let state = context.read();
        let reserved = context.workspace.profile().api_at_least(4, 0, 0) && is_reserved(&username);
        if reserved || state.users.by_username(&username).is_some() {
            return failed("Username is already in use");
        }
        if tells_early && state.users.by_email(&email).is_some() {
            return failed("Email already exists");
        }
    }
    permitted(context, body)?;
    if !is_email(&email) {
        return Err(invalid_email(&email));
    }
    let address = email.trim().to_lowercase();
    if context.read().users.by_email(&address).is_some() {
        return Err(ApiError::MeteorNumber { code: 403, reason: "Email already exists.".to_owned() });
    }
    if !is_username(&username) {
        let text =
            format!("{username} is not a valid username, use only letters, numbers, dots, hyphens and underscores");
        return Err(ApiError::meteor("username-invalid", text));
    }
    let user = register(context, body, username, address);
    Ok(envelope::success_with(document([("user", shown(&user, context)?.into())])))
}

/// Whether `Accounts_RegistrationForm` lets the request in.
fn permitted(context: &Context<'_>, body: &Document) -> Result<(), ApiError> {
    let details = json!({"method": "registerUser"});
    let state = context.read();
    let settings = &state.settings;
    match settings.text("Accounts_RegistrationForm") {
        "Disabled" => {
            let text = "User registration is disabled";
            Err(ApiError::meteor_with("error-user-registration-disabled", text, details))
        }
        "Secret URL" => {
            let secret = text(body, "secret").or_else(|| text(body, "secretURL")).filter(|secret| !secret.is_empty());
            if secret.is_some_and(|secret| secret == settings.text("Accounts_RegistrationForm_SecretURL")) {
                return Ok(());
            }
            let text = "User registration is only allowed via Secret URL";
            Err(ApiError::meteor_with("error-user-registration-secret", text, details))
        }
        _ => Ok(()),
    }
}

fn register(context: &Context<'_>, body: &Document, username: String, address: String) -> User {
    let mut state = context.write();
    let approve = state.settings.is_on("Accounts_ManuallyApproveNewUsers");
    let mut roles = vec!["user".to_owned()];
    let has_admin = |user: &User| user.kind == "user" && user.roles.iter().any(|role| role == "admin");
    let first = !state.users.iter().any(has_admin);
    if first {
        roles.push("admin".to_owned());
    }
    let password = text(body, "pass").unwrap_or_default();
    let mut user = User {
        name: text(body, "name").unwrap_or_else(|| username.clone()).trim().to_owned(),
        username,
        emails: vec![Email { address, verified: false }],
        roles,
        active: first || !approve,
        ..new_user(&mut state, &password, context.now_ms())
    };
    if let Some(reason) = text(body, "reason").filter(|reason| approve && !reason.trim().is_empty()) {
        user.extra.insert("reason".to_owned(), json!(reason.trim()));
    }
    if let Some(fields @ mongo_query::Value::Object(_)) = body.get("customFields") {
        user.extra.insert("customFields".to_owned(), to_json(fields));
    }
    state.users.add(user.clone());
    user
}
