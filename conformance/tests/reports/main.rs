//! Reports as their readers see them: fixed bytes for a fixed result, valid by their schemas, equal in their totals, and
//! inert whatever a server puts into them.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, in their helpers too")]

mod safety;
mod schema;
mod structure;
#[path = "../support/mod.rs"]
mod support;
mod totals;

use crate::support::sample::{self, HOSTILE};
use conformance::model::{CaseResult, Skip, StopReason, Stopped, Summary};
use conformance::outcome::{Outcome, SkipReason};
use conformance::report::{self, Format, Options, Verbosity, compare};
use serde_json::Value;

fn options() -> Options {
    Options { report_file: Some("run.json".to_owned()), ..Options::default() }
}

fn rendered(format: Format) -> String {
    report::render(format, &sample::run_result(), &options()).unwrap()
}

fn parsed(format: Format) -> Value {
    serde_json::from_str(&rendered(format)).unwrap()
}

/// The whole report for each format, so that a change of any byte is seen and read.
#[test]
fn a_fixed_result_gives_fixed_bytes() {
    for format in Format::ALL {
        let text = rendered(format);
        assert_eq!(text, rendered(format), "{format}");
        assert!(text.ends_with('\n') && !text.contains('\r'), "{format}");
        // The page's style and script have files of their own.
        let text = if format == Format::Html { without_style_and_script(&text) } else { text };
        insta::assert_snapshot!(format.as_str(), text);
    }
}

fn without_style_and_script(page: &str) -> String {
    let mut page = page.to_owned();
    for (from, to) in [("'sha256-", "'"), ("'sha256-", "'"), ("<style>", "</style>"), ("<script>", "</script>")] {
        let start = page.find(from).unwrap();
        let end = start + from.len() + page[start + from.len()..].find(to).unwrap() + to.len();
        page.replace_range(start..end, "[cut]");
    }
    page
}

#[test]
fn human_text_says_less_or_more_as_told() {
    let result = sample::run_result();
    let count = |verbosity, tag: &str| {
        let text = report::render(Format::Human, &result, &Options { verbosity, ..options() }).unwrap();
        text.lines().filter(|line| line.starts_with(tag)).count()
    };
    for (tag, quiet, normal, verbose) in
        [("PASS", 0, 3, 3), ("DOC", 0, 1, 1), ("FAIL", 3, 3, 3), ("SKIP", 1, 1, 3), ("OFF", 0, 0, 1)]
    {
        let counts = [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose].map(|verbosity| count(verbosity, tag));
        assert_eq!(counts, [quiet, normal, verbose], "{tag}");
    }
}

#[test]
fn colours_only_where_asked_for_and_never_from_the_server() {
    let colored = report::render(Format::Human, &sample::run_result(), &Options { color: true, ..options() }).unwrap();
    assert!(colored.contains("\u{1b}[32m"));
    assert!(!colored.contains("\u{1b}[31mred"));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), rendered(Format::Human));
}

/// What a live report writes event by event is what is rendered afterwards.
#[test]
fn live_reports_and_later_renderings_are_the_same() {
    let result = sample::run_result();
    for format in Format::ALL {
        let mut bytes = Vec::new();
        let mut reporter = report::live(format, &mut bytes, &options());
        report::tell(&result, &mut *reporter);
        reporter.finish().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), rendered(format), "{format}");
    }
}

#[test]
fn every_format_renders_again_from_the_canonical_report() {
    let again = report::json::read(&rendered(Format::Json)).unwrap();
    for format in Format::ALL {
        assert_eq!(report::render(format, &again, &options()).unwrap(), rendered(format), "{format}");
    }
}

/// A run that was broken off before its first case still has every report, and those say so.
#[test]
fn a_run_without_cases_is_reported_too() {
    let mut result = sample::run_result();
    result.cases.clear();
    result.complete = false;
    result.summary = Summary::of(&result.cases);
    result.run.stopped = Some(Stopped { reason: StopReason::TargetLost, detail: "nobody answers".to_owned() });
    for format in Format::ALL {
        let text = report::render(format, &result, &options()).unwrap();
        let told = ["incomplete", "nobody answers", "\"complete\": false", "\"complete\":false"];
        // JUnit has no word for it; it holds no test at all.
        let told = told.iter().any(|words| text.to_lowercase().contains(words))
            || (format == Format::Junit && !text.contains("<testcase"));
        assert!(told, "{format}: {text}");
    }
}

/// A lost target leaves hundreds of cases without a turn: they are listed, but not with a line each.
#[test]
fn many_cases_without_a_turn_are_listed_by_topic() {
    let mut result = sample::run_result();
    let unreached = Skip { reason: SkipReason::NotReached, detail: "nobody answers".to_owned() };
    result.cases = (1..=40)
        .map(|number| CaseResult {
            id: format!("RCS-LIST-PAGE-{number:03}"),
            skip: Some(unreached.clone()),
            ..result.cases[5].clone()
        })
        .collect();
    result.summary = Summary::of(&result.cases);
    let text = report::render(Format::Human, &result, &options()).unwrap();
    assert!(text.contains("  not-reached: 40 cases\n    RCS-LIST-PAGE    001 002 003 "), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("SKIP")).count(), 0, "{text}");
}

#[test]
fn a_comparison_reads_well_in_every_rendering() {
    let old = sample::run_result();
    let mut new = sample::run_result();
    new.run.started = "2026-11-25T03:00:00Z".to_owned();
    new.target.server_version = Some(format!("8.6.1{HOSTILE}"));
    new.cases[0].outcome = Outcome::Fail;
    new.cases[0].failures = new.cases[1].failures.clone();
    new.cases[1].outcome = Outcome::Pass;
    new.cases[1].failures.clear();
    new.cases[2].failures[0].actual.push('!');
    new.cases.remove(3);
    let comparison = compare::compare(&old, &new);
    assert_eq!(comparison.exit_code, 1);
    insta::assert_snapshot!("compare-human", compare::human(&comparison));
    insta::assert_snapshot!("compare-markdown", compare::markdown(&comparison));
    let json: Value = serde_json::from_str(&compare::json(&comparison).unwrap()).unwrap();
    assert_eq!(json["totals"]["regressed"], 1);
    assert_eq!(json["rows"].as_array().unwrap().len(), old.cases.len());
    assert_eq!(json["rows"][0]["change"], "regressed");
}
