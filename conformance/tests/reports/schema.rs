//! The canonical report against `schemas/report.schema.json`, and the schema against the model.

use conformance::report::Format;
use serde_json::Value;

use crate::parsed;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schemas/report.schema.json")).unwrap()
}

fn errors(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_canonical_report_is_valid() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert_eq!(errors(&schema(), &parsed(Format::Json)), [""; 0]);
}

/// The schema lets members be added. For this test it does not: whatever the model writes must be described.
#[test]
fn the_schema_describes_every_member() {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(object) => {
                if object.contains_key("properties") && object.contains_key("type") {
                    object.entry("additionalProperties").or_insert(Value::Bool(false));
                }
                object.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut closed = schema();
    close(&mut closed);
    assert_eq!(errors(&closed, &parsed(Format::Json)), [""; 0]);
}

#[test]
fn the_schema_requires_every_member() {
    let report = parsed(Format::Json);
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for place in [
        "",
        "/suite",
        "/target",
        "/target/settings/API_Default_Count",
        "/run",
        "/run/requests",
        "/summary",
        "/summary/totals",
        "/summary/levels",
        "/summary/findings",
        "/summary/not_proven/0",
        "/cases/1",
        "/cases/1/failures/0",
        "/cases/1/findings/0",
        "/cases/1/sources/0",
        "/cases/1/exchanges/0",
        "/cases/1/exchanges/0/request",
        "/cases/1/exchanges/0/response",
        "/cases/5/skip",
        "/cases/8/expectation",
        "/cases/12/alternatives/0",
        "/cases/13/notes/0",
        "/stale_expectations/0",
    ] {
        for key in report.pointer(place).unwrap().as_object().unwrap().keys() {
            let mut lacking = report.clone();
            lacking.pointer_mut(place).unwrap().as_object_mut().unwrap().shift_remove(key);
            assert!(!validator.is_valid(&lacking), "{place} may lack {key}");
        }
    }
}

#[test]
fn contradictions_are_invalid() {
    for (pointer, value) in [
        ("/format", Value::from(2)),
        ("/cases/0/outcome", "passed".into()),
        ("/cases/0/outcome", "skip".into()),
        ("/cases/0/error", "lost".into()),
        ("/cases/0/id", "RCS-1".into()),
        ("/cases/1/failures", Value::Array(Vec::new())),
        ("/cases/1/findings/0/kind", "other".into()),
        ("/summary/totals/pass", (-1).into()),
        ("/run/started", "yesterday".into()),
    ] {
        let mut report = parsed(Format::Json);
        *report.pointer_mut(pointer).unwrap() = value;
        assert!(!errors(&schema(), &report).is_empty(), "{pointer}");
    }
}
