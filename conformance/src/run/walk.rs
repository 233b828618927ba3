//! Walking a list page by page: for `walk` steps, and once a run for the facts.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::exchange::{NoTrade, Trade};
use super::runner::Runner;
use crate::case::{Capability, Case, Param, Probe, Request, Resource};
use crate::expect::{Facts, Scope, judge};
use crate::http::Answer;
use crate::model::Stopped;
use crate::plan;
use crate::sender::Sending;
use crate::template::Variables;

/// The most pages of a walk, however few records a target puts on each.
const MOST_PAGES: usize = 200;

/// A walk: its pages as one answer, and what was sent for it.
pub(super) struct Walked {
    /// All pages as one object; the status and headers are those of the last page. Absent when a page had no usable answer.
    pub(super) answer: Option<Rc<Answer>>,
    /// Whether the walk came to its end.
    pub(super) finished: bool,
    pub(super) trades: Vec<Trade>,
}

/// What a walk has gathered.
#[derive(Default)]
struct Gathered {
    records: Vec<Value>,
    /// Of each page: where it was asked to begin, what it says of itself, how many records it has.
    pages: Vec<Value>,
    /// That of the first page.
    total: Value,
}

impl Gathered {
    /// Adds a page; says how many records it has, or `None` when the answer is no page of the list.
    fn add(&mut self, list: &Resource, answer: &Answer) -> Option<usize> {
        let body = answer.json.as_ref().ok().filter(|_| answer.status == 200)?;
        let records = list.records(body)?;
        let member = |name: &str| body.get(name).cloned().unwrap_or_default();
        self.pages.push(json!({
            "requested_offset": self.records.len(), "offset": member("offset"), "count": member("count"),
            "total": member("total"), "length": records.len()
        }));
        if self.pages.len() == 1 {
            self.total = member("total");
        }
        // The last answer is the walk's alone, so its records could be moved; a copy keeps the evidence whole.
        self.records.extend(records.iter().cloned());
        Some(records.len())
    }

    /// Whether as many records have come as the first page said there are; a list that does not say ends at once.
    fn reached_total(&self) -> bool {
        self.total.as_u64().is_none_or(|total| self.records.len() as u64 >= total)
    }

    /// All pages as one answer, otherwise like the last one.
    fn whole(self, list: &Resource, last: &Answer) -> Answer {
        let success = last.json.as_ref().ok().and_then(|body| body.get("success")).cloned().unwrap_or_default();
        let body = json!({
            list.list.as_str(): self.records, "total": self.total, "pages": self.pages, "success": success
        });
        Answer {
            status: last.status,
            headers: last.headers.clone(),
            bytes: Vec::new(),
            json: Ok(body),
            took: last.took,
        }
    }
}

impl Runner<'_> {
    /// Walks a list. Ends when `total` is reached, a page is empty, or more than `--max-records` records have come.
    pub(super) fn walk(
        &mut self,
        label: &str,
        list: &Resource,
        request: &Request,
        page: u64,
        variables: &Variables,
    ) -> Result<Walked, NoTrade> {
        let mut pages = Gathered::default();
        let mut trades: Vec<Trade> = Vec::new();
        loop {
            let extra = [("count", page.to_string()), ("offset", pages.records.len().to_string())];
            let message = self.message(request, variables, &extra)?;
            let trade = self.send(label, message, Sending::by(request.account.as_ref()))?;
            let answer = trade.result.clone();
            trades.push(trade);
            let Ok(answer) = answer else { return Ok(Walked { answer: None, finished: false, trades }) };
            let Some(length) = pages.add(list, &answer) else {
                // What came instead of a page is what the checks should see.
                return Ok(Walked { answer: Some(answer), finished: false, trades });
            };
            let finished = length == 0 || pages.reached_total();
            let too_many = pages.records.len() >= self.config.max_records || pages.pages.len() >= MOST_PAGES;
            if finished || too_many {
                return Ok(Walked { answer: Some(Rc::new(pages.whole(list, &answer))), finished, trades });
            }
            // Bodies of pages gone by are only kept if something goes wrong with them.
            if let Some(trade) = trades.last_mut() {
                trade.result = Ok(Rc::new(Answer {
                    bytes: Vec::new(),
                    json: Ok(Value::Null),
                    headers: answer.headers.clone(),
                    ..*answer
                }));
            }
        }
    }

    /// The facts of a list, walked when first asked for. The inner error is why they cannot be had.
    pub(super) fn facts(&mut self, list: &Resource) -> Result<Result<Rc<Facts>, String>, Stopped> {
        if let Some(facts) = self.facts.get(&list.name) {
            return Ok(facts.clone());
        }
        let facts = self.walk_facts(list)?;
        self.facts.insert(list.name.clone(), facts.clone());
        Ok(facts)
    }

    fn walk_facts(&mut self, list: &Resource) -> Result<Result<Rc<Facts>, String>, Stopped> {
        let mut walked = None;
        // A target that cannot sort by two keys fails the cases about sorting, and need not fail all others with them.
        for sort in [Some(list.sort()), None] {
            match self.walk("facts", list, &list.request(sort), list.page, &Variables::default()) {
                Ok(this) => {
                    let usable = this.answer.as_ref().is_some_and(|answer| answer.status == 200 && answer.json.is_ok());
                    walked = Some(this);
                    if usable {
                        break;
                    }
                }
                Err(NoTrade::Stop(stopped)) => return Err(stopped),
                Err(NoTrade::Variable(unknown)) => return Ok(Err(unknown.to_string())),
            }
        }
        Ok(walked.ok_or_else(|| "the list could not be walked".to_owned()).and_then(|walked| as_facts(list, walked)))
    }

    /// Whether a list whose facts a case needs has another `total` by now than when they were walked.
    pub(super) fn facts_are_outdated(&mut self, case: &Case) -> bool {
        let suite = self.suite;
        plan::facts_of(case, &suite.resources).into_iter().any(|list| self.has_moved(list))
    }

    fn has_moved(&mut self, list: &Resource) -> bool {
        let Some(Ok(facts)) = self.facts.get(&list.name) else { return false };
        let total = |answer: &Answer| answer.json.as_ref().ok().and_then(|body| body.get("total")).cloned();
        let then = total(&facts.answer);
        let one = Param { name: "count".to_owned(), value: Some("1".to_owned()), json: None };
        let request = list.request([one]);
        let Ok(message) = self.message(&request, &Variables::default(), &[]) else { return false };
        match self.send("facts", message, Sending::by(request.account.as_ref())) {
            Ok(trade) => {
                let now = trade.result.ok().and_then(|answer| total(&answer));
                now.is_some() && now != then
            }
            Err(_) => false,
        }
    }

    /// Whether the target has a capability, found out when first asked for.
    pub(super) fn has(&mut self, capability: &Capability) -> Result<bool, Stopped> {
        if let Some(has) = self.capabilities.get(capability) {
            return Ok(*has);
        }
        let suite = self.suite;
        let Some(row) = suite.resources.capability(capability) else { return Ok(false) };
        let has = match (&row.probe, &row.opposite_of) {
            _ if row.is_granted(&self.opened.judge) => true,
            (Some(probe), _) => self.probe(probe)?,
            (None, Some(opposite)) => !self.has(opposite)?,
            (None, None) => false,
        };
        self.capabilities.insert(capability.clone(), has);
        Ok(has)
    }

    /// Whether the answer to a probe is that of a target that has the capability.
    fn probe(&mut self, probe: &Probe) -> Result<bool, Stopped> {
        let nothing = Variables::default();
        let request = &probe.request;
        let Ok(message) = self.message(request, &nothing, &[]) else { return Ok(false) };
        let sending = Sending { wants_429: true, ..Sending::by(request.account.as_ref()) };
        let answer = match self.send("probe", message, sending) {
            Ok(trade) => trade.result.ok(),
            Err(NoTrade::Stop(stopped)) => return Err(stopped),
            Err(NoTrade::Variable(_)) => None,
        };
        let resources = &self.suite.resources;
        Ok(answer.is_some_and(|answer| {
            let found = judge(
                &Scope {
                    answer: &answer,
                    earlier: &[],
                    list: resources.at(&request.path).unwrap_or_else(|| resources.first()),
                    facts: None,
                    variables: &nothing,
                    judge: &self.opened.judge,
                    version: self.opened.found.version.as_ref(),
                    schemas: &self.schemas,
                },
                &probe.expect,
            );
            found.mismatches.is_empty() && found.undecided.is_empty()
        }))
    }
}

/// The facts that a walk brought, or why it brought none.
fn as_facts(list: &Resource, walked: Walked) -> Result<Rc<Facts>, String> {
    let Some(answer) = walked.answer else {
        let why = walked.trades.iter().find_map(|trade| trade.result.as_ref().err());
        return Err(format!("the list could not be walked: {}", why.map(ToString::to_string).unwrap_or_default()));
    };
    let body = answer.json.as_ref().ok();
    let Some(records) = body.and_then(|body| list.records(body)) else {
        let what = match &answer.json {
            Ok(_) => format!("JSON without a list in `{}`", list.list),
            Err(why) => why.clone(),
        };
        let status = answer.status;
        return Err(format!("the list could not be walked: a page was answered with status {status}, {what}"));
    };
    let ids: HashSet<&str> = records.iter().filter_map(|record| list.id_of(record)).collect();
    let total = body.and_then(|body| body.get("total")).and_then(Value::as_u64);
    let complete = walked.finished && ids.len() == records.len() && total == Some(records.len() as u64);
    Ok(Rc::new(Facts::new(list, Rc::clone(&answer), complete)))
}
