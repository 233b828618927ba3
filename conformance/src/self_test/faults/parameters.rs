//! Malformed, unknown and gated parameters.

use serde_json::{Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Changes the answers that refuse a malformed parameter.
fn parse_error(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    let about = reply.at("/errorType").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("error-invalid-"));
    if request.is_list() && about { change(reply) } else { reply }
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

fn invalid(name: &str) -> Reply {
    let error = format!("Invalid {name} parameter provided [error-invalid-{name}]");
    Reply::of(400, &json!({"success": false, "error": error, "errorType": format!("error-invalid-{name}")}))
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-PARAM-015", |server, request| other_first(server, request, "query")),
    ("FAULT-LIST-PARAM-030", |server, request| {
        let empty = ["sort", "fields", "query"].into_iter().find(|name| request.param(name).as_deref() == Some(""));
        match empty {
            Some(name) if request.is_list() => invalid(name),
            _ => server.ask(request),
        }
    }),
    ("FAULT-LIST-PARAM-032", |server, request| {
        let repeated = request.params().iter().filter(|(name, _)| name == "sort").count() > 1;
        if request.is_list() && repeated { invalid("sort") } else { server.ask(request) }
    }),
    ("FAULT-LIST-PARAM-034", |server, request| {
        let lower: Vec<(String, String)> =
            request.params().into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        if request.is_list() { server.ask(&request.with_params(&lower)) } else { server.ask(request) }
    }),
    ("FAULT-LIST-PARAM-035", |server, request| {
        let malformed = |name: &str| request.param(name).is_some() && request.json(name).is_none();
        let several = ["sort", "fields", "query"].into_iter().filter(|name| malformed(name)).count() > 1;
        parse_error(server, request, |reply| {
            let error = reply.at("/error").and_then(Value::as_str).unwrap_or_default().to_owned();
            if several { reply.set("error", json!(format!("{error}\n{error}"))) } else { reply }
        })
    }),
];
