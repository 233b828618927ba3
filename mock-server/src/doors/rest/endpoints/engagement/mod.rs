//! The nine endpoints below `/api/v1/engagement-dashboard/`: a premium feature, since 3.1.0.
//!
//! Upstream: `apps/meteor/ee/server/api/engagementDashboard/**`, `apps/meteor/ee/server/lib/engagementDashboard/**`.

mod channels;
mod messages;
mod params;
mod users;

use mongo_query::{Document, Value, document};

use crate::doors::rest::endpoint::{Endpoint, Handler, get};
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};
use crate::state::engagement::Day;
use params::Period;

/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[channels::ENDPOINTS, messages::ENDPOINTS, users::ENDPOINTS];

facts! {
    /// asks for `view-engagement-dashboard`
    ASKS_PERMISSION: bool = false => { (4, 2, 0) => true, "ee/app/api-enterprise @ 4.2.0"; }
}

const FACTS: &[&dyn AnyFact] = &[&params::EXACT_DATES];

/// One of the dashboard's: premium, its permission by era.
const fn dashboard(path: &'static str, handle: Handler) -> Endpoint {
    get(path, handle)
        .since(3, 1, 0)
        .premium()
        .permission_when(&ASKS_PERMISSION, "view-engagement-dashboard")
        .facts(FACTS)
}

/// Counts by day, newest first, with the period's sum and what changed since the period before and since yesterday. `name` is what is
/// counted.
fn weekly(
    name: &'static str,
    period: &Period,
    count: impl Fn(Day, Day) -> Vec<(Day, i64)>,
) -> Result<Document, ApiError> {
    let limit = period.limit()?;
    let (previous_from, previous_to) = period.previous();
    let current = limited(count(period.first_day(), period.last_day()), limit);
    let previous = limited(count(previous_from, previous_to), limit);
    let on = |wanted: Day| current.iter().find(|(day, _)| *day == wanted).map_or(0, |(_, counted)| *counted);
    let sum = |days: &[(Day, i64)]| days.iter().map(|(_, counted)| counted).sum::<i64>();
    let (today, yesterday) = (on(period.last_day()), on(period.last_day().before(1)));
    let on_day = |(day, counted): &(Day, i64)| {
        let mut on_day = document! { "day": Value::Date(day.midnight()) };
        on_day.push(name, *counted);
        on_day
    };
    Ok(document! {
        "days": current.iter().map(on_day).collect::<Vec<_>>(),
        "period": document! { "count": sum(&current), "variation": sum(&current) - sum(&previous) },
        "yesterday": document! { "count": yesterday, "variation": today - yesterday },
    })
}

/// The first `limit` items; all for 0.
fn limited<T>(mut items: Vec<T>, limit: usize) -> Vec<T> {
    if limit > 0 {
        items.truncate(limit);
    }
    items
}
