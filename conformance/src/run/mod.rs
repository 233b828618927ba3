//! A run: find out what the target is, log in, try each case, tidy up, count.

mod ahead;
mod case;
mod evidence;
mod exchange;
mod tally;
mod walk;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::load::Suite;
use crate::case::{Capability, Case, Contract, Judge, Role, Safety, Version};
use crate::credentials::Credentials;
use crate::event::{Event, Sink};
use crate::exit;
use crate::expect::Facts;
use crate::expectations::{Circumstances, Expectations, Expected};
use crate::http::{Answer, HttpError};
use crate::interrupt::Interrupt;
use crate::json::swap_case;
use crate::model::{
    CaseResult, FORMAT, Run, RunResult, SettingInUse, Skip, StopReason, Stopped, Suite as SuiteInfo, Summary, Target,
};
use crate::outcome::{Outcome, SkipReason};
use crate::plan::{self, Choice, ChoiceError, Known};
use crate::redact::Redactor;
use crate::schemas::Schemas;
use crate::sender::{Policy, Sender};
use crate::target::{self, Found, Login, Profile, Session};
use crate::template::Variables;
use crate::url::Url;

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

/// Runs the suite against the target. Fails only when the run cannot begin; a target that cannot be tested is a result.
pub fn run(suite: &Suite, config: &Config, interrupt: &Interrupt, sink: &mut dyn Sink) -> Result<RunResult, RunError> {
    let chosen = plan::choose(&suite.cases, &suite.registry, &config.choice)?;
    if chosen.is_empty() {
        return Err(RunError::NothingSelected);
    }
    let has_credentials = Role::ALL.iter().any(|role| config.credentials.of(*role).is_some());
    if has_credentials && !config.url.tls && !config.url.loopback && !config.allow_plain_http {
        return Err(RunError::PlainHttp(config.url.authority.clone()));
    }
    if config.mode == Safety::Mutating && !config.own_server {
        return Err(RunError::NotOwned);
    }

    let started = Instant::now();
    let started_at = jiff::Timestamp::now();
    let redactor = Redactor::new(!config.url.loopback);
    learn_credentials(&redactor, &config.credentials);
    let mut sender = Sender::new(&config.url, config.policy, interrupt.clone());
    let mut settings = plan::default_settings();
    settings.extend(config.settings.clone());

    let (found, mut stopped) = match target::detect(&mut sender, sink) {
        Ok(found) => (found, None),
        Err(stopped) => (Found { version: None, source: "not found".to_owned() }, Some(stopped)),
    };
    let mut found = found;
    let mut sessions = BTreeMap::new();
    let mut notices = Vec::new();
    if stopped.is_none() {
        stopped = log_in(&mut sender, sink, config, &redactor, &mut sessions, &mut notices).err();
    }
    if let (Some(session), None) = (sessions.get(&Role::Privileged), &stopped) {
        target::refine(&mut sender, sink, session, &mut found);
    }
    let judge = match (target::judge(&config.profile, &found), &stopped) {
        (Ok(judge), _) => judge,
        // Nothing will be judged, so it does not matter by what.
        (Err(_), Some(_)) => Judge::Documented,
        (Err(why), None) => {
            log_out(&mut sender, sink, &sessions);
            return Err(RunError::Profile(why));
        }
    };

    let known = Known { judge: &judge, mode: config.mode, credentials: &config.credentials, settings: &settings };
    let running = chosen.iter().filter(|(case, disabled)| !disabled && plan::reason_to_skip(case, &known).is_none());
    let estimate = plan::estimate(running.map(|(case, _)| *case), &config.credentials);
    let mut info = Run {
        started: format!("{started_at:.0}"),
        duration_ms: 0.0,
        mode: config.mode,
        strict: config.strict,
        seed: config.seed,
        selection: config.choice.selection.clone(),
        requests: crate::model::Requests { planned: estimate.requests, ..sender.requests },
        roles: sessions.keys().copied().collect(),
        stopped: None,
        notices,
    };
    let suite_info = SuiteInfo {
        name: "conformance".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cases: suite.digest.clone(),
        registered: suite.registry.len(),
        folder: suite.folder.clone(),
    };
    let mut target_info = describe_target(config, &found, &judge, &settings, stopped.as_ref());
    sink.event(&Event::RunStarted { suite: &suite_info, target: &target_info, run: &info, cases: chosen.len() });

    let today = started_at.strftime("%Y-%m-%d").to_string();
    let profile = target_info.profile.clone();
    let circumstances = Circumstances {
        server: found.version.as_ref(),
        profile: &profile,
        target: &config.url.authority,
        today: &today,
    };
    let mut runner = Runner {
        suite,
        config,
        judge: &judge,
        version: found.version.as_ref(),
        settings: &settings,
        schemas: Schemas::default(),
        redactor: &redactor,
        sender,
        sessions,
        variables: Variables::default(),
        facts: None,
        facts_refreshed: 0,
        capabilities: BTreeMap::new(),
        shared: Shared::default(),
        planned_uses: planned_uses(&chosen),
        tally: tally::Tally::default(),
        upcoming: &chosen,
        ahead: HashMap::new(),
        traded: HashSet::new(),
    };
    runner.set_variables();
    let mut results = Vec::with_capacity(chosen.len());
    for (index, (case, disabled)) in chosen.iter().enumerate() {
        sink.event(&Event::CaseStarted { id: &case.id, title: &case.title, index });
        let expected_skip =
            config.expectations.of(&case.id, &circumstances).filter(|entry| entry.outcome == Expected::Skip);
        let mut result = if *disabled || expected_skip.is_some() {
            evidence::untried(case, Outcome::Disabled, None)
        } else if let Some(stopped) = &stopped {
            evidence::untried(case, Outcome::Skip, Some(not_reached(stopped)))
        } else {
            runner.upcoming = chosen.get(index..).unwrap_or_default();
            let (result, stop) = runner.case(case, sink);
            stopped = stop;
            result
        };
        config.expectations.apply(&mut result, &circumstances);
        sink.event(&Event::CaseFinished { result: &result, index });
        results.push(result);
    }
    runner.sender.winding_up = true;
    log_out(&mut runner.sender, sink, &runner.sessions);

    target_info.capabilities = runner
        .capabilities
        .iter()
        .filter(|(_, has)| **has)
        .map(|(capability, _)| capability.as_str().to_owned())
        .collect();
    info.requests = crate::model::Requests { planned: estimate.requests, ..runner.sender.requests };
    info.duration_ms = milliseconds(started.elapsed());
    info.stopped.clone_from(&stopped);
    let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    let stale = config.expectations.stale(&results, &ids, &today);
    let mut summary = Summary::of(&results);
    let (exit, verdict) = exit::verdict(&results, stopped.as_ref(), &stale, config.strict);
    summary.exit_code = exit.code();
    summary.verdict = redactor.text(&verdict);
    let result = RunResult {
        format: FORMAT,
        complete: stopped.is_none(),
        suite: suite_info,
        target: target_info,
        run: info,
        summary,
        cases: results,
        stale_expectations: stale,
    };
    sink.event(&Event::RunFinished { result: &result });
    Ok(result)
}

fn milliseconds(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn learn_credentials(redactor: &Redactor, credentials: &Credentials) {
    if redactor.is_shape_only() {
        // The names of real accounts are personal. Those of a test server are words that would only make reports hard to read.
        for account in Role::ALL.into_iter().filter_map(|role| credentials.of(role)) {
            redactor.learn("RC_USER", account.user.as_deref().unwrap_or_default());
        }
    }
    for (role, prefix) in [(Role::Privileged, "RC"), (Role::Unprivileged, "RC_UNPRIVILEGED")] {
        let Some(account) = credentials.of(role) else { continue };
        let secrets = [
            ("PASSWORD", account.password.clone()),
            ("PASSWORD_SHA256", account.password.as_deref().map(sha256_hex)),
            ("TOKEN", account.auth_token.clone()),
            ("USER_ID", account.user_id.clone()),
            ("TOTP_SECRET", account.totp_secret.clone()),
        ];
        for (name, secret) in secrets {
            redactor.learn(&format!("{prefix}_{name}"), secret.as_deref().unwrap_or_default());
        }
        // Cases spoil credentials; what they make of them gives the secret away as well.
        if let Some(password) = &account.password {
            let user = account.user.as_deref().unwrap_or_default();
            redactor.learn(&format!("{prefix}_BASIC"), &STANDARD.encode(format!("{user}:{password}")));
            redactor.learn(&format!("{prefix}_PASSWORD_IN_THE_OTHER_CASE"), &swap_case(password));
        }
    }
}

fn learn_session(redactor: &Redactor, role: Role, session: &Session) {
    let prefix = if role == Role::Privileged { "RC" } else { "RC_UNPRIVILEGED" };
    redactor.learn(&format!("{prefix}_TOKEN"), &session.token);
    redactor.learn(&format!("{prefix}_BEGINNING_OF_TOKEN"), session.token.get(..20).unwrap_or_default());
    redactor.learn(&format!("{prefix}_USER_ID"), &session.user_id);
}

fn sha256_hex(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn log_in(
    sender: &mut Sender,
    sink: &mut dyn Sink,
    config: &Config,
    redactor: &Redactor,
    sessions: &mut BTreeMap<Role, Session>,
    notices: &mut Vec<String>,
) -> Result<(), Stopped> {
    for role in Role::ALL {
        let Some(account) = config.credentials.of(role) else { continue };
        // What logs in must be able to log out.
        sender.reserved += 1;
        let login = target::login(sender, sink, role, account, redactor)?;
        if !matches!(&login, Login::Done(session) if session.logged_in_here) {
            sender.reserved -= 1;
        }
        match login {
            Login::Done(session) => {
                learn_session(redactor, role, &session);
                sessions.insert(role, session);
            }
            Login::Refused(why) => {
                log_out(sender, sink, sessions);
                return Err(Stopped { reason: StopReason::CredentialsRejected, detail: why });
            }
            Login::Odd(why) => {
                notices.push(format!(
                    "logging in the {} account had no usable answer: {}",
                    role.as_str(),
                    redactor.text(&why)
                ));
            }
        }
    }
    Ok(())
}

fn log_out(sender: &mut Sender, sink: &mut dyn Sink, sessions: &BTreeMap<Role, Session>) {
    sender.winding_up = true;
    for session in sessions.values() {
        target::logout(sender, sink, session);
    }
}

fn not_reached(stopped: &Stopped) -> Skip {
    let reason = match stopped.reason {
        StopReason::BudgetExhausted => SkipReason::BudgetExhausted,
        _ => SkipReason::NotReached,
    };
    Skip { reason, detail: stopped.detail.clone() }
}

fn describe_target(
    config: &Config,
    found: &Found,
    judge: &Judge,
    settings: &BTreeMap<String, Value>,
    stopped: Option<&Stopped>,
) -> Target {
    let (profile, contract) = match judge {
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
        server_version: found.version.as_ref().map(ToString::to_string),
        version_source: found.source.clone(),
        profile,
        contract,
        settings: settings.iter().map(setting).collect(),
        capabilities: Vec::new(),
    }
}

/// How often each shareable request comes up, so that an answer is kept only as long as it is needed.
fn planned_uses(chosen: &[(&Case, bool)]) -> HashMap<String, u32> {
    let mut uses = HashMap::new();
    for (case, disabled) in chosen {
        if !disabled {
            for request in case.steps.iter().filter_map(|step| step.request.as_ref()) {
                if let Some(key) = plan::sharing_key(request) {
                    *uses.entry(key).or_default() += 1;
                }
            }
        }
    }
    uses
}

/// Answers kept for later requests that are the same.
#[derive(Default)]
struct Shared {
    answers: HashMap<String, Rc<Answer>>,
    /// The size of their bodies.
    bytes: usize,
}

impl Shared {
    /// So much of bodies is kept; what comes on top is asked for again. An honest target's answers take a tenth of it.
    const MOST_BYTES: usize = 16 * 1024 * 1024;

    fn get(&self, key: &str) -> Option<Rc<Answer>> {
        self.answers.get(key).cloned()
    }

    fn keep(&mut self, key: String, answer: &Rc<Answer>) {
        let bytes = self.bytes + answer.bytes.len();
        if bytes <= Self::MOST_BYTES {
            self.bytes = bytes;
            self.answers.insert(key, Rc::clone(answer));
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(answer) = self.answers.remove(key) {
            self.bytes -= answer.bytes.len();
        }
    }
}

/// A run on its way.
struct Runner<'a> {
    suite: &'a Suite,
    config: &'a Config,
    judge: &'a Judge,
    version: Option<&'a Version>,
    settings: &'a BTreeMap<String, Value>,
    schemas: Schemas,
    redactor: &'a Redactor,
    sender: Sender,
    sessions: BTreeMap<Role, Session>,
    /// The built-in variables.
    variables: Variables,
    /// The shared walk, or why there is none.
    facts: Option<Result<Rc<Facts>, String>>,
    facts_refreshed: u32,
    capabilities: BTreeMap<Capability, bool>,
    shared: Shared,
    planned_uses: HashMap<String, u32>,
    /// What was noted of all answers.
    tally: tally::Tally,
    /// The case on its way and those after it; `true` for the ones that are left out.
    upcoming: &'a [(&'a Case, bool)],
    /// Answers fetched ahead of the cases that ask for them.
    ahead: HashMap<String, Result<Answer, HttpError>>,
    /// Shareable requests that have been sent, and need not be fetched ahead.
    traded: HashSet<String>,
}

impl Runner<'_> {
    fn set_variables(&mut self) {
        for role in Role::ALL {
            let name = role.as_str();
            if let Some(session) = self.sessions.get(&role) {
                self.variables.set(format!("{name}.user_id"), session.user_id.clone());
                self.variables.set(format!("{name}.token"), session.token.clone());
            }
            if let Some(account) = self.config.credentials.of(role) {
                if let Some(user) = &account.user {
                    self.variables.set(format!("{name}.user"), user.clone());
                }
                if let Some(password) = &account.password {
                    self.variables.set(format!("{name}.password"), password.clone());
                    self.variables.set(format!("{name}.password_sha256"), sha256_hex(password));
                }
            }
        }
        for (setting, value) in self.settings {
            self.variables.set(format!("setting.{setting}"), value.clone());
        }
        let nonce: String = sha256_hex(&self.config.seed.to_string()).chars().take(10).collect();
        self.variables.set("run.nonce", nonce);
        self.variables.set("target.version", self.version.map(ToString::to_string).unwrap_or_default());
    }

    fn known(&self) -> Known<'_> {
        Known {
            judge: self.judge,
            mode: self.config.mode,
            credentials: &self.config.credentials,
            settings: self.settings,
        }
    }

    /// Forgets the answers kept for later requests: the target may give others by now.
    fn forget_answers(&mut self) {
        self.shared = Shared::default();
        self.ahead.clear();
        self.traded.clear();
    }

    /// One case, tried again once if the target's data changed under it.
    fn case(&mut self, case: &Case, sink: &mut dyn Sink) -> (CaseResult, Option<Stopped>) {
        const MOST_REFRESHES: u32 = 2;
        if let Some((reason, detail)) = plan::reason_to_skip(case, &self.known()) {
            return (evidence::untried(case, Outcome::Skip, Some(Skip { reason, detail })), None);
        }
        let (mut result, mut stopped) = case::attempt(self, case, sink);
        let may_have_moved =
            result.outcome == Outcome::Fail && plan::uses_facts(case) && case.safety == Safety::Observe;
        if stopped.is_none() && may_have_moved && self.facts_refreshed < MOST_REFRESHES && self.facts_are_outdated(sink)
        {
            self.facts = None;
            self.forget_answers();
            self.facts_refreshed += 1;
            let attempts = result.attempts;
            (result, stopped) = case::attempt(self, case, sink);
            result.attempts += attempts;
        }
        // What a case that makes records or changes the workspace was answered, and what came before it, holds no longer.
        if case.safety != Safety::Observe {
            self.facts = None;
            self.forget_answers();
        }
        (result, stopped)
    }
}
