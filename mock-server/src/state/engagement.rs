//! What the workspace did day by day: messages, registrations, sessions. The engagement dashboard counts in it.
//!
//! Upstream: the collections `analytics` and `sessions`, `packages/models/src/models/{Analytics,Sessions}.ts`. Days are those of UTC, the
//! time zone of the server. Everything is laid out from a pattern, backwards from the day the server starts.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::data::{DataError, Fixtures};
use javascript::date;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A day of the calendar as days since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day of a time in milliseconds since the Unix epoch.
    pub fn of(ms: i64) -> Self {
        Self(ms.div_euclid(DAY_MS))
    }

    /// The day `days` earlier.
    #[must_use]
    pub fn before(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// Its midnight, milliseconds since the Unix epoch.
    pub fn midnight(self) -> i64 {
        self.0.saturating_mul(DAY_MS)
    }

    /// Year, month and day of the month.
    pub fn date(self) -> (i64, i64, i64) {
        let text = date::iso_date(self.midnight());
        let mut parts =
            text.split('T').next().unwrap_or_default().rsplitn(3, '-').map(|part| part.parse().unwrap_or(0));
        let mut part = || parts.next().unwrap_or(0);
        let (day, month, year) = (part(), part(), part());
        (year, month, day)
    }
}

/// A room messages are counted in.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// Id.
    pub id: String,
    /// Name; direct messages have none.
    pub name: Option<String>,
    /// `c`, `p` or `d`.
    pub kind: String,
    /// Who talks in a direct message.
    pub usernames: Vec<String>,
    /// Creation, milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Messages by day; a day without any is missing.
    pub messages: BTreeMap<Day, i64>,
}

impl Room {
    /// Messages from `from` to `to`, both included; `None` when no day has any.
    pub fn sent(&self, from: Day, to: Day) -> Option<i64> {
        let days = between(&self.messages, from, to);
        days.map(|(_, messages)| messages).reduce(|sum, messages| sum + messages)
    }
}

/// A session of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    user_id: String,
    login_at: i64,
    closed_at: i64,
}

impl Session {
    fn hours(&self) -> std::ops::RangeInclusive<i64> {
        let hour = |ms: i64| ms.rem_euclid(DAY_MS) / HOUR_MS;
        hour(self.login_at)..=hour(self.closed_at)
    }
}

/// The counts.
#[derive(Debug, Default)]
pub struct Engagement {
    rooms: Vec<Room>,
    new_users: BTreeMap<Day, i64>,
    sessions: Vec<Session>,
    /// Whose day ended: the daily summaries are made the night after.
    summed_before: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    days: i64,
    #[serde(rename = "newUsers")]
    new_users: Vec<i64>,
    rooms: Vec<RoomPattern>,
    sessions: Vec<SessionPattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoomPattern {
    #[serde(rename = "_id")]
    id: String,
    name: Option<String>,
    t: String,
    #[serde(default)]
    usernames: Vec<String>,
    #[serde(rename = "createdDaysAgo")]
    created_days_ago: i64,
    messages: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionPattern {
    #[serde(rename = "userId")]
    user_id: String,
    from: i64,
    until: i64,
    days: Vec<i64>,
}

impl Engagement {
    /// Lays the patterns of `workspace/engagement.json` out, up to the day of `now_ms`.
    ///
    /// # Errors
    /// When the file cannot be read or is wrong.
    pub fn read(fixtures: &Fixtures, now_ms: i64) -> Result<Self, DataError> {
        const FILE: &str = "workspace/engagement.json";
        let file = fixtures.shared::<File>(FILE)?;
        let today = Day::of(now_ms);
        let days = || (0..file.days.max(0)).map(|ago| today.before(ago));
        let rooms = file.rooms.iter().map(|room| Room {
            messages: laid_out(&room.messages, days().filter(|day| *day >= today.before(room.created_days_ago))),
            created_at: today.before(room.created_days_ago).midnight(),
            id: room.id.clone(),
            name: room.name.clone(),
            kind: room.t.clone(),
            usernames: room.usernames.clone(),
        });
        let sessions = file.sessions.iter().flat_map(|pattern| {
            laid_out(&pattern.days, days()).into_keys().map(|day| Session {
                user_id: pattern.user_id.clone(),
                login_at: day.midnight() + pattern.from * HOUR_MS,
                closed_at: day.midnight() + pattern.until * HOUR_MS,
            })
        });
        Ok(Self {
            rooms: rooms.collect(),
            new_users: laid_out(&file.new_users, days()),
            sessions: sessions.filter(|session| session.closed_at <= now_ms).collect(),
            summed_before: Some(today),
        })
    }

    /// The rooms.
    pub fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// Registrations by day, both days included, newest first; days without any are missing.
    pub fn new_users(&self, from: Day, to: Day) -> Vec<(Day, i64)> {
        between(&self.new_users, from, to).rev().collect()
    }

    /// Messages by day, both days included, newest first; days without any are missing.
    pub fn messages(&self, from: Day, to: Day) -> Vec<(Day, i64)> {
        let mut days: BTreeMap<Day, i64> = BTreeMap::new();
        for (day, messages) in self.rooms.iter().flat_map(|room| between(&room.messages, from, to)) {
            *days.entry(day).or_default() += messages;
        }
        days.into_iter().rev().collect()
    }

    /// Who was there by day, both days included, newest first. Only days that are over count.
    pub fn active_users(&self, from: Day, to: Day) -> Vec<(Day, Vec<&str>)> {
        let mut days: BTreeMap<Day, BTreeSet<&str>> = BTreeMap::new();
        for session in &self.sessions {
            let day = Day::of(session.login_at);
            if day >= from && day <= to && self.summed_before.is_some_and(|today| day < today) {
                days.entry(day).or_default().insert(&session.user_id);
            }
        }
        days.into_iter().rev().map(|(day, users)| (day, users.into_iter().collect())).collect()
    }

    /// How many users were there by day and hour, of the sessions that began between two times (milliseconds since the Unix epoch, both
    /// included); newest day first, latest hour first.
    pub fn users_by_hour(&self, from_ms: i64, to_ms: i64) -> Vec<(Day, i64, usize)> {
        let mut hours: BTreeMap<(Day, i64), BTreeSet<&str>> = BTreeMap::new();
        for session in self.began(from_ms, to_ms) {
            for hour in session.hours() {
                hours.entry((Day::of(session.login_at), hour)).or_default().insert(&session.user_id);
            }
        }
        hours.into_iter().rev().map(|((day, hour), users)| (day, hour, users.len())).collect()
    }

    /// How many users were there at every second hour of the day, whatever the day, of the sessions that began between two times; latest
    /// hour first. Nothing at all without a session.
    pub fn busiest_hours(&self, from_ms: i64, to_ms: i64) -> Vec<(i64, usize)> {
        if self.began(from_ms, to_ms).next().is_none() {
            return Vec::new();
        }
        let users = |hour: i64| {
            let there = self.began(from_ms, to_ms).filter(|session| session.hours().contains(&hour));
            there.map(|session| session.user_id.as_str()).collect::<BTreeSet<_>>().len()
        };
        (0..12).rev().map(|half| (half * 2, users(half * 2))).collect()
    }

    fn began(&self, from_ms: i64, to_ms: i64) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| session.login_at >= from_ms && session.login_at <= to_ms)
    }
}

/// The values from `from` to `to`, both included; none when they are the wrong way round.
fn between(values: &BTreeMap<Day, i64>, from: Day, to: Day) -> impl DoubleEndedIterator<Item = (Day, i64)> {
    values
        .range(from..)
        .take_while(move |(day, _)| **day <= to)
        .map(|(day, value)| (*day, *value))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The pattern over the days, without its zeroes. Which number a day gets depends on the day alone.
fn laid_out(pattern: &[i64], days: impl Iterator<Item = Day>) -> BTreeMap<Day, i64> {
    let turn = i64::try_from(pattern.len()).unwrap_or(i64::MAX);
    let value = |day: Day| {
        let at = day.0.checked_rem_euclid(turn)?;
        pattern.get(usize::try_from(at).ok()?).copied()
    };
    days.filter_map(|day| Some((day, value(day)?))).filter(|(_, value)| *value != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2018-02-24T16:00:00Z.
    const NOW: i64 = 1_519_488_000_000;

    fn seeded() -> Engagement {
        Engagement::read(&Fixtures::embedded(), NOW).unwrap()
    }

    #[test]
    fn a_day_knows_its_date() {
        let day = Day::of(NOW);
        assert_eq!((day.date(), day.midnight()), ((2018, 2, 24), 1_519_430_400_000));
        assert_eq!(day.before(55).date(), (2017, 12, 31));
    }

    #[test]
    fn days_add_up_to_periods() {
        let engagement = seeded();
        let (from, to) = (Day::of(NOW).before(6), Day::of(NOW));
        let by_day: i64 = engagement.messages(from, to).iter().map(|(_, messages)| messages).sum();
        let by_room: i64 = engagement.rooms().iter().filter_map(|room| room.sent(from, to)).sum();
        assert!(by_day > 100 && by_day == by_room);
        assert!(engagement.messages(from, to).is_sorted_by(|left, right| left.0 > right.0));
        assert!(engagement.messages(to, from).is_empty());
        assert!(engagement.new_users(from, to).iter().all(|(_, users)| *users > 0));
    }

    #[test]
    fn nobody_is_counted_twice() {
        let engagement = seeded();
        let days = engagement.active_users(Day::of(NOW).before(30), Day::of(NOW));
        let newest = days.first().map(|(day, _)| *day);
        assert_eq!(newest, Some(Day::of(NOW).before(1)), "today is not summed up yet");
        assert!(days.iter().all(|(_, users)| users.len() <= 4));
        let hours = engagement.busiest_hours(NOW - DAY_MS, NOW);
        assert_eq!(
            hours.iter().map(|(hour, _)| *hour).collect::<Vec<_>>(),
            [22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0]
        );
        assert!(hours.iter().all(|(_, users)| *users <= 4));
        assert!(engagement.busiest_hours(NOW + DAY_MS, NOW + 2 * DAY_MS).is_empty());
    }
}
