//! Keeping below the target's rate limiter: a fixed window per route, told by `X-RateLimit-Limit`, `-Remaining` and `-Reset`
//! (milliseconds since 1970) on every limited answer. Exempt accounts see no such headers and never wait.
//! Upstream: `apps/meteor/app/api/server/ApiClass.ts`, 1.0 and later.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::case::AccountName;
use crate::http::Answer;

/// The longest wait that is believed: the limiter's window is a minute, and a clock that is off must not stop a run.
const LONGEST: Duration = Duration::from_secs(61);

/// What is known of the limiter.
#[derive(Debug, Default)]
pub struct Pacer {
    routes: HashMap<String, Window>,
    /// Routes and the accounts that need not wait there.
    exempt: HashSet<(String, Option<AccountName>)>,
    interval: Option<Duration>,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Window {
    remaining: u64,
    opens: Instant,
}

impl Pacer {
    /// A pacer that also keeps `interval` between any two requests.
    pub fn new(interval: Option<Duration>) -> Self {
        Self { interval, ..Self::default() }
    }

    /// Whether anything sets a pace: a rate of the user's, or a limiter that has shown itself.
    pub fn is_pacing(&self) -> bool {
        self.interval.is_some() || !self.routes.is_empty()
    }

    /// How long to wait before sending to `route` as `account`.
    pub fn wait(&self, route: &str, account: Option<&AccountName>, now: Instant) -> Duration {
        let by_rate = match (self.interval, self.last) {
            (Some(interval), Some(last)) => (last + interval).saturating_duration_since(now),
            _ => Duration::ZERO,
        };
        let exempt = self.exempt.contains(&(route.to_owned(), account.cloned()));
        let by_limiter = match self.routes.get(route) {
            Some(window) if window.remaining == 0 && !exempt => window.opens.saturating_duration_since(now),
            _ => Duration::ZERO,
        };
        by_rate.max(by_limiter)
    }

    /// Takes note of a request that is being sent.
    pub fn sent(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Takes note of an answer. Says how long to wait before trying again if it is a 429.
    pub fn answered(
        &mut self,
        route: &str,
        account: Option<&AccountName>,
        answer: &Answer,
        now: Instant,
    ) -> Option<Duration> {
        let remaining = answer.header("x-ratelimit-remaining").and_then(|text| text.parse::<u64>().ok());
        let key = (route.to_owned(), account.cloned());
        if answer.status == 429 {
            let wait = Self::reset(answer).or_else(|| seconds_in_text(answer)).unwrap_or(LONGEST).min(LONGEST);
            self.routes.insert(route.to_owned(), Window { remaining: 0, opens: now + wait });
            return Some(wait);
        }
        match remaining {
            Some(remaining) => {
                self.exempt.remove(&key);
                let opens = now + Self::reset(answer).unwrap_or(LONGEST).min(LONGEST);
                self.routes.insert(route.to_owned(), Window { remaining, opens });
            }
            None if answer.status == 200 => {
                self.exempt.insert(key);
            }
            // Refusals that come before the limiter say nothing about it.
            None => {}
        }
        None
    }

    /// Until the window opens again, by the target's own clock where it tells the time.
    fn reset(answer: &Answer) -> Option<Duration> {
        let reset = answer.header("x-ratelimit-reset")?.parse::<i64>().ok()?;
        let told = answer
            .header("date")
            .and_then(|text| jiff::fmt::rfc2822::parse(&text).ok())
            .map(|date| date.timestamp().as_millisecond());
        let now = told.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
        // The Date header has no fraction of a second; one more second is on the safe side.
        u64::try_from(reset - now + 1000).ok().map(Duration::from_millis)
    }
}

/// The number of seconds in `You must wait 42 seconds before trying this endpoint again.`
fn seconds_in_text(answer: &Answer) -> Option<Duration> {
    let text = answer.json.as_ref().ok()?.get("error")?.as_str()?;
    let seconds = text.split("wait ").nth(1)?.split(' ').next()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer::new(status, headers, body.as_bytes().to_vec(), Duration::ZERO)
    }

    const ROUTE: &str = "GET /api/v1/statistics.list";

    #[test]
    fn the_last_call_of_a_window_makes_the_next_one_wait() {
        let mut pacer = Pacer::default();
        let (user, admin): (AccountName, AccountName) = ("unprivileged".into(), "privileged".into());
        let now = Instant::now();
        let headers = |left| {
            [
                ("x-ratelimit-remaining", left),
                ("x-ratelimit-reset", "1519485210000"),
                ("date", "Sat, 24 Feb 2018 15:13:00 GMT"),
            ]
        };
        assert_eq!(pacer.answered(ROUTE, Some(&user), &answer(400, &headers("1"), "{}"), now), None);
        assert_eq!(pacer.wait(ROUTE, Some(&user), now), Duration::ZERO);
        pacer.answered(ROUTE, Some(&user), &answer(400, &headers("0"), "{}"), now);
        assert_eq!(pacer.wait(ROUTE, Some(&user), now), Duration::from_secs(31));
        assert_eq!(pacer.wait("GET /api/v1/statistics", Some(&user), now), Duration::ZERO);
        pacer.answered(ROUTE, Some(&admin), &answer(200, &[], "{}"), now);
        assert_eq!(pacer.wait(ROUTE, Some(&admin), now), Duration::ZERO, "an exempt account never waits");
    }

    #[test]
    fn a_429_says_how_long() {
        let mut pacer = Pacer::default();
        let body = r#"{"success":false,"error":"Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint again. [error-too-many-requests]"}"#;
        let now = Instant::now();
        assert_eq!(pacer.answered(ROUTE, None, &answer(429, &[], body), now), Some(Duration::from_secs(42)));
        assert_eq!(pacer.wait(ROUTE, None, now), Duration::from_secs(42));
        assert_eq!(pacer.answered(ROUTE, None, &answer(429, &[], "?"), now), Some(LONGEST));
    }

    #[test]
    fn a_rate_of_the_user_holds_for_all_routes() {
        let mut pacer = Pacer::new(Some(Duration::from_secs(2)));
        let now = Instant::now();
        assert_eq!(pacer.wait("a", None, now), Duration::ZERO);
        pacer.sent(now);
        assert_eq!(pacer.wait("b", None, now), Duration::from_secs(2));
    }
}
