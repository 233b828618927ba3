//! What stands in a record. One record is spoiled, late in the list: looking at the first page would not show it.

use serde_json::{Value, json};

use super::Made;

/// Where the spoiled record lies between the oldest (0) and the newest (1).
const LATE: f64 = 0.62;

fn put(record: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = record.pointer_mut(pointer) {
        *place = value;
    }
}

fn drop_member(record: &mut Value, name: &str) {
    if let Value::Object(members) = record {
        members.shift_remove(name);
    }
}

pub(super) const MADE: &[Made] = &[
    ("FAULT-LIST-RECORD-057", |server, request| {
        let other = server.victim(request, 0.3).unwrap_or_default();
        let one = server.victim(request, LATE);
        let reply = server.ask(request);
        if !request.is_list() || !reply.is_ok() {
            return reply;
        }
        reply.each_record(|record| {
            if record.get("_id").and_then(Value::as_str) == one.as_deref() {
                record["_id"] = json!(other);
            }
        })
    }),
    ("FAULT-LIST-RECORD-077", |server, request| {
        server.spoil_record(request, LATE, |r| {
            for (from, to) in [("totlalLivechat", "totalLivechat"), ("totalLivechat", "totlalLivechat")] {
                if let Some(value) = r.get(from).cloned() {
                    drop_member(r, from);
                    r[to] = value;
                    break;
                }
            }
        })
    }),
    ("FAULT-LIST-RECORD-116", |server, request| {
        server.spoil_record(request, LATE, |r| {
            if let Some(day) = r.pointer("/uniqueOSOfYesterday/day").and_then(Value::as_i64) {
                put(r, "/uniqueOSOfYesterday/day", json!(day % 28 + 1));
            }
        })
    }),
];
