//! `GET` and `POST /api/v1/logout`: ends the session of the presented token, and of no other.
//!
//! Upstream: the route `logout` of `apps/meteor/app/api/server/api.ts` and of Restivus before it.

use mongo_query::document;

use crate::doors::rest::endpoint::{Answer, Endpoint, get, post};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::era::LogoutBody;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/logout", handle),
    post("/api/v1/logout", handle),
    get("/api/logout", handle).exists(&super::UNVERSIONED).unlimited(),
    post("/api/logout", handle).exists(&super::UNVERSIONED).unlimited(),
];

/// 200: a message, or from 7.5 on an empty body.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let caller = context.actor()?;
    context.write().users.remove_token(&caller.user_id, &caller.token);
    Ok(match context.switches().logout_body {
        LogoutBody::Message => {
            envelope::bare(document! { "status": "success", "data": document! { "message": "You've been logged out!" } })
        }
        // Quirk: the handler still answers in Restivus' form, of which the router sends only the part that is not there.
        LogoutBody::Empty => envelope::empty(),
    })
}
