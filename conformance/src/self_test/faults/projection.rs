//! Fields.

use serde_json::{Map, Value, json};

use super::Made;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

fn fields_of(request: &Request) -> Map<String, Value> {
    request.json("fields").and_then(|fields| fields.as_object().cloned()).unwrap_or_default()
}

/// Changes the fields of well-formed list requests.
fn fields(server: &Server, request: &Request, change: fn(&mut Map<String, Value>)) -> Reply {
    if !request.is_list() {
        return server.ask(request);
    }
    server.ask(&request.changing("fields", |fields| {
        if let Value::Object(fields) = fields {
            change(fields);
        }
    }))
}

fn number(value: &Value, wanted: i64) -> bool {
    value.as_i64() == Some(wanted)
}

/// Whether the projection is well-formed and includes something.
fn includes(request: &Request) -> bool {
    request.is_list() && fields_of(request).values().any(|value| number(value, 1))
}

fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-PROJ-006", |server, request| {
        let mixed = includes(request) && fields_of(request).iter().any(|(key, value)| key != "_id" && number(value, 0));
        if mixed {
            let error = "Projection cannot have a mix of inclusion and exclusion.";
            return Reply::of(400, &json!({"success": false, "error": error}));
        }
        server.ask(request)
    }),
    ("FAULT-LIST-PROJ-009", |server, request| {
        fields(server, request, |fields| {
            for (_, value) in fields.iter_mut() {
                if let Some(bit @ (0 | 1)) = value.as_i64() {
                    *value = json!(1 - bit);
                }
            }
        })
    }),
    ("FAULT-LIST-PROJ-012", |server, request| {
        let wanted: Vec<String> =
            fields_of(request).into_iter().filter(|(_, value)| number(value, 1)).map(|(key, _)| key).collect();
        page(server, request, |reply| {
            reply.each_record(|record| {
                if let Value::Object(members) = record {
                    for key in &wanted {
                        members.entry(key.clone()).or_insert(Value::Null);
                    }
                }
            })
        })
    }),
    ("FAULT-LIST-PROJ-013", |server, request| {
        fields(server, request, |fields| {
            if fields.iter().any(|(key, value)| key.starts_with("rcs_") && number(value, 0)) {
                *fields = Map::from_iter([("_id".to_owned(), json!(1))]);
            }
        })
    }),
    ("FAULT-LIST-PROJ-022", |server, request| {
        fields(server, request, |fields| {
            if fields.iter().any(|(key, value)| key.starts_with("os.cpus.") && number(value, 1)) {
                *fields = Map::from_iter([("os.cpus".to_owned(), json!(1))]);
            }
        })
    }),
];
