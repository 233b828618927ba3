//! `GET /api/v1/me`: who the caller is.
//!
//! Upstream: `packages/rocketchat-api/server/v1/misc.js`, `apps/meteor/app/api/server/v1/misc.ts`.

use super::Answer;
use crate::context::Context;
use crate::envelope;
use crate::user_json;

/// 200 with the caller's public fields, then what is made up of them.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let workspace = context.read();
    let user = context.caller()?.user(&workspace)?;
    Ok(envelope::success_with(user_json::info(user, &workspace, context)))
}
