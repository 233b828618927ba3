//! Making and changing users: the rules `users.create` and `users.update` share.
//!
//! Upstream: `apps/meteor/app/lib/server/functions/saveUser.js` (later the folder `saveUser/`).

use std::sync::Arc;

use mongo_query::{Document, Value};
use serde_json::{Value as Json, json};

use super::shared::{flag, text, texts};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::rules::accounts::shown::to_json;
use crate::state::State;
use crate::state::users::{Email, User, password_digest};

/// Names nobody may take (upstream: `Accounts_BlockedUsernameList` and the reserved words of `usernameIsBlocked`).
const RESERVED: &[&str] = &["all", "here", "admin", "administrator", "system", "user"];

/// Longest `bio` and `nickname`, in UTF-16 units (upstream: `handleBio.ts`, `handleNickname.ts`).
const LONGEST: &[(&str, usize)] = &[("bio", 260), ("nickname", 120)];

fn refuse(code: &str, reason: impl Into<String>, more: &Json) -> ApiError {
    let mut details = json!({"method": "insertOrUpdateUser"});
    if let (Some(details), Some(more)) = (details.as_object_mut(), more.as_object()) {
        details.extend(more.clone());
    }
    ApiError::meteor_with(code, reason, details)
}

/// Whether upstream's default pattern for user names, `[0-9a-zA-Z-_.]+`, matches.
pub(super) fn is_username(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether the name is one nobody may take.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name.to_lowercase().as_str())
}

/// Whether the text is an address by upstream's lax pattern: one `@` with something on both sides.
pub(super) fn is_email(address: &str) -> bool {
    matches!(address.split_once('@'), Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// The refusal of an address that is none (upstream: `validateEmailDomain`).
pub(super) fn invalid_email(address: &str) -> ApiError {
    let details = json!({"function": "RocketChat.validateEmailDomain", "email": address});
    ApiError::meteor_with("error-invalid-email", format!("Invalid email {address}"), details)
}

/// `text` as Underscore's `_.escape` shows it.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#x27;"),
            '`' => shown.push_str("&#x60;"),
            letter => shown.push(letter),
        }
    }
    shown
}

/// The rules both have: `target` is the user to change, `None` for a new one (upstream: `validateUserData`).
///
/// # Errors
/// 400 with the first rule broken.
fn validate(context: &Context<'_>, target: Option<&str>, data: &Document) -> Result<(), ApiError> {
    const NOT_ALLOWED: &str = "error-action-not-allowed";
    let caller = &context.actor()?.user_id;
    match target {
        Some(target) if *target != **caller && !context.has_permission("edit-other-user-info") => {
            return Err(refuse(NOT_ALLOWED, "Editing user is not allowed", &json!({"action": "Editing_user"})));
        }
        None if !context.has_permission("create-user") => {
            return Err(refuse(NOT_ALLOWED, "Adding user is not allowed", &json!({"action": "Adding_user"})));
        }
        _ => {}
    }
    if let Some(roles) = texts(data, "roles") {
        if roles.iter().any(|role| context.read().roles.get(role).is_none()) {
            let text = "The field Roles consist invalid role id";
            return Err(refuse(NOT_ALLOWED, text, &json!({"action": "Assign_role"})));
        }
        if roles.iter().any(|role| role == "admin") && !context.has_permission("assign-admin-role") {
            return Err(refuse(NOT_ALLOWED, "Assigning admin is not allowed", &json!({"action": "Assign_admin"})));
        }
    }
    let username = text(data, "username").unwrap_or_default();
    if target.is_none() {
        for (field, label) in [("name", "Name"), ("username", "Username")] {
            if text(data, field).is_none_or(|value| value.trim().is_empty()) {
                let text = format!("The field {label} is required");
                return Err(refuse("error-the-field-is-required", text, &json!({"field": label})));
            }
        }
    }
    if !username.is_empty() && !is_username(&username) {
        let text = format!("{} is not a valid username", escaped(&username));
        let more = json!({"input": username, "field": "Username"});
        return Err(refuse("error-input-is-not-a-valid-field", text, &more));
    }
    if target.is_none() {
        let random = flag(data, "setRandomPassword") == Some(true);
        if text(data, "password").is_none_or(|password| password.is_empty()) && !random {
            return Err(refuse(
                "error-the-field-is-required",
                "The field Password is required",
                &json!({"field": "Password"}),
            ));
        }
        available(context, &username, &text(data, "email").unwrap_or_default())?;
    }
    for (field, longest) in LONGEST {
        if text(data, field).is_some_and(|value| value.encode_utf16().count() > *longest) {
            let details = json!({"method": "saveUserProfile"});
            return Err(ApiError::meteor_with("error-invalid-field", *field, details));
        }
    }
    Ok(())
}

/// Whether a new user's name and address are free.
fn available(context: &Context<'_>, username: &str, email: &str) -> Result<(), ApiError> {
    if context.workspace.profile().api_at_least(4, 0, 0) && is_reserved(username) {
        let text = format!("{username} is blocked and can't be used!");
        let details = json!({"method": "insertOrUpdateUser", "field": username});
        return Err(ApiError::meteor_with("error-blocked-username", text, details));
    }
    let state = context.read();
    let taken = |field: &str| {
        let text = format!("{} is already in use :(", escaped(field));
        refuse("error-field-unavailable", text, &json!({"field": field}))
    };
    if state.users.by_username(username).is_some() {
        return Err(taken(username));
    }
    if state.users.by_email(email).is_some() {
        return Err(taken(email));
    }
    if email.is_empty() || is_email(email) { Ok(()) } else { Err(invalid_email(email)) }
}

/// Makes the user `data` describes and returns its id.
///
/// # Errors
/// 400 with the first rule broken.
pub(super) fn create(context: &Context<'_>, data: &Document) -> Result<Arc<str>, ApiError> {
    validate(context, None, data)?;
    let mut state = context.write();
    let password = match flag(data, "setRandomPassword") {
        Some(true) => state.ids.secret(),
        _ => text(data, "password").unwrap_or_default(),
    };
    let mut extra = serde_json::Map::new();
    if flag(data, "setRandomPassword") == Some(true) {
        extra.insert("requirePasswordChange".to_owned(), json!(true));
    }
    keep_extra(&mut extra, data);
    let email = text(data, "email").unwrap_or_default();
    let verified = flag(data, "verified").unwrap_or(false);
    let user = User {
        username: text(data, "username").unwrap_or_default(),
        name: text(data, "name").unwrap_or_default(),
        emails: if email.is_empty() { Vec::new() } else { vec![Email { address: email, verified }] },
        roles: texts(data, "roles").unwrap_or_else(|| vec!["user".to_owned()]),
        extra,
        ..new_user(&mut state, &password, context.now_ms())
    };
    let id = user.id.clone();
    state.users.add(user);
    Ok(id)
}

/// A user without a name.
pub(super) fn new_user(state: &mut State, password: &str, now_ms: i64) -> User {
    User {
        id: state.ids.meteor_id().into(),
        username: String::new(),
        name: String::new(),
        emails: Vec::new(),
        roles: Vec::new(),
        kind: "user".to_owned(),
        status: "offline".to_owned(),
        active: true,
        password_digest: Some(password_digest(password)),
        totp_secret: None,
        tokens: Vec::new(),
        created_at: now_ms,
        updated_at: now_ms,
        last_login: None,
        extra: serde_json::Map::new(),
    }
}

/// Keeps what a request says of a user beyond names and roles; an empty text takes a field away.
fn keep_extra(extra: &mut serde_json::Map<String, Json>, data: &Document) {
    for field in ["bio", "nickname", "statusText", "language"] {
        match text(data, field) {
            Some(value) if value.trim().is_empty() => {
                extra.shift_remove(field);
            }
            Some(value) => {
                extra.insert(field.to_owned(), json!(value));
            }
            None => {}
        }
    }
    if let Some(required) = flag(data, "requirePasswordChange") {
        extra.insert("requirePasswordChange".to_owned(), json!(required));
    }
    for field in ["customFields", "settings"] {
        if let Some(value @ Value::Object(_)) = data.get(field) {
            extra.insert(field.to_owned(), to_json(value));
        }
    }
}

/// Changes the user `user_id` as `data` says (upstream: `saveUser`, `validateUserEditing`).
///
/// # Errors
/// 400 with the first rule broken; nothing was changed then.
pub(super) fn update(context: &Context<'_>, user_id: &str, data: &Document) -> Result<(), ApiError> {
    validate(context, Some(user_id), data)?;
    let roles = texts(data, "roles");
    let assigns_roles = context.has_permission("assign-roles");
    let sets_password = context.has_permission("edit-other-user-password");
    let now_ms = context.now_ms();

    let mut state = context.write();
    let user = state.users.get(user_id).ok_or_else(|| ApiError::meteor("error-user-not-found", "User not found"))?;
    if let Some(roles) = &roles
        && !same_set(roles, &user.roles)
        && !assigns_roles
    {
        let action = json!({"action": "Assign_role"});
        return Err(refuse("error-action-not-allowed", "Assign roles is not allowed", &action));
    }
    let username = text(data, "username").filter(|name| !name.is_empty() && *name != user.username);
    if let Some(username) = &username
        && state.users.by_username(username).is_some_and(|other| *other.id != *user_id)
    {
        let details = json!({"method": "saveUser"});
        return Err(ApiError::meteor_with("error-could-not-save-identity", "Could not save user identity", details));
    }
    let email = text(data, "email").filter(|email| !email.is_empty());
    if let Some(email) = &email {
        if !is_email(email) {
            return Err(invalid_email(email));
        }
        if state.users.by_email(email).is_some_and(|other| *other.id != *user_id) {
            let details = json!({"function": "RocketChat._setEmail", "field": email});
            let text = format!("{} is already in use :(", escaped(email));
            return Err(ApiError::meteor_with("error-field-unavailable", text, details));
        }
    }

    let Some(user) = state.users.get_mut(user_id) else { return Ok(()) };
    if let Some(username) = username {
        user.username = username;
    }
    if let Some(name) = text(data, "name") {
        user.name = name;
    }
    if let Some(address) = email {
        match user.emails.first_mut() {
            Some(first) if first.address == address => {}
            Some(first) => *first = Email { address, verified: false },
            None => user.emails.push(Email { address, verified: false }),
        }
    }
    if let (Some(verified), Some(first)) = (flag(data, "verified"), user.emails.first_mut()) {
        first.verified = verified;
    }
    if let Some(password) = text(data, "password").filter(|password| sets_password && !password.trim().is_empty()) {
        user.password_digest = Some(password_digest(password.trim()));
    }
    if let Some(roles) = roles {
        user.roles = roles;
    }
    keep_extra(&mut user.extra, data);
    user.updated_at = now_ms;
    Ok(())
}

fn same_set(left: &[String], right: &[String]) -> bool {
    let sorted = |roles: &[String]| {
        let mut roles = roles.to_vec();
        roles.sort();
        roles
    };
    sorted(left) == sorted(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_judged_by_the_default_patterns() {
        for (name, valid) in [("a.B-9_", true), ("", false), ("a b", false), ("ä", false), ("a@b", false)] {
            assert_eq!(is_username(name), valid, "{name}");
        }
        for (address, valid) in [("a@b", true), ("a@b@c", false), ("@b", false), ("a@", false), ("ab", false)] {
            assert_eq!(is_email(address), valid, "{address}");
        }
        assert!(is_reserved("Admin") && !is_reserved("admin2"));
        assert_eq!(escaped("<a>&'b'"), "&lt;a&gt;&amp;&#x27;b&#x27;");
    }
}
