//! `GET /api/v1/users.list`: the workspace's users, paged, sorted, filtered and projected.
//!
//! Upstream: `packages/rocketchat-api/server/v1/users.js`, a plain query to 3.x; `apps/meteor/app/api/server/v1/users.ts` and
//! `lib/users.ts`, an aggregation over a few fields, later.

use javascript::text;
use mongo_query::{Document, Value, document};

use super::shared::{self, hidden};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::doors::rest::error::ApiError;
use crate::doors::rest::listing::{Asked, COUNT_OFFSET_TOTAL, Engine, Listing, showing};
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::shown::stored;
use crate::state::find::hides;
use crate::state::query::SortParam;

const FACTS: &[&dyn AnyFact] = &[&AGGREGATES];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/users.list", handle)
    .scans(Scans::Users)
    .permission_when(&shared::DECLARED, "view-d-room")
    .facts(FACTS)];

facts! {
    /// aggregates a few fields, shows nameInsensitive, refuses a query for other fields
    AGGREGATES: bool = false => {
        (4, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts, lib/isValidQuery.ts; app/api/server/v1/users.js to 3.x";
    }
}

const USERS: Listing =
    Listing { key: "users", order: &[("username", 1)], members: COUNT_OFFSET_TOTAL, engine: Engine::Query };
const AGGREGATED: Listing = Listing { engine: Engine::Aggregation(name_insensitive), ..USERS };

/// Shown without `fields` and beside them, as far as the caller may see them (upstream: `getNonEmptyFields`).
const DEFAULT_FIELDS: &[&str] =
    &["name", "username", "emails", "roles", "status", "active", "avatarETag", "lastLogin", "type"];

/// 200 `{"users":[…],"count","offset","total","success":true}`, by user name unless sorted otherwise.
///
/// # Errors
/// Without `view-d-room`: 403. A malformed parameter, and what the database refuses: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    if !context.has_permission("view-d-room") {
        return Err(ApiError::Unauthorized);
    }
    let asked = Asked::read(context)?.hiding(hidden(context));
    let users = context.read().users.iter().map(stored).collect();
    if context.fact(&AGGREGATES) {
        AGGREGATED.answer(context, &aggregated(asked)?, users)
    } else {
        USERS.answer(context, &asked, users)
    }
}

/// What is asked of the aggregation: the default fields with those wanted on top, and names sorted without case.
fn aggregated(mut asked: Asked) -> Result<Asked, ApiError> {
    // What is hidden from the caller drives the default field out.
    let mut fields = showing(DEFAULT_FIELDS.iter().filter(|name| !hides(asked.hidden, name)));
    for (name, value) in asked.params.fields.unwrap_or_default() {
        if value.as_f64() == Some(1.0) {
            fields.insert(name, value);
        }
    }
    check_query(&asked.params.filter, &fields, "").map_err(|text| ApiError::meteor("error-invalid-query", text))?;
    asked.params.fields = Some(fields);
    if let SortParam::Keys(keys) = &mut asked.params.sort
        && let Some(direction) = keys.get("name").cloned()
    {
        let mut with_names = document! { "nameInsensitive": direction };
        keys.remove("nameInsensitive");
        for (name, value) in std::mem::take(keys) {
            with_names.insert(name, value);
        }
        *keys = with_names;
    }
    Ok(asked)
}

/// The name in lower case, by which names are sorted (upstream: `$addFields` of `findPaginatedUsersByStatus` and its like).
fn name_insensitive(user: &Document) -> (&'static str, Value) {
    let name = user.get("name").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    ("nameInsensitive", name.into())
}

/// Whether a query names only what the answer shows, and no operator but `$or` and `$and` at its top; the text of the refusal
/// otherwise (upstream: `lib/isValidQuery.ts`).
fn check_query(query: &Document, fields: &Document, parent: &str) -> Result<(), String> {
    for (name, value) in query.iter() {
        let path = if parent.is_empty() { name.to_string() } else { format!("{parent}.{name}") };
        if parent.is_empty() && name.starts_with('$') {
            if !matches!(&**name, "$or" | "$and") {
                return Err(format!("Invalid operation: {path}"));
            }
            let Some(parts) = value.as_array() else {
                return Err(format!(
                    "Invalid parameter for operation: {path} : {}",
                    text::to_string(value).unwrap_or_default()
                ));
            };
            for part in parts.iter().filter_map(Value::as_object) {
                check_query(part, fields, "")?;
            }
            continue;
        }
        let below = |field: &str| fields.get(field).is_some() && path.starts_with(field);
        let open = below("username") || below("name") || below("type");
        let emails = fields.get("emails").is_some() && path.starts_with("emails.address");
        if !(fields.get(&path).is_some() || open || emails) {
            return Err(format!("Invalid attribute: {path}"));
        }
        if let Value::Object(inner) = value {
            check_query(inner, fields, &path)?;
        }
    }
    Ok(())
}
