//! Differences that are no faults: no case may fail because of them.

use std::io::Write;
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

use super::Spoil;
use super::message::{Reply, Wire};

/// A difference that is no fault.
pub struct Benign {
    /// What differs.
    pub what: &'static str,
    /// Beginnings of ids it is tried with; all cases if empty.
    pub scope: &'static [&'static str],
    /// Makes the difference.
    pub spoil: Spoil,
}

fn is_error(reply: &Reply) -> bool {
    reply.status >= 400 && reply.json().is_some_and(Value::is_object)
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let turned: Map<String, Value> =
                members.iter().rev().map(|(key, member)| (key.clone(), reversed(member))).collect();
            Value::Object(turned)
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

fn pretty(mut reply: Reply) -> Reply {
    if let Some(json) = reply.json() {
        let text = serde_json::to_string_pretty(json).unwrap_or_default();
        reply.body = text.into_bytes();
    }
    reply
}

fn gzipped(mut reply: Reply) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail; if it did, the plain body would do.
    if encoder.write_all(&reply.body).is_ok()
        && let Ok(bytes) = encoder.finish()
    {
        reply.body = bytes;
        return reply.header("content-encoding", "gzip");
    }
    reply
}

/// Every benign difference.
pub const BENIGN: &[Benign] = &[
    Benign {
        what: "unknown members in envelopes and records",
        scope: &[],
        spoil: |server, request| {
            let reply = server.ask(request);
            let known = request.is_statistics() || request.is_me() || request.is_login() || request.is_info();
            if !known || !reply.is_ok() {
                return reply;
            }
            let reply = reply.set("extension", json!({"of": "a later version"}));
            reply.each_record(|record| {
                // An inclusion says which members are shown; all other records gain one.
                if let Some(members) = record.as_object_mut().filter(|members| members.len() > 8) {
                    members.insert("extensionOfALaterVersion".to_owned(), json!([1, null, "x"]));
                }
            })
        },
    },
    Benign {
        what: "an unknown member in every record, whatever fields asks for",
        scope: &[],
        spoil: |server, request| {
            let reply = server.ask(request);
            if !request.is_list() || !reply.is_ok() {
                return reply;
            }
            reply.each_record(|record| {
                if let Value::Object(members) = record {
                    members.insert("extensionOfALaterVersion".to_owned(), json!(1));
                }
            })
        },
    },
    Benign {
        what: "members in the opposite order",
        scope: &[],
        spoil: |server, request| server.ask(request).edit(|body| *body = reversed(body)),
    },
    Benign { what: "pretty-printed JSON", scope: &[], spoil: |server, request| pretty(server.ask(request)) },
    Benign {
        what: "gzip",
        scope: &[],
        spoil: |server, request| {
            let reply = server.ask(request);
            // The requests written byte by byte do not say that they understand it.
            let understood = request.header("accept-encoding").is_some_and(|value| value.contains("gzip"));
            if understood && !reply.body.is_empty() { gzipped(reply) } else { reply }
        },
    },
    Benign {
        what: "a charset in the content type",
        scope: &[],
        spoil: |server, request| {
            let reply = server.ask(request);
            let json = reply.json().is_some();
            if json { reply.header("content-type", "application/json; charset=utf-8") } else { reply }
        },
    },
    Benign {
        what: "further headers",
        scope: &[],
        spoil: |server, request| {
            server
                .ask(request)
                .header("x-powered-by", "something")
                .header("vary", "Accept-Encoding")
                .header("x-request-id", "1")
        },
    },
    Benign {
        what: "an answer after 150 ms",
        scope: &["RCS-LIST-SHAPE", "RCS-LAST-SHAPE"],
        spoil: |server, request| {
            thread::sleep(Duration::from_millis(150));
            server.ask(request)
        },
    },
    Benign {
        what: "further members in the bodies of errors",
        scope: &[],
        spoil: |server, request| {
            let reply = server.ask(request);
            if is_error(&reply) {
                reply.set("requestId", json!("1")).set("documentation", json!("none"))
            } else {
                reply
            }
        },
    },
    Benign {
        what: "bodies in chunks",
        scope: &[],
        spoil: |server, request| server.ask(request).wire(Wire::Chunked(1000)),
    },
];
