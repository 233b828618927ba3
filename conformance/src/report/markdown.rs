//! Markdown: totals, a table by area, each failure in full, findings, and what is not proven. Tables hold the suite's
//! own words and numbers only; what a server said stands in code spans.

use std::fmt::Write as _;

use crate::case::Level;
use crate::model::{CaseResult, Counts, RunResult};
use crate::outcome::Outcome;
use crate::report::inert::{command, markdown_code, markdown_text};
use crate::report::{Options, view};

/// Room kept for what follows the failures.
const TAIL: usize = 64 * 1024;

/// The whole report.
pub(super) fn render(result: &RunResult, options: &Options) -> String {
    within(result, options, usize::MAX)
}

/// The report in at most `limit` bytes: failures that do not fit are counted.
pub(super) fn within(result: &RunResult, options: &Options, limit: usize) -> String {
    let mut text = String::new();
    head(&mut text, result);
    levels(&mut text, result);
    areas(&mut text, result);
    let tail = tail(result);
    let room = limit.saturating_sub(tail.len()).saturating_sub(text.len());
    failures(&mut text, result, options, room);
    text.push_str(&tail);
    text
}

fn head(text: &mut String, result: &RunResult) {
    let summary = &result.summary;
    let target = &result.target;
    let sign = if summary.exit_code == 0 { "✅" } else { "❌" };
    let _ = writeln!(text, "# {sign} Conformance: {}\n", markdown_text(&summary.verdict));
    if !result.complete {
        let _ = writeln!(text, "**Incomplete: not every selected case got its turn.**\n");
    }
    if let Some(stopped) = &result.run.stopped {
        let _ = writeln!(text, "**Stopped:** {}\n", markdown_code(&stopped.detail));
    }
    let version = target.server_version.as_deref().unwrap_or("unknown");
    let _ = writeln!(
        text,
        "* Target: {}, server {} ({})",
        markdown_code(&target.url),
        markdown_code(version),
        markdown_code(&target.version_source)
    );
    let _ = writeln!(
        text,
        "* Profile {}, mode {}, suite {} {}",
        markdown_code(&target.profile),
        result.run.mode.as_str(),
        markdown_text(&result.suite.name),
        markdown_text(&result.suite.version)
    );
    let _ = writeln!(
        text,
        "* {}, {}; {}",
        markdown_text(&result.run.started),
        view::seconds(result.run.duration_ms),
        view::requests(result)
    );
    let _ = writeln!(text, "* {}\n", view::totals(summary));
    for notice in &result.run.notices {
        let _ = writeln!(text, "> {}\n", markdown_code(notice));
    }
}

/// The header and the rule of a table with a column for each outcome.
fn table_head(text: &mut String, first: &str) {
    let names: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let _ = writeln!(text, "| {first} | {} | cases |", names.join(" | "));
    let _ = writeln!(text, "|---{}|---:|", "|---:".repeat(Outcome::ALL.len()));
}

fn table_row(text: &mut String, first: &str, counts: &Counts) {
    let numbers: Vec<_> = Outcome::ALL.iter().map(|outcome| counts.of(*outcome).to_string()).collect();
    let _ = writeln!(text, "| {first} | {} | {} |", numbers.join(" | "), counts.total());
}

fn levels(text: &mut String, result: &RunResult) {
    table_head(text, "level");
    for level in Level::ALL {
        table_row(text, level.as_str(), result.summary.levels.of(level));
    }
    table_row(text, "**all**", &result.summary.totals);
    text.push('\n');
}

fn areas(text: &mut String, result: &RunResult) {
    if result.cases.is_empty() {
        return;
    }
    table_head(text, "area");
    for (area, cases) in view::areas(result) {
        let mut counts = Counts::default();
        for case in cases {
            counts.add(case.outcome);
        }
        table_row(text, &markdown_text(&view::area_title(area)), &counts);
    }
    text.push('\n');
}

fn failures(text: &mut String, result: &RunResult, options: &Options, room: usize) {
    let cases: Vec<_> = result.cases.iter().filter(|case| view::needs_detail(case)).collect();
    if cases.is_empty() {
        return;
    }
    text.push_str("## Failures\n\n");
    let end = text.len().saturating_add(room.saturating_sub(1024));
    for (index, case) in cases.iter().enumerate() {
        let entry = failure(result, case, options);
        if text.len().saturating_add(entry.len()) > end {
            let _ = writeln!(text, "*{} more cases did not fit; the other reports have them.*\n", cases.len() - index);
            return;
        }
        text.push_str(&entry);
    }
}

fn failure(result: &RunResult, case: &CaseResult, options: &Options) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "### {} {}\n", markdown_text(&case.id), markdown_text(&case.title));
    let _ = writeln!(
        text,
        "**{}**, {}: {}\n",
        case.outcome.as_str(),
        case.level.as_str(),
        markdown_text(&case.requirement)
    );
    if let Some(error) = &case.error {
        let _ = writeln!(text, "Could not be decided: {}\n", markdown_code(error));
    }
    for failure in &case.failures {
        let _ = writeln!(
            text,
            "* {} ({}, check {})",
            markdown_code(view::place(failure)),
            markdown_text(&failure.step),
            markdown_text(&failure.check)
        );
        let _ = writeln!(text, "  * expected: {}", markdown_code(&failure.expected));
        let _ = writeln!(text, "  * actual: {}", markdown_code(&failure.actual));
        if let Some(message) = &failure.message {
            let _ = writeln!(text, "  * {}", markdown_code(message));
        }
    }
    for source in &case.sources {
        let _ = writeln!(text, "* source: {}", markdown_code(&view::source(source)));
    }
    if let Some(cause) = &case.likely_cause {
        let _ = writeln!(text, "* likely cause: {}", markdown_text(cause));
    }
    if let Some(remedy) = &case.remediation {
        let _ = writeln!(text, "* remediation: {}", markdown_text(remedy));
    }
    text.push_str("\nReproduce:\n\n");
    if let Some(curl) = &case.curl {
        let _ = writeln!(text, "    {}", command(curl));
    }
    let _ = writeln!(text, "    {}\n", command(&view::replay(result, case, options)));
    text
}

/// Everything after the failures.
fn tail(result: &RunResult) -> String {
    let mut text = String::new();
    let mut section = |heading: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(text, "## {heading}\n");
        let mut room = TAIL / 4;
        for (index, line) in lines.iter().enumerate() {
            let Some(left) = room.checked_sub(line.len()) else {
                let _ = writeln!(text, "* … and {} more", lines.len() - index);
                break;
            };
            room = left;
            let _ = writeln!(text, "* {line}");
        }
        text.push('\n');
    };
    for (kind, heading) in view::FINDING_KINDS {
        let lines = view::findings(result, kind);
        section(
            &format!("Findings: {heading}"),
            lines
                .iter()
                .map(|(case, finding)| format!("{}: {}", markdown_text(&case.id), markdown_code(finding)))
                .collect(),
        );
    }
    let gaps = &result.summary.not_proven;
    section(
        "Not proven",
        gaps.iter()
            .map(|gap| {
                format!("{} {}: {}", markdown_text(&gap.id), markdown_text(&gap.title), markdown_text(&gap.reason))
            })
            .collect(),
    );
    let expected = result.cases.iter().filter(|case| matches!(case.outcome, Outcome::Xfail | Outcome::Xpass));
    section(
        "Expected failures",
        expected
            .map(|case| {
                format!(
                    "{} {} ({})",
                    markdown_text(&case.id),
                    markdown_text(&view::reason(case).unwrap_or_default()),
                    case.outcome.as_str()
                )
            })
            .collect(),
    );
    let stale = result.stale_expectations.iter();
    section(
        "Expectations out of date",
        stale
            .map(|stale| {
                format!("{} {}: {}", markdown_text(&stale.id), markdown_text(&stale.kind), markdown_text(&stale.detail))
            })
            .collect(),
    );
    text
}
