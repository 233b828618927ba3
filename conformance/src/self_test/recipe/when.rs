//! Which requests a fault is about, and which of the faithful answers to them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::test::{Subject, Test};
use crate::self_test::message::{Reply, Request};

/// Conditions on a request. All that is written down must hold; `{}` holds for every request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Its method.
    pub method: Option<Test>,
    /// Its path, without the query string.
    pub path: Option<Test>,
    /// The text after `?`, as it came.
    pub query: Option<Test>,
    /// Parameters, decoded; of several with one name the first.
    pub parameters: BTreeMap<String, Test>,
    /// Headers, whatever the case of their names.
    pub headers: BTreeMap<String, Test>,
    /// What its body, read as JSON, holds at these pointers.
    pub body: BTreeMap<String, Test>,
    /// At least one of these holds.
    pub any: Option<Vec<When>>,
    /// None of these holds.
    pub none: Vec<When>,
}

/// Headers that a case decides about alone; the client writes others of its own accord.
const OF_CASES: [&str; 5] = ["x-auth-token", "x-user-id", "authorization", "cookie", "content-type"];

impl When {
    /// Whether they hold for a request.
    pub fn holds(&self, request: &Request) -> bool {
        self.judged(request, None)
    }

    /// Whether they may hold once the client has added its own headers to what a case says.
    pub fn may_hold(&self, request: &Request) -> bool {
        self.judged(request, Some(true))
    }

    /// `undecided` is what a test of a header counts as that the client may add.
    fn judged(&self, request: &Request, undecided: Option<bool>) -> bool {
        let of =
            |test: &Option<Test>, text: Option<&str>| test.as_ref().is_none_or(|test| test.holds(Subject::text(text)));
        let header = |(name, test): (&String, &Test)| match undecided {
            Some(counts) if !OF_CASES.iter().any(|known| name.eq_ignore_ascii_case(known)) => counts,
            _ => test.holds(Subject::text(request.header(name))),
        };
        of(&self.method, Some(&request.method))
            && of(&self.path, Some(&request.path))
            && of(&self.query, request.query.as_deref())
            && self.parameters.iter().all(|(name, test)| test.holds(Subject::text(request.param(name).as_deref())))
            && self.headers.iter().all(header)
            && self.body_holds(request)
            && self.any.as_ref().is_none_or(|any| any.iter().any(|when| when.judged(request, undecided)))
            // What may hold on the way in is not sure to keep a request out.
            && !self.none.iter().any(|when| when.judged(request, undecided.map(|counts| !counts)))
    }

    fn body_holds(&self, request: &Request) -> bool {
        if self.body.is_empty() {
            return true;
        }
        let body = request.body_json();
        let at = |pointer: &str| body.as_ref().and_then(|body| body.pointer(pointer));
        self.body.iter().all(|(pointer, test)| test.holds(Subject::json(at(pointer))))
    }
}

/// Conditions on the faithful answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answered {
    /// Whether it is a 200 with JSON.
    pub ok: Option<bool>,
    /// Its status.
    pub status: Option<Test>,
    /// Whether it is JSON.
    pub json: Option<bool>,
    /// What its body holds at these pointers.
    pub body: BTreeMap<String, Test>,
}

impl Answered {
    /// Whether they hold for an answer.
    pub fn holds(&self, reply: &Reply) -> bool {
        let status = serde_json::Value::from(reply.status);
        self.ok.is_none_or(|ok| ok == reply.is_ok())
            && self.json.is_none_or(|json| json == reply.json().is_some())
            && self.status.as_ref().is_none_or(|test| test.holds(Subject::Json(&status)))
            && self.body.iter().all(|(pointer, test)| test.holds(Subject::json(reply.at(pointer))))
    }
}
