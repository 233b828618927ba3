//! Malformed, unknown and gated parameters.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Changes the answers that refuse a malformed parameter.
fn parse_error(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    let about = reply.at("/errorType").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("error-invalid-"));
    if request.is_list() && about { change(reply) } else { reply }
}

/// A malformed parameter is left out instead of refused.
fn lenient(server: &Server, request: &Request, name: &str) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.status == 400 && request.param(name).is_some() && request.json(name).is_none() {
        return server.ask(&request.without(name));
    }
    reply
}

/// Values of an object that are no 1, -1 or 0 become `value`.
fn coerced(server: &Server, request: &Request, name: &str, value: i64) -> Reply {
    if !request.is_list() {
        return server.ask(request);
    }
    server.ask(&request.changing(name, |parsed| {
        if let Value::Object(members) = parsed {
            for (_, member) in members.iter_mut().filter(|(_, member)| !matches!(member.as_i64(), Some(-1..=1))) {
                *member = json!(value);
            }
        }
    }))
}

/// Of several malformed parameters, another one is named.
fn other_first(server: &Server, request: &Request, first: &str) -> Reply {
    let malformed = request.is_list() && request.param(first).is_some() && request.json(first).is_none();
    if malformed {
        let alone: Vec<(String, String)> = request.params().into_iter().filter(|(name, _)| name == first).collect();
        return server.ask(&request.with_params(&alone));
    }
    server.ask(request)
}

/// From 7.0 on: gives an ignored parameter an effect, the crudest that shows.
fn honoured(server: &Server, request: &Request, name: &str, effect: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() && request.json(name).is_some() { effect(reply) } else { reply }
}

fn invalid(name: &str) -> Reply {
    let error = format!("Invalid {name} parameter provided [error-invalid-{name}]");
    Reply::of(400, &json!({"success": false, "error": error, "errorType": format!("error-invalid-{name}")}))
}

/// A parameter that is JSON, but null, a text or a list of lists, is left out.
fn shapeless(server: &Server, request: &Request, name: &str) -> Reply {
    let odd = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(Value::is_array),
        _ => false,
    };
    if request.is_list() && request.json(name).is_some_and(|value| odd(&value)) {
        return server.ask(&request.without(name));
    }
    server.ask(request)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-PARAM-001",
        what: "a malformed sort is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-001", "LIST-PARAM-002", "LIST-PARAM-003"],
        spoil: |server, request| lenient(server, request, "sort"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-002",
        what: "a malformed fields is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-005", "LIST-PARAM-006", "LIST-PARAM-007"],
        spoil: |server, request| lenient(server, request, "fields"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-003",
        what: "a malformed query is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-009", "LIST-PARAM-010", "LIST-PARAM-011"],
        spoil: |server, request| lenient(server, request, "query"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-004",
        what: "errors of parameters are a 500",
        pointer: "status",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| parse_error(server, request, |reply| reply.status(500)),
    },
    Fault {
        id: "FAULT-LIST-PARAM-005",
        what: "errors of parameters are a 200",
        pointer: "status",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| parse_error(server, request, |reply| reply.status(200)),
    },
    Fault {
        id: "FAULT-LIST-PARAM-006",
        what: "errors of parameters have no errorType",
        pointer: "/errorType",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| parse_error(server, request, |reply| reply.remove("errorType")),
    },
    Fault {
        id: "FAULT-LIST-PARAM-007",
        what: "errors of parameters have another errorType",
        pointer: "/errorType",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| parse_error(server, request, |reply| reply.set("errorType", json!("invalid-params"))),
    },
    Fault {
        id: "FAULT-LIST-PARAM-008",
        what: "errors of parameters say success true",
        pointer: "/success",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| parse_error(server, request, |reply| reply.set("success", json!(true))),
    },
    Fault {
        id: "FAULT-LIST-PARAM-009",
        what: "errors of parameters have no details",
        pointer: "/details",
        catches: &["LIST-PARAM-004", "LIST-PARAM-008", "LIST-PARAM-012"],
        spoil: |server, request| {
            parse_error(
                server,
                request,
                |reply| if reply.at("/details").is_some() { reply.remove("details") } else { reply },
            )
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-010",
        what: "errors of parameters leave the code out of their text",
        pointer: "/error",
        catches: &["LIST-PARAM-001", "LIST-PARAM-005", "LIST-PARAM-009"],
        spoil: |server, request| {
            parse_error(server, request, |reply| {
                let text = reply.at("/error").and_then(Value::as_str).unwrap_or_default();
                let bare = text.split(" [error-invalid").next().unwrap_or_default().to_owned();
                reply.set("error", json!(bare))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-011",
        what: "the value is not quoted as it came",
        pointer: "/error",
        catches: &["LIST-PARAM-013"],
        spoil: |server, request| {
            parse_error(server, request, |reply| {
                let text = reply.at("/error").and_then(Value::as_str).unwrap_or_default().replace('{', "%7B");
                reply.set("error", json!(text))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-012",
        what: "any value of a sort key is taken as 1",
        pointer: "status",
        catches: &["LIST-PARAM-014", "LIST-PARAM-015", "LIST-PARAM-017", "LIST-PARAM-018", "LIST-PARAM-019"],
        spoil: |server, request| coerced(server, request, "sort", 1),
    },
    Fault {
        id: "FAULT-LIST-PARAM-013",
        what: "a sort key of 0 is dropped",
        pointer: "status",
        catches: &["LIST-PARAM-016"],
        spoil: |server, request| {
            if !request.is_list() {
                return server.ask(request);
            }
            server.ask(&request.changing("sort", |sort| {
                if let Value::Object(keys) = sort {
                    keys.retain(|_, value| value.as_i64() != Some(0));
                }
            }))
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-014",
        what: "any value of a field is taken as 1",
        pointer: "status",
        catches: &["LIST-PARAM-021", "LIST-PARAM-022", "LIST-PARAM-023"],
        spoil: |server, request| coerced(server, request, "fields", 1),
    },
    Fault {
        id: "FAULT-LIST-PARAM-015",
        what: "query is read before sort and fields",
        pointer: "/errorType",
        catches: &["LIST-PARAM-026", "LIST-PARAM-027"],
        spoil: |server, request| other_first(server, request, "query"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-016",
        what: "parameters are read before the credentials",
        pointer: "status",
        catches: &["LIST-PARAM-031"],
        spoil: |server, request| {
            if request.is_list() && request.param("sort").is_some() && request.json("sort").is_none() {
                return invalid("sort");
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-017",
        what: "unknown parameters are refused",
        pointer: "status",
        catches: &["LIST-PARAM-032"],
        spoil: |server, request| {
            if request.is_list() && request.param("rcs").is_some() {
                return Reply::of(
                    400,
                    &json!({"success": false, "error": "must NOT have additional properties", "errorType": "error-invalid-params"}),
                );
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-018",
        what: "percent-encoding is not undone",
        pointer: "/statistics or /count",
        catches: &["LIST-PARAM-034"],
        spoil: |server, request| {
            if request.is_list() && request.query.as_deref().is_some_and(|query| query.contains("count=%")) {
                return server.ask(&request.without("count"));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-019",
        what: "an empty query string is refused",
        pointer: "status",
        catches: &["LIST-PARAM-035"],
        spoil: |server, request| {
            let odd = request
                .query
                .as_deref()
                .is_some_and(|query| query.is_empty() || query.starts_with('&') || query.ends_with('&'));
            if request.is_list() && odd {
                return Reply::of(400, &json!({"success": false, "error": "Invalid query parameters"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-020",
        what: "query works although it is switched off",
        pointer: "/statistics or /total",
        catches: &["LIST-PARAM-040"],
        spoil: |server, request| {
            honoured(server, request, "query", |reply| {
                if request.param("query").is_some_and(|query| query.contains("rcs-no-such-id")) {
                    reply.with_records(Vec::new()).set("total", json!(0))
                } else {
                    reply
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-021",
        what: "fields works although it is switched off",
        pointer: "/statistics/*",
        catches: &["LIST-PARAM-041"],
        spoil: |server, request| {
            honoured(server, request, "fields", |reply| {
                reply.each_record(|record| *record = json!({"_id": record["_id"], "version": record["version"]}))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-022",
        what: "a malformed query is refused although it is switched off",
        pointer: "status",
        catches: &["LIST-PARAM-042"],
        spoil: |server, request| {
            let malformed = request.param("query").is_some() && request.json("query").is_none();
            if request.is_list() && malformed { invalid("query") } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-023",
        what: "a malformed fields is refused although it is switched off",
        pointer: "status",
        catches: &["LIST-PARAM-043"],
        spoil: |server, request| {
            let malformed = request.param("fields").is_some() && request.json("fields").is_none();
            if request.is_list() && malformed { invalid("fields") } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-024",
        what: "an unknown operator is refused although query is switched off",
        pointer: "status",
        catches: &["LIST-PARAM-044"],
        spoil: |server, request| {
            if request.is_list() && request.param("query").is_some_and(|query| query.contains("$foo")) {
                return Reply::of(400, &json!({"success": false, "error": "unknown operator: $foo"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-025",
        what: "sort is switched off with query and fields",
        pointer: "/statistics",
        catches: &["LIST-PARAM-045"],
        spoil: |server, request| {
            if request.is_list() && request.json("sort").is_some() && server.ask(request).is_ok() {
                return server.ask(&request.without("sort"));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-026",
        what: "a sort that is no object is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-020", "LIST-PARAM-046", "LIST-PARAM-049"],
        spoil: |server, request| shapeless(server, request, "sort"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-027",
        what: "a member of sort that is null or an object is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-047", "LIST-PARAM-048"],
        spoil: |server, request| {
            if !request.is_list() {
                return server.ask(request);
            }
            server.ask(&request.changing("sort", |parsed| {
                if let Value::Object(members) = parsed {
                    members.retain(|_, member| !member.is_null() && !member.is_object());
                }
            }))
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-028",
        what: "a fields that is no object is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-050", "LIST-PARAM-051"],
        spoil: |server, request| shapeless(server, request, "fields"),
    },
    Fault {
        id: "FAULT-LIST-PARAM-029",
        what: "a member of fields that is null or an object is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-052", "LIST-PARAM-053"],
        spoil: |server, request| {
            if !request.is_list() {
                return server.ask(request);
            }
            server.ask(&request.changing("fields", |parsed| {
                if let Value::Object(members) = parsed {
                    members.retain(|_, member| !member.is_null() && !member.is_object());
                }
            }))
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-030",
        what: "a parameter without a value is refused",
        pointer: "status",
        catches: &["LIST-PARAM-036", "LIST-PARAM-037", "LIST-PARAM-054"],
        spoil: |server, request| {
            let empty = ["sort", "fields", "query"].into_iter().find(|name| request.param(name).as_deref() == Some(""));
            match empty {
                Some(name) if request.is_list() => invalid(name),
                _ => server.ask(request),
            }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-031",
        what: "a sort without a value is ignored where it is refused",
        pointer: "status",
        catches: &["LIST-PARAM-038"],
        spoil: |server, request| match request.param("sort").as_deref() {
            Some("") if request.is_list() => server.ask(&request.without("sort")),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-032",
        what: "a repeated sort is refused",
        pointer: "status",
        catches: &["LIST-PARAM-039"],
        spoil: |server, request| {
            let repeated = request.params().iter().filter(|(name, _)| name == "sort").count() > 1;
            if request.is_list() && repeated { invalid("sort") } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-033",
        what: "a trailing comma is overlooked",
        pointer: "status",
        catches: &["LIST-PARAM-055", "LIST-PARAM-056"],
        spoil: |server, request| {
            let repaired: Vec<(String, String)> =
                request.params().into_iter().map(|(name, value)| (name, value.replace(",}", "}"))).collect();
            if request.is_list() && repaired != request.params() {
                return server.ask(&request.with_params(&repaired));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-034",
        what: "names of parameters have no case",
        pointer: "/statistics or /count or /offset",
        catches: &["LIST-PARAM-033"],
        spoil: |server, request| {
            let lower: Vec<(String, String)> =
                request.params().into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
            if request.is_list() { server.ask(&request.with_params(&lower)) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-035",
        what: "all malformed parameters are named at once",
        pointer: "/error",
        catches: &["LIST-PARAM-026", "LIST-PARAM-027"],
        spoil: |server, request| {
            let malformed = |name: &str| request.param(name).is_some() && request.json(name).is_none();
            let several = ["sort", "fields", "query"].into_iter().filter(|name| malformed(name)).count() > 1;
            parse_error(server, request, |reply| {
                let error = reply.at("/error").and_then(Value::as_str).unwrap_or_default().to_owned();
                if several { reply.set("error", json!(format!("{error}\n{error}"))) } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-036",
        what: "an EJSON type nobody knows is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-024"],
        spoil: |server, request| {
            let odd = request.param("query").is_some_and(|query| query.contains("$value"));
            if request.is_list() && odd { server.ask(&request.without("query")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PARAM-037",
        what: "a member called hasOwnProperty is ignored",
        pointer: "status",
        catches: &["LIST-PARAM-025"],
        spoil: |server, request| {
            let odd = request.param("query").is_some_and(|query| query.contains("hasOwnProperty"));
            if request.is_list() && odd { server.ask(&request.without("query")) } else { server.ask(request) }
        },
    },
];
