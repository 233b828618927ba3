//! `GET /api/v1/statistics.list`: the workspace's statistics records, paged, sorted, filtered and projected.
//!
//! Upstream: `packages/rocketchat-api/server/v1/stats.js` (to 2.x), `apps/meteor/app/statistics/server/functions/getStatistics.ts`.

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::doors::rest::envelope::Counted;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::listing::{self, COUNT_OFFSET_TOTAL, Engine, Listing};
use crate::doors::rest::params;
use crate::era::fact::{AnyFact, facts};
use crate::rules::statistics;
use crate::state::query::{ListParams, Page};
use crate::state::statistics::Find;

const FACTS: &[&dyn AnyFact] = &[&statistics::LIST_REFUSAL, &PARSES_FIRST];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/statistics.list", handle).scans(Scans::Records).facts(FACTS)];

facts! {
    /// reads its parameters before it asks for the permission, so that a malformed one beats a missing permission
    PARSES_FIRST: bool = false => {
        (3, 0, 0) => true, "4f5423ac8 (#16059): statistics moved to async helpers, apps/meteor/app/statistics/server/functions/getStatistics.ts";
    }
}

/// The order is `name`, a field no record has; the records' own engine knows what that means.
const STATISTICS: Listing =
    Listing { key: "statistics", order: &[("name", 1)], members: COUNT_OFFSET_TOTAL, engine: Engine::Query };

/// 200 `{"statistics":[…],"count","offset","total","success":true}`: `count` is the page's length, `total` the number of records that match.
///
/// # Errors
/// A malformed `sort`, `fields` or `query`, a missing permission, and what the database refuses, each as 400 (403 for the permission
/// before 3.0).
pub fn handle(context: &Context<'_>) -> Answer {
    if !context.fact(&PARSES_FIRST) {
        require_permission(context)?;
    }
    let page = listing::page(context)?;
    let (used, outcome) = match params::parse(context.query()?, &context.rules()) {
        Ok(params) => (params.used, find(context, &params, &page)),
        Err(error) => (error.used, Err(error.into())),
    };
    // Upstream announces the parameters as deprecated while it reads them, so failures carry the headers too.
    let reply = outcome.unwrap_or_else(|error| error.reply(context.workspace.profile()));
    Ok(listing::announced(reply, used, context))
}

fn find(context: &Context<'_>, params: &ListParams, page: &Page) -> Answer {
    if context.fact(&PARSES_FIRST) {
        require_permission(context)?;
    }
    // MongoDB's own text surfaces as it is.
    let find = Find::new(params, page).map_err(|error| ApiError::Thrown(error.to_string()))?;
    STATISTICS.write(page, |body| {
        // A snapshot: no lock is held while it is read.
        let records = context.read().statistics.clone();
        let found = records
            .find(&find, &context.workspace.query_budget(), body)
            .map_err(|error| ApiError::Thrown(error.to_string()))?;
        Ok(Counted { count: found.count, total: found.total })
    })
}

fn require_permission(context: &Context<'_>) -> Result<(), ApiError> {
    Ok(statistics::may_list(&context.read(), context.workspace.profile(), context.actor()?)?)
}
