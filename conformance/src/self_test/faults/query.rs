//! Filters.

use serde_json::{Map, Value, json};

use super::Made;
use crate::json::iso_to_ms;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Changes the query of list requests.
fn query(server: &Server, request: &Request, change: impl FnOnce(&mut Value)) -> Reply {
    if request.is_list() { server.ask(&request.changing("query", change)) } else { server.ask(request) }
}

/// Changes every object inside a query, innermost first.
fn everywhere(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| everywhere(member, change));
            change(members);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, change)),
        _ => {}
    }
}

/// Changes what stands beside an operator.
fn operand(server: &Server, request: &Request, name: &str, change: fn(&mut Value)) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            if let Some(value) = members.get_mut(name) {
                change(value);
            }
        });
    })
}

/// Changes the plain values of a query's members.
fn values(server: &Server, request: &Request, change: fn(&str, &mut Value)) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            for (key, value) in members.iter_mut().filter(|(key, _)| !key.starts_with('$')) {
                change(key, value);
            }
        });
    })
}

fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

/// Drops the items of a list that are so.
fn without(value: &mut Value, so: fn(&Value) -> bool) {
    if let Value::Array(items) = value {
        items.retain(|item| !so(item));
    }
}

/// Gives the members of a query other names.
fn renamed(server: &Server, request: &Request, name: fn(&str, &Value) -> String) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            *members = std::mem::take(members).into_iter().map(|(key, value)| (name(&key, &value), value)).collect();
        });
    })
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-QUERY-002", |server, request| {
        let whole = request.is_list().then(|| server.ask(&request.without("query")));
        page(server, request, |reply| match whole.as_ref().and_then(|whole| whole.at("/total")) {
            Some(total) => reply.set("total", total.clone()),
            None => reply,
        })
    }),
    ("FAULT-LIST-QUERY-003", |server, request| {
        let filters = request.is_list() && request.json("query").is_some_and(|query| query != json!({}));
        let reply = server.ask(request);
        if !filters || !reply.is_ok() {
            return reply;
        }
        let matching = server.whole(request);
        let cut = server.ask(&request.without("query"));
        let records = cut.records().into_iter().filter(|record| matching.contains(record)).collect();
        cut.with_records(records)
    }),
    ("FAULT-LIST-QUERY-009", |server, request| {
        query(server, request, |query| {
            everywhere(query, &mut |members| {
                if members.len() > 1 && members.keys().all(|key| key.starts_with("$g") || key.starts_with("$l")) {
                    let first = members.keys().next().cloned().unwrap_or_default();
                    members.retain(|key, _| *key == first);
                }
            });
        })
    }),
    ("FAULT-LIST-QUERY-020", |server, request| {
        operand(server, request, "$exists", |value| *value = json!(value != &json!(true)))
    }),
    ("FAULT-LIST-QUERY-026", |server, request| {
        values(server, request, |key, value| {
            if key == "createdAt" && value.get("$type").is_some() {
                let text = value["$type"] == "string";
                *value = json!({"$type": if text { "date" } else { "string" }});
            }
        })
    }),
    ("FAULT-LIST-QUERY-038", |server, request| operand(server, request, "$mod", |value| value[0] = json!(3))),
    ("FAULT-LIST-QUERY-050", |server, request| {
        query(server, request, |query| {
            everywhere(query, &mut |members| {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(key, value)| {
                        (if key.eq_ignore_ascii_case("totalUsers") { "totalUsers".to_owned() } else { key }, value)
                    })
                    .collect();
            });
        })
    }),
    ("FAULT-LIST-QUERY-070", |server, request| {
        values(server, request, |_, value| {
            if value.is_f64() && value.as_f64().is_some_and(|number| number.fract() == 0.0) {
                *value = json!({"$in": []});
            }
        })
    }),
    ("FAULT-LIST-QUERY-071", |server, request| {
        values(server, request, |key, value| {
            if let Some(ms) = value.as_str().filter(|_| key == "createdAt").and_then(iso_to_ms) {
                *value = json!({"$date": ms});
            }
        })
    }),
    ("FAULT-LIST-QUERY-075", |server, request| {
        operand(server, request, "$or", |value| without(value, |item| item.to_string().contains("$date")))
    }),
    ("FAULT-LIST-QUERY-076", |server, request| {
        values(server, request, |key, value| {
            if let Some(ms) = value.get("$date").and_then(Value::as_i64).filter(|_| key == "createdAt") {
                let second = ms - ms.rem_euclid(1000);
                *value = json!({"$gte": {"$date": second}, "$lt": {"$date": second + 1000}});
            }
        })
    }),
    ("FAULT-LIST-QUERY-082", |server, request| {
        renamed(server, request, |key, value| match key.rsplit_once('.') {
            Some((parent, _)) if value.get("$exists").is_some() => parent.to_owned(),
            _ => key.to_owned(),
        })
    }),
    ("FAULT-LIST-QUERY-084", |server, request| {
        values(server, request, |_, value| {
            let bound = |name: &str| value.get("$not").and_then(|inner| inner.get(name)).cloned();
            if let (Some(least), Some(most)) = (bound("$gte"), bound("$lte")) {
                *value = json!({"$lt": least, "$gt": most});
            }
        })
    }),
    ("FAULT-LIST-QUERY-086", |server, request| operand(server, request, "$mod", |value| value[1] = json!(0))),
    ("FAULT-LIST-QUERY-090", |server, request| {
        query(server, request, |query| {
            everywhere(query, &mut |members| {
                let user = members.get("os.cpus").and_then(|cpus| cpus.pointer("/$elemMatch/times.user/$gte")).cloned();
                if let (Some(user), true) = (user, members.len() == 1) {
                    let path = "os.cpus.times.user";
                    members.clear();
                    members.insert("$and".to_owned(), json!([{ path: {"$gte": user} }, { path: {"$lt": user} }]));
                }
                let plain = members.get("$elemMatch").and_then(Value::as_object).cloned();
                if let Some(inner) = plain.filter(|inner| inner.keys().all(|key| key.starts_with('$'))) {
                    *members = inner;
                }
            });
        })
    }),
    ("FAULT-LIST-QUERY-091", |server, request| {
        query(server, request, |query| {
            let lifted = query.pointer("/os.loadavg/$elemMatch").cloned();
            if let Some(inner) = lifted {
                *query = json!({"os.loadavg.0": inner});
            }
        })
    }),
    ("FAULT-LIST-QUERY-105", |server, request| {
        renamed(server, request, |key, _| key.split('.').take(2).collect::<Vec<_>>().join("."))
    }),
    ("FAULT-LIST-QUERY-108", |server, request| {
        query(server, request, |query| {
            let parts = query.get("deploy").and_then(Value::as_object).cloned();
            if let Some(parts) = parts {
                *query = parts.into_iter().map(|(key, value)| (format!("deploy.{key}"), value)).collect();
            }
        })
    }),
    ("FAULT-LIST-QUERY-109", |server, request| {
        values(server, request, |key, value| {
            if let Some(parts) = value.as_object_mut().filter(|_| key == "deploy") {
                parts.sort_keys();
            }
        })
    }),
    ("FAULT-LIST-QUERY-111", |server, request| {
        operand(server, request, "$or", |value| {
            if let Some([one, other]) = value.as_array().map(Vec::as_slice) {
                *value = json!([{"$and": [one, {"$nor": [other]}]}, {"$and": [other, {"$nor": [one]}]}]);
            }
        })
    }),
    ("FAULT-LIST-QUERY-113", |server, request| {
        operand(server, request, "$nor", |value| *value = json!([{"$and": value}]))
    }),
];
