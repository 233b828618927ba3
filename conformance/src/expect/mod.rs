//! The checks: pure functions from an answer and what is known to what does not hold. One file a family. Nothing in here
//! sends anything or knows the runner.

mod condition;
mod envelope;
mod order;
mod paging;
mod pattern;
mod projection;
mod records;
mod relation;
mod schema;
pub mod select;

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::case::{Alternative, Check, Contract, Judge, Resource, Version};
use crate::http::Answer;
use crate::schemas::Schemas;
use crate::template::Variables;

/// A whole list as walked once, shared by all cases.
#[derive(Debug)]
pub struct Facts {
    /// What a walk answers: the records, `total`, `pages`.
    pub answer: Rc<Answer>,
    /// Whether every record was fetched, each once.
    pub complete: bool,
    list: String,
    by_id: HashMap<String, usize>,
}

impl Facts {
    /// Facts from the answer of a walk through `list`.
    pub fn new(list: &Resource, answer: Rc<Answer>, complete: bool) -> Self {
        let mut by_id = HashMap::new();
        let records = answer.json.as_ref().ok().and_then(|body| list.records(body));
        for (index, record) in records.into_iter().flatten().enumerate() {
            if let Some(id) = list.id_of(record) {
                by_id.entry(id.to_owned()).or_insert(index);
            }
        }
        Self { answer, complete, list: list.list.clone(), by_id }
    }

    /// All records, in the order of the walk.
    pub fn records(&self) -> &[Value] {
        let list = self.answer.json.as_ref().ok().and_then(|body| body.get(&self.list));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The record with an id.
    pub fn by_id(&self, id: &str) -> Option<&Value> {
        self.by_id.get(id).and_then(|index| self.records().get(*index))
    }
}

/// Everything a check may look at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The answer of this step.
    pub answer: &'a Answer,
    /// The answers of earlier steps, by name.
    pub earlier: &'a [(String, Rc<Answer>)],
    /// The list the step is about: which members hold the records and their ids.
    pub list: &'a Resource,
    /// The facts of that list, if the case asked for them and they could be had.
    pub facts: Option<&'a Facts>,
    /// Variables.
    pub variables: &'a Variables,
    /// What the target is judged by.
    pub judge: &'a Judge,
    /// The version the target reports.
    pub version: Option<&'a Version>,
    /// Schemas.
    pub schemas: &'a Schemas,
}

/// Something to show in a report: what the server said, which may have to be reduced to its shape, or words of the tester.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Data of the server.
    Data(Value),
    /// Words of the tester, or values written in the case.
    Words(String),
}

impl Shown {
    /// Words.
    pub fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    /// Data, or `absent`.
    pub fn maybe(value: Option<&Value>) -> Self {
        value.map_or_else(|| Self::words("absent"), |value| Self::Data(value.clone()))
    }
}

/// A check that does not hold, at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// The kind of check.
    pub check: &'static str,
    /// Where.
    pub pointer: String,
    /// What was expected.
    pub expected: Shown,
    /// What was found.
    pub actual: Shown,
    /// One sentence more, in words of the tester.
    pub message: Option<String>,
}

/// Which form of several was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Its name.
    pub name: String,
    /// Who states it.
    pub contracts: Vec<Contract>,
    /// The other forms that count.
    pub others: Vec<String>,
    /// Whether another form that counts is stated by other contracts than this one: the sources disagree.
    pub disagree: bool,
}

/// What the checks of a step found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What does not hold.
    pub mismatches: Vec<Mismatch>,
    /// Why checks could not be decided with the target's data.
    pub undecided: Vec<String>,
    /// Forms met.
    pub met: Vec<Met>,
    /// Values noted.
    pub notes: Vec<(String, Value)>,
}

/// At most so many mismatches of one check are kept: a list of 240 wrong records need not be 240 lines.
const MOST_OF_A_CHECK: usize = 5;

impl Findings {
    fn fail(&mut self, check: &'static str, pointer: impl Into<String>, expected: Shown, actual: Shown) {
        self.mismatches.push(Mismatch { check, pointer: pointer.into(), expected, actual, message: None });
    }

    fn fail_because(
        &mut self,
        check: &'static str,
        pointer: impl Into<String>,
        expected: Shown,
        actual: Shown,
        message: impl Into<String>,
    ) {
        let message = Some(message.into());
        self.mismatches.push(Mismatch { check, pointer: pointer.into(), expected, actual, message });
    }

    fn undecided(&mut self, why: impl Into<String>) {
        self.undecided.push(why.into());
    }
}

/// Makes all checks of a step.
pub fn judge(scope: &Scope<'_>, checks: &[Check]) -> Findings {
    let mut findings = Findings::default();
    for check in checks {
        let before = findings.mismatches.len();
        one(scope, check, &mut findings);
        let more = findings.mismatches.len() - before;
        if more > MOST_OF_A_CHECK {
            findings.mismatches.truncate(before + MOST_OF_A_CHECK);
            if let Some(last) = findings.mismatches.last_mut() {
                let note = format!("and {} more of this kind", more - MOST_OF_A_CHECK);
                last.message = Some(last.message.take().map_or(note.clone(), |message| format!("{message}; {note}")));
            }
        }
    }
    findings
}

fn one(scope: &Scope<'_>, check: &Check, findings: &mut Findings) {
    match check {
        Check::Status { is } => envelope::status(scope, is, findings),
        Check::Header { name, is } => envelope::header(scope, name, is, findings),
        Check::Json { types } => envelope::json(scope, types, findings),
        Check::Text { is } => envelope::text(scope, is, findings),
        Check::Value { at, is, if_present } => envelope::value(scope, at, is, *if_present, findings),
        Check::Keys { at, required, allowed, forbidden } => {
            envelope::keys(scope, at, required, allowed.as_deref(), forbidden, findings);
        }
        Check::Schema { at, schema } => schema::valid(scope, at, schema, findings),
        Check::SchemaErrors { instance, schema, is } => schema::errors(scope, instance, schema, is, findings),
        Check::AnyOf { alternatives } => any_of(scope, alternatives, findings),
        Check::Compare { left, op, right } => select::compare(scope, left, *op, right, findings),
        Check::Partition { whole, parts } => select::partition(scope, whole, parts, findings),
        Check::Sorted { records, by } => order::sorted(scope, records.as_deref(), by, findings),
        Check::Unique { at } => order::unique(scope, at, findings),
        Check::Constant { at } => order::constant(scope, at, findings),
        Check::Tiles {} => paging::tiles(scope, findings),
        Check::Records { records, all, or } => records::hold(scope, records.as_deref(), all, or, findings),
        Check::Selects { records, all, or } => records::selects(scope, records.as_deref(), all, or, findings),
        Check::Projected { records, include, exclude } => {
            projection::projected(scope, records.as_deref(), include.as_deref(), exclude.as_deref(), findings);
        }
        Check::Relation { records, left, op, right, versions, kind } => {
            let relation = relation::Relation { left, op: *op, right, versions, kind: *kind };
            relation::holds(scope, records.as_deref(), &relation, findings);
        }
        Check::Note { name, value } => {
            if let Ok(value) = select::pick(scope, value) {
                findings.notes.push((name.clone(), value));
            }
        }
    }
}

/// One of several exact forms. When none is met, the one that came closest is reported.
fn any_of(scope: &Scope<'_>, alternatives: &[Alternative], findings: &mut Findings) {
    let admitted: Vec<&Alternative> =
        alternatives.iter().filter(|alternative| alternative.applies_to.admits(scope.judge)).collect();
    let mut closest: Option<(&Alternative, Findings)> = None;
    for alternative in &admitted {
        let tried = judge(scope, &alternative.expect);
        if tried.mismatches.is_empty() {
            let contracts = &alternative.applies_to.contracts;
            let disagree = admitted.iter().any(|other| other.applies_to.contracts != *contracts);
            findings.met.push(Met {
                name: alternative.name.clone(),
                contracts: contracts.clone(),
                others: admitted
                    .iter()
                    .map(|other| other.name.clone())
                    .filter(|name| *name != alternative.name)
                    .collect(),
                disagree,
            });
            findings.undecided.extend(tried.undecided);
            findings.met.extend(tried.met);
            findings.notes.extend(tried.notes);
            return;
        }
        if closest.as_ref().is_none_or(|(_, best)| tried.mismatches.len() < best.mismatches.len()) {
            closest = Some((alternative, tried));
        }
    }
    match closest {
        None => findings.undecided("no form of this answer is stated for this version"),
        Some((alternative, tried)) => {
            let names: Vec<&str> = admitted.iter().map(|alternative| alternative.name.as_str()).collect();
            for mut mismatch in tried.mismatches {
                let note = if names.len() > 1 {
                    format!("no accepted form is met ({}); closest: {}", names.join(" / "), alternative.name)
                } else {
                    format!("the accepted form is: {}", alternative.name)
                };
                mismatch.message = Some(mismatch.message.map_or(note.clone(), |message| format!("{message}; {note}")));
                findings.mismatches.push(mismatch);
            }
        }
    }
}

/// The body as JSON; otherwise says so in the findings, once a check.
fn body<'a>(scope: &Scope<'a>, check: &'static str, findings: &mut Findings) -> Option<&'a Value> {
    match &scope.answer.json {
        Ok(body) => Some(body),
        Err(why) => {
            findings.fail(check, "body", Shown::words("JSON"), Shown::words(why.clone()));
            None
        }
    }
}

/// The list of records at a pointer, and that pointer; where a check names none, those of the list the step is about.
/// Otherwise says so.
fn records_at<'a>(
    scope: &Scope<'a>,
    check: &'static str,
    pointer: Option<&str>,
    findings: &mut Findings,
) -> Option<(&'a [Value], String)> {
    let body = body(scope, check, findings)?;
    let pointer = pointer.map_or_else(|| scope.list.pointer(), str::to_owned);
    match body.pointer(&pointer) {
        Some(Value::Array(items)) => Some((items, pointer)),
        other => {
            findings.fail(check, pointer, Shown::words("a list of records"), Shown::maybe(other));
            None
        }
    }
}

#[cfg(test)]
mod testing {
    //! A scope to try checks in.

    use super::*;
    use crate::case::Resources;

    /// What the checks find in `body` under the documented page, with `facts` as the whole list.
    pub(super) fn try_checks(body: Value, facts: Option<Value>, checks: Value) -> Findings {
        let answer = Answer::of_json(body);
        let facts = facts.map(|records| {
            let total = records.as_array().unwrap().len();
            let list = Resources::built_in().first();
            let body = serde_json::json!({list.list.as_str(): records, "total": total, "pages": []});
            Facts::new(list, Rc::new(Answer::of_json(body)), true)
        });
        let checks: Vec<Check> = serde_json::from_value(checks).unwrap();
        let scope = Scope {
            answer: &answer,
            earlier: &[],
            list: Resources::built_in().first(),
            facts: facts.as_ref(),
            variables: &Variables::default(),
            judge: &Judge::Documented,
            version: None,
            schemas: &Schemas::default(),
        };
        judge(&scope, &checks)
    }

    /// The pointers of what does not hold.
    pub(super) fn pointers(findings: &Findings) -> Vec<&str> {
        findings.mismatches.iter().map(|mismatch| mismatch.pointer.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::{pointers, try_checks};
    use super::*;
    use crate::case::Resources;

    fn denial() -> Value {
        json!([{"check": "any_of", "alternatives": [
            {"name": "page", "applies_to": {"contracts": ["documented"]},
             "expect": [{"check": "value", "at": "/error", "is": {"equals": "error-not-allowed"}}]},
            {"name": "source", "applies_to": {"contracts": ["server"], "versions": "<3.0.0"},
             "expect": [{"check": "value", "at": "/error", "is": {"equals": "unauthorized"}}]}
        ]}])
    }

    #[test]
    fn the_form_met_is_named() {
        let findings = try_checks(json!({"error": "error-not-allowed"}), None, denial());
        assert!(findings.mismatches.is_empty());
        assert_eq!(findings.met[0].name, "page");
    }

    #[test]
    fn under_the_page_the_form_of_the_source_is_a_failure() {
        let findings = try_checks(json!({"error": "unauthorized"}), None, denial());
        assert_eq!(pointers(&findings), ["/error"]);
    }

    #[test]
    fn a_body_that_is_no_json_fails_each_check_of_it() {
        let mut answer = Answer::of_json(json!(null));
        answer.json = Err("the body is empty".to_owned());
        let scope = Scope {
            answer: &answer,
            earlier: &[],
            list: Resources::built_in().first(),
            facts: None,
            variables: &Variables::default(),
            judge: &Judge::Documented,
            version: None,
            schemas: &Schemas::default(),
        };
        let findings = judge(&scope, &[Check::Json { types: Vec::new() }, Check::Tiles {}]);
        assert_eq!(pointers(&findings), ["body", "body"]);
    }
}
