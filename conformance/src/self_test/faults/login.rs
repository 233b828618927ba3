//! Login, logout and me.

use serde_json::{Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

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

/// The password of a login body, where it is text.
fn password(body: &Value) -> Option<&str> {
    body.get("password").and_then(Value::as_str)
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-AUTH-LOGIN-001", |server, request| {
        forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty()))
    }),
    ("FAULT-AUTH-LOGIN-002", |server, request| forgiving(server, request, |body| password(body) == Some(""))),
    ("FAULT-AUTH-LOGIN-003", |server, request| {
        forgiving(server, request, |body| body.pointer("/password/digest").is_some())
    }),
    ("FAULT-AUTH-LOGIN-004", |server, request| {
        let known = server.recall(&user_of(request)).is_some();
        if known {
            server.ask(request)
        } else {
            forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty()))
        }
    }),
    ("FAULT-AUTH-LOGIN-005", |server, request| {
        forgiving(server, request, |body| body.get("password").is_none() && body.get("user").is_some())
    }),
    ("FAULT-AUTH-LOGIN-006", |server, request| forgiving(server, request, |body| *body == json!({}) || body.is_null())),
    ("FAULT-AUTH-LOGIN-007", |server, request| forgiving(server, request, |body| body.get("resume").is_some())),
    ("FAULT-AUTH-LOGIN-013", |server, request| {
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
    }),
    ("FAULT-AUTH-LOGIN-014", |server, request| {
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
    }),
    ("FAULT-AUTH-LOGIN-015", |server, request| {
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
    }),
    ("FAULT-AUTH-ME-004", |server, request| {
        let reply = server.ask(request);
        let token = request.header("x-auth-token").unwrap_or_default().to_owned();
        if request.is_login() || token.is_empty() { reply } else { reply.set("token", json!(token)) }
    }),
    ("FAULT-AUTH-LOGIN-019", |server, request| {
        let administrator = user_of(request) == "admin";
        if administrator {
            forgiving(server, request, |body| password(body).is_some_and(|text| !text.is_empty()))
        } else {
            server.ask(request)
        }
    }),
    ("FAULT-AUTH-LOGIN-020", |server, request| {
        forgiving(server, request, |body| password(body).is_some_and(|text| text == "USER" || text == "ADMIN"))
    }),
    ("FAULT-AUTH-LOGIN-021", |server, request| {
        let known = server.recall(&user_of(request)).is_some();
        if known || !request.is_login() || request.body_json().is_some_and(|body| body.get("password").is_some()) {
            forgiving(server, request, |body| body.get("password").is_none() && body.get("user").is_some())
        } else {
            server.ask(request)
        }
    }),
    ("FAULT-AUTH-LOGIN-022", |server, request| {
        forgiving(server, request, |body| password(body).is_some_and(|text| text == "userx"))
    }),
    ("FAULT-AUTH-LOGIN-028", |server, request| {
        login(server, request, |reply| {
            let token = reply.at("/data/authToken").cloned().unwrap_or_default();
            let user = user_of(request);
            let mut tokens = server.recall(&user).and_then(|known| known.as_array().cloned()).unwrap_or_default();
            tokens.push(token);
            server.remember(&user, json!(tokens));
            with_data(reply, "tokens", json!(tokens))
        })
    }),
    ("FAULT-AUTH-LOGIN-033", |server, request| {
        let reply = server.ask(request);
        if request.is_logout() && reply.at("/data/message").is_some() {
            return reply.set("data", json!({"message": "Goodbye"}));
        }
        if request.is_logout() && reply.status == 200 {
            Reply::of(200, &json!({"data": {"message": 1}}))
        } else {
            reply
        }
    }),
];
