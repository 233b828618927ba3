//! Order, distinctness and constancy of lists.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Findings, Scope, Shown, body, records_at};
use crate::case::SortKey;
use crate::json;

pub(super) fn sorted(scope: &Scope<'_>, pointer: Option<&str>, keys: &[SortKey], findings: &mut Findings) {
    let Some((records, pointer)) = records_at(scope, "sorted", pointer, findings) else { return };
    let mut moved = false;
    for (index, pair) in records.windows(2).enumerate() {
        let (Some(before), Some(after)) = (pair.first(), pair.last()) else { continue };
        for key in keys {
            let descending = key.order < 0;
            let (left, right) =
                (json::sort_value(before, &key.field, descending), json::sort_value(after, &key.field, descending));
            let order = json::compare(left, right);
            moved |= order.is_ne();
            let wrong = if descending { Ordering::Less } else { Ordering::Greater };
            if order == wrong {
                let side = if descending { "not after" } else { "not before" };
                let neighbour = Shown::words(format!(
                    "{side} {} in the order of {} (of the record above)",
                    show(left),
                    direction(key)
                ));
                let at = format!("{pointer}/{}{}", index + 1, json::pointer_of(&key.field));
                findings.fail("sorted", at, neighbour, Shown::maybe(right));
            }
            if order.is_ne() {
                break;
            }
        }
    }
    if !moved {
        let names: Vec<&str> = keys.iter().map(|key| key.field.as_str()).collect();
        findings.undecided(format!("no two records differ in {}", names.join(", ")));
    }
}

fn show(value: Option<&Value>) -> String {
    // The neighbour's value is data of the server, so only its shape is put into words.
    match value {
        None => "a missing value".to_owned(),
        Some(value @ (Value::Number(_) | Value::Null | Value::Bool(_))) => value.to_string(),
        Some(other) => json::shape(other),
    }
}

fn direction(key: &SortKey) -> String {
    format!("{} {}", key.field, if key.order < 0 { "descending" } else { "ascending" })
}

pub(super) fn unique(scope: &Scope<'_>, at: &str, findings: &mut Findings) {
    let Some(body) = body(scope, "unique", findings) else { return };
    let mut found = json::find(body, at);
    if found.is_empty() {
        findings.undecided(format!("nothing at {at}"));
    }
    found.sort_by(|(_, a), (_, b)| json::compare(Some(a), Some(b)));
    for pair in found.windows(2) {
        if let [(first, a), (second, b)] = pair
            && json::compare(Some(a), Some(b)).is_eq()
        {
            findings.fail(
                "unique",
                second.clone(),
                Shown::words(format!("a value other than that at {first}")),
                Shown::Data((*b).clone()),
            );
        }
    }
}

pub(super) fn constant(scope: &Scope<'_>, at: &str, findings: &mut Findings) {
    let Some(body) = body(scope, "constant", findings) else { return };
    let found = json::find(body, at);
    let Some(((first_at, first), rest)) = found.split_first() else {
        findings.undecided(format!("nothing at {at}"));
        return;
    };
    for (pointer, value) in rest.iter().filter(|(_, value)| !json::equal(first, value)) {
        let message = format!("it is another at {first_at}");
        findings.fail_because(
            "constant",
            pointer.clone(),
            Shown::Data((*first).clone()),
            Shown::Data((*value).clone()),
            message,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{pointers, try_checks};

    #[test]
    fn numbers_are_ordered_as_numbers_and_missing_comes_first() {
        let body = json!({"statistics": [{}, {"n": 2}, {"n": 10}]});
        let ascending = json!([{"check": "sorted", "by": [{"field": "n", "order": 1}]}]);
        assert!(try_checks(body.clone(), None, ascending).mismatches.is_empty());
        let descending = json!([{"check": "sorted", "by": [{"field": "n", "order": -1}]}]);
        assert_eq!(pointers(&try_checks(body, None, descending)), ["/statistics/1/n", "/statistics/2/n"]);
    }

    #[test]
    fn the_second_key_counts_among_ties() {
        let body = json!({"statistics": [{"a": 1, "b": 2}, {"a": 1, "b": 1}, {"a": 0, "b": 9}]});
        let checks = |order: i8| json!([{"check": "sorted", "by": [{"field": "a", "order": -1}, {"field": "b", "order": order}]}]);
        assert!(try_checks(body.clone(), None, checks(-1)).mismatches.is_empty());
        assert_eq!(pointers(&try_checks(body, None, checks(1))), ["/statistics/1/b"]);
    }

    #[test]
    fn ties_alone_decide_nothing() {
        let checks = json!([{"check": "sorted", "by": [{"field": "a", "order": 1}]}]);
        let findings = try_checks(json!({"statistics": [{"a": 1}, {"a": 1}]}), None, checks);
        assert!(findings.mismatches.is_empty());
        assert_eq!(findings.undecided.len(), 1);
    }

    #[test]
    fn repeats_and_changes_are_found() {
        let body = json!({"statistics": [{"_id": "b", "u": 1}, {"_id": "a", "u": 1}, {"_id": "b", "u": 2}]});
        let findings = try_checks(body.clone(), None, json!([{"check": "unique", "at": "/statistics/*/_id"}]));
        assert_eq!(pointers(&findings), ["/statistics/2/_id"]);
        let findings = try_checks(body, None, json!([{"check": "constant", "at": "/statistics/*/u"}]));
        assert_eq!(pointers(&findings), ["/statistics/2/u"]);
    }
}
