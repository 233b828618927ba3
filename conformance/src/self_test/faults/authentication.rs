//! Who is logged in.

use serde_json::{Value, json};

use crate::self_test::Fault;
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

/// Changes every 401 but those of a login.
fn unauthenticated(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if reply.status == 401 && !request.is_login() { change(reply) } else { reply }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-AUTH-AUTH-001",
        what: "nobody needs to be logged in",
        pointer: "status",
        catches: &["LIST-AUTH-001", "LAST-AUTH-001", "AUTH-AUTH-009"],
        spoil: |server, request| let_in(server, request, true, Some("first".to_owned())),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-002",
        what: "a token without a user id is enough",
        pointer: "status",
        catches: &["LIST-AUTH-002", "LAST-AUTH-002", "LIST-AUTH-009", "LAST-AUTH-008"],
        spoil: |server, request| let_in(server, request, given(request, ID).is_none(), given(request, TOKEN)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-003",
        what: "a user id without a token is enough",
        pointer: "status",
        catches: &["LIST-AUTH-003", "LAST-AUTH-003", "LIST-AUTH-008", "LAST-AUTH-007"],
        spoil: |server, request| let_in(server, request, given(request, TOKEN).is_none(), given(request, ID)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-004",
        what: "any token will do",
        pointer: "status",
        catches: &["LIST-AUTH-004", "LAST-AUTH-004", "AUTH-AUTH-010"],
        spoil: |server, request| let_in(server, request, given(request, TOKEN).is_some(), given(request, ID)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-005",
        what: "any user id will do beside a token",
        pointer: "status",
        catches: &["LIST-AUTH-005", "LAST-AUTH-005", "LIST-AUTH-006"],
        spoil: |server, request| let_in(server, request, given(request, ID).is_some(), given(request, TOKEN)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-006",
        what: "tokens have no case",
        pointer: "status",
        catches: &["LIST-AUTH-010"],
        spoil: |server, request| {
            let token = given(request, TOKEN).unwrap_or_default();
            let known = given(request, ID).and_then(|id| server.recall(&id));
            let same = known.is_some_and(|pair| {
                pair.get(1).and_then(|known| known.as_str()).is_some_and(|known| known.eq_ignore_ascii_case(&token))
            });
            let_in(server, request, same, given(request, ID))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-007",
        what: "user ids have no case",
        pointer: "status",
        catches: &["LIST-AUTH-011"],
        spoil: |server, request| {
            let id = given(request, ID).unwrap_or_default();
            let known = given(request, TOKEN).and_then(|token| server.recall(&token));
            let same = known.is_some_and(|pair| {
                pair.get(0).and_then(|known| known.as_str()).is_some_and(|known| known.eq_ignore_ascii_case(&id))
            });
            let_in(server, request, same, given(request, TOKEN))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-008",
        what: "another user's id makes somebody that user",
        pointer: "status",
        catches: &["LIST-AUTH-007"],
        spoil: |server, request| {
            let both_known = [ID, TOKEN]
                .iter()
                .all(|name| given(request, name).is_some_and(|value| server.recall(&value).is_some()));
            let_in(server, request, both_known, given(request, ID))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-009",
        what: "header names in small letters are not known",
        pointer: "status",
        catches: &["LIST-AUTH-012"],
        spoil: |server, request| {
            let small = |name: &str| request.headers.iter().any(|(header, _)| header == name);
            // The tester's own client writes small letters too; only the requests of the case say so byte by byte.
            let closes = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            if closes && small(TOKEN) { server.ask(&request.without_header(TOKEN)) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-010",
        what: "header names in capitals are not known",
        pointer: "status",
        catches: &["LIST-AUTH-013"],
        spoil: |server, request| {
            let capitals = request.headers.iter().any(|(header, _)| header == "X-AUTH-TOKEN");
            if capitals { server.ask(&request.without_header(TOKEN)) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-011",
        what: "being logged out is a 403",
        pointer: "status",
        catches: &["LIST-AUTH-001", "LAST-AUTH-001"],
        spoil: |server, request| unauthenticated(server, request, |reply| reply.status(403)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-012",
        what: "being logged out is a 200",
        pointer: "status",
        catches: &["LIST-AUTH-001", "LAST-AUTH-001"],
        spoil: |server, request| unauthenticated(server, request, |reply| reply.status(200)),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-013",
        what: "being logged out is an empty list",
        pointer: "status",
        catches: &["LIST-AUTH-001"],
        spoil: |server, request| {
            let empty = json!({"statistics": [], "count": 0, "offset": 0, "total": 0, "success": true});
            unauthenticated(server, request, |reply| if request.is_list() { Reply::of(200, &empty) } else { reply })
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-014",
        what: "the 401 has another message",
        pointer: "/message",
        catches: &["LIST-AUTH-001", "LAST-AUTH-001"],
        spoil: |server, request| {
            unauthenticated(server, request, |reply| {
                let reply = reply.set("message", json!("Unauthorized"));
                if reply.at("/error").is_some() { reply.set("error", json!("Unauthorized")) } else { reply }
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-015",
        what: "the 401 has other members",
        pointer: "",
        catches: &["LIST-AUTH-001", "LAST-AUTH-001"],
        spoil: |server, request| {
            unauthenticated(server, request, |_| {
                Reply::of(401, &json!({"code": 401, "reason": "You must be logged in to do this."}))
            })
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-016",
        what: "the 401 shows total",
        pointer: "",
        catches: &["LIST-AUTH-016"],
        spoil: |server, request| {
            unauthenticated(server, request, |reply| reply.set("total", json!(240)).set("statistics", json!([])))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-017",
        what: "the 401 says success true",
        pointer: "/success",
        catches: &["LIST-AUTH-016"],
        spoil: |server, request| unauthenticated(server, request, |reply| reply.set("success", json!(true))),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-018",
        what: "being logged out redirects to the login page",
        pointer: "status",
        catches: &["LIST-AUTH-001"],
        spoil: |server, request| {
            unauthenticated(server, request, |reply| reply.status(302).header("location", "/home"))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-019",
        what: "a 401 has no body",
        pointer: "body",
        catches: &["LIST-AUTH-001", "HTTP-HTTP-012"],
        spoil: |server, request| unauthenticated(server, request, |reply| reply.text(|_| String::new())),
    },
    Fault {
        id: "FAULT-AUTH-AUTH-020",
        what: "a wrong token is a 500",
        pointer: "status",
        catches: &["LIST-AUTH-004"],
        spoil: |server, request| {
            let named = given(request, TOKEN).is_some();
            unauthenticated(server, request, |reply| if named { reply.status(500) } else { reply })
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-021",
        what: "credentials may stand in the query string",
        pointer: "status",
        catches: &["LIST-AUTH-017"],
        spoil: |server, request| {
            let_in(server, request, true, request.param("X-Auth-Token").or_else(|| request.param("authToken")))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-022",
        what: "credentials may stand in a cookie",
        pointer: "status",
        catches: &["LIST-AUTH-018"],
        spoil: |server, request| {
            let cookie = request.header("cookie").and_then(|cookie| cookie.split("rc_token=").nth(1));
            let token = cookie.and_then(|rest| rest.split(';').next()).map(str::to_owned);
            let_in(server, request, true, token)
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-023",
        what: "only the beginning of a token is compared",
        pointer: "status",
        catches: &["LIST-AUTH-019"],
        spoil: |server, request| {
            let_in(server, request, true, given(request, TOKEN).and_then(|token| token.get(..43).map(str::to_owned)))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-024",
        what: "only the beginning of a user id is compared",
        pointer: "status",
        catches: &["LIST-AUTH-020"],
        spoil: |server, request| {
            let longer = given(request, ID).is_some_and(|id| id.ends_with('x'));
            let_in(server, request, longer, given(request, TOKEN))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-025",
        what: "a user name will do as user id",
        pointer: "status",
        catches: &["LIST-AUTH-021"],
        spoil: |server, request| {
            let named = given(request, ID).is_some_and(|id| id.len() < 17 && !id.starts_with("rcs"));
            let_in(server, request, named, given(request, TOKEN))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-026",
        what: "the beginning of a token is enough",
        pointer: "status",
        catches: &["LIST-AUTH-022"],
        spoil: |server, request| {
            let token = given(request, TOKEN).unwrap_or_default();
            let known = given(request, ID).and_then(|id| server.recall(&id));
            let begins = known.is_some_and(|pair| {
                pair.get(1).and_then(Value::as_str).is_some_and(|known| token.len() > 7 && known.starts_with(&token))
            });
            let_in(server, request, begins, given(request, ID))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-027",
        what: "basic authentication is enough",
        pointer: "status",
        catches: &["LIST-AUTH-023"],
        spoil: |server, request| {
            let basic = request.header("authorization").is_some_and(|text| text.starts_with("Basic "));
            let_in(server, request, basic, Some("first".to_owned()))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-028",
        what: "a login token may come as a bearer token",
        pointer: "status",
        catches: &["LIST-AUTH-014", "LAST-AUTH-010"],
        spoil: |server, request| {
            let token =
                request.header("authorization").and_then(|text| text.strip_prefix("Bearer ")).map(str::to_owned);
            let_in(server, request, true, token)
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-029",
        what: "credentials of which nothing is known are let in",
        pointer: "status",
        catches: &["LIST-AUTH-024", "LAST-AUTH-009"],
        spoil: |server, request| {
            let unknown = |name| given(request, name).is_some_and(|text: String| server.recall(&text).is_none());
            let_in(server, request, unknown(TOKEN) && unknown(ID), Some("first".to_owned()))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-030",
        what: "an empty token or an empty user id is enough for statistics",
        pointer: "status",
        catches: &["LAST-AUTH-007", "LAST-AUTH-008"],
        spoil: |server, request| {
            let empty = [TOKEN, ID].iter().any(|name| request.header(name) == Some(""));
            let_in(server, request, request.is_last() && empty, Some("first".to_owned()))
        },
    },
    Fault {
        id: "FAULT-AUTH-AUTH-031",
        what: "the 401 of newer servers has two members",
        pointer: "/success or /error",
        catches: &["LIST-AUTH-015"],
        spoil: |server, request| unauthenticated(server, request, |reply| reply.remove("success").remove("error")),
    },
];
