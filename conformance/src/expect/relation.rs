//! Relations between the fields of one record.

use serde_json::Value;

use super::{Findings, Scope, Shown, condition, records_at};
use crate::case::{CompareOp, Term, TermKind, Version, VersionRange};
use crate::json;

pub(super) struct Relation<'a> {
    pub(super) left: &'a [Term],
    pub(super) op: CompareOp,
    pub(super) right: &'a [Term],
    pub(super) versions: &'a VersionRange,
    pub(super) kind: TermKind,
}

pub(super) fn holds(scope: &Scope<'_>, pointer: Option<&str>, relation: &Relation<'_>, findings: &mut Findings) {
    let Some((records, pointer)) = records_at(scope, "relation", pointer, findings) else { return };
    let mut decided = false;
    for (index, record) in records.iter().enumerate() {
        if !relation.versions.is_any() {
            let version = record.get("version").and_then(Value::as_str).and_then(|text| Version::parse(text).ok());
            if version.is_none_or(|version| !relation.versions.contains(&version)) {
                continue;
            }
        }
        let (Some(left), Some(right)) =
            (sum(record, relation.left, relation.kind), sum(record, relation.right, relation.kind))
        else {
            continue;
        };
        decided = true;
        // Whole milliseconds and counts are exact in a double; a thousandth is far below anything the fields measure.
        let equal = (left - right).abs() < 0.001;
        let holds = match relation.op {
            CompareOp::Equal => equal,
            CompareOp::NotEqual => !equal,
            CompareOp::Less => left < right && !equal,
            CompareOp::LessOrEqual => left < right || equal,
            CompareOp::Greater => left > right && !equal,
            CompareOp::GreaterOrEqual => left > right || equal,
            CompareOp::SameSet | CompareOp::Subset | CompareOp::Disjoint => false,
        };
        if !holds {
            let field =
                relation.left.iter().chain(relation.right).find_map(|term| field_of(&term.0)).unwrap_or_default();
            let at = format!("{pointer}/{index}{}", json::pointer_of(field.trim_end_matches(".*")));
            let expected = format!("{} {} {}", describe(relation.left), relation.op.as_str(), describe(relation.right));
            let actual = format!("{} against {}", show(left, relation.kind), show(right, relation.kind));
            findings.fail("relation", at, Shown::words(expected), Shown::words(actual));
        }
    }
    if !decided {
        findings.undecided(format!(
            "no record shows all of {} and {}",
            describe(relation.left),
            describe(relation.right)
        ));
    }
}

fn show(value: f64, kind: TermKind) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let ms = value as i64;
    match kind {
        TermKind::Number => value.to_string(),
        TermKind::Date => json::ms_to_iso(ms).unwrap_or_else(|| value.to_string()),
    }
}

fn describe(terms: &[Term]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for term in terms {
        match (words.is_empty(), term.0.strip_prefix('-')) {
            (true, _) => words.push(&term.0),
            (false, Some(positive)) => words.extend(["-", positive]),
            (false, None) => words.extend(["+", &term.0]),
        }
    }
    words.join(" ")
}

/// The dotted path inside a term, if it is not a number.
fn field_of(term: &str) -> Option<&str> {
    let bare = term.strip_prefix('-').unwrap_or(term);
    if bare.parse::<f64>().is_ok() {
        return None;
    }
    let inner =
        bare.strip_prefix("sum(").or_else(|| bare.strip_prefix("length(")).and_then(|inner| inner.strip_suffix(')'));
    Some(inner.unwrap_or(bare))
}

fn sum(record: &Value, terms: &[Term], kind: TermKind) -> Option<f64> {
    terms.iter().map(|term| value_of(record, &term.0, kind)).sum()
}

fn value_of(record: &Value, term: &str, kind: TermKind) -> Option<f64> {
    if let Some(positive) = term.strip_prefix('-') {
        return value_of(record, positive, kind).map(|value| -value);
    }
    if let Ok(number) = term.parse() {
        return Some(number);
    }
    let inside = |name: &str| term.strip_prefix(name).and_then(|inner| inner.strip_suffix(')'));
    if let Some(path) = inside("sum(") {
        let pointer = json::pointer_of(path);
        let found = json::find(record, &pointer);
        // An empty list adds up to nothing; a list that is not there says nothing.
        let parent = json::pointer_of(path.split(".*").next().unwrap_or_default());
        record.pointer(&parent)?;
        return found.into_iter().map(|(_, value)| value.as_f64()).sum();
    }
    if let Some(path) = inside("length(") {
        #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
        return record.pointer(&json::pointer_of(path)).and_then(condition::length).map(|length| length as f64);
    }
    let value = record.pointer(&json::pointer_of(term))?;
    match kind {
        TermKind::Number => value.as_f64(),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are far below 2^52")]
        TermKind::Date => {
            let text = value.as_str()?;
            json::iso_to_ms(text).or_else(|| json::js_date_to_ms(text)).map(|ms| ms as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{pointers, try_checks};
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "so that callers can write json!(..) in place")]
    fn tried(record: Value, relation: Value) -> (Vec<String>, bool) {
        let mut check = relation;
        check["check"] = json!("relation");
        let findings = try_checks(json!({"statistics": [record]}), None, json!([check]));
        (pointers(&findings).into_iter().map(str::to_owned).collect(), !findings.undecided.is_empty())
    }

    #[test]
    fn sums_of_fields() {
        let relation = json!({"left": ["offline"], "op": "==", "right": ["total", "-online", "-1"]});
        assert_eq!(tried(json!({"offline": 6, "total": 10, "online": 3}), relation.clone()), (vec![], false));
        assert_eq!(
            tried(json!({"offline": 7, "total": 10, "online": 3}), relation.clone()),
            (vec!["/statistics/0/offline".to_owned()], false)
        );
        assert_eq!(tried(json!({"offline": 7, "total": 10}), relation), (vec![], true));
    }

    #[test]
    fn versions_of_the_record_decide() {
        let relation = json!({"left": ["a"], "op": "<=", "right": ["b"], "versions": ">=3.1.0"});
        assert!(tried(json!({"a": 2, "b": 1, "version": "0.61.0-develop"}), relation.clone()).1);
        assert_eq!(tried(json!({"a": 2, "b": 1, "version": "3.1.0"}), relation).0.len(), 1);
    }

    #[test]
    fn members_and_dates() {
        let languages = json!({"left": ["sum(userLanguages.*)"], "op": "==", "right": ["totalUsers"]});
        assert!(tried(json!({"userLanguages": {"en": 3, "none": 2}, "totalUsers": 5}), languages.clone()).0.is_empty());
        assert_eq!(
            tried(json!({"userLanguages": {"en": 3}, "totalUsers": 5}), languages).0,
            ["/statistics/0/userLanguages"]
        );
        let length = json!({"left": ["quantity"], "op": "==", "right": ["length(servers)"]});
        assert!(tried(json!({"quantity": 2, "servers": ["a", "b"]}), length).0.is_empty());
        let dates = json!({"left": ["lastLogin"], "op": "<=", "right": ["createdAt"], "kind": "date"});
        let record = json!({"lastLogin": "Sat Jun 29 2024 12:57:57 GMT+0000 (Coordinated Universal Time)", "createdAt": "2024-06-29T13:00:00.000Z"});
        assert!(tried(record, dates.clone()).0.is_empty());
        assert_eq!(
            tried(json!({"lastLogin": "2025-01-01T00:00:00.000Z", "createdAt": "2024-06-29T13:00:00.000Z"}), dates)
                .0
                .len(),
            1
        );
    }
}
