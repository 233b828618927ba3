//! Checks against JSON Schemas.

use serde_json::{Value, json};

use super::{Findings, Scope, Shown, body, condition};
use crate::case::{Is, Version};
use crate::json;
use crate::schemas;

pub(super) fn valid(scope: &Scope<'_>, at: &str, name: &str, findings: &mut Findings) {
    let Some(body) = body(scope, "schema", findings) else { return };
    let found = json::find(body, at);
    if found.is_empty() {
        findings.undecided(format!("nothing at {at} to check against {name}"));
    }
    for (pointer, value) in found {
        // A record says itself which version wrote it; one collection holds the records of all versions a server has been.
        let own = value.get("version").and_then(Value::as_str).and_then(|text| Version::parse(text).ok());
        match scope.schemas.violations(name, own.as_ref().or(scope.version), value) {
            Ok(violations) => {
                for violation in violations {
                    let actual = Shown::maybe(value.pointer(&violation.pointer));
                    findings.fail(
                        "schema",
                        format!("{pointer}{}", violation.pointer),
                        Shown::words(violation.expected),
                        actual,
                    );
                }
            }
            Err(error) => findings.undecided(error.to_string()),
        }
    }
}

pub(super) fn errors(scope: &Scope<'_>, instance: &str, schema: &str, is: &Is, findings: &mut Findings) {
    let Some(body) = body(scope, "schema_errors", findings) else { return };
    let (Some(instance_value), Some(schema_value)) = (body.pointer(instance), body.pointer(schema)) else {
        findings.undecided(format!("the document has no {instance} or no {schema}"));
        return;
    };
    match schemas::violations_of(schema_value, instance_value) {
        Err(error) => findings.undecided(error.to_string()),
        Ok(violations) => {
            let count = json!(violations.len());
            match condition::unmet(&count, is, scope.variables) {
                Ok(unmet) => {
                    for expected in unmet {
                        let actual = Shown::words(format!("{count} errors"));
                        findings.fail("schema_errors", instance, expected, actual);
                    }
                }
                Err(unknown) => findings.undecided(unknown.to_string()),
            }
            findings.notes.push((format!("errors of {instance} against {schema}"), count));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{pointers, try_checks};

    #[test]
    fn a_missing_member_is_named_where_it_should_be() {
        let checks = json!([{"check": "schema", "at": "/statistics/*", "schema": "statistics-record"}]);
        let findings = try_checks(json!({"statistics": [{"version": "1.0.0", "totalUsers": "x"}]}), None, checks);
        let all: Vec<String> = findings.mismatches.iter().map(|m| m.pointer.clone()).collect();
        assert!(all.contains(&"/statistics/0/_id".to_owned()), "{all:?}");
    }

    #[test]
    fn a_document_can_be_wrong_about_itself() {
        let document = json!({"example": {"a": null}, "schema": {"properties": {"a": {"type": "string"}}}});
        let check = |count: u8| json!([{"check": "schema_errors", "instance": "/example", "schema": "/schema", "is": {"equals": count}}]);
        assert!(try_checks(document.clone(), None, check(1)).mismatches.is_empty());
        assert_eq!(pointers(&try_checks(document, None, check(0))), ["/example"]);
    }
}
