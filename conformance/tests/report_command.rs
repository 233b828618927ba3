//! `conformance report` and `compare` as a user calls them.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, in their helpers too")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use conformance::outcome::Outcome;
use conformance::report::{self, Format, Options};

use support::sample;

fn tester() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("conformance"));
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn recorded(folder: &Path, name: &str, change: impl FnOnce(&mut conformance::model::RunResult)) -> PathBuf {
    let mut result = sample::run_result();
    change(&mut result);
    let path = folder.join(name);
    fs::write(&path, report::render(Format::Json, &result, &Options::default()).unwrap()).unwrap();
    path
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_format_comes_from_the_file_alone_and_the_exit_code_is_the_run_s() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), "run.json", |_| {});
    let options = Options { report_file: Some("run.json".to_owned()), ..Options::default() };
    for format in Format::ALL {
        let output = tester()
            .current_dir(&folder)
            .args([
                "report",
                "run.json",
                "--format",
                format.as_str(),
                "--format",
                &format!("{format}=to-file.{format}"),
            ])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert_eq!(text(&output.stderr), "", "{format}");
        let expected = report::render(format, &sample::run_result(), &options).unwrap();
        let written = fs::read_to_string(folder.path().join(format!("to-file.{format}"))).unwrap();
        assert_eq!(text(&output.stdout), expected, "{format}");
        assert_eq!(written, expected, "{format}");
    }
}

#[test]
fn files_are_safe_and_standard_output_takes_one_format() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), "run.json", |_| {});
    fs::write(folder.path().join("old.xml"), "kept").unwrap();
    let refuse = |arguments: &[&str], why: &str| {
        let assert = tester().current_dir(&folder).args(["report", "run.json"]).args(arguments).assert().code(2);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(why), "{arguments:?}: {told}");
        assert_eq!(text(&assert.get_output().stdout), "", "{arguments:?}");
    };
    refuse(&["--format", "junit=old.xml"], "old.xml exists: choose another name, or allow it with --overwrite");
    refuse(&["--format", "json", "--format", "tap"], "standard output takes one format, but json and tap");
    refuse(&["--format", "xml"], "unknown report format \"xml\"; use one of human, json,");
    refuse(&["--format", "junit=nowhere/new.xml"], "its folder does not exist");
    refuse(&["--format", "junit=new.xml", "--format", "tap=new.xml"], "two reports go to the same file");
    assert_eq!(fs::read_to_string(folder.path().join("old.xml")).unwrap(), "kept");
    assert!(!folder.path().join("new.xml").exists());

    tester()
        .current_dir(&folder)
        .args(["report", "run.json", "--format", "junit=old.xml", "--overwrite"])
        .assert()
        .code(1);
    assert!(fs::read_to_string(folder.path().join("old.xml")).unwrap().starts_with("<?xml"));
}

#[test]
fn what_is_no_report_is_a_usage_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, why) in [
        ("not.json", "<html>", "not a report of this tester"),
        ("other.json", "{}", "not a report of this tester"),
        ("newer.json", "{\"format\": 2}", "report format 2 is not known to this version"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
        let assert = tester().current_dir(&folder).args(["report", name]).assert().code(2);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(name) && told.contains(why), "{told}");
    }
    tester().current_dir(&folder).args(["report", "missing.json"]).assert().code(2);
}

#[test]
fn colours_are_for_terminals_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), "run.json", |_| {});
    let colored = |setup: fn(&mut Command) -> &mut Command| {
        let mut command = tester();
        let output = setup(command.current_dir(&folder).args(["report", "run.json"])).assert().code(1);
        output.get_output().stdout.contains(&0x1b)
    };
    assert!(!colored(|command| command));
    assert!(!colored(|command| command.args(["--color", "never"]).env("CLICOLOR_FORCE", "1")));
    assert!(!colored(|command| command.env("NO_COLOR", "1")));
    assert!(colored(|command| command.args(["--color", "always"])));
    assert!(colored(|command| command.env("CLICOLOR_FORCE", "1")));
}

#[test]
fn github_actions_gets_annotations_and_a_summary_unasked() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), "run.json", |_| {});
    let summary = folder.path().join("summary.md");
    let assert = tester()
        .current_dir(&folder)
        .args(["report", "run.json", "--format", "tap"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .assert()
        .code(1);
    let output = assert.get_output();
    assert!(text(&output.stdout).starts_with("TAP version 14\n"), "standard output keeps its one format");
    assert!(text(&output.stderr).starts_with("::error title=RCS-LIST-PAGE-004"));
    assert!(fs::read_to_string(summary).unwrap().starts_with("# ❌ Conformance"));
}

#[test]
fn a_comparison_fails_on_regressions_only() {
    let folder = tempfile::tempdir().unwrap();
    let old = recorded(folder.path(), "old.json", |_| {});
    let worse = recorded(folder.path(), "worse.json", |result| {
        let failures = result.cases[1].failures.clone();
        result.cases[0].outcome = Outcome::Fail;
        result.cases[0].failures = failures;
    });
    let compare = |old: &Path, new: &Path, format: &str, code: i32| {
        let assert = tester().arg("compare").args([old, new]).args(["--format", format]).assert().code(code);
        text(&assert.get_output().stdout)
    };
    assert!(compare(&old, &worse, "human", 1).contains("regressed  RCS-LIST-AUTH-001    must    pass -> fail"));
    assert!(compare(&worse, &old, "human", 0).contains("fixed      RCS-LIST-AUTH-001    must    fail -> pass"));
    assert!(compare(&old, &worse, "markdown", 1).contains("| regressed | RCS-LIST-AUTH-001 | must | pass | fail |"));
    let json: serde_json::Value = serde_json::from_str(&compare(&old, &old, "json", 0)).unwrap();
    assert_eq!(json["totals"]["same"], 15);
}
