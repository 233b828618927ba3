//! Who is logged in.

use serde_json::{Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

const TOKEN: &str = "x-auth-token";
const ID: &str = "x-user-id";

fn given(request: &Request, name: &str) -> Option<String> {
    request.header(name).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// Notes which credentials work: by token, by id, and the last ones of all.
fn learn(server: &Server, request: &Request) -> Reply {
    let reply = server.ask(request);
    if request.is_login() && reply.is_ok() {
        let text = |pointer: &str| reply.at(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, token) = (text("/data/userId"), text("/data/authToken"));
        let pair = json!([id, token]);
        server.remember(&token, pair.clone());
        // The run's own session is the first of an account, and the one that lives longest.
        if server.recall(&id).is_none() {
            server.remember(&id, pair.clone());
        }
        if server.recall("first").is_none() {
            server.remember("first", pair);
        }
    }
    reply
}

/// The request with credentials known from before, in place of its own.
fn with(request: &Request, pair: &Value) -> Request {
    let text = |at: usize| pair.get(at).and_then(Value::as_str).unwrap_or_default();
    request.with_header(ID, text(0)).with_header(TOKEN, text(1))
}

/// Lets a caller in who should be refused: with the credentials known under `key`. A logout is left alone, since it would
/// end the session that lets others in.
fn let_in(server: &Server, request: &Request, wanted: bool, key: Option<String>) -> Reply {
    let reply = learn(server, request);
    let pair = key.and_then(|key| server.recall(&key));
    match pair {
        Some(pair) if wanted && reply.status == 401 && !request.is_login() && !request.is_logout() => {
            server.ask(&with(request, &pair))
        }
        _ => reply,
    }
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-AUTH-AUTH-001", |server, request| let_in(server, request, true, Some("first".to_owned()))),
    ("FAULT-AUTH-AUTH-002", |server, request| {
        let_in(server, request, given(request, ID).is_none(), given(request, TOKEN))
    }),
    ("FAULT-AUTH-AUTH-003", |server, request| {
        let_in(server, request, given(request, TOKEN).is_none(), given(request, ID))
    }),
    ("FAULT-AUTH-AUTH-004", |server, request| {
        let_in(server, request, given(request, TOKEN).is_some(), given(request, ID))
    }),
    ("FAULT-AUTH-AUTH-005", |server, request| {
        let_in(server, request, given(request, ID).is_some(), given(request, TOKEN))
    }),
    ("FAULT-AUTH-AUTH-006", |server, request| {
        let token = given(request, TOKEN).unwrap_or_default();
        let known = given(request, ID).and_then(|id| server.recall(&id));
        let same = known.is_some_and(|pair| {
            pair.get(1).and_then(|known| known.as_str()).is_some_and(|known| known.eq_ignore_ascii_case(&token))
        });
        let_in(server, request, same, given(request, ID))
    }),
    ("FAULT-AUTH-AUTH-007", |server, request| {
        let id = given(request, ID).unwrap_or_default();
        let known = given(request, TOKEN).and_then(|token| server.recall(&token));
        let same = known.is_some_and(|pair| {
            pair.get(0).and_then(|known| known.as_str()).is_some_and(|known| known.eq_ignore_ascii_case(&id))
        });
        let_in(server, request, same, given(request, TOKEN))
    }),
    ("FAULT-AUTH-AUTH-008", |server, request| {
        let both_known =
            [ID, TOKEN].iter().all(|name| given(request, name).is_some_and(|value| server.recall(&value).is_some()));
        let_in(server, request, both_known, given(request, ID))
    }),
    ("FAULT-AUTH-AUTH-009", |server, request| {
        let small = |name: &str| request.headers.iter().any(|(header, _)| header == name);
        // The tester's own client writes small letters too; only the requests of the case say so byte by byte.
        let closes = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if closes && small(TOKEN) { server.ask(&request.without_header(TOKEN)) } else { server.ask(request) }
    }),
    ("FAULT-AUTH-AUTH-010", |server, request| {
        let capitals = request.headers.iter().any(|(header, _)| header == "X-AUTH-TOKEN");
        if capitals { server.ask(&request.without_header(TOKEN)) } else { server.ask(request) }
    }),
    ("FAULT-AUTH-AUTH-021", |server, request| {
        let_in(server, request, true, request.param("X-Auth-Token").or_else(|| request.param("authToken")))
    }),
    ("FAULT-AUTH-AUTH-022", |server, request| {
        let cookie = request.header("cookie").and_then(|cookie| cookie.split("rc_token=").nth(1));
        let token = cookie.and_then(|rest| rest.split(';').next()).map(str::to_owned);
        let_in(server, request, true, token)
    }),
    ("FAULT-AUTH-AUTH-023", |server, request| {
        let_in(server, request, true, given(request, TOKEN).and_then(|token| token.get(..43).map(str::to_owned)))
    }),
    ("FAULT-AUTH-AUTH-024", |server, request| {
        let longer = given(request, ID).is_some_and(|id| id.ends_with('x'));
        let_in(server, request, longer, given(request, TOKEN))
    }),
    ("FAULT-AUTH-AUTH-025", |server, request| {
        let named = given(request, ID).is_some_and(|id| id.len() < 17 && !id.starts_with("rcs"));
        let_in(server, request, named, given(request, TOKEN))
    }),
    ("FAULT-AUTH-AUTH-026", |server, request| {
        let token = given(request, TOKEN).unwrap_or_default();
        let known = given(request, ID).and_then(|id| server.recall(&id));
        let begins = known.is_some_and(|pair| {
            pair.get(1).and_then(Value::as_str).is_some_and(|known| token.len() > 7 && known.starts_with(&token))
        });
        let_in(server, request, begins, given(request, ID))
    }),
    ("FAULT-AUTH-AUTH-027", |server, request| {
        let basic = request.header("authorization").is_some_and(|text| text.starts_with("Basic "));
        let_in(server, request, basic, Some("first".to_owned()))
    }),
    ("FAULT-AUTH-AUTH-028", |server, request| {
        let token = request.header("authorization").and_then(|text| text.strip_prefix("Bearer ")).map(str::to_owned);
        let_in(server, request, true, token)
    }),
    ("FAULT-AUTH-AUTH-029", |server, request| {
        let unknown = |name| given(request, name).is_some_and(|text: String| server.recall(&text).is_none());
        let_in(server, request, unknown(TOKEN) && unknown(ID), Some("first".to_owned()))
    }),
    ("FAULT-AUTH-AUTH-030", |server, request| {
        let empty = [TOKEN, ID].iter().any(|name| request.header(name) == Some(""));
        let_in(server, request, request.is_last() && empty, Some("first".to_owned()))
    }),
];
