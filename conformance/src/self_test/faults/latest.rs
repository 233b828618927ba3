//! `GET /api/v1/statistics`: the newest record.

use serde_json::{Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn last(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_last() && reply.is_ok() { change(reply) } else { reply }
}

/// Puts another record into an answer, wrapped or not as the answer was.
fn with_record(reply: Reply, record: &Value) -> Reply {
    reply.edit(|body| {
        if body.get("statistics").is_some() {
            body["statistics"] = record.clone();
        } else if let Value::Object(members) = record {
            let mut members = members.clone();
            members.insert("success".to_owned(), json!(true));
            *body = Value::Object(members);
        }
    })
}

/// The record at a place in the list, newest first or oldest first.
fn record_at(server: &Server, request: &Request, order: i64, offset: u64) -> Value {
    let list = Request { path: "/api/v1/statistics.list".to_owned(), ..request.clone() };
    let sort = json!({"createdAt": order, "_id": order});
    server
        .ask(&list.with_params(&[]).with("sort", sort).with("count", 1).with("offset", offset))
        .at("/statistics/0")
        .cloned()
        .unwrap_or_default()
}

/// Whether the caller asks for a new record.
fn refreshes(request: &Request) -> bool {
    request.is_last() && request.query.as_deref() == Some("refresh=true")
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LAST-FRESH-001", |server, request| {
        last(server, request, |reply| with_record(reply, &record_at(server, request, 1, 0)))
    }),
    ("FAULT-LAST-FRESH-002", |server, request| {
        last(server, request, |reply| with_record(reply, &record_at(server, request, -1, 1)))
    }),
    ("FAULT-LAST-SHAPE-001", |server, request| {
        last(server, request, |reply| {
            reply.edit(|body| {
                let bare = body.get("statistics").cloned();
                *body = bare.unwrap_or_else(|| json!({"data": body.clone()}));
                body["success"] = json!(true);
            })
        })
    }),
    ("FAULT-LAST-SHAPE-003", |server, request| {
        last(server, request, |reply| {
            reply.edit(|body| {
                let record = body.get("statistics").cloned().unwrap_or_else(|| body.clone());
                *body = json!({"statistics": [record], "count": 1, "offset": 0, "total": 1, "success": true});
            })
        })
    }),
    ("FAULT-LAST-FRESH-009", |server, request| {
        if request.is_last() && request.param("refresh").is_some() {
            server.ask(&request.with("refresh", "true"));
        }
        server.ask(request)
    }),
    ("FAULT-LAST-FRESH-010", |server, request| {
        last(server, request, |reply| with_record(reply, &record_at(server, request, -1, server.count("calls") - 1)))
    }),
    ("FAULT-LAST-FRESH-012", |server, request| {
        let stored = refreshes(request).then(|| record_at(server, request, -1, 0));
        last(server, request, |reply| match &stored {
            Some(stored) => reply.each_record(|record| record["process"] = stored["process"].clone()),
            None => reply,
        })
    }),
    ("FAULT-LAST-FRESH-013", |server, request| {
        if refreshes(request) {
            return last(server, &request.without("refresh"), |reply| {
                reply.each_record(|record| {
                    record["createdAt"] = json!(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
                })
            });
        }
        server.ask(request)
    }),
    ("FAULT-LAST-FRESH-014", |server, request| {
        if refreshes(request) {
            server.remember("refreshed", json!(true));
            return server.ask(request);
        }
        let stale = server.recall("refreshed").is_some();
        last(
            server,
            request,
            |reply| if stale { with_record(reply, &record_at(server, request, -1, 1)) } else { reply },
        )
    }),
];
