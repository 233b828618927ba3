//! The record the server makes on demand, at its start and on schedule.

use mongo_query::{Document, Value};

use super::counts::{Growth, Users, number};
use super::data::SeedData;
use super::draw::{Draw, Noise};
use super::encode::{iso, js_date_text, meteor_id, object_id};
use super::era::{IdKind, RecordEra};
use super::fields::Produce;
use super::{blocks, host};

/// What a fresh record tells that an earlier one cannot know.
#[derive(Debug, Clone, Default)]
pub struct RefreshFacts {
    /// The new record's `_id`; see [`new_record_id`].
    pub id: String,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
    /// How long the server process has run, in milliseconds.
    pub uptime_ms: i64,
    /// The workspace's users, where it counts them; else those of the earlier record stand.
    pub users: Option<UserCounts>,
    /// Roles that are not built in, where the workspace counts them.
    pub custom_roles: Option<u32>,
    /// The latest login, where the workspace knows of one.
    pub last_login_ms: Option<i64>,
}

/// Users of a workspace. From 3.0 on apps, bots and guests are neither active nor inactive; before, every user is one of
/// both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserCounts {
    /// All users.
    pub total: u32,
    /// Active ones.
    pub active: u32,
    /// Deactivated ones.
    pub inactive: u32,
    /// Those whose presence is online.
    pub online: u32,
    /// Those whose presence is away.
    pub away: u32,
    /// Those whose presence is busy.
    pub busy: u32,
    /// Active users whose only role is guest.
    pub guests: u32,
    /// Users of apps.
    pub apps: u32,
}

/// An id for a record made at `now_ms`, of the kind that the era has; `chance` decides the rest of it.
pub fn new_record_id(era: &RecordEra, now_ms: i64, chance: u64) -> String {
    let mut draw = Draw::new(chance);
    match era.id_kind() {
        IdKind::Meteor => meteor_id(&mut draw),
        IdKind::ObjectId => object_id(now_ms, &mut draw),
    }
    .into_string()
}

/// The record as it is stored: `_id` first, `_updatedAt` last, no `statsToken` (the collector has not answered).
///
/// Values are those of `previous`, but for the times and what `facts` tell; what it lacks (a projected record, an older
/// shape) is that of a workspace where nothing has happened yet. The route leaves out what a reply of the era lacks.
pub fn refreshed(data: &SeedData, previous: Option<&Document>, facts: &RefreshFacts) -> Document {
    let era = &data.era;
    #[expect(clippy::cast_sign_loss, reason = "any number will do")]
    let mut draw = Draw::new(facts.now_ms as u64);
    let noise = Noise::new(&mut draw);
    let growth = Growth { progress: 0, slot: 0, settled: true, noise: &noise };
    let users = users(era, previous, facts);
    let mut record = Document::with_capacity(previous.map_or(0, Document::len));
    for field in era.fields() {
        let earlier = previous.and_then(|previous| previous.get(field.name));
        let last = data.last.get(field.name);
        let kept = || earlier.or(last).cloned();
        let or_new = |block: fn(&Value, &Growth<'_>) -> Value| {
            earlier.cloned().or_else(|| last.map(|last| block(last, &growth)))
        };
        let value = match field.produce {
            Produce::Id => Some(facts.id.as_str().into()),
            Produce::Version => Some(data.version_text().into()),
            Produce::CreatedAt | Produce::UpdatedAt => Some(Value::Date(facts.now_ms)),
            Produce::StatsToken => None,
            Produce::InstalledAt => kept().map(|installed| not_after(&installed, facts.now_ms)),
            Produce::Tag | Produce::Branch | Produce::ChangeWatcher if previous.is_some() => earlier.cloned(),
            Produce::LastLogin => match facts.last_login_ms {
                Some(ms) if era.has_date_text() => Some(js_date_text(ms).into()),
                Some(ms) => Some(Value::Date(ms)),
                None => earlier.cloned().or_else(|| era.has_date_text().then(|| "".into())),
            },
            Produce::LastSeen => earlier.cloned().or_else(|| era.has_date_text().then(|| "".into())),
            Produce::LastMessage => earlier.cloned(),
            Produce::Users(count) => Some(number(count(&users))),
            Produce::Languages => kept().map(|languages| {
                let full = Growth { progress: if earlier.is_some() { Growth::FULL } else { 0 }, ..growth };
                blocks::languages(&languages, &full, &users)
            }),
            Produce::Counted if told(field.name, facts).is_some() => {
                told(field.name, facts).map(|count| number(count.into()))
            }
            Produce::Rooms(_) | Produce::Messages(_) | Produce::Counted | Produce::Counter | Produce::DailyPeak => {
                or_new(blocks::scaled)
            }
            Produce::Scaled => or_new(blocks::scaled),
            Produce::Contacts => or_new(blocks::contacts),
            Produce::ContactVerification => or_new(blocks::contact_verification),
            Produce::Integrations => or_new(blocks::integrations),
            Produce::UniqueUsers | Produce::UniqueClients => {
                or_new(blocks::quiet_day).map(|block| blocks::dated(&block, facts.now_ms))
            }
            Produce::Os => kept().map(|os| os_now(&os, previous, facts, &mut draw)),
            Produce::Process => kept().map(|process| process_now(&process, facts)),
            Produce::Instances => earlier.cloned().or(Some(Value::Int32(1))),
            Produce::UniqueId
            | Produce::Tag
            | Produce::Branch
            | Produce::Deploy
            | Produce::Migration
            | Produce::ChangeWatcher
            | Produce::Kept
            | Produce::Apps => kept(),
        };
        if let Some(value) = value {
            record.push(data.shared_name(field.name), value);
        }
    }
    record
}

/// A count that the facts tell.
fn told(name: &str, facts: &RefreshFacts) -> Option<u32> {
    match name {
        "activeGuests" => facts.users.map(|users| users.guests),
        "appUsers" => facts.users.map(|users| users.apps),
        "totalCustomRoles" => facts.custom_roles,
        _ => None,
    }
}

/// Users as the facts tell them, else as the earlier record does.
fn users(era: &RecordEra, previous: Option<&Document>, facts: &RefreshFacts) -> Users {
    let mut users = match facts.users {
        Some(counts) => Users {
            total: counts.total.into(),
            active: counts.active.into(),
            inactive: counts.inactive.into(),
            online: counts.online.into(),
            away: counts.away.into(),
            busy: if era.counting().busy_users { counts.busy.into() } else { 0 },
            ..Users::default()
        },
        None => previous.map(Users::of).unwrap_or_default(),
    };
    users.offline = users.total - users.online - users.away - users.busy;
    users.connected = users.online + users.away;
    users
}

/// A date or ISO text, brought back to `now_ms` when it lies after.
fn not_after(date: &Value, now_ms: i64) -> Value {
    match date {
        Value::Date(ms) => Value::Date(*ms.min(&now_ms)),
        Value::String(text) if super::encode::parse_iso(text).is_some_and(|ms| ms > now_ms) => iso(now_ms).into(),
        other => other.clone(),
    }
}

/// The host now: it has been up since before the process started, and at least since the earlier record says.
fn os_now(os: &Value, previous: Option<&Document>, facts: &RefreshFacts, draw: &mut Draw) -> Value {
    let Value::Object(os) = os else { return os.clone() };
    let since = match previous.and_then(|previous| previous.get("createdAt")) {
        Some(Value::Date(ms)) => (facts.now_ms - ms).max(0),
        _ => 0,
    };
    let uptime_ms = os.get("uptime").map_or(0, host::seconds_to_ms).saturating_add(since);
    let uptime_ms = uptime_ms.max(facts.uptime_ms.saturating_add(60_000));
    host::os(os, uptime_ms, host::tells_whole_seconds(os), draw).into()
}

fn process_now(process: &Value, facts: &RefreshFacts) -> Value {
    let Value::Object(process) = process else { return process.clone() };
    let mut process = process.clone();
    process.insert("uptime", Value::from_js_number(host::seconds(facts.uptime_ms)));
    process.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::counts::as_whole;

    fn data(version: &str) -> SeedData {
        SeedData::embedded(&RecordEra::for_version(version.parse().unwrap())).unwrap()
    }

    fn facts() -> RefreshFacts {
        RefreshFacts { id: "new".into(), now_ms: 1_600_000_000_123, uptime_ms: 12_345, ..RefreshFacts::default() }
    }

    #[test]
    fn a_refresh_keeps_the_counts_and_moves_the_times() {
        let data = data("0.61.0");
        let record = refreshed(&data, Some(&data.last), &facts());
        let names: Vec<&str> = record.iter().map(|(name, _)| &**name).collect();
        let before: Vec<&str> = data.last.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, before);
        assert_eq!(record.get("_id"), Some(&"new".into()));
        assert_eq!(record.get("totalUsers"), Some(&Value::Int32(88)));
        assert_eq!(record.get("_updatedAt"), Some(&Value::Date(1_600_000_000_123)));
        let uptime = |record: &Document, block| {
            record
                .get(block)
                .and_then(Value::as_object)
                .and_then(|block| block.get("uptime"))
                .and_then(Value::as_f64)
                .unwrap()
        };
        assert!((uptime(&record, "process") - 12.345).abs() < 1e-9);
        assert!(uptime(&record, "os") > uptime(&data.last, "os"));
    }

    #[test]
    fn a_refresh_of_an_empty_workspace_counts_nothing_but_its_users() {
        let data = data("0.61.0");
        let users = UserCounts { total: 5, active: 4, inactive: 1, ..UserCounts::default() };
        let record = refreshed(&data, None, &RefreshFacts { users: Some(users), ..facts() });
        for (name, count) in
            [("totalUsers", 5), ("nonActiveUsers", 1), ("offlineUsers", 5), ("totalRooms", 0), ("totalMessages", 0)]
        {
            assert_eq!(record.get(name).and_then(as_whole), Some(count), "{name}");
        }
        assert_eq!(record.get("lastMessageSentAt"), None);
    }

    #[test]
    fn ids_are_of_the_eras_kind() {
        let id = |version: &str| new_record_id(&RecordEra::for_version(version.parse().unwrap()), 1_719_918_720_221, 7);
        assert_eq!(id("4.1.2").len(), 17);
        assert!(id("4.2.0").starts_with("6683e080"));
    }
}
