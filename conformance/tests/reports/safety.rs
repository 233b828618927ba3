//! Whatever a server says, no report acts on its reader; and no report says more than the model.

use crate::support::sample::{self, HOSTILE};
use conformance::model::RunResult;
use conformance::outcome::Outcome;
use conformance::report::{self, Format};
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::leaks;
use crate::{options, rendered};

/// Characters that act on terminals, logs, parsers or eyes.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The sample with hostile text in every place that holds text, whoever controls it.
fn hostile_everywhere() -> RunResult {
    fn spoil(value: &mut Value, key: &str) {
        // Words of closed sets are no free text: the model could not be read back.
        let closed = ["level", "safety", "outcome", "kind", "mode", "contract", "contracts", "reason", "roles"];
        match value {
            Value::String(text) if !closed.contains(&key) => text.push_str(HOSTILE),
            Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, key)),
            Value::Object(object) => object.iter_mut().for_each(|(key, value)| spoil(value, key)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(sample::run_result()).unwrap();
    spoil(&mut value, "");
    let mut result: RunResult = serde_json::from_value(value).unwrap();
    for expectation in result.cases.iter_mut().filter_map(|case| case.expectation.as_mut()) {
        expectation.reason.push_str(HOSTILE);
    }
    for case in result.cases.iter_mut().filter(|case| !case.failures.is_empty()) {
        case.expectation.iter_mut().for_each(|expectation| expectation.until.push_str(HOSTILE));
    }
    result
}

#[test]
fn nothing_a_server_says_acts_in_any_format() {
    for result in [sample::run_result(), hostile_everywhere()] {
        for format in Format::ALL {
            let text = report::render(format, &result, &options()).unwrap();
            assert_eq!(text.chars().find(|character| acts(*character)), None, "{format}");
            for line in text.lines() {
                let own = ["::error title=", "::warning title=", "::notice title="];
                let own = format == Format::Github && own.iter().any(|start| line.starts_with(start));
                assert!(own || !line.trim_start().starts_with("::"), "{format} has a workflow command: {line}");
                assert_ne!(line, "...", "{format}");
            }
        }
    }
}

#[test]
fn old_style_workflow_commands_are_broken_up() {
    let mut result = sample::run_result();
    result.cases[1].failures[0].actual = "x ##[error] ##vso[task] ###[group]".to_owned();
    result.cases[1].exchanges[0].response.as_mut().unwrap().body = Some("##[error]".to_owned());
    for format in Format::ALL {
        let text = report::render(format, &result, &options()).unwrap();
        assert!(!text.contains("##[") && !text.contains("##vso["), "{format}");
    }
}

#[test]
fn annotations_stay_one_line_each_and_properties_stay_inside() {
    let text = report::render(Format::Github, &hostile_everywhere(), &options()).unwrap();
    for line in text.lines() {
        let (_, properties) = line.split_once(' ').unwrap();
        let (properties, message) = properties.split_once("::").unwrap();
        assert!(properties.starts_with("title=") && !properties.contains([',', ':']), "{line}");
        // What came as `%0A` stays `%0A` to read; only our own line ends are escapes.
        assert!(!message.contains("%0A::"), "{line}");
    }
}

#[test]
fn tap_has_no_more_points_and_directives_than_cases_call_for() {
    let result = hostile_everywhere();
    let text = report::render(Format::Tap, &result, &options()).unwrap();
    let points: Vec<_> = text.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).collect();
    assert_eq!(points.len(), result.cases.len());
    for (line, case) in points.iter().zip(&result.cases) {
        let called_for = matches!(case.outcome, Outcome::Skip | Outcome::Disabled | Outcome::Xfail | Outcome::Xpass);
        assert_eq!(line.matches(" # ").count(), usize::from(called_for), "{line}");
    }
}

#[test]
fn xml_is_well_formed() {
    let xml = report::render(Format::Junit, &hostile_everywhere(), &options()).unwrap();
    assert!(!xml.contains("<script") && !xml.contains("]]>"));
    let mut reader = quick_xml::Reader::from_str(&xml);
    while !matches!(reader.read_event().unwrap(), Event::Eof) {}
}

#[test]
fn the_page_has_only_its_own_script_and_reaches_nowhere() {
    let page = report::render(Format::Html, &hostile_everywhere(), &options()).unwrap();
    for (element, count) in [("<script", 1), ("</script", 1), ("<style", 1), ("</style", 1), ("<meta", 5), ("<!--", 0)]
    {
        assert_eq!(page.matches(element).count(), count, "{element}");
    }
    assert!(!page.contains(" src=") && !page.contains("<link") && !page.contains("<img"));
    assert!(page.split("href=\"").skip(1).all(|href| href.starts_with('#')));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn markdown_keeps_what_a_server_says_in_code_spans() {
    let markdown = rendered(Format::Markdown);
    let mut seen = 0;
    for line in markdown.lines().filter(|line| line.contains("<script>")) {
        // The hostile text holds one backtick, so its span is fenced with two.
        let (before, after) = line.split_once("<script>").unwrap();
        assert_eq!(before.matches("``").count(), 1, "{line}");
        assert_eq!(after.matches("``").count(), 1, "{line}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn markdown_tables_keep_their_columns() {
    let markdown = report::render(Format::Markdown, &hostile_everywhere(), &options()).unwrap();
    for line in markdown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 11, "{line}");
    }
}

#[test]
fn very_long_values_are_cut_where_people_read() {
    let mut result = sample::run_result();
    let long = "x".repeat(1 << 20);
    result.cases[1].failures[0].actual.clone_from(&long);
    for format in Format::ALL {
        let text = report::render(format, &result, &options()).unwrap();
        match format {
            Format::Json | Format::Ndjson => assert!(text.contains(&long)),
            _ => assert!(text.len() < 200_000, "{format}: {}", text.len()),
        }
    }
}

/// Renderers put in nothing that is not in the model: not the environment, not the host, not a path.
#[test]
fn reports_add_nothing_of_this_machine() {
    let mut values: Vec<_> = std::env::vars().map(|(_, value)| value).collect();
    values.push(env!("CARGO_MANIFEST_DIR").to_owned());
    // Short values and words of the project itself occur anywhere.
    values.retain(|value| value.len() > 8 && !value.starts_with("conformance"));
    let description = env!("CARGO_PKG_DESCRIPTION");
    values.retain(|value| value != description);
    let canaries: Vec<_> = values.iter().map(String::as_str).collect();
    leaks::assert_absent(&sample::run_result(), &canaries);
}

#[test]
fn the_search_for_leaks_finds_every_spelling() {
    let canary = "s3cr3t<&\"token'/+=x";
    for spelling in leaks::spellings(canary) {
        let mut result = sample::run_result();
        result.cases[1].curl = Some(format!("curl {spelling}"));
        assert!(!leaks::find(&result, &[canary]).is_empty(), "{spelling}");
    }
    assert_eq!(leaks::find(&sample::run_result(), &[canary]), [""; 0]);
}
