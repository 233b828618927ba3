//! Filters.

use serde_json::{Map, Value, json};

use crate::json::iso_to_ms;
use crate::self_test::Fault;
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

/// Reads the operator `from` as `to`.
fn operator(server: &Server, request: &Request, from: &str, to: &str) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(key, value)| (if key == from { to.to_owned() } else { key }, value))
                .collect();
        });
    })
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

/// Lets an operator leave out records without the field (or, with `false`, take only those as well).
fn beside(server: &Server, request: &Request, name: &str, key: &str, value: &Value) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            if members.contains_key(name) {
                members.insert(key.to_owned(), value.clone());
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

fn has(request: &Request, word: &str) -> bool {
    request.is_list() && request.param("query").is_some_and(|query| query.contains(word))
}

fn first_only(value: &mut Value) {
    if let Value::Array(items) = value {
        items.truncate(1);
    }
}

fn pattern(value: &mut Value, change: impl FnOnce(&str) -> String) {
    if let Value::String(text) = value {
        *text = change(text);
    }
}

fn nothing(server: &Server, request: &Request) -> Reply {
    server.ask(&request.with("query", r#"{"_id":"fault: no such record"}"#))
}

/// Drops the items of a list that are so.
fn without(value: &mut Value, so: fn(&Value) -> bool) {
    if let Value::Array(items) = value {
        items.retain(|item| !so(item));
    }
}

/// Drops the members with this value.
fn dropping(server: &Server, request: &Request, unwanted: &Value) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| members.retain(|_, value| value != unwanted));
    })
}

/// Gives the members of a query other names.
fn renamed(server: &Server, request: &Request, name: fn(&str, &Value) -> String) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| {
            *members = std::mem::take(members).into_iter().map(|(key, value)| (name(&key, &value), value)).collect();
        });
    })
}

/// A text as a pattern for itself.
fn escaped(value: &Value) -> String {
    regex::escape(value.as_str().unwrap_or_default())
}

/// Whether a list request has one of these members at the top of its query.
fn on_top(request: &Request, names: &[&str]) -> bool {
    request.is_list() && request.json("query").is_some_and(|query| names.iter().any(|name| query.get(*name).is_some()))
}

fn refused(error: &str) -> Reply {
    Reply::of(400, &json!({"success": false, "error": error}))
}

/// A page of other records, or of another number of them.
const PAGE: &str = "/statistics or /total";

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-QUERY-001",
        what: "query is ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-001", "LIST-QUERY-061"],
        spoil: |server, request| query(server, request, |query| *query = json!({})),
    },
    Fault {
        id: "FAULT-LIST-QUERY-002",
        what: "total ignores query",
        pointer: "/total",
        catches: &["LIST-QUERY-063", "LIST-QUERY-001"],
        spoil: |server, request| {
            let whole = request.is_list().then(|| server.ask(&request.without("query")));
            page(server, request, |reply| match whole.as_ref().and_then(|whole| whole.at("/total")) {
                Some(total) => reply.set("total", total.clone()),
                None => reply,
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-003",
        what: "the page is filtered after it is cut",
        pointer: "/total",
        catches: &["LIST-QUERY-063"],
        spoil: |server, request| {
            let filters = request.is_list() && request.json("query").is_some_and(|query| query != json!({}));
            let reply = server.ask(request);
            if !filters || !reply.is_ok() {
                return reply;
            }
            let matching = server.whole(request);
            let cut = server.ask(&request.without("query"));
            let records = cut.records().into_iter().filter(|record| matching.contains(record)).collect();
            cut.with_records(records)
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-004",
        what: "$gt includes its bound",
        pointer: PAGE,
        catches: &["LIST-QUERY-006", "LIST-QUERY-012"],
        spoil: |server, request| operator(server, request, "$gt", "$gte"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-005",
        what: "$gte excludes its bound",
        pointer: PAGE,
        catches: &["LIST-QUERY-007"],
        spoil: |server, request| operator(server, request, "$gte", "$gt"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-006",
        what: "$lt includes its bound",
        pointer: PAGE,
        catches: &["LIST-QUERY-008"],
        spoil: |server, request| operator(server, request, "$lt", "$lte"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-007",
        what: "$lte excludes its bound",
        pointer: PAGE,
        catches: &["LIST-QUERY-009", "LIST-QUERY-012"],
        spoil: |server, request| operator(server, request, "$lte", "$lt"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-008",
        what: "$gt is $lt",
        pointer: PAGE,
        catches: &["LIST-QUERY-006"],
        spoil: |server, request| operator(server, request, "$gt", "$lt"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-009",
        what: "of two bounds only the first counts",
        pointer: PAGE,
        catches: &["LIST-QUERY-010"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    if members.len() > 1 && members.keys().all(|key| key.starts_with("$g") || key.starts_with("$l")) {
                        let first = members.keys().next().cloned().unwrap_or_default();
                        members.retain(|key, _| *key == first);
                    }
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-010",
        what: "$ne is taken as equality",
        pointer: PAGE,
        catches: &["LIST-QUERY-005"],
        spoil: |server, request| operator(server, request, "$ne", "$eq"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-011",
        what: "$in looks at its first value only",
        pointer: PAGE,
        catches: &["LIST-QUERY-018", "LIST-QUERY-019"],
        spoil: |server, request| operand(server, request, "$in", first_only),
    },
    Fault {
        id: "FAULT-LIST-QUERY-012",
        what: "$nin looks at its first value only",
        pointer: PAGE,
        catches: &["LIST-QUERY-020"],
        spoil: |server, request| operand(server, request, "$nin", first_only),
    },
    Fault {
        id: "FAULT-LIST-QUERY-013",
        what: "$nin is $in",
        pointer: PAGE,
        catches: &["LIST-QUERY-014"],
        spoil: |server, request| operator(server, request, "$nin", "$in"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-014",
        what: "an empty $in is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-021"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| *value != json!({"$in": []})));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-015",
        what: "$nin leaves out records without the field",
        pointer: PAGE,
        catches: &["LIST-QUERY-022"],
        spoil: |server, request| beside(server, request, "$nin", "$exists", &json!(true)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-016",
        what: "$ne leaves out records without the field",
        pointer: PAGE,
        catches: &["LIST-QUERY-023"],
        spoil: |server, request| beside(server, request, "$ne", "$exists", &json!(true)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-017",
        what: "$not leaves out records without the field",
        pointer: PAGE,
        catches: &["LIST-QUERY-024"],
        spoil: |server, request| beside(server, request, "$not", "$exists", &json!(true)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-018",
        what: "$not is dropped",
        pointer: PAGE,
        catches: &["LIST-QUERY-015"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    if let Some(Value::Object(inner)) = members.shift_remove("$not") {
                        members.extend(inner);
                    }
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-019",
        what: "$lt matches a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-025"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    if members.keys().any(|key| key.starts_with("rcs_")) {
                        members.retain(|_, value| value.get("$lt").is_none());
                    }
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-020",
        what: "$exists is the other way round",
        pointer: PAGE,
        catches: &["LIST-QUERY-026", "LIST-QUERY-027"],
        spoil: |server, request| operand(server, request, "$exists", |value| *value = json!(value != &json!(true))),
    },
    Fault {
        id: "FAULT-LIST-QUERY-021",
        what: "$exists:false is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-027"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| *value != json!({"$exists": false})));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-022",
        what: "null does not match a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-028"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if value.is_null() {
                    *value = json!({"$eq": null, "$exists": true});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-023",
        what: "null matches anything",
        pointer: PAGE,
        catches: &["LIST-QUERY-029"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| !value.is_null()));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-024",
        what: "$type is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-030"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| value.get("$type").is_none()));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-025",
        what: "$type knows no number",
        pointer: PAGE,
        catches: &["LIST-QUERY-031"],
        spoil: |server, request| {
            operand(server, request, "$type", |value| {
                if value == "number" {
                    *value = json!("string");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-026",
        what: "dates are text to $type",
        pointer: PAGE,
        catches: &["LIST-QUERY-032"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "createdAt" && value.get("$type").is_some() {
                    let text = value["$type"] == "string";
                    *value = json!({"$type": if text { "date" } else { "string" }});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-027",
        what: "$regex is anchored at the start",
        pointer: PAGE,
        catches: &["LIST-QUERY-033", "LIST-QUERY-034"],
        spoil: |server, request| operand(server, request, "$regex", |value| pattern(value, |text| format!("^{text}"))),
    },
    Fault {
        id: "FAULT-LIST-QUERY-028",
        what: "$regex must match the whole text",
        pointer: PAGE,
        catches: &["LIST-QUERY-033"],
        spoil: |server, request| {
            operand(server, request, "$regex", |value| pattern(value, |text| format!("^(?:{text})$")))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-029",
        what: "anchors in $regex are ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-036"],
        spoil: |server, request| {
            operand(server, request, "$regex", |value| {
                pattern(value, |text| text.trim_start_matches('^').trim_end_matches('$').to_owned());
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-030",
        what: "$regex has no case",
        pointer: PAGE,
        catches: &["LIST-QUERY-037"],
        spoil: |server, request| beside(server, request, "$regex", "$options", &json!("i")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-031",
        what: "$options is ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-038"],
        spoil: |server, request| operand(server, request, "$options", |value| *value = json!("")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-032",
        what: "$regex is taken literally",
        pointer: PAGE,
        catches: &["LIST-QUERY-035"],
        spoil: |server, request| {
            operand(server, request, "$regex", |value| {
                pattern(value, |text| text.replace('^', "\\^").replace('$', "\\$"));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-033",
        what: "$or is read as $and",
        pointer: PAGE,
        catches: &["LIST-QUERY-039", "LIST-QUERY-040"],
        spoil: |server, request| operator(server, request, "$or", "$and"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-034",
        what: "$or looks at its first branch only",
        pointer: PAGE,
        catches: &["LIST-QUERY-039", "LIST-QUERY-044"],
        spoil: |server, request| operand(server, request, "$or", first_only),
    },
    Fault {
        id: "FAULT-LIST-QUERY-035",
        what: "$and looks at its first branch only",
        pointer: PAGE,
        catches: &["LIST-QUERY-041"],
        spoil: |server, request| operand(server, request, "$and", first_only),
    },
    Fault {
        id: "FAULT-LIST-QUERY-036",
        what: "$and is read as $or",
        pointer: PAGE,
        catches: &["LIST-QUERY-041"],
        spoil: |server, request| operator(server, request, "$and", "$or"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-037",
        what: "of several members only the first counts",
        pointer: PAGE,
        catches: &["LIST-QUERY-042"],
        spoil: |server, request| {
            query(server, request, |query| {
                if let Value::Object(members) = query
                    && members.keys().all(|key| matches!(key.as_str(), "$or" | "$and") || !key.starts_with('$'))
                {
                    let first = members.keys().next().cloned().unwrap_or_default();
                    members.retain(|key, _| *key == first);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-038",
        what: "$mod divides by another number",
        pointer: PAGE,
        catches: &["LIST-QUERY-045"],
        spoil: |server, request| operand(server, request, "$mod", |value| value[0] = json!(3)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-039",
        what: "$mod is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-045"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| value.get("$mod").is_none()));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-040",
        what: "$size is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-047"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| members.retain(|_, value| value.get("$size").is_none()));
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-041",
        what: "$size never matches",
        pointer: PAGE,
        catches: &["LIST-QUERY-046"],
        spoil: |server, request| operand(server, request, "$size", |value| *value = json!(77)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-042",
        what: "lists are not looked into",
        pointer: PAGE,
        catches: &["LIST-QUERY-048", "LIST-QUERY-049"],
        spoil: |server, request| {
            if has(request, "loadavg") && !has(request, "$size") {
                nothing(server, request)
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-043",
        what: "$elemMatch matches nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-050"],
        spoil: |server, request| {
            if has(request, "$elemMatch") { nothing(server, request) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-044",
        what: "dotted paths are names",
        pointer: PAGE,
        catches: &["LIST-QUERY-051", "LIST-QUERY-052"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(key, value)| (key.replace('.', "_"), value))
                        .collect();
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-045",
        what: "$date is not understood",
        pointer: PAGE,
        catches: &["LIST-QUERY-053", "LIST-QUERY-055"],
        spoil: |server, request| if has(request, "$date") { nothing(server, request) } else { server.ask(request) },
    },
    Fault {
        id: "FAULT-LIST-QUERY-046",
        what: "$date is a second late",
        pointer: PAGE,
        catches: &["LIST-QUERY-053", "LIST-QUERY-055"],
        spoil: |server, request| {
            operand(server, request, "$date", |value| {
                if let Some(time) = value.as_i64() {
                    *value = json!(time + 1000);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-047",
        what: "dates compare with text",
        pointer: PAGE,
        catches: &["LIST-QUERY-058"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "createdAt" && value.get("$gt").is_some_and(Value::is_string) {
                    *value = json!({"$exists": true});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-048",
        what: "a number equals its digits as text",
        pointer: PAGE,
        catches: &["LIST-QUERY-059"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok()) {
                    *value = json!(number);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-049",
        what: "an empty query matches nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-060"],
        spoil: |server, request| match request.param("query").as_deref() {
            Some("{}") if request.is_list() => nothing(server, request),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-050",
        what: "field names have no case",
        pointer: PAGE,
        catches: &["LIST-QUERY-062"],
        spoil: |server, request| {
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
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-051",
        what: "an unknown operator is ignored",
        pointer: "status",
        catches: &["LIST-QUERY-066"],
        spoil: |server, request| operand_gone(server, request, "$foo"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-052",
        what: "an unknown operator matches nothing",
        pointer: "status",
        catches: &["LIST-QUERY-066"],
        spoil: |server, request| if has(request, "$foo") { nothing(server, request) } else { server.ask(request) },
    },
    Fault {
        id: "FAULT-LIST-QUERY-053",
        what: "an unknown operator is a 500",
        pointer: "status",
        catches: &["LIST-QUERY-066"],
        spoil: |server, request| {
            let reply = server.ask(request);
            if has(request, "$foo") { reply.status(500) } else { reply }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-054",
        what: "dropped operators are refused",
        pointer: "status",
        catches: &["LIST-QUERY-068", "LIST-QUERY-069", "LIST-QUERY-070"],
        spoil: |server, request| {
            let query = request.json("query").and_then(|query| query.as_object().cloned()).unwrap_or_default();
            let refused = query.keys().any(|key| matches!(key.as_str(), "$where" | "$nor" | "$expr"));
            if request.is_list() && refused {
                return Reply::of(400, &json!({"success": false, "error": "unknown top level operator"}));
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-055",
        what: "a dropped operator takes the whole query with it",
        pointer: PAGE,
        catches: &["LIST-QUERY-071"],
        spoil: |server, request| {
            query(server, request, |query| {
                if query.get("$where").is_some() {
                    *query = json!({});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-056",
        what: "$nor is dropped at every depth",
        pointer: PAGE,
        catches: &["LIST-QUERY-016"],
        spoil: |server, request| {
            query(server, request, |query| everywhere(query, &mut |members| drop(members.shift_remove("$nor"))))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-057",
        what: "a filter is ignored from the second page on",
        pointer: PAGE,
        catches: &["LIST-QUERY-064"],
        spoil: |server, request| {
            let later = request.number("offset").is_some_and(|offset| offset > 0);
            if request.is_list() && later { server.ask(&request.without("query")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-058",
        what: "a filter and a sort together lose the sort",
        pointer: PAGE,
        catches: &["LIST-QUERY-065"],
        spoil: |server, request| {
            let both = request.is_list() && request.json("query").is_some_and(|query| query != json!({}));
            if both { server.ask(&request.without("sort")) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-059",
        what: "text is not compared by order",
        pointer: PAGE,
        catches: &["LIST-QUERY-011"],
        spoil: |server, request| values_of_text(server, request),
    },
    Fault {
        id: "FAULT-LIST-QUERY-060",
        what: "an _id is not found",
        pointer: PAGE,
        catches: &["LIST-QUERY-002", "LIST-QUERY-003"],
        spoil: |server, request| {
            let by_id = request.json("query").is_some_and(|query| query.get("_id").is_some_and(Value::is_string));
            if request.is_list() && by_id { nothing(server, request) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-061",
        what: "text equals nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-004"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "version" && value.is_string() {
                    *value = json!({"$exists": false});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-062",
        what: "a filter loses one of its matches",
        pointer: PAGE,
        catches: &["LIST-QUERY-013", "LIST-QUERY-017", "LIST-QUERY-057"],
        spoil: |server, request| {
            let filters = request.json("query").is_some_and(|query| query != json!({}));
            page(server, request, |reply| {
                let mut records = reply.records();
                if !filters || records.len() < 2 {
                    return reply;
                }
                records.remove(1);
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                reply.with_records(records).set("total", json!(total - 1))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-063",
        what: "$eq is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-075"],
        spoil: |server, request| operand_gone(server, request, "$eq"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-064",
        what: "$eq is $ne",
        pointer: PAGE,
        catches: &["LIST-QUERY-075"],
        spoil: |server, request| operator(server, request, "$eq", "$ne"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-065",
        what: "a text equals what begins with it",
        pointer: PAGE,
        catches: &["LIST-QUERY-076"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "version" && value.is_string() {
                    *value = json!({"$regex": format!("^{}", escaped(value))});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-066",
        what: "a text equals what ends with it",
        pointer: PAGE,
        catches: &["LIST-QUERY-076"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "version" && value.is_string() {
                    *value = json!({"$regex": format!("{}$", escaped(value))});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-067",
        what: "texts equal without case",
        pointer: PAGE,
        catches: &["LIST-QUERY-077"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "_id" && value.is_string() {
                    *value = json!({"$regex": format!("^{}$", escaped(value)), "$options": "i"});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-127",
        what: "texts other than ids equal without case",
        pointer: PAGE,
        catches: &["LIST-QUERY-132"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "os.type" && value.is_string() {
                    *value = json!({"$regex": format!("^{}$", escaped(value)), "$options": "i"});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-068",
        what: "true is 1 and false is 0",
        pointer: PAGE,
        catches: &["LIST-QUERY-078"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if let Some(truth) = value.as_bool() {
                    *value = json!(u8::from(truth));
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-069",
        what: "digits as text are compared with numbers",
        pointer: PAGE,
        catches: &["LIST-QUERY-079"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    for (_, value) in members.iter_mut().filter(|(key, _)| matches!(key.as_str(), "$gte" | "$lte")) {
                        if let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok()) {
                            *value = json!(number);
                        }
                    }
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-070",
        what: "5.0 is not 5",
        pointer: PAGE,
        catches: &["LIST-QUERY-080"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if value.is_f64() && value.as_f64().is_some_and(|number| number.fract() == 0.0) {
                    *value = json!({"$in": []});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-071",
        what: "a date equals its text",
        pointer: PAGE,
        catches: &["LIST-QUERY-081"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if let Some(ms) = value.as_str().filter(|_| key == "createdAt").and_then(iso_to_ms) {
                    *value = json!({"$date": ms});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-072",
        what: "$regex searches dates",
        pointer: PAGE,
        catches: &["LIST-QUERY-082"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "createdAt" && value.get("$regex").is_some() {
                    *value = json!({"$exists": true});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-073",
        what: "$regex searches numbers",
        pointer: PAGE,
        catches: &["LIST-QUERY-083"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "totalUsers" && value.get("$regex").is_some() {
                    *value = json!({"$type": "number"});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-074",
        what: "$date is not understood inside $in",
        pointer: PAGE,
        catches: &["LIST-QUERY-084"],
        spoil: |server, request| {
            operand(server, request, "$in", |value| without(value, |item| item.get("$date").is_some()))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-075",
        what: "$date is not understood inside $or",
        pointer: PAGE,
        catches: &["LIST-QUERY-085"],
        spoil: |server, request| {
            operand(server, request, "$or", |value| without(value, |item| item.to_string().contains("$date")))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-076",
        what: "dates equal to the second",
        pointer: PAGE,
        catches: &["LIST-QUERY-086"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if let Some(ms) = value.get("$date").and_then(Value::as_i64).filter(|_| key == "createdAt") {
                    let second = ms - ms.rem_euclid(1000);
                    *value = json!({"$gte": {"$date": second}, "$lt": {"$date": second + 1000}});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-077",
        what: "null in $in does not match a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-087"],
        spoil: |server, request| operand(server, request, "$in", |value| without(value, Value::is_null)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-078",
        what: "null in $nin keeps a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-088"],
        spoil: |server, request| operand(server, request, "$nin", |value| without(value, Value::is_null)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-079",
        what: "$ne null is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-089"],
        spoil: |server, request| dropping(server, request, &json!({"$ne": null})),
    },
    Fault {
        id: "FAULT-LIST-QUERY-080",
        what: "$exists takes every number as true",
        pointer: PAGE,
        catches: &["LIST-QUERY-090"],
        spoil: |server, request| {
            operand(server, request, "$exists", |value| {
                if value.is_number() {
                    *value = json!(true);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-081",
        what: "$exists wants a value that counts as true",
        pointer: PAGE,
        catches: &["LIST-QUERY-091"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    if members.get("$exists").is_some_and(|wanted| wanted == &json!(true)) {
                        members.insert("$nin".to_owned(), json!([null, false, 0, ""]));
                    }
                });
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-082",
        what: "$exists asks for the beginning of a dotted path",
        pointer: PAGE,
        catches: &["LIST-QUERY-092"],
        spoil: |server, request| {
            renamed(server, request, |key, value| match key.rsplit_once('.') {
                Some((parent, _)) if value.get("$exists").is_some() => parent.to_owned(),
                _ => key.to_owned(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-083",
        what: "an empty $nin matches nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-093"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if *value == json!({"$nin": []}) {
                    *value = json!({"$in": []});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-084",
        what: "$not negates each of its operators",
        pointer: PAGE,
        catches: &["LIST-QUERY-094"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                let bound = |name: &str| value.get("$not").and_then(|inner| inner.get(name)).cloned();
                if let (Some(least), Some(most)) = (bound("$gte"), bound("$lte")) {
                    *value = json!({"$lt": least, "$gt": most});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-085",
        what: "$not with $regex matches nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-095"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "version" && value.get("$not").is_some() {
                    *value = json!({"$in": []});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-086",
        what: "the remainder of $mod is taken as 0",
        pointer: PAGE,
        catches: &["LIST-QUERY-096"],
        spoil: |server, request| operand(server, request, "$mod", |value| value[1] = json!(0)),
    },
    Fault {
        id: "FAULT-LIST-QUERY-087",
        what: "$size counts a number as a list of one",
        pointer: PAGE,
        catches: &["LIST-QUERY-097"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "totalUsers" && value.get("$size").is_some() {
                    *value = json!({"$exists": true});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-088",
        what: "$all is $in",
        pointer: PAGE,
        catches: &["LIST-QUERY-098"],
        spoil: |server, request| operator(server, request, "$all", "$in"),
    },
    Fault {
        id: "FAULT-LIST-QUERY-089",
        what: "an empty $all is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-099"],
        spoil: |server, request| dropping(server, request, &json!({"$all": []})),
    },
    Fault {
        id: "FAULT-LIST-QUERY-090",
        what: "different elements may meet the conditions of $elemMatch",
        pointer: PAGE,
        catches: &["LIST-QUERY-100", "LIST-QUERY-101"],
        spoil: |server, request| {
            query(server, request, |query| {
                everywhere(query, &mut |members| {
                    let user =
                        members.get("os.cpus").and_then(|cpus| cpus.pointer("/$elemMatch/times.user/$gte")).cloned();
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
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-091",
        what: "$elemMatch looks at the first element only",
        pointer: PAGE,
        catches: &["LIST-QUERY-102"],
        spoil: |server, request| {
            query(server, request, |query| {
                let lifted = query.pointer("/os.loadavg/$elemMatch").cloned();
                if let Some(inner) = lifted {
                    *query = json!({"os.loadavg.0": inner});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-092",
        what: "$type knows no numbers of types",
        pointer: PAGE,
        catches: &["LIST-QUERY-103"],
        spoil: |server, request| {
            operand(server, request, "$type", |value| {
                if value.is_number() {
                    *value = json!("array");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-093",
        what: "of several types $type looks at the first",
        pointer: PAGE,
        catches: &["LIST-QUERY-104"],
        spoil: |server, request| {
            operand(server, request, "$type", |value| {
                if let Some(first) = value.get(0).cloned() {
                    *value = first;
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-094",
        what: "$type sees no lists",
        pointer: PAGE,
        catches: &["LIST-QUERY-105"],
        spoil: |server, request| {
            operand(server, request, "$type", |value| {
                if value == "array" {
                    *value = json!("string");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-095",
        what: "$type knows no booleans",
        pointer: PAGE,
        catches: &["LIST-QUERY-106"],
        spoil: |server, request| {
            operand(server, request, "$type", |value| {
                if value == "bool" {
                    *value = json!("string");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-096",
        what: "a number with a fraction is no number to $type",
        pointer: PAGE,
        catches: &["LIST-QUERY-107"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "process.uptime" && value.get("$type").is_some() {
                    *value = json!({"$type": "int"});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-097",
        what: "$type null takes a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-108"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if *value == json!({"$type": "null"}) {
                    *value = Value::Null;
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-098",
        what: "$ in $regex is ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-109"],
        spoil: |server, request| {
            operand(server, request, "$regex", |value| pattern(value, |text| text.trim_end_matches('$').to_owned()))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-099",
        what: "$options knows no x",
        pointer: PAGE,
        catches: &["LIST-QUERY-110"],
        spoil: |server, request| {
            operand(server, request, "$options", |value| pattern(value, |text| text.replace('x', "")))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-100",
        what: "a dot in $regex is a dot",
        pointer: PAGE,
        catches: &["LIST-QUERY-111"],
        spoil: |server, request| {
            operand(server, request, "$regex", |value| pattern(value, |text| text.replacen("^.", "^\\.", 1)))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-101",
        what: "$regex matches a missing field",
        pointer: PAGE,
        catches: &["LIST-QUERY-112"],
        spoil: |server, request| dropping(server, request, &json!({"$regex": ".*"})),
    },
    Fault {
        id: "FAULT-LIST-QUERY-102",
        what: "paths do not go through lists",
        pointer: PAGE,
        catches: &["LIST-QUERY-113", "LIST-QUERY-116", "LIST-QUERY-117"],
        spoil: |server, request| renamed(server, request, |key, _| key.replace("os.cpus.", "os.cpus_")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-103",
        what: "a number in a path is a name",
        pointer: PAGE,
        catches: &["LIST-QUERY-114"],
        spoil: |server, request| renamed(server, request, |key, _| key.replace("loadavg.", "loadavg_")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-104",
        what: "a list equals no list",
        pointer: PAGE,
        catches: &["LIST-QUERY-115"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if value.is_array() {
                    *value = json!({"$in": []});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-105",
        what: "a path ends after its second name",
        pointer: PAGE,
        catches: &["LIST-QUERY-116"],
        spoil: |server, request| {
            renamed(server, request, |key, _| key.split('.').take(2).collect::<Vec<_>>().join("."))
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-106",
        what: "of a list on a path only the first element counts",
        pointer: PAGE,
        catches: &["LIST-QUERY-117"],
        spoil: |server, request| renamed(server, request, |key, _| key.replace("os.cpus.times", "os.cpus.0.times")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-107",
        what: "an object equals nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-118"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if key == "deploy" {
                    *value = json!({"$in": []});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-108",
        what: "an object equals whatever has its members",
        pointer: PAGE,
        catches: &["LIST-QUERY-119", "LIST-QUERY-120"],
        spoil: |server, request| {
            query(server, request, |query| {
                let parts = query.get("deploy").and_then(Value::as_object).cloned();
                if let Some(parts) = parts {
                    *query = parts.into_iter().map(|(key, value)| (format!("deploy.{key}"), value)).collect();
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-109",
        what: "objects equal in any order of their members",
        pointer: PAGE,
        catches: &["LIST-QUERY-120"],
        spoil: |server, request| {
            values(server, request, |key, value| {
                if let Some(parts) = value.as_object_mut().filter(|_| key == "deploy") {
                    parts.sort_keys();
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-110",
        what: "$or looks at two branches only",
        pointer: PAGE,
        catches: &["LIST-QUERY-121"],
        spoil: |server, request| {
            operand(server, request, "$or", |value| {
                if let Value::Array(items) = value {
                    items.truncate(2);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-111",
        what: "$or leaves out what two branches select",
        pointer: PAGE,
        catches: &["LIST-QUERY-122"],
        spoil: |server, request| {
            operand(server, request, "$or", |value| {
                if let Some([one, other]) = value.as_array().map(Vec::as_slice) {
                    *value = json!([{"$and": [one, {"$nor": [other]}]}, {"$and": [other, {"$nor": [one]}]}]);
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-112",
        what: "members beside $and are ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-123"],
        spoil: |server, request| {
            query(server, request, |query| {
                if let Some(members) = query.as_object_mut().filter(|members| members.contains_key("$and")) {
                    members.retain(|key, _| key == "$and");
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-113",
        what: "$nor leaves out only what all of its branches select",
        pointer: PAGE,
        catches: &["LIST-QUERY-124"],
        spoil: |server, request| operand(server, request, "$nor", |value| *value = json!([{"$and": value}])),
    },
    Fault {
        id: "FAULT-LIST-QUERY-114",
        what: "$text, $comment and $jsonSchema are refused",
        pointer: "status",
        catches: &["LIST-QUERY-125", "LIST-QUERY-126", "LIST-QUERY-127"],
        spoil: |server, request| {
            if on_top(request, &["$text", "$comment", "$jsonSchema"]) {
                refused("unknown top level operator")
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-115",
        what: "$text, $comment and $jsonSchema select nothing",
        pointer: PAGE,
        catches: &["LIST-QUERY-125", "LIST-QUERY-126", "LIST-QUERY-127"],
        spoil: |server, request| {
            if on_top(request, &["$text", "$comment", "$jsonSchema"]) {
                nothing(server, request)
            } else {
                server.ask(request)
            }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-116",
        what: "a text in place of query is no filter",
        pointer: PAGE,
        catches: &["LIST-QUERY-128"],
        spoil: |server, request| {
            query(server, request, |query| {
                if query.is_string() {
                    *query = json!({});
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-117",
        what: "of a list in place of query the first element counts",
        pointer: PAGE,
        catches: &["LIST-QUERY-129"],
        spoil: |server, request| {
            query(server, request, |query| {
                if let Some(first) = query.get(0).cloned() {
                    *query = first;
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-118",
        what: "query must be an object",
        pointer: "status",
        catches: &["LIST-QUERY-130", "LIST-QUERY-073"],
        spoil: |server, request| match request.json("query") {
            Some(query) if request.is_list() && !query.is_object() => refused("Invalid query parameter"),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-119",
        what: "$oid is understood",
        pointer: "status",
        catches: &["LIST-QUERY-131"],
        spoil: |server, request| {
            values(server, request, |_, value| {
                if let Some(id) = value.get("$oid").cloned() {
                    *value = id;
                }
            })
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-120",
        what: "a broken pattern matches nothing",
        pointer: "status",
        catches: &["LIST-QUERY-067"],
        spoil: |server, request| {
            let broken =
                request.json("query").is_some_and(|query| query.pointer("/version/$regex") == Some(&json!("(")));
            if request.is_list() && broken { nothing(server, request) } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-121",
        what: "$date takes no text",
        pointer: PAGE,
        catches: &["LIST-QUERY-056"],
        spoil: |server, request| {
            let text = |query: &Value| query.pointer("/createdAt/$gt/$date").is_some_and(Value::is_string);
            if request.is_list() && request.json("query").is_some_and(|query| text(&query)) {
                return nothing(server, request);
            }
            server.ask(request)
        },
    },
    Fault {
        id: "FAULT-LIST-QUERY-122",
        what: "members that are never shown can be asked for",
        pointer: PAGE,
        catches: &["LIST-QUERY-072"],
        spoil: |server, request| if has(request, "joinCode") { nothing(server, request) } else { server.ask(request) },
    },
    Fault {
        id: "FAULT-LIST-QUERY-123",
        what: "$flags is ignored",
        pointer: PAGE,
        catches: &["LIST-QUERY-074"],
        spoil: |server, request| operand(server, request, "$flags", |value| *value = json!("")),
    },
    Fault {
        id: "FAULT-LIST-QUERY-124",
        what: "$regexp is not understood",
        pointer: "status",
        catches: &["LIST-QUERY-074"],
        spoil: |server, request| {
            if has(request, "$regexp") { refused("unknown operator: $regexp") } else { server.ask(request) }
        },
    },
];

/// Drops the members that hold an operator.
fn operand_gone(server: &Server, request: &Request, name: &str) -> Reply {
    query(server, request, |query| {
        everywhere(query, &mut |members| members.retain(|_, value| value.get(name).is_none()));
    })
}

/// A server that compares numbers only.
fn values_of_text(server: &Server, request: &Request) -> Reply {
    let compares_text = request.json("query").is_some_and(|query| {
        query.as_object().is_some_and(|members| {
            members.values().any(|value| {
                ["$gt", "$gte", "$lt", "$lte"].iter().any(|name| value.get(*name).is_some_and(Value::is_string))
            })
        })
    });
    if request.is_list() && compares_text { nothing(server, request) } else { server.ask(request) }
}
