//! A fault told by data: which requests it is about, how they are sent on, and what is changed in the answers.
//! `docs/case-format.md` explains the words.

mod edit;
mod test;
mod when;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use edit::{Edit, TextEdit};
pub use when::{Answered, When};

use super::list::List;
use super::message::{Reply, Request, Wire};
use super::server::Server;

/// What a fault does, all members optional.
#[derive(Debug, Clone, Default)]
pub struct Recipe {
    /// Conditions on the faithful answer to the request as it came.
    pub answered: Option<Answered>,
    /// How the request is sent on; as it came if left out.
    pub ask: Option<Ask>,
    /// An answer given without asking.
    pub instead: Option<Instead>,
    /// What is changed in the answer.
    pub change: Change,
}

/// What becomes of one parameter.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Parameter {
    /// Left out.
    Remove,
    /// This: a text as it is, anything else as JSON.
    Set(Value),
    /// A whole number is so much more.
    Add(i64),
    /// Under another name, in place of whatever has that name.
    Rename(String),
    /// The last of several.
    Last,
    /// Changed as a text.
    Text(Vec<TextEdit>),
    /// Changed as JSON, if it is JSON.
    Json(Vec<Edit>),
}

/// How a request is sent on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ask {
    /// Another method; then without the body.
    pub method: Option<String>,
    /// Changes of the path.
    pub path: Vec<TextEdit>,
    /// Changes of parameters, in this order.
    pub parameters: Vec<Named>,
    /// Headers that are left out.
    pub without_headers: Vec<String>,
}

/// A change of the parameters of one name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The name; `*` for every parameter.
    pub name: String,
    /// What becomes of it.
    #[serde(rename = "do")]
    pub operation: Parameter,
}

/// A whole answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub json: Value,
    /// Headers beside the content type.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// What is changed in an answer, in the order of the members here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// Changes of a JSON body.
    pub body: Vec<Edit>,
    /// Changes of records.
    pub records: Option<Records>,
    /// Changes of the body as text.
    pub text: Vec<TextEdit>,
    /// So many bytes in a hundred of the body stay.
    pub cut: Option<usize>,
    /// Another status.
    pub status: Option<u16>,
    /// Headers set, or with `null` left out.
    pub headers: BTreeMap<String, Option<String>>,
    /// How it is sent.
    pub wire: Wire,
}

/// Changes of records, wherever an answer shows them: on a page, or one alone, wrapped or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// Of one record only: from 0 for the oldest to 1 for the newest. Of every record if left out.
    #[serde(default)]
    pub one: Option<f64>,
    /// The changes.
    pub edits: Vec<Edit>,
}

impl Recipe {
    /// The answer to a request that the fault is about.
    pub fn reply(&self, list: Option<&List>, server: &Server, request: &Request) -> Reply {
        if let Some(answered) = &self.answered {
            let faithful = server.ask(request);
            if !answered.holds(&faithful) {
                return faithful;
            }
            if self.ask.is_none() && self.instead.is_none() {
                return self.change.apply(list, server, request, faithful);
            }
        }
        if let Some(instead) = &self.instead {
            return instead.reply();
        }
        let asked = self.ask.as_ref().map(|ask| ask.apply(request));
        let reply = server.ask(asked.as_ref().unwrap_or(request));
        self.change.apply(list, server, request, reply)
    }

    /// Whether it says nothing of what is spoiled.
    pub fn is_nothing(&self) -> bool {
        self.ask.is_none() && self.instead.is_none() && self.change.is_nothing()
    }

    /// Whether an answer to this request can be another than the faithful one.
    pub fn may_touch(&self, request: &Request) -> bool {
        // A request that is sent on as it came, with nothing to change in what comes back, is answered faithfully.
        self.instead.is_some()
            || !self.change.is_nothing()
            || self.ask.as_ref().is_some_and(|ask| ask.apply(request) != *request)
    }
}

impl Ask {
    fn apply(&self, request: &Request) -> Request {
        let mut asked = request.clone();
        if let Some(method) = &self.method {
            asked.method.clone_from(method);
            asked.body.clear();
        }
        asked.path = TextEdit::all(&self.path, &asked.path);
        for header in &self.without_headers {
            asked = asked.without_header(header);
        }
        self.parameters.iter().fold(asked, |asked, named| named.operation.apply(&named.name, asked))
    }
}

impl Parameter {
    /// The request with its parameter changed; the very same one if there is nothing to change.
    fn apply(&self, name: &str, request: Request) -> Request {
        if name == "*" {
            let changed: Vec<(String, String)> = request
                .params()
                .into_iter()
                .map(|(name, value)| match self {
                    Self::Text(edits) => (name, TextEdit::all(edits, &value)),
                    _ => (name, value),
                })
                .collect();
            return if changed == request.params() { request } else { request.with_params(&changed) };
        }
        let values: Vec<String> =
            request.params().into_iter().filter(|(found, _)| found == name).map(|(_, value)| value).collect();
        let new = match (self, values.first()) {
            (Self::Set(Value::String(text)), _) => Some(text.clone()),
            (Self::Set(json), _) => Some(json.to_string()),
            (_, None) => return request,
            (Self::Remove, _) => return request.without(name),
            (Self::Rename(to), Some(value)) => return request.without(name).with(to, value),
            (Self::Last, _) if values.len() > 1 => values.last().cloned(),
            (Self::Last, _) => None,
            (Self::Add(by), Some(value)) => value.parse::<i64>().ok().map(|number| (number + by).to_string()),
            (Self::Text(edits), Some(value)) => Some(TextEdit::all(edits, value)),
            (Self::Json(edits), Some(value)) => edited(edits, &request, value),
        };
        match new {
            Some(new) if values != [new.as_str()] => request.with(name, new),
            _ => request,
        }
    }
}

/// A parameter's JSON after changes; `None` if it is no JSON or stays what it is.
fn edited(edits: &[Edit], request: &Request, text: &str) -> Option<String> {
    let before: Value = serde_json::from_str(text).ok()?;
    let mut after = before.clone();
    Edit::all(edits, &mut after, &|name| request.number(name));
    // Values in another order of their members are equal, and yet another request.
    let (before, after) = (before.to_string(), after.to_string());
    (before != after).then_some(after)
}

impl Instead {
    fn reply(&self) -> Reply {
        let reply = Reply::of(self.status, &self.json);
        self.headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }
}

impl Change {
    fn is_nothing(&self) -> bool {
        self.body.is_empty()
            && self.records.is_none()
            && self.text.is_empty()
            && self.cut.is_none()
            && self.status.is_none()
            && self.headers.is_empty()
            && self.wire == Wire::Plain
    }

    fn apply(&self, list: Option<&List>, server: &Server, request: &Request, mut reply: Reply) -> Reply {
        if !self.body.is_empty() {
            reply = reply.edit(|body| Edit::all(&self.body, body, &|name| request.number(name)));
        }
        if let (Some(records), Some(list)) = (&self.records, list) {
            reply = records.apply(list, server, request, reply);
        }
        if !self.text.is_empty() {
            reply = reply.text(|text| TextEdit::all(&self.text, &text));
        }
        if let Some(percent) = self.cut {
            reply.body.truncate(reply.body.len() * percent / 100);
        }
        if let Some(status) = self.status {
            reply = reply.status(status);
        }
        for (name, value) in &self.headers {
            reply = match value {
                Some(value) => reply.header(name, value),
                None => reply.without_header(name),
            };
        }
        if self.wire == Wire::Plain { reply } else { reply.wire(self.wire) }
    }
}

impl Records {
    fn apply(&self, list: &List, server: &Server, request: &Request, reply: Reply) -> Reply {
        let spoil = |record: &mut Value| {
            server.spoil(record, |record| Edit::all(&self.edits, record, &|name| request.number(name)));
        };
        let Some(part) = self.one else { return reply.each_record_of(&list.key, &list.id, spoil) };
        let Some(victim) = server.victim_of(list, request, part) else { return reply };
        reply.each_record_of(&list.key, &list.id, |record| {
            if record.get(&list.id) == Some(&victim) {
                spoil(record);
            }
        })
    }
}
