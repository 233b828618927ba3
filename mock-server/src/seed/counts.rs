//! The counts of one moment of a history: users, rooms, messages. What must add up adds up by construction.

use std::collections::BTreeMap;

use mongo_query::{Document, Value};

use super::draw::Noise;

/// What a version counts, and how. The era knows the versions; see [`super::era::RecordEra::counting`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting {
    /// App, bot and guest users are neither active nor inactive.
    pub(super) people_only: bool,
    /// Busy users are counted apart.
    pub(super) busy_users: bool,
    /// The number of messages is the sum of its parts.
    pub(super) message_sums: bool,
    /// Messages of discussions are counted apart.
    pub(super) discussion_messages: bool,
}

/// How far a workspace has grown, as of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth<'a> {
    /// From 0 to [`Growth::FULL`].
    pub(super) progress: i64,
    /// Moments in one slot fall by the same amount, so that equal counts come in runs.
    pub(super) slot: i64,
    /// Whether the last counts are reached for good.
    pub(super) settled: bool,
    pub(super) noise: &'a Noise,
}

impl Growth<'_> {
    /// The progress of a workspace that has reached its last counts.
    pub(super) const FULL: i64 = 1 << 20;

    /// A number that goes from `start` to `last` without turning back.
    pub(super) fn rising(&self, start: i64, last: i64) -> i64 {
        start + (last - start).saturating_mul(self.progress) / Self::FULL
    }

    /// A number that goes from `start` to `last` and falls now and then; numbers below 24 do not fall.
    pub(super) fn counted(&self, start: i64, last: i64, purpose: i64) -> i64 {
        let risen = self.rising(start, last);
        if self.settled { risen } else { risen - self.noise.at(self.slot, purpose, 1 + risen / 24) }
    }
}

/// A whole number of a document; 0 when there is none.
pub(super) fn whole(document: &Document, name: &str) -> i64 {
    document.get(name).and_then(as_whole).unwrap_or_default()
}

/// The whole number a value is, or `None`.
pub(super) fn as_whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int32(number) => Some((*number).into()),
        Value::Int64(number) => Some(*number),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 2 to the 53rd")]
        Value::Double(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            Some(*number as i64)
        }
        _ => None,
    }
}

/// The value a JavaScript client stores for a count.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2 to the 53rd")]
pub(super) fn number(count: i64) -> Value {
    i32::try_from(count).map_or_else(|_| Value::from_js_number(count as f64), Value::Int32)
}

/// What the counts begin and end with.
#[derive(Debug)]
pub(super) struct Bounds {
    start: BTreeMap<String, i64>,
    users: Users,
    rooms: Rooms,
    messages: Messages,
}

impl Bounds {
    /// From the `start` counts to those of the record `last`.
    pub(super) fn new(start: BTreeMap<String, i64>, last: &Document) -> Self {
        Self { start, users: Users::of(last), rooms: Rooms::of(last), messages: Messages::of(last) }
    }

    /// What the count `name` begins with.
    pub(super) fn start(&self, name: &str) -> i64 {
        self.start.get(name).copied().unwrap_or_default()
    }
}

/// Numbers about users.
#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    pub(super) total: i64,
    pub(super) active: i64,
    pub(super) inactive: i64,
    pub(super) online: i64,
    pub(super) away: i64,
    pub(super) busy: i64,
    pub(super) offline: i64,
    pub(super) connected: i64,
}

impl Users {
    /// The numbers of a record.
    pub(super) fn of(record: &Document) -> Self {
        Self {
            total: whole(record, "totalUsers"),
            active: whole(record, "activeUsers"),
            inactive: whole(record, "nonActiveUsers"),
            online: whole(record, "onlineUsers"),
            away: whole(record, "awayUsers"),
            busy: whole(record, "busyUsers"),
            ..Self::default()
        }
    }

    /// The numbers of the moment `growth`, at `hour` of the day.
    pub(super) fn at(growth: &Growth<'_>, hour: i64, bounds: &Bounds, counting: Counting) -> Self {
        let last = &bounds.users;
        let noise = |purpose, bound| growth.noise.at(growth.slot.wrapping_mul(24) + hour, purpose, bound);
        let total = growth.counted(bounds.start("totalUsers"), last.total, 1).max(1);
        let inactive = if growth.settled {
            last.inactive
        } else {
            growth.rising(0, last.inactive) + growth.noise.at(growth.slot, 2, 1 + total / 24)
        };
        let inactive = inactive.clamp(0, total);
        // Apps, bots and guests are in neither count from 3.0 on; before, there was no third kind.
        let apart = if counting.people_only {
            growth.rising(1, (last.total - last.active - last.inactive).max(1)).clamp(0, total - inactive)
        } else {
            0
        };
        let active = total - inactive - apart;
        let (mut online, mut away, mut busy) = (last.online, last.away, last.busy);
        if !growth.settled {
            let working = (8..18).contains(&hour);
            online = active * if working { 20 + noise(3, 15) } else { noise(4, 5) } / 100;
            away = active * if working { noise(5, 12) } else { noise(6, 3) } / 100;
            busy = active * noise(7, 4) / 100;
        }
        if !counting.busy_users {
            busy = 0;
        }
        Self {
            total,
            active,
            inactive,
            online,
            away,
            busy,
            offline: total - online - away - busy,
            connected: online + away,
        }
    }
}

/// Numbers about rooms.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms {
    pub(super) total: i64,
    pub(super) channels: i64,
    pub(super) groups: i64,
    pub(super) direct: i64,
    pub(super) livechat: i64,
}

impl Rooms {
    /// The numbers of a record.
    fn of(record: &Document) -> Self {
        Self {
            total: whole(record, "totalRooms"),
            channels: whole(record, "totalChannels"),
            groups: whole(record, "totalPrivateGroups"),
            direct: whole(record, "totalDirect"),
            livechat: whole(record, "totalLivechat").max(whole(record, "totlalLivechat")),
        }
    }

    /// The numbers of the moment `growth`.
    pub(super) fn at(growth: &Growth<'_>, bounds: &Bounds) -> Self {
        let last = &bounds.rooms;
        let channels = growth.counted(bounds.start("totalChannels"), last.channels, 11);
        let groups = growth.counted(bounds.start("totalPrivateGroups"), last.groups, 12);
        let direct = growth.counted(bounds.start("totalDirect"), last.direct, 13);
        let livechat = growth.counted(bounds.start("totalLivechat"), last.livechat, 14);
        // Rooms of other kinds are in the total alone.
        let others = growth.rising(0, last.total - last.channels - last.groups - last.direct - last.livechat);
        Self { total: channels + groups + direct + livechat + others, channels, groups, direct, livechat }
    }
}

/// Numbers about messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Messages {
    pub(super) total: i64,
    pub(super) channels: i64,
    pub(super) groups: i64,
    pub(super) direct: i64,
    pub(super) discussions: i64,
    pub(super) livechat: i64,
}

impl Messages {
    /// The numbers of a record.
    fn of(record: &Document) -> Self {
        Self {
            total: whole(record, "totalMessages"),
            channels: whole(record, "totalChannelMessages"),
            groups: whole(record, "totalPrivateGroupMessages"),
            direct: whole(record, "totalDirectMessages"),
            discussions: whole(record, "totalDiscussionsMessages"),
            livechat: whole(record, "totalLivechatMessages"),
        }
    }

    /// The numbers of the moment `growth`.
    pub(super) fn at(growth: &Growth<'_>, bounds: &Bounds, counting: Counting) -> Self {
        let last = &bounds.messages;
        if !counting.message_sums {
            // The total counts messages; the parts add counters of rooms, which pruning does not lower.
            return Self {
                total: growth.counted(0, last.total, 21),
                channels: growth.rising(0, last.channels),
                groups: growth.rising(0, last.groups),
                direct: growth.rising(0, last.direct),
                discussions: 0,
                livechat: growth.rising(0, last.livechat),
            };
        }
        let channels = growth.counted(0, last.channels, 22);
        let groups = growth.counted(0, last.groups, 23);
        let direct = growth.counted(0, last.direct, 24);
        let livechat = growth.counted(0, last.livechat, 25);
        let discussions = if counting.discussion_messages { growth.counted(0, last.discussions, 26) } else { 0 };
        Self {
            total: channels + groups + direct + livechat + discussions,
            channels,
            groups,
            direct,
            discussions,
            livechat,
        }
    }
}
