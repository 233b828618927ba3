//! The envelope around a page of records.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Changes the successful answers of the list.
fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

fn empty_page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    page(server, request, |reply| if reply.records().is_empty() { change(reply) } else { reply })
}

fn as_text(reply: Reply, member: &str) -> Reply {
    let text = reply.at(&format!("/{member}")).map(ToString::to_string).unwrap_or_default();
    reply.set(member, Value::String(text))
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-ENVELOPE-001",
        what: "success is missing",
        pointer: "/success",
        catches: &["LIST-SHAPE-001", "LIST-SHAPE-002"],
        spoil: |server, request| page(server, request, |reply| reply.remove("success")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-002",
        what: "success is the text true",
        pointer: "/success",
        catches: &["LIST-SHAPE-002"],
        spoil: |server, request| page(server, request, |reply| reply.set("success", json!("true"))),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-003",
        what: "success is the number 1",
        pointer: "/success",
        catches: &["LIST-SHAPE-002"],
        spoil: |server, request| page(server, request, |reply| reply.set("success", json!(1))),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-004",
        what: "success is false although the page is there",
        pointer: "/success",
        catches: &["LIST-SHAPE-002"],
        spoil: |server, request| page(server, request, |reply| reply.set("success", json!(false))),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-005",
        what: "statistics is an object by id instead of a list",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let by_id =
                    reply.records().into_iter().enumerate().map(|(at, record)| (at.to_string(), record)).collect();
                reply.set("statistics", Value::Object(by_id))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-006",
        what: "the envelope sits inside data",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            page(server, request, |reply| reply.edit(|body| *body = json!({"data": body.clone(), "success": true})))
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-007",
        what: "the answer is the bare list",
        pointer: "",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            page(server, request, |reply| {
                reply.edit(|body| *body = body.get("statistics").cloned().unwrap_or_default())
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-008",
        what: "the list is called stats",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let records = Value::Array(reply.records());
                reply.remove("statistics").set("stats", records)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-009",
        what: "one record is not in a list",
        pointer: "/statistics",
        catches: &["LIST-PAGE-002"],
        spoil: |server, request| {
            page(server, request, |reply| match reply.records().as_slice() {
                [only] => {
                    let only = only.clone();
                    reply.set("statistics", only)
                }
                _ => reply,
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-010",
        what: "statistics is null where nothing matches",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-009"],
        spoil: |server, request| empty_page(server, request, |reply| reply.set("statistics", Value::Null)),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-011",
        what: "count is missing on an empty page",
        pointer: "/count",
        catches: &["LIST-SHAPE-009"],
        spoil: |server, request| empty_page(server, request, |reply| reply.remove("count")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-012",
        what: "an empty page is 404",
        pointer: "status",
        catches: &["LIST-SHAPE-009", "LIST-PAGE-027"],
        spoil: |server, request| {
            empty_page(server, request, |_| Reply::of(404, &json!({"success": false, "error": "not found"})))
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-013",
        what: "count is text",
        pointer: "/count",
        catches: &["LIST-SHAPE-004"],
        spoil: |server, request| page(server, request, |reply| as_text(reply, "count")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-014",
        what: "offset is text",
        pointer: "/offset",
        catches: &["LIST-SHAPE-005"],
        spoil: |server, request| page(server, request, |reply| as_text(reply, "offset")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-015",
        what: "total is text",
        pointer: "/total",
        catches: &["LIST-SHAPE-006"],
        spoil: |server, request| page(server, request, |reply| as_text(reply, "total")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-016",
        what: "count is missing",
        pointer: "/count",
        catches: &["LIST-SHAPE-001", "LIST-SHAPE-004"],
        spoil: |server, request| page(server, request, |reply| reply.remove("count")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-017",
        what: "offset is missing",
        pointer: "/offset",
        catches: &["LIST-SHAPE-001", "LIST-SHAPE-005"],
        spoil: |server, request| page(server, request, |reply| reply.remove("offset")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-018",
        what: "total is missing",
        pointer: "/total",
        catches: &["LIST-SHAPE-001", "LIST-SHAPE-006"],
        spoil: |server, request| page(server, request, |reply| reply.remove("total")),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-019",
        what: "error is null beside a success",
        pointer: "/error",
        catches: &["LIST-SHAPE-007"],
        spoil: |server, request| page(server, request, |reply| reply.set("error", Value::Null)),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-020",
        what: "status is error beside a success",
        pointer: "/status",
        catches: &["LIST-SHAPE-007"],
        spoil: |server, request| page(server, request, |reply| reply.set("status", json!("error"))),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-021",
        what: "a null stands among the records",
        pointer: "/statistics/*",
        catches: &["LIST-SHAPE-003"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let mut records = reply.records();
                if let Some(last) = records.last_mut() {
                    *last = Value::Null;
                }
                reply.with_records(records)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-022",
        what: "each record is wrapped",
        pointer: "/statistics/*",
        catches: &["LIST-SHAPE-012"],
        spoil: |server, request| {
            page(server, request, |reply| reply.each_record(|record| *record = json!({"statistics": record.clone()})))
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-023",
        what: "the default page shows a record twice",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-008"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let mut records = reply.records();
                let first = records.first().cloned();
                if let (None, Some(first), Some(fourth)) = (&request.query, first, records.get_mut(3)) {
                    *fourth = first;
                }
                reply.with_records(records)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-024",
        what: "the status of a success is 201",
        pointer: "status",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| page(server, request, |reply| reply.status(201)),
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-025",
        what: "the default page shows other values than the stored records",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-011"],
        spoil: |server, request| {
            page(server, request, |reply| {
                if request.query.is_some() {
                    return reply;
                }
                reply.each_record(|record| {
                    let users = record.get("totalUsers").and_then(Value::as_i64).unwrap_or_default();
                    record["totalUsers"] = json!(users + 1);
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-026",
        what: "a page with all parameters has another envelope",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-010"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let all =
                    ["count", "offset", "sort", "fields", "query"].iter().all(|name| request.param(name).is_some());
                if all {
                    let records = Value::Array(reply.records());
                    reply.remove("statistics").set("records", records)
                } else {
                    reply
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-027",
        what: "the list is answered as text inside JSON",
        pointer: "/statistics",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let text = Value::Array(reply.records()).to_string();
                reply.set("statistics", Value::String(text))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-ENVELOPE-028",
        what: "a page with an offset is refused",
        pointer: "status",
        catches: &["LIST-SHAPE-014"],
        spoil: |server, request| {
            let behind = request.number("offset").is_some_and(|offset| offset > 0);
            if request.is_list() && behind {
                return Reply::of(400, &json!({"success": false, "error": "error-not-allowed"}));
            }
            server.ask(request)
        },
    },
];
