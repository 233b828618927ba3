//! Meteor's login method: its login handlers, and Rocket.Chat's own rules after them.
//!
//! Upstream: Meteor's `accounts-password` and `accounts-base`, `app/authentication/server/startup`.

use std::sync::Arc;

use javascript::text;
use mongo_query::{Document, Value, document};

use crate::era::fact::facts;
use crate::rules::accounts::guard::{Attempt, Blocked, LoginGuard};
use crate::rules::accounts::two_factor;
use crate::rules::fault::Fault;
use crate::rules::refusal::Refusal;
use crate::state::State;
use crate::state::tx::Tx;
use crate::state::users::{LoginToken, User, hash_token, password_digest};

facts! {
    /// a login with a password may carry a `code`, which changes nothing
    pub CODE_BESIDE: bool = false => {
        (5, 0, 0) => true, "Meteor's accounts-password with accounts-2fa: `code` of the handler `password`, in 5.0.0 at the latest";
    }
}

/// Longest password Meteor looks at (upstream: `accounts-password`, `passwordMaxLength`).
const PASSWORD_MAX_LENGTH: usize = 256;

/// Default of `Accounts_LoginExpiration`, days; also what a value that is not positive means.
const EXPIRATION_DAYS: i64 = 90;

/// A login that succeeded.
#[derive(Debug)]
pub struct Login {
    /// Whose it is.
    pub user_id: Arc<str>,
    /// The token to go on with: a new one, or the one that was resumed.
    pub token: String,
}

/// Credentials that are right.
#[derive(Debug)]
struct Proved {
    user_id: Arc<str>,
    /// The token to go on with; a login with a password gets a new one.
    resumed: Option<String>,
}

/// Logs in with the options of Meteor's login method, from `address`. `guard` counts failures and blocks; what it counts stays when the
/// login fails.
///
/// # Errors
/// [`Fault::Login`] for everything that is not a login.
pub fn login(tx: &mut Tx<'_>, guard: &LoginGuard, options: &Document, address: &str) -> Result<Login, Fault> {
    let attempt = Attempt { address, username: named(options), now_ms: tx.now_ms() };
    let admitted = admit(run(options, tx), guard, attempt, options, tx);
    match admitted.and_then(|proved| enter(proved, tx)) {
        Ok((login, username)) => {
            guard.succeeded(address, &username);
            Ok(login)
        }
        Err(refusal) => {
            guard.failed(&tx.settings, attempt);
            Err(Fault::Login(refusal))
        }
    }
}

/// The user name a login gives, which is what it may be blocked for.
fn named(options: &Document) -> Option<&str> {
    inner_login(options).unwrap_or(options).get("user")?.as_object()?.get("username")?.as_str()
}

/// The login inside of one with a one-time code.
fn inner_login(options: &Document) -> Option<&Document> {
    options.get("totp")?.as_object()?.get("login")?.as_object()
}

/// The options' one-time code.
fn one_time_code(options: &Document) -> Option<&Value> {
    options.get("totp")?.as_object()?.get("code").filter(|code| text::is_truthy(code))
}

/// Runs the login handlers on the options (upstream: Meteor's `_runLoginHandlers`).
fn run(options: &Document, tx: &Tx<'_>) -> Result<Proved, Refusal> {
    let options = match one_time_code(options) {
        None => options,
        Some(_) => inner_login(options).ok_or(Refusal::Unrecognized)?,
    };
    if let Some(token) = options.get("resume").filter(|token| text::is_truthy(token)) {
        return resume(token, tx);
    }
    match options.get("password").filter(|password| text::is_truthy(password)) {
        Some(password) => by_password(options, password, tx),
        None => Err(Refusal::Unrecognized),
    }
}

/// A login with a token: the same token goes on (upstream: `accounts-base`, the handler `resume`).
fn resume(token: &Value, tx: &Tx<'_>) -> Result<Proved, Refusal> {
    let Some(token) = token.as_str() else {
        return Err(Refusal::Mismatch(format!("Expected string, got {}", type_name(token))));
    };
    let hashed = hash_token(token);
    let user = tx.users.by_token(&hashed).ok_or(Refusal::LoggedOut)?;
    let made_at = user.token(&hashed).filter(|one| one.personal.is_none()).map(|one| one.created_at);
    if made_at.is_some_and(|made_at| tx.now_ms() >= made_at.saturating_add(lifetime_ms(tx))) {
        return Err(Refusal::SessionExpired);
    }
    Ok(Proved { user_id: user.id.clone(), resumed: Some(token.to_owned()) })
}

/// How long a login token may be resumed: `Accounts_LoginExpiration`. Tokens that are older still authenticate calls, as
/// between two runs of the real server's background job.
fn lifetime_ms(state: &State) -> i64 {
    let days = state.settings.whole("Accounts_LoginExpiration", EXPIRATION_DAYS);
    let days = if days > 0 { days } else { EXPIRATION_DAYS };
    days.saturating_mul(24 * 60 * 60 * 1000)
}

/// A login with a password (upstream: `accounts-password`, the handler `password`).
fn by_password(options: &Document, password: &Value, tx: &Tx<'_>) -> Result<Proved, Refusal> {
    for (name, _) in options.iter() {
        let known = match &**name {
            "user" | "password" => true,
            // `accounts-2fa` made room for a code of its own; nobody here has one.
            "code" => tx.fact(&CODE_BESIDE),
            _ => false,
        };
        if !known {
            return Err(Refusal::Mismatch(format!("Unknown key in field {name}")));
        }
    }
    let selector = options.get("user").ok_or_else(|| Refusal::Mismatch("Missing key 'user'".to_owned()))?;
    let (field, value) = one_field(selector)?;
    let digest = digest_of(password)?;

    let user = match field {
        "id" => tx.users.get(value),
        "username" => tx.users.by_username(value),
        _ => tx.users.by_email(value),
    };
    let user = user.ok_or(Refusal::UnknownUser)?;
    match &user.password_digest {
        None => Err(Refusal::NoPassword),
        Some(known) if *known == digest => Ok(Proved { user_id: user.id.clone(), resumed: None }),
        Some(_) => Err(Refusal::WrongPassword),
    }
}

/// The one field that says who: `id`, `username` or `email` (upstream: `userQueryValidator`).
fn one_field(selector: &Value) -> Result<(&str, &str), Refusal> {
    // A failure of an inner check keeps its own prefix.
    let inner = |text: String| Refusal::Mismatch(format!("Match error: {text}"));
    let Value::Object(selector) = selector else {
        return Err(inner(format!("Expected object, got {} in field user", type_name(selector))));
    };
    for (name, value) in selector.iter() {
        if !matches!(&**name, "id" | "username" | "email") {
            return Err(inner(format!("Unknown key in field {name} in field user")));
        }
        if value.as_str().is_none_or(str::is_empty) {
            let text = "Match.OneOf, Match.Maybe or Match.Optional validation failed";
            return Err(inner(format!("{text} in field {name} in field user")));
        }
    }
    match (selector.len(), selector.iter().next()) {
        (1, Some((name, Value::String(value)))) => Ok((name, value)),
        _ => Err(inner("User property must have exactly one field in field user".to_owned())),
    }
}

/// The password's SHA-256, given as such or made of the plain text.
fn digest_of(password: &Value) -> Result<String, Refusal> {
    let refused = || {
        let text = "Match.OneOf, Match.Maybe or Match.Optional validation failed in field password";
        Refusal::Mismatch(text.to_owned())
    };
    match password {
        Value::String(text) if text.encode_utf16().count() <= PASSWORD_MAX_LENGTH => Ok(password_digest(text)),
        Value::Object(parts) if parts.len() == 2 => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str);
            match (part("digest"), part("algorithm")) {
                (Some(digest), Some("sha-256")) if digest.len() == 64 => Ok(digest.to_owned()),
                _ => Err(refused()),
            }
        }
        _ => Err(refused()),
    }
}

/// The type as Meteor's `check` calls it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        value if value.as_f64().is_some() => "number",
        _ => "object",
    }
}

/// The server's own rules, in its order: blocks come before the credentials' result, all else after (upstream:
/// `app/authentication/server/startup/index.js`, `Accounts.validateLoginAttempt`).
fn admit(
    outcome: Result<Proved, Refusal>,
    guard: &LoginGuard,
    attempt: Attempt<'_>,
    options: &Document,
    state: &State,
) -> Result<Proved, Refusal> {
    let refuse = |code, reason| {
        let details = Some(document! { "function": "Accounts.validateLoginAttempt" });
        Err(Refusal::Rule { code, reason, details })
    };
    match guard.check(&state.settings, attempt) {
        None => {}
        Some(Blocked::ForAddress) => {
            return refuse("error-login-blocked-for-ip", "Login has been temporarily blocked For IP");
        }
        Some(Blocked::ForUser) => {
            return refuse("error-login-blocked-for-user", "Login has been temporarily blocked For User");
        }
    }
    let login = outcome?;
    let user = state.users.get(&login.user_id).ok_or(Refusal::UnknownUser)?;
    if !user.active {
        return refuse("error-user-is-not-activated", "User is not activated");
    }
    if login.resumed.is_some() {
        return Ok(login);
    }
    let verified = user.emails.iter().any(|email| email.verified);
    if state.settings.is_on("Accounts_EmailVerification") && !user.has_role("admin") && !verified {
        // Quirk: the placeholder is never filled in.
        let reason = "Invalid email __email__";
        return Err(Refusal::Rule { code: "error-invalid-email", reason, details: None });
    }
    let code = one_time_code(options).and_then(text::to_string);
    two_factor::at_login(user, code.as_deref(), &state.settings, attempt.now_ms)?;
    Ok(login)
}

/// Notes the login and returns it with the user's name.
fn enter(proved: Proved, tx: &mut Tx<'_>) -> Result<(Login, String), Refusal> {
    let now_ms = tx.now_ms();
    let resumed = proved.resumed.is_some();
    let token = proved.resumed.unwrap_or_else(|| tx.ids().secret());
    let entered = tx.update(&proved.user_id, |user: &mut User| {
        user.last_login = Some(now_ms);
        user.updated_at = now_ms;
        if !resumed {
            user.add_login_token(LoginToken::new(&token, now_ms));
        }
        user.username.clone()
    });
    // A token just drawn is nobody else's.
    let username = entered.ok().flatten().ok_or(Refusal::UnknownUser)?;
    Ok((Login { user_id: proved.user_id, token }, username))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_a_login_may_be_blocked_for_is_found_in_both_shapes() {
        let plain = document! { "user": document! { "username": "a" }, "password": "p" };
        assert_eq!(named(&plain), Some("a"));
        assert_eq!(named(&document! { "totp": document! { "code": "1", "login": plain } }), Some("a"));
        assert_eq!(named(&document! { "user": document! { "email": "a@b" }, "password": "p" }), None);
        assert_eq!(named(&document! { "resume": "t" }), None);
    }
}
