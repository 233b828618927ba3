//! `POST /api/v1/users.createToken`: a login token for a user.
//!
//! Upstream: `apps/meteor/app/lib/server/methods/createToken.ts`; from 8.0 on it takes the secret of the environment variable
//! `CREATE_TOKENS_FOR_USERS_SECRET`.

use mongo_query::document;

use super::shared::{names, text};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::tokens;

facts! {
    /// wants the secret of the environment variable `CREATE_TOKENS_FOR_USERS_SECRET`, and checks its body
    SECRET: bool = false => { (8, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts @ 8.6.1 (8d36c0b)"; }
}

const FACTS: &[&dyn AnyFact] = &[&SECRET];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/users.createToken", handle).validate(validate).facts(FACTS)];

/// From 8.0 on the body is checked before the handler runs.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    if !context.fact(&SECRET) {
        return Ok(());
    }
    let body = context.body()?;
    let refuse = |fault: String| Err(ApiError::InvalidBody(fault));
    for name in ["userId", "secret"] {
        if body.get(name).is_none() {
            return refuse(format!("must have required property '{name}'"));
        }
    }
    if body.len() > 2 {
        return refuse("must NOT have additional properties".to_owned());
    }
    for name in ["userId", "secret"] {
        match text(body, name) {
            Some(value) if !value.is_empty() => {}
            Some(_) => return refuse("must NOT have fewer than 1 characters".to_owned()),
            None => return refuse("must be string".to_owned()),
        }
    }
    Ok(())
}

/// 200 `{"data":{"userId","authToken"},"success":true}`.
///
/// # Errors
/// For another user without `user-generate-access-token`, and from 8.0 on for a wrong secret: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let (body, actor) = (context.body()?, context.actor()?);
    let authorized = !context.fact(&SECRET) || {
        let secret = context.workspace.options.create_token_secret.as_deref().filter(|secret| !secret.is_empty());
        secret.is_some() && secret == text(body, "secret").as_deref()
    };
    let (id, username) = names(body);
    let named = (id.as_deref(), username.as_deref());
    let (user_id, token) = context.workspace.change(|tx| tokens::create(tx, actor, named, authorized))?;
    let data = document! { "userId": &user_id, "authToken": token };
    Ok(envelope::success(document! { "data": data }))
}
