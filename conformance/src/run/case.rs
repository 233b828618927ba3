//! One case: needs, captures, steps, cleanup, outcome.

use std::rc::Rc;
use std::time::Instant;

use serde_json::Value;

use super::exchange::{NoTrade, Trade, label};
use super::{Runner, evidence, milliseconds};
use crate::case::{Capture, Case, Check, Finding, FindingKind, Judge, Level, Step};
use crate::event::Sink;
use crate::expect::select::{Nothing, pick};
use crate::expect::{Facts, Findings, Mismatch, Scope, Shown, judge};
use crate::http::{Answer, HttpError};
use crate::json;
use crate::model::{AlternativeMet, CaseResult, Note, Skip, Stopped};
use crate::outcome::{Outcome, SkipReason};
use crate::plan;
use crate::template::Variables;

/// A case on its way.
struct Attempt {
    facts: Option<Rc<Facts>>,
    variables: Variables,
    earlier: Vec<(String, Rc<Answer>)>,
    trades: Vec<Trade>,
    /// What does not hold, with its step and the trade it is about.
    failures: Vec<(String, Option<usize>, Mismatch)>,
    undecided: Vec<String>,
    met: Vec<AlternativeMet>,
    findings: Vec<Finding>,
    notes: Vec<Note>,
    error: Option<String>,
    stopped: Option<Stopped>,
}

/// Tries a case once. The second value says that the run is over.
pub(super) fn attempt(runner: &mut Runner<'_>, case: &Case, sink: &mut dyn Sink) -> (CaseResult, Option<Stopped>) {
    let started = Instant::now();
    let waited_before = runner.sender.requests.waited_ms;
    let mut attempt = Attempt {
        facts: None,
        variables: runner.variables.clone(),
        earlier: Vec::new(),
        trades: Vec::new(),
        failures: Vec::new(),
        undecided: Vec::new(),
        met: Vec::new(),
        findings: Vec::new(),
        notes: Vec::new(),
        error: None,
        stopped: None,
    };
    match attempt.prepare(runner, case, sink) {
        Ok(None) => {}
        Ok(Some(skip)) => return (evidence::untried(case, Outcome::Skip, Some(skip)), None),
        Err(Prevented::Error(why)) => {
            let mut result = evidence::untried(case, Outcome::Error, None);
            result.error = Some(runner.redactor.text(&why));
            result.attempts = 1;
            return (result, None);
        }
        Err(Prevented::Stop(stopped)) => {
            return (evidence::untried(case, Outcome::Skip, Some(super::not_reached(&stopped))), Some(stopped));
        }
    }
    for (index, step) in case.steps.iter().enumerate() {
        if attempt.stopped.is_some() || attempt.error.is_some() {
            break;
        }
        attempt.step(runner, step, &label(step, index), sink);
    }
    if !case.cleanup.is_empty() && !attempt.trades.is_empty() {
        // Whatever happened before, what was changed is put back.
        runner.sender.winding_up = true;
        for (index, step) in case.cleanup.iter().enumerate() {
            attempt.step(runner, step, &format!("cleanup {}", index + 1), sink);
        }
        runner.sender.winding_up = false;
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run are far below 2^52")]
    let waited = (runner.sender.requests.waited_ms - waited_before) as f64;
    let stopped = attempt.stopped.take();
    let mut result = attempt.finish(runner, case, stopped.as_ref());
    result.duration_ms = (milliseconds(started.elapsed()) - waited).max(0.0);
    (result, stopped)
}

/// What the target's data lacks for a case to be decided.
pub(super) fn lacks_data(runner: &Runner<'_>, case: &Case, facts: &Facts) -> Option<String> {
    let records = facts.records();
    let too_few = case.needs.records.filter(|least| records.len() < *least);
    if let Some(least) = too_few {
        return Some(format!("the list has {} records, {least} are needed", records.len()));
    }
    if let Some(most) = case.needs.max_records.filter(|most| records.len() > *most) {
        return Some(format!("the list has {} records, at most {most} can be used", records.len()));
    }
    for distinct in &case.needs.distinct {
        let found = json::distinct(records.iter().flat_map(|record| json::at_path(record, &distinct.field))).len();
        if found < distinct.at_least {
            return Some(format!("{} shows {found} distinct values, {} are needed", distinct.field, distinct.at_least));
        }
    }
    if !facts.complete && plan::needs_all_facts(case) && records.len() >= runner.config.max_records {
        return Some(format!(
            "the list has more records than the {} that --max-records allows to fetch",
            runner.config.max_records
        ));
    }
    None
}

enum Prevented {
    Error(String),
    Stop(Stopped),
}

impl From<Stopped> for Prevented {
    fn from(stopped: Stopped) -> Self {
        Self::Stop(stopped)
    }
}

impl Attempt {
    /// Everything before the first step: sessions, capabilities, facts, data, captures.
    fn prepare(
        &mut self,
        runner: &mut Runner<'_>,
        case: &Case,
        sink: &mut dyn Sink,
    ) -> Result<Option<Skip>, Prevented> {
        if runner.config.url.tls && plan::needs_plain_http(case) {
            let detail = "its requests are written byte by byte, which needs plain HTTP".to_owned();
            return Ok(Some(Skip { reason: SkipReason::NeedsCapability, detail }));
        }
        for role in plan::sessions_of(case) {
            if !runner.sessions.contains_key(&role) {
                return Err(Prevented::Error(format!("the {} account could not be logged in", role.as_str())));
            }
        }
        for capability in &case.needs.capabilities {
            if !runner.has(*capability, sink)? {
                let detail = format!("the target does not show {}", capability.as_str());
                return Ok(Some(Skip { reason: SkipReason::NeedsCapability, detail }));
            }
        }
        if plan::uses_facts(case) {
            match runner.facts(sink)? {
                Ok(facts) => self.facts = Some(facts),
                Err(why) => return Err(Prevented::Error(why)),
            }
        }
        if let Some(why) = self.facts.as_ref().and_then(|facts| lacks_data(runner, case, facts)) {
            return Ok(Some(Skip { reason: SkipReason::NeedsData, detail: why }));
        }
        let nothing = Rc::new(Answer::of_json(Value::Null));
        for capture in &case.captures {
            match self.pick(runner, &nothing, capture) {
                Ok(value) => self.variables.set(capture.name.clone(), value),
                Err(Nothing::NoData(why) | Nothing::Absent(why) | Nothing::NotJson(why)) => {
                    let detail = format!("`{}`: {why}", capture.name);
                    return Ok(Some(Skip { reason: SkipReason::NeedsData, detail }));
                }
            }
        }
        Ok(None)
    }

    fn scope<'s>(&'s self, runner: &'s Runner<'_>, answer: &'s Answer) -> Scope<'s> {
        Scope {
            answer,
            earlier: &self.earlier,
            facts: self.facts.as_deref(),
            variables: &self.variables,
            judge: runner.judge,
            version: runner.version.or(match runner.judge {
                Judge::Version(version) => Some(version),
                Judge::Documented => None,
            }),
            schemas: &runner.schemas,
        }
    }

    fn pick(&self, runner: &Runner<'_>, answer: &Answer, capture: &Capture) -> Result<Value, Nothing> {
        pick(&self.scope(runner, answer), &capture.value)
    }

    fn step(&mut self, runner: &mut Runner<'_>, step: &Step, label: &str, sink: &mut dyn Sink) {
        let Some(answer) = self.answer(runner, step, label, sink) else { return };
        let trade = self.trades.len().checked_sub(1).filter(|_| step.sends().is_some());
        let findings = judge(&self.scope(runner, &answer), &step.expect);
        self.take(runner, label, trade, findings);
        for capture in &step.captures {
            match self.pick(runner, &answer, capture) {
                Ok(value) => self.variables.set(capture.name.clone(), value),
                Err(Nothing::NoData(why)) => self.undecided.push(format!("`{}`: {why}", capture.name)),
                Err(Nothing::Absent(pointer)) => {
                    self.fail(
                        label,
                        trade,
                        pointer,
                        Shown::words(format!("a value (kept as `{}`)", capture.name)),
                        Shown::words("absent"),
                    );
                }
                Err(Nothing::NotJson(why)) => {
                    self.fail(label, trade, "body".to_owned(), Shown::words("JSON"), Shown::words(why));
                }
            }
        }
        if let Some(name) = &step.name {
            self.earlier.push((name.clone(), answer));
        }
    }

    /// The answer a step is about, or `None` when there is none, which has been taken note of.
    fn answer(&mut self, runner: &mut Runner<'_>, step: &Step, label: &str, sink: &mut dyn Sink) -> Option<Rc<Answer>> {
        if step.facts {
            return self.facts.as_ref().map(|facts| Rc::clone(&facts.answer));
        }
        if step.answers {
            let noted = runner.tally.answer();
            if noted.is_none() {
                self.undecided.push("no answer has been seen yet".to_owned());
            }
            return noted.map(Rc::new);
        }
        if let Some(document) = &step.document {
            let found = runner.suite.documents.iter().find(|(name, _)| name == document);
            return found.map(|(_, value)| Rc::new(Answer::of_json(value.clone())));
        }
        let sent = if let Some(walk) = &step.walk {
            let most = runner.config.max_records;
            match runner.walk(label, &walk.request, walk.page, most, &self.variables, sink) {
                Ok(walked) => {
                    self.trades.extend(walked.trades);
                    Ok(walked.answer)
                }
                Err(why) => Err(why),
            }
        } else {
            let request = step.request.as_ref()?;
            let wants_429 = expects_429(&step.expect);
            match runner.trade(label, request, &self.variables, wants_429, sink) {
                Ok(trade) => {
                    let answer = trade.result.as_ref().ok().cloned();
                    self.trades.push(trade);
                    Ok(answer)
                }
                Err(why) => Err(why),
            }
        };
        match sent {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => {
                let error = self.trades.iter().rev().find_map(|trade| trade.result.as_ref().err()).cloned();
                if let Some(error) = error {
                    self.no_answer(label, &error);
                }
                None
            }
            Err(NoTrade::Variable(unknown)) => {
                // An earlier capture failed, which has been reported where it happened.
                if self.failures.is_empty() && self.undecided.is_empty() {
                    self.error = Some(unknown.to_string());
                }
                None
            }
            Err(NoTrade::Stop(stopped)) => {
                self.stopped = Some(stopped);
                None
            }
        }
    }

    /// A target that answers other requests but not this one breaks the requirement; one that cannot even be reached
    /// leaves it undecided.
    fn no_answer(&mut self, label: &str, error: &HttpError) {
        match error {
            HttpError::Connect(_) | HttpError::UnknownHost | HttpError::Tls(_) | HttpError::Unsendable(_) => {
                self.error = Some(error.to_string());
            }
            HttpError::Timeout(_)
            | HttpError::Broken(_)
            | HttpError::Protocol(_)
            | HttpError::TooLarge(_)
            | HttpError::Encoding(_)
            | HttpError::InBody { .. } => {
                let trade = self.trades.len().checked_sub(1);
                self.fail(
                    label,
                    trade,
                    "answer".to_owned(),
                    Shown::words("a complete HTTP answer"),
                    Shown::words(error.to_string()),
                );
            }
        }
    }

    fn fail(&mut self, label: &str, trade: Option<usize>, pointer: String, expected: Shown, actual: Shown) {
        let mismatch = Mismatch { check: "answer", pointer, expected, actual, message: None };
        self.failures.push((label.to_owned(), trade, mismatch));
    }

    fn take(&mut self, runner: &Runner<'_>, label: &str, trade: Option<usize>, findings: Findings) {
        self.failures.extend(findings.mismatches.into_iter().map(|mismatch| (label.to_owned(), trade, mismatch)));
        self.undecided.extend(findings.undecided);
        for met in findings.met {
            if met.disagree {
                let text = format!(
                    "the sources state different forms ({}); the server shows: {}",
                    others(&met.others, &met.name),
                    met.name
                );
                self.findings.push(Finding { kind: FindingKind::SourcesDisagree, text });
            }
            self.met.push(AlternativeMet {
                step: label.to_owned(),
                met: met.name,
                contracts: met.contracts,
                others: met.others,
            });
        }
        for (name, value) in findings.notes {
            self.notes.push(Note { name, value: runner.redactor.note(&value) });
        }
    }

    fn finish(mut self, runner: &Runner<'_>, case: &Case, stopped: Option<&Stopped>) -> CaseResult {
        let mut result = evidence::untried(case, Outcome::Pass, None);
        result.attempts = 1;
        let retried = self.trades.iter().any(|trade| trade.retried > 0);
        if let Some(error) = self.error.take() {
            result.outcome = Outcome::Error;
            result.error = Some(runner.redactor.text(&error));
        } else if !self.failures.is_empty() {
            result.outcome = if case.level == Level::Observe { Outcome::Pass } else { Outcome::Fail };
        } else if let Some(stopped) = stopped {
            result.outcome = Outcome::Skip;
            result.skip = Some(super::not_reached(stopped));
        } else if !self.undecided.is_empty() {
            result.outcome = Outcome::Skip;
            self.undecided.dedup();
            result.skip =
                Some(Skip { reason: SkipReason::NeedsData, detail: runner.redactor.text(&self.undecided.join("; ")) });
        } else if retried {
            result.outcome = Outcome::Flaky;
        }
        if result.outcome == Outcome::Fail && matches!(case.level, Level::Must | Level::Should) {
            result.findings.push(Finding { kind: FindingKind::ServerFails, text: case.requirement.clone() });
        }
        result.findings.append(&mut self.findings);
        result.alternatives = self.met;
        result.notes = self.notes;
        let telling = !self.failures.is_empty() || result.outcome == Outcome::Error;
        if telling {
            let about =
                self.failures.iter().find_map(|(_, trade, _)| *trade).or_else(|| self.trades.len().checked_sub(1));
            result.curl = about
                .and_then(|index| self.trades.get(index))
                .map(|trade| evidence::curl(runner.redactor, &runner.config.url, &trade.message));
            result.exchanges = evidence::exchanges(runner.redactor, &self.trades);
        }
        result.failures = self
            .failures
            .into_iter()
            .map(|(step, _, mismatch)| evidence::failure(runner.redactor, step, mismatch))
            .collect();
        result
    }
}

fn others(others: &[String], met: &str) -> String {
    let mut names: Vec<&str> = others.iter().map(String::as_str).collect();
    names.push(met);
    names.join(" / ")
}

fn expects_429(checks: &[Check]) -> bool {
    checks.iter().any(|check| matches!(check, Check::Status { is } if is.contains(&429)))
}
