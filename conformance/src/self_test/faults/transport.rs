//! Bytes, headers, methods and routes.

use serde_json::json;

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request, Wire};
use crate::self_test::server::Server;

fn list(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

fn statistics(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_statistics() { change(reply) } else { reply }
}

fn api(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.path.starts_with("/api/v1/") && reply.json().is_some() { change(reply) } else { reply }
}

fn errors(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.path.starts_with("/api/v1/") && reply.status >= 400 { change(reply) } else { reply }
}

/// Serves a method a route does not have as if it were `method`.
fn served(server: &Server, request: &Request, wanted: bool, method: &str) -> Reply {
    if wanted {
        return server.ask(&Request { method: method.to_owned(), body: Vec::new(), ..request.clone() });
    }
    server.ask(request)
}

const LIST: &str = "/api/v1/statistics.list";
const LAST: &str = "/api/v1/statistics";

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-HTTP-TYPE-001",
        what: "answers are called HTML",
        pointer: "header content-type",
        catches: &[
            "HTTP-HTTP-001",
            "HTTP-HTTP-002",
            "HTTP-HTTP-003",
            "HTTP-HTTP-004",
            "HTTP-HTTP-005",
            "HTTP-HTTP-006",
            "HTTP-HTTP-008",
        ],
        spoil: |server, request| api(server, request, |reply| reply.header("content-type", "text/html; charset=utf-8")),
    },
    Fault {
        id: "FAULT-HTTP-TYPE-002",
        what: "answers have no content type",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-001", "HTTP-HTTP-002"],
        spoil: |server, request| {
            api(server, request, |mut reply| {
                reply.headers.retain(|(name, _)| name != "content-type");
                reply
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-003",
        what: "info is called text",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-007"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_info() { reply.header("content-type", "text/plain") } else { reply }
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-004",
        what: "errors are called text",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-003", "HTTP-HTTP-004", "HTTP-HTTP-005"],
        spoil: |server, request| errors(server, request, |reply| reply.header("content-type", "text/plain")),
    },
    Fault {
        id: "FAULT-HTTP-BODY-001",
        what: "errors are HTML pages",
        pointer: "body",
        catches: &["HTTP-HTTP-012", "HTTP-HTTP-013", "HTTP-HTTP-014"],
        spoil: |server, request| {
            errors(server, request, |reply| {
                reply.header("content-type", "text/html").text(|_| "<!DOCTYPE html><h1>Error</h1>".to_owned())
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-002",
        what: "a byte order mark begins the list",
        pointer: "body",
        catches: &["HTTP-HTTP-010"],
        spoil: |server, request| list(server, request, |reply| reply.text(|text| format!("\u{feff}{text}"))),
    },
    Fault {
        id: "FAULT-HTTP-BODY-003",
        what: "text follows the object",
        pointer: "body",
        catches: &["HTTP-HTTP-010", "HTTP-HTTP-011"],
        spoil: |server, request| statistics(server, request, |reply| reply.text(|text| format!("{text}\nOK"))),
    },
    Fault {
        id: "FAULT-HTTP-BODY-004",
        what: "bodies are cut off",
        pointer: "body",
        catches: &["HTTP-HTTP-010"],
        spoil: |server, request| {
            list(server, request, |mut reply| {
                reply.body.truncate(reply.body.len() / 2);
                reply
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-005",
        what: "bodies are not valid UTF-8",
        pointer: "body",
        catches: &["HTTP-HTTP-010"],
        spoil: |server, request| {
            list(server, request, |mut reply| {
                if let Some(at) = reply.body.iter().rposition(|byte| *byte == b'"') {
                    reply.body.insert(at, 0xff);
                }
                reply
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-006",
        what: "total comes twice, first with a wrong number",
        pointer: "body",
        catches: &["HTTP-HTTP-015"],
        spoil: |server, request| {
            list(server, request, |reply| reply.text(|text| text.replacen('{', r#"{"total":1,"#, 1)))
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-007",
        what: "the list is JSONP",
        pointer: "body",
        catches: &["HTTP-HTTP-010"],
        spoil: |server, request| list(server, request, |reply| reply.text(|text| format!("callback({text});"))),
    },
    Fault {
        id: "FAULT-HTTP-BODY-008",
        what: "NaN stands in the JSON",
        pointer: "body",
        catches: &["HTTP-HTTP-010"],
        spoil: |server, request| {
            list(server, request, |reply| reply.text(|text| text.replacen("\"offset\":0", "\"offset\":NaN", 1)))
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-009",
        what: "the newest record is called HTML and cut off",
        pointer: "body",
        catches: &["HTTP-HTTP-011"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_last() && reply.is_ok() { reply.text(|text| text.chars().take(40).collect()) } else { reply }
        },
    },
    Fault {
        id: "FAULT-HTTP-WIRE-001",
        what: "the length promises more than comes",
        pointer: "answer",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| statistics(server, request, |reply| reply.wire(Wire::Missing(10))),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-002",
        what: "the length is too short",
        pointer: "body",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| statistics(server, request, |reply| reply.wire(Wire::Surplus(10))),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-003",
        what: "the connection closes without an answer",
        pointer: "answer",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| list(server, request, |reply| reply.wire(Wire::Nothing)),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-004",
        what: "the answer is not HTTP",
        pointer: "answer",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| list(server, request, |reply| reply.wire(Wire::Garbage)),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-005",
        what: "bodies are called gzip and are not",
        pointer: "answer",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| list(server, request, |reply| reply.header("content-encoding", "gzip")),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-006",
        what: "the list is somewhere else",
        pointer: "status",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            list(server, request, |_| Reply::of(302, &json!({})).header("location", "/api/v1/statistics"))
        },
    },
    Fault {
        id: "FAULT-HTTP-WIRE-007",
        what: "the list is a 204",
        pointer: "status",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| list(server, request, |reply| reply.status(204).text(|_| String::new())),
    },
    Fault {
        id: "FAULT-HTTP-WIRE-008",
        what: "the list is a 500",
        pointer: "status",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| {
            list(server, request, |_| Reply::of(500, &json!({"success": false, "error": "Internal server error"})))
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-001",
        what: "POST answers like GET on the list",
        pointer: "status",
        catches: &["HTTP-HTTP-021"],
        spoil: |server, request| served(server, request, request.is("POST", LIST), "GET"),
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-002",
        what: "POST answers like GET on statistics",
        pointer: "status",
        catches: &["HTTP-HTTP-022"],
        spoil: |server, request| served(server, request, request.is("POST", LAST), "GET"),
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-003",
        what: "login answers a GET",
        pointer: "",
        catches: &["HTTP-HTTP-025"],
        spoil: |server, request| {
            if request.is("GET", "/api/v1/login") {
                return Reply::of(200, &json!({"status": "success", "data": {"userId": "x", "authToken": "y"}}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-004",
        what: "a wrong method is 405 where it should be 404",
        pointer: "status",
        catches: &["HTTP-HTTP-024"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.method == "POST" && [LIST, LAST].contains(&request.path.as_str()) {
                reply.status(405)
            } else {
                reply
            }
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-005",
        what: "an unknown endpoint is the web application's page",
        pointer: "status",
        catches: &["HTTP-HTTP-026"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.path.contains("rcs.no.such") {
                reply.status(200).header("content-type", "text/html").text(|_| "<!DOCTYPE html>".to_owned())
            } else {
                reply
            }
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-006",
        what: "a slash at the end is ignored",
        pointer: "status",
        catches: &["HTTP-HTTP-028"],
        spoil: |server, request| {
            let path = request.path.trim_end_matches('/').to_owned();
            server.ask(&Request { path, ..request.clone() })
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-007",
        what: "paths have no case",
        pointer: "status",
        catches: &["HTTP-HTTP-029"],
        spoil: |server, request| {
            let path = if request.path.eq_ignore_ascii_case(LIST) { LIST.to_owned() } else { request.path.clone() };
            server.ask(&Request { path, ..request.clone() })
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-008",
        what: "a GET with a content type is refused",
        pointer: "status",
        catches: &["HTTP-HTTP-016"],
        spoil: |server, request| {
            if request.method == "GET" && request.header("content-type").is_some() {
                return Reply::of(415, &json!({"success": false, "error": "Unsupported Media Type"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-009",
        what: "Accept chooses HTML",
        pointer: "body",
        catches: &["HTTP-HTTP-017"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let html = request.header("accept").is_some_and(|accept| accept.starts_with("text/html"));
            if html && request.is_list() { reply.text(|_| "<!DOCTYPE html><p>statistics".to_owned()) } else { reply }
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-005",
        what: "answers are said to be in Latin-1",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-001", "HTTP-HTTP-003", "HTTP-HTTP-005"],
        spoil: |server, request| {
            api(server, request, |reply| reply.header("content-type", "application/json; charset=iso-8859-1"))
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-006",
        what: "an empty page is called HTML",
        pointer: "header content-type",
        catches: &["LIST-SHAPE-009"],
        spoil: |server, request| {
            list(server, request, |reply| {
                if reply.records().is_empty() { reply.header("content-type", "text/html") } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-007",
        what: "a refusal of statistics is called text",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-031"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let refused = request.is_last() && reply.status >= 400 && reply.status != 401;
            if refused { reply.header("content-type", "text/plain") } else { reply }
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-008",
        what: "later pages are called text",
        pointer: "header content-type",
        catches: &["HTTP-HTTP-032"],
        spoil: |server, request| {
            let later = request.number("offset").is_some_and(|offset| offset > 0);
            list(server, request, |reply| if later { reply.header("content-type", "text/plain") } else { reply })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-010",
        what: "a record names totalUsers twice",
        pointer: "body",
        catches: &["HTTP-HTTP-010", "HTTP-HTTP-011"],
        spoil: |server, request| {
            statistics(server, request, |reply| {
                reply.text(|text| text.replacen("\"totalUsers\":", "\"totalUsers\":1,\"totalUsers\":", 1))
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-WIRE-009",
        what: "bodies are called brotli and are not",
        pointer: "body",
        catches: &["LIST-SHAPE-001"],
        spoil: |server, request| list(server, request, |reply| reply.header("content-encoding", "br")),
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-010",
        what: "a refused method says nothing of those allowed",
        pointer: "header allow or body",
        catches: &["HTTP-HTTP-023", "HTTP-HTTP-030"],
        spoil: |server, request| {
            let mut reply = server.ask(request);
            if request.is("POST", LIST) {
                reply.headers.retain(|(name, _)| name != "allow");
                if reply.status == 404 {
                    return reply.text(|_| "<h1>Not found</h1>".to_owned());
                }
            }
            reply
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-011",
        what: "an unknown endpoint is a success",
        pointer: "body",
        catches: &["HTTP-HTTP-027"],
        spoil: |server, request| {
            if request.path.contains("rcs.no.such") {
                return Reply::of(200, &json!({"success": true}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-HTTP-ROUTE-012",
        what: "an unknown endpoint is an error of the server",
        pointer: "status",
        catches: &["HTTP-HTTP-027"],
        spoil: |server, request| {
            if request.path.contains("rcs.no.such") {
                return Reply::of(500, &json!({"error": "Internal server error"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-HTTP-CACHE-001",
        what: "statistics may be stored by anybody for an hour",
        pointer: "header cache-control",
        catches: &["HTTP-HTTP-033"],
        spoil: |server, request| {
            statistics(server, request, |reply| reply.header("cache-control", "public, max-age=3600"))
        },
    },
    Fault {
        id: "FAULT-HTTP-TYPE-009",
        what: "pages with an offset are called text",
        pointer: "/unannounced",
        catches: &["X-HTTP-001"],
        spoil: |server, request| {
            list(server, request, |reply| {
                let later = request.number("offset").is_some_and(|offset| offset > 0);
                if later { reply.header("content-type", "text/plain") } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-013",
        what: "the version of a record comes twice on pages with an offset",
        pointer: "/unreadable",
        catches: &["X-HTTP-002"],
        spoil: |server, request| {
            list(server, request, |reply| {
                let later = request.number("offset").is_some_and(|offset| offset > 0);
                let twice = |text: String| text.replacen("\"version\":", "\"version\":\"0\",\"version\":", 1);
                if later { reply.text(twice) } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-HTTP-BODY-011",
        what: "every answer is said to be Brotli",
        pointer: "body",
        // Nobody can log in to it; what strangers are told shows it.
        catches: &["HTTP-HTTP-012"],
        spoil: |server, request| server.ask(request).header("content-encoding", "br"),
    },
    Fault {
        id: "FAULT-HTTP-BODY-012",
        what: "every answer is cut off",
        pointer: "body",
        catches: &["HTTP-HTTP-012"],
        spoil: |server, request| {
            let mut reply = server.ask(request);
            reply.body.truncate(reply.body.len() / 2);
            reply
        },
    },
];
