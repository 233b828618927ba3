//! `GET /api/v1/roles.getUsersInRole`: who has a role, paged, by user name.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`, since 1.3.0.

use serde_json::{Map, Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use super::shared::{self, since};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::paging;
use crate::state::users::User;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/roles.getUsersInRole", handle) .since(1, 3, 0) .scans(Scans::Users) .permission_when(&shared::DECLARED, "access-permissions"),
];

/// 200 `{"users":[…],"total","success":true}`; to 3.x without `total`, and an unknown role has no users.
///
/// # Errors
/// 400: no `role`, an unknown one, a missing permission.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let query = context.query()?;
    let text = |name| query.get(name).map(|param| param.to_js_string().into_owned()).filter(|text| !text.is_empty());
    let paging = context.read().settings.paging();
    let page = paging::page(query, &paging, context.switches());
    let role =
        text("role").ok_or_else(|| ApiError::meteor("error-param-not-provided", "Query param \"role\" is required"))?;
    let allowed = context.has_permission("access-permissions")
        && (text("roomId").is_none() || context.has_permission("view-other-user-channels"));
    if !allowed {
        return Err(ApiError::meteor("error-not-allowed", "Not allowed"));
    }

    let newer = since(context, 4, 0);
    let state = context.read();
    if newer && state.roles.get(&role).is_none() {
        // A `Meteor.Error` without a text.
        return Err(ApiError::failure("[error-invalid-roleId]", "error-invalid-roleId"));
    }
    let mut users: Vec<&User> = state.users.iter().filter(|user| user.roles.contains(&role)).collect();
    users.sort_by(|left, right| left.username.cmp(&right.username));
    let total = users.len();
    let skip = page.skip().map_err(ApiError::Thrown)?;
    let page = users.into_iter().skip(skip).take(page.limit().unwrap_or(usize::MAX));
    let users: Vec<Json> = page.map(|user| user_json(user, newer)).collect();
    Ok(envelope::success(if newer { json!({"users": users, "total": total}) } else { json!({"users": users}) }))
}

/// Name, addresses and, from 4.0 on, dates.
fn user_json(user: &User, with_dates: bool) -> Json {
    let emails = user.emails.iter().map(|email| json!({"address": email.address, "verified": email.verified}));
    let mut shown = Map::new();
    shown.insert("_id".to_owned(), json!(user.id));
    if with_dates {
        shown.insert("createdAt".to_owned(), json!(stringify::iso_date(user.created_at)));
    }
    shown.insert("username".to_owned(), json!(user.username));
    shown.insert("emails".to_owned(), emails.collect());
    shown.insert("name".to_owned(), json!(user.name));
    if with_dates {
        shown.insert("_updatedAt".to_owned(), json!(stringify::iso_date(user.updated_at)));
    }
    Json::Object(shown)
}
