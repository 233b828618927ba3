//! `GET /api/v1/statistics`: the newest record.

use serde_json::{Value, json};

use crate::self_test::Fault;
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

fn refreshed(server: &Server, request: &Request, value: &str) -> Reply {
    if request.is_last() && request.param("refresh").as_deref() == Some(value) {
        return server.ask(&request.with("refresh", "true"));
    }
    server.ask(request)
}

/// Whether the caller asks for a new record.
fn refreshes(request: &Request) -> bool {
    request.is_last() && request.query.as_deref() == Some("refresh=true")
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LAST-FRESH-001",
        what: "the oldest record comes",
        pointer: "",
        catches: &["LAST-FRESH-001", "X-FRESH-001"],
        spoil: |server, request| last(server, request, |reply| with_record(reply, &record_at(server, request, 1, 0))),
    },
    Fault {
        id: "FAULT-LAST-FRESH-002",
        what: "the second newest record comes",
        pointer: "",
        catches: &["LAST-FRESH-001", "X-FRESH-001"],
        spoil: |server, request| last(server, request, |reply| with_record(reply, &record_at(server, request, -1, 1))),
    },
    Fault {
        id: "FAULT-LAST-SHAPE-001",
        what: "the record is wrapped where it is bare, and bare where it is wrapped",
        pointer: "",
        catches: &["LAST-SHAPE-002"],
        spoil: |server, request| {
            last(server, request, |reply| {
                reply.edit(|body| {
                    let bare = body.get("statistics").cloned();
                    *body = bare.unwrap_or_else(|| json!({"data": body.clone()}));
                    body["success"] = json!(true);
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-SHAPE-002",
        what: "success is missing",
        pointer: "/success",
        catches: &["LAST-SHAPE-001"],
        spoil: |server, request| last(server, request, |reply| reply.remove("success")),
    },
    Fault {
        id: "FAULT-LAST-SHAPE-003",
        what: "the record comes in a list",
        pointer: "",
        catches: &["LAST-SHAPE-003"],
        spoil: |server, request| {
            last(server, request, |reply| {
                reply.edit(|body| {
                    let record = body.get("statistics").cloned().unwrap_or_else(|| body.clone());
                    *body = json!({"statistics": [record], "count": 1, "offset": 0, "total": 1, "success": true});
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-SHAPE-004",
        what: "error is null beside a success",
        pointer: "/error",
        catches: &["LAST-SHAPE-004"],
        spoil: |server, request| last(server, request, |reply| reply.set("error", Value::Null)),
    },
    Fault {
        id: "FAULT-LAST-TYPE-001",
        what: "a member of the newest record is missing",
        pointer: "",
        catches: &["LAST-TYPE-001"],
        spoil: |server, request| {
            last(server, request, |reply| {
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        members.shift_remove("totalUsers");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-TYPE-002",
        what: "dates of the newest record are numbers",
        pointer: "/createdAt",
        catches: &["LAST-TYPE-002"],
        spoil: |server, request| {
            last(server, request, |reply| reply.each_record(|record| record["createdAt"] = json!(5)))
        },
    },
    Fault {
        id: "FAULT-LAST-TYPE-003",
        what: "counts of the newest record are text",
        pointer: "/totalUsers",
        catches: &["LAST-TYPE-003"],
        spoil: |server, request| {
            last(server, request, |reply| reply.each_record(|record| record["totalUsers"] = json!("88")))
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-003",
        what: "it shows other counts than the list",
        pointer: "/totalMessages",
        catches: &["X-FRESH-002"],
        spoil: |server, request| {
            last(server, request, |reply| {
                reply.each_record(|record| {
                    if let Some(messages) = record.get("totalMessages").and_then(Value::as_i64) {
                        record["totalMessages"] = json!(messages + 1);
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-004",
        what: "its record is in no list",
        pointer: "/_id",
        catches: &["X-FRESH-003"],
        spoil: |server, request| {
            last(server, request, |reply| reply.each_record(|record| record["_id"] = json!("AAAAAAAAAAAAAAAAA")))
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-005",
        what: "refresh=false computes",
        pointer: "",
        catches: &["LAST-FRESH-002"],
        spoil: |server, request| refreshed(server, request, "false"),
    },
    Fault {
        id: "FAULT-LAST-FRESH-006",
        what: "refresh=TRUE computes",
        pointer: "",
        catches: &["LAST-FRESH-003"],
        spoil: |server, request| refreshed(server, request, "TRUE"),
    },
    Fault {
        id: "FAULT-LAST-FRESH-007",
        what: "refresh=1 computes",
        pointer: "",
        catches: &["LAST-FRESH-004"],
        spoil: |server, request| refreshed(server, request, "1"),
    },
    Fault {
        id: "FAULT-LAST-FRESH-008",
        what: "an empty refresh computes",
        pointer: "",
        catches: &["LAST-FRESH-005"],
        spoil: |server, request| refreshed(server, request, ""),
    },
    Fault {
        id: "FAULT-LAST-FRESH-009",
        what: "every refresh parameter stores a record",
        pointer: "/total",
        catches: &["LAST-FRESH-007"],
        spoil: |server, request| {
            if request.is_last() && request.param("refresh").is_some() {
                server.ask(&request.with("refresh", "true"));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-010",
        what: "each call shows another record",
        pointer: "",
        catches: &["LAST-FRESH-008"],
        spoil: |server, request| {
            last(server, request, |reply| {
                with_record(reply, &record_at(server, request, -1, server.count("calls") - 1))
            })
        },
    },
    Fault {
        id: "FAULT-LAST-PARAM-001",
        what: "other parameters are refused",
        pointer: "status",
        catches: &["LAST-PARAM-001"],
        spoil: |server, request| {
            if request.is_last() && request.param("rcs").is_some() {
                return Reply::of(400, &json!({"success": false, "error": "unknown parameter"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-011",
        what: "refresh=true answers the stored record",
        pointer: "",
        catches: &["LAST-FRESH-010"],
        spoil: |server, request| {
            if refreshes(request) { server.ask(&request.without("refresh")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-012",
        what: "refresh=true keeps the figures of the process",
        pointer: "/process/uptime",
        catches: &["LAST-FRESH-011"],
        spoil: |server, request| {
            let stored = refreshes(request).then(|| record_at(server, request, -1, 0));
            last(server, request, |reply| match &stored {
                Some(stored) => reply.each_record(|record| record["process"] = stored["process"].clone()),
                None => reply,
            })
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-013",
        what: "refresh=true stores nothing",
        pointer: "",
        catches: &["LAST-FRESH-012"],
        spoil: |server, request| {
            if refreshes(request) {
                return last(server, &request.without("refresh"), |reply| {
                    reply.each_record(|record| {
                        record["createdAt"] =
                            json!(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
                    })
                });
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-014",
        what: "what refresh=true makes is not the newest",
        pointer: "",
        catches: &["LAST-FRESH-013"],
        spoil: |server, request| {
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
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-015",
        what: "a refused caller's refresh=true is answered",
        pointer: "status",
        catches: &["LAST-PERM-004"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if refreshes(request) && reply.status >= 400 && reply.status != 401 {
                return Reply::of(200, &json!({"success": true, "totalUsers": 5}));
            }
            reply
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-016",
        what: "it lacks what the list shows",
        pointer: "/os or /statistics/os",
        catches: &["X-FRESH-001"],
        spoil: |server, request| {
            last(server, request, |reply| {
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        members.shift_remove("os");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-PARAM-002",
        what: "fields cuts the record",
        pointer: "",
        catches: &["LAST-PARAM-002"],
        spoil: |server, request| {
            let cut = request.param("fields").is_some();
            last(server, request, |reply| {
                if !cut {
                    return reply;
                }
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        members.retain(|name, _| ["_id", "version", "success"].contains(&name.as_str()));
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LAST-FRESH-017",
        what: "refresh=true given twice computes",
        pointer: "",
        catches: &["LAST-FRESH-006"],
        spoil: |server, request| {
            if request.is_last() && request.query.as_deref() == Some("refresh=true&refresh=true") {
                return server.ask(&request.with("refresh", "true"));
            }
            server.ask(request)
        },
    },
];
