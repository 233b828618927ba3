//! What the user endpoints have in common: whom a request is about, which of their fields the caller sees, what a body says.

use std::sync::Arc;

use mongo_query::{Document, Projection, Value};
use serde_json::json;

use crate::doors::rest::checks::{Schema, ajv, meteor};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::params;
use crate::era::Validation;
use crate::era::fact::facts;
use crate::rules::accounts::shown::stored;
use crate::state::State;
use crate::state::find::hides;
use crate::state::users::User;
use javascript::text;

facts! {
    /// declares its permission; before, its handler asked
    pub(super) DECLARED: bool = false => {
        (8, 0, 0) => true, "permissionsRequired in apps/meteor/app/api/server/v1/users.ts @ 8.6.1 (8d36c0b)";
    }
}

/// Fields of users that no user endpoint shows or queries (upstream: `limitedUserFieldsToExcludeIfIsPrivilegedUser` in `api.ts`).
const NEVER_SHOWN: &[&str] = &["services", "inviteToken"];

/// The same for callers without `view-full-other-user-info` (upstream: `limitedUserFieldsToExclude`).
const NOT_SHOWN_TO_ALL: &[&str] = &[
    "avatarOrigin",
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "services",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "statusDefault",
    "_updatedAt",
    "settings",
    "inviteToken",
];

/// The fields of users the caller does not see.
pub(super) fn hidden(context: &Context<'_>) -> &'static [&'static str] {
    if context.has_permission("view-full-other-user-info") { NEVER_SHOWN } else { NOT_SHOWN_TO_ALL }
}

/// The user as the caller sees it with the parameter `fields` of the request, where that is honoured (upstream: `parseJsonQuery`,
/// which every answer of one user goes through after the work is done).
///
/// # Errors
/// A malformed `sort`, `fields` or `query`.
pub(super) fn shown(user: &User, context: &Context<'_>) -> Result<Document, ApiError> {
    let params = params::parse(context.query()?, &context.rules())?;
    project(&stored(user), params.fields, hidden(context))
}

/// `document` with the projection `fields`, less what is hidden.
pub(super) fn project(document: &Document, fields: Option<Document>, hidden: &[&str]) -> Result<Document, ApiError> {
    let fields: Document = fields.unwrap_or_default().into_iter().filter(|(name, _)| !hides(hidden, name)).collect();
    let visible: Document = document
        .iter()
        .filter(|(name, _)| !hides(hidden, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let projection = Projection::parse(&fields).map_err(|error| ApiError::Thrown(error.to_string()))?;
    Ok(if projection.is_empty() { visible } else { projection.apply(&visible) })
}

/// The user that `userId`, `username` or `user` of a body names (upstream: `getUserFromParams`).
///
/// # Errors
/// 400 when none is given, and when there is no such user.
pub(super) fn target(body: &Document, state: &State) -> Result<Arc<str>, ApiError> {
    let given = |name: &str| text(body, name).filter(|value| !value.trim().is_empty());
    let user = if let Some(id) = given("userId") {
        state.users.get(&id)
    } else if let Some(name) = given("username").or_else(|| given("user")) {
        state.users.by_username(&name)
    } else {
        let text = "The required \"userId\" or \"username\" param was not provided";
        return Err(ApiError::meteor("error-user-param-not-provided", text));
    };
    user.map(|user| user.id.clone()).ok_or_else(|| {
        let text = "The required \"userId\" or \"username\" param provided does not match any users";
        ApiError::meteor("error-invalid-user", text)
    })
}

/// Checks a body in the words of the era: Meteor's `check` to 4.7, AJV later (upstream: the route option `validateParams`, from
/// 8.0 on `body`).
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_body(context: &Context<'_>, schema: &Schema, checked: &Schema) -> Result<(), ApiError> {
    let body = Value::Object(context.body()?.clone());
    let fault = match validation(context) {
        Validation::Match | Validation::BodyParams => {
            meteor::fault(checked, &body).map(|fault| ApiError::Thrown(format!("Match error: {fault}")))
        }
        Validation::InvalidParams | Validation::Typed => ajv::fault(schema, &body).map(ApiError::InvalidBody),
    };
    fault.map_or(Ok(()), Err)
}

/// Checks a body that only 8.0 and later look at before the handler.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_typed_body(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    if validation(context) != Validation::Typed {
        return Ok(());
    }
    ajv::fault(schema, &Value::Object(context.body()?.clone()))
        .map_or(Ok(()), |fault| Err(ApiError::InvalidBody(fault)))
}

/// How the era words a malformed body.
pub(super) fn validation(context: &Context<'_>) -> Validation {
    context.switches().validation
}

/// Refuses a `name` that could be read as markup or a path, before anything else is looked at.
///
/// Upstream: `apps/meteor/app/lib/server/functions/validateNameChars.ts`; in 6.13.0 at the latest (#34911).
///
/// # Errors
/// 400 for such a name.
pub(super) fn check_name(context: &Context<'_>, body: &Document) -> Result<(), ApiError> {
    let checked = context.workspace.profile().api_at_least(6, 13, 0);
    match text(body, "name").filter(|name| checked && !has_name_letters(name)) {
        Some(_) => Err(ApiError::Thrown("Name contains invalid characters".to_owned())),
        None => Ok(()),
    }
}

/// Whether a name has none of `<`, `>`, `\`, `/`, also not once it went through `decodeURI`, which must take it.
fn has_name_letters(name: &str) -> bool {
    if name.contains(['<', '>', '\\', '/']) {
        return false;
    }
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let Some((digits, after)) = rest.split_at_checked(2) else { return false };
        let hex = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            // `decodeURI` leaves the slash and other letters that divide URIs encoded.
            Some(b'/') => decoded.extend_from_slice(b"%2F"),
            Some(byte) => decoded.push(byte),
            None => return false,
        }
        rest = after;
    }
    std::str::from_utf8(&decoded).is_ok_and(|decoded| !decoded.contains(['<', '>', '\\']))
}

/// A text of a body; numbers and booleans pass for texts, as the validators take them (`coerceTypes`).
pub(super) fn text(body: &Document, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        value => text::to_string(value),
    }
}

/// A yes or no of a body; the texts `true` and `false` pass, which is how forms say it.
pub(super) fn flag(body: &Document, name: &str) -> Option<bool> {
    match body.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match &**text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        value => value.as_f64().map(|number| number != 0.0),
    }
}

/// The texts of a list of a body.
pub(super) fn texts(body: &Document, name: &str) -> Option<Vec<String>> {
    Some(body.get(name)?.as_array()?.iter().filter_map(text::to_string).collect())
}

/// Activates or deactivates a user; deactivation ends all sessions. An unknown user is no failure here.
///
/// Upstream: `apps/meteor/server/methods/setUserActiveStatus.ts`, `app/lib/server/functions/setUserActiveStatus.ts`. The mock has no
/// rooms, so nobody is ever the last owner of one.
///
/// # Errors
/// Without `edit-other-user-active-status`, and for the last active admin.
pub(super) fn set_active(context: &Context<'_>, user_id: &str, active: bool) -> Result<(), ApiError> {
    if !context.has_permission("edit-other-user-active-status") {
        let details = json!({"method": "setUserActiveStatus"});
        return Err(ApiError::meteor_with("error-not-allowed", "Not allowed", details));
    }
    let now_ms = context.now_ms();
    let mut state = context.write();
    let users = &mut state.users;
    let Some(user) = users.get(user_id) else { return Ok(()) };
    let admin = user.roles.iter().any(|role| role == "admin");
    if !active && user.active && admin && !users.any_active_in_role("admin", user_id) {
        let details = json!({"method": "removeUserFromRole", "action": "Remove_last_admin"});
        let text = "Leaving the app without an active admin is not allowed";
        return Err(ApiError::meteor_with("error-action-not-allowed", text, details));
    }
    if let Some(user) = users.get_mut(user_id) {
        user.active = active;
        user.updated_at = now_ms;
    }
    if !active {
        users.remove_tokens(user_id, |_| true);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_markup_and_no_paths() {
        for name in ["Kim", "Kim & Lee; 50", "é😀", "%C3%A9", "a%2Fb", "%20"] {
            assert!(has_name_letters(name), "{name}");
        }
        for name in ["<b>", "a/b", "a\\b", ">", "%3Cb", "%3e", "%5c", "100%", "%zz", "%C3", "%+1"] {
            assert!(!has_name_letters(name), "{name}");
        }
    }
}
