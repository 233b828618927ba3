//! What the server says of itself.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn info(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_info() && reply.is_ok() { change(reply) } else { reply }
}

/// The answer with its version changed, wherever it stands.
fn version(reply: Reply, change: fn(&str) -> String) -> Reply {
    reply.edit(|body| {
        for pointer in ["/version", "/info/version"] {
            if let Some(value) = body.pointer_mut(pointer) {
                *value = json!(change(value.as_str().unwrap_or_default()));
            }
        }
    })
}

fn stranger(request: &Request) -> bool {
    request.header("x-auth-token").is_none()
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-INFO-SHAPE-001",
        what: "info needs credentials once the version is known",
        pointer: "status",
        catches: &["INFO-SHAPE-001"],
        spoil: |server, request| {
            if request.is_info() && stranger(request) && server.count("asked") > 1 {
                return Reply::of(401, &json!({"status": "error", "message": "You must be logged in to do this."}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-INFO-SHAPE-002",
        what: "info says no version",
        pointer: "/version",
        catches: &["INFO-SHAPE-002"],
        spoil: |server, request| info(server, request, |reply| reply.remove("version").remove("info")),
    },
    Fault {
        id: "FAULT-INFO-SHAPE-003",
        what: "strangers see the whole version where they should not, and a part where they should see it all",
        pointer: "/version",
        catches: &["INFO-SHAPE-003", "INFO-SHAPE-004"],
        spoil: |server, request| {
            info(server, request, |reply| {
                if !stranger(request) {
                    return reply;
                }
                version(reply, |text| match text.matches('.').count() {
                    1 => format!("{text}.1"),
                    _ => text.rsplit_once('.').map_or(text, |(start, _)| start).to_owned(),
                })
            })
        },
    },
    Fault {
        id: "FAULT-INFO-SHAPE-004",
        what: "strangers see build information",
        pointer: "/info",
        catches: &["INFO-SHAPE-005"],
        spoil: |server, request| {
            info(server, request, |reply| {
                let version = reply.at("/version").cloned().unwrap_or_default();
                if stranger(request) {
                    reply.set("info", json!({"version": version, "build": {"date": "x", "nodeVersion": "v8.9.4"}, "commit": {"hash": "0b71e0e2f"}}))
                } else {
                    reply
                }
            })
        },
    },
    Fault {
        id: "FAULT-INFO-PERM-001",
        what: "callers without the permission see build information",
        pointer: "/info",
        catches: &["INFO-PERM-003"],
        spoil: |server, request| {
            info(server, request, |reply| {
                let has = reply.at("/info").is_some();
                if stranger(request) || has {
                    reply
                } else {
                    reply.set("info", json!({"version": "6.13.0", "build": {"date": "x"}}))
                }
            })
        },
    },
    Fault {
        id: "FAULT-INFO-PERM-002",
        what: "info fails for the privileged",
        pointer: "status",
        catches: &["INFO-PERM-002"],
        spoil: |server, request| {
            info(server, request, |reply| if stranger(request) { reply } else { reply.status(500) })
        },
    },
    Fault {
        id: "FAULT-INFO-SHAPE-005",
        what: "info says no success",
        pointer: "/success",
        catches: &["INFO-SHAPE-001"],
        spoil: |server, request| info(server, request, |reply| reply.set("success", json!(false))),
    },
    Fault {
        id: "FAULT-INFO-SHAPE-006",
        what: "the version is a number",
        pointer: "/version",
        catches: &["INFO-SHAPE-002"],
        spoil: |server, request| {
            info(server, request, |reply| {
                reply.edit(|body| {
                    for pointer in ["/version", "/info/version"] {
                        if let Some(value) = body.pointer_mut(pointer) {
                            *value = Value::from(6.13);
                        }
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-INFO-SHAPE-007",
        what: "an old server cuts its version",
        pointer: "/version",
        catches: &["INFO-SHAPE-007"],
        spoil: |server, request| {
            info(server, request, |reply| {
                version(reply, |text| match text.split('.').collect::<Vec<_>>()[..] {
                    ["0" | "1" | "2" | "3", ..] => text.split('.').take(2).collect::<Vec<_>>().join("."),
                    _ => text.split('.').take(1).collect(),
                })
            })
        },
    },
    Fault {
        id: "FAULT-INFO-PERM-003",
        what: "administrators see no build information",
        pointer: "/info or /info/version",
        catches: &["INFO-PERM-001", "INFO-PERM-005"],
        spoil: |server, request| {
            info(server, request, |reply| {
                let version = reply.at("/info/version").cloned();
                match version {
                    Some(version) => reply.remove("info").set("version", version),
                    None => reply,
                }
            })
        },
    },
    Fault {
        id: "FAULT-INFO-PERM-004",
        what: "an old server shows build information to every caller",
        pointer: "/info",
        catches: &["INFO-PERM-006"],
        spoil: |server, request| {
            info(server, request, |reply| {
                if stranger(request) {
                    reply
                } else {
                    reply.set("info", json!({"version": "0.61.0", "build": {"date": "x"}}))
                }
            })
        },
    },
    Fault {
        id: "FAULT-INFO-PERM-005",
        what: "the privileged see another version than strangers",
        pointer: "/info/version or /version",
        catches: &["INFO-PERM-007"],
        spoil: |server, request| {
            info(
                server,
                request,
                |reply| if stranger(request) { reply } else { version(reply, |_| "5.9.9".to_owned()) },
            )
        },
    },
    Fault {
        id: "FAULT-INFO-OLD-001",
        what: "the old info endpoint is there where it should be gone, and gone where it should be there",
        pointer: "",
        catches: &["INFO-HTTP-002", "INFO-HTTP-003"],
        spoil: |server, request| {
            if !request.is("GET", "/api/v1/info") {
                return server.ask(request);
            }
            let there = server.ask(request).at("/info/version").is_some();
            if there {
                return Reply::of(404, &json!({"success": false}));
            }
            Reply::of(200, &json!({"info": {"version": "0.61.0"}, "success": true}))
        },
    },
];
