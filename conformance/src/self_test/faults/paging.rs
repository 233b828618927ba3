//! Count, offset and total.

use serde_json::{Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Sends the list request that `change` makes of this one, and other requests as they are.
fn instead(server: &Server, request: &Request, change: impl FnOnce(&Request) -> Request) -> Reply {
    if request.is_list() { server.ask(&change(request)) } else { server.ask(request) }
}

fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-PAGE-005", |server, request| {
        match (request.number("offset"), request.number("count").unwrap_or(50)) {
            (Some(offset), count) if offset > 0 && count > 0 => {
                let reply = instead(server, request, |request| request.with("offset", offset * count));
                if reply.is_ok() { reply.set("offset", json!(offset)) } else { reply }
            }
            _ => server.ask(request),
        }
    }),
    ("FAULT-LIST-PAGE-037", |server, request| {
        page(server, request, |reply| {
            let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
            let offset = request.number("offset").unwrap_or_default();
            reply.set("total", json!((total - offset).max(0)))
        })
    }),
    ("FAULT-LIST-PAGE-043", |server, request| {
        page(server, request, |reply| {
            let offset = request.number("offset").unwrap_or_default();
            let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
            let mut records = reply.records();
            let reaches_end = offset + i64::try_from(records.len()).unwrap_or_default() >= total;
            if reaches_end && total > 1 {
                records.pop();
            }
            reply.with_records(records)
        })
    }),
    ("FAULT-LIST-PAGE-046", |server, request| {
        page(server, request, |reply| {
            let mut records = reply.records();
            let turns = usize::try_from(server.count("turns")).unwrap_or_default();
            if !records.is_empty() {
                let by = turns % records.len();
                records.rotate_left(by);
            }
            reply.with_records(records)
        })
    }),
    ("FAULT-LIST-PAGE-048", |server, request| {
        instead(server, request, |request| {
            let request = request.param("limit").map_or_else(|| request.clone(), |limit| request.with("count", limit));
            request.param("skip").map_or_else(|| request.clone(), |skip| request.with("offset", skip))
        })
    }),
];
