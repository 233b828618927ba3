//! Blocks of the record as of one moment: what must add up inside a block adds up.

use mongo_query::{Document, Value};

use super::counts::{Growth, Users, as_whole, number, whole};
use super::encode::civil_date;
use super::json::mapped;

const DAY_MS: i64 = 86_400_000;

/// The block with every whole number grown; text, flags and averages as they are.
pub(super) fn scaled(last: &Value, growth: &Growth<'_>) -> Value {
    match last {
        Value::Array(items) => items.iter().map(|item| scaled(item, growth)).collect::<Vec<_>>().into(),
        Value::Object(fields) => scaled_fields(fields, growth).into(),
        other => as_whole(other).map_or_else(|| other.clone(), |last| number(growth.rising(0, last))),
    }
}

fn scaled_fields(last: &Document, growth: &Growth<'_>) -> Document {
    mapped(last, |_, value| scaled(value, growth))
}

/// Users by language: `none` are those of no other, so that the sum is the number of users.
pub(super) fn languages(last: &Value, growth: &Growth<'_>, users: &Users) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    let mut grown = scaled_fields(last, growth);
    let mut rest = users.total;
    for (name, value) in grown.iter_mut() {
        if &**name != "none" {
            let count = as_whole(value).unwrap_or_default().clamp(0, rest);
            rest -= count;
            *value = number(count);
        }
    }
    set(&mut grown, "none", rest);
    grown.into()
}

/// Users of a period: one element, the sum over its roles; no element on a quiet day.
pub(super) fn unique_users(last: &Value, growth: &Growth<'_>, created_ms: i64) -> Value {
    of_day_before(last, created_ms, |element| {
        let mut element = scaled_fields(element, growth);
        let roles: Vec<Value> = match element.get("roles") {
            Some(Value::Array(roles)) => roles.iter().filter(|role| counts_any(role, "count")).cloned().collect(),
            _ => Vec::new(),
        };
        for name in ["count", "sessions", "time"] {
            set(&mut element, name, sum(&roles, name));
        }
        element.insert("roles", roles);
        element
    })
}

/// Devices or operating systems of a period; none on a quiet day.
pub(super) fn unique_clients(last: &Value, growth: &Growth<'_>, created_ms: i64) -> Value {
    of_day_before(last, created_ms, |element| scaled_fields(element, growth))
}

/// A block about the day before `now_ms`, with the elements as they are.
pub(super) fn dated(block: &Value, now_ms: i64) -> Value {
    of_day_before(block, now_ms, Document::clone)
}

/// A block about a day on which nobody was there.
pub(super) fn quiet_day(last: &Value, _: &Growth<'_>) -> Value {
    of_day_before(last, 0, |_| Document::new())
}

/// A block about the day before, with the elements of its `data` made anew; empty elements go.
fn of_day_before(last: &Value, created_ms: i64, element: impl Fn(&Document) -> Document) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    let (year, month, day) = civil_date(created_ms - DAY_MS);
    mapped(last, |name, value| match (name, value) {
        ("year", _) => year.into(),
        ("month", _) => month.into(),
        ("day", _) => day.into(),
        ("data", Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_object)
            .map(|item| Value::Object(element(item)))
            .filter(|item| counts_any(item, "count"))
            .collect::<Vec<_>>()
            .into(),
        (_, other) => other.clone(),
    })
    .into()
}

/// Contacts of a period: sums over the sources; sources without conversations go.
pub(super) fn contacts(last: &Value, growth: &Growth<'_>) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    let mut grown = scaled_fields(last, growth);
    if let Some(Value::Array(sources)) = grown.get_mut("sources") {
        sources.retain(|source| counts_any(source, "conversationsCount"));
        let sources = sources.clone();
        for name in ["contactsCount", "conversationsCount"] {
            set(&mut grown, name, sum(&sources, name));
        }
    }
    grown.into()
}

/// Counts of contacts: blocked in part = blocked less blocked in full.
pub(super) fn contact_verification(last: &Value, growth: &Growth<'_>) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    let mut grown = scaled_fields(last, growth);
    let partly = whole(&grown, "totalBlockedContacts") - whole(&grown, "totalFullyBlockedContacts");
    set(&mut grown, "totalPartiallyBlockedContacts", partly);
    grown.into()
}

/// Counts of webhooks: all = incoming + outgoing.
pub(super) fn integrations(last: &Value, growth: &Growth<'_>) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    let mut grown = scaled_fields(last, growth);
    let all = whole(&grown, "totalIncoming") + whole(&grown, "totalOutgoing");
    set(&mut grown, "totalIntegrations", all);
    grown.into()
}

/// Counts of apps while the apps framework is not up: `false` in place of every count.
pub(super) fn apps_not_up(last: &Value) -> Value {
    let Value::Object(last) = last else { return last.clone() };
    mapped(last, |_, value| match value {
        Value::Bool(_) | Value::Int32(_) | Value::Int64(_) | Value::Double(_) => Value::Bool(false),
        other => other.clone(),
    })
    .into()
}

/// Sets a count that is there; a field the version does not write stays away.
fn set(document: &mut Document, name: &str, count: i64) {
    if let Some(slot) = document.get_mut(name) {
        *slot = number(count);
    }
}

fn counts_any(element: &Value, name: &str) -> bool {
    element.as_object().is_some_and(|element| whole(element, name) > 0)
}

fn sum(elements: &[Value], name: &str) -> i64 {
    elements.iter().filter_map(Value::as_object).map(|element| whole(element, name)).sum()
}
