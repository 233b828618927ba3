//! The result of a run: the one model every report is rendered from. Its JSON form is the canonical report, described in
//! `docs/report-format.md` and `schemas/report.schema.json`; within one [`FORMAT`] it only ever gains members.
//!
//! Everything in here has been through the redactor (`redact.rs`): no secret is left, and for a target that is not on
//! this machine bodies are reduced to their shape. It is *not* escaped: text that the server controls may hold anything
//! (markup, control characters, NUL), and each report makes it inert in its own way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{AccountName, CaseFolder, Contract, Finding, FindingKind, Level, Place, Safety, Source};
use crate::outcome::{Outcome, SkipReason};

/// The report format this build writes and reads.
pub const FORMAT: u32 = 1;

/// A finished (or broken-off) run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// [`FORMAT`].
    pub format: u32,
    /// Whether every selected case got its turn. `false` after an interruption, a lost target, a used-up budget or an
    /// internal error; the cases without a turn are listed as skipped.
    pub complete: bool,
    /// The suite that judged.
    pub suite: Suite,
    /// The server that was judged.
    pub target: Target,
    /// How.
    pub run: Run,
    /// Totals.
    pub summary: Summary,
    /// One entry a selected case, in the order of the registry.
    pub cases: Vec<CaseResult>,
    /// Entries of the expectations file that are out of date.
    pub stale_expectations: Vec<StaleExpectation>,
}

/// The suite that judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    /// `conformance`.
    pub name: String,
    /// Version of the tester.
    pub version: String,
    /// `sha256:` and the hex digest of the case files in use.
    pub cases: String,
    /// How many cases are registered.
    pub registered: usize,
    /// The folder given with `--cases`, if one was.
    #[serde(default)]
    pub folder: Option<CaseFolder>,
}

/// The server that was judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its address, without credentials.
    pub url: String,
    /// Whether it is on this machine; if not, evidence is shape only.
    pub loopback: bool,
    /// The version it reports, if one could be had.
    pub server_version: Option<String>,
    /// How the version was found, as a phrase: `GET /api/info as privileged`.
    pub version_source: String,
    /// What it was judged by: `documented` or a version.
    pub profile: String,
    /// The contract behind the profile.
    pub contract: Contract,
    /// Settings the cases counted on, with where the value is from: `declared` or `default`.
    pub settings: BTreeMap<String, SettingInUse>,
    /// What it was found able to do.
    pub capabilities: Vec<String>,
}

/// A setting the cases counted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingInUse {
    /// Its value.
    pub value: Value,
    /// `declared` (with `--setting`) or `default` (of the server).
    pub source: String,
}

/// How a run was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The mode, which limits what cases may do to the target.
    pub mode: Safety,
    /// Whether failed SHOULD cases fail the run.
    pub strict: bool,
    /// The seed of the names and values the run made up.
    pub seed: u64,
    /// Ids and prefixes given; empty for all.
    pub selection: Vec<String>,
    /// Requests.
    pub requests: Requests,
    /// The accounts the run had.
    pub roles: Vec<AccountName>,
    /// Why it was broken off, if it was.
    pub stopped: Option<Stopped>,
    /// Things the user should know about the run as a whole, one sentence each.
    pub notices: Vec<String>,
}

/// Counts of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Requests {
    /// How many the plan foresaw (pages of walks of unknown length are guessed).
    pub planned: u64,
    /// How many were sent.
    pub sent: u64,
    /// How many cases' requests were answered from an identical one sent before.
    pub shared: u64,
    /// How many answers were a 429.
    pub rate_limited: u64,
    /// How many were sent again after a network error.
    pub retried: u64,
    /// Time spent waiting for the limiter or for `--rate`, in milliseconds.
    pub waited_ms: u64,
}

/// Why a run was broken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The kind.
    pub reason: StopReason,
    /// A sentence for people.
    pub detail: String,
}

/// The reasons for breaking a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The target could not be reached, or stopped answering.
    TargetLost,
    /// The target still answers `GET /api/info`, but left too many other requests in a row without an answer.
    KeepsFailing,
    /// The target is not Rocket.Chat.
    NotRocketChat,
    /// The target refused the credentials it was given.
    CredentialsRejected,
    /// `--max-requests` was reached.
    BudgetExhausted,
    /// The limiter kept refusing.
    RateLimited,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// A defect of the tester.
    Internal,
}

/// Totals of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of cases by outcome.
    pub totals: Counts,
    /// Number of cases by level and outcome.
    pub levels: Levels,
    /// Number of findings by kind.
    pub findings: FindingCounts,
    /// Cases that say nothing about this target although they are about it.
    pub not_proven: Vec<NotProven>,
    /// The exit code of the run that made the result.
    pub exit_code: u8,
    /// The verdict as a sentence.
    pub verdict: String,
}

/// Number of cases by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each member counts the outcome of its name")]
pub struct Counts {
    pub pass: usize,
    pub fail: usize,
    pub error: usize,
    pub skip: usize,
    pub xfail: usize,
    pub xpass: usize,
    pub flaky: usize,
    pub disabled: usize,
}

impl Counts {
    /// The count of one outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Pass => self.pass,
            Outcome::Fail => self.fail,
            Outcome::Error => self.error,
            Outcome::Skip => self.skip,
            Outcome::Xfail => self.xfail,
            Outcome::Xpass => self.xpass,
            Outcome::Flaky => self.flaky,
            Outcome::Disabled => self.disabled,
        }
    }

    /// Adds one case.
    pub fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Pass => &mut self.pass,
            Outcome::Fail => &mut self.fail,
            Outcome::Error => &mut self.error,
            Outcome::Skip => &mut self.skip,
            Outcome::Xfail => &mut self.xfail,
            Outcome::Xpass => &mut self.xpass,
            Outcome::Flaky => &mut self.flaky,
            Outcome::Disabled => &mut self.disabled,
        };
        *count += 1;
    }

    /// All cases counted.
    pub fn total(&self) -> usize {
        Outcome::ALL.iter().map(|outcome| self.of(*outcome)).sum()
    }
}

/// Number of cases by level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each member counts the level of its name")]
pub struct Levels {
    pub must: Counts,
    pub should: Counts,
    pub observe: Counts,
    pub doc: Counts,
}

impl Levels {
    /// The counts of one level.
    pub fn of(&self, level: Level) -> &Counts {
        match level {
            Level::Must => &self.must,
            Level::Should => &self.should,
            Level::Observe => &self.observe,
            Level::Doc => &self.doc,
        }
    }

    fn of_mut(&mut self, level: Level) -> &mut Counts {
        match level {
            Level::Must => &mut self.must,
            Level::Should => &mut self.should,
            Level::Observe => &mut self.observe,
            Level::Doc => &mut self.doc,
        }
    }
}

/// Number of findings by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingCounts {
    /// The server breaks a requirement.
    pub server_fails: usize,
    /// A document is wrong.
    pub document_is_wrong: usize,
    /// Sources disagree.
    pub sources_disagree: usize,
}

/// A case that says nothing about this target although it is about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotProven {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Why: a skip reason, or `error`.
    pub reason: String,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Its id.
    pub id: String,
    /// A few words.
    pub title: String,
    /// The requirement as one sentence.
    pub requirement: String,
    /// Its weight.
    pub level: Level,
    /// What it does to the target.
    pub safety: Safety,
    /// The outcome.
    pub outcome: Outcome,
    /// Why it was skipped; for the outcome `skip` only.
    pub skip: Option<Skip>,
    /// Why it could not be decided; for the outcome `error` only.
    pub error: Option<String>,
    /// Every check that did not hold; for `fail` and `xfail`, and for `observe` and `doc` cases, whatever their outcome.
    pub failures: Vec<CheckFailure>,
    /// Which of several accepted forms the server showed.
    pub alternatives: Vec<AlternativeMet>,
    /// Findings: what the case says of the server, of the documents, and of the sources among themselves.
    pub findings: Vec<Finding>,
    /// Values the case notes without judging them.
    pub notes: Vec<Note>,
    /// Where the requirement comes from.
    pub sources: Vec<Source>,
    /// Where the case is written; unknown in reports of older testers.
    #[serde(default)]
    pub place: Option<Place>,
    /// What is usually behind a failure.
    pub likely_cause: Option<String>,
    /// What to do about a failure.
    pub remediation: Option<String>,
    /// What was sent and answered, in order.
    pub exchanges: Vec<Exchange>,
    /// A command line that repeats the request the first failure is about, with secrets as shell variables.
    pub curl: Option<String>,
    /// How long it took, waiting for the limiter not counted, in milliseconds.
    pub duration_ms: f64,
    /// How often it was tried; 0 for a case that was not.
    pub attempts: u32,
    /// The entry of the expectations file that applied to it.
    pub expectation: Option<AppliedExpectation>,
}

impl CaseResult {
    /// The area of the id: `LIST` of `RCS-LIST-PAGE-004`.
    pub fn area(&self) -> &str {
        self.id.split('-').nth(1).unwrap_or_default()
    }

    /// The topic of the id: `PAGE` of `RCS-LIST-PAGE-004`.
    pub fn topic(&self) -> &str {
        self.id.split('-').nth(2).unwrap_or_default()
    }
}

/// Why a case was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// For machines.
    pub reason: SkipReason,
    /// For people.
    pub detail: String,
}

/// A check that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFailure {
    /// The step, as its name or `step 1`.
    pub step: String,
    /// The kind of check.
    pub check: String,
    /// The place in the answer: a JSON pointer into the body (empty for the whole), `status`, `header content-type`, or `body`.
    pub pointer: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub actual: String,
    /// One sentence, where expected and actual alone do not say it.
    pub message: Option<String>,
}

/// Which of several accepted forms the server showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlternativeMet {
    /// The step.
    pub step: String,
    /// The form that was met.
    pub met: String,
    /// The contracts that state it.
    pub contracts: Vec<Contract>,
    /// The other forms that would have passed.
    pub others: Vec<String>,
}

/// A value noted without judging it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is called.
    pub name: String,
    /// The value, shape only for a target that is not on this machine.
    pub value: Value,
}

/// A request and its answer, as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The step it belongs to.
    pub step: String,
    /// The request.
    pub request: SentRequest,
    /// The answer, if one came.
    pub response: Option<ReceivedResponse>,
    /// Why none came.
    pub error: Option<String>,
    /// From sending to the last byte, in milliseconds.
    pub duration_ms: f64,
    /// Whether the answer is that of an identical request sent earlier in the run.
    pub shared: bool,
}

/// A request as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentRequest {
    /// The method.
    pub method: String,
    /// Path and query string as sent.
    pub path: String,
    /// Headers, with secrets replaced by names such as `${RC_TOKEN}`.
    pub headers: Vec<(String, String)>,
    /// The body, redacted.
    pub body: Option<String>,
}

/// An answer as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceivedResponse {
    /// The status code.
    pub status: u16,
    /// Headers, redacted.
    pub headers: Vec<(String, String)>,
    /// Size of the body in bytes, after decompression.
    pub body_bytes: u64,
    /// The beginning of the body, redacted; only for a target on this machine.
    pub body: Option<String>,
    /// Types and lengths by JSON pointer: `"/statistics": "array[50]"`; at most some dozens.
    pub shape: BTreeMap<String, String>,
}

/// The entry of the expectations file that applied to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedExpectation {
    /// The outcome it expects: `fail`, `skip` or `flaky`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// Where it is tracked.
    pub link: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// The last day it holds, `2027-03-01`; or `permanent: why`.
    pub until: String,
}

/// An entry of the expectations file that is out of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleExpectation {
    /// The case.
    pub id: String,
    /// `unexpected-pass`, `expired` or `unknown-id`.
    pub kind: String,
    /// A sentence.
    pub detail: String,
}

impl Summary {
    /// Counts the results. `exit_code` and `verdict` are left for the caller, who knows how the run ended.
    pub fn of(cases: &[CaseResult]) -> Self {
        let mut summary = Self {
            totals: Counts::default(),
            levels: Levels::default(),
            findings: FindingCounts::default(),
            not_proven: Vec::new(),
            exit_code: 0,
            verdict: String::new(),
        };
        for case in cases {
            summary.totals.add(case.outcome);
            summary.levels.of_mut(case.level).add(case.outcome);
            for finding in &case.findings {
                match finding.kind {
                    FindingKind::ServerFails => summary.findings.server_fails += 1,
                    FindingKind::DocumentIsWrong => summary.findings.document_is_wrong += 1,
                    FindingKind::SourcesDisagree => summary.findings.sources_disagree += 1,
                }
            }
            let gap = match (case.outcome, &case.skip) {
                (Outcome::Error, _) => Some("error"),
                (Outcome::Skip, Some(skip)) if skip.reason.leaves_unproven() => Some(skip.reason.as_str()),
                _ => None,
            };
            if let Some(reason) = gap {
                summary.not_proven.push(NotProven {
                    id: case.id.clone(),
                    title: case.title.clone(),
                    reason: reason.to_owned(),
                });
            }
        }
        summary
    }
}
