//! Statistics: who may see them, a record made on demand, counters that clients raise.
//!
//! Upstream: `packages/rocketchat-statistics/server/**` (to 2.x), `apps/meteor/app/statistics/server/functions/*.ts`,
//! `apps/meteor/app/api/server/v1/stats.ts`.

use mongo_query::{Document, Value};

use crate::era::Profile;
use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::rules::settings;
use crate::seed::{RecordEra, RefreshFacts, SeedData, new_record_id, refreshed};
use crate::state::State;
use crate::state::tx::Tx;

/// How a caller without `view-statistics` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 403 `unauthorized`.
    Unauthorized,
    /// 400 `Not allowed [error-not-allowed]` with `errorType`.
    MeteorError,
    /// 400 `error-not-allowed`.
    NotAllowed,
}

impl Refusal {
    fn fault(self) -> Fault {
        match self {
            Self::Unauthorized => Fault::NotAllowed,
            Self::MeteorError => Fault::meteor("error-not-allowed", "Not allowed"),
            Self::NotAllowed => Fault::thrown("error-not-allowed"),
        }
    }
}

facts! {
    /// refuses a caller without view-statistics
    pub LIST_REFUSAL: Refusal = Refusal::Unauthorized => {
        (3, 0, 0) => Refusal::NotAllowed, "4f5423ac8 (#16059): statistics moved to async helpers, apps/meteor/app/statistics/server/functions/getStatistics.ts";
    }
    /// refuses a caller without view-statistics
    pub NEWEST_REFUSAL: Refusal = Refusal::MeteorError => {
        (3, 0, 0) => Refusal::NotAllowed, "4f5423ac8 (#16059): statistics moved to async helpers, apps/meteor/app/statistics/server/functions/getLastStatistics.ts";
    }
    /// counts off-the-record chats
    pub COUNTS_OTR: bool = true => {
        (8, 0, 0) => false, "off-the-record messages left with 8.0.0, apps/meteor/app/api/server/v1/stats.ts @ 8.6.1 (8d36c0b)";
    }
}

/// The counter behind the slash command `/jitsi`.
const JITSI_COUNTER: &str = "Jitsi_Start_SlashCommands_Count";

/// Whether the actor may list the records.
///
/// # Errors
/// As [`LIST_REFUSAL`] says.
pub fn may_list(state: &State, profile: &Profile, actor: &Actor) -> Result<(), Fault> {
    if actor.has_permission(state, "view-statistics") { Ok(()) } else { Err(LIST_REFUSAL.of(profile).fault()) }
}

/// Whether the actor may see the newest record.
///
/// # Errors
/// As [`NEWEST_REFUSAL`] says.
pub fn may_view(state: &State, profile: &Profile, actor: &Actor) -> Result<(), Fault> {
    if actor.has_permission(state, "view-statistics") { Ok(()) } else { Err(NEWEST_REFUSAL.of(profile).fault()) }
}

/// What a record made on demand is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The shape of the era's records.
    pub records: &'a RecordEra,
    /// What fresh ones are made from.
    pub data: &'a SeedData,
    /// When the server started, milliseconds since the Unix epoch.
    pub started_at: i64,
}

/// Makes a record of the workspace as it is now, stores it and returns it.
///
/// # Errors
/// As [`may_view`].
pub fn refresh(tx: &mut Tx<'_>, actor: &Actor, source: Source<'_>) -> Result<Document, Fault> {
    may_view(tx, tx.profile(), actor)?;
    let now_ms = tx.now_ms();
    let refreshes = tx.count_refresh();
    let facts = RefreshFacts {
        id: new_record_id(source.records, now_ms, tx.ids().chance()),
        now_ms,
        // Each refresh takes its time, also on a clock that stands still: two records never have the same uptime.
        uptime_ms: now_ms.saturating_sub(source.started_at).saturating_add(refreshes),
        // The history tells of a whole workspace, of which the accounts here are a few.
        users: None,
        custom_roles: None,
        last_login_ms: tx.users.iter().filter_map(|user| user.last_login).max(),
    };
    let newest = tx.statistics.newest();
    let fresh = refreshed(source.data, newest.as_ref(), &facts);
    tx.insert_record(fresh.clone());
    Ok(fresh)
}

/// Counts one event that a client reports.
///
/// # Errors
/// `event not found` for one the server does not know.
pub fn count_event(tx: &mut Tx<'_>, event: &Value) -> Result<(), Fault> {
    let event = event.as_object();
    let text = |name: &str| event.and_then(|event| event.get(name)).and_then(Value::as_str);
    match text("eventName").unwrap_or_default() {
        "updateCounter" => settings::raise(tx, text("settingsId").unwrap_or_default()),
        "slashCommandsStats" if text("command") == Some("jitsi") => settings::raise(tx, JITSI_COUNTER),
        "slashCommandsStats" => {}
        "otrStats" if tx.fact(&COUNTS_OTR) => {}
        _ => return Err(Fault::thrown("event not found")),
    }
    Ok(())
}
