//! Predicates over records: an independent, small reading of what MongoDB's filters mean.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Value, json};

use super::{Findings, Scope, Shown, condition, records_at};
use crate::case::{CompareOp, Predicate, PredicateOp};
use crate::json as tools;
use crate::template::UnknownVariable;

/// A predicate with its operand filled in.
struct Ready<'a> {
    field: &'a str,
    op: PredicateOp,
    operand: Value,
    regex: Option<Regex>,
    not: bool,
}

struct Predicates<'a> {
    all: Vec<Ready<'a>>,
    or: Vec<Ready<'a>>,
}

impl<'a> Predicates<'a> {
    fn new(scope: &Scope<'_>, all: &'a [Predicate], or: &'a [Predicate]) -> Result<Self, UnknownVariable> {
        let ready = |predicates: &'a [Predicate]| {
            predicates
                .iter()
                .map(|predicate| {
                    let operand = scope.variables.fill(&predicate.value)?;
                    let regex = match predicate.op {
                        PredicateOp::Matches => operand.as_str().and_then(|pattern| Regex::new(pattern).ok()),
                        _ => None,
                    };
                    Ok(Ready { field: &predicate.field, op: predicate.op, operand, regex, not: predicate.not })
                })
                .collect::<Result<Vec<_>, UnknownVariable>>()
        };
        Ok(Self { all: ready(all)?, or: ready(or)? })
    }

    /// The first predicate that does not hold; of alternatives, the first of them.
    fn broken(&self, record: &Value) -> Option<&Ready<'a>> {
        self.all.iter().find(|predicate| !predicate.holds(record)).or_else(|| {
            let none = !self.or.is_empty() && !self.or.iter().any(|predicate| predicate.holds(record));
            if none { self.or.first() } else { None }
        })
    }
}

impl Ready<'_> {
    fn holds(&self, record: &Value) -> bool {
        self.matches(record) != self.not
    }

    fn matches(&self, record: &Value) -> bool {
        let found = tools::at_path(record, self.field);
        // MongoDB looks at a list both as a whole and element by element.
        let mut candidates: Vec<&Value> = Vec::new();
        for value in &found {
            candidates.push(value);
            if let Value::Array(items) = value {
                candidates.extend(items);
            }
        }
        let equals = |wanted: &Value| {
            (wanted.is_null() && found.is_empty()) || candidates.iter().any(|value| tools::equal(value, wanted))
        };
        let compares = |op: CompareOp| candidates.iter().any(|value| super::select::holds(value, op, &self.operand));
        let listed = || self.operand.as_array().is_some_and(|wanted| wanted.iter().any(&equals));
        match self.op {
            PredicateOp::Eq => equals(&self.operand),
            PredicateOp::Ne => !equals(&self.operand),
            PredicateOp::In => listed(),
            PredicateOp::Nin => !listed(),
            PredicateOp::Gt => compares(CompareOp::Greater),
            PredicateOp::Gte => compares(CompareOp::GreaterOrEqual),
            PredicateOp::Lt => compares(CompareOp::Less),
            PredicateOp::Lte => compares(CompareOp::LessOrEqual),
            PredicateOp::Exists => found.is_empty() != self.operand.as_bool().unwrap_or(true),
            PredicateOp::Matches => {
                let is_match = |text: &str| self.regex.as_ref().is_some_and(|regex| regex.is_match(text));
                candidates.iter().any(|value| value.as_str().is_some_and(is_match))
            }
            PredicateOp::Type => {
                let wanted = serde_json::from_value(self.operand.clone()).ok();
                wanted.is_some_and(|wanted| candidates.iter().any(|value| condition::is_of_type(value, wanted)))
            }
            PredicateOp::Mod => {
                let part = |index: usize| self.operand.get(index).and_then(Value::as_i64);
                let (Some(divisor), Some(remainder)) = (part(0).filter(|divisor| *divisor != 0), part(1)) else {
                    return false;
                };
                #[expect(clippy::cast_possible_truncation, reason = "$mod truncates its operand")]
                let whole = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|number| number as i64));
                candidates.iter().filter_map(|value| whole(value)).any(|number| number % divisor == remainder)
            }
            PredicateOp::Size => {
                let wanted = self.operand.as_u64();
                found.iter().filter_map(|value| value.as_array()).any(|items| Some(items.len() as u64) == wanted)
            }
            PredicateOp::All => {
                self.operand.as_array().is_some_and(|wanted| !wanted.is_empty() && wanted.iter().all(equals))
            }
        }
    }

    fn wanted(&self) -> Shown {
        let sign = match self.op {
            PredicateOp::Eq => "==",
            PredicateOp::Ne => "!=",
            PredicateOp::Gt => ">",
            PredicateOp::Gte => ">=",
            PredicateOp::Lt => "<",
            PredicateOp::Lte => "<=",
            PredicateOp::In => "one of",
            PredicateOp::Nin => "none of",
            PredicateOp::Exists => "present:",
            PredicateOp::Matches => "a text that matches",
            PredicateOp::Type => "of type",
            PredicateOp::Mod => "by [divisor, remainder]",
            PredicateOp::Size => "a list of length",
            PredicateOp::All => "a list with all of",
        };
        let not = if self.not { "not " } else { "" };
        Shown::words(format!("{not}{sign} {}", self.operand))
    }
}

pub(super) fn hold(
    scope: &Scope<'_>,
    pointer: Option<&str>,
    all: &[Predicate],
    or: &[Predicate],
    findings: &mut Findings,
) {
    let Some((records, pointer)) = records_at(scope, "records", pointer, findings) else { return };
    let predicates = match Predicates::new(scope, all, or) {
        Ok(predicates) => predicates,
        Err(unknown) => return findings.undecided(unknown.to_string()),
    };
    if records.is_empty() {
        findings.undecided(format!("{pointer} is empty"));
    }
    for (index, record) in records.iter().enumerate() {
        if let Some(broken) = predicates.broken(record) {
            let actual = Shown::maybe(tools::at_path(record, broken.field).first().copied());
            let at = format!("{pointer}/{index}{}", tools::pointer_of(broken.field));
            findings.fail("records", at, broken.wanted(), actual);
        }
    }
}

pub(super) fn selects(
    scope: &Scope<'_>,
    pointer: Option<&str>,
    all: &[Predicate],
    or: &[Predicate],
    findings: &mut Findings,
) {
    let Some(facts) = scope.facts.filter(|facts| facts.complete) else {
        findings.undecided("the list was not walked to its end, so what a filter should select is not known");
        return;
    };
    let Some((records, pointer)) = records_at(scope, "selects", pointer, findings) else { return };
    let predicates = match Predicates::new(scope, all, or) {
        Ok(predicates) => predicates,
        Err(unknown) => return findings.undecided(unknown.to_string()),
    };
    let member = scope.list.id.as_str();
    let id_of = |record: &Value| scope.list.id_of(record).map(str::to_owned);
    let wanted: BTreeSet<String> =
        facts.records().iter().filter(|record| predicates.broken(record).is_none()).filter_map(id_of).collect();
    let mut found = BTreeSet::new();
    for (index, record) in records.iter().enumerate() {
        match id_of(record) {
            None => findings.fail(
                "selects",
                format!("{pointer}/{index}/{member}"),
                Shown::words("string"),
                Shown::maybe(record.get(member)),
            ),
            Some(id) => {
                if !wanted.contains(&id) {
                    let broken = predicates.broken(record);
                    let field = broken.map_or(member, |broken| broken.field);
                    let at = format!("{pointer}/{index}{}", tools::pointer_of(field));
                    let expected = broken.map_or_else(|| Shown::words("a record of the list"), Ready::wanted);
                    let actual = Shown::maybe(tools::at_path(record, field).first().copied());
                    findings.fail_because("selects", at, expected, actual, "the record should not be selected");
                }
                found.insert(id);
            }
        }
    }
    let missing = wanted.difference(&found);
    let may_be_a_page = size(scope, wanted.len(), findings) > Some(records.len() as u64);
    // A page may leave out records only if there are more than fit on it.
    for id in missing.filter(|_| !may_be_a_page) {
        let message = "the record should be selected and is not";
        findings.fail_because("selects", &pointer, Shown::Data(json!(id)), Shown::words("absent"), message);
    }
}

/// The `total` of an answer, which should be the number of records selected.
fn size(scope: &Scope<'_>, wanted: usize, findings: &mut Findings) -> Option<u64> {
    let total = scope.answer.json.as_ref().ok().and_then(|body| body.get("total"));
    if total.and_then(Value::as_u64) != Some(wanted as u64) {
        let message = "total is not the number of records that the predicate holds for";
        findings.fail_because("selects", "/total", Shown::words(wanted.to_string()), Shown::maybe(total), message);
    }
    total.and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pointers, try_checks};
    use super::*;

    fn facts() -> Value {
        json!([
            {"_id": "a", "n": 1, "v": "Abc", "list": [1, 2]},
            {"_id": "b", "n": 5, "v": "abc"},
            {"_id": "c", "n": null, "v": 7},
            {"_id": "d", "list": []}
        ])
    }

    /// The ids for which a predicate holds, as `selects` sees them.
    #[expect(clippy::needless_pass_by_value, reason = "so that callers can write json!(..) in place")]
    fn selected(predicate: Value) -> String {
        let mut ids = String::new();
        for record in facts().as_array().unwrap() {
            let body = json!({"statistics": [record]});
            let findings = try_checks(body, None, json!([{"check": "records", "where": [predicate]}]));
            if findings.mismatches.is_empty() {
                ids.push_str(record["_id"].as_str().unwrap());
            }
        }
        ids
    }

    #[test]
    fn predicates_read_fields_as_the_database_does() {
        let table = [
            (json!({"field": "n", "op": "eq", "value": 1.0}), "a"),
            (json!({"field": "n", "op": "eq", "value": null}), "cd"),
            (json!({"field": "n", "op": "ne", "value": 1}), "bcd"),
            (json!({"field": "n", "op": "gt", "value": 1}), "b"),
            (json!({"field": "n", "op": "gte", "value": 1}), "ab"),
            (json!({"field": "n", "op": "lt", "value": 5}), "a"),
            (json!({"field": "n", "op": "gt", "value": 1, "not": true}), "acd"),
            (json!({"field": "n", "op": "in", "value": [1, null]}), "acd"),
            (json!({"field": "n", "op": "nin", "value": [1, null]}), "b"),
            (json!({"field": "n", "op": "exists", "value": true}), "abc"),
            (json!({"field": "n", "op": "exists", "value": false}), "d"),
            (json!({"field": "v", "op": "matches", "value": "b"}), "ab"),
            (json!({"field": "v", "op": "matches", "value": "^a"}), "b"),
            (json!({"field": "v", "op": "matches", "value": "(?i)^a"}), "ab"),
            (json!({"field": "v", "op": "type", "value": "string"}), "ab"),
            (json!({"field": "n", "op": "mod", "value": [4, 1]}), "ab"),
            (json!({"field": "list", "op": "eq", "value": 2}), "a"),
            (json!({"field": "list", "op": "size", "value": 0}), "d"),
            (json!({"field": "list", "op": "all", "value": [2, 1]}), "a"),
        ];
        for (predicate, expected) in table {
            assert_eq!(selected(predicate.clone()), expected, "{predicate}");
        }
    }

    fn selects(ids: &[&str], total: u64) -> Vec<String> {
        let records: Vec<Value> = facts()
            .as_array()
            .unwrap()
            .iter()
            .filter(|record| ids.contains(&record["_id"].as_str().unwrap()))
            .cloned()
            .collect();
        let body = json!({"statistics": records, "total": total});
        let checks = json!([{"check": "selects", "where": [{"field": "n", "op": "gte", "value": 1}]}]);
        let findings = try_checks(body, Some(facts()), checks);
        pointers(&findings).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_filter_selects_exactly_what_it_should() {
        assert!(selects(&["a", "b"], 2).is_empty());
        assert!(selects(&["a"], 2).is_empty(), "a page");
        assert_eq!(selects(&["a"], 1), ["/total", "/statistics"]);
        assert_eq!(selects(&["a", "b", "c"], 3), ["/statistics/2/n", "/total"]);
        assert_eq!(selects(&["a", "b"], 4), ["/total"]);
    }

    #[test]
    fn without_facts_nothing_is_decided() {
        let checks = json!([{"check": "selects", "where": [{"field": "n", "op": "eq", "value": 1}]}]);
        let findings = try_checks(json!({"statistics": [], "total": 0}), None, checks);
        assert!(findings.mismatches.is_empty() && findings.undecided.len() == 1);
    }
}
