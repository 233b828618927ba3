//! How far a fault reaches: the cases for which it can change an answer, by what they asked the faithful server. For every
//! other case all answers are the faithful ones, so its verdict is known and the case need not be tried again.

use std::collections::HashMap;

use serde_json::json;

use super::Fault;
use super::message::Request;
use crate::case::load::Suite;
use crate::case::{Case, Safety};
use crate::event::{Event, Sink};
use crate::http::Message;
use crate::plan;

/// What a run before the faithful server asked for.
#[derive(Default)]
pub struct Reach {
    /// The case on its way.
    case: String,
    /// By case.
    own: HashMap<String, Vec<Request>>,
    /// For the facts, which cases have in common.
    facts: Vec<Request>,
    /// To find out what the target is capable of.
    probes: Vec<Request>,
}

impl Sink for Reach {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::CaseStarted { id, .. } => (*id).clone_into(&mut self.case),
            Event::Asked { step, message } => {
                let request = request(message);
                let list = match *step {
                    "facts" => &mut self.facts,
                    "probe" => &mut self.probes,
                    _ => self.own.entry(self.case.clone()).or_default(),
                };
                if !list.contains(&request) {
                    list.push(request);
                }
            }
            _ => {}
        }
    }
}

/// A message as a fault sees it, but for the headers of the client itself.
fn request(message: &Message) -> Request {
    let (path, query) = match message.target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (message.target.as_str(), None),
    };
    Request {
        method: message.method.clone(),
        path: path.to_owned(),
        query,
        headers: message.headers.clone(),
        body: message.body.clone().unwrap_or_default(),
    }
}

/// What every run asks before its first case: what the target is, as a stranger and as a caller, and to log in.
fn beginning() -> [Request; 3] {
    let get = Request { method: "GET".to_owned(), path: "/api/info".to_owned(), ..Request::default() };
    let login = Request { method: "POST".to_owned(), path: "/api/v1/login".to_owned(), ..Request::default() };
    let account = json!({"user": "user", "password": "password"});
    [
        get.with_header("X-Auth-Token", "token").with_header("X-User-Id", "id"),
        get,
        login.with_header("Content-Type", "application/json").with_body(&account),
    ]
}

impl Reach {
    /// The ids of the cases of these topics (beginnings of ids) that a fault may reach and that only read.
    pub fn of(&self, fault: &Fault, suite: &Suite, topics: &[String]) -> Vec<String> {
        let touches = |requests: &[Request]| requests.iter().any(|request| fault.may_touch(request));
        let (everything, facts, probes) = (touches(&beginning()), touches(&self.facts), touches(&self.probes));
        let reaches = |case: &&Case| {
            everything
                // What was noted of all answers of a run is nobody's alone.
                || case.steps.iter().any(|step| step.answers)
                || (facts && !plan::facts_of(case, &suite.resources).is_empty())
                || (probes && !case.needs.capabilities.is_empty())
                || self.own.get(&case.id).is_some_and(|requests| touches(requests))
        };
        let meets = |case: &&Case| {
            case.safety == Safety::Observe && topics.iter().any(|topic| case.id.starts_with(topic.as_str()))
        };
        suite.cases.iter().filter(meets).filter(reaches).map(|case| case.id.clone()).collect()
    }
}
