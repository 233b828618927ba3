//! Formats with rules of their own, checked against those rules; and what each report must tell.

use std::collections::BTreeSet;

use conformance::report::Format;
use quick_xml::events::{BytesStart, Event};

use crate::{parsed, rendered};

/// What both the schema of the Jenkins xUnit plugin and that of the Ant task allow: element, attributes, children.
const JUNIT: [(&str, &[&str], &[&str]); 10] = [
    ("testsuites", &[], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors", "time", "skipped", "timestamp", "package", "id", "hostname"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    ("system-out", &[], &[]),
    ("system-err", &[], &[]),
    ("properties", &[], &["property"]),
    ("property", &["name", "value"], &[]),
    ("testcase", &["name", "time", "classname"], &["failure", "error", "skipped"]),
    ("failure", &["type", "message"], &[]),
    ("error", &["type", "message"], &[]),
    ("skipped", &["type", "message"], &[]),
];

fn rule(name: &str) -> &'static (&'static str, &'static [&'static str], &'static [&'static str]) {
    JUNIT.iter().find(|(element, ..)| *element == name).unwrap_or_else(|| panic!("no element {name} is allowed"))
}

fn check_element(tag: &BytesStart<'_>, parent: Option<&String>) -> String {
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        assert!(rule(&name).1.contains(&key.as_str()), "{name} may not have {key}");
        if key == "timestamp" {
            let value = String::from_utf8(attribute.value.to_vec()).unwrap();
            assert!(value.len() == "2026-11-24T10:00:00".len(), "no zone and no fraction: {value}");
        }
        if key == "time" {
            let value = String::from_utf8(attribute.value.to_vec()).unwrap();
            assert!(value.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 3), "{value}");
        }
    }
    match parent {
        Some(parent) => assert!(rule(parent).2.contains(&name.as_str()), "{parent} may not hold {name}"),
        None => assert_eq!(name, "testsuites"),
    }
    name
}

#[test]
fn junit_has_only_what_its_schema_allows() {
    let xml = rendered(Format::Junit);
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut path: Vec<String> = Vec::new();
    let mut seen = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                path.push(check_element(&tag, path.last()));
                seen += 1;
            }
            Event::Empty(tag) => {
                check_element(&tag, path.last());
                seen += 1;
            }
            Event::End(_) => {
                path.pop();
            }
            _ => {}
        }
    }
    assert!(path.is_empty());
    assert!(seen > 100, "{seen}");
    let suites: Vec<&str> = xml.split("<testsuite ").skip(1).collect();
    for (number, suite) in suites.iter().enumerate() {
        let (tag, rest) = suite.split_once('>').unwrap();
        for needed in [&format!("id=\"{number}\""), "hostname=", "timestamp=", "package=", "time="] {
            assert!(tag.contains(needed), "{needed} in {tag}");
        }
        let order =
            ["<properties", "<testcase", "<system-out", "<system-err"].map(|element| rest.find(element).unwrap());
        assert!(order.is_sorted(), "{order:?}");
    }
}

#[test]
fn sarif_keeps_the_rules_its_schema_cannot_state() {
    let log = parsed(Format::Sarif);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(place.as_str().unwrap().starts_with("conformance/cases/"));
    }
    for rule in rules {
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert_eq!(tags.iter().map(|tag| tag.as_str()).collect::<BTreeSet<_>>().len(), tags.len(), "{rule}");
    }
    let kinds: BTreeSet<_> = results.iter().map(|result| result["kind"].as_str().unwrap()).collect();
    assert_eq!(Vec::from_iter(kinds), ["fail", "informational", "notApplicable", "open", "pass"]);
    let suppressed: Vec<_> = results.iter().filter(|result| result["suppressions"] != serde_json::json!([])).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["properties"]["outcome"], "xfail");
}

#[test]
fn tap_is_numbered_and_its_blocks_are_closed() {
    let text = rendered(Format::Tap);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    assert_eq!(lines.next(), Some("1..15"));
    let mut number = 0;
    let mut open = false;
    for line in lines {
        if open {
            assert!(line.starts_with("  "), "{line}");
            open = line != "  ...";
        } else if line == "  ---" {
            open = true;
        } else if !line.starts_with('#') {
            number += 1;
            let rest = line.strip_prefix("not ").unwrap_or(line);
            assert!(rest.starts_with(&format!("ok {number} - RCS-")), "{line}");
        }
    }
    assert!(!open);
    assert_eq!(number, 15);
}

#[test]
fn every_report_of_cases_tells_the_whole_failure() {
    let needles = [
        "RCS-LIST-PAGE-004",
        "must",
        "The server does what the title says",
        "/count",
        "at most 100",
        "250",
        "getPaginationItems.ts",
        "8.6.1",
        "is raised on this workspace",
        "before the database is asked",
        "$RC_TOKEN",
        "conformance replay run.json RCS-LIST-PAGE-004",
    ];
    for format in
        [Format::Human, Format::Junit, Format::Tap, Format::Sarif, Format::Github, Format::Markdown, Format::Html]
    {
        let text = rendered(format);
        for needle in needles {
            assert!(text.contains(needle), "{format} lacks {needle}");
        }
    }
}

#[test]
fn what_is_not_proven_is_listed() {
    for format in [Format::Human, Format::Tap, Format::Sarif, Format::Github, Format::Markdown, Format::Html] {
        let text = rendered(format).to_lowercase().replace("notproven", "not proven");
        let lists = text.split("not proven").skip(1);
        let mut starts = lists.map(|list| list.chars().take(400).collect::<String>());
        assert!(starts.any(|list| list.contains("rcs-list-perm-001")), "{format}");
    }
}

#[test]
fn the_three_kinds_of_finding_stand_apart() {
    for (format, before) in
        [(Format::Human, "\n"), (Format::Markdown, "## Findings: "), (Format::Html, "<h2>Findings: ")]
    {
        let text = rendered(format);
        let at = ["server fails", "document is wrong", "sources disagree"].map(|heading| {
            text.find(&format!("{before}{heading}")).unwrap_or_else(|| panic!("{format} lacks {heading}"))
        });
        assert!(at.is_sorted(), "{format}");
    }
}
