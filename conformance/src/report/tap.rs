//! TAP version 14: a test point a case, with a YAML block under each that has something to tell.

use std::fmt::Write as _;

use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;
use crate::report::inert::{command, tap, terminal, yaml};
use crate::report::{Options, view};

/// The whole document.
pub(super) fn render(result: &RunResult, options: &Options) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", result.cases.len());
    let target = &result.target;
    let _ = writeln!(
        text,
        "# target {} server {} profile {}",
        terminal(&target.url),
        terminal(target.server_version.as_deref().unwrap_or("unknown")),
        terminal(&target.profile)
    );
    for (index, case) in result.cases.iter().enumerate() {
        point(&mut text, index + 1, case);
        if has_more_to_tell(case) {
            diagnostics(&mut text, result, case, options);
        }
    }
    for gap in &result.summary.not_proven {
        let _ = writeln!(text, "# not proven: {} {}", terminal(&gap.id), terminal(&gap.reason));
    }
    let _ = writeln!(text, "# {}", view::totals(&result.summary));
    let _ = writeln!(text, "# {}", terminal(&result.summary.verdict));
    if !result.complete {
        text.push_str("# incomplete: not every selected case got its turn\n");
    }
    text
}

fn point(text: &mut String, number: usize, case: &CaseResult) {
    let ok = match case.outcome {
        Outcome::Fail | Outcome::Error | Outcome::Xfail => "not ok",
        // TAP's own word for an unexpected pass is a passed TODO.
        Outcome::Pass | Outcome::Skip | Outcome::Xpass | Outcome::Flaky | Outcome::Disabled => "ok",
    };
    let directive = match case.outcome {
        Outcome::Skip | Outcome::Disabled => " # SKIP ",
        Outcome::Xfail | Outcome::Xpass => " # TODO ",
        Outcome::Pass | Outcome::Fail | Outcome::Error | Outcome::Flaky => "",
    };
    let reason = if directive.is_empty() { String::new() } else { view::reason(case).unwrap_or_default() };
    let _ = writeln!(text, "{ok} {number} - {} {}{directive}{}", tap(&case.id), tap(&case.title), tap(&reason));
}

fn has_more_to_tell(case: &CaseResult) -> bool {
    !case.failures.is_empty()
        || !case.findings.is_empty()
        || !case.notes.is_empty()
        || matches!(case.outcome, Outcome::Error | Outcome::Flaky)
}

fn diagnostics(text: &mut String, result: &RunResult, case: &CaseResult, options: &Options) {
    text.push_str("  ---\n");
    let mut member = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}: {value}");
    };
    member("outcome", case.outcome.as_str());
    member("level", case.level.as_str());
    member("requirement", &yaml(&case.requirement));
    if matches!(case.outcome, Outcome::Error | Outcome::Flaky)
        && let Some(reason) = view::reason(case)
    {
        member("reason", &yaml(&reason));
    }
    member("duration_ms", &format!("{:.3}", case.duration_ms));
    if !case.failures.is_empty() {
        text.push_str("  failures:\n");
        for failure in &case.failures {
            let _ = writeln!(text, "    - at: {}", yaml(view::place(failure)));
            let _ = writeln!(text, "      step: {}", yaml(&failure.step));
            let _ = writeln!(text, "      expected: {}", yaml(&failure.expected));
            let _ = writeln!(text, "      actual: {}", yaml(&failure.actual));
            if let Some(message) = &failure.message {
                let _ = writeln!(text, "      message: {}", yaml(message));
            }
        }
    }
    list(
        text,
        "findings",
        case.findings.iter().map(|finding| {
            let heading =
                view::FINDING_KINDS.iter().find(|(kind, _)| *kind == finding.kind).map_or("", |(_, heading)| heading);
            yaml(&format!("{heading}: {}", finding.text))
        }),
    );
    list(text, "notes", case.notes.iter().map(|note| yaml(&format!("{}: {}", note.name, note.value))));
    list(text, "sources", case.sources.iter().map(|source| yaml(&view::source(source))));
    for (name, value) in [("likely_cause", &case.likely_cause), ("remediation", &case.remediation)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name}: {}", yaml(value));
        }
    }
    if view::needs_detail(case) {
        if let Some(curl) = &case.curl {
            let _ = writeln!(text, "  curl: {}", yaml_command(curl));
        }
        let _ = writeln!(text, "  replay: {}", yaml_command(&view::replay(result, case, options)));
    }
    text.push_str("  ...\n");
}

fn list(text: &mut String, name: &str, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        if index == 0 {
            let _ = writeln!(text, "  {name}:");
        }
        let _ = writeln!(text, "    - {item}");
    }
}

/// A command line as a YAML scalar: not cut at the length of values.
fn yaml_command(line: &str) -> String {
    format!("\"{}\"", command(line).replace('\\', "\\\\").replace('"', "\\\""))
}
