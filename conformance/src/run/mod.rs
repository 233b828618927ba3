//! A run: find out what the target is, log in, try each case, tidy up, count.

mod ahead;
mod case;
mod cases;
mod evidence;
mod exchange;
mod opening;
mod runner;
mod secrets;
mod shared;
mod tally;
mod walk;

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use crate::case::load::Suite;
use crate::case::{Case, Contract, Judge, Safety};
use crate::credentials::Credentials;
use crate::event::{Event, Sink};
use crate::exit;
use crate::expectations::{Circumstances, Expectations};
use crate::interrupt::Interrupt;
use crate::model::{
    CaseResult, FORMAT, Requests, Run, RunResult, SettingInUse, Stopped, Suite as SuiteInfo, Summary, Target,
};
use crate::plan::{self, Choice, ChoiceError};
use crate::redact::Redactor;
use crate::sender::{Policy, Sender};
use crate::target::Profile;
use crate::url::Url;

use opening::Opened;
use runner::Runner;

/// Everything a run is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The target.
    pub url: Url,
    /// What to judge by.
    pub profile: Profile,
    /// Which cases.
    pub choice: Choice,
    /// What cases may do to the target.
    pub mode: Safety,
    /// The user says that the server is theirs; mutating cases need it.
    pub own_server: bool,
    /// Whether SHOULD cases count.
    pub strict: bool,
    /// The accounts.
    pub credentials: Credentials,
    /// Whether credentials may go over plain HTTP to another machine.
    pub allow_plain_http: bool,
    /// Limits, retries, budget, rate.
    pub policy: Policy,
    /// The most records the facts may hold.
    pub max_records: usize,
    /// Settings declared by the user.
    pub settings: BTreeMap<String, Value>,
    /// Known failures.
    pub expectations: Expectations,
    /// Seed of made-up names.
    pub seed: u64,
}

/// A run that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A selection that names nothing.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// No case was chosen.
    #[error("no case is selected: the ids, --level and --exclude leave none")]
    NothingSelected,
    /// Plain HTTP to another machine with credentials.
    #[error(
        "refusing to send credentials over plain HTTP to {0}: use https, or --allow-plain-http if the network is yours"
    )]
    PlainHttp(String),
    /// Mutating without consent.
    #[error("--mode mutating changes users, roles, permissions and settings of the target: add --i-own-this-server")]
    NotOwned,
    /// The profile cannot be decided.
    #[error("{0}")]
    Profile(String),
}

/// The cases of a run, in their order; `true` for the ones that are left out.
type Chosen<'a> = [(&'a Case, bool)];

/// Runs the suite against the target. Fails only when the run cannot begin; a target that cannot be tested is a result.
pub fn run(suite: &Suite, config: &Config, interrupt: &Interrupt, sink: &mut dyn Sink) -> Result<RunResult, RunError> {
    let chosen = admitted(suite, config)?;
    let began = Began { clock: Instant::now(), time: jiff::Timestamp::now() };
    let redactor = Redactor::new(!config.url.loopback);
    secrets::of_credentials(&redactor, &suite.resources, &config.credentials);
    let mut sender = Sender::new(&config.url, config.policy, interrupt.clone(), &redactor, sink);
    let mut opened = opening::open(&mut sender, &suite.resources, config, &redactor)?;
    let (mut stopped, notices) = (opened.stopped.take(), std::mem::take(&mut opened.notices));
    let server = opened.found.version.clone();

    let mut runner = Runner::new(suite, config, &redactor, sender, opened, &chosen);
    let mut head = Head::new(&runner, &began, stopped.as_ref(), notices);
    head.tell_start(&mut runner.sender, chosen.len());
    let today = began.time.strftime("%Y-%m-%d").to_string();
    let circumstances = Circumstances {
        server: server.as_ref(),
        profile: &head.target.profile,
        target: &config.url.authority,
        today: &today,
    };
    let results = runner.cases(&circumstances, &mut stopped);
    opening::log_out(&mut runner.sender, &runner.opened.sessions);

    head.update(&runner, &began, stopped);
    let result = head.result(&runner, results, &today);
    runner.sender.tell(&Event::RunFinished { result: &result });
    Ok(result)
}

/// The cases chosen. Fails when none are, and when the run would not be safe.
fn admitted<'a>(suite: &'a Suite, config: &Config) -> Result<Vec<(&'a Case, bool)>, RunError> {
    let chosen = plan::choose(&suite.cases, &suite.registry, &config.choice)?;
    if chosen.is_empty() {
        return Err(RunError::NothingSelected);
    }
    let has_credentials = config.credentials.all().next().is_some();
    if has_credentials && !config.url.tls && !config.url.loopback && !config.allow_plain_http {
        return Err(RunError::PlainHttp(config.url.authority.clone()));
    }
    if config.mode == Safety::Mutating && !config.own_server {
        return Err(RunError::NotOwned);
    }
    Ok(chosen)
}

/// When a run began: by a clock that only goes forward, and by that on the wall.
struct Began {
    clock: Instant,
    time: jiff::Timestamp,
}

/// What a result says of the run as a whole.
struct Head {
    suite: SuiteInfo,
    target: Target,
    run: Run,
}

impl Head {
    fn new(runner: &Runner<'_>, began: &Began, stopped: Option<&Stopped>, notices: Vec<String>) -> Self {
        let (suite, config) = (runner.suite, runner.config);
        Self {
            suite: SuiteInfo {
                name: "conformance".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                cases: suite.digest.clone(),
                registered: suite.registry.len(),
                folder: suite.folder.clone(),
            },
            target: describe_target(config, &runner.opened, &runner.settings, stopped),
            run: Run {
                started: format!("{:.0}", began.time),
                duration_ms: 0.0,
                mode: config.mode,
                strict: config.strict,
                seed: config.seed,
                selection: config.choice.selection.clone(),
                requests: Requests { planned: runner.planned(), ..runner.sender.requests },
                roles: runner.opened.sessions.keys().cloned().collect(),
                stopped: None,
                notices,
            },
        }
    }

    fn tell_start(&self, sender: &mut Sender<'_>, cases: usize) {
        sender.tell(&Event::RunStarted { suite: &self.suite, target: &self.target, run: &self.run, cases });
    }

    /// Says what the run turned out to be.
    fn update(&mut self, runner: &Runner<'_>, began: &Began, stopped: Option<Stopped>) {
        let had = runner.capabilities.iter().filter(|(_, has)| **has);
        self.target.capabilities = had.map(|(capability, _)| capability.as_str().to_owned()).collect();
        self.run.requests = Requests { planned: self.run.requests.planned, ..runner.sender.requests };
        self.run.duration_ms = milliseconds(began.clock.elapsed());
        self.run.stopped = stopped;
    }

    fn result(self, runner: &Runner<'_>, cases: Vec<CaseResult>, today: &str) -> RunResult {
        let config = runner.config;
        let ids: Vec<&str> = runner.suite.cases.iter().map(|case| case.id.as_str()).collect();
        let stale = config.expectations.stale(&cases, &ids, today);
        let mut summary = Summary::of(&cases);
        let (exit, verdict) = exit::verdict(&cases, self.run.stopped.as_ref(), &stale, config.strict);
        summary.exit_code = exit.code();
        summary.verdict = runner.redactor.text(&verdict);
        RunResult {
            format: FORMAT,
            complete: self.run.stopped.is_none(),
            suite: self.suite,
            target: self.target,
            run: self.run,
            summary,
            cases,
            stale_expectations: stale,
        }
    }
}

fn milliseconds(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn describe_target(
    config: &Config,
    opened: &Opened,
    settings: &BTreeMap<String, Value>,
    stopped: Option<&Stopped>,
) -> Target {
    let (profile, contract) = match &opened.judge {
        _ if stopped.is_some() => ("none".to_owned(), Contract::Documented),
        Judge::Documented => ("documented".to_owned(), Contract::Documented),
        Judge::Version(version) => (version.to_string(), Contract::Server),
    };
    let setting = |(name, value): (&String, &Value)| {
        let source = if config.settings.contains_key(name) { "declared" } else { "default" };
        (name.clone(), SettingInUse { value: value.clone(), source: source.to_owned() })
    };
    Target {
        url: config.url.base.clone(),
        loopback: config.url.loopback,
        server_version: opened.found.version.as_ref().map(ToString::to_string),
        version_source: opened.found.source.clone(),
        profile,
        contract,
        settings: settings.iter().map(setting).collect(),
        capabilities: Vec::new(),
    }
}
