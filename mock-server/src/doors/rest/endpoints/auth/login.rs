//! `POST /api/v1/login`: a token for a name and a password, or for a token.
//!
//! The server turns the body into the options of Meteor's login method and hands them to its login handlers; this file does the
//! same, so that every body shape ends where it ends there. Upstream: `loginCompatibility` in `apps/meteor/app/api/server/api.ts`
//! (unchanged from 0.60 on), Meteor's `accounts-password` and `accounts-base`, `app/authentication/server/startup`.

use std::sync::Arc;

use mongo_query::{Document, Value};
use serde_json::json;

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::context::Context;
use crate::data::IntoDocument;
use crate::doors::rest::error::{ApiError, LoginFailed};
use javascript::text;
use crate::rules::accounts::guard::{Attempt, Blocked};
use crate::era::{BrokenBody, LoginFailure, LoginReasons, LoginSuccess, TwoFactor, WrongPassword};
use crate::doors::wire::reply::Reply;
use crate::state::State;
use crate::state::users::{LoginToken, User, hash_token, password_digest};
use crate::rules::accounts::shown::{info, object};
use crate::rules::accounts::two_factor;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/login", handle).open(),
    post("/api/login", handle).exists(&super::UNVERSIONED).open().unlimited(),
];

/// Longest password Meteor looks at (upstream: `accounts-password`, `passwordMaxLength`).
const PASSWORD_MAX_LENGTH: usize = 256;

/// Default of `Accounts_LoginExpiration`, days; also what a value that is not positive means.
const EXPIRATION_DAYS: i64 = 90;

/// 200 with `status` and `data{userId, authToken, me}`, by era.
///
/// # Errors
/// 401 in the era's words for everything that is not a login, [`ApiError::InternalServerError`] for a password of a wrong type from 7.5 on.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    if is_null(context) {
        // Taking a null apart fails outside the handler's own net.
        return Err(ApiError::Thrown("Cannot destructure property 'user' of 'bodyParams' as it is null.".to_owned()));
    }
    let header_code = match context.switches().two_factor {
        TwoFactor::Absent => None,
        TwoFactor::Present => context.request.present_header("x-2fa-code"),
    };
    let options = method_options(context.body()?, header_code);

    let address = context.request.client_ip();
    let attempt = Attempt { address: &address, username: named(&options), now_ms: context.now_ms() };
    let mut state = context.write();
    let outcome = run(&options, &state, context);
    let granted = admit(outcome, attempt, &options, &state, context);
    match granted {
        Ok(login) => {
            let token = enter(&login, &mut state, context);
            let user = state.users.get(&login.user_id).ok_or(ApiError::NotLoggedIn)?;
            context.workspace.login_guard.succeeded(&address, &user.username);
            Ok(welcome(user, &token, &state, context))
        }
        Err(refusal) => {
            context.workspace.login_guard.failed(&state.settings, attempt);
            Err(refusal.in_era(context))
        }
    }
}

/// A JSON body `null` where the parser lets it through (7.6 and later).
fn is_null(context: &Context<'_>) -> bool {
    context.switches().broken_body == BrokenBody::Empty
        && context.request.header("content-type").is_some_and(|kind| kind.contains("application/json"))
        && context.request.body.trim_ascii() == b"null"
}

/// The body as options of the login method: the short forms spelled out, everything else untouched.
fn method_options(body: &Document, header_code: Option<&str>) -> Document {
    let untouched = || body.clone();
    let Some(password) = body.get("password").filter(|password| !matches!(password, Value::Null)) else {
        return untouched();
    };
    if body.iter().any(|(name, _)| !matches!(&**name, "user" | "username" | "email" | "password" | "code")) {
        return untouched();
    }
    let given = |name: &str| body.get(name).filter(|value| text::is_truthy(value));
    let user = match (body.get("user"), given("username"), given("email")) {
        (Some(Value::String(user)), _, _) => {
            let name = if user.contains('@') { "email" } else { "username" };
            object([(name, (**user).into())])
        }
        (_, Some(username), _) => object([("username", username.clone())]),
        (_, _, Some(email)) => object([("email", email.clone())]),
        _ => return untouched(),
    };
    // Quirk: `{"hashed": …}` puts the whole object where the digest belongs, and the login handler then refuses it.
    let hashed = password.as_object().and_then(|password| password.get("hashed")).is_some_and(text::is_truthy);
    let password = if hashed {
        object([("digest", password.clone()), ("algorithm", "sha-256".into())]).into()
    } else {
        password.clone()
    };
    let login = object([("user", user.into()), ("password", password)]);
    match given("code").cloned().or_else(|| header_code.map(Value::from)) {
        None => login,
        Some(code) => object([("totp", object([("code", code), ("login", login.into())]).into())]),
    }
}

/// The user name a login gives, which is what it may be blocked for.
fn named(options: &Document) -> Option<&str> {
    let inner = options.get("totp").and_then(Value::as_object).and_then(|totp| totp.get("login")?.as_object());
    inner.unwrap_or(options).get("user")?.as_object()?.get("username")?.as_str()
}

/// The options' one-time code.
fn one_time_code(options: &Document) -> Option<&Value> {
    options.get("totp")?.as_object()?.get("code").filter(|code| text::is_truthy(code))
}

/// A login whose credentials are right.
#[derive(Debug)]
struct Login {
    user_id: Arc<str>,
    /// The token to go on with; a login with a password gets a new one.
    resumed: Option<String>,
}

/// Why a login is refused.
#[derive(Debug)]
enum Refusal {
    UnknownUser,
    NoPassword,
    WrongPassword,
    Unrecognized,
    LoggedOut,
    SessionExpired,
    /// A value of a wrong type; the text of Meteor's `check`.
    Mismatch(String),
    /// An error of the server's own rules, the same in all eras.
    Rule(LoginFailed),
}

impl Refusal {
    fn rule(code: &str, message: &str, details: Option<serde_json::Value>) -> Self {
        Self::Rule(LoginFailed { error: Some(code.into()), details: details.map(IntoDocument::into_document), message: message.to_owned() })
    }

    fn in_era(self, context: &Context<'_>) -> ApiError {
        let switches = context.switches();
        let told = |error: i64, message: &str| match switches.login_reasons {
            LoginReasons::Told => LoginFailed { error: Some(error.into()), details: None, message: message.to_owned() },
            LoginReasons::Hidden => LoginFailed::unauthorized(),
        };
        ApiError::LoginFailed(match self {
            Self::UnknownUser => LoginFailed::unauthorized(),
            Self::WrongPassword => match switches.wrong_password {
                WrongPassword::Unauthorized => LoginFailed::unauthorized(),
                WrongPassword::IncorrectPassword => {
                    LoginFailed { error: Some(403.into()), details: None, message: "Incorrect password".to_owned() }
                }
            },
            Self::NoPassword => told(403, "User has no password set"),
            Self::Unrecognized => told(400, "Unrecognized options for login request"),
            Self::LoggedOut => told(403, "You've been logged out by the server. Please log in again."),
            Self::SessionExpired => told(403, "Your session has expired. Please log in again."),
            Self::Mismatch(text) => match switches.login_failure {
                LoginFailure::StatusFirst => {
                    LoginFailed { error: None, details: None, message: format!("Match error: {text}") }
                }
                // From 7.5 on only a `Meteor.Error` is a failed login; `Match.Error` is none.
                LoginFailure::SuccessFirst => return ApiError::InternalServerError,
            },
            Self::Rule(failure) => failure,
        })
    }
}

/// Runs the login handlers on the options (upstream: Meteor's `_runLoginHandlers`).
fn run(options: &Document, state: &State, context: &Context<'_>) -> Result<Login, Refusal> {
    if one_time_code(options).is_some() {
        let inner = options.get("totp").and_then(Value::as_object).and_then(|totp| totp.get("login")?.as_object());
        return match inner {
            Some(inner) => run_plain(inner, state, context),
            None => Err(Refusal::Unrecognized),
        };
    }
    run_plain(options, state, context)
}

fn run_plain(options: &Document, state: &State, context: &Context<'_>) -> Result<Login, Refusal> {
    if let Some(token) = options.get("resume").filter(|token| text::is_truthy(token)) {
        return resume(token, state, context.now_ms());
    }
    match options.get("password").filter(|password| text::is_truthy(password)) {
        Some(password) => by_password(options, password, state, context),
        None => Err(Refusal::Unrecognized),
    }
}

/// A login with a token: the same token goes on (upstream: `accounts-base`, the handler `resume`).
fn resume(token: &Value, state: &State, now_ms: i64) -> Result<Login, Refusal> {
    let Some(token) = token.as_str() else {
        return Err(Refusal::Mismatch(format!("Expected string, got {}", type_name(token))));
    };
    let hashed = hash_token(token);
    let user = state.users.by_token(&hashed).ok_or(Refusal::LoggedOut)?;
    let made_at =
        user.tokens.iter().find(|one| one.hashed == hashed && one.personal.is_none()).map(|one| one.created_at);
    if made_at.is_some_and(|made_at| now_ms >= made_at.saturating_add(lifetime_ms(state))) {
        return Err(Refusal::SessionExpired);
    }
    Ok(Login { user_id: user.id.clone(), resumed: Some(token.to_owned()) })
}

/// How long a login token may be resumed: `Accounts_LoginExpiration`. Tokens that are older still authenticate calls, as
/// between two runs of the real server's background job.
fn lifetime_ms(state: &State) -> i64 {
    let days = state.settings.whole("Accounts_LoginExpiration", EXPIRATION_DAYS);
    let days = if days > 0 { days } else { EXPIRATION_DAYS };
    days.saturating_mul(24 * 60 * 60 * 1000)
}

/// A login with a password (upstream: `accounts-password`, the handler `password`).
fn by_password(
    options: &Document,
    password: &Value,
    state: &State,
    context: &Context<'_>,
) -> Result<Login, Refusal> {
    for (name, _) in options.iter() {
        let known = match &**name {
            "user" | "password" => true,
            // `accounts-2fa` made room for a code of its own; nobody here has one.
            "code" => context.workspace.profile().api_at_least(5, 0, 0),
            _ => false,
        };
        if !known {
            return Err(Refusal::Mismatch(format!("Unknown key in field {name}")));
        }
    }
    let selector = options.get("user").ok_or_else(|| Refusal::Mismatch("Missing key 'user'".to_owned()))?;
    let (field, value) = one_field(selector)?;
    let digest = digest_of(password)?;

    let users = &state.users;
    let user = match field {
        "id" => users.get(value),
        "username" => users.by_username(value),
        _ => users.by_email(value),
    };
    let user = user.ok_or(Refusal::UnknownUser)?;
    match &user.password_digest {
        None => Err(Refusal::NoPassword),
        Some(known) if *known == digest => Ok(Login { user_id: user.id.clone(), resumed: None }),
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
    outcome: Result<Login, Refusal>,
    attempt: Attempt<'_>,
    options: &Document,
    state: &State,
    context: &Context<'_>,
) -> Result<Login, Refusal> {
    let details = || Some(json!({"function": "Accounts.validateLoginAttempt"}));
    match context.workspace.login_guard.check(&state.settings, attempt) {
        None => {}
        Some(Blocked::ForAddress) => {
            let message = "Login has been temporarily blocked For IP";
            return Err(Refusal::rule("error-login-blocked-for-ip", message, details()));
        }
        Some(Blocked::ForUser) => {
            let message = "Login has been temporarily blocked For User";
            return Err(Refusal::rule("error-login-blocked-for-user", message, details()));
        }
    }
    let login = outcome?;
    let user = state.users.get(&login.user_id).ok_or(Refusal::UnknownUser)?;
    if !user.active {
        return Err(Refusal::rule("error-user-is-not-activated", "User is not activated", details()));
    }
    if login.resumed.is_some() {
        return Ok(login);
    }
    let admin = user.roles.iter().any(|role| role == "admin");
    let verified = user.emails.iter().any(|email| email.verified);
    if state.settings.is_on("Accounts_EmailVerification") && !admin && !verified {
        // Quirk: the placeholder is never filled in.
        return Err(Refusal::rule("error-invalid-email", "Invalid email __email__", None));
    }
    let code = one_time_code(options).and_then(text::to_string);
    two_factor::at_login(user, code.as_deref(), &state.settings, attempt.now_ms)
        .map_err(|refusal| Refusal::rule(refusal.code, refusal.reason, Some(refusal.details)))?;
    Ok(login)
}

/// Notes the login and returns the token to go on with.
fn enter(login: &Login, state: &mut State, context: &Context<'_>) -> String {
    let now_ms = context.now_ms();
    if let Some(user) = state.users.get_mut(&login.user_id) {
        user.last_login = Some(now_ms);
        user.updated_at = now_ms;
    }
    if let Some(token) = &login.resumed {
        return token.clone();
    }
    let token = state.ids.secret();
    state.users.add_login_token(&login.user_id, LoginToken::new(&token, now_ms));
    token
}

fn welcome(user: &User, token: &str, state: &State, context: &Context<'_>) -> Reply {
    let shape = context.switches().login_success;
    let mut data = object([("userId", (*user.id).into()), ("authToken", token.into())]);
    match shape {
        LoginSuccess::Ids => {}
        LoginSuccess::Me | LoginSuccess::MeSuccess => data.push("me", info(user, state, context)),
    }
    let mut answer = object([("status", "success".into()), ("data", data.into())]);
    if shape == LoginSuccess::MeSuccess {
        answer.push("success", true);
    }
    crate::doors::rest::envelope::bare(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use javascript::{json, stringify};

    /// The options a body becomes, as JSON.
    fn options(body: &str, header_code: Option<&str>) -> String {
        let Value::Object(body) = json::parse(body).unwrap() else { panic!("no object") };
        let mut out = Vec::new();
        stringify::write_document(&method_options(&body, header_code), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_forms_are_spelled_out() {
        let login = r#"{"user":{"username":"a"},"password":"p"}"#;
        assert_eq!(options(r#"{"user":"a","password":"p"}"#, None), login);
        assert_eq!(options(r#"{"username":"a","password":"p"}"#, None), login);
        assert_eq!(options(r#"{"user":{"x":1},"username":"a","password":"p"}"#, None), login);
        let by_email = r#"{"user":{"email":"a@b"},"password":"p"}"#;
        assert_eq!(options(r#"{"user":"a@b","password":"p"}"#, None), by_email);
        assert_eq!(options(r#"{"email":"a@b","password":"p"}"#, None), by_email);
    }

    #[test]
    fn everything_else_passes_untouched() {
        for body in [
            r#"{"resume":"t"}"#,
            r#"{"user":{"username":"a"},"password":"p"}"#,
            r#"{"user":{"username":"a"},"password":"p","code":"1"}"#,
            r#"{"user":"a","password":null}"#,
            r#"{"user":"a","password":"p","extra":1}"#,
            "{}",
        ] {
            assert_eq!(options(body, Some("123456")), body);
        }
    }

    #[test]
    fn codes_wrap_the_login_and_the_body_s_code_comes_first() {
        let wrapped = |code: &str| {
            format!(r#"{{"totp":{{"code":"{code}","login":{{"user":{{"username":"a"}},"password":"p"}}}}}}"#)
        };
        assert_eq!(options(r#"{"user":"a","password":"p","code":"1"}"#, Some("2")), wrapped("1"));
        assert_eq!(options(r#"{"user":"a","password":"p","code":""}"#, Some("2")), wrapped("2"));
    }

    #[test]
    fn a_hashed_password_is_wrapped_the_wrong_way() {
        assert_eq!(
            options(r#"{"user":"a","password":{"hashed":"h"}}"#, None),
            r#"{"user":{"username":"a"},"password":{"digest":{"hashed":"h"},"algorithm":"sha-256"}}"#
        );
    }

    #[test]
    fn the_name_a_login_may_be_blocked_for_is_found_in_both_shapes() {
        let name = |body: &str| {
            let Value::Object(body) = json::parse(body).unwrap() else { panic!("no object") };
            named(&method_options(&body, None)).map(str::to_owned)
        };
        assert_eq!(name(r#"{"user":"a","password":"p"}"#), Some("a".to_owned()));
        assert_eq!(name(r#"{"user":"a","password":"p","code":"1"}"#), Some("a".to_owned()));
        assert_eq!(name(r#"{"user":"a@b","password":"p"}"#), None);
        assert_eq!(name(r#"{"resume":"t"}"#), None);
    }
}
