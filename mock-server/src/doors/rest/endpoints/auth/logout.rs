//! `GET` and `POST /api/v1/logout`: ends the session of the presented token, and of no other.
//!
//! Upstream: the route `logout` of `apps/meteor/app/api/server/api.ts` and of Restivus before it.

use mongo_query::document;

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get, post};
use crate::doors::rest::envelope;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::tokens;

facts! {
    /// has no body: the handler still answers in Restivus' form, of which the router sends only the part that is not there
    EMPTY_BODY: bool = false => {
        (7, 5, 0) => true, "#34999: Restivus gone; apps/meteor/app/api/server/router.ts 0715d8bb";
    }
}

const FACTS: &[&dyn AnyFact] = &[&EMPTY_BODY];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/logout", handle).facts(FACTS),
    post("/api/v1/logout", handle).facts(FACTS),
    get("/api/logout", handle).exists(&super::UNVERSIONED).unlimited().facts(FACTS),
    post("/api/logout", handle).exists(&super::UNVERSIONED).unlimited().facts(FACTS),
];

/// 200: a message, or from 7.5 on an empty body.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let actor = context.actor()?;
    context.workspace.change(|tx| tokens::logout(tx, actor))?;
    if context.fact(&EMPTY_BODY) {
        return Ok(envelope::empty());
    }
    let data = document! { "message": "You've been logged out!" };
    Ok(envelope::bare(document! { "status": "success", "data": data }))
}
