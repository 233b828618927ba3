//! The running server: one workspace, how it behaves, and what stays the same while it runs.

use std::sync::Arc;

use crate::clock::Clock;
use crate::endpoints::Catalogue;
use crate::facts::Facts;
use crate::login_guard::LoginGuard;
use crate::profile::{Profile, Switches};
use crate::query_params::Rules;
use crate::rate_limiter::RateLimiter;
use crate::seed::{RecordEra, SeedData};
use crate::store::Shared;
use crate::store::engagement::Engagement;
use crate::version::Version;

/// Everything an endpoint may ask for.
#[derive(Debug)]
pub struct App {
    /// How the server behaves.
    pub profile: Profile,
    /// The shape of the profile's statistics records.
    pub era: RecordEra,
    /// What fresh records are made from.
    pub seed_data: SeedData,
    /// The workspace's state.
    pub workspace: Shared,
    /// The workspace's time.
    pub clock: Clock,
    /// When the server started, milliseconds since the Unix epoch on `clock`.
    pub started_at: i64,
    /// What the documentation lists beyond them.
    pub catalogue: Catalogue,
    /// What the server says of itself.
    pub facts: Facts,
    /// What the engagement dashboard counts in; empty without the licence.
    pub engagement: Engagement,
    /// How `sort`, `fields` and `query` are read.
    pub rules: Rules,
    /// Calls counted so far.
    pub limiter: RateLimiter,
    /// Logins that failed lately.
    pub login_guard: LoginGuard,
    /// Switches of the command line that stand beside the profile.
    pub options: Options,
}

/// What the command line decides for the whole run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the refusals of the old eras are held back: `--delays on`.
    pub delays: bool,
    /// Whether the premium endpoints answer from data: `--licensed on`.
    pub licensed: bool,
    /// What `users.createToken` wants as `secret` (upstream: environment `CREATE_TOKENS_FOR_USERS_SECRET`).
    pub create_token_secret: Option<String>,
    /// The id every answer carries in `x-instance-id`.
    pub instance_id: Arc<str>,
}

impl App {
    /// The switches of the profile.
    pub fn switches(&self) -> &Switches {
        &self.profile.switches
    }

    /// The version the server reports.
    pub fn version(&self) -> &Version {
        &self.profile.version
    }
}
