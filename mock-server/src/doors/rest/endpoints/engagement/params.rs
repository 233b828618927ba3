//! The dates the dashboard is asked for.
//!
//! Upstream: `apps/meteor/ee/server/lib/engagementDashboard/date.ts`.

use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::era::fact::facts;
use crate::state::engagement::Day;
use javascript::date;
use javascript::qs::Param;

const DAY_MS: i64 = 86_400_000;

facts! {
    /// takes exact dates alone, and names a missing one
    pub(super) EXACT_DATES: bool = false => {
        (4, 2, 0) => true, "ee/app/api-enterprise @ 4.2.0: view-engagement-dashboard";
    }
}

/// From one time to another, milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Period {
    /// Reads `start` and `end`.
    ///
    /// # Errors
    /// 400 when one is missing or no date.
    pub(super) fn read(context: &Context<'_>) -> Result<Self, ApiError> {
        let dates = read(context, &["start", "end"])?;
        match dates.as_slice() {
            [start, end] => Ok(Self { start: *start, end: *end }),
            _ => Err(ApiError::InternalServerError),
        }
    }

    pub(super) fn first_day(&self) -> Day {
        Day::of(self.start)
    }

    pub(super) fn last_day(&self) -> Day {
        Day::of(self.end)
    }

    /// Whole days from start to end, and one.
    fn days(&self) -> i64 {
        self.end.saturating_sub(self.start) / DAY_MS + 1
    }

    /// How many days are listed at most; 0 for all.
    ///
    /// # Errors
    /// When the end is days before the start, with MongoDB's text for a negative limit.
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        usize::try_from(self.days()).map_err(|_| ApiError::Thrown("the limit must be positive".to_owned()))
    }

    /// The days compared with: they end the day before the start, and are one more.
    pub(super) fn previous(&self) -> (Day, Day) {
        let last = Day::of(self.start.saturating_sub(DAY_MS));
        (last.before(self.days()), last)
    }
}

/// Reads `start` alone.
///
/// # Errors
/// 400 when it is missing or no date.
pub(super) fn start(context: &Context<'_>) -> Result<i64, ApiError> {
    read(context, &["start"])?.first().copied().ok_or(ApiError::InternalServerError)
}

fn read(context: &Context<'_>, names: &[&str]) -> Result<Vec<i64>, ApiError> {
    let query = context.query()?;
    if !context.fact(&EXACT_DATES) {
        return names.iter().map(|name| lenient(name, query.get(name))).collect();
    }
    // Meteor's check looks at what is there in the caller's order, then for what is missing.
    if let Some((name, _)) = query.iter().find(|(name, value)| names.contains(name) && exact(value).is_none()) {
        return Err(ApiError::Thrown(format!("Match error: Failed Match.Where validation in field {name}")));
    }
    let date = |name: &&str| {
        let missing = || ApiError::Thrown(format!("Match error: Missing key '{name}'"));
        query.get(name).and_then(exact).ok_or_else(missing)
    };
    names.iter().map(date).collect()
}

/// A date exactly as `toISOString` writes it.
fn exact(value: &Param) -> Option<i64> {
    let text = value.as_text()?;
    date::parse_js_date(text).filter(|ms| date::iso_date(*ms) == text)
}

/// To 4.1 any date will do that JavaScript reads.
fn lenient(name: &str, value: Option<&Param>) -> Result<i64, ApiError> {
    let text = match value {
        None => return Err(ApiError::Thrown("Match error: Expected string, got undefined".to_owned())),
        Some(Param::Text(text)) => text,
        Some(_) => return Err(ApiError::Thrown("Match error: Expected string, got object".to_owned())),
    };
    date::parse_js_date(text)
        .ok_or_else(|| ApiError::Thrown(format!("The \"{name}\" query parameter must be a valid date.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_a_date() {
        let text = |text: &str| exact(&Param::Text(text.to_owned()));
        assert_eq!(text("2018-02-24T16:00:00.000Z"), Some(1_519_488_000_000));
        for other in ["2018-02-24", "2018-02-24T16:00:00Z", "2018-02-24T17:00:00.000+01:00", "", "invalid-date"] {
            assert_eq!(text(other), None, "{other}");
        }
        assert_eq!(exact(&Param::List(vec![Param::Text("2018-02-24T16:00:00.000Z".to_owned())])), None);
    }

    #[test]
    fn the_period_before_ends_the_day_before() {
        let period = Period { start: 1_519_488_000_000 - 6 * DAY_MS, end: 1_519_488_000_000 };
        assert_eq!(period.limit(), Ok(7));
        let (from, to) = period.previous();
        assert_eq!((from.date(), to.date()), ((2018, 2, 10), (2018, 2, 17)));
        assert!(Period { start: 3 * DAY_MS, end: 0 }.limit().is_err());
    }
}
