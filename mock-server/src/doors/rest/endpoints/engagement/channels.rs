//! `engagement-dashboard/channels/list`: every room with how much was said in it, and how much in the period before.

use std::cmp::Reverse;

use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint};
use super::dashboard;
use super::params::Period;
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::paging;
use crate::state::engagement::Room;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    dashboard("/api/v1/engagement-dashboard/channels/list", list),
];

const PATH: &str = "/api/v1/engagement-dashboard/channels/list";

/// What became of rooms nothing was said in (#32493).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quiet {
    /// To 6.10 they are listed.
    Shown,
    /// 6.11 to 6.14: unless `hideRoomsWithNoActivity=true`; a caller who does not say is warned.
    ByParameter,
    /// From 7.0 on they are not.
    Hidden,
}

fn quiet(context: &Context<'_>) -> Quiet {
    let profile = context.workspace.profile();
    if profile.api_at_least(7, 0, 0) {
        Quiet::Hidden
    } else if profile.api_at_least(6, 11, 0) {
        Quiet::ByParameter
    } else {
        Quiet::Shown
    }
}

/// 200 `{"channels":[…],"total","offset","count","success":true}`, most messages first.
///
/// # Errors
/// Dates that are missing or none, a negative offset: 400.
pub(in super::super) fn list(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let query = context.query()?;
    let paging = context.read().settings.paging();
    let page = paging::page(query, &paging, context.switches());
    let hide = query.get("hideRoomsWithNoActivity");
    let hidden = match quiet(context) {
        Quiet::Shown => false,
        Quiet::ByParameter => hide.and_then(javascript::qs::Param::as_text) == Some("true"),
        Quiet::Hidden => true,
    };

    let (previous_from, previous_to) = period.previous();
    let mut rooms: Vec<(&Room, i64, i64)> = Vec::new();
    for room in context.workspace.engagement.rooms() {
        let now = room.sent(period.first_day(), period.last_day());
        let before = room.sent(previous_from, previous_to);
        if !(hidden && now.is_none() && before.is_none()) {
            rooms.push((room, now.unwrap_or(0), before.unwrap_or(0)));
        }
    }
    rooms.sort_by_key(|(_, messages, _)| Reverse(*messages));
    let total = rooms.len();
    let skip = page.skip().map_err(ApiError::Thrown)?;
    let shown: Vec<Json> = rooms
        .into_iter()
        .skip(skip)
        .take(page.limit().unwrap_or(usize::MAX))
        .map(|(room, messages, before)| {
            json!({
                "room": room_json(context, room),
                "messages": messages,
                "lastWeekMessages": before,
                "diffFromLastWeek": messages - before,
            })
        })
        .collect();
    let offset: Json = serde_json::from_str(&page.offset_json()).unwrap_or(Json::Null);
    let count = shown.len();
    let body = if context.workspace.profile().api_at_least(4, 0, 0) {
        json!({"channels": shown, "total": total, "offset": offset, "count": count})
    } else {
        json!({"channels": shown, "count": count, "offset": offset, "total": total})
    };
    let reply = envelope::success(body);
    if quiet(context) != Quiet::ByParameter || hide.is_some() {
        return Ok(reply);
    }
    let parameter = "hideRoomsWithNoActivity";
    Ok(reply
        .with_header("x-deprecation-type", "parameter-deprecation")
        .with_header(
            "x-deprecation-message",
            format!(
                "Returning rooms that had no activity in {PATH} is deprecated and will be removed on version 7.0.0 along with the \
                 `{parameter}` param. Set `{parameter}` as `true` to check how the endpoint will behave starting on 7.0.0"
            ),
        )
        .with_header("x-deprecation-version", "7.0.0"))
}

fn room_json(context: &Context<'_>, room: &Room) -> Json {
    let last = room.messages.keys().next_back().map_or(room.created_at, |day| day.midnight());
    let fields = [
        ("_id", Some(json!(room.id))),
        ("name", room.name.as_ref().map(|name| json!(name))),
        ("ts", Some(json!(stringify::iso_date(room.created_at)))),
        ("t", Some(json!(room.kind))),
        ("_updatedAt", Some(json!(stringify::iso_date(last.min(context.workspace.started_at))))),
        ("usernames", (!room.usernames.is_empty()).then(|| json!(room.usernames))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
