//! Whether records are the facts after a projection.

use serde_json::{Map, Value};

use super::{Findings, Scope, Shown, records_at};
use crate::json;

pub(super) fn projected(
    scope: &Scope<'_>,
    pointer: Option<&str>,
    include: Option<&[String]>,
    exclude: Option<&[String]>,
    findings: &mut Findings,
) {
    let Some((records, pointer)) = records_at(scope, "projected", pointer, findings) else { return };
    let Some(facts) = scope.facts else {
        findings.undecided("the list could not be walked, so whole records are not known");
        return;
    };
    if records.is_empty() {
        findings.undecided(format!("{pointer} is empty"));
    }
    let id = scope.list.id.as_str();
    let names_id = |paths: &[String]| paths.iter().any(|path| path == id);
    // An inclusion keeps `_id` by itself, and no other member.
    let drops_id = exclude.is_some_and(names_id) || (id != "_id" && include.is_some_and(|paths| !names_id(paths)));
    for (index, record) in records.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        let whole = match scope.list.id_of(record) {
            Some(_) if drops_id => {
                findings.fail("projected", format!("{at}/{id}"), Shown::words("absent"), Shown::maybe(record.get(id)));
                continue;
            }
            Some(id) => facts.by_id(id),
            // Without ids any fact that fits will do.
            None if drops_id => {
                let fits = |fact: &&Value| json::equal(&cut(fact, include, exclude), &known(record, fact));
                facts.records().iter().find(fits)
            }
            None => {
                findings.fail("projected", format!("{at}/{id}"), Shown::words("present"), Shown::words("absent"));
                continue;
            }
        };
        match whole {
            None if drops_id => {
                findings.fail(
                    "projected",
                    at,
                    Shown::words("a record of the list without the excluded members"),
                    Shown::Data(record.clone()),
                );
            }
            None => findings.undecided(format!("the record at {at} was not there when the list was walked")),
            Some(fact) => {
                let known = known(record, fact);
                if let Some((below, found, wanted)) = json::first_difference(&known, &cut(fact, include, exclude)) {
                    findings.fail("projected", format!("{at}{below}"), Shown::maybe(wanted), Shown::maybe(found));
                }
            }
        }
    }
}

/// The record without members that the fact has nowhere: what a later version adds to every answer is no fault of the projection.
fn known(record: &Value, fact: &Value) -> Value {
    match (record, fact) {
        (Value::Object(members), Value::Object(facts)) => {
            let both = members.iter().filter_map(|(name, value)| Some((name, value, facts.get(name)?)));
            both.map(|(name, value, fact)| (name.clone(), known(value, fact))).collect()
        }
        (Value::Array(items), Value::Array(facts)) if items.len() == facts.len() => {
            items.iter().zip(facts).map(|(item, fact)| known(item, fact)).collect()
        }
        _ => record.clone(),
    }
}

fn cut(record: &Value, include: Option<&[String]>, exclude: Option<&[String]>) -> Value {
    let paths = |paths: &[String]| {
        paths.iter().map(|path| path.split('.').map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
    };
    match (include, exclude) {
        (Some(included), _) => {
            let mut paths = paths(included);
            paths.push(vec!["_id".to_owned()]);
            keep(record, &paths)
        }
        (None, Some(excluded)) => drop_paths(record, &paths(excluded)),
        (None, None) => record.clone(),
    }
}

/// The tails of the paths that begin with `key`.
fn below(paths: &[Vec<String>], key: &str) -> Vec<Vec<String>> {
    paths
        .iter()
        .filter(|path| path.first().is_some_and(|first| first == key))
        .map(|path| path.iter().skip(1).cloned().collect())
        .collect()
}

fn keep(value: &Value, paths: &[Vec<String>]) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (key, member) in members {
                let tails = below(paths, key);
                if tails.iter().any(Vec::is_empty) {
                    kept.insert(key.clone(), member.clone());
                } else if !tails.is_empty() && (member.is_object() || member.is_array()) {
                    kept.insert(key.clone(), keep(member, &tails));
                }
            }
            Value::Object(kept)
        }
        // Scalars inside a list have no members, so an inclusion below the list drops them.
        Value::Array(items) => Value::Array(
            items.iter().filter(|item| item.is_object() || item.is_array()).map(|item| keep(item, paths)).collect(),
        ),
        other => other.clone(),
    }
}

fn drop_paths(value: &Value, paths: &[Vec<String>]) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (key, member) in members {
                let tails = below(paths, key);
                if !tails.iter().any(Vec::is_empty) {
                    kept.insert(
                        key.clone(),
                        if tails.is_empty() { member.clone() } else { drop_paths(member, &tails) },
                    );
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| drop_paths(item, paths)).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{pointers, try_checks};
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "so that callers can write json!(..) in place")]
    fn tried(records: Value, checks: Value) -> Vec<String> {
        let facts = json!([{"_id": "a", "n": 1, "os": {"type": "Linux", "cpus": [{"speed": 1, "model": "x"}]}}, {"_id": "b", "n": 2}]);
        let mut check = checks;
        check["check"] = json!("projected");
        let findings = try_checks(json!({"statistics": records}), Some(facts), json!([check]));
        pointers(&findings).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn inclusion() {
        let include = json!({"include": ["os.type", "os.cpus.speed"]});
        let right = json!([{"_id": "a", "os": {"type": "Linux", "cpus": [{"speed": 1}]}}, {"_id": "b"}]);
        assert!(tried(right, include.clone()).is_empty());
        assert_eq!(tried(json!([{"_id": "a", "os": {"type": "Linux"}}]), include.clone()), ["/statistics/0/os/cpus"]);
        assert_eq!(tried(json!([{"_id": "b", "n": 2}]), include.clone()), ["/statistics/0/n"]);
        assert_eq!(tried(json!([{"os": {}}]), include), ["/statistics/0/_id"]);
    }

    #[test]
    fn exclusion() {
        let right = json!([{"_id": "a", "os": {"cpus": [{"speed": 1, "model": "x"}]}}]);
        assert!(tried(right, json!({"exclude": ["n", "os.type"]})).is_empty());
        assert_eq!(tried(json!([{"_id": "b", "n": 2}]), json!({"exclude": ["n"]})), ["/statistics/0/n"]);
        assert!(tried(json!([{"n": 2}]), json!({"exclude": ["_id"]})).is_empty());
        assert_eq!(tried(json!([{"n": 3}]), json!({"exclude": ["_id"]})), ["/statistics/0"]);
        assert_eq!(tried(json!([{"_id": "b", "n": 2}]), json!({"exclude": ["_id"]})), ["/statistics/0/_id"]);
    }
}
