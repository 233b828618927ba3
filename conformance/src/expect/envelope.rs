//! Checks of one answer: status, headers, whether it is JSON, its text, single values, members.

use serde_json::Value;

use super::{Findings, Scope, Shown, body, condition};
use crate::case::{Is, JsonType};
use crate::json;

pub(super) fn status(scope: &Scope<'_>, is: &[u16], findings: &mut Findings) {
    if !is.contains(&scope.answer.status) {
        let wanted: Vec<String> = is.iter().map(ToString::to_string).collect();
        findings.fail(
            "status",
            "status",
            Shown::words(wanted.join(" or ")),
            Shown::words(scope.answer.status.to_string()),
        );
    }
}

pub(super) fn header(scope: &Scope<'_>, name: &str, is: &Is, findings: &mut Findings) {
    let found = scope.answer.header(name).map(Value::String);
    let pointer = format!("header {}", name.to_lowercase());
    one_value(scope, "header", &pointer, found.as_ref(), is, findings);
}

pub(super) fn json(scope: &Scope<'_>, types: &[JsonType], findings: &mut Findings) {
    if let Some(body) = body(scope, "json", findings) {
        let wanted = if types.is_empty() { &[JsonType::Object] } else { types };
        if !wanted.iter().any(|wanted| condition::is_of_type(body, *wanted)) {
            let names: Vec<&str> = wanted.iter().map(|wanted| wanted.as_str()).collect();
            findings.fail("json", "", Shown::words(names.join(" or ")), Shown::Data(body.clone()));
        }
    }
}

pub(super) fn text(scope: &Scope<'_>, is: &Is, findings: &mut Findings) {
    let text = Value::String(String::from_utf8_lossy(&scope.answer.bytes).into_owned());
    one_value(scope, "text", "body", Some(&text), is, findings);
}

pub(super) fn value(scope: &Scope<'_>, at: &str, is: &Is, if_present: bool, findings: &mut Findings) {
    let Some(body) = body(scope, "value", findings) else { return };
    let found = json::find(body, at);
    if found.is_empty() {
        if json::is_wild(at) && !if_present && is.exists != Some(false) {
            // An empty list decides nothing; a list that is not there is a failure.
            let parent = at.split("/*").next().unwrap_or_default();
            match body.pointer(parent) {
                Some(Value::Array(items)) if items.is_empty() => findings.undecided(format!("{parent} is empty")),
                _ => findings.fail("value", at, condition::wanted(is), Shown::words("absent")),
            }
        } else if !if_present {
            one_value(scope, "value", at, None, is, findings);
        }
        return;
    }
    for (pointer, value) in found {
        one_value(scope, "value", &pointer, Some(value), is, findings);
    }
}

fn one_value(
    scope: &Scope<'_>,
    check: &'static str,
    pointer: &str,
    value: Option<&Value>,
    is: &Is,
    findings: &mut Findings,
) {
    match (value, is.exists) {
        (Some(value), Some(false)) => {
            findings.fail(check, pointer, Shown::words("absent"), Shown::Data(value.clone()));
        }
        (None, Some(false)) => {}
        (None, _) => findings.fail(check, pointer, condition::wanted(is), Shown::words("absent")),
        (Some(value), _) => match condition::unmet(value, is, scope.variables) {
            Ok(unmet) => {
                for expected in unmet {
                    findings.fail(check, pointer, expected, Shown::Data(value.clone()));
                }
            }
            Err(unknown) => findings.undecided(unknown.to_string()),
        },
    }
}

pub(super) fn keys(
    scope: &Scope<'_>,
    at: &str,
    required: &[String],
    allowed: Option<&[String]>,
    forbidden: &[String],
    findings: &mut Findings,
) {
    let Some(body) = body(scope, "keys", findings) else { return };
    let found = json::find(body, at);
    if found.is_empty() && !json::is_wild(at) {
        findings.fail("keys", at, Shown::words("object"), Shown::words("absent"));
    }
    for (pointer, value) in found {
        let Value::Object(members) = value else {
            findings.fail("keys", pointer, Shown::words("object"), Shown::Data(value.clone()));
            continue;
        };
        let place = |key: &str| format!("{pointer}{}", json::pointer_segment(key));
        for key in required.iter().filter(|key| !members.contains_key(*key)) {
            findings.fail("keys", place(key), Shown::words("present"), Shown::words("absent"));
        }
        for (key, member) in members {
            let unknown = allowed.is_some_and(|allowed| !allowed.contains(key) && !required.contains(key));
            if unknown || forbidden.contains(key) {
                findings.fail("keys", place(key), Shown::words("absent"), Shown::Data(member.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{pointers, try_checks};

    #[test]
    fn values_are_named_by_their_place() {
        let body = json!({"statistics": [{"a": 1}, {"a": "x"}], "success": true});
        let checks = json!([{"check": "value", "at": "/statistics/*/a", "is": {"type": ["integer"]}}]);
        assert_eq!(pointers(&try_checks(body.clone(), None, checks)), ["/statistics/1/a"]);
        let checks = json!([{"check": "value", "at": "/count", "is": {"equals": 2}}]);
        assert_eq!(pointers(&try_checks(body.clone(), None, checks)), ["/count"]);
        let checks = json!([
            {"check": "value", "at": "/count", "is": {"equals": 2}, "if_present": true},
            {"check": "value", "at": "/error", "is": {"exists": false}}
        ]);
        assert!(try_checks(body, None, checks).mismatches.is_empty());
    }

    #[test]
    fn an_empty_list_decides_nothing_and_a_missing_one_fails() {
        let checks = json!([{"check": "value", "at": "/statistics/*/a", "is": {"equals": 1}}]);
        let findings = try_checks(json!({"statistics": []}), None, checks.clone());
        assert!(findings.mismatches.is_empty() && findings.undecided.len() == 1);
        assert_eq!(pointers(&try_checks(json!({}), None, checks)), ["/statistics/*/a"]);
    }

    #[test]
    fn members() {
        let body = json!({"statistics": [{"_id": "a", "x": 1}, {"y": 2}]});
        let checks = json!([{"check": "keys", "at": "/statistics/*", "required": ["_id"], "allowed": ["x"], "forbidden": ["x"]}]);
        let findings = try_checks(body, None, checks);
        assert_eq!(pointers(&findings), ["/statistics/0/x", "/statistics/1/_id", "/statistics/1/y"]);
    }
}
