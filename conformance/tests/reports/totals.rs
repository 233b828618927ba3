//! One result, the same totals everywhere.

use crate::support::sample;
use conformance::model::RunResult;
use conformance::outcome::Outcome;
use conformance::report::Format;
use serde_json::Value;

use crate::{parsed, rendered};

/// Counts of the eight outcomes, in their order.
type Totals = [usize; 8];

fn expected() -> Totals {
    Outcome::ALL.map(|outcome| sample::run_result().summary.totals.of(outcome))
}

fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Totals {
    let words: Vec<_> = words.collect();
    Outcome::ALL.map(|outcome| words.iter().filter(|word| **word == outcome.as_str()).count())
}

/// The line of totals that the reports for people share.
fn of_line(text: &str) -> Totals {
    let line = text.lines().find(|line| line.contains("15 cases: ")).unwrap();
    Outcome::ALL.map(|outcome| {
        let (before, _) = line.split_once(&format!(" {}", outcome.as_str())).unwrap();
        before.rsplit(' ').next().unwrap().parse().unwrap()
    })
}

#[test]
fn lines_of_totals() {
    for format in [Format::Human, Format::Tap, Format::Markdown, Format::GithubSummary, Format::Html] {
        assert_eq!(of_line(&rendered(format)), expected(), "{format}");
    }
}

#[test]
fn json_ndjson_and_sarif() {
    let json = parsed(Format::Json);
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(of_words(cases.iter().map(|case| case["outcome"].as_str().unwrap())), expected());

    let events: Vec<Value> = rendered(Format::Ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let results: Vec<_> =
        events.iter().filter(|event| event["event"] == "case").map(|event| &event["result"]).collect();
    assert!(results.iter().copied().eq(cases.iter()), "the events hold the objects of the canonical report");
    assert_eq!(events[0]["event"], "run_started");
    assert_eq!(events[events.len() - 1]["event"], "run_finished");
    assert_eq!(events[events.len() - 1]["summary"], json["summary"]);

    let sarif = parsed(Format::Sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(of_words(results.iter().map(|result| result["properties"]["outcome"].as_str().unwrap())), expected());
    assert_eq!(sarif["runs"][0]["properties"]["totals"], json["summary"]["totals"]);
}

#[test]
fn html_entries() {
    let html = rendered(Format::Html);
    let marks = html.split("data-outcome=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(of_words(marks), expected());
}

#[test]
fn junit_statuses() {
    let xml = rendered(Format::Junit);
    let [pass, fail, error, skip, xfail, xpass, flaky, disabled] = expected();
    let elements = |name: &str| xml.matches(&format!("<{name} ")).count();
    assert_eq!(elements("testcase"), 15);
    assert_eq!(elements("failure"), fail + xpass);
    assert_eq!(elements("error"), error);
    assert_eq!(elements("skipped"), skip + xfail + disabled);
    assert_eq!(15 - elements("failure") - elements("error") - elements("skipped"), pass + flaky);
    let suites: Vec<&str> = xml.split("<testsuite ").skip(1).map(|suite| suite.split('>').next().unwrap()).collect();
    let sum = |name: &str| {
        let values =
            suites.iter().map(|tag| tag.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap());
        values.map(|value| value.parse::<usize>().unwrap()).sum::<usize>()
    };
    assert_eq!((sum(" tests"), sum(" failures"), sum(" errors")), (15, fail + xpass, error));
    let outcomes = xml.split(".outcome\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(of_words(outcomes), expected());
}

#[test]
fn tap_points() {
    let text = rendered(Format::Tap);
    let [pass, fail, error, skip, xfail, xpass, flaky, disabled] = expected();
    let points = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(points("not ok "), fail + error + xfail);
    assert_eq!(points("ok "), pass + skip + xpass + flaky + disabled);
    let directives = |word: &str| {
        let points = text.lines().filter(|line| line.contains("ok "));
        points.filter(|line| line.contains(&format!(" # {word} "))).count()
    };
    assert_eq!((directives("TODO"), directives("SKIP")), (xfail + xpass, skip + disabled));
}

#[test]
fn badge() {
    let badge = parsed(Format::Badge);
    assert_eq!((&badge["schemaVersion"], &badge["color"]), (&Value::from(1), &Value::from("red")));
    assert_eq!(badge["message"], "must 4/7, 2 not proven");
}

#[test]
fn the_sample_has_every_outcome_and_survives_json() {
    let sample = sample::run_result();
    for outcome in Outcome::ALL {
        assert!(sample.summary.totals.of(outcome) > 0, "{outcome:?}");
    }
    assert_eq!(sample.summary.totals.total(), sample.cases.len());
    let text = serde_json::to_string(&sample).unwrap();
    assert_eq!(serde_json::from_str::<RunResult>(&text).unwrap(), sample);
}

#[test]
fn a_case_about_other_versions_is_no_gap_in_the_proof() {
    let sample = sample::run_result();
    let gaps: Vec<_> = sample.summary.not_proven.iter().map(|gap| gap.id.as_str()).collect();
    assert_eq!(gaps, ["RCS-LIST-PAGE-005", "RCS-LIST-PERM-001"]);
}
