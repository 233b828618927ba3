use clap::{Parser, ValueEnum};

use super::*;

#[derive(Debug, Parser)]
#[command(name = "tool", version)]
struct Tool {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Runs.
    Run(Box<Run>),
    /// Keeps things.
    Store {
        #[command(subcommand)]
        command: Store,
    },
}

#[derive(Debug, clap::Args)]
struct Run {
    #[arg(long, value_name = "URL", env = "USAGE_TEST_UNSET_TARGET")]
    target: String,
    #[arg(long)]
    color: Option<Color>,
    #[arg(long, conflicts_with_all = ["color", "loud"])]
    quiet: bool,
    #[arg(long)]
    loud: bool,
    #[arg(long, value_name = "SECRET", hide_env_values = true)]
    secret: Option<u8>,
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: u8,
}

#[derive(Debug, clap::Subcommand)]
enum Store {
    /// Checks.
    Check { file: String, other: String },
    /// Updates.
    Update,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Always,
    Never,
}

/// A program that does its work without a subcommand.
#[derive(Debug, Parser)]
#[command(name = "server")]
struct Server {
    #[command(subcommand)]
    command: Option<Store>,
    #[arg(long)]
    listen: Option<u8>,
}

fn wrong<C: Parser + std::fmt::Debug>(arguments: &[&str]) -> String {
    let words = std::iter::once("x").chain(arguments.iter().copied()).map(OsString::from);
    match read::<C>(words).unwrap_err() {
        UsageError::Wrong(line) => line,
        UsageError::Asked(error) => panic!("{arguments:?}: {error}"),
    }
}

#[test]
fn every_mistake_is_one_line_with_the_option_and_the_way_out() {
    let run = ["run", "--target", "http://x"];
    for (arguments, line) in [
        (&["--frobnicate"][..], "there is no option --frobnicate"),
        (&["--colr", "never"], "there is no option --colr; did you mean --color?"),
        (&["word"], "\"word\" is one word too many"),
        (&["--color"], "--color takes a value: one of always, never"),
        (&["--jobs"], "--jobs takes a value"),
        (&["--color", "blue"], "--color cannot be \"blue\": expected one of always, never"),
        (&["--jobs", "many"], "--jobs cannot be \"many\": invalid digit found in string"),
        (&["--jobs", "a\n\nb\u{1b}[2J"], "--jobs cannot be \"a\\n\\nb\\u{1b}[2J\": invalid digit found in string"),
        (&["--secret", "hunter2"], "--secret: invalid digit found in string"),
        (&["--secret"], "--secret takes a value"),
        (&["--quiet", "--color", "never"], "--quiet cannot be used with --color; give one of them"),
        (
            &["--quiet", "--color", "never", "--loud"],
            "--quiet cannot be used with --color and --loud; give one of them",
        ),
        (&["--jobs", "1", "--jobs", "2"], "--jobs was given twice"),
    ] {
        let wanted = format!("{line}; see tool run --help");
        assert_eq!(wrong::<Tool>(&[&run[..], arguments].concat()), wanted, "{arguments:?}");
    }
}

#[test]
fn commands_and_what_they_need() {
    for (arguments, line) in [
        (&[][..], "a command is missing: one of run, store, help; see tool --help"),
        (&["store"], "a command is missing: one of check, update, help; see tool store --help"),
        (&["frobnicate"], "there is no command \"frobnicate\"; see tool --help"),
        (&["rum"], "there is no command \"rum\"; did you mean run?; see tool --help"),
        (&["--target", "x", "run"], "there is no option --target; did you mean run --target?; see tool run --help"),
        (&["run"], "--target <URL> (or USAGE_TEST_UNSET_TARGET) is missing; see tool run --help"),
        (&["store", "check"], "<FILE> and <OTHER> are missing; see tool store check --help"),
        (&["store", "check", "a"], "<OTHER> is missing; see tool store check --help"),
    ] {
        assert_eq!(wrong::<Tool>(arguments), line, "{arguments:?}");
    }
}

#[test]
fn a_program_that_runs_without_a_subcommand_has_everything_in_its_own_help() {
    assert_eq!(wrong::<Server>(&["update", "word"]), "\"word\" is one word too many; see server --help");
    assert_eq!(
        wrong::<Server>(&["--listen", "x"]),
        "--listen cannot be \"x\": invalid digit found in string; see server --help"
    );
}

#[test]
fn help_and_the_version_are_no_mistakes() {
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["-V"], &["help"], &["run", "--help"]] {
        let words = std::iter::once("tool").chain(arguments.iter().copied()).map(OsString::from);
        assert!(matches!(read::<Tool>(words), Err(UsageError::Asked(_))), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_one_line_too() {
    use std::os::unix::ffi::OsStringExt as _;
    let words = ["tool".into(), "run".into(), "--target".into(), OsString::from_vec(vec![0xFF])];
    let line = read::<Tool>(words).unwrap_err().to_string();
    assert!(!line.contains('\n') && line.ends_with("; see tool run --help"), "{line}");
}
