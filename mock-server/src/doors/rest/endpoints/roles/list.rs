//! `GET /api/v1/roles.list`: every role.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`.

use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use super::shared::role_json;
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/roles.list", handle).since(0, 70, 0),
];

/// 200 `{"roles":[…],"success":true}`; the date of the last change is left out.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let shown = |role| {
        let mut role = role_json(context, role);
        role.shift_remove("_updatedAt");
        Json::Object(role)
    };
    let roles: Vec<Json> = context.read().roles.iter().map(shown).collect();
    Ok(envelope::success(json!({"roles": roles})))
}
