//! The records of a workspace over time, oldest first, ending in a known one.

use mongo_query::{Document, Key, Value};

use super::calendar::{Calendar, Cause};
use super::counts::{Bounds, Growth, Messages, Rooms, Users, as_whole, number};
use super::data::{Host, Release, SeedData};
use super::draw::{Draw, Noise};
use super::encode::{iso, js_date_text, meteor_id, object_id, parse_iso, parse_js_date_text, stats_token};
use super::era::{IdKind, RecordEra};
use super::fields::Produce;
use super::{SeedSpec, blocks, host};

/// The server process is restarted after this many periods.
const RESTART_PERIODS: i64 = 70;
/// The server starts this long after its host.
const START_AFTER_BOOT_MS: i64 = 47_000;
/// An admin reset the workspace's id; the one before was made this long before the first record.
const INSTALLED_BEFORE_FIRST_MS: i64 = 11_547_240;

/// The records of a history, made one by one; see [`super::generate`].
#[derive(Debug)]
pub(super) struct History {
    era: RecordEra,
    last: Last,
    bounds: Bounds,
    calendar: Calendar,
    draw: Draw,
    noise: Noise,
    stays: Vec<Stay>,
    records: i64,
    /// Records at the beginning without a message.
    quiet: i64,
    next: i64,
    now: Now,
}

/// What is known of the last record.
#[derive(Debug)]
struct Last {
    record: Document,
    /// Known earlier records, oldest first: id and time.
    earlier: Vec<(Box<str>, i64)>,
    created_ms: i64,
    installed_ms: i64,
    message_ms: Option<i64>,
    login_ms: Option<i64>,
    seen_ms: Option<i64>,
    process_ms: i64,
    boot_ms: i64,
    whole_seconds: bool,
    unique_id_before_reset: Box<str>,
    installed_before_reset_ms: i64,
}

/// A time during which the workspace stayed on one host with one version.
#[derive(Debug)]
struct Stay {
    /// The shape of its records.
    era: RecordEra,
    /// The first record of the stay.
    from: i64,
    /// How many stays follow.
    later: i64,
    instances: i32,
    change_watcher: bool,
    os: Document,
    process: Document,
    deploy: Value,
    migration: Migration,
    columns: Vec<Column>,
}

/// The migration record during a stay, but for its times.
#[derive(Debug)]
struct Migration {
    last: Document,
    version: i32,
    is_first: bool,
    is_last: bool,
}

/// One field of the records of a stay.
#[derive(Debug)]
struct Column {
    name: Key,
    produce: Produce,
    last: Option<Value>,
    start: i64,
    purpose: i64,
}

/// What goes from one record to the next.
#[derive(Debug, Default)]
struct Now {
    stay: usize,
    created_ms: i64,
    booted_ms: i64,
    started_ms: i64,
    migrated_ms: i64,
    /// Nobody logged in before, and nobody wrote before.
    no_login_ms: i64,
    no_message_ms: i64,
}

/// The record being made.
struct Moment<'a> {
    index: i64,
    id: Box<str>,
    created_ms: i64,
    cause: Cause,
    growth: Growth<'a>,
    users: Users,
    rooms: Rooms,
    messages: Messages,
}

impl History {
    /// The history that `spec` asks for.
    pub(super) fn new(spec: &SeedSpec, data: &SeedData) -> Self {
        let era = data.era.clone();
        let count = spec.records.unwrap_or(data.records).max(1);
        let most_periods = if era.schedule().period_ms() > 3_600_000 { data.most_days } else { data.most_hours };
        let mut draw = Draw::new(spec.seed);
        let noise = Noise::new(&mut draw);
        let time = |name| data.last.get(name).and_then(millis);
        let created_ms = time("createdAt").unwrap_or_default();
        let calendar = Calendar::new(&era, created_ms, count, most_periods);
        let records = i64::try_from(count).unwrap_or(i64::MAX - 1);

        let mut last_record = data.last.clone();
        if !data.last_has_fitting_id() {
            last_record.insert("_id", Value::String(new_id(&era, created_ms, &mut draw)));
        }
        let stays = stays(data, records);
        let first_ms = {
            let place = calendar.place(records - 1);
            calendar.scheduled_ms(place.period, stays.first().map_or(0, |stay| stay.later)) + place.offset_ms
        };
        let ago = |block: &str| {
            let uptime = data.last.get(block).and_then(Value::as_object).and_then(|block| block.get("uptime"));
            created_ms - uptime.map_or(0, host::seconds_to_ms)
        };
        let last = Last {
            created_ms,
            installed_ms: time("installedAt").unwrap_or(i64::MIN),
            message_ms: time("lastMessageSentAt"),
            login_ms: time("lastLogin"),
            seen_ms: time("lastSeenSubscription"),
            process_ms: ago("process"),
            boot_ms: ago("os"),
            whole_seconds: data.last.get("os").and_then(Value::as_object).is_none_or(host::tells_whole_seconds),
            earlier: data.earlier.iter().map(|record| (record.id.clone(), record.created_ms)).collect(),
            unique_id_before_reset: data.unique_id_before_reset.clone(),
            installed_before_reset_ms: first_ms - INSTALLED_BEFORE_FIRST_MS,
            record: last_record,
        };
        Self {
            bounds: Bounds::new(data.start.clone(), &data.last),
            last,
            calendar,
            draw,
            noise,
            stays,
            records,
            quiet: records / 60,
            next: 0,
            now: Now { created_ms: i64::MIN, ..Now::default() },
            era,
        }
    }

    /// The next record but the last one.
    fn record(&mut self, index: i64) -> Document {
        let after = self.records - 1 - index;
        let place = self.calendar.place(after);
        let begins = self.enter_stay(index);
        let later = self.stays.get(self.now.stay).map_or(0, |stay| stay.later);
        let scheduled_ms = self.calendar.scheduled_ms(place.period, later);

        let delay = 100 + self.draw.below(400) + if self.draw.below(16) == 0 { self.draw.below(4500) } else { 0 };
        let jitter = self.draw.below(10_000);
        let mut created_ms = match place.cause {
            Cause::Cron => scheduled_ms + i64::from(delay),
            Cause::Twin => self.now.created_ms,
            Cause::Refresh => {
                let room = self.calendar.period_ms() / self.calendar.per_period().max(2) / 2;
                scheduled_ms + place.offset_ms + room * i64::from(jitter) / 10_000
            }
        }
        .max(self.now.created_ms);
        let id = new_id(&self.era, created_ms, &mut self.draw);
        let mut known = None;
        if place.cause == Cause::Cron && place.period < 60 {
            let same_minute = |time: i64| time.div_euclid(60_000) == scheduled_ms.div_euclid(60_000);
            known = self.last.earlier.iter().find(|(_, time)| same_minute(*time)).cloned();
        }
        let is_known = known.is_some();
        let id = match known {
            Some((id, time)) => {
                created_ms = time.max(self.now.created_ms);
                id
            }
            None => id,
        };
        self.now.created_ms = created_ms;
        if index == 0 {
            self.now.no_login_ms = created_ms;
        }
        if index == 0 || index < self.quiet {
            self.now.no_message_ms = created_ms;
        }
        self.keep_running(begins);
        let updated_ms =
            if is_known { created_ms } else { created_ms + i64::from(self.draw.below(3).saturating_sub(1)) };
        let has_token = self.era.has_token() && self.draw.below(5) != 0;
        let token_ms = has_token.then(|| created_ms + 900 + i64::from(self.draw.below(14_000)));
        let Some(stay) = self.stays.get(self.now.stay) else { return Document::new() };
        let mut os = Some(host::os(&stay.os, created_ms - self.now.booted_ms, self.last.whole_seconds, &mut self.draw));
        let uptime_ms = created_ms - self.now.started_ms;
        let mut process = Some(host::process(&stay.process, uptime_ms, place.cause == Cause::Twin, &mut self.draw));

        let growth = self.growth(index, after);
        let message_growth = self.message_growth(index, growth);
        let hour = created_ms.div_euclid(3_600_000).rem_euclid(24);
        let moment = Moment {
            index,
            id,
            created_ms,
            cause: place.cause,
            growth,
            users: Users::at(&growth, hour, &self.bounds, stay.era.counting()),
            rooms: Rooms::at(&growth, &self.bounds),
            messages: Messages::at(&message_growth, &self.bounds, stay.era.counting()),
        };
        let mut record = Document::with_capacity(stay.columns.len());
        for column in &stay.columns {
            let value = match column.produce {
                Produce::UpdatedAt => Some(Value::Date(token_ms.unwrap_or(updated_ms))),
                Produce::StatsToken => token_ms.map(|at_ms| self.token(&moment, at_ms)),
                Produce::Os => os.take().map(Value::Object),
                Produce::Process => process.take().map(Value::Object),
                _ => self.value(column, stay, &moment),
            };
            if let Some(value) = value {
                record.push(column.name.clone(), value);
            }
        }
        record
    }

    /// Moves to the stay of record `index`; whether it begins with this record.
    fn enter_stay(&mut self, index: i64) -> bool {
        let mut begins = index == 0;
        while self.stays.get(self.now.stay + 1).is_some_and(|stay| stay.from <= index) {
            self.now.stay += 1;
            begins = true;
        }
        begins
    }

    /// Keeps host and server process running, or starts them anew.
    fn keep_running(&mut self, begins: bool) {
        let now = &mut self.now;
        let last = &self.last;
        let is_last_host = now.stay + 1 == self.stays.len();
        if begins {
            now.started_ms = now.created_ms - 8_312 - i64::from(self.draw.below(2000));
            now.migrated_ms = now.started_ms + 4_790;
            // The first host had been up for long; a later one is as old as the stay.
            let host_age = if now.stay == 0 { 1_209_644_300 } else { START_AFTER_BOOT_MS };
            now.booted_ms = now.started_ms - host_age;
        }
        if is_last_host && last.boot_ms + 2 * START_AFTER_BOOT_MS <= now.created_ms {
            now.booted_ms = last.boot_ms;
        }
        if is_last_host && last.process_ms <= now.created_ms {
            now.started_ms = last.process_ms;
        } else if now.created_ms - now.started_ms > RESTART_PERIODS * self.calendar.period_ms() {
            now.started_ms = now.created_ms - 1_000 - i64::from(self.draw.below(600_000));
        }
        now.started_ms = now.started_ms.max(now.booted_ms + START_AFTER_BOOT_MS).min(now.created_ms);
        now.booted_ms = now.booted_ms.min(now.started_ms);
    }

    fn growth(&self, index: i64, after: i64) -> Growth<'_> {
        // The last three periods have the last counts.
        let settled_after = 2 * self.calendar.per_period();
        let settled = after <= settled_after;
        let steps = (self.records - 1 - settled_after).max(1);
        Growth {
            progress: if settled { Growth::FULL } else { Growth::FULL.saturating_mul(index) / steps },
            slot: self.now.created_ms.div_euclid(5 * self.calendar.period_ms()),
            settled,
            noise: &self.noise,
        }
    }

    /// Messages stop growing with the latest one.
    fn message_growth<'a>(&self, index: i64, growth: Growth<'a>) -> Growth<'a> {
        let last = &self.last;
        if index < self.quiet {
            return Growth { progress: 0, settled: true, ..growth };
        }
        let message_ms = last.message_ms.unwrap_or(i64::MAX);
        if self.now.created_ms >= message_ms {
            return Growth { progress: Growth::FULL, settled: true, ..growth };
        }
        let silent = (last.created_ms - message_ms).max(0) / self.calendar.period_ms() * self.calendar.per_period();
        let steps = (self.records - 1 - silent - self.quiet).max(1);
        let progress = (Growth::FULL.saturating_mul(index - self.quiet) / steps).min(Growth::FULL - 1);
        // More users write more, too: a slow start.
        Growth { progress: progress * progress / Growth::FULL, settled: false, ..growth }
    }

    /// The value of a field that needs no new draw, or `None` where the record lacks the field.
    fn value(&self, column: &Column, stay: &Stay, moment: &Moment<'_>) -> Option<Value> {
        let growth = &moment.growth;
        let last = &self.last;
        let created_ms = moment.created_ms;
        let with_last = |block: fn(&Value, &Growth<'_>) -> Value| column.last.as_ref().map(|last| block(last, growth));
        match column.produce {
            Produce::Id => Some(Value::String(moment.id.clone())),
            Produce::UniqueId if self.was_reset_later(created_ms) => {
                Some(Value::String(last.unique_id_before_reset.clone()))
            }
            Produce::InstalledAt if self.was_reset_later(created_ms) => {
                let before_ms = last.installed_before_reset_ms;
                Some(match column.last {
                    Some(Value::String(_)) => iso(before_ms).into(),
                    _ => Value::Date(before_ms),
                })
            }
            Produce::Users(count) => Some(number(count(&moment.users))),
            Produce::Rooms(count) => Some(number(count(&moment.rooms))),
            Produce::Messages(count) => Some(number(count(&moment.messages))),
            Produce::Languages => column.last.as_ref().map(|last| blocks::languages(last, growth, &moment.users)),
            Produce::LastLogin => self.login_date(self.latest(moment, last.login_ms, self.now.no_login_ms, 31)),
            Produce::LastSeen => self.login_date(self.latest(moment, last.seen_ms, self.now.no_login_ms, 32)),
            Produce::LastMessage if moment.index < self.quiet => {
                (moment.index >= self.quiet / 2).then_some(Value::Null)
            }
            Produce::LastMessage => self.latest(moment, last.message_ms, self.now.no_message_ms, 33).map(Value::Date),
            Produce::Deploy => Some(stay.deploy.clone()),
            Produce::Migration => Some(stay.migration.at(created_ms, self.now.migrated_ms).into()),
            Produce::Instances => {
                Some(Value::Int32(if moment.cause == Cause::Twin { stay.instances.max(2) } else { stay.instances }))
            }
            Produce::ChangeWatcher => {
                (stay.change_watcher || stay.era.always_tells_change_watcher()).then_some(stay.change_watcher.into())
            }
            Produce::Counted => column.last.as_ref().map(|last| {
                as_whole(last)
                    .map_or_else(|| last.clone(), |whole| number(growth.counted(column.start, whole, column.purpose)))
            }),
            Produce::Counter => column.last.as_ref().map(|last| {
                as_whole(last).map_or_else(|| last.clone(), |whole| number(growth.rising(column.start, whole)))
            }),
            Produce::DailyPeak => column.last.as_ref().map(|last| {
                let peak = growth.rising(0, as_whole(last).unwrap_or_default());
                number(if growth.settled { peak } else { peak - growth.noise.at(growth.slot, 41, 1 + peak / 2) })
            }),
            Produce::Scaled => with_last(blocks::scaled),
            Produce::Contacts => with_last(blocks::contacts),
            Produce::ContactVerification => with_last(blocks::contact_verification),
            Produce::Integrations => with_last(blocks::integrations),
            Produce::UniqueUsers => column.last.as_ref().map(|last| blocks::unique_users(last, growth, created_ms)),
            Produce::UniqueClients => column.last.as_ref().map(|last| blocks::unique_clients(last, growth, created_ms)),
            Produce::Apps if moment.index < 2 * self.quiet => column.last.as_ref().map(blocks::apps_not_up),
            Produce::CreatedAt => Some(Value::Date(created_ms)),
            Produce::UniqueId
            | Produce::InstalledAt
            | Produce::Version
            | Produce::Tag
            | Produce::Branch
            | Produce::Apps
            | Produce::Kept => column.last.clone(),
            Produce::UpdatedAt | Produce::StatsToken | Produce::Os | Produce::Process => None,
        }
    }

    fn was_reset_later(&self, created_ms: i64) -> bool {
        created_ms < self.last.installed_ms
    }

    /// The latest of the events of one kind, as of the moment: the very last one was at `last_ms`, the first one after
    /// `none_ms`. `None` before the first, and when the last record knows of none.
    fn latest(&self, moment: &Moment<'_>, last_ms: Option<i64>, none_ms: i64, purpose: i64) -> Option<i64> {
        let last_ms = last_ms?;
        let created_ms = moment.created_ms;
        if created_ms >= last_ms {
            return Some(last_ms);
        }
        let step = self.calendar.period_ms() * 2;
        let event = |slot: i64| slot * step + self.noise.at(slot, purpose, step);
        let slot = created_ms.div_euclid(step);
        let latest = if event(slot) <= created_ms { event(slot) } else { event(slot - 1) };
        (created_ms > none_ms).then_some(latest.max(none_ms + 1))
    }

    /// A login date as the era stores it: a date or nothing, then JavaScript's text or empty text.
    fn login_date(&self, at_ms: Option<i64>) -> Option<Value> {
        match (self.era.has_date_text(), at_ms) {
            (false, at_ms) => at_ms.map(Value::Date),
            (true, Some(at_ms)) => Some(js_date_text(at_ms).into()),
            (true, None) => Some("".into()),
        }
    }

    fn token(&self, moment: &Moment<'_>, at_ms: i64) -> Value {
        let last = &self.last;
        let unique_id = if self.was_reset_later(moment.created_ms) {
            &last.unique_id_before_reset
        } else {
            last.record.get("uniqueId").and_then(Value::as_str).unwrap_or_default()
        };
        stats_token(unique_id, &moment.id, at_ms).into()
    }
}

impl Iterator for History {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        let index = self.next;
        if index >= self.records {
            return None;
        }
        self.next += 1;
        Some(if self.next == self.records { self.last.record.clone() } else { self.record(index) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.records - self.next).unwrap_or_default();
        (left, Some(left))
    }
}

impl ExactSizeIterator for History {}

impl Migration {
    /// The record of the stay that was entered at `migrated_ms`, as of `created_ms`.
    fn at(&self, created_ms: i64, migrated_ms: i64) -> Document {
        let last_locked_ms = self.last.get("lockedAt").and_then(millis).unwrap_or(i64::MAX);
        if self.is_last && last_locked_ms <= created_ms {
            return self.last.clone();
        }
        let mut now = Document::with_capacity(self.last.len());
        for (name, last) in self.last.iter() {
            let value = match (&**name, last) {
                // A workspace that was never upgraded has had no lock.
                ("lockedAt" | "buildAt", _) if self.is_first => continue,
                ("version", _) => Value::Int32(self.version),
                ("buildAt", _) => iso(migrated_ms - 3 * 86_400_000).into(),
                (_, Value::Date(_)) => Value::Date(migrated_ms),
                (_, other) => other.clone(),
            };
            now.push(name.clone(), value);
        }
        now
    }
}

/// The stays of a history of `records` records: one for each host, the last one's own at the end.
fn stays(data: &SeedData, records: i64) -> Vec<Stay> {
    let own = |name| data.last.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let count = data.hosts.len() + 1;
    let mut from = 0;
    let mut stays = Vec::with_capacity(count);
    for (at, host) in data.hosts.iter().map(Some).chain([None]).enumerate() {
        // The last stays have the last versions; the first version lasts when there are fewer.
        let release = data.releases.get((at + data.releases.len()).saturating_sub(count)).or(data.releases.last());
        let Some(release) = release else { continue };
        let is_last = host.is_none();
        let mut process = own("process");
        if let Some(node_version) = &release.node_version {
            process.insert("nodeVersion", Value::String(node_version.clone()));
        }
        if let Some(host) = host {
            process.insert("pid", host.pid);
        }
        let era = RecordEra::for_version(release.version.clone());
        stays.push(Stay {
            from,
            later: i64::try_from(count - 1 - at).unwrap_or_default(),
            instances: host.map_or_else(
                || {
                    data.last
                        .get("instanceCount")
                        .and_then(as_whole)
                        .and_then(|count| count.try_into().ok())
                        .unwrap_or(1)
                },
                |host| host.instances,
            ),
            change_watcher: host
                .map_or_else(|| data.last.get("oplogEnabled") == Some(&Value::Bool(true)), |host| host.change_watcher),
            os: host.map_or_else(|| own("os"), |host| host.os.clone()),
            process,
            deploy: host.map_or_else(|| own("deploy"), |host| host.deploy.clone()).into(),
            migration: Migration { last: own("migration"), version: release.migration, is_first: at == 0, is_last },
            columns: columns(&era, data, release, is_last),
            era,
        });
        from += records * i64::from(host.map_or(0, |host: &Host| host.percent)) / 100;
    }
    stays
}

/// The fields of the records of one release, whose era `shape` is.
fn columns(shape: &RecordEra, data: &SeedData, release: &Release, is_last: bool) -> Vec<Column> {
    // What the last record's version no longer writes has no last value to grow to.
    let fields = shape.fields().filter(|field| data.era.fields().any(|kept| kept.name == field.name));
    (100_i64..)
        .zip(fields)
        .map(|(purpose, field)| {
            let last = data.last.get(field.name);
            let text = |text: &Option<Box<str>>| match text {
                Some(text) => Some(Value::String(text.clone())),
                // An era that stores an explicit null has it in the last record.
                None => last.cloned(),
            };
            let last = match field.produce {
                _ if is_last => last.cloned(),
                Produce::Version => Some(release.version.to_string().into()),
                Produce::Tag => text(&release.tag),
                Produce::Branch => text(&release.branch),
                _ => last.map(|last| nested_of(last, field.name, shape)),
            };
            Column {
                name: data.shared_name(field.name),
                produce: field.produce,
                last,
                start: data.start_of(field.name),
                purpose,
            }
        })
        .collect()
}

/// The value without the inner fields that `era` does not write.
fn nested_of(last: &Value, outer: &str, era: &RecordEra) -> Value {
    match last {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| era.has_nested(outer, name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Document>()
            .into(),
        other => other.clone(),
    }
}

fn new_id(era: &RecordEra, created_ms: i64, draw: &mut Draw) -> Box<str> {
    match era.id_kind() {
        IdKind::Meteor => meteor_id(draw),
        IdKind::ObjectId => object_id(created_ms, draw),
    }
}

/// The milliseconds of a date or of text that tells one.
fn millis(value: &Value) -> Option<i64> {
    match value {
        Value::Date(ms) => Some(*ms),
        Value::String(text) => parse_iso(text).or_else(|| parse_js_date_text(text)),
        _ => None,
    }
}
