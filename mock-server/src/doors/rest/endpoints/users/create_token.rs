//! `POST /api/v1/users.createToken`: a login token for a user.
//!
//! Upstream: `apps/meteor/app/lib/server/methods/createToken.ts`; from 8.0 on it takes the secret of the environment variable
//! `CREATE_TOKENS_FOR_USERS_SECRET`.

use serde_json::json;

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::shared::{target, text};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::CreateToken;
use crate::state::users::LoginToken;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/users.createToken", handle).validate(validate),
];

/// From 8.0 on the body is checked before the handler runs.
///
/// # Errors
/// 400 with the first fault.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    if context.switches().create_token == CreateToken::Permission {
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
    let body = context.body()?;
    let user_id = target(body, &context.read())?;
    let own = user_id == context.actor()?.user_id;
    let allowed = own || context.has_permission("user-generate-access-token");
    let secret_fits = match context.switches().create_token {
        CreateToken::Permission => true,
        CreateToken::Secret => {
            let secret = context.workspace.options.create_token_secret.as_deref().filter(|secret| !secret.is_empty());
            secret.is_some() && secret == text(body, "secret").as_deref()
        }
    };
    if !(allowed && secret_fits) {
        let details = json!({"method": "createToken"});
        return Err(ApiError::meteor_with("error-not-authorized", "Not authorized", details));
    }
    let mut state = context.write();
    let token = state.ids.secret();
    state.users.add_login_token(&user_id, LoginToken::new(&token, context.now_ms()));
    Ok(envelope::success(json!({"data": {"userId": &*user_id, "authToken": token}})))
}
