//! The tester tested: deliberate faults in a proxy before a faithful server. Every fault must be caught, every MUST case
//! must catch one, the report must name the place that was spoiled, and differences that are no faults must pass.
//!
//! `faults` holds the catalogue, `benign` the harmless differences, `matrix` what became of them.

pub mod benign;
pub mod faults;
pub mod matrix;
mod message;
mod proxy;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::case::load::Suite;
use crate::case::{Level, Safety, Version};
use crate::credentials::Credentials;
use crate::event::Event;
use crate::expectations::Expectations;
use crate::http::Limits;
use crate::interrupt::Interrupt;
use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;
use crate::plan::Choice;
use crate::run::{self, Config, RunError};
use crate::sender::Policy;
use crate::target::Profile;
use crate::url::Url;

pub use matrix::Matrix;
pub use message::{Reply, Request};
pub use server::Server;

/// What stands between the tester and the faithful server: makes the answer to a request.
pub type Spoil = fn(&Server, &Request) -> Reply;

/// A deliberate fault.
pub struct Fault {
    /// `FAULT-<WHERE>-<WHAT>-<NNN>`.
    pub id: &'static str,
    /// What it spoils, as a phrase.
    pub what: &'static str,
    /// The place the report must name: a JSON pointer (`*` for any one segment; deeper places count as well), `status`,
    /// `body`, `answer` or `header NAME`; two of them joined by ` or `.
    pub pointer: &'static str,
    /// The cases that must catch it at least, without their `RCS-`; those that are not about the target's version aside.
    pub catches: &'static [&'static str],
    /// Makes it.
    pub spoil: Spoil,
}

/// What a self-test is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// Faithful servers, all alike; each is worked on by one thread.
    pub targets: Vec<Url>,
    /// What to judge by.
    pub profile: Profile,
    /// Accounts.
    pub credentials: Credentials,
    /// How far cases may go.
    pub mode: Safety,
    /// Settings of the target that are not the server's default.
    pub settings: BTreeMap<String, Value>,
    /// Whether every fault meets the whole suite, not only the topics of the cases that must catch it.
    pub thorough: bool,
    /// Beginnings of the ids of faults; all faults if empty.
    pub only: Vec<String>,
}

/// A self-test that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// No run against the server.
    #[error(transparent)]
    Run(#[from] RunError),
    /// No proxy.
    #[error("the proxy cannot be started: {0}")]
    Proxy(#[from] io::Error),
    /// The server behind the proxy must be without fault.
    #[error("the server is not faithful, so nothing can be said about faults: {0}")]
    NotFaithful(String),
    /// TLS.
    #[error("the self-test needs a server over plain HTTP, such as the mock server on this machine")]
    Tls,
}

/// What became of one fault.
#[derive(Debug, Clone, Default)]
pub struct Caught {
    /// MUST cases that failed.
    pub must: BTreeSet<String>,
    /// Cases of other levels that failed.
    pub others: BTreeSet<String>,
    /// Places the report named.
    pub pointers: BTreeSet<String>,
    /// How the run ended, if not by itself.
    pub stopped: Option<String>,
}

impl Caught {
    fn of(result: &RunResult) -> Self {
        let mut caught =
            Self { stopped: result.run.stopped.as_ref().map(|stopped| stopped.detail.clone()), ..Self::default() };
        for case in result.cases.iter().filter(|case| case.outcome == Outcome::Fail) {
            let set = if case.level == Level::Must { &mut caught.must } else { &mut caught.others };
            set.insert(case.id.clone());
            caught.pointers.extend(case.failures.iter().map(|failure| failure.pointer.clone()));
        }
        caught
    }
}

/// Whether a place named in a report is the one of a pattern, or lies within it.
fn names(pattern: &str, pointer: &str) -> bool {
    if let Some((one, other)) = pattern.split_once(" or ") {
        return names(one, pointer) || names(other, pointer);
    }
    if !pattern.starts_with('/') {
        return pattern.is_empty() || pattern == pointer;
    }
    let mut segments = pointer.split('/');
    pattern.split('/').all(|wanted| segments.next().is_some_and(|segment| wanted == "*" || wanted == segment))
}

impl Fault {
    /// The full ids of the cases that must catch it.
    pub fn cases(&self) -> impl Iterator<Item = String> {
        self.catches.iter().map(|id| format!("RCS-{id}"))
    }

    /// Whether the report named what was spoiled.
    pub fn is_named(&self, caught: &Caught) -> bool {
        caught.pointers.iter().any(|pointer| names(self.pointer, pointer))
    }
}

/// Runs cases against a server.
fn judge(suite: &Suite, options: &Options, url: &Url, selection: Vec<String>) -> Result<RunResult, RunError> {
    let limits = Limits { request: Duration::from_secs(30), ..Limits::default() };
    let config = Config {
        url: url.clone(),
        profile: options.profile.clone(),
        choice: Choice { selection, ..Choice::default() },
        mode: options.mode,
        own_server: options.mode == Safety::Mutating,
        strict: false,
        credentials: options.credentials.clone(),
        allow_plain_http: url.loopback,
        policy: Policy { limits, retries: 0, ..Policy::default() },
        max_records: 2000,
        settings: options.settings.clone(),
        expectations: Expectations::default(),
        seed: 1,
    };
    run::run(suite, &config, &Interrupt::default(), &mut |_: &Event<'_>| {})
}

/// The topics of cases, as beginnings of ids.
fn topics(cases: impl Iterator<Item = String>) -> Vec<String> {
    let topics: BTreeSet<String> =
        cases.filter_map(|id| id.rsplit_once('-').map(|(topic, _)| topic.to_owned())).collect();
    topics.into_iter().collect()
}

fn bad(case: &CaseResult) -> bool {
    matches!(case.outcome, Outcome::Fail | Outcome::Error)
}

/// Does the whole self-test: the server alone, then every fault and every benign difference before it.
pub fn self_test(suite: &Suite, options: &Options, progress: &(dyn Fn(&str) + Sync)) -> Result<Matrix, SelfTestError> {
    let Some(first) = options.targets.first() else { return Err(SelfTestError::Tls) };
    if options.targets.iter().any(|url| url.tls) {
        return Err(SelfTestError::Tls);
    }
    let baseline = judge(suite, options, first, Vec::new())?;
    if let Some(stopped) = &baseline.run.stopped {
        return Err(SelfTestError::NotFaithful(stopped.detail.clone()));
    }
    if let Some(case) = baseline.cases.iter().find(|case| bad(case) && case.level != Level::Should) {
        let why = case.failures.first().map(|failure| format!("{} is {}", failure.pointer, failure.actual));
        return Err(SelfTestError::NotFaithful(format!("{} fails: {}", case.id, why.unwrap_or_default())));
    }
    let decided: BTreeSet<String> =
        baseline.cases.iter().filter(|case| case.outcome == Outcome::Pass).map(|case| case.id.clone()).collect();
    // Faults must not move what they are judged by.
    let fixed = match (&options.profile, Version::parse(&baseline.target.profile)) {
        (Profile::Auto, Ok(version)) => Profile::Version(version),
        (given, _) => given.clone(),
    };
    let options = &Options { profile: fixed, ..options.clone() };
    let chosen = |id: &str| options.only.is_empty() || options.only.iter().any(|start| id.starts_with(start.as_str()));
    let tried: Vec<&'static Fault> =
        faults::all().filter(|fault| chosen(fault.id) && fault.cases().any(|id| decided.contains(&id))).collect();

    let caught = Mutex::new(BTreeMap::new());
    let failed_benign = Mutex::new(BTreeMap::new());
    let error = Mutex::new(None);
    let next = AtomicUsize::new(0);
    let work = |url: &Url| -> Result<(), SelfTestError> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if let Some(fault) = tried.get(at) {
                let selection = if options.thorough { Vec::new() } else { topics(fault.cases()) };
                let proxy = proxy::Proxy::start(url, fault.spoil)?;
                let result = judge(suite, options, &parse(&proxy.url), selection)?;
                progress(fault.id);
                caught.lock().unwrap_or_else(PoisonError::into_inner).insert(fault.id, Caught::of(&result));
            } else if let Some(benign) = benign::BENIGN.get(at - tried.len()).filter(|_| options.only.is_empty()) {
                let selection = benign.scope.iter().map(|id| (*id).to_owned()).collect();
                let proxy = proxy::Proxy::start(url, benign.spoil)?;
                let result = judge(suite, options, &parse(&proxy.url), selection)?;
                progress(benign.what);
                let mut failed: Vec<String> = result
                    .cases
                    .iter()
                    .filter(|case| bad(case) && decided.contains(&case.id))
                    .map(|case| {
                        let why =
                            case.failures.first().map(|failure| format!("{}: {}", failure.pointer, failure.actual));
                        format!("{} ({})", case.id, why.or_else(|| case.error.clone()).unwrap_or_default())
                    })
                    .collect();
                failed.extend(result.run.stopped.map(|stopped| stopped.detail));
                failed_benign.lock().unwrap_or_else(PoisonError::into_inner).insert(benign.what, failed);
            } else {
                return Ok(());
            }
        }
    };
    thread::scope(|scope| {
        for url in &options.targets {
            scope.spawn(|| {
                if let Err(why) = work(url) {
                    *error.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                }
            });
        }
    });
    if let Some(why) = error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(why);
    }
    let profile = match &options.profile {
        Profile::Documented => "documented".to_owned(),
        _ => baseline.target.profile.clone(),
    };
    Ok(Matrix::new(
        profile,
        suite,
        decided,
        tried,
        caught.into_inner().unwrap_or_else(PoisonError::into_inner),
        failed_benign.into_inner().unwrap_or_else(PoisonError::into_inner),
    ))
}

/// The address of a proxy, which is always one.
fn parse(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|_| unreachable!("a proxy's own address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_within_the_spoiled_one_name_it() {
        assert!(names("/statistics/*/os", "/statistics/7/os/totalmem"));
        assert!(names("/total", "/total") && !names("/total", "/totals"));
        assert!(!names("/statistics/*", "/statistics"));
        assert!(names("status", "status") && !names("status", "/status"));
        assert!(names("", "anything"));
        assert!(names("/count or /total", "/total") && !names("/count or /total", "/offset"));
    }

    #[test]
    fn ids_are_unique_and_their_cases_registered() {
        let suite = crate::case::load::load(crate::case::load::Folder::None).unwrap();
        let mut ids = BTreeSet::new();
        for fault in faults::all() {
            assert!(ids.insert(fault.id), "{} comes twice", fault.id);
            assert!(!fault.catches.is_empty(), "{} is caught by nothing", fault.id);
            for id in fault.cases() {
                let case = suite.cases.iter().find(|case| case.id == id);
                assert!(case.is_some_and(|case| case.level == Level::Must), "{}: {id} is no MUST case", fault.id);
            }
        }
        assert!(ids.len() >= 100, "{} faults", ids.len());
    }
}
