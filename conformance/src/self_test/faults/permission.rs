//! Who may see statistics, and what a refusal says.

use serde_json::{Value, json};

use super::Made;
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

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-PERM-001", |server, request| open(server, request, Request::is_list)),
    ("FAULT-LAST-PERM-001", |server, request| open(server, request, Request::is_last)),
    ("FAULT-LIST-PERM-002", |server, request| {
        open(server, request, |request| request.is_list() && request.param("count").is_some())
    }),
    ("FAULT-LIST-PERM-003", |server, request| {
        open(server, request, |request| request.is_list() && request.param("query").is_some())
    }),
    ("FAULT-LIST-PERM-004", |server, request| {
        refused(server, request, Request::is_list, |reply| {
            let status = if reply.status == 400 { 403 } else { 401 };
            reply.status(status)
        })
    }),
    ("FAULT-LAST-PERM-004", |server, request| {
        open(server, request, |request| request.is_last() && request.param("refresh").is_some())
    }),
    ("FAULT-LIST-PERM-012", |server, request| {
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
    }),
    ("FAULT-LIST-PERM-013", permission_first),
    ("FAULT-X-PERM-003", |server, request| {
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
    }),
    ("FAULT-LIST-PERM-014", |server, request| {
        open(server, request, |request| request.is_list() && request.number("count") == Some(0))
    }),
    ("FAULT-LIST-PERM-015", |server, request| {
        open(server, request, |request| {
            request.is_list() && request.number("offset").is_some_and(|offset| offset > 1000)
        })
    }),
    ("FAULT-LIST-PERM-016", |server, request| {
        open(server, request, |request| {
            request.is_list() && request.json("query").is_some_and(|query| query.get("_id").is_some())
        })
    }),
];
