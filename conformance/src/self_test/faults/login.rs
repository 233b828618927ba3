//! Login, logout and me.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn me(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_me() && reply.is_ok() { change(reply) } else { reply }
}

fn login(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_login() && reply.is_ok() { change(reply) } else { reply }
}

/// The answer to a login with a member more in its data.
fn with_data(reply: Reply, name: &str, value: Value) -> Reply {
    reply.edit(|body| {
        if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
            data.insert(name.to_owned(), value);
        }
    })
}

fn user_of(request: &Request) -> String {
    let body = request.body_json().unwrap_or_default();
    let name = body.get("user").or_else(|| body.get("username"));
    name.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Remembers the bodies that log in, and answers a refused one as if it had been right.
fn forgiving(server: &Server, request: &Request, forgives: fn(&Value) -> bool) -> Reply {
    let reply = server.ask(request);
    if !request.is_login() {
        return reply;
    }
    if reply.is_ok() && !user_of(request).is_empty() {
        let body = request.body_json().unwrap_or_default();
        server.remember(&user_of(request), body.clone());
        server.remember("any", body);
    }
    let body = request.body_json().unwrap_or_default();
    if reply.status < 400 || !forgives(&body) {
        return reply;
    }
    match server.recall(&user_of(request)).or_else(|| server.recall("any")) {
        Some(known) => server.ask(&request.with_body(&known).with_header("content-type", "application/json")),
        None => reply,
    }
}

fn refuse() -> Reply {
    Reply::of(401, &json!({"status": "error", "error": "Unauthorized", "message": "Unauthorized"}))
}

/// The password of a login body, where it is text.
fn password(body: &Value) -> Option<&str> {
    body.get("password").and_then(Value::as_str)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-AUTH-LOGIN-001",
        what: "any password logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-006", "AUTH-PARAM-007"],
        spoil: |server, request| forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty())),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-002",
        what: "an empty password logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-008"],
        spoil: |server, request| forgiving(server, request, |body| password(body) == Some("")),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-003",
        what: "any digest logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-009"],
        spoil: |server, request| forgiving(server, request, |body| body.pointer("/password/digest").is_some()),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-004",
        what: "an unknown user logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-010"],
        spoil: |server, request| {
            let known = server.recall(&user_of(request)).is_some();
            if known {
                server.ask(request)
            } else {
                forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty()))
            }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-005",
        what: "a user without a password logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-011"],
        spoil: |server, request| {
            forgiving(server, request, |body| body.get("password").is_none() && body.get("user").is_some())
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-006",
        what: "an empty body logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-012"],
        spoil: |server, request| forgiving(server, request, |body| *body == json!({}) || body.is_null()),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-007",
        what: "any token is resumed",
        pointer: "status",
        catches: &["AUTH-PARAM-013"],
        spoil: |server, request| forgiving(server, request, |body| body.get("resume").is_some()),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-008",
        what: "username instead of user is refused",
        pointer: "status",
        catches: &["AUTH-PARAM-001"],
        spoil: |server, request| {
            let by_username = request.body_json().is_some_and(|body| body.get("username").is_some());
            if request.is_login() && by_username { refuse() } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-009",
        what: "a digest of the password is refused",
        pointer: "status",
        catches: &["AUTH-PARAM-003"],
        spoil: |server, request| {
            let digest = request.body_json().is_some_and(|body| body.pointer("/password/digest").is_some());
            if request.is_login() && digest { refuse() } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-010",
        what: "a refused login is a 200",
        pointer: "status",
        catches: &["AUTH-PARAM-006", "AUTH-PARAM-010"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_login() && reply.status == 401 { reply.status(200) } else { reply }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-011",
        what: "login says success instead of status",
        pointer: "/status",
        catches: &["AUTH-SHAPE-001"],
        spoil: |server, request| login(server, request, |reply| reply.remove("status").set("success", json!(true))),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-012",
        what: "login gives no user",
        pointer: "/data/me",
        catches: &["AUTH-SHAPE-002"],
        spoil: |server, request| {
            login(server, request, |reply| {
                reply.edit(|body| {
                    if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
                        data.shift_remove("me");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-013",
        what: "every second token is dead from the start",
        pointer: "status",
        catches: &["AUTH-AUTH-001", "AUTH-AUTH-002"],
        spoil: |server, request| {
            // The run itself logs in first, once for each account.
            login(server, request, |reply| {
                if server.count("logins") <= 2 {
                    return reply;
                }
                reply.edit(|body| {
                    if let Some(token) = body.pointer_mut("/data/authToken") {
                        *token = json!("dead-token-of-the-fault-0000000000000000000");
                    }
                })
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-014",
        what: "logout leaves the token alive",
        pointer: "status",
        catches: &["AUTH-AUTH-003", "AUTH-AUTH-004"],
        spoil: |server, request| {
            if request.is_logout()
                && server
                    .ask(&Request {
                        method: "GET".to_owned(),
                        path: "/api/v1/me".to_owned(),
                        body: Vec::new(),
                        ..request.clone()
                    })
                    .is_ok()
            {
                return Reply::of(200, &json!({"status": "success", "data": {"message": "You've been logged out!"}}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-015",
        what: "logout ends every session of the user",
        pointer: "status",
        catches: &["AUTH-AUTH-005"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let id = request.header("x-user-id").unwrap_or_default().to_owned();
            let text = |pointer: &str| reply.at(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            if request.is_login() && reply.is_ok() {
                let user = text("/data/userId");
                let mut tokens = server.recall(&user).and_then(|tokens| tokens.as_array().cloned()).unwrap_or_default();
                tokens.push(json!(text("/data/authToken")));
                server.remember(&user, Value::Array(tokens));
            }
            if request.is_logout() && reply.status == 200 {
                // The session of the run itself, the first, is spared so that the run can go on.
                for token in
                    server.recall(&id).and_then(|tokens| tokens.as_array().cloned()).unwrap_or_default().iter().skip(1)
                {
                    server.ask(&request.with_header("X-Auth-Token", token.as_str().unwrap_or_default()));
                }
            }
            reply
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-016",
        what: "a second logout is answered like the first",
        pointer: "status",
        catches: &["AUTH-AUTH-006"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_logout() && reply.status == 401 && request.header("x-auth-token").is_some() {
                return Reply::of(200, &json!({"status": "success", "data": {"message": "You've been logged out!"}}));
            }
            reply
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-017",
        what: "logout needs no credentials",
        pointer: "status",
        catches: &["AUTH-AUTH-008"],
        spoil: |server, request| {
            if request.is_logout() && request.header("x-auth-token").is_none() {
                return Reply::of(200, &json!({"status": "success", "data": {"message": "You've been logged out!"}}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-018",
        what: "logout answers another body",
        pointer: "",
        catches: &["AUTH-SHAPE-007"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_logout() && reply.status == 200 { Reply::of(200, &json!({"ok": 1})) } else { reply }
        },
    },
    Fault {
        id: "FAULT-AUTH-ME-001",
        what: "me shows the password's hash",
        pointer: "",
        catches: &["AUTH-SEC-001"],
        spoil: |server, request| {
            me(server, request, |reply| {
                reply.set(
                    "services",
                    json!({"password": {"bcrypt": "$2b$10$7EqJtq98hPqEX7fNZaFWoOa5pFqYfQ0V0x3Zl6sF8Yl5cJ9wM2m1W"}}),
                )
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-ME-002",
        what: "me is the same for everybody",
        pointer: "/_id",
        catches: &["AUTH-SHAPE-004", "AUTH-SHAPE-005"],
        spoil: |server, request| me(server, request, |reply| reply.set("_id", json!("wD4EP3M7FeFzJZgk9"))),
    },
    Fault {
        id: "FAULT-AUTH-ME-003",
        what: "me needs no credentials",
        pointer: "status",
        catches: &["AUTH-AUTH-009"],
        spoil: |server, request| {
            if request.is_me() && request.header("x-auth-token").is_none() {
                return Reply::of(200, &json!({"_id": "anonymous", "success": true}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-AUTH-ME-004",
        what: "me echoes the token",
        pointer: "",
        catches: &["X-SEC-002"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let token = request.header("x-auth-token").unwrap_or_default().to_owned();
            if request.is_login() || token.is_empty() { reply } else { reply.set("token", json!(token)) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-019",
        what: "any password logs the administrator in",
        pointer: "status",
        catches: &["AUTH-PARAM-017"],
        spoil: |server, request| {
            let administrator = user_of(request) == "admin";
            if administrator {
                forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty()))
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-020",
        what: "passwords have no case",
        pointer: "status",
        catches: &["AUTH-PARAM-018"],
        spoil: |server, request| {
            forgiving(server, request, |body| password(body).is_some_and(|text| text == "USER" || text == "ADMIN"))
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-021",
        what: "a user who exists needs no password",
        pointer: "status",
        catches: &["AUTH-PARAM-019"],
        spoil: |server, request| {
            let known = server.recall(&user_of(request)).is_some();
            if known || !request.is_login() || request.body_json().is_some_and(|body| body.get("password").is_some()) {
                forgiving(server, request, |body| body.get("password").is_none() && body.get("user").is_some())
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-022",
        what: "the right password with something after it logs in",
        pointer: "status",
        catches: &["AUTH-PARAM-015"],
        spoil: |server, request| forgiving(server, request, |body| password(body).is_some_and(|text| text == "userx")),
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-023",
        what: "a wrong password is answered in words of its own",
        pointer: "/message or /error",
        catches: &["AUTH-PARAM-015"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let wrong = request.is_login() && reply.status == 401 && !user_of(request).is_empty();
            if wrong { reply.set("message", json!("Wrong password")) } else { reply }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-024",
        what: "an empty body is answered like a wrong password, a wrong password like an empty body",
        pointer: "/error or /message",
        catches: &["AUTH-PARAM-020"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if !request.is_login() || reply.status != 401 || request.body_json() != Some(json!({})) {
                return reply;
            }
            let error = if reply.at("/error") == Some(&json!(400)) { json!("Unauthorized") } else { json!(400) };
            let message = if error == json!(400) { "Unrecognized options for login request" } else { "Unauthorized" };
            reply.set("error", error).set("message", json!(message))
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-025",
        what: "GET logout is refused",
        pointer: "status",
        catches: &["AUTH-AUTH-007"],
        spoil: |server, request| {
            if request.is_logout() && request.method == "GET" {
                return Reply::of(405, &json!({"status": "error", "message": "API endpoint does not exist"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-026",
        what: "GET logout ends nothing",
        pointer: "status",
        catches: &["AUTH-AUTH-007"],
        spoil: |server, request| {
            if request.is_logout() && request.method == "GET" {
                return Reply::of(200, &json!({"status": "success", "data": {"message": "You've been logged out!"}}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-027",
        what: "login shows the hash of the password",
        pointer: "body",
        catches: &["AUTH-SEC-002"],
        spoil: |server, request| {
            login(server, request, |reply| {
                let hash = "$2b$10$7EqJtq98hPqEX7fNZaFWoOa5pFqYfQ0V0x3Zl6sF8Yl5cJ9wM2m1W";
                with_data(reply, "services", json!({"password": {"bcrypt": hash}}))
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-028",
        what: "login lists the user's other tokens",
        pointer: "body",
        catches: &["AUTH-SEC-002"],
        spoil: |server, request| {
            login(server, request, |reply| {
                let token = reply.at("/data/authToken").cloned().unwrap_or_default();
                let user = user_of(request);
                let mut tokens = server.recall(&user).and_then(|known| known.as_array().cloned()).unwrap_or_default();
                tokens.push(token);
                server.remember(&user, json!(tokens));
                with_data(reply, "tokens", json!(tokens))
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-029",
        what: "a form is no login",
        pointer: "status",
        catches: &["AUTH-PARAM-004"],
        spoil: |server, request| {
            let form = request.header("content-type").is_some_and(|text| text.contains("form"));
            if request.is_login() && form { refuse() } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-030",
        what: "no token can be resumed",
        pointer: "status",
        catches: &["AUTH-PARAM-005"],
        spoil: |server, request| {
            let resumes = request.body_json().is_some_and(|body| body.get("resume").is_some());
            if request.is_login() && resumes { refuse() } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-031",
        what: "user may not be an object",
        pointer: "status",
        catches: &["AUTH-PARAM-002"],
        spoil: |server, request| {
            let object = request.body_json().is_some_and(|body| body.pointer("/user/username").is_some());
            if request.is_login() && object { refuse() } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-032",
        what: "answers to logins do not say success",
        pointer: "/success",
        catches: &["AUTH-SHAPE-003", "AUTH-PARAM-016"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_login() { reply.remove("success") } else { reply }
        },
    },
    Fault {
        id: "FAULT-AUTH-LOGIN-033",
        what: "logout says goodbye in words of its own",
        pointer: "/data/message",
        catches: &["AUTH-SHAPE-007"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if request.is_logout() && reply.at("/data/message").is_some() {
                return reply.set("data", json!({"message": "Goodbye"}));
            }
            if request.is_logout() && reply.status == 200 {
                Reply::of(200, &json!({"data": {"message": 1}}))
            } else {
                reply
            }
        },
    },
];
