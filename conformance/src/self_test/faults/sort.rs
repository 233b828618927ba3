//! Order.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::json;
use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Changes the sort keys of list requests.
fn keys(server: &Server, request: &Request, change: fn(&mut Map<String, Value>)) -> Reply {
    if !request.is_list() {
        return server.ask(request);
    }
    server.ask(&request.changing("sort", |sort| {
        if let Value::Object(keys) = sort {
            change(keys);
        }
    }))
}

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

/// Sorts by other keys than those asked for.
fn other_key(server: &Server, request: &Request, others: &[(&str, &str)]) -> Reply {
    if !request.is_list() {
        return server.ask(request);
    }
    let other = |key: String| match others.iter().find(|(asked, _)| *asked == key) {
        Some((_, other)) => (*other).to_owned(),
        None => key,
    };
    server.ask(&request.changing("sort", |sort| {
        if let Value::Object(keys) = sort {
            *keys = std::mem::take(keys).into_iter().map(|(key, direction)| (other(key), direction)).collect();
        }
    }))
}

fn refusing(server: &Server, request: &Request, odd: fn(&str) -> bool) -> Reply {
    match request.param("sort") {
        Some(sort) if request.is_list() && odd(&sort) => {
            Reply::of(400, &serde_json::json!({"success": false, "error": "Invalid sort parameter"}))
        }
        _ => server.ask(request),
    }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-SORT-001",
        what: "sort is ignored",
        pointer: "/statistics",
        catches: &["LIST-SORT-002", "LIST-SORT-004"],
        spoil: |server, request| {
            let malformed = request.param("sort").is_some() && request.json("sort").is_none();
            if request.is_list() && !malformed && server.ask(request).is_ok() {
                server.ask(&request.without("sort"))
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-002",
        what: "every sort is ascending",
        pointer: "/statistics",
        catches: &["LIST-SORT-002", "LIST-SORT-006"],
        spoil: |server, request| {
            keys(server, request, |keys| {
                for (_, direction) in keys.iter_mut().filter(|(_, direction)| direction.as_i64() == Some(-1)) {
                    *direction = Value::from(1);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-003",
        what: "every sort is the other way round",
        pointer: "/statistics",
        catches: &["LIST-SORT-001", "LIST-SORT-002"],
        spoil: |server, request| {
            keys(server, request, |keys| {
                for (_, direction) in keys.iter_mut() {
                    if let Some(sign @ (1 | -1)) = direction.as_i64() {
                        *direction = Value::from(-sign);
                    }
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-004",
        what: "only the first key counts",
        pointer: "/statistics",
        catches: &["LIST-SORT-012", "LIST-SORT-013"],
        spoil: |server, request| {
            keys(server, request, |keys| {
                let first = keys.iter().next().map(|(key, direction)| (key.clone(), direction.clone()));
                keys.clear();
                keys.extend(first);
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-005",
        what: "the last key weighs most",
        pointer: "/statistics",
        catches: &["LIST-SORT-014"],
        spoil: |server, request| {
            keys(server, request, |keys| {
                let reversed: Vec<_> = keys.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
                keys.clear();
                keys.extend(reversed);
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-006",
        what: "numbers are sorted as text",
        pointer: "/statistics",
        catches: &["LIST-SORT-005", "LIST-SORT-006"],
        spoil: |server, request| resorted(server, request, |left, right| text(left).cmp(&text(right))),
    },
    Fault {
        id: "FAULT-LIST-SORT-007",
        what: "text is sorted without case",
        pointer: "/statistics",
        catches: &["LIST-SORT-010"],
        spoil: |server, request| {
            resorted(server, request, |left, right| match (left, right) {
                (Value::String(left), Value::String(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
                _ => number_or_text(left, right),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-008",
        what: "records without the key come last",
        pointer: "/statistics",
        catches: &["LIST-SORT-017", "LIST-SORT-018"],
        spoil: |server, request| {
            resorted(server, request, |left, right| {
                left.is_null().cmp(&right.is_null()).then_with(|| number_or_text(left, right))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-009",
        what: "each page is sorted by itself",
        pointer: "/statistics",
        catches: &["LIST-SORT-004", "LIST-SORT-015"],
        spoil: |server, request| {
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
                let order =
                    number_or_text(left.first().copied().unwrap_or(&null), right.first().copied().unwrap_or(&null));
                if direction.as_i64() == Some(-1) { order.reverse() } else { order }
            });
            reply.with_records(records)
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-010",
        what: "dotted keys are ignored",
        pointer: "/statistics",
        catches: &["LIST-SORT-011"],
        spoil: |server, request| keys(server, request, |keys| keys.retain(|key, _| !key.contains('.'))),
    },
    Fault {
        id: "FAULT-LIST-SORT-011",
        what: "the list is cut to its page before it is sorted",
        pointer: "/statistics",
        catches: &["LIST-SORT-004"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let descends = request.param("sort").is_some_and(|sort| sort.contains("-1"));
            if !request.is_list() || !reply.is_ok() || !descends {
                return reply;
            }
            // The page of the opposite order, turned round.
            let mut records = server
                .ask(&request.with("sort", request.param("sort").unwrap_or_default().replace("-1", "1")))
                .records();
            records.reverse();
            reply.with_records(records)
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-012",
        what: "a key that is not shown is not sorted by",
        pointer: "/statistics",
        catches: &["LIST-SORT-025"],
        spoil: |server, request| {
            let fields = request.json("fields").and_then(|fields| fields.as_object().cloned()).unwrap_or_default();
            let includes = fields.values().any(|value| value.as_i64() == Some(1));
            let sort = request.json("sort").and_then(|sort| sort.as_object().cloned()).unwrap_or_default();
            if !request.is_list() || !includes || sort.is_empty() {
                return server.ask(request);
            }
            let shown: Map<String, Value> =
                sort.into_iter().filter(|(key, _)| key == "_id" || fields.contains_key(key)).collect();
            server.ask(&request.with("sort", Value::Object(shown)))
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-013",
        what: "two neighbours on a late page change places",
        pointer: "/statistics",
        catches: &["LIST-SORT-001"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let mut records = reply.records();
            if request.is_list() && reply.is_ok() && records.len() > 90 {
                records.swap(70, 90);
                return reply.with_records(records);
            }
            reply
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-014",
        what: "a key no record has is refused",
        pointer: "status",
        catches: &["LIST-SORT-019"],
        spoil: |server, request| {
            let unknown = request.param("sort").is_some_and(|sort| sort.contains("rcs_"));
            if request.is_list() && unknown {
                return Reply::of(400, &serde_json::json!({"success": false, "error": "unknown sort key"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-015",
        what: "an empty sort object is refused",
        pointer: "status",
        catches: &["LIST-SORT-020"],
        spoil: |server, request| match request.param("sort").as_deref() {
            Some("{}") if request.is_list() => {
                Reply::of(400, &serde_json::json!({"success": false, "error": "Invalid sort parameter"}))
            }
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-016",
        what: "blanks in sort are refused",
        pointer: "status",
        catches: &["LIST-SORT-024"],
        spoil: |server, request| match request.param("sort") {
            Some(sort) if request.is_list() && sort.starts_with("{ ") => {
                Reply::of(400, &serde_json::json!({"success": false, "error": "Invalid sort parameter"}))
            }
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-017",
        what: "with an offset the sort is ignored",
        pointer: "/statistics",
        catches: &["LIST-SORT-016"],
        spoil: |server, request| {
            if request.is_list() && request.number("offset").is_some_and(|offset| offset > 0) {
                return server.ask(&request.without("sort"));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-018",
        what: "only createdAt can be sorted by",
        pointer: "/statistics",
        catches: &["LIST-SORT-005", "LIST-SORT-009"],
        spoil: |server, request| {
            keys(server, request, |keys| {
                if keys.values().all(Value::is_number) {
                    keys.retain(|key, _| key == "createdAt");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-019",
        what: "only two keys count",
        pointer: "/statistics",
        catches: &["LIST-SORT-026"],
        spoil: |server, request| {
            keys(server, request, |keys| *keys = std::mem::take(keys).into_iter().take(2).collect())
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-020",
        what: "totals are sorted by a part of them",
        pointer: "/statistics",
        catches: &["LIST-SORT-027", "LIST-SORT-028"],
        spoil: |server, request| {
            other_key(server, request, &[("totalRooms", "totalChannels"), ("activeUsers", "totalUsers")])
        },
    },
    Fault {
        id: "FAULT-LIST-SORT-021",
        what: "uniqueId and installedAt are not what is sorted by",
        pointer: "/statistics",
        catches: &["LIST-SORT-029", "LIST-SORT-030"],
        spoil: |server, request| other_key(server, request, &[("uniqueId", "_id"), ("installedAt", "createdAt")]),
    },
    Fault {
        id: "FAULT-LIST-SORT-022",
        what: "1.0 is no direction",
        pointer: "status",
        catches: &["LIST-SORT-031"],
        spoil: |server, request| refusing(server, request, |sort| sort.contains("1.0")),
    },
    Fault {
        id: "FAULT-LIST-SORT-023",
        what: "sort=[] is refused",
        pointer: "status",
        catches: &["LIST-SORT-032"],
        spoil: |server, request| refusing(server, request, |sort| sort == "[]"),
    },
    Fault {
        id: "FAULT-LIST-SORT-024",
        what: "a sort without truth is refused",
        pointer: "status",
        catches: &["LIST-SORT-021"],
        spoil: |server, request| refusing(server, request, |sort| matches!(sort, "0" | "false" | "\"\"")),
    },
    Fault {
        id: "FAULT-LIST-SORT-025",
        what: "sort=1 and sort=true are ignored",
        pointer: "status",
        catches: &["LIST-SORT-022", "LIST-SORT-023"],
        spoil: |server, request| match request.param("sort").as_deref() {
            Some("1" | "true") if request.is_list() => server.ask(&request.without("sort")),
            _ => server.ask(request),
        },
    },
];
