//! `engagement-dashboard/messages/*`: how much was said, and where.

use mongo_query::{Document, document};

use super::dashboard;
use super::params::Period;
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint};
use crate::doors::rest::envelope;
use crate::state::engagement::Room;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    dashboard("/api/v1/engagement-dashboard/messages/messages-sent", sent),
    dashboard("/api/v1/engagement-dashboard/messages/origin", origin),
    dashboard("/api/v1/engagement-dashboard/messages/top-five-popular-channels", top_five),
];

/// The kinds of rooms the dashboard shows: direct messages, private groups, channels.
const KINDS: [&str; 3] = ["d", "p", "c"];

/// `messages/messages-sent`: 200 with messages by day.
///
/// # Errors
/// Dates that are missing or none: 400, as everywhere here.
pub(in super::super) fn sent(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let engagement = &context.workspace.engagement;
    super::weekly("messages", &period, |from, to| engagement.messages(from, to)).map(envelope::success)
}

/// `messages/origin`: 200 with messages by kind of room; kinds without any come last.
///
/// # Errors
/// As [`sent`].
pub(in super::super) fn origin(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let (from, to) = (period.first_day(), period.last_day());
    let rooms = context.workspace.engagement.rooms();
    let sum = |kind: &str| {
        let rooms = rooms.iter().filter(|room| room.kind == kind);
        rooms.filter_map(|room| room.sent(from, to)).reduce(|sum, messages| sum + messages)
    };
    let (found, missing): (Vec<_>, Vec<_>) =
        KINDS.into_iter().map(|kind| (kind, sum(kind))).partition(|(_, messages)| messages.is_some());
    let origin = |(kind, messages): (&str, Option<i64>)| document! { "messages": messages.unwrap_or(0), "t": kind };
    let origins: Vec<Document> = found.into_iter().chain(missing).map(origin).collect();
    Ok(envelope::success(document! { "origins": origins }))
}

/// `messages/top-five-popular-channels`: 200 with the rooms most was said in.
///
/// # Errors
/// As [`sent`].
pub(in super::super) fn top_five(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let sent = |room| Room::sent(room, period.first_day(), period.last_day());
    let mut rooms: Vec<_> =
        context.workspace.engagement.rooms().iter().filter_map(|room| Some((room, sent(room)?))).collect();
    rooms.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    let channel = |(room, messages): &(&Room, i64)| {
        let mut channel = document! { "messages": *messages, "t": room.kind.as_str() };
        if let Some(name) = &room.name {
            channel.push("name", name);
        }
        channel.push("usernames", room.usernames.as_slice());
        channel
    };
    let channels: Vec<Document> = rooms.iter().take(5).map(channel).collect();
    Ok(envelope::success(document! { "channels": channels }))
}
