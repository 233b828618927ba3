//! The four endpoints of personal access tokens: tokens with a name that never expire.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `imports/personal-access-tokens/server/api/methods/*`, since 0.69.0. Making,
//! renewing and removing need a second factor from 3.1 on.

use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, get, post};
use super::shared::{self, flag, text, validate_typed_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::state::users::{LoginToken, PersonalToken, User};
use crate::doors::rest::envelope;
use crate::rules::accounts::two_factor;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/users.generatePersonalAccessToken", generate) .since(0, 69, 0) .validate(validate_new),
    post("/api/v1/users.regeneratePersonalAccessToken", regenerate) .since(0, 69, 0) .validate(validate_named),
    get("/api/v1/users.getPersonalAccessTokens", list) .since(0, 69, 0) .permission_when(&shared::DECLARED, "create-personal-access-tokens"),
    post("/api/v1/users.removePersonalAccessToken", remove) .since(0, 69, 0) .validate(validate_named),
];

/// What AJV takes for a new token, from 8.0 on.
const NEW: Schema = object(&[required("tokenName", Schema::Text), optional("bypassTwoFactor", Schema::Boolean)]);

/// What AJV takes for one that exists, from 8.0 on.
const NAMED: Schema = object(&[required("tokenName", Schema::Text)]);

/// Checks the body of a new token.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_new(context: &Context<'_>) -> Result<(), ApiError> {
    validate_typed_body(context, &NEW)
}

/// Checks the body that names a token.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate_named(context: &Context<'_>) -> Result<(), ApiError> {
    validate_typed_body(context, &NAMED)
}

/// `users.generatePersonalAccessToken`: 200 `{"token","success":true}`, the only time the token is told.
///
/// # Errors
/// Without a second factor, a name, `create-personal-access-tokens`, or with the name of a token that exists: 400.
pub(super) fn generate(context: &Context<'_>) -> Answer {
    const METHOD: &str = "personalAccessTokens:generateToken";
    let name = begin(context, METHOD)?;
    if has_token(context, &name)? {
        let text = "A token with this name already exists";
        return Err(ApiError::meteor_with("error-token-already-exists", text, json!({"method": METHOD})));
    }
    let bypass = flag(context.body()?, "bypassTwoFactor").unwrap_or(false);
    add(context, name, bypass)
}

/// `users.regeneratePersonalAccessToken`: 200 `{"token","success":true}`; the old token is void.
///
/// # Errors
/// Without a second factor, a name, `create-personal-access-tokens`, or for an unknown token: 400.
pub(super) fn regenerate(context: &Context<'_>) -> Answer {
    const METHOD: &str = "personalAccessTokens:regenerateToken";
    let name = begin(context, METHOD)?;
    let bypass = remove_named(context, &name).ok_or_else(|| unknown(METHOD))?;
    add(context, name, bypass)
}

/// `users.removePersonalAccessToken`: 200 `{"success":true}`.
///
/// # Errors
/// As [`regenerate`].
pub(super) fn remove(context: &Context<'_>) -> Answer {
    const METHOD: &str = "personalAccessTokens:removeToken";
    let name = begin(context, METHOD)?;
    remove_named(context, &name).ok_or_else(|| unknown(METHOD))?;
    Ok(envelope::success(json!({})))
}

/// `users.getPersonalAccessTokens`: 200 `{"tokens":[{"name","createdAt","lastTokenPart","bypassTwoFactor"}],"success":true}`.
///
/// # Errors
/// Without `create-personal-access-tokens`: 400 (1.0 to 7.x), 403 from 8.0 on.
pub(super) fn list(context: &Context<'_>) -> Answer {
    let asks = context.workspace.profile().api_at_least(1, 0, 0);
    if asks && !context.has_permission("create-personal-access-tokens") {
        return Err(ApiError::meteor("not-authorized", "Not Authorized"));
    }
    let with_bypass = context.workspace.profile().api_at_least(3, 1, 0);
    let shown = |token: &LoginToken| {
        let personal = token.personal.as_ref()?;
        let mut shown = json!({
            "name": personal.name,
            "createdAt": stringify::iso_date(token.created_at),
            "lastTokenPart": personal.last_part,
        });
        if let (true, Some(shown)) = (with_bypass, shown.as_object_mut()) {
            shown.insert("bypassTwoFactor".to_owned(), json!(personal.bypass_two_factor));
        }
        Some(shown)
    };
    let state = context.read();
    let tokens: Vec<Json> = context.actor()?.user(&state)?.tokens.iter().filter_map(shown).collect();
    Ok(envelope::success(json!({"tokens": tokens})))
}

/// What all three changes begin with; returns the token's name.
fn begin(context: &Context<'_>, method: &str) -> Result<String, ApiError> {
    two_factor::require(context)?;
    let name = text(context.body()?, "tokenName").unwrap_or_default();
    if name.is_empty() && !context.workspace.profile().api_at_least(8, 0, 0) {
        return Err(ApiError::Thrown("The 'tokenName' param is required".to_owned()));
    }
    if !context.has_permission("create-personal-access-tokens") {
        return Err(ApiError::meteor_with("not-authorized", "Not Authorized", json!({"method": method})));
    }
    Ok(name)
}

fn unknown(method: &str) -> ApiError {
    ApiError::meteor_with("error-token-does-not-exists", "Token does not exist", json!({"method": method}))
}

fn named<'u>(user: &'u User, name: &str) -> Option<&'u LoginToken> {
    user.tokens.iter().find(|token| token.personal.as_ref().is_some_and(|personal| personal.name == name))
}

fn has_token(context: &Context<'_>, name: &str) -> Result<bool, ApiError> {
    let state = context.read();
    Ok(named(context.actor()?.user(&state)?, name).is_some())
}

/// Removes the caller's token `name` and returns whether it passed two-factor checks; `None` when there is none.
fn remove_named(context: &Context<'_>, name: &str) -> Option<bool> {
    let caller = context.actor().ok()?;
    let mut state = context.write();
    let token = named(state.users.get(&caller.user_id)?, name)?;
    let (hashed, bypass) = (token.hashed, token.personal.as_ref()?.bypass_two_factor);
    state.users.remove_token(&caller.user_id, &hashed);
    Some(bypass)
}

fn add(context: &Context<'_>, name: String, bypass_two_factor: bool) -> Answer {
    let user_id = &context.actor()?.user_id;
    let mut state = context.write();
    let token = state.ids.secret();
    let last_part = token.get(token.len().saturating_sub(6)..).unwrap_or_default().to_owned();
    let personal = Some(PersonalToken { name, last_part, bypass_two_factor });
    let kept = LoginToken { personal, ..LoginToken::new(&token, context.now_ms()) };
    state.users.add_token(user_id, kept);
    Ok(envelope::success(json!({"token": token})))
}
