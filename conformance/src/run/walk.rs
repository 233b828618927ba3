//! Walking a list page by page: for `walk` steps, and once a run for the facts.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::Runner;
use super::exchange::{NoTrade, Trade};
use crate::case::{Caller, Capability, Request};
use crate::event::Sink;
use crate::expect::Facts;
use crate::http::Answer;
use crate::model::Stopped;
use crate::sender::Sending;
use crate::template::Variables;

/// The page size of the walk for the facts: the server's default upper limit, so that an unchanged server needs fewest pages.
const FACTS_PAGE: u64 = 100;

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

impl Runner<'_> {
    /// Walks a list. Ends when `total` is reached, a page is empty, or more than `most` records have come.
    pub(super) fn walk(
        &mut self,
        label: &str,
        request: &Request,
        page: u64,
        most: usize,
        variables: &Variables,
        sink: &mut dyn Sink,
    ) -> Result<Walked, NoTrade> {
        let mut records: Vec<Value> = Vec::new();
        let mut pages: Vec<Value> = Vec::new();
        let mut total = Value::Null;
        let mut trades: Vec<Trade> = Vec::new();
        loop {
            let offset = records.len();
            let extra = [("count", page.to_string()), ("offset", offset.to_string())];
            let message = self.message(request, variables, &extra)?;
            let trade = self.send(label, message, request, Sending::by(request.caller), sink)?;
            let answer = trade.result.clone();
            trades.push(trade);
            let Ok(answer) = answer else { return Ok(Walked { answer: None, finished: false, trades }) };
            let list = answer.json.as_ref().ok().and_then(|body| body.get("statistics")).and_then(Value::as_array);
            let (Some(list), 200) = (list, answer.status) else {
                // What came instead of a page is what the checks should see.
                return Ok(Walked { answer: Some(answer), finished: false, trades });
            };
            let length = list.len();
            let member =
                |name: &str| answer.json.as_ref().ok().and_then(|body| body.get(name)).cloned().unwrap_or_default();
            pages.push(json!({
                "requested_offset": offset, "offset": member("offset"), "count": member("count"), "total": member("total"), "length": length
            }));
            if pages.len() == 1 {
                total = member("total");
            }
            // The last answer is the walk's alone, so its records could be moved; a copy keeps the evidence whole.
            records.extend(list.iter().cloned());
            let reached = total.as_u64().is_none_or(|total| records.len() as u64 >= total);
            let too_many = records.len() >= most || pages.len() >= MOST_PAGES;
            if length == 0 || reached || too_many {
                let body = json!({"statistics": records, "total": total, "pages": pages, "success": member("success")});
                let whole = Answer {
                    status: answer.status,
                    headers: answer.headers.clone(),
                    bytes: Vec::new(),
                    json: Ok(body),
                    took: answer.took,
                };
                return Ok(Walked { answer: Some(Rc::new(whole)), finished: length == 0 || reached, trades });
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

    /// The facts, walked when first asked for.
    pub(super) fn facts(&mut self, sink: &mut dyn Sink) -> Result<Result<Rc<Facts>, String>, Stopped> {
        if let Some(facts) = &self.facts {
            return Ok(facts.clone());
        }
        let facts = self.walk_facts(sink)?;
        self.facts = Some(facts.clone());
        Ok(facts)
    }

    fn list_request(query: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            path: "/api/v1/statistics.list".to_owned(),
            query: Vec::new(),
            raw_query: Some(query.to_owned()),
            headers: Vec::new(),
            body: None,
            caller: Caller::Privileged,
            raw: false,
            fresh: true,
        }
    }

    fn walk_facts(&mut self, sink: &mut dyn Sink) -> Result<Result<Rc<Facts>, String>, Stopped> {
        let variables = Variables::default();
        let mut walked = None;
        // A target that cannot sort by two keys fails the cases about sorting, and need not fail all others with them.
        for query in ["sort=%7B%22createdAt%22%3A1%2C%22_id%22%3A1%7D", ""] {
            let request = Self::list_request(query);
            match self.walk("facts", &request, FACTS_PAGE, self.config.max_records, &variables, sink) {
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
        let Some(walked) = walked else { return Ok(Err("the list could not be walked".to_owned())) };
        let Some(answer) = walked.answer else {
            let why = walked.trades.iter().find_map(|trade| trade.result.as_ref().err());
            return Ok(Err(format!(
                "the list could not be walked: {}",
                why.map(ToString::to_string).unwrap_or_default()
            )));
        };
        let Some(list) = answer.json.as_ref().ok().and_then(|body| body.get("statistics")).and_then(Value::as_array)
        else {
            let what = match &answer.json {
                Ok(_) => "JSON without a list in `statistics`".to_owned(),
                Err(why) => why.clone(),
            };
            return Ok(Err(format!(
                "the list could not be walked: a page was answered with status {}, {what}",
                answer.status
            )));
        };
        let ids: HashSet<&str> = list.iter().filter_map(|record| record.get("_id").and_then(Value::as_str)).collect();
        let total = answer.json.as_ref().ok().and_then(|body| body.get("total")).and_then(Value::as_u64);
        let complete = walked.finished && ids.len() == list.len() && total == Some(list.len() as u64);
        Ok(Ok(Rc::new(Facts::new(answer, complete))))
    }

    /// Whether the list has another `total` by now than when the facts were walked.
    pub(super) fn facts_are_outdated(&mut self, sink: &mut dyn Sink) -> bool {
        let Some(Ok(facts)) = &self.facts else { return false };
        let then = facts.answer.json.as_ref().ok().and_then(|body| body.get("total")).cloned();
        let request = Self::list_request("count=1");
        let Ok(message) = self.message(&request, &Variables::default(), &[]) else { return false };
        match self.send("facts", message, &request, Sending::by(request.caller), sink) {
            Ok(trade) => {
                let now = trade
                    .result
                    .ok()
                    .and_then(|answer| answer.json.as_ref().ok().and_then(|body| body.get("total")).cloned());
                now.is_some() && now != then
            }
            Err(_) => false,
        }
    }

    /// Whether the target has a capability, probed when first asked for.
    pub(super) fn has(&mut self, capability: Capability, sink: &mut dyn Sink) -> Result<bool, Stopped> {
        if let Some(has) = self.capabilities.get(&capability) {
            return Ok(*has);
        }
        let has = match capability {
            Capability::QueryAndFieldsHonoured => match self.judge {
                crate::case::Judge::Version(version) if version.major() >= 7 => self.probe_query(sink)?,
                _ => true,
            },
            Capability::QueryAndFieldsIgnored => !self.has(Capability::QueryAndFieldsHonoured, sink)?,
            Capability::RateLimiter => self.probe_limiter(sink)?,
        };
        self.capabilities.insert(capability, has);
        Ok(has)
    }

    /// A query that no record can match answers nothing where it is honoured.
    fn probe_query(&mut self, sink: &mut dyn Sink) -> Result<bool, Stopped> {
        let request = Self::list_request("count=1&query=%7B%22_id%22%3A%22conformance-no-such-record%22%7D");
        let total = self
            .probe(&request, sink)?
            .and_then(|answer| answer.json.as_ref().ok().and_then(|body| body.get("total")).and_then(Value::as_u64));
        Ok(total == Some(0))
    }

    fn probe_limiter(&mut self, sink: &mut dyn Sink) -> Result<bool, Stopped> {
        let request = Request { caller: Caller::Unprivileged, ..Self::list_request("count=1") };
        Ok(self.probe(&request, sink)?.is_some_and(|answer| answer.header("x-ratelimit-limit").is_some()))
    }

    fn probe(&mut self, request: &Request, sink: &mut dyn Sink) -> Result<Option<Rc<Answer>>, Stopped> {
        let Ok(message) = self.message(request, &Variables::default(), &[]) else { return Ok(None) };
        let sending = Sending { wants_429: true, ..Sending::by(request.caller) };
        match self.send("probe", message, request, sending, sink) {
            Ok(trade) => Ok(trade.result.ok()),
            Err(NoTrade::Stop(stopped)) => Err(stopped),
            Err(NoTrade::Variable(_)) => Ok(None),
        }
    }
}
