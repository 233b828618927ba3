//! `GET /api/v1/roles.list`: every role.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`.

use mongo_query::{Document, document};

use super::shared;
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::era::fact::AnyFact;

const FACTS: &[&dyn AnyFact] = &[&shared::SHOWS_MANDATORY_2FA];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/roles.list", handle).since(0, 70, 0).facts(FACTS)];

/// 200 `{"roles":[…],"success":true}`; the date of the last change is left out.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let shown = |role| {
        let mut role = shared::document(context, role);
        role.remove("_updatedAt");
        role
    };
    let roles: Vec<Document> = context.read().roles.iter().map(shown).collect();
    Ok(envelope::success(document! { "roles": roles }))
}
