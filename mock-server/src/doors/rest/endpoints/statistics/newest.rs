//! `GET /api/v1/statistics`: the newest statistics record, or a fresh one with `refresh=true`.
//!
//! Upstream: `packages/rocketchat-api/server/v1/stats.js` (to 2.x), `apps/meteor/app/statistics/server/functions/getLastStatistics.ts`.

use crate::doors::wire::StatusCode;
use mongo_query::Document;

use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::era::{RefreshReply, StatisticsRefusal, StatisticsShape};
use crate::doors::wire::reply::Reply;
use crate::seed::{RefreshFacts, new_record_id, refreshed};
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/statistics", handle),
];

/// 200 with the newest record by `createdAt`; bare with `success` last from 3.0 on, wrapped in `statistics` before. Without any record
/// only `success`.
///
/// # Errors
/// Without `view-statistics`: 400, worded by era.
pub fn handle(context: &Context<'_>) -> Answer {
    if !context.has_permission("view-statistics") {
        return Err(match context.switches().statistics_refusal {
            StatisticsRefusal::MeteorError => ApiError::meteor("error-not-allowed", "Not allowed"),
            StatisticsRefusal::NotAllowed => ApiError::Thrown("error-not-allowed".to_owned()),
        });
    }
    // Only the exact text counts; a repeated parameter is a list and therefore none.
    let record = if context.query_text("refresh")? == Some("true") {
        let fresh = refresh(context);
        Some(shown_fresh(&fresh, context.switches().refresh_reply))
    } else {
        let records = context.read().statistics.clone();
        records.newest_json()
    };
    Ok(Reply::json(StatusCode::OK, enveloped(record.as_deref(), context.switches().statistics_shape)))
}

/// Makes a record of the workspace as it is now, stores it and returns it.
fn refresh(context: &Context<'_>) -> Document {
    let mut state = context.write();
    let now_ms = context.now_ms();
    state.refreshes += 1;
    let facts = RefreshFacts {
        id: new_record_id(&context.workspace.era.records, now_ms, state.ids.chance()),
        now_ms,
        // Each refresh takes its time, also on a clock that stands still: two records never have the same uptime.
        uptime_ms: now_ms.saturating_sub(context.workspace.started_at).saturating_add(state.refreshes),
        // The history tells of a whole workspace, of which the accounts here are a few.
        users: None,
        custom_roles: None,
        last_login_ms: state.users.iter().filter_map(|user| user.last_login).max(),
    };
    let newest = state.statistics.newest();
    let fresh = refreshed(&context.workspace.era.seed_data, newest.as_ref(), &facts);
    state.insert_record(fresh.clone());
    fresh
}

/// The record as the reply shows it: the in-memory object upstream had inserted, not the stored one.
fn shown_fresh(stored: &Document, shape: RefreshReply) -> Vec<u8> {
    let mut shown = stored.clone();
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

fn enveloped(record: Option<&[u8]>, shape: StatisticsShape) -> Vec<u8> {
    const SUCCESS: &[u8] = br#""success":true}"#;
    let Some(record) = record else { return [b"{", SUCCESS].concat() };
    match shape {
        StatisticsShape::Wrapped => [br#"{"statistics":"#, record, b",", SUCCESS].concat(),
        StatisticsShape::Bare => match record.strip_suffix(b"}") {
            Some(b"{") | None => [b"{", SUCCESS].concat(),
            Some(open) => [open, b",", SUCCESS].concat(),
        },
    }
}
