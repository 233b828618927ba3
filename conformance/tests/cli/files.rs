//! Files that the tester is given: cases, credentials, expectations, results.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::server::{faithful, serve};
use crate::{auth_file, case, code, conformance, result, run, text};

/// Every `tests/invalid/NAME.json` is refused before any request, with the words of `NAME.txt`.
#[test]
fn invalid_case_files_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid");
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap();
        let cases = tempfile::tempdir().unwrap();
        fs::create_dir(cases.path().join("list")).unwrap();
        fs::copy(&path, cases.path().join("list/page.json")).unwrap();
        let output = conformance(&["list", "--cases", &cases.path().display().to_string()]).output().unwrap();
        assert_eq!(code(&output), 2, "{}", path.display());
        assert_eq!(text(&output).trim(), expected.trim(), "{}", path.display());
        tried += 1;
    }
    assert!(tried >= 12, "{tried}");
}

#[test]
fn a_folder_without_cases_is_an_error() {
    let cases = tempfile::tempdir().unwrap();
    let output = conformance(&["list", "--cases", &cases.path().display().to_string()]).output().unwrap();
    assert_eq!((code(&output), text(&output).contains("holds no case files")), (2, true));
    assert_eq!(code(&conformance(&["list", "--cases", "/nowhere/at/all"]).output().unwrap()), 2);
}

#[test]
fn bad_credentials_files_are_exit_2_and_show_nothing() {
    let file = auth_file(&json!({"privileged": {"user": "admin", "pasword": "hunter2"}}));
    let path = file.path().display().to_string();
    let output = conformance(&["doctor", "--target", "http://127.0.0.1:1", "--auth-file", &path]).output().unwrap();
    assert_eq!((code(&output), text(&output).contains("hunter2")), (2, false), "{}", text(&output));
}

fn expectations(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn known_failures_do_not_fail_and_passing_ones_are_told() {
    let server = crate::server::with_list(|request| match faithful(request) {
        crate::server::Reply::Json(status, mut body) => {
            body["count"] = json!(3);
            crate::server::Reply::Json(status, body)
        }
        other => other,
    });
    let entry =
        |id: &str| format!("[[expect]]\nid = \"{id}\"\noutcome = \"fail\"\nreason = \"known\"\nuntil = 2999-01-01\n");
    let known = expectations(&entry("RCS-LIST-PAGE-001"));
    let path = known.path().display().to_string();
    let output = run(&server, &["--format", "json", "--expectations", &path, "RCS-LIST-PAGE-001"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert_eq!(case(&result(&output), "RCS-LIST-PAGE-001")["outcome"], "xfail");

    let good = serve(faithful);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("run.json").display().to_string();
    let output = run(&good, &["--format", &format!("json={report}"), "--expectations", &path, "RCS-LIST-PAGE-001"]);
    assert_eq!(code(&output), 5, "{}", text(&output));
    let output = conformance(&["expectations", "update", &path, "--report", &report]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert!(!fs::read_to_string(known.path()).unwrap().contains("RCS-LIST-PAGE-001"));
}

#[test]
fn bad_and_stale_expectations() {
    let server = serve(faithful);
    let bad = expectations("[[expect]]\nid = \"RCS-LIST-PAGE-001\"\n");
    let path = bad.path().display().to_string();
    let output = run(&server, &["--expectations", &path]);
    assert_eq!(
        (code(&output), text(&output).contains("entry 1: `outcome` is missing")),
        (2, true),
        "{}",
        text(&output)
    );
    let unknown =
        expectations("[[expect]]\nid = \"RCS-LIST-PAGE-999\"\noutcome = \"fail\"\nreason = \"r\"\npermanent = \"w\"\n");
    let path = unknown.path().display().to_string();
    assert_eq!(code(&conformance(&["expectations", "check", &path]).output().unwrap()), 5);
}
