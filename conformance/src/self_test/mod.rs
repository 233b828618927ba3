//! The tester tested: deliberate faults in a proxy before a faithful server. Every fault must be caught, every MUST case
//! must catch one, the report must name the place that was spoiled, and differences that are no faults must pass.
//!
//! `faults` holds the catalogue, `recipe` what a fault told by data can do, `benign` the harmless differences, `reach` which
//! cases a fault can change anything for, `matrix` what became of all. It uses the engine as any front end does; nothing of
//! the engine uses it.

pub mod benign;
pub mod faults;
mod list;
pub mod matrix;
mod message;
mod proxy;
mod reach;
mod recipe;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::case::load::Suite;
use crate::case::{Level, Safety, Version};
use crate::credentials::Credentials;
use crate::event::{Event, Sink};
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

use benign::Benign;
pub use faults::Fault;
pub use matrix::Matrix;
pub use message::{Reply, Request};
use proxy::Proxy;
use reach::Reach;
pub use server::Server;

/// A function that makes the answer to a request.
pub type Spoil = fn(&Server, &Request) -> Reply;

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
    /// No server was given.
    #[error("no server is given")]
    NoTarget,
    /// A defect of the self-test.
    #[error("a part of the self-test ended early, which is a defect of the tester")]
    Panicked,
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
    /// Whether the report named what was spoiled.
    pub fn is_named(&self, caught: &Caught) -> bool {
        caught.pointers.iter().any(|pointer| names(&self.place, pointer))
    }
}

/// Runs cases against a server.
fn judge(
    suite: &Suite,
    options: &Options,
    url: &Url,
    mode: Safety,
    selection: Vec<String>,
    sink: &mut dyn Sink,
) -> Result<RunResult, RunError> {
    let limits = Limits { request: Duration::from_secs(30), ..Limits::default() };
    let config = Config {
        url: url.clone(),
        profile: options.profile.clone(),
        choice: Choice { selection, ..Choice::default() },
        mode,
        own_server: mode == Safety::Mutating,
        strict: false,
        credentials: options.credentials.clone(),
        allow_plain_http: url.loopback,
        policy: Policy { limits, retries: 0, ..Policy::default() },
        max_records: 2000,
        settings: options.settings.clone(),
        expectations: Expectations::default(),
        seed: 1,
    };
    run::run(suite, &config, &Interrupt::default(), sink)
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

/// The targets without anything before them: the run that says which cases there are to judge by.
fn baseline(suite: &Suite, options: &Options) -> Result<(RunResult, Reach), SelfTestError> {
    let mut first = None;
    // Each target, not only the first: what costs leaves records behind, and they must stay alike.
    for url in &options.targets {
        if url.tls {
            return Err(SelfTestError::Tls);
        }
        let mut reach = Reach::default();
        let result = judge(suite, options, url, options.mode, Vec::new(), &mut reach)?;
        if let Some(stopped) = &result.run.stopped {
            return Err(SelfTestError::NotFaithful(stopped.detail.clone()));
        }
        if let Some(case) = result.cases.iter().find(|case| bad(case) && case.level == Level::Must) {
            let why = case.failures.first().map(|failure| format!("{} is {}", failure.pointer, failure.actual));
            return Err(SelfTestError::NotFaithful(format!("{} fails: {}", case.id, why.unwrap_or_default())));
        }
        first.get_or_insert((result, reach));
    }
    first.ok_or(SelfTestError::NoTarget)
}

/// Something to put before the server.
#[derive(Clone, Copy)]
enum Trial<'a> {
    Fault(&'a Fault, Safety),
    Benign(&'static Benign),
}

/// What came of the trials so far.
#[derive(Default)]
struct Results {
    caught: BTreeMap<String, Caught>,
    benign: BTreeMap<&'static str, Vec<String>>,
}

/// What all trials have in common.
struct Bench<'a> {
    suite: &'a Suite,
    options: &'a Options,
    /// The cases that the faithful server passes.
    decided: BTreeSet<String>,
    reach: Reach,
    results: Mutex<Results>,
}

impl Bench<'_> {
    fn trial(&self, url: &Url, trial: Trial<'_>) -> Result<(), SelfTestError> {
        match trial {
            Trial::Fault(fault, mode) => self.fault(url, fault, mode),
            Trial::Benign(benign) => self.benign(url, benign),
        }
    }

    /// The cases that meet a fault: those of the topics that must catch it, or all. Of a fault that only reads, the cases
    /// for which every answer is the faithful one are left out: what they would say has been said.
    fn meeting(&self, fault: &Fault, mode: Safety) -> Vec<String> {
        let topics = if self.options.thorough { vec!["RCS-".to_owned()] } else { topics(fault.cases()) };
        if mode > Safety::Observe {
            return topics;
        }
        self.reach.of(fault, self.suite, &topics)
    }

    /// Tries a fault. Records that have nothing to spoil are no trial.
    fn fault(&self, url: &Url, fault: &Fault, mode: Safety) -> Result<(), SelfTestError> {
        let meeting = self.meeting(fault, mode);
        let mut caught = Caught::default();
        if !meeting.is_empty() {
            let between = fault.clone();
            let proxy = Proxy::start(url, Arc::new(move |server, request| between.reply(server, request)))?;
            let result = judge(self.suite, self.options, &parse(&proxy.url), mode, meeting, &mut |_: &Event<'_>| {})?;
            if proxy.server.met_nothing() {
                return Ok(());
            }
            caught = Caught::of(&result);
        }
        self.results().caught.insert(fault.id.clone(), caught);
        Ok(())
    }

    fn benign(&self, url: &Url, benign: &'static Benign) -> Result<(), SelfTestError> {
        let scope = benign.scope.iter().map(|id| (*id).to_owned()).collect();
        let proxy = Proxy::start(url, Arc::new(benign.spoil))?;
        let url = parse(&proxy.url);
        let result = judge(self.suite, self.options, &url, Safety::Observe, scope, &mut |_: &Event<'_>| {})?;
        let failed = result.cases.iter().filter(|case| bad(case) && self.decided.contains(&case.id));
        let mut failed: Vec<String> = failed
            .map(|case| {
                let why = case.failures.first().map(|failure| format!("{}: {}", failure.pointer, failure.actual));
                format!("{} ({})", case.id, why.or_else(|| case.error.clone()).unwrap_or_default())
            })
            .collect();
        failed.extend(result.run.stopped.map(|stopped| stopped.detail));
        self.results().benign.insert(benign.what, failed);
        Ok(())
    }

    fn results(&self) -> MutexGuard<'_, Results> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the whole self-test: the server alone, then every fault and every benign difference before it.
pub fn self_test(suite: &Suite, faults: &[Fault], options: &Options) -> Result<Matrix, SelfTestError> {
    let (baseline, reach) = baseline(suite, options)?;
    let passed = baseline.cases.iter().filter(|case| case.outcome == Outcome::Pass);
    let decided: BTreeSet<String> = passed.map(|case| case.id.clone()).collect();
    // Faults must not move what they are judged by.
    let fixed = match (&options.profile, Version::parse(&baseline.target.profile)) {
        (Profile::Auto, Ok(version)) => Profile::Version(version),
        (given, _) => given.clone(),
    };
    let options = &Options { profile: fixed, ..options.clone() };

    let safety =
        |id: &String| suite.cases.iter().find(|case| case.id == *id).map_or(Safety::Observe, |case| case.safety);
    let chosen = |id: &str| options.only.is_empty() || options.only.iter().any(|start| id.starts_with(start.as_str()));
    let trials = faults.iter().filter(|fault| chosen(&fault.id)).filter_map(|fault| {
        let cases = fault.cases().filter(|id| decided.contains(id));
        cases.map(|id| safety(&id)).max().map(|mode| Trial::Fault(fault, mode))
    });
    // What writes comes last and one at a time, so that the others all meet the same records.
    let (quiet, writing): (Vec<Trial<'_>>, Vec<Trial<'_>>) =
        trials.partition(|trial| matches!(trial, Trial::Fault(_, Safety::Observe)));
    let benign = benign::BENIGN.iter().filter(|_| options.only.is_empty()).map(Trial::Benign);
    let quiet: Vec<Trial<'_>> = quiet.into_iter().chain(benign).collect();

    let bench = Bench { suite, options, decided, reach, results: Mutex::default() };
    let next = AtomicUsize::new(0);
    let work = |url: &Url| -> Result<(), SelfTestError> {
        while let Some(trial) = quiet.get(next.fetch_add(1, Ordering::Relaxed)) {
            bench.trial(url, *trial)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = options.targets.iter().map(|url| scope.spawn(|| work(url))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Err(SelfTestError::Panicked)))
    })?;
    if let Some(url) = options.targets.first() {
        for trial in writing {
            bench.trial(url, trial)?;
        }
    }
    let profile = match &options.profile {
        Profile::Documented => "documented".to_owned(),
        _ => baseline.target.profile,
    };
    let Bench { decided, results, .. } = bench;
    let Results { caught, benign } = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Matrix::new(profile, suite, decided, faults, caught, benign))
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
    fn faults_name_must_cases() {
        let suite = crate::case::load::load(crate::case::load::Folder::None).unwrap();
        let faults = faults::load(crate::case::load::Folder::None).unwrap();
        for fault in &faults {
            for id in fault.cases() {
                let case = suite.cases.iter().find(|case| case.id == id);
                assert!(case.is_some_and(|case| case.level == Level::Must), "{}: {id} is no MUST case", fault.id);
            }
        }
        assert!(faults.len() >= 500, "{} faults", faults.len());
    }
}
