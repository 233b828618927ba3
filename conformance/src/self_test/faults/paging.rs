//! Count, offset and total.

use serde_json::{Value, json};

use crate::self_test::Fault;
use crate::self_test::message::{Reply, Request};
use crate::self_test::server::Server;

/// Sends the list request that `change` makes of this one, and other requests as they are.
fn instead(server: &Server, request: &Request, change: impl FnOnce(&Request) -> Request) -> Reply {
    if request.is_list() { server.ask(&change(request)) } else { server.ask(request) }
}

fn page(server: &Server, request: &Request, change: impl FnOnce(Reply) -> Reply) -> Reply {
    let reply = server.ask(request);
    if request.is_list() && reply.is_ok() { change(reply) } else { reply }
}

/// Asks for another offset, but echoes the one asked for.
fn moved(server: &Server, request: &Request, by: fn(i64) -> i64) -> Reply {
    match request.number("offset").filter(|offset| request.is_list() && *offset > 0) {
        Some(offset) => {
            let reply = server.ask(&request.with("offset", by(offset)));
            if reply.is_ok() { reply.set("offset", json!(offset)) } else { reply }
        }
        None => server.ask(request),
    }
}

fn counted(server: &Server, request: &Request, change: fn(i64) -> Option<i64>) -> Reply {
    instead(server, request, |request| match request.number("count").and_then(change) {
        Some(count) => request.with("count", count),
        None => request.clone(),
    })
}

/// The same text of a parameter read in another way.
fn misread(server: &Server, request: &Request, name: &str, text: &str, read: Option<&str>) -> Reply {
    instead(server, request, |request| {
        if request.param(name).as_deref() != Some(text) {
            return request.clone();
        }
        read.map_or_else(|| request.without(name), |value| request.with(name, value))
    })
}

fn refuse(what: &str) -> Reply {
    Reply::of(400, &json!({"success": false, "error": format!("invalid {what}")}))
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "FAULT-LIST-PAGE-001",
        what: "count is ignored",
        pointer: "/statistics",
        catches: &["LIST-PAGE-002", "LIST-PAGE-003"],
        spoil: |server, request| instead(server, request, |request| request.without("count")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-002",
        what: "offset is ignored, though echoed",
        pointer: "/statistics",
        catches: &["LIST-PAGE-021", "LIST-PAGE-041"],
        spoil: |server, request| moved(server, request, |_| 0),
    },
    Fault {
        id: "FAULT-LIST-PAGE-003",
        what: "offset skips one too many",
        pointer: "/statistics",
        catches: &["LIST-PAGE-021", "LIST-PAGE-041"],
        spoil: |server, request| moved(server, request, |offset| offset + 1),
    },
    Fault {
        id: "FAULT-LIST-PAGE-004",
        what: "pages overlap by one record",
        pointer: "/statistics",
        catches: &["LIST-PAGE-041", "LIST-PAGE-045"],
        spoil: |server, request| moved(server, request, |offset| offset - 1),
    },
    Fault {
        id: "FAULT-LIST-PAGE-005",
        what: "offset counts pages instead of records",
        pointer: "/statistics",
        catches: &["LIST-PAGE-022"],
        spoil: |server, request| match (request.number("offset"), request.number("count").unwrap_or(50)) {
            (Some(offset), count) if offset > 0 && count > 0 => {
                let reply = instead(server, request, |request| request.with("offset", offset * count));
                if reply.is_ok() { reply.set("offset", json!(offset)) } else { reply }
            }
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-006",
        what: "there is no upper limit on count",
        pointer: "/statistics",
        catches: &["LIST-PAGE-006", "LIST-PAGE-007"],
        spoil: |server, request| counted(server, request, |count| (count > 100).then_some(0)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-007",
        what: "the upper limit is 50",
        pointer: "/statistics",
        catches: &["LIST-PAGE-004", "LIST-PAGE-005"],
        spoil: |server, request| counted(server, request, |count| (count > 50).then_some(50)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-008",
        what: "the upper limit is 99",
        pointer: "/statistics",
        catches: &["LIST-PAGE-005"],
        spoil: |server, request| counted(server, request, |count| (count > 99).then_some(99)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-009",
        what: "a count above the upper limit is refused",
        pointer: "status",
        catches: &["LIST-PAGE-006", "LIST-PAGE-007"],
        spoil: |server, request| {
            let above = request.is_list() && request.number("count").is_some_and(|count| count > 100);
            if above && server.ask(request).is_ok() { refuse("count") } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-010",
        what: "a count above the upper limit falls back to the default",
        pointer: "/statistics",
        catches: &["LIST-PAGE-006", "LIST-PAGE-007"],
        spoil: |server, request| counted(server, request, |count| (count > 100).then_some(50)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-011",
        what: "the default length is 25",
        pointer: "/statistics",
        catches: &["LIST-PAGE-001"],
        spoil: |server, request| {
            instead(server, request, |request| match request.param("count") {
                None => request.with("count", 25),
                Some(_) => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-012",
        what: "without count everything comes",
        pointer: "/statistics",
        catches: &["LIST-PAGE-001"],
        spoil: |server, request| {
            instead(server, request, |request| match request.param("count") {
                None => request.with("count", 0),
                Some(_) => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-013",
        what: "an offset switches the default length off",
        pointer: "/statistics",
        catches: &["LIST-PAGE-038"],
        spoil: |server, request| {
            instead(server, request, |request| match (request.param("count"), request.param("offset")) {
                (None, Some(_)) => request.with("count", 0),
                _ => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-014",
        what: "count=0 gives nothing",
        pointer: "/statistics",
        catches: &["LIST-PAGE-008"],
        spoil: |server, request| {
            let zero = request.number("count") == Some(0);
            page(server, request, |reply| if zero { reply.with_records(Vec::new()) } else { reply })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-015",
        what: "count=0 gives the default length",
        pointer: "/statistics",
        catches: &["LIST-PAGE-008"],
        spoil: |server, request| counted(server, request, |count| (count == 0).then_some(50)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-016",
        what: "an empty count gives the default length",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-009"],
        spoil: |server, request| misread(server, request, "count", "", None),
    },
    Fault {
        id: "FAULT-LIST-PAGE-017",
        what: "count=abc gives the default length",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-010"],
        spoil: |server, request| misread(server, request, "count", "abc", None),
    },
    Fault {
        id: "FAULT-LIST-PAGE-018",
        what: "count=abc is refused",
        pointer: "status",
        catches: &["LIST-PAGE-010"],
        spoil: |server, request| match request.param("count").as_deref() {
            Some("abc") if request.is_list() => refuse("count"),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-019",
        what: "count=1.9 is rounded",
        pointer: "/statistics",
        catches: &["LIST-PAGE-011"],
        spoil: |server, request| misread(server, request, "count", "1.9", Some("2")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-020",
        what: "count=1e3 is read as a thousand",
        pointer: "/statistics",
        catches: &["LIST-PAGE-012"],
        spoil: |server, request| misread(server, request, "count", "1e3", Some("1000")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-021",
        what: "count=0x10 is read as 0",
        pointer: "/statistics",
        catches: &["LIST-PAGE-013"],
        spoil: |server, request| misread(server, request, "count", "0x10", Some("0")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-022",
        what: "count=7abc is no number",
        pointer: "/statistics",
        catches: &["LIST-PAGE-014"],
        spoil: |server, request| misread(server, request, "count", "7abc", None),
    },
    Fault {
        id: "FAULT-LIST-PAGE-023",
        what: "a blank before count makes it no number",
        pointer: "/statistics",
        catches: &["LIST-PAGE-015"],
        spoil: |server, request| misread(server, request, "count", " 7", None),
    },
    Fault {
        id: "FAULT-LIST-PAGE-024",
        what: "of a repeated count or offset the last one is taken",
        pointer: "/statistics",
        catches: &["LIST-PAGE-016", "LIST-PAGE-035"],
        spoil: |server, request| {
            instead(server, request, |request| {
                let last = |name: &str| {
                    let of_name: Vec<String> = request
                        .params()
                        .into_iter()
                        .filter(|(found, _)| found == name)
                        .map(|(_, value)| value)
                        .collect();
                    of_name.last().cloned().filter(|_| of_name.len() > 1)
                };
                let (count, offset) = (last("count"), last("offset"));
                let request = count.map_or_else(|| request.clone(), |value| request.with("count", value));
                offset.map_or_else(|| request.clone(), |value| request.with("offset", value))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-025",
        what: "a negative count is refused",
        pointer: "status",
        catches: &["LIST-PAGE-018", "LIST-PAGE-019"],
        spoil: |server, request| match request.number("count") {
            Some(count) if count < 0 && request.is_list() => refuse("count"),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-026",
        what: "a negative count gives everything",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-018", "LIST-PAGE-019"],
        spoil: |server, request| counted(server, request, |count| (count < 0).then_some(0)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-027",
        what: "a negative offset is taken as 0",
        pointer: "status",
        catches: &["LIST-PAGE-037"],
        spoil: |server, request| {
            instead(server, request, |request| match request.number("offset") {
                Some(offset) if offset < 0 => request.with("offset", 0),
                _ => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-028",
        what: "an offset that is no number is echoed as 0",
        pointer: "/offset",
        catches: &["LIST-PAGE-029"],
        spoil: |server, request| {
            page(server, request, |reply| match reply.at("/offset") {
                Some(Value::Null) => reply.set("offset", json!(0)),
                _ => reply,
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-029",
        what: "an empty offset is refused",
        pointer: "status",
        catches: &["LIST-PAGE-028"],
        spoil: |server, request| match request.param("offset").as_deref() {
            Some("") if request.is_list() => refuse("offset"),
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-030",
        what: "offset=1.9 is rounded",
        pointer: "/offset",
        catches: &["LIST-PAGE-030"],
        spoil: |server, request| misread(server, request, "offset", "1.9", Some("2")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-031",
        what: "offset=1e3 is read as a thousand",
        pointer: "/offset",
        catches: &["LIST-PAGE-031"],
        spoil: |server, request| misread(server, request, "offset", "1e3", Some("1000")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-032",
        what: "offset=0x10 is read as 0",
        pointer: "/offset",
        catches: &["LIST-PAGE-032"],
        spoil: |server, request| misread(server, request, "offset", "0x10", Some("0")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-033",
        what: "offset=7abc is no number",
        pointer: "/offset",
        catches: &["LIST-PAGE-033"],
        spoil: |server, request| misread(server, request, "offset", "7abc", Some("0")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-034",
        what: "a blank before offset makes it no number",
        pointer: "/offset",
        catches: &["LIST-PAGE-034"],
        spoil: |server, request| misread(server, request, "offset", " 7", Some("0")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-035",
        what: "offset is not echoed but always 0",
        pointer: "/offset",
        catches: &["LIST-PAGE-022"],
        spoil: |server, request| page(server, request, |reply| reply.set("offset", json!(0))),
    },
    Fault {
        id: "FAULT-LIST-PAGE-036",
        what: "total is the length of the page",
        pointer: "/total",
        catches: &["LIST-PAGE-046"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let length = reply.records().len();
                reply.set("total", json!(length))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-037",
        what: "total counts what is left after the offset",
        pointer: "/total",
        catches: &["LIST-PAGE-022", "LIST-PAGE-046"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                let offset = request.number("offset").unwrap_or_default();
                reply.set("total", json!((total - offset).max(0)))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-038",
        what: "total is capped at the upper limit",
        pointer: "/total",
        catches: &["LIST-PAGE-008", "LIST-PAGE-042"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                reply.set("total", json!(total.min(100)))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-039",
        what: "total is one too many",
        pointer: "/total",
        catches: &["LIST-PAGE-041"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                reply.set("total", json!(total + 1))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-040",
        what: "count echoes the number asked for",
        pointer: "/count",
        catches: &["LIST-PAGE-024", "LIST-PAGE-026"],
        spoil: |server, request| {
            page(server, request, |reply| match request.number("count") {
                Some(count) => reply.set("count", json!(count)),
                None => reply,
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-041",
        what: "count is the total",
        pointer: "/count",
        catches: &["LIST-SHAPE-004", "LIST-PAGE-002"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let total = reply.at("/total").cloned().unwrap_or_default();
                reply.set("count", total)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-042",
        what: "pages after the first are at most 50 long",
        pointer: "/statistics",
        catches: &["LIST-PAGE-040"],
        spoil: |server, request| {
            instead(server, request, |request| match (request.number("offset"), request.number("count")) {
                (Some(offset), Some(count)) if offset > 0 && count > 50 => request.with("count", 50),
                _ => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-043",
        what: "the very last record never comes",
        pointer: "/statistics",
        catches: &["LIST-PAGE-025", "LIST-PAGE-041"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let offset = request.number("offset").unwrap_or_default();
                let total = reply.at("/total").and_then(Value::as_i64).unwrap_or_default();
                let mut records = reply.records();
                let reaches_end = offset + i64::try_from(records.len()).unwrap_or_default() >= total;
                if reaches_end && total > 1 {
                    records.pop();
                }
                reply.with_records(records)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-044",
        what: "offset is cut to the upper limit",
        pointer: "/offset",
        catches: &["LIST-PAGE-023"],
        spoil: |server, request| {
            instead(server, request, |request| match request.number("offset") {
                Some(offset) if offset > 100 => request.with("offset", 100),
                _ => request.clone(),
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-045",
        what: "an offset past the end starts again from the beginning",
        pointer: "/statistics",
        catches: &["LIST-PAGE-026", "LIST-PAGE-027"],
        spoil: |server, request| {
            let reply = server.ask(request);
            let past = request.is_list() && reply.is_ok() && reply.records().is_empty();
            match request.number("offset").filter(|offset| past && *offset > 0) {
                Some(offset) => server.ask(&request.with("offset", 0)).set("offset", json!(offset)),
                None => reply,
            }
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-046",
        what: "each answer turns its records round once more",
        pointer: "/statistics",
        catches: &["LIST-PAGE-047"],
        spoil: |server, request| {
            page(server, request, |reply| {
                let mut records = reply.records();
                let turns = usize::try_from(server.count("turns")).unwrap_or_default();
                if !records.is_empty() {
                    let by = turns % records.len();
                    records.rotate_left(by);
                }
                reply.with_records(records)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-047",
        what: "the parameters are called limit and skip",
        pointer: "/statistics",
        catches: &["LIST-PAGE-002", "LIST-PAGE-021"],
        spoil: |server, request| {
            instead(server, request, |request| {
                let renamed: Vec<(String, String)> = request
                    .params()
                    .into_iter()
                    .filter(|(name, _)| name != "count" && name != "offset")
                    .map(|(name, value)| match name.as_str() {
                        "limit" => ("count".to_owned(), value),
                        "skip" => ("offset".to_owned(), value),
                        _ => (name, value),
                    })
                    .collect();
                request.with_params(&renamed)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-048",
        what: "limit and skip work beside count and offset",
        pointer: "/statistics",
        catches: &["LIST-PARAM-032"],
        spoil: |server, request| {
            instead(server, request, |request| {
                let request =
                    request.param("limit").map_or_else(|| request.clone(), |limit| request.with("count", limit));
                request.param("skip").map_or_else(|| request.clone(), |skip| request.with("offset", skip))
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-049",
        what: "count=0 ignores the offset, though echoed",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-049"],
        spoil: |server, request| match request.number("offset") {
            Some(offset) if request.is_list() && request.number("count") == Some(0) => {
                server.ask(&request.without("offset")).set("offset", json!(offset))
            }
            _ => server.ask(request),
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-050",
        what: "a plus sign makes no number",
        pointer: "status",
        catches: &["LIST-PAGE-050"],
        spoil: |server, request| {
            let plus = |name: &str| request.param(name).is_some_and(|value| value.starts_with('+'));
            if request.is_list() && (plus("count") || plus("offset")) { refuse("number") } else { server.ask(request) }
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-051",
        what: "a leading zero means octal",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-051"],
        spoil: |server, request| {
            instead(server, request, |request| {
                let octal: Vec<(String, String)> = request
                    .params()
                    .into_iter()
                    .map(|(name, value)| (name, if value == "010" { "8".to_owned() } else { value }))
                    .collect();
                request.with_params(&octal)
            })
        },
    },
    Fault {
        id: "FAULT-LIST-PAGE-052",
        what: "a negative count gives one record",
        pointer: "/statistics or /count",
        catches: &["LIST-PAGE-019"],
        spoil: |server, request| counted(server, request, |count| (count < -1).then_some(1)),
    },
    Fault {
        id: "FAULT-LIST-PAGE-053",
        what: "a list of one is not read",
        pointer: "/statistics or /count or /offset",
        catches: &["LIST-PAGE-052"],
        spoil: |server, request| instead(server, request, |request| request.without("count[]").without("offset[]")),
    },
    Fault {
        id: "FAULT-LIST-PAGE-054",
        what: "a plus sign is not read as a blank",
        pointer: "status",
        catches: &["LIST-PAGE-020"],
        spoil: |server, request| {
            let plus = request.query.as_deref().is_some_and(|query| query.contains("=+7"));
            if request.is_list() && plus { refuse("count") } else { server.ask(request) }
        },
    },
];
