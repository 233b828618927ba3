//! `GET /api/v1/statistics`: the newest statistics record, or a fresh one with `refresh=true`.
//!
//! Upstream: `packages/rocketchat-api/server/v1/stats.js` (to 2.x), `apps/meteor/app/statistics/server/functions/getLastStatistics.ts`.

use javascript::stringify;
use mongo_query::Document;

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::era::fact::{AnyFact, facts};
use crate::rules::statistics::{self, Source};

const FACTS: &[&dyn AnyFact] = &[&statistics::NEWEST_REFUSAL, &WRAPS, &REFRESH_REPLY];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/statistics", handle).facts(FACTS)];

/// What `refresh=true` answers, next to what it stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RefreshReply {
    /// The stored record.
    Stored,
    /// Without `_id` and `_updatedAt`.
    WithoutIds,
    /// `_id` last, no `_updatedAt`, no `statsToken`.
    IdLast,
}

facts! {
    /// wraps its record in statistics
    WRAPS: bool = true => {
        (3, 0, 0) => false, "4f5423ac8 (#16059): statistics moved to async helpers";
    }
    /// shows of a fresh record
    REFRESH_REPLY: RefreshReply = RefreshReply::Stored => {
        documented => RefreshReply::Stored, "packages/rocketchat-statistics/server/** @ 0.61.0, whose records the profile has";
        (4, 2, 0) => RefreshReply::WithoutIds, "a4ad199f13: records inserted through the raw model";
        (6, 5, 0) => RefreshReply::IdLast, "c4325e82a7: the record keeps its _id";
    }
}

/// 200 with the newest record by `createdAt`; bare with `success` last from 3.0 on, wrapped in `statistics` before. Without any record
/// only `success`.
///
/// # Errors
/// Without `view-statistics`: 400, worded by era.
pub fn handle(context: &Context<'_>) -> Answer {
    let (workspace, actor) = (context.workspace, context.actor()?);
    statistics::may_view(&context.read(), workspace.profile(), actor)?;
    // Only the exact text counts; a repeated parameter is a list and therefore none.
    let record = if context.query_text("refresh")? == Some("true") {
        let (records, data) = (&workspace.era.records, &workspace.era.seed_data);
        let source = Source { records, data, started_at: workspace.started_at };
        let fresh = workspace.change(|tx| statistics::refresh(tx, actor, source))?;
        Some(shown_fresh(fresh, context.fact(&REFRESH_REPLY)))
    } else {
        let records = context.read().statistics.clone();
        records.newest_json()
    };
    let record = record.as_deref().unwrap_or(b"{}");
    // Without a record there is nothing to wrap.
    let wrapped = context.fact(&WRAPS) && record != b"{}";
    let fields = if wrapped { [br#"{"statistics":"#, record, b"}"].concat() } else { record.to_vec() };
    Ok(envelope::success_text(&fields))
}

/// The record as the reply shows it: the in-memory object upstream had inserted, not the stored one.
fn shown_fresh(mut shown: Document, shape: RefreshReply) -> Vec<u8> {
    match shape {
        RefreshReply::Stored => {}
        RefreshReply::WithoutIds => {
            shown.remove("_id");
            shown.remove("_updatedAt");
        }
        // Quirk: `statistics.ts` of 6.5 to 8.x answers the object it inserted, to which only `_id` was added, last.
        RefreshReply::IdLast => {
            shown.remove("_updatedAt");
            shown.remove("statsToken");
            if let Some(id) = shown.remove("_id") {
                shown.push("_id", id);
            }
        }
    }
    let mut json = Vec::new();
    stringify::write_document(&shown, &mut json);
    json
}
