//! What a wrong command line is answered.

use crate::{code, conformance};

/// Standard error of a refused command line, which is all it may write.
fn refused(arguments: &[&str]) -> String {
    let output = conformance(arguments).env("COLUMNS", "20").output().unwrap();
    assert_eq!((code(&output), output.stdout.len()), (2, 0), "{arguments:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "{arguments:?}: {text}");
    text.trim_end().to_owned()
}

#[test]
fn a_wrong_option_is_one_line_with_the_option_and_the_way_out() {
    for (arguments, line) in [
        (&["--colr", "never"][..], "there is no option --colr; did you mean --color?"),
        (&["--color"], "--color takes a value: one of auto, always, never"),
        (&["--color", "blue"], "--color cannot be \"blue\": expected one of auto, always, never"),
        (&["--level", "may"], "--level cannot be \"may\": expected must, should, observe or doc"),
        (&["--mode", "wild"], "--mode cannot be \"wild\": expected observe, costly or mutating"),
        (&["--timeout", "1h"], "--timeout cannot be \"1h\": expected a time in ms, s or m"),
        (&["--quiet", "--verbose"], "--quiet cannot be used with --verbose; give one of them"),
        (&["--replace-cases"], "--cases <DIR> is missing"),
        (&["--seed", "1", "--seed", "2"], "--seed was given twice"),
        (
            &["--format", "xml"],
            "--format: unknown report format \"xml\"; use one of human, json, ndjson, junit, tap, sarif, github, \
             github-summary, markdown, html, badge",
        ),
    ] {
        let line = format!("error: {line}; see conformance run --help");
        assert_eq!(refused(&[&["run", "--target", "http://127.0.0.1:1"], arguments].concat()), line);
    }
}

#[test]
fn a_command_or_what_it_needs_that_is_missing_or_wrong_is_named() {
    for (arguments, line) in [
        (&["rum"][..], "there is no command \"rum\"; did you mean run?; see conformance --help"),
        (&["run"], "--target <URL> (or CONFORMANCE_TARGET) is missing; see conformance run --help"),
        (&["replay"], "<FILE> and <ID> are missing; see conformance replay --help"),
        (&["expectations"], "a command is missing: one of check, update, help; see conformance expectations --help"),
        (&["compare", "a", "b", "c"], "\"c\" is one word too many; see conformance compare --help"),
    ] {
        assert_eq!(refused(arguments), format!("error: {line}"));
    }
}

#[test]
fn an_empty_environment_twin_is_none() {
    let run = conformance(&["run"]).env("CONFORMANCE_TARGET", "").output().unwrap();
    let text = String::from_utf8_lossy(&run.stderr);
    assert_eq!((code(&run), text.starts_with("error: --target <URL> is missing")), (2, true), "{text}");
    let plan = conformance(&["plan"]).env("CONFORMANCE_PROFILE", "").output().unwrap();
    assert_eq!(code(&plan), 0, "{}", String::from_utf8_lossy(&plan.stderr));
}

#[test]
fn help_is_no_refusal() {
    for arguments in [&["--help"][..], &["help", "run"], &["run", "-h"], &["--version"]] {
        let output = conformance(arguments).output().unwrap();
        assert_eq!((code(&output), output.stdout.is_empty(), output.stderr.is_empty()), (0, false, true));
    }
}
