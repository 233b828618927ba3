//! Fields.

use serde_json::{Map, Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn fields_of(request: &Request) -> Map<String, Value> {
    request.json("fields").and_then(|fields| fields.as_object().cloned()).unwrap_or_default()
}

/// Changes the fields of well-formed list requests.
fn fields(server: &Server, request: &Request, change: fn(&mut Map<String, Value>)) -> Reply {
    if !request.is_list() {
        return server.ask(request);
    }
    server.ask(&request.changing("fields", |fields| {
        if let Value::Object(fields) = fields {
            change(fields);
        }
    }))
}

fn number(value: &Value, wanted: i64) -> bool {
    value.as_i64() == Some(wanted)
}

/// Whether the projection is well-formed and includes something.
fn includes(request: &Request) -> bool {
    request.is_list() && fields_of(request).values().any(|value| number(value, 1))
}

fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-PROJ-001",
        what: "fields is ignored",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-001", "LIST-PROJ-004"],
        spoil: |server, request| {
            fields(server, request, |fields| fields.retain(|_, value| !number(value, 0) && !number(value, 1)))
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-002",
        what: "an inclusion leaves _id out",
        pointer: "/statistics/*/_id",
        catches: &["LIST-PROJ-001"],
        spoil: |server, request| {
            let drops = includes(request) && !fields_of(request).contains_key("_id");
            page(server, request, |reply| {
                if !drops {
                    return reply;
                }
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        members.shift_remove("_id");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-003",
        what: "_id:0 is honoured beside an inclusion",
        pointer: "/statistics/*/_id",
        catches: &["LIST-PROJ-008"],
        spoil: |server, request| {
            let drops = includes(request) && fields_of(request).get("_id").is_some_and(|value| number(value, 0));
            page(server, request, |reply| {
                if !drops {
                    return reply;
                }
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        members.shift_remove("_id");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-004",
        what: "_id:0 alone is ignored",
        pointer: "/statistics/*/_id",
        catches: &["LIST-PROJ-009"],
        spoil: |server, request| {
            fields(server, request, |fields| fields.retain(|key, value| key != "_id" || !number(value, 0)))
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-005",
        what: "inclusion and exclusion together count as exclusion",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-006", "LIST-PROJ-007"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.values().any(|value| number(value, 0)) {
                    fields.retain(|_, value| !number(value, 1));
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-006",
        what: "inclusion and exclusion together are refused",
        pointer: "status",
        catches: &["LIST-PROJ-006", "LIST-PROJ-007"],
        spoil: |server, request| {
            let mixed =
                includes(request) && fields_of(request).iter().any(|(key, value)| key != "_id" && number(value, 0));
            if mixed {
                let error = "Projection cannot have a mix of inclusion and exclusion.";
                return Reply::of(400, &json!({"success": false, "error": error}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-007",
        what: "only the first member of fields counts",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-002", "LIST-PROJ-005"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.values().all(|value| number(value, 1)) || fields.values().all(|value| number(value, 0)) {
                    let first = fields.iter().next().map(|(key, value)| (key.clone(), value.clone()));
                    fields.clear();
                    fields.extend(first);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-008",
        what: "exclusions are ignored",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-004", "LIST-PROJ-005"],
        spoil: |server, request| fields(server, request, |fields| fields.retain(|_, value| !number(value, 0))),
    },
    Fault {
        id: "FAULT-LIST-PROJ-009",
        what: "0 includes and 1 excludes",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-001", "LIST-PROJ-004"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                for (_, value) in fields.iter_mut() {
                    if let Some(bit @ (0 | 1)) = value.as_i64() {
                        *value = json!(1 - bit);
                    }
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-010",
        what: "dotted paths are ignored in an exclusion",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-011"],
        spoil: |server, request| {
            fields(server, request, |fields| fields.retain(|key, value| !key.contains('.') || !number(value, 0)))
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-011",
        what: "a dotted inclusion gives the whole object",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-010"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                let shortened = fields
                    .iter()
                    .map(|(key, value)| {
                        let top = key.split('.').next().unwrap_or_default();
                        (if number(value, 1) { top } else { key }.to_owned(), value.clone())
                    })
                    .collect();
                *fields = shortened;
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-012",
        what: "included members that are missing come as null",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-012"],
        spoil: |server, request| {
            let wanted: Vec<String> =
                fields_of(request).into_iter().filter(|(_, value)| number(value, 1)).map(|(key, _)| key).collect();
            page(server, request, |reply| {
                reply.each_record(|record| {
                    if let Value::Object(members) = record {
                        for key in &wanted {
                            members.entry(key.clone()).or_insert(Value::Null);
                        }
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-013",
        what: "excluding an unknown member leaves only _id",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-013"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.iter().any(|(key, value)| key.starts_with("rcs_") && number(value, 0)) {
                    *fields = Map::from_iter([("_id".to_owned(), json!(1))]);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-014",
        what: "an empty fields object leaves only _id",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-014"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.is_empty() {
                    fields.insert("_id".to_owned(), json!(1));
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-015",
        what: "fields changes total",
        pointer: "/total",
        catches: &["LIST-PROJ-016"],
        spoil: |server, request| {
            let projected = !fields_of(request).is_empty();
            page(server, request, |reply| {
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                if projected { reply.set("total", json!(total - 1)) } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-016",
        what: "fields is ignored where there is a query",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-017", "LIST-QUERY-003"],
        spoil: |server, request| {
            let queried = request.is_list() && request.param("query").is_some() && !fields_of(request).is_empty();
            if queried { server.ask(&request.without("fields")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-017",
        what: "fields is ignored from offset 100 on",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-018"],
        spoil: |server, request| {
            let late = request.is_list() && request.number("offset").is_some_and(|offset| offset >= 100);
            if late { server.ask(&request.without("fields")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-018",
        what: "the documented exclusion keeps process",
        pointer: "/statistics/*/process",
        catches: &["LIST-PROJ-005", "LIST-QUERY-003"],
        spoil: |server, request| {
            fields(server, request, |fields| fields.retain(|key, value| key != "process" || !number(value, 0)))
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-019",
        what: "including only _id gives whole records",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-003"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.len() == 1 && fields.get("_id").is_some_and(|value| number(value, 1)) {
                    fields.clear();
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-020",
        what: "an inclusion changes the value it shows",
        pointer: "/statistics/*/totalUsers",
        catches: &["LIST-PROJ-001"],
        spoil: |server, request| {
            let included = includes(request);
            page(server, request, |reply| {
                reply.each_record(|record| {
                    if let (true, Some(users)) = (included, record.get("totalUsers").and_then(Value::as_i64)) {
                        record["totalUsers"] = json!(users.to_string());
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-021",
        what: "_id:0 is ignored beside another exclusion",
        pointer: "/statistics/*/_id",
        catches: &["LIST-PROJ-020"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.len() > 1 && fields.values().all(|value| number(value, 0)) {
                    fields.shift_remove("_id");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-022",
        what: "an inclusion through a list gives whole elements",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-021", "LIST-PROJ-023"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.iter().any(|(key, value)| key.starts_with("os.cpus.") && number(value, 1)) {
                    *fields = Map::from_iter([("os.cpus".to_owned(), json!(1))]);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-023",
        what: "an inclusion through a list gives no elements",
        pointer: "/statistics",
        catches: &["LIST-PROJ-021"],
        spoil: |server, request| {
            let through = includes(request) && fields_of(request).keys().any(|key| key.starts_with("os.cpus."));
            page(server, request, |reply| {
                reply.each_record(|record| {
                    if let (true, Some(cpus)) = (through, record.pointer_mut("/os/cpus")) {
                        *cpus = json!([]);
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-024",
        what: "an inclusion of four names gives what the third holds",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-023"],
        spoil: |server, request| {
            fields(server, request, |fields| {
                if fields.shift_remove("os.cpus.times.user").is_some() {
                    fields.insert("os.cpus.times".to_owned(), json!(1));
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-025",
        what: "an exclusion through a list is ignored",
        pointer: "/statistics/*",
        catches: &["LIST-PROJ-022"],
        spoil: |server, request| fields(server, request, |fields| fields.retain(|key, _| key != "os.cpus.times")),
    },
    Fault {
        id: "FAULT-LIST-PROJ-026",
        what: "fields=[] is refused",
        pointer: "status",
        catches: &["LIST-PROJ-015"],
        spoil: |server, request| match request.param("fields").as_deref() {
            Some("[]") if request.is_list() => Reply::of(400, &json!({"success": false, "error": "Invalid fields"})),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PROJ-027",
        what: "joinCode is shown to who asks for it",
        pointer: "/statistics/*/joinCode",
        catches: &["LIST-PROJ-019"],
        spoil: |server, request| {
            let asked = request.is_list() && fields_of(request).contains_key("joinCode");
            page(server, request, |reply| {
                reply.each_record(|record| {
                    if asked {
                        record["joinCode"] = json!("fault");
                    }
                })
            })
        },
    },
];
