//! Who may see statistics, and what a refusal says.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Whether an answer is the refusal of a logged-in caller without the permission.
fn is_refusal(reply: &Reply) -> bool {
    let error = reply.at("/error").and_then(Value::as_str).unwrap_or_default();
    matches!(reply.status, 400 | 403) && (error.contains("not-allowed") || error == "unauthorized")
}

fn refused(
    server: &Server,
    request: &Request,
    wanted: fn(&Request) -> bool,
    change: impl FnOnce(Reply) -> Reply,
) -> Reply {
    let reply = server.ask(request);
    if wanted(request) && is_refusal(&reply) { change(reply) } else { reply }
}

/// Answers a refused caller with what a permitted one was told before, as if the permission did not matter.
fn open(server: &Server, request: &Request, wanted: fn(&Request) -> bool) -> Reply {
    let reply = server.ask(request);
    if reply.is_ok() && request.is_statistics() {
        server.remember(&request.path, reply.json().cloned().unwrap_or_default());
    }
    if wanted(request) && is_refusal(&reply) {
        let empty = json!({"statistics": [], "count": 0, "offset": 0, "total": 0, "success": true});
        return Reply::of(200, &server.recall(&request.path).unwrap_or(empty));
    }
    reply
}

/// Parameter errors of a caller without the permission become refusals.
fn permission_first(server: &Server, request: &Request) -> Reply {
    let reply = server.ask(request);
    let bare = server.ask(&request.with_params(&[]));
    if request.is_list() && reply.status == 400 && is_refusal(&bare) { bare } else { reply }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-PERM-001",
        what: "the list is shown without the permission",
        pointer: "status",
        catches: &["LIST-PERM-001", "LIST-PERM-002"],
        spoil: |server, request| open(server, request, Request::is_list),
    },
    Fault {
        id: "FAULT-LAST-PERM-001",
        what: "statistics is shown without the permission",
        pointer: "status",
        catches: &["LAST-PERM-001", "X-PERM-001"],
        spoil: |server, request| open(server, request, Request::is_last),
    },
    Fault {
        id: "FAULT-LIST-PERM-002",
        what: "count and offset get around the refusal",
        pointer: "status",
        catches: &["LIST-PERM-003"],
        spoil: |server, request| open(server, request, |request| request.is_list() && request.param("count").is_some()),
    },
    Fault {
        id: "FAULT-LIST-PERM-003",
        what: "a query gets around the refusal",
        pointer: "status",
        catches: &["LIST-PERM-004"],
        spoil: |server, request| open(server, request, |request| request.is_list() && request.param("query").is_some()),
    },
    Fault {
        id: "FAULT-LIST-PERM-004",
        what: "the refusal is another status",
        pointer: "status",
        catches: &["LIST-PERM-001", "LIST-PERM-005"],
        spoil: |server, request| {
            refused(server, request, Request::is_list, |reply| {
                let status = if reply.status == 400 { 403 } else { 401 };
                reply.status(status)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-005",
        what: "the refusal says another error",
        pointer: "/error",
        catches: &["LIST-PERM-001"],
        spoil: |server, request| {
            refused(server, request, Request::is_list, |reply| reply.set("error", json!("forbidden")))
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-006",
        what: "the refusal shows total",
        pointer: "/total",
        catches: &["LIST-PERM-002"],
        spoil: |server, request| refused(server, request, Request::is_list, |reply| reply.set("total", json!(240))),
    },
    Fault {
        id: "FAULT-LIST-PERM-007",
        what: "the refusal says success true",
        pointer: "/success",
        catches: &["LIST-PERM-001"],
        spoil: |server, request| refused(server, request, Request::is_list, |reply| reply.set("success", json!(true))),
    },
    Fault {
        id: "FAULT-LIST-PERM-008",
        what: "the refusal is an empty list",
        pointer: "status",
        catches: &["LIST-PERM-001"],
        spoil: |server, request| {
            let empty = json!({"statistics": [], "count": 0, "offset": 0, "total": 0, "success": true});
            refused(server, request, Request::is_list, |_| Reply::of(200, &empty))
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-009",
        what: "the refusal is a 200 that says success false",
        pointer: "status",
        catches: &["LIST-PERM-001", "LAST-PERM-001"],
        spoil: |server, request| refused(server, request, Request::is_statistics, |reply| reply.status(200)),
    },
    Fault {
        id: "FAULT-LIST-PERM-010",
        what: "the refusal is a 401",
        pointer: "status",
        catches: &["LIST-PERM-001"],
        spoil: |server, request| refused(server, request, Request::is_list, |reply| reply.status(401)),
    },
    Fault {
        id: "FAULT-LAST-PERM-002",
        what: "the refusal of statistics is a 403",
        pointer: "status",
        catches: &["LAST-PERM-001"],
        spoil: |server, request| refused(server, request, Request::is_last, |reply| reply.status(403)),
    },
    Fault {
        id: "FAULT-LAST-PERM-003",
        what: "the refusal of statistics shows counts",
        pointer: "",
        catches: &["LAST-PERM-002"],
        spoil: |server, request| {
            refused(server, request, Request::is_last, |reply| {
                reply.set("totalUsers", json!(88)).set("statistics", json!({"totalUsers": 88}))
            })
        },
    },
    Fault {
        id: "FAULT-LAST-PERM-004",
        what: "refresh=false gets around the refusal",
        pointer: "status",
        catches: &["LAST-PERM-003"],
        spoil: |server, request| {
            open(server, request, |request| request.is_last() && request.param("refresh").is_some())
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-011",
        what: "the permitted are refused as well",
        pointer: "status",
        catches: &["LIST-PERM-007", "LAST-PERM-005"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_statistics() && reply.is_ok() {
                return Reply::of(400, &json!({"success": false, "error": "error-not-allowed"}));
            }
            reply
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-012",
        what: "a refused caller is logged out",
        pointer: "status",
        catches: &["LIST-PERM-008"],
        spoil: |server, request| {
            let token = request.header("x-auth-token").unwrap_or_default().to_owned();
            let unauthenticated =
                Reply::of(401, &json!({"status": "error", "message": "You must be logged in to do this."}));
            if request.is_me() && !token.is_empty() && server.recall(&token).is_some() {
                return unauthenticated;
            }
            refused(server, request, Request::is_list, |reply| {
                server.remember(&token, json!(true));
                reply
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-013",
        what: "the permission is checked before the parameters are read",
        pointer: "/error or /errorType",
        catches: &["LIST-PARAM-028", "LIST-PARAM-029", "LIST-PARAM-030"],
        spoil: permission_first,
    },
    Fault {
        id: "FAULT-X-PERM-001",
        what: "permissions are read once",
        pointer: "status",
        catches: &["X-PERM-002", "X-PERM-003"],
        spoil: |server, request| {
            if request.is("POST", "/api/v1/permissions.update") {
                return server.ask(&Request {
                    path: "/api/v1/permissions.listAll".to_owned(),
                    method: "GET".to_owned(),
                    body: Vec::new(),
                    ..request.clone()
                });
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-X-PERM-002",
        what: "roles are read once",
        pointer: "status",
        catches: &["X-PERM-004", "X-PERM-005"],
        spoil: |server, request| {
            if request.is("POST", "/api/v1/roles.addUserToRole") {
                return Reply::of(200, &json!({"role": {"_id": "x", "name": "x"}, "success": true}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-X-PERM-003",
        what: "deleted users keep their tokens",
        pointer: "status",
        catches: &["X-PERM-006"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let token = request.header("x-auth-token").unwrap_or_default();
            if request.is_me() && reply.is_ok() {
                server.remember(token, reply.json().cloned().unwrap_or_default());
            }
            if request.is_statistics() && reply.status == 401 && server.recall(token).is_some() {
                return Reply::of(400, &json!({"success": false, "error": "error-not-allowed"}));
            }
            match server.recall(token) {
                Some(me) if request.is_me() && reply.status == 401 => Reply::of(200, &me),
                _ => reply,
            }
        },
    },
    Fault {
        id: "FAULT-X-PERM-004",
        what: "an unknown permission is accepted",
        pointer: "status",
        catches: &["X-PERM-007"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is("POST", "/api/v1/permissions.update") && reply.status == 400 {
                return Reply::of(200, &json!({"permissions": [], "success": true}));
            }
            reply
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-014",
        what: "count=0 gets around the refusal",
        pointer: "status",
        catches: &["LIST-PERM-009"],
        spoil: |server, request| {
            open(server, request, |request| request.is_list() && request.number("count") == Some(0))
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-015",
        what: "a page past the end is shown to everybody",
        pointer: "status",
        catches: &["LIST-PERM-010"],
        spoil: |server, request| {
            open(server, request, |request| {
                request.is_list() && request.number("offset").is_some_and(|offset| offset > 1000)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-016",
        what: "a query for an _id gets around the refusal",
        pointer: "status",
        catches: &["LIST-PERM-011"],
        spoil: |server, request| {
            open(server, request, |request| {
                request.is_list() && request.json("query").is_some_and(|query| query.get("_id").is_some())
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-017",
        what: "where nothing matches nobody is refused",
        pointer: "status",
        catches: &["LIST-PERM-012"],
        spoil: |server, request| {
            let empty = json!({"statistics": [], "count": 0, "offset": 0, "total": 0, "success": true});
            let nothing = request.param("query").is_some_and(|query| query.contains("rcs-no-such"));
            refused(server, request, Request::is_list, |reply| if nothing { Reply::of(200, &empty) } else { reply })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-018",
        what: "the database is asked before the permission is checked",
        pointer: "/error",
        catches: &["LIST-PERM-013", "LIST-PERM-014"],
        spoil: |server, request| {
            let fails = request.number("offset").is_some_and(|offset| offset < 0)
                || request.param("query").is_some_and(|query| query.contains("$rcs"));
            refused(server, request, Request::is_list, |reply| {
                if fails { Reply::of(400, &json!({"success": false, "error": "the database refuses"})) } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PERM-019",
        what: "the refusal shows a record below its details",
        pointer: "body",
        catches: &["LIST-PERM-002", "LAST-PERM-002"],
        spoil: |server, request| {
            refused(server, request, Request::is_statistics, |reply| {
                reply.set("details", json!({"record": {"_id": "v3D4mvobwfznKozH8", "totalUsers": 88}}))
            })
        },
    },
];
