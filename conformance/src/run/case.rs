//! One case: needs, captures, steps, cleanup, outcome.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use serde_json::Value;

use super::exchange::{NoTrade, Trade, label};
use super::runner::{Runner, not_reached};
use super::{evidence, milliseconds};
use crate::case::{Capture, Case, Check, Finding, FindingKind, Judge, Level, Resource, Step, Walk};
use crate::expect::select::{Nothing, pick};
use crate::expect::{Facts, Findings, Mismatch, Scope, Shown, judge};
use crate::http::{Answer, HttpError};
use crate::json;
use crate::model::{AlternativeMet, CaseResult, Note, Skip, Stopped};
use crate::outcome::{Outcome, SkipReason};
use crate::plan;
use crate::template::Variables;

/// A case on its way.
#[derive(Default)]
struct Attempt {
    /// The facts of the lists it needs, by their names.
    facts: BTreeMap<String, Rc<Facts>>,
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
pub(super) fn attempt(runner: &mut Runner<'_>, case: &Case) -> (CaseResult, Option<Stopped>) {
    let started = Instant::now();
    let waited_before = runner.sender.requests.waited_ms;
    let mut attempt = Attempt { variables: runner.variables.clone(), ..Attempt::default() };
    match attempt.prepare(runner, case) {
        Ok(None) => {}
        Ok(Some(skip)) => return (evidence::untried(case, Outcome::Skip, Some(skip)), None),
        Err(Prevented::Error(why)) => {
            let mut result = evidence::untried(case, Outcome::Error, None);
            result.error = Some(runner.redactor.text(&why));
            result.attempts = 1;
            return (result, None);
        }
        Err(Prevented::Stop(stopped)) => {
            return (evidence::untried(case, Outcome::Skip, Some(not_reached(&stopped))), Some(stopped));
        }
    }
    for (index, step) in case.steps.iter().enumerate() {
        if attempt.stopped.is_some() || attempt.error.is_some() {
            break;
        }
        attempt.step(runner, case, step, &label(step, index));
    }
    if !case.cleanup.is_empty() && !attempt.trades.is_empty() {
        // Whatever happened before, what was changed is put back.
        runner.sender.winding_up = true;
        for (index, step) in case.cleanup.iter().enumerate() {
            attempt.step(runner, case, step, &format!("cleanup {}", index + 1));
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

/// What the facts of a list lack for a case to be decided. What the case says of its data is about its own list.
pub(super) fn lacks_data(runner: &Runner<'_>, case: &Case, list: &Resource, facts: &Facts) -> Option<String> {
    let records = facts.records();
    let own = runner.suite.resources.of_case(case).name == list.name;
    if let Some(why) = own.then(|| lacks_records(case, records)).flatten() {
        return Some(why);
    }
    if !facts.complete && plan::needs_all_facts(case) && records.len() >= runner.config.max_records {
        return Some(format!(
            "the list has more records than the {} that --max-records allows to fetch",
            runner.config.max_records
        ));
    }
    None
}

fn lacks_records(case: &Case, records: &[Value]) -> Option<String> {
    if let Some(least) = case.needs.records.filter(|least| records.len() < *least) {
        return Some(format!("the list has {} records, {least} are needed", records.len()));
    }
    if let Some(most) = case.needs.max_records.filter(|most| records.len() > *most) {
        return Some(format!("the list has {} records, at most {most} can be used", records.len()));
    }
    case.needs.distinct.iter().find_map(|distinct| {
        let (field, least) = (&distinct.field, distinct.at_least);
        let found = json::distinct(records.iter().flat_map(|record| json::at_path(record, field))).len();
        (found < least).then(|| format!("{field} shows {found} distinct values, {least} are needed"))
    })
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
    fn prepare(&mut self, runner: &mut Runner<'_>, case: &Case) -> Result<Option<Skip>, Prevented> {
        let resources = &runner.suite.resources;
        let skip = |reason, detail| Ok(Some(Skip { reason, detail }));
        if runner.config.url.tls && plan::needs_plain_http(case) {
            let detail = "its requests are written byte by byte, which needs plain HTTP".to_owned();
            return skip(SkipReason::NeedsCapability, detail);
        }
        for name in plan::sessions_of(case, resources) {
            if !runner.opened.sessions.contains_key(&name) {
                return Err(Prevented::Error(format!("the {} account could not be logged in", name.as_str())));
            }
        }
        for capability in &case.needs.capabilities {
            if !runner.has(capability)? {
                let detail = format!("the target does not show {}", capability.as_str());
                return skip(SkipReason::NeedsCapability, detail);
            }
        }
        for list in plan::facts_of(case, resources) {
            let facts = runner.facts(list)?.map_err(Prevented::Error)?;
            if let Some(why) = lacks_data(runner, case, list, &facts) {
                return skip(SkipReason::NeedsData, why);
            }
            self.facts.insert(list.name.clone(), facts);
        }
        let nothing = Rc::new(Answer::of_json(Value::Null));
        for capture in &case.captures {
            match self.pick(runner, resources.of_case(case), &nothing, capture) {
                Ok(value) => self.variables.set(capture.name.clone(), value),
                Err(Nothing::NoData(why) | Nothing::Absent(why) | Nothing::NotJson(why)) => {
                    return skip(SkipReason::NeedsData, format!("`{}`: {why}", capture.name));
                }
            }
        }
        Ok(None)
    }

    fn scope<'s>(&'s self, runner: &'s Runner<'_>, list: &'s Resource, answer: &'s Answer) -> Scope<'s> {
        let judge = &runner.opened.judge;
        Scope {
            answer,
            earlier: &self.earlier,
            list,
            facts: self.facts.get(&list.name).map(|facts| &**facts),
            variables: &self.variables,
            judge,
            version: runner.opened.found.version.as_ref().or(match judge {
                Judge::Version(version) => Some(version),
                Judge::Documented => None,
            }),
            schemas: &runner.schemas,
        }
    }

    fn pick(&self, runner: &Runner<'_>, list: &Resource, answer: &Answer, capture: &Capture) -> Result<Value, Nothing> {
        pick(&self.scope(runner, list, answer), &capture.value)
    }

    fn step(&mut self, runner: &mut Runner<'_>, case: &Case, step: &Step, label: &str) {
        let list = runner.suite.resources.of_step(case, step);
        let Some(answer) = self.answer(runner, list, step, label) else { return };
        let trade = self.trades.len().checked_sub(1).filter(|_| step.sends().is_some());
        let findings = judge(&self.scope(runner, list, &answer), &step.expect);
        self.take(runner, label, trade, findings);
        for capture in &step.captures {
            match self.pick(runner, list, &answer, capture) {
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
    fn answer(&mut self, runner: &mut Runner<'_>, list: &Resource, step: &Step, label: &str) -> Option<Rc<Answer>> {
        if step.facts.is_some() {
            return self.facts.get(&list.name).map(|facts| Rc::clone(&facts.answer));
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
        let sent = match (&step.walk, &step.request) {
            (Some(walk), _) => self.walk(runner, list, walk, label),
            (None, Some(request)) => {
                runner.trade(label, request, &self.variables, expects_429(&step.expect)).map(|trade| {
                    let answer = trade.result.as_ref().ok().cloned();
                    self.trades.push(trade);
                    answer
                })
            }
            (None, None) => return None,
        };
        self.answered(sent, label)
    }

    fn walk(
        &mut self,
        runner: &mut Runner<'_>,
        list: &Resource,
        walk: &Walk,
        label: &str,
    ) -> Result<Option<Rc<Answer>>, NoTrade> {
        let walked = runner.walk(label, list, &walk.request, walk.page, &self.variables)?;
        self.trades.extend(walked.trades);
        Ok(walked.answer)
    }

    /// The answer of what was sent, if there is one; takes note of what there is instead.
    fn answered(&mut self, sent: Result<Option<Rc<Answer>>, NoTrade>, label: &str) -> Option<Rc<Answer>> {
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
            result.skip = Some(not_reached(stopped));
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
