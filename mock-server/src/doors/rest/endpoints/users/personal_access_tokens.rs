//! The four endpoints of personal access tokens: tokens with a name that never expire.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `imports/personal-access-tokens/server/api/methods/*`, since 0.69.0. Making,
//! renewing and removing need a second factor from 3.1 on.

use mongo_query::{Document, Value, document};

use super::shared::{self, flag, text, validate_typed_body};
use crate::doors::rest::checks::{Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::two_factor;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::tokens;
use crate::rules::accounts::two_factor::GRACE;

facts! {
    /// leaves a missing name to the check of the body
    NAME_CHECKED: bool = false => { (8, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts @ 8.6.1 (8d36c0b)"; }
    /// shows whether a token passes two-factor checks
    SHOWS_BYPASS: bool = false => { (3, 1, 0) => true, "3813aefc8 (#15949)"; }
}

const FACTS: &[&dyn AnyFact] = &[&GRACE, &NAME_CHECKED];

const LISTING_FACTS: &[&dyn AnyFact] = &[&tokens::LISTING_ASKS, &SHOWS_BYPASS];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/users.generatePersonalAccessToken", generate).since(0, 69, 0).validate(validate_new).facts(FACTS),
    post("/api/v1/users.regeneratePersonalAccessToken", regenerate)
        .since(0, 69, 0)
        .validate(validate_named)
        .facts(FACTS),
    get("/api/v1/users.getPersonalAccessTokens", list)
        .since(0, 69, 0)
        .permission_when(&shared::DECLARED, tokens::PERMISSION)
        .facts(LISTING_FACTS),
    post("/api/v1/users.removePersonalAccessToken", remove).since(0, 69, 0).validate(validate_named).facts(FACTS),
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
    let name = begin(context)?;
    let bypass = flag(context.body()?, "bypassTwoFactor").unwrap_or(false);
    let actor = context.actor()?;
    let token = context.workspace.change(|tx| tokens::generate(tx, actor, &name, bypass))?;
    Ok(envelope::success(document! { "token": token }))
}

/// `users.regeneratePersonalAccessToken`: 200 `{"token","success":true}`; the old token is void.
///
/// # Errors
/// Without a second factor, a name, `create-personal-access-tokens`, or for an unknown token: 400.
pub(super) fn regenerate(context: &Context<'_>) -> Answer {
    let (name, actor) = (begin(context)?, context.actor()?);
    let token = context.workspace.change(|tx| tokens::regenerate(tx, actor, &name))?;
    Ok(envelope::success(document! { "token": token }))
}

/// `users.removePersonalAccessToken`: 200 `{"success":true}`.
///
/// # Errors
/// As [`regenerate`].
pub(super) fn remove(context: &Context<'_>) -> Answer {
    let (name, actor) = (begin(context)?, context.actor()?);
    context.workspace.change(|tx| tokens::remove(tx, actor, &name))?;
    Ok(envelope::success(Document::new()))
}

/// `users.getPersonalAccessTokens`: 200 `{"tokens":[{"name","createdAt","lastTokenPart","bypassTwoFactor"}],"success":true}`.
///
/// # Errors
/// Without `create-personal-access-tokens`: 400 (1.0 to 7.x), 403 from 8.0 on.
pub(super) fn list(context: &Context<'_>) -> Answer {
    let with_bypass = context.fact(&SHOWS_BYPASS);
    let state = context.read();
    let tokens = tokens::personal(&state, context.workspace.profile(), context.actor()?)?;
    let tokens = tokens.map(|(token, personal)| {
        let mut shown = document! {
            "name": &personal.name,
            "createdAt": Value::Date(token.created_at),
            "lastTokenPart": &personal.last_part,
        };
        if with_bypass {
            shown.push("bypassTwoFactor", personal.bypass_two_factor);
        }
        shown
    });
    Ok(envelope::success(document! { "tokens": tokens.collect::<Vec<_>>() }))
}

/// What all three changes begin with; returns the token's name.
fn begin(context: &Context<'_>) -> Result<String, ApiError> {
    two_factor::require(context)?;
    let name = text(context.body()?, "tokenName").unwrap_or_default();
    if name.is_empty() && !context.fact(&NAME_CHECKED) {
        return Err(ApiError::Thrown("The 'tokenName' param is required".to_owned()));
    }
    Ok(name)
}
