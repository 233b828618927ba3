//! Registration: an account for whoever asks. The first one of a workspace without an admin becomes admin.
//!
//! Upstream: the route `users.register` of `apps/meteor/app/api/server/v1/users.ts`, `server/methods/registerUser.ts`,
//! `app/authentication/server/startup/index.js`.

use mongo_query::{Document, document};

use super::names;
use crate::era::fact::facts;
use crate::rules::fault::{Code, Fault};
use crate::state::State;
use crate::state::tx::Tx;
use crate::state::users::{Email, USERNAME, User, password_digest};

facts! {
    /// says at once which of user name and address cannot be
    pub TELLS_EARLY: bool = false => {
        (7, 0, 0) => true, "users.register in apps/meteor/app/api/server/v1/users.ts (#32743), in 7.0.0 at the latest";
    }
}

/// What is asked of a new account.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// Login name.
    pub username: String,
    /// Shown name; the login name without one.
    pub name: Option<String>,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// What `Accounts_RegistrationForm` may ask for.
    pub secret: Option<String>,
    /// Why the account is wanted; kept where admins approve new users.
    pub reason: Option<String>,
    /// Custom fields.
    pub custom_fields: Option<Document>,
}

/// Makes the account and returns it.
///
/// # Errors
/// A name or address that is taken or none, and registration switched off by `Accounts_RegistrationForm`.
pub fn register(tx: &mut Tx<'_>, wanted: Registration) -> Result<User, Fault> {
    names::check_shown(tx, wanted.name.as_deref())?;
    let Registration { username, email, .. } = &wanted;
    let tells_early = tx.fact(&TELLS_EARLY);

    // The endpoint's own checks; those of the methods behind it follow.
    if tells_early && !names::is_username(username) {
        return Err(Fault::thrown("The username provided is not valid"));
    }
    if names::is_reserved(tx, username) || tx.users.by_username(username).is_some() {
        return Err(name_taken());
    }
    if tells_early && tx.users.by_email(email).is_some() {
        return Err(Fault::thrown("Email already exists"));
    }
    permitted(tx, wanted.secret.as_deref())?;
    names::check_address(email)?;
    let address = email.trim().to_lowercase();
    if tx.users.by_email(&address).is_some() {
        return Err(address_taken());
    }
    if !names::is_username(username) {
        let text =
            format!("{username} is not a valid username, use only letters, numbers, dots, hyphens and underscores");
        return Err(Fault::meteor("username-invalid", text));
    }
    let user = new_user(tx, wanted, address);
    // Both were free above, under the same lock.
    let taken = |field: &str| if field == USERNAME { name_taken() } else { address_taken() };
    tx.insert(user.clone()).map_err(|error| taken(error.field))?;
    Ok(user)
}

fn name_taken() -> Fault {
    Fault::thrown("Username is already in use")
}

/// Quirk: the code is a number, as it is Meteor's own `accounts-password` that refuses.
fn address_taken() -> Fault {
    Fault::Meteor { code: Code::Number(403), reason: "Email already exists.".into(), details: None }
}

/// Whether `Accounts_RegistrationForm` lets one in who shows `secret`.
fn permitted(state: &State, secret: Option<&str>) -> Result<(), Fault> {
    let refuse =
        |code, reason: &'static str| Err(Fault::meteor_with(code, reason, document! { "method": "registerUser" }));
    match state.settings.text("Accounts_RegistrationForm") {
        "Disabled" => refuse("error-user-registration-disabled", "User registration is disabled"),
        "Secret URL" => {
            let secret = secret.filter(|secret| !secret.is_empty());
            if secret.is_some_and(|secret| secret == state.settings.text("Accounts_RegistrationForm_SecretURL")) {
                return Ok(());
            }
            refuse("error-user-registration-secret", "User registration is only allowed via Secret URL")
        }
        _ => Ok(()),
    }
}

fn new_user(tx: &mut Tx<'_>, wanted: Registration, address: String) -> User {
    let approve = tx.settings.is_on("Accounts_ManuallyApproveNewUsers");
    let first = !tx.users.iter().any(|user| user.kind == "user" && user.has_role("admin"));
    let mut roles = vec!["user".to_owned()];
    if first {
        roles.push("admin".to_owned());
    }
    let mut extra = Document::new();
    if let Some(reason) = wanted.reason.filter(|reason| approve && !reason.trim().is_empty()) {
        extra.push("reason", reason.trim());
    }
    if let Some(fields) = wanted.custom_fields {
        extra.push("customFields", fields);
    }
    User {
        name: wanted.name.unwrap_or_else(|| wanted.username.clone()).trim().to_owned(),
        emails: vec![Email { address, verified: false }],
        roles,
        active: first || !approve,
        password_digest: Some(password_digest(&wanted.password)),
        extra,
        ..User::new(tx.ids().meteor_id(), wanted.username, tx.now_ms())
    }
}
