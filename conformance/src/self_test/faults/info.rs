//! What the server says of itself.

use serde_json::json;

use super::Made;
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

pub(super) const MADE: &[Made] = &[
    ("FAULT-INFO-SHAPE-001", |server, request| {
        if request.is_info() && stranger(request) && server.count("asked") > 1 {
            return Reply::of(401, &json!({"status": "error", "message": "You must be logged in to do this."}));
        }
        server.ask(request)
    }),
    ("FAULT-INFO-SHAPE-003", |server, request| {
        info(server, request, |reply| {
            if !stranger(request) {
                return reply;
            }
            version(reply, |text| match text.matches('.').count() {
                1 => format!("{text}.1"),
                _ => text.rsplit_once('.').map_or(text, |(start, _)| start).to_owned(),
            })
        })
    }),
    ("FAULT-INFO-SHAPE-007", |server, request| {
        info(server, request, |reply| {
            version(reply, |text| match text.split('.').collect::<Vec<_>>()[..] {
                ["0" | "1" | "2" | "3", ..] => text.split('.').take(2).collect::<Vec<_>>().join("."),
                _ => text.split('.').take(1).collect(),
            })
        })
    }),
    ("FAULT-INFO-OLD-001", |server, request| {
        if !request.is("GET", "/api/v1/info") {
            return server.ask(request);
        }
        let there = server.ask(request).at("/info/version").is_some();
        if there {
            return Reply::of(404, &json!({"success": false}));
        }
        Reply::of(200, &json!({"info": {"version": "0.61.0"}, "success": true}))
    }),
];
