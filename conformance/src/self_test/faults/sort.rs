//! Order.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::Made;
use crate::json;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Compares two records by one key.
type Compare = fn(&Value, &Value) -> Ordering;

/// Sorts the whole list by the request's first key as `compare` says, and cuts the page from that.
fn resorted(server: &Server, request: &Request, compare: Compare) -> Reply {
    let sort = request.json("sort").and_then(|sort| sort.as_object().cloned()).unwrap_or_default();
    let Some((key, direction)) = sort.iter().next().filter(|_| request.is_list()) else { return server.ask(request) };
    let key_only = request.with("fields", serde_json::json!({ key: 1 }));
    let mut keyed = server.whole(&key_only);
    keyed.sort_by(|left, right| {
        let (left, right) = (json::at_path(left, key), json::at_path(right, key));
        let null = Value::Null;
        let order = compare(left.first().copied().unwrap_or(&null), right.first().copied().unwrap_or(&null));
        if direction.as_i64() == Some(-1) { order.reverse() } else { order }
    });
    let records = server.whole(request);
    let by_id = |id: &Value| records.iter().find(|record| record.get("_id") == Some(id)).cloned();
    let ordered: Vec<Value> = keyed.iter().filter_map(|record| by_id(record.get("_id")?)).collect();
    server.page_of(request, &ordered)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number_or_text(left: &Value, right: &Value) -> Ordering {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => text(left).cmp(&text(right)),
    }
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-SORT-006", |server, request| resorted(server, request, |left, right| text(left).cmp(&text(right)))),
    ("FAULT-LIST-SORT-007", |server, request| {
        resorted(server, request, |left, right| match (left, right) {
            (Value::String(left), Value::String(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
            _ => number_or_text(left, right),
        })
    }),
    ("FAULT-LIST-SORT-008", |server, request| {
        resorted(server, request, |left, right| {
            left.is_null().cmp(&right.is_null()).then_with(|| number_or_text(left, right))
        })
    }),
    ("FAULT-LIST-SORT-009", |server, request| {
        let sort = request.json("sort").and_then(|sort| sort.as_object().cloned()).unwrap_or_default();
        let sorted = server.ask(request);
        let Some((key, direction)) = sort.iter().next().filter(|_| request.is_list() && sorted.is_ok()) else {
            return sorted;
        };
        let reply = server.ask(&request.without("sort"));
        let mut records = reply.records();
        let null = Value::Null;
        records.sort_by(|left, right| {
            let (left, right) = (json::at_path(left, key), json::at_path(right, key));
            let order = number_or_text(left.first().copied().unwrap_or(&null), right.first().copied().unwrap_or(&null));
            if direction.as_i64() == Some(-1) { order.reverse() } else { order }
        });
        reply.with_records(records)
    }),
    ("FAULT-LIST-SORT-011", |server, request| {
        let reply = server.ask(request);
        let descends = request.param("sort").is_some_and(|sort| sort.contains("-1"));
        if !request.is_list() || !reply.is_ok() || !descends {
            return reply;
        }
        // The page of the opposite order, turned round.
        let mut records =
            server.ask(&request.with("sort", request.param("sort").unwrap_or_default().replace("-1", "1"))).records();
        records.reverse();
        reply.with_records(records)
    }),
    ("FAULT-LIST-SORT-012", |server, request| {
        let fields = request.json("fields").and_then(|fields| fields.as_object().cloned()).unwrap_or_default();
        let includes = fields.values().any(|value| value.as_i64() == Some(1));
        let sort = request.json("sort").and_then(|sort| sort.as_object().cloned()).unwrap_or_default();
        if !request.is_list() || !includes || sort.is_empty() {
            return server.ask(request);
        }
        let shown: Map<String, Value> =
            sort.into_iter().filter(|(key, _)| key == "_id" || fields.contains_key(key)).collect();
        server.ask(&request.with("sort", Value::Object(shown)))
    }),
];
