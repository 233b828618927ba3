//! JUnit XML that holds by both schemas in use, that of the Jenkins xUnit plugin and that of the Ant task (known as
//! windyroad's): they know no properties of a test case, so what a case has to say beyond its status are properties of its
//! suite, named by its id; and the second wants an id, a host and both outputs of every suite and no attribute of the root.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;
use crate::report::inert::terminal;
use crate::report::{Options, ReportError, human, view};

/// One suite for each area and topic, one test case for each case.
pub(super) fn render(result: &RunResult, options: &Options) -> Result<String, ReportError> {
    let mut report = Report::new(terminal(&result.suite.name));
    report.set_time(duration(result.run.duration_ms));
    let mut suites: BTreeMap<(&str, &str), TestSuite> = BTreeMap::new();
    let mut order = Vec::new();
    for case in &result.cases {
        let key = (case.area(), case.topic());
        let suite = suites.entry(key).or_insert_with(|| {
            order.push(key);
            suite(result, key)
        });
        suite.add_test_case(test_case(result, case, options));
        add_properties(suite, case);
        let before = suite.time.unwrap_or_default();
        suite.set_time(before + duration(case.duration_ms));
    }
    for (number, key) in order.into_iter().enumerate() {
        if let Some(mut suite) = suites.remove(&key) {
            suite.extra.insert("id".into(), number.to_string().into());
            report.add_test_suite(suite);
        }
    }
    let text = report.to_string()?;
    // One of the two schemas in use knows no attribute of the root; the other asks for none.
    let attributes =
        text.split_once("<testsuites").and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside);
    Ok(match attributes {
        Some(inside) => text.replacen(&format!("<testsuites{inside}>"), "<testsuites>", 1),
        None => text,
    })
}

fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

fn suite(result: &RunResult, (area, topic): (&str, &str)) -> TestSuite {
    let mut suite = TestSuite::new(terminal(&format!("{area}-{topic}")));
    // Without a zone, as one of the schemas has it; it is UTC.
    suite.extra.insert("timestamp".into(), terminal(result.run.started.trim_end_matches('Z')).into());
    suite.extra.insert("hostname".into(), "localhost".into());
    suite.set_system_out("");
    suite.set_system_err("");
    suite.extra.insert("package".into(), terminal(&result.suite.name).into());
    let target = &result.target;
    suite.add_property(property("target", &target.url));
    suite.add_property(property("server_version", target.server_version.as_deref().unwrap_or("unknown")));
    suite.add_property(property("profile", &target.profile));
    suite.add_property(property("mode", result.run.mode.as_str()));
    suite
}

fn property(name: &str, value: &str) -> Property {
    Property::new(terminal(name), terminal(value))
}

fn add_properties(suite: &mut TestSuite, case: &CaseResult) {
    let mut add = |name: &str, value: &str| {
        suite.add_property(property(&format!("{}.{name}", case.id), value));
    };
    add("outcome", case.outcome.as_str());
    add("level", case.level.as_str());
    add("safety", case.safety.as_str());
    if let Some(place) = &case.place {
        add("place", &place.to_string());
    }
    for source in &case.sources {
        add("source", &view::source(source));
    }
    for (kind, heading) in view::FINDING_KINDS {
        for finding in case.findings.iter().filter(|finding| finding.kind == kind) {
            add("finding", &format!("{heading}: {}", finding.text));
        }
    }
}

fn test_case(result: &RunResult, case: &CaseResult, options: &Options) -> TestCase {
    let mut test = TestCase::new(terminal(&format!("{} {}", case.id, case.title)), status(result, case, options));
    test.set_classname(terminal(&format!("{}.{}.{}", result.suite.name, case.area(), case.topic())));
    test.set_time(duration(case.duration_ms));
    test
}

fn status(result: &RunResult, case: &CaseResult, options: &Options) -> TestCaseStatus {
    let reason = view::reason(case).unwrap_or_default();
    let mut status = match case.outcome {
        Outcome::Pass | Outcome::Flaky => return TestCaseStatus::success(),
        Outcome::Fail | Outcome::Xpass => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Skip | Outcome::Xfail | Outcome::Disabled => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(terminal(&reason));
            return status;
        }
    };
    status.set_type(case.level.as_str());
    let message = if case.outcome == Outcome::Fail { view::headline(case) } else { reason };
    status.set_message(terminal(&message));
    status.set_description(human::plain(result, case, options));
    status
}
