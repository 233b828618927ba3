//! SARIF 2.1.0: a rule and a result for each case. The place of a result is the file its case is written in, since a
//! server has no lines; the logical location is the place in the server's answer.

use serde_json::{Value, json};

use crate::case::{FindingKind, Level, Place};
use crate::http::encode::component;
use crate::model::{CaseResult, RunResult};
use crate::outcome::{Outcome, SkipReason};
use crate::report::inert::terminal;
use crate::report::{Options, ReportError, inert, view};

/// The address by which tools know the format.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole log, with one run.
pub(super) fn render(result: &RunResult, options: &Options) -> Result<String, ReportError> {
    let rules: Vec<_> = result.cases.iter().map(rule).collect();
    let results: Vec<_> =
        result.cases.iter().enumerate().map(|(index, case)| entry(result, case, index, options)).collect();
    let summary = &result.summary;
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": terminal(&result.suite.name),
                "semanticVersion": terminal(&result.suite.version),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": result.complete,
                "exitCode": summary.exit_code,
                "exitCodeDescription": terminal(&summary.verdict),
                "startTimeUtc": terminal(&result.run.started),
                "toolExecutionNotifications": notifications(result),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "target": terminal(&result.target.url),
                "serverVersion": terminal(result.target.server_version.as_deref().unwrap_or("unknown")),
                "profile": terminal(&result.target.profile),
                "totals": summary.totals,
                "findings": summary.findings,
                "notProven": summary.not_proven.iter().map(|gap| terminal(&gap.id)).collect::<Vec<_>>(),
            },
        }],
    });
    Ok(format!("{}\n", inert::json(&serde_json::to_string_pretty(&log)?)))
}

/// A message text. `[text](1)` would be a link in it.
fn message(text: &str) -> Value {
    json!({ "text": text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]") })
}

fn notifications(result: &RunResult) -> Vec<Value> {
    let notes = result.run.notices.iter().map(|notice| ("note", terminal(notice)));
    let stale = result
        .stale_expectations
        .iter()
        .map(|stale| ("warning", terminal(&format!("{}: {}: {}", stale.id, stale.kind, stale.detail))));
    let stopped = result.run.stopped.iter().map(|stopped| ("error", terminal(&stopped.detail)));
    notes
        .chain(stale)
        .chain(stopped)
        .map(|(level, text)| json!({ "level": level, "message": message(&text) }))
        .collect()
}

fn rule(case: &CaseResult) -> Value {
    let mut help: Vec<_> = case.sources.iter().map(|source| terminal(&view::source(source))).collect();
    help.extend(case.likely_cause.iter().map(|cause| format!("Likely cause: {}", terminal(cause))));
    help.extend(case.remediation.iter().map(|remedy| format!("Remediation: {}", terminal(remedy))));
    json!({
        "id": terminal(&case.id),
        "shortDescription": message(&terminal(&case.title)),
        "fullDescription": message(&terminal(&case.requirement)),
        "help": message(&help.join("\n")),
        "defaultConfiguration": { "level": level(case.level) },
        "properties": {
            // Tags must differ, and areas, topics and levels share words.
            "tags": [case.level.as_str(), terminal(&format!("{}-{}", case.area(), case.topic()))],
            "safety": case.safety.as_str(),
        },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::Observe | Level::Doc => "note",
    }
}

/// SARIF's word for an outcome. Only `fail` may carry a level.
fn kind(case: &CaseResult) -> &'static str {
    let about_documents = case.findings.iter().any(|finding| finding.kind != FindingKind::ServerFails);
    match case.outcome {
        Outcome::Fail | Outcome::Xfail | Outcome::Xpass => "fail",
        Outcome::Pass | Outcome::Flaky if about_documents => "informational",
        Outcome::Pass | Outcome::Flaky => "pass",
        Outcome::Skip if case.skip.as_ref().is_some_and(|skip| skip.reason == SkipReason::NotApplicable) => {
            "notApplicable"
        }
        Outcome::Error | Outcome::Skip | Outcome::Disabled => "open",
    }
}

fn entry(result: &RunResult, case: &CaseResult, index: usize, options: &Options) -> Value {
    let kind = kind(case);
    let mut lines = vec![match case.outcome {
        Outcome::Fail => terminal(&view::headline(case)),
        _ => terminal(&view::reason(case).unwrap_or_else(|| case.title.clone())),
    }];
    lines.extend(
        case.findings
            .iter()
            .filter(|finding| finding.kind != FindingKind::ServerFails)
            .map(|finding| terminal(&finding.text)),
    );
    json!({
        "ruleId": terminal(&case.id),
        "ruleIndex": index,
        "kind": kind,
        "level": if kind != "fail" { "none" } else if case.outcome == Outcome::Xpass { "warning" } else { level(case.level) },
        "message": message(&lines.join("\n")),
        "locations": [location(case)],
        "partialFingerprints": { "caseId/v1": terminal(&case.id) },
        "suppressions": suppressions(case),
        "properties": properties(result, case, options),
    })
}

/// An expected failure is a suppressed one. An empty list says that nothing suppresses the result.
fn suppressions(case: &CaseResult) -> Vec<Value> {
    if case.outcome != Outcome::Xfail {
        return Vec::new();
    }
    let reason = view::reason(case).unwrap_or_default();
    vec![json!({ "kind": "external", "status": "accepted", "justification": terminal(&reason) })]
}

fn properties(result: &RunResult, case: &CaseResult, options: &Options) -> Value {
    let failures: Vec<_> = case
        .failures
        .iter()
        .map(|failure| {
            json!({
                "pointer": terminal(&failure.pointer),
                "expected": terminal(&failure.expected),
                "actual": terminal(&failure.actual),
            })
        })
        .collect();
    let mut reproduce = Vec::new();
    if view::needs_detail(case) {
        reproduce.extend(case.curl.iter().map(|curl| inert::command(curl)));
        reproduce.push(inert::command(&view::replay(result, case, options)));
    }
    json!({
        "outcome": case.outcome.as_str(),
        "level": case.level.as_str(),
        "attempts": case.attempts,
        "failures": failures,
        "reproduce": reproduce,
    })
}

fn location(case: &CaseResult) -> Value {
    // Reports of older testers do not say where a case is written; its id names the file it then was in.
    let place = case.place.clone().unwrap_or_else(|| Place {
        file: format!("conformance/cases/{}/{}.json", case.area(), case.topic()).to_lowercase(),
        line: 1,
    });
    let places: Vec<_> = case
        .failures
        .first()
        .map(|failure| json!({ "fullyQualifiedName": terminal(view::place(failure)), "kind": "value" }))
        .into_iter()
        .collect();
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(&place.file),
            "region": { "startLine": place.line },
        },
        "logicalLocations": places,
    })
}

/// A file as an address: below the root of the sources, unless its path is absolute.
fn artifact(file: &str) -> Value {
    let path = file.split('/').map(component).collect::<Vec<_>>().join("/");
    if path.starts_with('/') {
        json!({ "uri": format!("file://{path}") })
    } else {
        json!({ "uri": path, "uriBaseId": "%SRCROOT%" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_an_address_that_nothing_breaks_out_of() {
        assert_eq!(
            artifact("cases/list/page.json"),
            json!({ "uri": "cases/list/page.json", "uriBaseId": "%SRCROOT%" })
        );
        assert_eq!(artifact("/tmp/my cases/a.json"), json!({ "uri": "file:///tmp/my%20cases/a.json" }));
        assert_eq!(artifact("\u{1b}[31m\"<\n")["uri"], "%1B%5B31m%22%3C%0A");
    }
}
