//! `engagement-dashboard/users/*`: who came, who was there and when.

use mongo_query::{Document, document};

use super::dashboard;
use super::params::{self, Period};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint};
use crate::doors::rest::envelope;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    dashboard("/api/v1/engagement-dashboard/users/active-users", active_users),
    dashboard("/api/v1/engagement-dashboard/users/chat-busier/hourly-data", busier_hourly),
    dashboard("/api/v1/engagement-dashboard/users/chat-busier/weekly-data", busier_weekly),
    dashboard("/api/v1/engagement-dashboard/users/new-users", new_users),
    dashboard("/api/v1/engagement-dashboard/users/users-by-time-of-the-day-in-a-week", by_time_of_the_day),
];

const DAY_MS: i64 = 86_400_000;

/// `users/new-users`: 200 with registrations by day.
///
/// # Errors
/// Dates that are missing or none: 400, as everywhere here.
pub(in super::super) fn new_users(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let engagement = &context.workspace.engagement;
    super::weekly("users", &period, |from, to| engagement.new_users(from, to)).map(envelope::success)
}

/// `users/active-users`: 200 with who was there by day.
///
/// # Errors
/// As [`new_users`].
pub(in super::super) fn active_users(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let days = context.workspace.engagement.active_users(period.first_day(), period.last_day());
    let month: Vec<Document> = days
        .into_iter()
        .map(|(day, users)| {
            let (year, month, date) = day.date();
            document! { "usersList": users.as_slice(), "users": users.len(), "day": date, "month": month, "year": year }
        })
        .collect();
    Ok(envelope::success(document! { "month": month }))
}

/// `users/users-by-time-of-the-day-in-a-week`: 200 with the number of users by day and hour.
///
/// # Errors
/// As [`new_users`].
pub(in super::super) fn by_time_of_the_day(context: &Context<'_>) -> Answer {
    let period = Period::read(context)?;
    let hours = context.workspace.engagement.users_by_hour(period.start, period.end);
    let week: Vec<Document> = hours
        .into_iter()
        .map(|(day, hour, users)| {
            let (year, month, date) = day.date();
            document! { "users": users, "hour": hour, "day": date, "month": month, "year": year }
        })
        .collect();
    Ok(envelope::success(document! { "week": week }))
}

/// `users/chat-busier/hourly-data`: 200 with the number of users at every second hour of the 24 before `start`.
///
/// # Errors
/// As [`new_users`].
pub(in super::super) fn busier_hourly(context: &Context<'_>) -> Answer {
    let start = params::start(context)?;
    let hours = context.workspace.engagement.busiest_hours(start.saturating_sub(DAY_MS), start);
    let hours: Vec<Document> =
        hours.into_iter().map(|(hour, users)| document! { "users": users, "hour": hour }).collect();
    Ok(envelope::success(document! { "hours": hours }))
}

/// `users/chat-busier/weekly-data`: 200 with the number of users on each of the seven days before `start` and on its own.
///
/// # Errors
/// As [`new_users`].
pub(in super::super) fn busier_weekly(context: &Context<'_>) -> Answer {
    let start = params::start(context)?;
    let period = Period { start: start.saturating_sub(7 * DAY_MS), end: start };
    let days = context.workspace.engagement.active_users(period.first_day(), period.last_day());
    let month: Vec<Document> = days
        .into_iter()
        .map(|(day, users)| {
            let (year, month, date) = day.date();
            document! { "users": users.len(), "day": date, "month": month, "year": year }
        })
        .collect();
    Ok(envelope::success(document! { "month": month }))
}
