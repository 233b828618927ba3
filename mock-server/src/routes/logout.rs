//! `GET` and `POST /api/v1/logout`: ends the session of the presented token, and of no other.
//!
//! Upstream: the route `logout` of `apps/meteor/app/api/server/api.ts` and of Restivus before it.

use actix_web::http::StatusCode;
use serde_json::json;

use super::Answer;
use crate::context::Context;
use crate::envelope;
use crate::profile::LogoutBody;
use crate::reply::Reply;

/// 200: a message, or from 7.5 on an empty body.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let caller = context.caller()?;
    context.write().users.remove_token(&caller.user_id, &caller.token);
    Ok(match context.switches().logout_body {
        LogoutBody::Message => {
            envelope::bare(&json!({"status": "success", "data": {"message": "You've been logged out!"}}))
        }
        // Quirk: the handler still answers in Restivus' form, of which the router sends only the part that is not there.
        LogoutBody::Empty => Reply::json(StatusCode::OK, ""),
    })
}
