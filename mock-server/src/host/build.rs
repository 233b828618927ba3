//! Puts a server together from its configuration. All of it happens before a port is opened.

use std::sync::Arc;

use thiserror::Error;

use super::config::{Config, UserSpec};
use super::files::{self, Identity};
use crate::data::{DataError, Fixtures};
use crate::era::documented::{Catalogue, CatalogueError};
use crate::era::version::Version;
use crate::era::{ProfileError, Profiles};
use crate::rules::accounts::guard::LoginGuard;
use crate::seed::{MOST_RECORDS, RecordEra, SeedData, SeedError, SeedName, SeedSpec, generate, load_seed_file};
use crate::state::engagement::Engagement;
use crate::state::ids::IdSource;
use crate::state::roles::Roles;
use crate::state::settings::SettingError;
use crate::state::statistics::{Reading, Statistics};
use crate::state::users::{Email, User, Users, password_digest};
use crate::state::{Shared, State};
use crate::workspace::clock::ClockError;
use crate::workspace::rate_limiter::RateLimiter;
use crate::workspace::server_info::ServerInfo;
use crate::workspace::{Era, Eras, Options, Process, Workspace};

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

/// Builds the server `config` describes: a process, the era of its workspace, and that.
///
/// # Errors
/// [`StartError`]; nothing was started.
pub fn build(config: &Config) -> Result<Built, StartError> {
    possible(config)?;
    workspace(&Arc::new(process(&config.fixtures)?), config)
}

/// What can be told without any file.
fn possible(spec: &Config) -> Result<(), StartError> {
    if let Some(records) = spec.records.filter(|records| *records > MOST_RECORDS) {
        return Err(StartError::TooManyRecords(records));
    }
    if spec.records.is_some() && spec.seed_file.is_none() && spec.seed_name != SeedName::History {
        return Err(StartError::FixedRecords(spec.seed_name.as_str()));
    }
    Ok(())
}

/// What all workspaces made of `fixtures` share.
///
/// # Errors
/// When a file cannot be read or is wrong.
pub fn process(fixtures: &Fixtures) -> Result<Process, StartError> {
    let fixtures = fixtures.read_once();
    Ok(Process {
        profiles: profiles(&fixtures)?,
        documented: documented(&fixtures)?,
        server_info: ServerInfo::read(&fixtures)?,
        fixtures,
        eras: Eras::default(),
    })
}

/// What all workspaces of a profile and version share.
///
/// # Errors
/// When there is no such profile or version, or the data its records are made from cannot be read.
fn era(process: &Process, profile: Option<&str>, version: Option<&Version>) -> Result<Arc<Era>, StartError> {
    process.eras.of(process.profiles.resolve(profile, version)?, |profile| {
        let records = RecordEra::for_version(profile.version.clone());
        let seed_data = SeedData::load(&process.fixtures, &records)?;
        Ok(Era { profile, records, seed_data })
    })
}

/// Builds the workspace `spec` describes; its fixtures and workers are the process's affair, and of its address only the setting `Site_Url`
/// is made. No file of the process is read a second time.
///
/// # Errors
/// [`StartError`]; the process is as it was.
pub fn workspace(process: &Arc<Process>, spec: &Config) -> Result<Built, StartError> {
    possible(spec)?;
    let fixtures = &process.fixtures;
    let era = era(process, spec.profile.as_deref(), spec.version.as_ref())?;
    let now_ms = spec.clock.now_ms();

    let mut ids = IdSource::new(spec.seed);
    let identities = if spec.identities { files::identities(fixtures)? } else { Vec::new() };
    let mut users = Users::default();
    for user in files::users(&identities, now_ms) {
        let name = user.username.clone();
        users.add(user).map_err(|_| StartError::UserExists(name))?;
    }
    let roles = files::roles(fixtures, now_ms)?;
    add_users(&mut users, &roles, &spec.users, &mut ids, now_ms)?;

    let mut settings = files::settings(fixtures)?;
    settings.set("API_Enable_Rate_Limiter", spec.rate_limit.into());
    settings.set("Site_Url", format!("http://{}", spec.listen).into());
    for (id, text) in &spec.settings {
        settings.set_text(id, text)?;
    }

    let statistics = Arc::new(statistics(spec, &era)?);
    let permissions = files::permissions(fixtures, now_ms)?;
    let state = State { users, roles, permissions, settings, statistics, ids, refreshes: 0 };
    let workspace = Workspace {
        engagement: if spec.licensed { Engagement::read(fixtures, now_ms)? } else { Engagement::default() },
        process: process.clone(),
        era,
        state: Shared::new(state),
        clock: spec.clock.clone(),
        started_at: now_ms,
        limiter: RateLimiter::default(),
        login_guard: LoginGuard::default(),
        options: options(spec),
    };
    Ok(Built { workspace, identities })
}

fn options(spec: &Config) -> Options {
    let mut instance = IdSource::new(spec.seed ^ 0x1d);
    Options {
        delays: spec.delays,
        licensed: spec.licensed,
        unsafe_query_params: spec.unsafe_query_params,
        create_token_secret: spec.create_token_secret.clone(),
        query_budget: spec.query_budget,
        instance_id: instance.meteor_id().into(),
    }
}

fn documented(fixtures: &Fixtures) -> Result<Catalogue, StartError> {
    const FILE: &str = "endpoints.tsv";
    let refuse = |source| StartError::Catalogue { file: fixtures.shown(FILE), source };
    Catalogue::read(&fixtures.text(FILE)?).map_err(refuse)
}

fn add_users(
    users: &mut Users,
    roles: &Roles,
    specs: &[UserSpec],
    ids: &mut IdSource,
    now_ms: i64,
) -> Result<(), StartError> {
    for (number, spec) in specs.iter().enumerate() {
        if let Some(role) = spec.roles.iter().find(|role| roles.get(role).is_none()) {
            let known = roles.iter().map(|role| &*role.id).collect::<Vec<_>>().join(", ");
            return Err(StartError::UnknownRole { user: spec.name.clone(), role: role.clone(), known });
        }
        if specs.iter().take(number).any(|earlier| earlier.name.eq_ignore_ascii_case(&spec.name)) {
            return Err(StartError::UserTwice(spec.name.clone()));
        }
        if users.by_username(&spec.name).is_some() {
            return Err(StartError::UserExists(spec.name.clone()));
        }
        let user = user(spec, ids.meteor_id(), now_ms.saturating_sub(files::READY_MADE_AGE_MS));
        users.add(user).map_err(|_| StartError::UserExists(spec.name.clone()))?;
    }
    Ok(())
}

/// The user behind an account of the command line.
fn user(spec: &UserSpec, id: String, created_at: i64) -> User {
    User {
        name: spec.name.clone(),
        emails: vec![Email { address: format!("{}@example.org", spec.name), verified: true }],
        roles: spec.roles.clone(),
        password_digest: Some(password_digest(&spec.password)),
        ..User::new(id, spec.name.as_str(), created_at)
    }
}

fn statistics(spec: &Config, era: &Era) -> Result<Statistics, StartError> {
    let (shape, data) = (&era.records, &era.seed_data);
    if let Some(path) = &spec.seed_file {
        let begin = |expected| Reading::new(shape.date_paths(), expected);
        return Ok(load_seed_file(path, shape, begin, Reading::push)?.finish());
    }
    let seed = SeedSpec { name: spec.seed_name, records: spec.records, seed: spec.seed };
    let expected = match spec.seed_name {
        SeedName::History => spec.records.unwrap_or_else(|| data.default_records()),
        SeedName::Documented | SeedName::Empty => 1,
    };
    let mut records = Reading::new(shape.date_paths(), expected);
    for record in generate(&seed, data) {
        records.push(record);
    }
    Ok(records.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::Doors;
    use crate::workspace::clock::Clock;
    use crate::workspace::registry::Registry;

    fn of_version(version: &str) -> Config {
        Config {
            version: Some(version.parse().unwrap()),
            records: Some(3),
            clock: Clock::fixed(1_519_488_000_000),
            ..Config::default()
        }
    }

    #[test]
    fn workspaces_of_two_eras_share_a_process_and_nothing_they_change() {
        let process = Arc::new(process(&Fixtures::embedded()).unwrap());
        let make = |version| Arc::new(workspace(&process, &of_version(version)).unwrap().workspace);
        let (six, eight, other_six) = (make("6.8.0"), make("8.0.0"), make("6.8.0"));
        assert!(Arc::ptr_eq(&six.process, &eight.process));
        assert!(Arc::ptr_eq(&six.era, &other_six.era) && !Arc::ptr_eq(&six.era, &eight.era));
        let registry = Registry::new(six.clone());
        assert!(registry.insert("eight", eight.clone()).is_none());
        registry.insert("other", other_six.clone());
        assert!(Arc::ptr_eq(registry.default_workspace(), &six));
        assert!(Arc::ptr_eq(&registry.get("eight").unwrap(), &eight));
        let ids = |registry: &Registry| registry.all().into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(&registry), ["eight", "other"]);

        eight.state.write().insert_record(mongo_query::Document::new());
        eight.state.write().settings.set("Site_Name", "Eight".into());
        assert_eq!((six.state.read().statistics.len(), eight.state.read().statistics.len()), (3, 4));
        let name =
            |workspace: &Workspace| workspace.state.read().settings.get("Site_Name").map(|name| name.value.clone());
        assert_ne!(name(&six), name(&eight));
        assert_eq!(name(&six), name(&other_six));

        assert!(Arc::ptr_eq(&registry.remove("eight").unwrap(), &eight));
        assert!(registry.get("eight").is_none() && registry.remove("eight").is_none());
        assert_eq!(ids(&registry), ["other"]);
        assert!(format!("{:?}", Doors::new(Arc::new(registry))).contains("other"));
    }

    #[test]
    fn an_era_goes_with_its_last_workspace() {
        let process = Arc::new(process(&Fixtures::embedded()).unwrap());
        let era = |version| workspace(&process, &of_version(version)).unwrap().workspace.era;
        let gone = Arc::downgrade(&era("7.0.0"));
        assert!(gone.upgrade().is_none());
        let (again, same) = (era("7.0.0"), era("7.0.0"));
        assert!(Arc::ptr_eq(&again, &same));
    }

    #[test]
    fn a_second_workspace_reads_no_file() {
        let folder = tempfile::tempdir().unwrap();
        copy(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")), folder.path());
        let process = Arc::new(process(&Fixtures::from_folder(folder.path())).unwrap());
        let spec = Config { licensed: true, ..of_version("6.8.0") };
        let first = workspace(&process, &spec).unwrap();
        drop(folder);
        let second = workspace(&process, &spec).unwrap();
        assert_eq!(first.identities.len(), second.identities.len());
        let newest = |built: &Built| built.workspace.state.read().statistics.newest();
        assert_eq!(newest(&first), newest(&second));
    }

    fn copy(from: &std::path::Path, to: &std::path::Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in from.read_dir().unwrap() {
            let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
            if from.is_dir() {
                copy(&from, &to);
            } else {
                std::fs::copy(from, to).unwrap();
            }
        }
    }
}
