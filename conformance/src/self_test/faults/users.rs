//! The list of users.

use serde_json::json;

use crate::self_test::Fault;

const LIST: &str = "/api/v1/users.list";

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-USERS-PAGE-001",
        what: "pages of users.list overlap by one user",
        pointer: "/users",
        catches: &["USERS-PAGE-001"],
        spoil: |server, request| match request.number("offset").filter(|offset| *offset > 0) {
            Some(offset) if request.is("GET", LIST) => {
                let reply = server.ask(&request.with("offset", offset - 1));
                if reply.is_ok() { reply.set("offset", json!(offset)) } else { reply }
            }
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-USERS-PAGE-002",
        what: "total of users.list is the length of the page",
        pointer: "/users",
        catches: &["USERS-PAGE-001"],
        spoil: |server, request| {
            let reply = server.ask(request);
            match reply.at("/count").cloned() {
                Some(count) if request.is("GET", LIST) && reply.is_ok() => reply.set("total", count),
                _ => reply,
            }
        },
    },
];
