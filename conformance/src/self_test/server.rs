//! The faithful server behind the proxy, as a fault asks it: as often and in whatever way the fault needs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::list::List;
use super::message::{Reply, Request};
use crate::http::client::Client;
use crate::http::{HttpError, Limits, Message, Received, raw};
use crate::url::Url;

/// The faithful server, and what a fault remembers while its proxy runs.
pub struct Server {
    client: Client,
    url: Url,
    memory: Mutex<HashMap<String, Value>>,
}

const SPOILED: &str = "a record was spoiled";
const UNTOUCHED: &str = "a record was left as it was";

/// Headers that are about one connection, or that each end writes for itself.
const OF_A_CONNECTION: [&str; 8] =
    ["host", "connection", "content-length", "transfer-encoding", "keep-alive", "expect", "upgrade", "accept-encoding"];

type Headers = Vec<(String, String)>;

fn forwarded(headers: &[(String, String)]) -> Vec<(String, String)> {
    let of_a_connection = |name: &str| OF_A_CONNECTION.iter().any(|known| name.eq_ignore_ascii_case(known));
    headers.iter().filter(|(name, _)| !of_a_connection(name)).cloned().collect()
}

impl Server {
    /// The server at `url`, nothing remembered.
    pub fn new(url: &Url) -> Self {
        let client = Client::new(&url.base, Limits::default(), url.loopback, 1);
        Self { client, url: url.clone(), memory: Mutex::default() }
    }

    /// The server's answer. A server that does not answer is a 502, which no faithful one says.
    pub fn ask(&self, request: &Request) -> Reply {
        let target = match &request.query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        };
        let has_body = !request.body.is_empty() || request.header("content-length").is_some();
        let message = Message {
            method: request.method.clone(),
            target,
            headers: forwarded(&request.headers),
            body: has_body.then(|| request.body.clone()),
            raw: false,
        };
        match self.send(message) {
            Ok((status, headers, body)) => {
                let mut headers = forwarded(&headers);
                headers.retain(|(name, _)| name != "content-encoding" && name != "date");
                Reply::new(status, headers, body)
            }
            Err(error) => Reply::of(502, &json!({"success": false, "error": error.to_string()})),
        }
    }

    /// Through the kept connection where the client can say it, else byte by byte.
    fn send(&self, mut message: Message) -> Result<(u16, Headers, Vec<u8>), HttpError> {
        let plain = message.target.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>{}|\\^`".contains(&byte));
        if plain {
            match self.client.fetch(&message) {
                Err(HttpError::Unsendable(_)) => {}
                sent => return sent.map(Received::into_parts),
            }
        }
        message.target.insert_str(0, &self.url.path);
        let answer = raw::send(&self.url.authority, &message, Limits::default())?;
        Ok((answer.status, answer.headers, answer.bytes))
    }

    /// Every record that a list request matches, in its order and projection, whatever page it asks for.
    pub fn whole(&self, request: &Request) -> Vec<Value> {
        self.ask(&request.without("offset").with("count", 0)).records()
    }

    /// The page a list request asks for, cut from `records` in place of the server's own.
    pub fn page_of(&self, request: &Request, records: &[Value]) -> Reply {
        let reply = self.ask(request);
        if !reply.is_ok() {
            return reply;
        }
        let length = reply.records().len();
        let offset = usize::try_from(request.number("offset").unwrap_or_default()).unwrap_or_default();
        let page: Vec<Value> = records.iter().skip(offset).take(length).cloned().collect();
        reply.with_records(page)
    }

    /// The record of a list at `part` of the way from the oldest to the newest, as its id, asked for as the caller of
    /// `request`: the same for the life of the proxy. Neither on the first page nor among the last few for parts in between.
    pub fn victim_of(&self, list: &List, request: &Request, part: f64) -> Option<Value> {
        let key = format!("victim {part}");
        if let Some(id) = self.recall(&key) {
            return Some(id);
        }
        let oldest_first = Request { path: list.path.clone(), ..request.clone() }
            .with_params(&[])
            .with("sort", &list.sort)
            .with("fields", json!({ list.id.as_str(): 1 }))
            .with("count", 1);
        let total = self.ask(&oldest_first).at("/total").and_then(Value::as_f64)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list, floored")]
        let place = ((total - 1.0) * part).max(0.0) as u64;
        let reply = self.ask(&oldest_first.with("offset", place));
        let id = reply.json()?.get(&list.key)?.get(0)?.get(&list.id)?.clone();
        self.remember(&key, id.clone());
        Some(id)
    }

    /// A record of the list of statistics, likewise.
    pub fn victim(&self, request: &Request, part: f64) -> Option<String> {
        let statistics = List {
            path: "/api/v1/statistics.list".to_owned(),
            key: "statistics".to_owned(),
            id: "_id".to_owned(),
            sort: json!({"createdAt": 1, "_id": 1}),
        };
        self.victim_of(&statistics, request, part)?.as_str().map(str::to_owned)
    }

    /// The answer to a request about statistics in which one record, `part` of the way to the newest, is changed.
    pub fn spoil_record(&self, request: &Request, part: f64, change: fn(&mut Value)) -> Reply {
        let reply = self.ask(request);
        if !request.is_statistics() || !reply.is_ok() {
            return reply;
        }
        let Some(victim) = self.victim(request, part) else { return reply };
        reply.each_record(|record| {
            if record.get("_id").and_then(Value::as_str) == Some(&victim) {
                self.spoil(record, change);
            }
        })
    }

    /// Changes a record, and takes note of whether there was anything to change.
    pub fn spoil(&self, record: &mut Value, change: impl FnOnce(&mut Value)) {
        let before = record.clone();
        change(record);
        // A projection may have left out what is spoiled; one change is enough to be noticed.
        self.remember(if *record == before { UNTOUCHED } else { SPOILED }, Value::Bool(true));
    }

    /// Whether the fault met nothing that it could spoil: a record of another era has other members.
    pub fn met_nothing(&self) -> bool {
        self.recall(UNTOUCHED).is_some() && self.recall(SPOILED).is_none()
    }

    /// Keeps a value for as long as the proxy runs.
    pub fn remember(&self, key: &str, value: Value) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), value);
    }

    /// A value kept before.
    pub fn recall(&self, key: &str) -> Option<Value> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Counts: 1 at the first call with a key, then 2 and so on.
    pub fn count(&self, key: &str) -> u64 {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let next = memory.get(key).and_then(Value::as_u64).unwrap_or_default() + 1;
        memory.insert(key.to_owned(), Value::from(next));
        next
    }
}
