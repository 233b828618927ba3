//! `GET /api/v1/me`: who the caller is.
//!
//! Upstream: `packages/rocketchat-api/server/v1/misc.js`, `apps/meteor/app/api/server/v1/misc.ts`.

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::era::fact::AnyFact;
use crate::rules::accounts::shown;

const FACTS: &[&dyn AnyFact] = &[&shown::PUBLIC_FIELDS, &shown::AVATAR_URL];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/me", handle).facts(FACTS)];

/// 200 with the caller's public fields, then what is made up of them.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let state = context.read();
    let user = context.actor()?.user(&state)?;
    Ok(envelope::success(shown::info(user, &state, context.workspace.profile())))
}
