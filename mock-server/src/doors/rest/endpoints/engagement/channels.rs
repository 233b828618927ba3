//! `engagement-dashboard/channels/list`: every room with how much was said in it, and how much in the period before.

use javascript::qs::Param;
use mongo_query::{Document, Value, document};

use super::dashboard;
use super::params::Period;
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint};
use crate::doors::rest::envelope::Member;
use crate::doors::rest::listing::{Asked, COUNT_OFFSET_TOTAL, Engine, Listing};
use crate::era::fact::{AnyFact, facts};
use crate::state::engagement::Room;

const FACTS: &[&dyn AnyFact] = &[&QUIET, &TOTAL_FIRST, &super::params::EXACT_DATES];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[dashboard("/api/v1/engagement-dashboard/channels/list", list).facts(FACTS)];

facts! {
    /// has of rooms nothing was said in
    QUIET: Quiet = Quiet::Shown => {
        (6, 11, 0) => Quiet::ByParameter, "#32493";
        (7, 0, 0) => Quiet::Hidden, "#32493, announced for 7.0.0";
    }
    /// tells the total before offset and count
    TOTAL_FIRST: bool = false => {
        (4, 0, 0) => true, "apps/meteor/ee/server/api/engagementDashboard/channels.ts; the .js file to 3.x";
    }
}

const CHANNELS: Listing = Listing {
    key: "channels",
    order: &[("messages", -1)],
    members: &[Member::Total, Member::Offset, Member::Count],
    engine: Engine::Query,
};
const OLD_CHANNELS: Listing = Listing { members: COUNT_OFFSET_TOTAL, ..CHANNELS };

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

/// 200 `{"channels":[…],"total","offset","count","success":true}`, most messages first.
///
/// # Errors
/// Dates that are missing or none, a negative offset: 400.
pub(in super::super) fn list(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let asked = Asked::page(context)?;
    let hide = context.query()?.get("hideRoomsWithNoActivity");
    let quiet = context.fact(&QUIET);
    let hidden = match quiet {
        Quiet::Shown => false,
        Quiet::ByParameter => hide.and_then(Param::as_text) == Some("true"),
        Quiet::Hidden => true,
    };

    let (previous_from, previous_to) = period.previous();
    let counted = |room: &Room| {
        let now = room.sent(period.first_day(), period.last_day());
        let before = room.sent(previous_from, previous_to);
        if hidden && now.is_none() && before.is_none() {
            return None;
        }
        let (messages, before) = (now.unwrap_or(0), before.unwrap_or(0));
        Some(document! {
            "room": shown(context, room),
            "messages": messages,
            "lastWeekMessages": before,
            "diffFromLastWeek": messages - before,
        })
    };
    let rooms = context.workspace.engagement.rooms().iter().filter_map(counted).collect();
    let listing = if context.fact(&TOTAL_FIRST) { CHANNELS } else { OLD_CHANNELS };
    let reply = listing.answer(context, &asked, rooms)?;
    if quiet != Quiet::ByParameter || hide.is_some() {
        return Ok(reply);
    }
    let (path, parameter) = (context.path, "hideRoomsWithNoActivity");
    Ok(reply
        .with_header("x-deprecation-type", "parameter-deprecation")
        .with_header(
            "x-deprecation-message",
            format!(
                "Returning rooms that had no activity in {path} is deprecated and will be removed on version 7.0.0 along with the \
                 `{parameter}` param. Set `{parameter}` as `true` to check how the endpoint will behave starting on 7.0.0"
            ),
        )
        .with_header("x-deprecation-version", "7.0.0"))
}

fn shown(context: &Context<'_>, room: &Room) -> Document {
    let last = room.messages.keys().next_back().map_or(room.created_at, |day| day.midnight());
    let mut shown = document! { "_id": room.id.as_str() };
    if let Some(name) = &room.name {
        shown.push("name", name);
    }
    shown.push("ts", Value::Date(room.created_at));
    shown.push("t", room.kind.as_str());
    shown.push("_updatedAt", Value::Date(last.min(context.workspace.started_at)));
    if !room.usernames.is_empty() {
        shown.push("usernames", room.usernames.as_slice());
    }
    shown
}
