//! `GET /api/v1/statistics.list`: the workspace's statistics records, paged, sorted, filtered and projected.
//!
//! Upstream: `packages/rocketchat-api/server/v1/stats.js` (to 2.x), `apps/meteor/app/statistics/server/functions/getStatistics.ts`.

use crate::doors::wire::StatusCode;

use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::state::body::Body;
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::paging;
use crate::state::query::Page;
use crate::era::{ListOrder, ListRefusal};
use crate::doors::rest::params;
use crate::state::query::ListParams;
use crate::doors::wire::reply::Reply;
use crate::state::statistics::Find;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/statistics.list", handle).scans(Scans::Records),
];

const PATH: &str = "/api/v1/statistics.list";

/// 200 `{"statistics":[…],"count","offset","total","success":true}`: `count` is the page's length, `total` the number of records that match.
///
/// # Errors
/// A malformed `sort`, `fields` or `query`, a missing permission, and what the database refuses, each as 400 (403 for the permission
/// before 3.0).
pub fn handle(context: &Context<'_>) -> Answer {
    let switches = context.switches();
    if switches.list_order == ListOrder::PermissionFirst {
        require_permission(context)?;
    }
    let query = context.query()?;
    let page = paging::page(query, &context.read().settings.paging(), switches);
    let (used, outcome) = match params::parse(query, &context.rules()) {
        Ok(params) => (params.used, find(context, &params, &page)),
        Err(error) => (error.used, Err(error.into())),
    };
    // Upstream announces the parameters as deprecated while it reads them, so failures carry the headers too.
    let mut reply = outcome.unwrap_or_else(|error| error.reply(switches));
    for (name, value) in params::deprecation_headers(used, switches, PATH) {
        reply = reply.with_header(name, value);
    }
    Ok(reply)
}

fn find(context: &Context<'_>, params: &ListParams, page: &Page) -> Answer {
    // Quirk: from 3.0 on the parameters are read first, so a malformed `sort` beats a missing permission (behaviour of
    // `getStatistics.ts`; in `docs/quirks.md`).
    if context.switches().list_order == ListOrder::ParsingFirst {
        require_permission(context)?;
    }
    let find = Find::new(params, page).map_err(|error| ApiError::Thrown(error.to_string()))?;
    let mut body = Body::default();
    body.own().extend_from_slice(br#"{"statistics":["#);
    // MongoDB's own text surfaces as it is.
    // A snapshot: no lock is held while it is read.
    let records = context.read().statistics.clone();
    let found = records
        .find(&find, &context.workspace.query_budget(), &mut body)
        .map_err(|error| ApiError::Thrown(error.to_string()))?;
    let offset = page.offset_json();
    let tail = format!(r#"],"count":{},"offset":{offset},"total":{},"success":true}}"#, found.count, found.total);
    body.own().extend_from_slice(tail.as_bytes());
    Ok(Reply::json(StatusCode::OK, body))
}

fn require_permission(context: &Context<'_>) -> Result<(), ApiError> {
    if context.has_permission("view-statistics") {
        return Ok(());
    }
    Err(match context.switches().list_refusal {
        ListRefusal::Unauthorized403 => ApiError::Unauthorized,
        ListRefusal::NotAllowed400 => ApiError::Thrown("error-not-allowed".to_owned()),
    })
}
