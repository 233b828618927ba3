//! Bytes, headers, methods and routes.

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn list(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

const LIST: &str = "/api/v1/statistics.list";

pub(super) const MADE: &[Made] = &[
    ("FAULT-HTTP-BODY-005", |server, request| {
        list(server, request, |mut reply| {
            if let Some(at) = reply.body.iter().rposition(|byte| *byte == b'"') {
                reply.body.insert(at, 0xff);
            }
            reply
        })
    }),
    ("FAULT-HTTP-ROUTE-007", |server, request| {
        let path = if request.path.eq_ignore_ascii_case(LIST) { LIST.to_owned() } else { request.path.clone() };
        server.ask(&Request { path, ..request.clone() })
    }),
    ("FAULT-HTTP-ROUTE-010", |server, request| {
        let mut reply = server.ask(request);
        if request.is("POST", LIST) {
            reply.headers.retain(|(name, _)| name != "allow");
            if reply.status == 404 {
                return reply.text(|_| "<h1>Not found</h1>".to_owned());
            }
        }
        reply
    }),
];
