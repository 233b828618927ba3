//! Cases of one's own: the names they may use, where they are written, and how to run one again.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::server::{PASSWORD, Reply, Server, faithful, with_list};
use crate::{case, code, conformance, result, text};

/// A folder with a case that calls built-in names, and names of its own beside them.
fn own_cases() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("my cases/list")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join("my cases").join(name), text).unwrap();
    write("sources.json", r#"{ "our notes": { "kind": "doc", "ref": "notes of ours", "rev": "2026-11" } }"#);
    write(
        "forms.json",
        r#"{ "a page of": ["page", { "check": "value", "at": "/count", "is": { "equals": "$(count)" } }] }"#,
    );
    write(
        "list/page.json",
        r#"{
  "format": 1, "area": "LIST", "topic": "PAGE",
  "defaults": { "path": "/api/v1/statistics.list", "as": "privileged", "level": "must", "sources": ["our notes", "openapi/statistics"] },
  "cases": [
    {
      "id": "RCS-LIST-PAGE-901", "title": "five are five", "requirement": "count=5 gives five records.",
      "steps": [{ "request": { "query": { "count": "5" } }, "expect": [{ "form": "a page of", "count": 5 }] }]
    }
  ]
}
"#,
    );
    folder
}

fn told(folder: &Path, arguments: &[&str]) -> Output {
    conformance(arguments)
        .current_dir(folder)
        .env("CONFORMANCE_PRIVILEGED_USER", "admin")
        .env("CONFORMANCE_PRIVILEGED_PASSWORD", PASSWORD)
        .output()
        .unwrap()
}

/// A server that says one record too many.
fn miscounting() -> Server {
    with_list(|request| match faithful(request) {
        Reply::Json(status, mut body) => {
            body["count"] = json!(6);
            Reply::Json(status, body)
        }
        other => other,
    })
}

/// The words of the printed line that begins with `conformance`, after that one; a shell would split it alike.
fn printed_command(output: &Output) -> Vec<String> {
    let shown = text(output);
    let line =
        shown.lines().find_map(|line| line.split_once("conformance r").map(|(_, rest)| format!("r{rest}"))).unwrap();
    line.split('\'').enumerate().fold(Vec::new(), |mut words, (index, part)| {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
        words
    })
}

#[test]
fn the_printed_commands_run_a_case_of_ones_own_again() {
    let server = miscounting();
    let folder = own_cases();
    for only in [&["--replace-cases"][..], &[]] {
        let mut arguments = vec!["run", "--target", &server.url, "--cases", "my cases", "list-page-901"];
        arguments.extend(only);
        let run = told(folder.path(), &arguments);
        assert_eq!(code(&run), 1, "{}", text(&run));
        let command = printed_command(&run);
        assert_eq!(command.contains(&"--replace-cases".to_owned()), !only.is_empty(), "{command:?}");
        let again = told(folder.path(), &command.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code(&again), 1, "{command:?}: {}", text(&again));
        assert!(text(&again).contains("RCS-LIST-PAGE-901"), "{}", text(&again));

        arguments.extend(["--format", "json=r.json", "--format", "human", "--overwrite"]);
        let run = told(folder.path(), &arguments);
        let command = printed_command(&run);
        assert_eq!(command, ["replay", "r.json", "RCS-LIST-PAGE-901"]);
        let again = told(folder.path(), &command.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code(&again), 1, "{}", text(&again));
        assert!(text(&again).contains("recorded: fail RCS-LIST-PAGE-901"), "{}", text(&again));
    }
}

#[test]
fn a_failure_says_in_which_line_its_case_is_written() {
    let server = miscounting();
    let folder = own_cases();
    let format = |format: &str| {
        let arguments = ["run", "--target", &server.url, "--cases", "my cases", "--replace-cases", "--format", format];
        told(folder.path(), &arguments)
    };
    let result = result(&format("json"));
    assert_eq!(result["suite"]["folder"], json!({ "path": "my cases", "replaces": true }));
    let place = json!({ "file": "my cases/list/page.json", "line": 5 });
    assert_eq!(case(&result, "RCS-LIST-PAGE-901")["place"], place);
    let log: Value = serde_json::from_slice(&format("sarif").stdout).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"], json!({ "uri": "my%20cases/list/page.json", "uriBaseId": "%SRCROOT%" }));
    assert_eq!(location["region"]["startLine"], 5);
    for format in [format("human"), format("junit")] {
        assert!(text(&format).contains("written at    my cases/list/page.json:5"), "{}", text(&format));
    }
}

#[test]
fn explain_puts_every_name_in() {
    let folder = own_cases();
    let output = told(folder.path(), &["explain", "RCS-LIST-PAGE-901", "--cases", "my cases"]);
    let shown = text(&output);
    assert_eq!(code(&output), 0, "{shown}");
    for part in ["notes of ours (2026-11)", "Rocket.Chat-Open-API statistics.yaml", "my cases/list/page.json:5"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let (_, steps) = shown.split_once("\nsteps\n").unwrap();
    let steps: Value = serde_json::from_str(steps).unwrap();
    let expected = json!([{
        "request": { "query": [{ "name": "count", "value": "5" }], "path": "/api/v1/statistics.list", "as": "privileged" },
        "expect": [
            { "check": "status", "is": [200] },
            { "check": "value", "at": "/success", "is": { "equals": true } },
            { "check": "compare", "left": { "at": "/count" }, "op": "==", "right": { "at": "/statistics", "take": "length" } },
            { "check": "value", "at": "/count", "is": { "equals": 5 } }
        ]
    }]);
    assert_eq!(steps, expected);
}

#[test]
fn names_that_cannot_be_used_are_explained() {
    for (file, content, why) in [
        (
            "sources.json",
            r#"{ "x": { "kind": "doc", "ref": "r" } }"#,
            "sources.json#/x: a source has kind, ref and rev: missing field `rev`",
        ),
        ("sources.json", "[]", "sources.json: not JSON: invalid type: sequence, expected a map at line 1 column 0"),
        (
            "forms.json",
            r#"{ "a/b": { "check": "status" } }"#,
            "forms.json#/a~1b: a form is a list of checks or of steps",
        ),
        (
            "forms.json",
            r#"{ "a page of": ["page", "$(count)", "a page of"] }"#,
            "list/page.json#/cases/0/steps/0/expect/0: RCS-LIST-PAGE-901: in form `a page of`: form `a page of` needs its parameter `count`",
        ),
        (
            "forms.json",
            r#"{ "a page of": ["turn", { "check": "status", "is": ["$(count)"] }], "turn": ["round"], "round": ["turn"] }"#,
            "list/page.json#/cases/0/steps/0/expect/0: RCS-LIST-PAGE-901: in form `turn`: form `round` is made of itself",
        ),
    ] {
        let folder = own_cases();
        fs::write(folder.path().join("my cases").join(file), content).unwrap();
        let output = told(folder.path(), &["list", "--cases", "my cases"]);
        assert_eq!((code(&output), text(&output).trim()), (2, format!("error: {why}").as_str()));
    }
}
