//! Picking values out of answers, and comparing what was picked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};

use super::{Findings, Scope, Shown};
use crate::case::{CompareOp, Select, Take, Transform};
use crate::http::Answer;
use crate::json as tools;

/// Why nothing could be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nothing {
    /// The answer does not hold it: the pointer and what is missing.
    Absent(String),
    /// The target's data has no such value: too few, or a change does not fit.
    NoData(String),
    /// The body is not JSON.
    NotJson(String),
}

/// Picks a value.
pub fn pick(scope: &Scope<'_>, select: &Select) -> Result<Value, Nothing> {
    let of_facts = select.from.as_deref() == Some("facts");
    let answer: &Answer = match select.from.as_deref() {
        None => scope.answer,
        Some("facts") => match scope.facts {
            Some(facts) => &facts.answer,
            None => return Err(Nothing::NoData("the list could not be walked".to_owned())),
        },
        Some(name) => match scope.earlier.iter().find(|(step, _)| step == name) {
            Some((_, answer)) => answer,
            None => return Err(Nothing::NoData(format!("step `{name}` has no answer"))),
        },
    };
    let value = if let Some(literal) = &select.literal {
        scope.variables.fill(literal).map_err(|unknown| Nothing::NoData(unknown.to_string()))?
    } else if select.status {
        json!(answer.status)
    } else if let Some(header) = &select.header {
        let value = answer.header(header);
        value.map(Value::String).ok_or_else(|| Nothing::Absent(format!("header {}", header.to_lowercase())))?
    } else {
        let pointer = select.at.as_deref().unwrap_or_default();
        let body = answer.json.as_ref().map_err(|why| Nothing::NotJson(why.clone()))?;
        let found: Vec<&Value> = tools::find(body, pointer).into_iter().map(|(_, value)| value).collect();
        let taken = take(&found, pointer, select.take);
        taken.ok_or_else(|| {
            if of_facts {
                Nothing::NoData(format!("no record shows a value at {pointer}"))
            } else {
                Nothing::Absent(pointer.to_owned())
            }
        })?
    };
    select.then.iter().try_fold(value, |value, change| {
        let shape = tools::shape(&value);
        transform(value, change)
            .ok_or_else(|| Nothing::NoData(format!("{change:?} does not fit a value of shape {shape}")))
    })
}

fn take(found: &[&Value], pointer: &str, how: Option<Take>) -> Option<Value> {
    let wild = tools::is_wild(pointer);
    let solid = || found.iter().copied().filter(|value| !value.is_null());
    let ordered = |a: &&Value, b: &&Value| tools::compare(Some(a), Some(b));
    let list = |values: Vec<&Value>| Value::Array(values.into_iter().cloned().collect());
    match how {
        None if !wild => found.first().map(|value| (*value).clone()),
        None | Some(Take::All) => Some(list(found.to_vec())),
        Some(Take::First) => solid().next().cloned(),
        Some(Take::Last) => solid().next_back().cloned(),
        Some(Take::Min) => solid().min_by(ordered).cloned(),
        Some(Take::Max) => solid().max_by(ordered).cloned(),
        Some(Take::Middle) => {
            let distinct = tools::distinct(solid());
            distinct.get(distinct.len() / 2).map(|value| (*value).clone())
        }
        Some(Take::Distinct) => Some(list(tools::distinct(solid()))),
        Some(Take::Commonest) => {
            let count = |value: &Value| solid().filter(|other| tools::equal(value, other)).count();
            tools::distinct(solid()).into_iter().max_by_key(|value| count(value)).cloned()
        }
        Some(Take::Sum) => number(solid().filter_map(Value::as_f64).sum()),
        Some(Take::Length) if wild => Some(json!(found.len())),
        Some(Take::Length) => {
            found.first().and_then(|value| super::condition::length(value)).map(|length| json!(length))
        }
    }
}

/// A JSON number, an integer where it is one.
fn number(value: f64) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "only taken when the value is a whole number in range")]
    let whole = value as i64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "the comparison decides whether it is exact")]
    let exact = whole as f64 == value;
    if exact { Some(json!(whole)) } else { Number::from_f64(value).map(Value::Number) }
}

fn transform(value: Value, change: &Transform) -> Option<Value> {
    match (change, value) {
        (Transform::EpochMs, Value::String(text)) => {
            tools::iso_to_ms(&text).or_else(|| tools::js_date_to_ms(&text)).map(|ms| json!(ms))
        }
        (Transform::IsoDate, Value::Number(ms)) => ms.as_i64().and_then(tools::ms_to_iso).map(Value::String),
        (Transform::Text, Value::String(text)) => Some(Value::String(text)),
        (Transform::Text, value @ (Value::Number(_) | Value::Bool(_))) => Some(Value::String(value.to_string())),
        (Transform::Number, value @ Value::Number(_)) => Some(value),
        (Transform::Number, Value::String(text)) => text.trim().parse().ok().and_then(number),
        (Transform::SwapCase, Value::String(text)) => {
            let swapped = tools::swap_case(&text);
            (swapped != text).then_some(Value::String(swapped))
        }
        (Transform::Base64, Value::String(text)) => Some(Value::String(STANDARD.encode(text))),
        (Transform::EscapeRegex, Value::String(text)) => Some(Value::String(regex::escape(&text))),
        (Transform::Add(more), Value::Number(base)) => base.as_f64().and_then(|base| number(base + more)),
        (Transform::Slice(start, length), Value::String(text)) => {
            let letters: Vec<char> = text.chars().collect();
            slice(&letters, *start, *length).map(|part| Value::String(part.iter().collect()))
        }
        (Transform::Slice(start, length), Value::Array(items)) => {
            slice(&items, *start, *length).map(|part| Value::Array(part.to_vec()))
        }
        (Transform::Reverse, Value::Array(mut items)) => {
            items.reverse();
            Some(Value::Array(items))
        }
        (Transform::Sort, Value::Array(mut items)) => {
            items.sort_by(|a, b| tools::compare(Some(a), Some(b)));
            Some(Value::Array(items))
        }
        (Transform::Without(keys), Value::Object(members)) => Some(Value::Object(without(members, keys))),
        (Transform::Without(keys), Value::Array(items)) => {
            let cut = |item| match item {
                Value::Object(members) => Value::Object(without(members, keys)),
                other => other,
            };
            Some(Value::Array(items.into_iter().map(cut).collect()))
        }
        (Transform::Only(keys), Value::Object(members)) => Some(Value::Object(only(members, keys))),
        (Transform::Only(keys), Value::Array(items)) => {
            let cut = |item| match item {
                Value::Object(members) => Value::Object(only(members, keys)),
                other => other,
            };
            Some(Value::Array(items.into_iter().map(cut).collect()))
        }
        (Transform::Length, value) => super::condition::length(&value).map(|length| json!(length)),
        _ => None,
    }
}

fn without(members: Map<String, Value>, keys: &[String]) -> Map<String, Value> {
    members.into_iter().filter(|(key, _)| !keys.contains(key)).collect()
}

fn only(members: Map<String, Value>, keys: &[String]) -> Map<String, Value> {
    members.into_iter().filter(|(key, _)| keys.contains(key)).collect()
}

fn slice<T>(items: &[T], start: i64, length: usize) -> Option<&[T]> {
    let from = usize::try_from(start.unsigned_abs()).ok()?;
    let from = if start < 0 { items.len().checked_sub(from)? } else { from };
    if from >= items.len() && length > 0 {
        return None;
    }
    items.get(from..items.len().min(from.saturating_add(length)))
}

/// Where a selected value stands, for a report: of a pointer that matches many, the list or object they are in.
fn place(select: &Select) -> String {
    match (&select.at, &select.header) {
        (Some(at), _) => at.split("/*").next().unwrap_or_default().to_owned(),
        (None, Some(header)) => format!("header {}", header.to_lowercase()),
        (None, None) if select.status => "status".to_owned(),
        (None, None) => String::new(),
    }
}

/// Where each of the values stands that a select's pointer matches; nothing where it picks otherwise.
fn places<'a>(scope: &Scope<'a>, select: &Select) -> Vec<(String, &'a Value)> {
    let answer: Option<&'a Answer> = match select.from.as_deref() {
        None => Some(scope.answer),
        Some("facts") => scope.facts.map(|facts| &*facts.answer),
        Some(name) => scope.earlier.iter().find(|(step, _)| step == name).map(|(_, answer)| &**answer),
    };
    let body = answer.and_then(|answer| answer.json.as_ref().ok());
    body.zip(select.at.as_deref()).map(|(body, at)| tools::find(body, at)).unwrap_or_default()
}

/// Where in the answer a value of what was selected stands: the first equal one, or else all of them.
fn place_of(scope: &Scope<'_>, select: &Select, value: &Value) -> String {
    let found = places(scope, select).into_iter().find(|(_, found)| tools::equal(found, value));
    found.map_or_else(|| place(select), |(at, _)| at)
}

/// Where the first difference between two lists lies, if the left one was taken whole from a pointer that matches many.
fn place_below(scope: &Scope<'_>, select: &Select, below: &str) -> String {
    let whole = matches!(select.take, None | Some(Take::All)) && select.at.as_deref().is_some_and(tools::is_wild);
    let kept = select.then.iter().all(|change| matches!(change, Transform::Without(_) | Transform::Only(_)));
    let mut segments = below.splitn(3, '/').skip(1);
    let index = segments.next().and_then(|segment| segment.parse::<usize>().ok());
    let element = index.filter(|_| whole && kept).and_then(|index| places(scope, select).into_iter().nth(index));
    match element {
        Some((at, _)) => segments.next().map_or(at.clone(), |rest| format!("{at}/{rest}")),
        None if select.at.as_deref().is_some_and(tools::is_wild) => place(select),
        None => format!("{}{below}", place(select)),
    }
}

fn pick_or_say(scope: &Scope<'_>, check: &'static str, select: &Select, findings: &mut Findings) -> Option<Value> {
    match pick(scope, select) {
        Ok(value) => Some(value),
        Err(Nothing::Absent(pointer)) => {
            findings.fail(check, pointer, Shown::words("a value"), Shown::words("absent"));
            None
        }
        Err(Nothing::NotJson(why)) => {
            findings.fail(check, "body", Shown::words("JSON"), Shown::words(why));
            None
        }
        Err(Nothing::NoData(why)) => {
            findings.undecided(why);
            None
        }
    }
}

pub(super) fn compare(scope: &Scope<'_>, left: &Select, op: CompareOp, right: &Select, findings: &mut Findings) {
    let Some(actual) = pick_or_say(scope, "compare", left, findings) else { return };
    let Some(wanted) = pick_or_say(scope, "compare", right, findings) else { return };
    let relative = |sign: &str| Shown::Words(format!("{sign} {}", words(&wanted)));
    let at = place(left);
    match op {
        CompareOp::Equal => {
            if let Some((below, found, asked)) = tools::first_difference(&actual, &wanted) {
                let at = match (&left.take, actual.is_array()) {
                    // One value of many, such as the greatest.
                    (Some(_), false) => place_of(scope, left, &actual),
                    _ => place_below(scope, left, &below),
                };
                findings.fail("compare", at, Shown::maybe(asked), Shown::maybe(found));
            }
        }
        CompareOp::NotEqual => {
            if tools::equal(&actual, &wanted) {
                findings.fail("compare", at, relative("anything but"), Shown::Data(actual));
            }
        }
        CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Greater | CompareOp::GreaterOrEqual => {
            if !holds(&actual, op, &wanted) {
                let at = place_of(scope, left, &actual);
                findings.fail("compare", at, relative(op.as_str()), Shown::Data(actual));
            }
        }
        CompareOp::SameSet | CompareOp::Subset | CompareOp::Disjoint => {
            let (Some(found), Some(asked)) = (actual.as_array(), wanted.as_array()) else {
                findings.fail("compare", at, Shown::words("a list"), Shown::Data(actual));
                return;
            };
            compare_lists(scope, left, op, (found, asked), findings);
        }
    }
}

fn words(value: &Value) -> String {
    value.to_string()
}

/// Whether two values compare so; never across types.
pub(super) fn holds(left: &Value, op: CompareOp, right: &Value) -> bool {
    let order = tools::compare(Some(left), Some(right));
    let same_type = tools::comparable(left, right);
    match op {
        CompareOp::Equal => tools::equal(left, right),
        CompareOp::NotEqual => !tools::equal(left, right),
        CompareOp::Less => same_type && order.is_lt(),
        CompareOp::LessOrEqual => same_type && order.is_le(),
        CompareOp::Greater => same_type && order.is_gt(),
        CompareOp::GreaterOrEqual => same_type && order.is_ge(),
        CompareOp::SameSet | CompareOp::Subset | CompareOp::Disjoint => false,
    }
}

fn contains(sorted: &[&Value], value: &Value) -> bool {
    sorted.binary_search_by(|item| tools::compare(Some(item), Some(value))).is_ok()
}

fn sorted(items: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = items.iter().collect();
    sorted.sort_by(|a, b| tools::compare(Some(a), Some(b)));
    sorted
}

fn compare_lists(
    scope: &Scope<'_>,
    left: &Select,
    op: CompareOp,
    (found, asked): (&[Value], &[Value]),
    findings: &mut Findings,
) {
    let (found_sorted, asked_sorted) = (sorted(found), sorted(asked));
    for value in found {
        let shared = contains(&asked_sorted, value);
        if shared == (op == CompareOp::Disjoint) {
            let expected = if shared { "not in both lists" } else { "only values of the other list" };
            let at = place_of(scope, left, value);
            findings.fail("compare", at, Shown::words(expected), Shown::Data(value.clone()));
        }
    }
    if op == CompareOp::SameSet {
        for value in asked.iter().filter(|value| !contains(&found_sorted, value)) {
            findings.fail("compare", place(left), Shown::Data(value.clone()), Shown::words("absent"));
        }
    }
}

pub(super) fn partition(scope: &Scope<'_>, whole: &Select, parts: &[Select], findings: &mut Findings) {
    let Some(Value::Array(whole)) = pick_or_say(scope, "partition", whole, findings) else { return };
    let mut together: Vec<Value> = Vec::new();
    for part in parts {
        let Some(Value::Array(items)) = pick_or_say(scope, "partition", part, findings) else { return };
        let before = sorted(&together);
        for value in items.iter().filter(|value| contains(&before, value)) {
            let message =
                format!("it is also in an earlier part; this part is {}", part.from.as_deref().unwrap_or("this step"));
            findings.fail_because(
                "partition",
                place_of(scope, part, value),
                Shown::words("in one part only"),
                Shown::Data(value.clone()),
                message,
            );
        }
        together.extend(items);
    }
    let (whole_sorted, together_sorted) = (sorted(&whole), sorted(&together));
    for value in whole.iter().filter(|value| !contains(&together_sorted, value)) {
        findings.fail_because(
            "partition",
            place(parts.first().unwrap_or(&Select::default())),
            Shown::Data(value.clone()),
            Shown::words("absent"),
            "it is in the whole but in none of the parts",
        );
    }
    for value in together.iter().filter(|value| !contains(&whole_sorted, value)) {
        let part = parts.iter().find(|part| places(scope, part).iter().any(|(_, found)| tools::equal(found, value)));
        findings.fail_because(
            "partition",
            place_of(scope, part.or(parts.first()).unwrap_or(&Select::default()), value),
            Shown::words("absent"),
            Shown::Data(value.clone()),
            "it is in a part but not in the whole",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pointers, try_checks};
    use super::*;

    fn facts() -> Value {
        json!([
            {"_id": "a", "n": 10, "when": "2018-02-24T15:13:00.312Z", "v": "1.0-RC"},
            {"_id": "b", "n": 2, "v": "1.0-RC"},
            {"_id": "c", "n": 2, "v": null},
            {"_id": "d", "n": 7.5, "v": "x"}
        ])
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that callers can write json!(..) in place")]
    fn picked(select: Value) -> Value {
        let checks = json!([{"check": "note", "name": "picked", "value": select}]);
        try_checks(json!({}), Some(facts()), checks).notes.pop().map_or(Value::Null, |(_, value)| value)
    }

    #[test]
    fn takes() {
        let of = |field: &str, take: &str| {
            picked(json!({"from": "facts", "at": format!("/statistics/*/{field}"), "take": take}))
        };
        assert_eq!(of("n", "min"), json!(2));
        assert_eq!(of("n", "max"), json!(10));
        assert_eq!(of("n", "middle"), json!(7.5));
        assert_eq!(of("n", "distinct"), json!([2, 7.5, 10]));
        assert_eq!(of("n", "commonest"), json!(2));
        assert_eq!(of("n", "sum"), json!(21.5));
        assert_eq!(of("v", "last"), json!("x"));
        assert_eq!(of("v", "length"), json!(4));
        assert_eq!(of("none", "first"), Value::Null);
        assert_eq!(picked(json!({"from": "facts", "at": "/statistics", "take": "length"})), json!(4));
        assert_eq!(picked(json!({"from": "facts", "at": "/statistics/*/_id"})), json!(["a", "b", "c", "d"]));
    }

    #[test]
    fn changes() {
        let first = |field: &str, then: Value| {
            picked(json!({"from": "facts", "at": format!("/statistics/0/{field}"), "then": then}))
        };
        assert_eq!(first("when", json!(["epoch_ms"])), json!(1_519_485_180_312_i64));
        assert_eq!(first("when", json!(["epoch_ms", {"add": 1}, "iso_date"])), json!("2018-02-24T15:13:00.313Z"));
        assert_eq!(first("v", json!(["swap_case"])), json!("1.0-rc"));
        assert_eq!(first("v", json!(["base64"])), json!("MS4wLVJD"));
        assert_eq!(first("v", json!(["escape_regex"])), json!("1\\.0\\-RC"));
        assert_eq!(first("v", json!([{"slice": [-2, 2]}])), json!("RC"));
        assert_eq!(first("v", json!([{"slice": [99, 2]}])), Value::Null);
        assert_eq!(first("n", json!(["text", "number", {"add": 0.5}])), json!(10.5));
        assert_eq!(first("n", json!(["swap_case"])), Value::Null);
        let list = picked(
            json!({"from": "facts", "at": "/statistics", "then": [{"without": ["when", "v"]}, {"slice": [0, 1]}]}),
        );
        assert_eq!(list, json!([{"_id": "a", "n": 10}]));
        let some =
            picked(json!({"from": "facts", "at": "/statistics", "then": [{"only": ["n", "x"]}, {"slice": [0, 1]}]}));
        assert_eq!(some, json!([{"n": 10}]));
    }

    #[test]
    fn comparisons_name_the_place() {
        let body = json!({"count": 3, "statistics": [{"_id": "a"}, {"_id": "z"}]});
        let failing = |left: Value, op: &str, right: Value| {
            let checks = json!([{"check": "compare", "left": left, "op": op, "right": right}]);
            let findings = try_checks(body.clone(), Some(facts()), checks);
            pointers(&findings).join(" ")
        };
        let length = json!({"at": "/statistics", "take": "length"});
        assert_eq!(failing(json!({"at": "/count"}), "==", length.clone()), "/count");
        assert_eq!(failing(json!({"at": "/count"}), ">", length.clone()), "");
        assert_eq!(failing(json!({"at": "/count"}), "<=", length), "/count");
        let ids = json!({"at": "/statistics/*/_id"});
        let all = json!({"from": "facts", "at": "/statistics/*/_id"});
        assert_eq!(failing(ids.clone(), "subset", all.clone()), "/statistics/1/_id");
        assert_eq!(failing(ids.clone(), "disjoint", json!({"literal": ["q"]})), "");
        assert_eq!(failing(ids.clone(), "same_set", json!({"literal": ["z", "a"]})), "");
        assert_eq!(failing(ids.clone(), "==", json!({"literal": ["a", "b"]})), "/statistics/1/_id");
        assert_eq!(failing(ids.clone(), "same_set", json!({"literal": ["z", "a", "b"]})), "/statistics");
        assert_eq!(failing(ids, "==", json!({"literal": ["a", "z", "b"]})), "/statistics");
        let greatest = json!({"at": "/statistics/*/_id", "take": "max"});
        assert_eq!(failing(greatest, "==", json!({"literal": "y"})), "/statistics/1/_id");
        let first = json!({"at": "/statistics/0", "then": [{"only": ["_id", "n"]}]});
        assert_eq!(failing(first, "==", json!({"literal": {"_id": "b"}})), "/statistics/0/_id");
    }

    #[test]
    fn a_partition_misses_nothing_and_repeats_nothing() {
        let tried = |parts: Value| {
            let whole = json!({"literal": [1, 2, 3]});
            let parts: Vec<Value> = parts.as_array().unwrap().iter().map(|part| json!({"literal": part})).collect();
            try_checks(json!({}), None, json!([{"check": "partition", "whole": whole, "parts": parts}]))
                .mismatches
                .len()
        };
        assert_eq!(tried(json!([[1, 3], [2]])), 0);
        assert_eq!(tried(json!([[1], [2]])), 1);
        assert_eq!(tried(json!([[1, 2], [2, 3]])), 1);
        assert_eq!(tried(json!([[1, 2, 4], [3]])), 1);
    }
}
