//! A running workspace, and the three things it is made of: what the process has ([`Process`]), what a version is ([`Era`]) and what is its
//! own ([`Workspace`]). Many workspaces share the first two.

pub mod clock;
pub mod rate_limiter;
pub mod registry;
pub mod server_info;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mongo_query::Budget;

use crate::data::Fixtures;
use crate::era::documented::Catalogue;
use crate::era::version::Version;
use crate::era::{Profile, Profiles, Switches};
use crate::rules::accounts::guard::LoginGuard;
use crate::rules::fault::Fault;
use crate::seed::{RecordEra, SeedData};
use crate::state::Shared;
use crate::state::engagement::Engagement;
use crate::state::tx::Tx;
use clock::Clock;
use rate_limiter::RateLimiter;
use server_info::ServerInfo;

/// What stays the same for every workspace of the process.
#[derive(Debug)]
pub struct Process {
    /// The files that workspaces are made of, each read once.
    pub fixtures: Fixtures,
    /// The profiles there are.
    pub profiles: Profiles,
    /// What the documentation lists beyond the endpoints that are served.
    pub documented: Catalogue,
    /// What a server says of itself.
    pub server_info: ServerInfo,
    /// The eras of running workspaces.
    pub eras: Eras,
}

/// The eras that are in use, each once.
#[derive(Debug, Default)]
pub struct Eras(Mutex<HashMap<String, Weak<Era>>>);

impl Eras {
    /// The era of `profile`: the one that a running workspace has, or what `make` makes of it.
    ///
    /// # Errors
    /// What `make` returns.
    pub fn of<E>(&self, profile: Profile, make: impl FnOnce(Profile) -> Result<Era, E>) -> Result<Arc<Era>, E> {
        let name = format!("{} {}", profile.name, profile.version);
        // Held while the era is made, so that nobody makes it twice.
        let mut eras = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(era) = eras.get(&name).and_then(Weak::upgrade) {
            return Ok(era);
        }
        let era = Arc::new(make(profile)?);
        eras.retain(|_, era| era.strong_count() > 0);
        eras.insert(name, Arc::downgrade(&era));
        Ok(era)
    }
}

/// What a version is: how it behaves, and the shape of its records.
#[derive(Debug)]
pub struct Era {
    /// How the server behaves.
    pub profile: Profile,
    /// The shape of the profile's statistics records.
    pub records: RecordEra,
    /// What fresh records are made from.
    pub seed_data: SeedData,
}

/// One workspace: everything an endpoint may ask for.
#[derive(Debug)]
pub struct Workspace {
    /// What it shares with all others.
    pub process: Arc<Process>,
    /// What it shares with all of its version.
    pub era: Arc<Era>,
    /// What it remembers.
    pub state: Shared,
    /// Its time.
    pub clock: Clock,
    /// When it started, milliseconds since the Unix epoch on `clock`.
    pub started_at: i64,
    /// What the engagement dashboard counts in; empty without the licence.
    pub engagement: Engagement,
    /// Calls counted so far.
    pub limiter: RateLimiter,
    /// Logins that failed lately.
    pub login_guard: LoginGuard,
    /// Switches that stand beside the profile.
    pub options: Options,
}

/// What is decided for one workspace when it is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the refusals of the old eras are held back: `--delays on`.
    pub delays: bool,
    /// Whether the premium endpoints answer from data: `--licensed on`.
    pub licensed: bool,
    /// Whether `query` and `fields` work, where that can be chosen: `--unsafe-query-params`.
    pub unsafe_query_params: Option<bool>,
    /// What `users.createToken` wants as `secret` (upstream: environment `CREATE_TOKENS_FOR_USERS_SECRET`).
    pub create_token_secret: Option<String>,
    /// What one query may cost, in units of [`Budget`]; 0 for no end: `--query-budget`.
    pub query_budget: u64,
    /// The id every answer carries in `x-instance-id`.
    pub instance_id: Arc<str>,
}

impl Workspace {
    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.era.profile
    }

    /// The switches of the profile.
    pub fn switches(&self) -> &Switches {
        &self.era.profile.switches
    }

    /// Changes the state with `change`, now and by the rules of the era: all of it, or nothing when that fails.
    ///
    /// # Errors
    /// What `change` returns.
    pub fn change<T>(&self, change: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.state.change(self.profile(), self.clock.now_ms(), change)
    }

    /// What the next query may cost.
    pub fn query_budget(&self) -> Budget {
        Budget::new(self.options.query_budget)
    }

    /// The version the server reports.
    pub fn version(&self) -> &Version {
        &self.era.profile.version
    }
}
