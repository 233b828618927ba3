//! `GET /api/v1/users.list`: the workspace's users, paged, sorted, filtered and projected.
//!
//! Upstream: `packages/rocketchat-api/server/v1/users.js`, a plain query to 3.x; `apps/meteor/app/api/server/v1/users.ts` and
//! `lib/users.ts`, an aggregation over a few fields, later.

use mongo_query::{Budget, Document, Filter, QueryError, Sort, Value};

use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use super::shared::{self, hidden, hides, project};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use javascript::text;
use crate::doors::rest::paging;
use crate::state::query::Page;
use crate::doors::rest::params;
use crate::state::query::{ListParams, SortParam};
use crate::rules::accounts::shown::{object, stored};

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/users.list", handle).scans(Scans::Users).permission_when(&shared::DECLARED, "view-d-room"),
];

const PATH: &str = "/api/v1/users.list";

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
    let query = context.query()?;
    let page = paging::page(query, &context.read().settings.paging(), context.switches());
    let mut params = params::parse(query, &context.rules())?;
    let used = params.used;
    let hidden = hidden(context);
    params.filter = params.filter.into_iter().filter(|(name, _)| !hides(hidden, name)).collect();
    let users: Vec<Document> = context.read().users.iter().map(stored).collect();

    let budget = context.workspace.query_budget();
    let found = if context.workspace.profile().api_at_least(4, 0, 0) {
        aggregate(users, params, &page, hidden, &budget)?
    } else {
        find(users, params, &page, hidden, &budget)?
    };
    let mut reply = envelope::success_with(object([
        ("users", found.page.iter().cloned().map(Value::Object).collect::<Vec<_>>().into()),
        ("count", Value::from_js_number(text::as_f64(found.page.len()))),
        ("offset", Value::from_js_number(page.offset)),
        ("total", Value::from_js_number(text::as_f64(found.total))),
    ]));
    let deprecation = params::deprecation_headers(used, context.switches(), PATH);
    reply.headers.extend(deprecation.into_iter().map(|(name, value)| (name, value.into())));
    Ok(reply)
}

struct Found {
    page: Vec<Document>,
    total: usize,
}

/// A plain query of the collection.
fn find(
    users: Vec<Document>,
    params: ListParams,
    page: &Page,
    hidden: &[&str],
    budget: &Budget,
) -> Result<Found, ApiError> {
    let sort = match params.sort {
        SortParam::Default => Some(by_username()),
        SortParam::None => None,
        SortParam::Keys(keys) => Some(keys),
        SortParam::Invalid(text) => return Err(ApiError::Thrown(text)),
    };
    let skip = page.skip().map_err(ApiError::Thrown)?;
    let matching = sorted(matching(users, &params.filter, budget)?, sort.as_ref(), budget)?;
    let total = matching.len();
    let shown = matching.iter().skip(skip).take(page.limit().unwrap_or(usize::MAX));
    let page = shown.map(|user| project(user, params.fields.clone(), hidden)).collect::<Result<_, _>>()?;
    Ok(Found { page, total })
}

/// The aggregation: filter, project, sort, cut.
fn aggregate(
    users: Vec<Document>,
    params: ListParams,
    page: &Page,
    hidden: &[&str],
    budget: &Budget,
) -> Result<Found, ApiError> {
    let wanted = params.fields.unwrap_or_default();
    let wanted = wanted.iter().filter(|(name, value)| value.as_f64() == Some(1.0) && !hides(hidden, name));
    // What is hidden from the caller drives the default field out.
    let default = DEFAULT_FIELDS.iter().filter(|name| !hides(hidden, name));
    let mut fields: Document = default.map(|name| ((*name).into(), 1.into())).collect();
    for (name, value) in wanted {
        fields.insert(name.clone(), value.clone());
    }
    check_query(&params.filter, &fields, "").map_err(|text| ApiError::meteor("error-invalid-query", text))?;
    let sort = match params.sort {
        SortParam::Default => by_username(),
        SortParam::Keys(mut keys) => {
            // Names sort without case, by a field made for it.
            if let Some(direction) = keys.get("name").cloned() {
                let mut with_names = object([("nameInsensitive", direction)]);
                keys.remove("nameInsensitive");
                for (name, value) in keys {
                    with_names.insert(name, value);
                }
                keys = with_names;
            }
            keys
        }
        SortParam::None => return Err(ApiError::Thrown("$sort stage must have at least one sort key".to_owned())),
        SortParam::Invalid(_) => {
            return Err(ApiError::Thrown("the $sort key specification must be an object".to_owned()));
        }
    };
    let skip = stage_number("$skip", page.offset)?;
    let limit = if page.count == 0.0 { None } else { Some(stage_number("$limit", page.count)?) };

    let matching = matching(users, &params.filter, budget)?;
    let total = matching.len();
    let projected: Vec<Document> =
        matching.iter().map(|user| with_plain_name(user, &fields)).collect::<Result<_, _>>()?;
    let sorted = sorted(projected, Some(&sort), budget)?;
    let page = sorted.into_iter().skip(skip).take(limit.unwrap_or(usize::MAX)).collect();
    Ok(Found { page, total })
}

/// The wanted fields, and the name in lower case as `nameInsensitive` behind them.
fn with_plain_name(user: &Document, fields: &Document) -> Result<Document, ApiError> {
    let mut shown = project(user, Some(fields.clone()), &[])?;
    let name = user.get("name").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    shown.insert("nameInsensitive", name);
    Ok(shown)
}

/// A page's number as an aggregation's stage takes it (MongoDB 5.0 and later).
fn stage_number(stage: &str, number: f64) -> Result<usize, ApiError> {
    if number.is_nan() {
        let text = format!("invalid argument to {stage} stage: Expected an integer: {stage}: nan.0");
        return Err(ApiError::Thrown(text));
    }
    if number < 0.0 {
        let shown = text::number_to_string(number);
        let text = format!("invalid argument to {stage} stage: Expected a non-negative number in: {stage}: {shown}");
        return Err(ApiError::Thrown(text));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and saturation is right"
    )]
    let whole = number as usize;
    Ok(whole)
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

fn by_username() -> Document {
    object([("username", 1.into())])
}

fn database_error(error: &QueryError) -> ApiError {
    ApiError::Thrown(error.to_string())
}

fn matching(users: Vec<Document>, filter: &Document, budget: &Budget) -> Result<Vec<Document>, ApiError> {
    let filter = Filter::parse(filter).map_err(|error| database_error(&error))?;
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        if filter.matches_within(&user, budget).map_err(|error| database_error(&error))? {
            found.push(user);
        }
    }
    Ok(found)
}

fn sorted(users: Vec<Document>, by: Option<&Document>, budget: &Budget) -> Result<Vec<Document>, ApiError> {
    let Some(by) = by else { return Ok(users) };
    let sort = Sort::parse(by).map_err(|error| database_error(&error))?;
    budget.charge(sort.cost(users.len())).map_err(|error| database_error(&error))?;
    let keyed: Result<Vec<_>, _> = users.into_iter().map(|user| Ok((sort.try_key(&user)?, user))).collect();
    let mut keyed = keyed.map_err(|error: QueryError| database_error(&error))?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, user)| user).collect())
}
