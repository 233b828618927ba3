//! Puts a server together from its configuration. All of it happens before a port is opened.

use std::sync::Arc;

use thiserror::Error;

use super::config::Config;
use super::files::{self, Identity};
use crate::data::{DataError, Fixtures};
use crate::era::documented::{Catalogue, CatalogueError};
use crate::era::{ProfileError, Profiles};
use crate::rules::accounts::guard::LoginGuard;
use crate::seed::{MOST_RECORDS, RecordEra, SeedData, SeedError, SeedName, SeedSpec, generate, load_seed_file};
use crate::state::engagement::Engagement;
use crate::state::ids::IdSource;
use crate::state::settings::SettingError;
use crate::state::statistics::{Reading, Statistics};
use crate::state::users::{Email, User, Users, password_digest};
use crate::state::{Shared, State};
use crate::workspace::clock::ClockError;
use crate::workspace::rate_limiter::RateLimiter;
use crate::workspace::server_info::ServerInfo;
use crate::workspace::{Era, Options, Process, Workspace};

/// Why a server could not start. Every text says what to do about it.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address with --listen, or port 0 for a free one")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The thread or runtime could not be made.
    #[error("cannot start the server: {0}")]
    Runtime(std::io::Error),
    /// The profile does not exist or its file is wrong.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A fixture file cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The list of documented endpoints is wrong.
    #[error("{file}, {source}")]
    Catalogue {
        /// The list.
        file: String,
        /// The line and what it should be.
        source: CatalogueError,
    },
    /// The records cannot be made or read.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// More records than a history has room for.
    #[error("{0} records are too many for --records; {MOST_RECORDS} is the most")]
    TooManyRecords(usize),
    /// A number of records for a seed that has none to choose.
    #[error("--records goes with --seed-name history alone, not with {0}; leave one of them out")]
    FixedRecords(&'static str),
    /// A setting cannot be set.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The clock is none.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// An account asks for a role that does not exist.
    #[error("account \"{user}\": there is no role \"{role}\"; choose of {known}")]
    UnknownRole {
        /// The account.
        user: String,
        /// The role asked for.
        role: String,
        /// The roles there are.
        known: String,
    },
    /// An account's name is taken.
    #[error("account \"{0}\" is there already; choose another name, or --identities off")]
    UserExists(String),
    /// An account is added twice.
    #[error("account \"{0}\" is given twice with --user; give each name once")]
    UserTwice(String),
}

/// A server that only needs a port.
#[derive(Debug)]
pub struct Built {
    /// The workspace it starts with.
    pub workspace: Workspace,
    /// The ready-made accounts; empty without them.
    pub identities: Vec<Identity>,
}

/// The profiles of a folder of fixtures.
///
/// # Errors
/// When a file cannot be read or is wrong.
pub fn profiles(fixtures: &Fixtures) -> Result<Profiles, StartError> {
    let files = fixtures.profiles()?;
    Ok(Profiles::read(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

/// Builds the server `config` describes.
///
/// # Errors
/// [`StartError`]; nothing was started.
pub fn build(config: &Config) -> Result<Built, StartError> {
    if let Some(records) = config.records.filter(|records| *records > MOST_RECORDS) {
        return Err(StartError::TooManyRecords(records));
    }
    if config.records.is_some() && config.seed_file.is_none() && config.seed_name != SeedName::History {
        return Err(StartError::FixedRecords(config.seed_name.as_str()));
    }
    let fixtures = &config.fixtures;
    let process = process(fixtures)?;
    let profile = process.profiles.resolve(config.profile.as_deref(), config.version.as_ref())?;
    let era = RecordEra::for_version(profile.version.clone());
    let now_ms = config.clock.now_ms();

    let mut ids = IdSource::new(config.seed);
    let identities = if config.identities { files::identities(fixtures)? } else { Vec::new() };
    let mut users = files::users(&identities, now_ms);
    let roles = files::roles(fixtures, now_ms)?;
    for (number, spec) in config.users.iter().enumerate() {
        if let Some(role) = spec.roles.iter().find(|role| roles.get(role).is_none()) {
            let known = roles.iter().map(|role| role.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err(StartError::UnknownRole { user: spec.name.clone(), role: role.clone(), known });
        }
        if config.users.iter().take(number).any(|earlier| earlier.name.eq_ignore_ascii_case(&spec.name)) {
            return Err(StartError::UserTwice(spec.name.clone()));
        }
        if users.by_username(&spec.name).is_some() {
            return Err(StartError::UserExists(spec.name.clone()));
        }
        add_user(&mut users, spec, ids.meteor_id(), now_ms.saturating_sub(files::READY_MADE_AGE_MS));
    }

    let mut settings = files::settings(fixtures)?;
    settings.set("API_Enable_Rate_Limiter", config.rate_limit.into());
    settings.set("Site_Url", format!("http://{}", config.listen).into());
    for (id, text) in &config.settings {
        settings.set_text(id, text)?;
    }

    let seed_data = SeedData::load(fixtures, &era)?;
    let statistics = statistics(config, &era, &seed_data)?;
    let permissions = files::permissions(fixtures, now_ms)?;
    let state = State { users, roles, permissions, settings, statistics: Arc::new(statistics), ids, refreshes: 0 };
    let mut instance = IdSource::new(config.seed ^ 0x1d);
    let options = Options {
        delays: config.delays,
        licensed: config.licensed,
        unsafe_query_params: config.unsafe_query_params,
        create_token_secret: config.create_token_secret.clone(),
        query_budget: config.query_budget,
        instance_id: instance.meteor_id().into(),
    };
    let workspace = Workspace {
        engagement: if config.licensed { Engagement::read(fixtures, now_ms)? } else { Engagement::default() },
        process: Arc::new(process),
        era: Arc::new(Era { profile, records: era, seed_data }),
        state: Shared::new(state),
        clock: config.clock.clone(),
        started_at: now_ms,
        limiter: RateLimiter::default(),
        login_guard: LoginGuard::default(),
        options,
    };
    Ok(Built { workspace, identities })
}

/// What all workspaces made of `fixtures` share.
fn process(fixtures: &Fixtures) -> Result<Process, StartError> {
    Ok(Process {
        profiles: profiles(fixtures)?,
        documented: documented(fixtures)?,
        server_info: ServerInfo::read(fixtures)?,
        fixtures: fixtures.clone(),
    })
}

fn documented(fixtures: &Fixtures) -> Result<Catalogue, StartError> {
    const FILE: &str = "endpoints.tsv";
    let refuse = |source| StartError::Catalogue { file: fixtures.shown(FILE), source };
    Catalogue::read(&fixtures.text(FILE)?).map_err(refuse)
}

fn add_user(users: &mut Users, spec: &crate::host::config::UserSpec, id: String, created_at: i64) {
    users.add(User {
        id: id.into(),
        username: spec.name.clone(),
        name: spec.name.clone(),
        emails: vec![Email { address: format!("{}@example.org", spec.name), verified: true }],
        roles: spec.roles.clone(),
        kind: "user".to_owned(),
        status: "offline".to_owned(),
        active: true,
        password_digest: Some(password_digest(&spec.password)),
        totp_secret: None,
        tokens: Vec::new(),
        created_at,
        updated_at: created_at,
        last_login: None,
        extra: serde_json::Map::new(),
    });
}

fn statistics(config: &Config, era: &RecordEra, data: &SeedData) -> Result<Statistics, StartError> {
    if let Some(path) = &config.seed_file {
        let begin = |expected| Reading::new(era.date_paths(), expected);
        return Ok(load_seed_file(path, era, begin, Reading::push)?.finish());
    }
    let spec = SeedSpec { name: config.seed_name, records: config.records, seed: config.seed };
    let expected = match config.seed_name {
        SeedName::History => config.records.unwrap_or_else(|| data.default_records()),
        SeedName::Documented | SeedName::Empty => 1,
    };
    let mut records = Reading::new(era.date_paths(), expected);
    for record in generate(&spec, data) {
        records.push(record);
    }
    Ok(records.finish())
}
