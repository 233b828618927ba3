//! `GET /api/v1/me`: who the caller is.
//!
//! Upstream: `packages/rocketchat-api/server/v1/misc.js`, `apps/meteor/app/api/server/v1/misc.ts`.

use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::rules::accounts::shown;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/me", handle),
];

/// 200 with the caller's public fields, then what is made up of them.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let state = context.read();
    let user = context.actor()?.user(&state)?;
    Ok(envelope::success_with(shown::info(user, &state, context)))
}
