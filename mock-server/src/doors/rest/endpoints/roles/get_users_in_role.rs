//! `GET /api/v1/roles.getUsersInRole`: who has a role, paged, by user name.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`, since 1.3.0.

use mongo_query::{Document, Value, document};

use super::shared;
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::doors::rest::envelope::Member;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::listing::{Asked, Engine, Listing};
use crate::era::fact::{AnyFact, facts};
use crate::state::users::{Email, User};

const FACTS: &[&dyn AnyFact] = &[&TELLS_MORE];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/roles.getUsersInRole", handle)
    .since(1, 3, 0)
    .scans(Scans::Users)
    .permission_when(&shared::DECLARED, "access-permissions")
    .facts(FACTS)];

facts! {
    /// tells the total and the users' dates, and refuses an unknown role, which had no users before
    TELLS_MORE: bool = false => {
        (4, 0, 0) => true, "apps/meteor/app/api/server/v1/roles.ts; app/api/server/v1/roles.js to 3.x";
    }
}

const USERS: Listing =
    Listing { key: "users", order: &[("username", 1)], members: &[Member::Total], engine: Engine::Query };
const OLD_USERS: Listing = Listing { members: &[], ..USERS };

/// 200 `{"users":[…],"total","success":true}`; to 3.x without `total`, and an unknown role has no users.
///
/// # Errors
/// 400: no `role`, an unknown one, a missing permission.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let query = context.query()?;
    let text = |name| query.get(name).map(|param| param.to_js_string().into_owned()).filter(|text| !text.is_empty());
    let asked = Asked::page(context)?;
    let role =
        text("role").ok_or_else(|| ApiError::meteor("error-param-not-provided", "Query param \"role\" is required"))?;
    // Upstream's handler asks as well and throws, hence a 400 where the route does not declare the permission.
    let allowed = context.has_permission("access-permissions")
        && (text("roomId").is_none() || context.has_permission("view-other-user-channels"));
    if !allowed {
        return Err(ApiError::meteor("error-not-allowed", "Not allowed"));
    }
    let newer = context.fact(&TELLS_MORE);
    let state = context.read();
    if newer && state.roles.get(&role).is_none() {
        // Quirk: a `Meteor.Error` without a text.
        return Err(ApiError::failure("[error-invalid-roleId]", "error-invalid-roleId"));
    }
    let users = state.users.iter().filter(|user| user.roles.contains(&role));
    let users = users.map(|user| shown(user, newer)).collect();
    drop(state);
    if newer { USERS } else { OLD_USERS }.answer(context, &asked, users)
}

/// Name, addresses and, from 4.0 on, dates.
fn shown(user: &User, with_dates: bool) -> Document {
    let email = |email: &Email| document! { "address": email.address.as_str(), "verified": email.verified };
    let mut shown = document! { "_id": &user.id };
    if with_dates {
        shown.push("createdAt", Value::Date(user.created_at));
    }
    shown.push("username", user.username.as_str());
    shown.push("emails", user.emails.iter().map(email).collect::<Vec<_>>());
    shown.push("name", user.name.as_str());
    if with_dates {
        shown.push("_updatedAt", Value::Date(user.updated_at));
    }
    shown
}
