//! What a wrong command line is answered: one line that names the option and the way out.

use std::error::Error as _;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};
use thiserror::Error;

use crate::program::cli::Cli;

/// Why a command line is not carried out.
#[derive(Debug, Error)]
pub enum UsageError {
    /// It asks for help or the version.
    #[error(transparent)]
    Asked(clap::Error),
    /// It is wrong; the text is one line.
    #[error("{0}; see mock-server --help")]
    Wrong(String),
}

/// Reads the command line `arguments`, the program's name first. An environment twin that is empty counts as not given.
///
/// # Errors
/// [`UsageError`].
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, UsageError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut command = without_empty_twins(Cli::command());
    let matches = command.try_get_matches_from_mut(&arguments);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => UsageError::Asked(error),
        _ => UsageError::Wrong(line(&error, &command, &arguments)),
    })
}

fn without_empty_twins(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| match argument.get_env() {
            Some(name) if is_empty(name) => argument.env(None::<&'static str>),
            _ => argument,
        })
        .mut_subcommands(without_empty_twins)
}

/// The complaint in one line.
fn line(error: &clap::Error, command: &Command, arguments: &[OsString]) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let all = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let hint = |kind| text(kind).map_or_else(String::new, |near| format!("; did you mean {near}?"));
    // As `--listen <ADDR:PORT>`; the value's shape is for --help.
    let given = text(ContextKind::InvalidArg).unwrap_or_default();
    let option = given.split_whitespace().next().unwrap_or_default();
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if option.starts_with('-') => {
            format!("there is no option {option}{}", hint(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => format!("\"{given}\" is one word too many"),
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("there is no command \"{word}\"{}", hint(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidUtf8 if !option.is_empty() => {
            let argument = find(command, option);
            let said = argument.filter(|argument| argument.is_hide_env_values_set()).map_or(value, |_| "");
            let named = origin(option, argument, arguments);
            let wanted = match error.source() {
                Some(source) => source.to_string(),
                None => format!("expected one of {}", all(ContextKind::ValidValue)),
            };
            if value.is_empty() {
                format!("{named} takes a value{}", choices(&all(ContextKind::ValidValue)))
            } else if said.is_empty() || wanted.contains(&format!("\"{said}\"")) {
                format!("{named}: {wanted}")
            } else {
                format!("{named} cannot be \"{said}\": {wanted}")
            }
        }
        ErrorKind::ArgumentConflict => {
            let other = all(ContextKind::PriorArg);
            let others: Vec<_> = other.split(", ").filter_map(|one| one.split_whitespace().next()).collect();
            if others.is_empty() || others == [option] {
                format!("{option} was given twice")
            } else {
                format!("{option} cannot be used with {}; give one of them", others.join(" and "))
            }
        }
        _ => {
            let rendered = error.to_string();
            let first = rendered.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    }
}

fn choices(valid: &str) -> String {
    if valid.is_empty() { String::new() } else { format!(": one of {valid}") }
}

fn find<'c>(command: &'c Command, option: &str) -> Option<&'c clap::Arg> {
    let mut everywhere = std::iter::once(command).chain(command.get_subcommands());
    everywhere
        .find_map(|command| command.get_arguments().find(|argument| argument.get_long() == option.strip_prefix("--")))
}

/// The option's name, and the environment variable's where that is what gave the value.
fn origin(option: &str, argument: Option<&clap::Arg>, arguments: &[OsString]) -> String {
    let typed = arguments.iter().any(|word| word.to_str().is_some_and(|word| word.split('=').next() == Some(option)));
    match argument.and_then(|argument| argument.get_env()).filter(|_| !typed) {
        Some(variable) => format!("{} (for {option})", variable.display()),
        None => option.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let arguments = std::iter::once("mock-server").chain(arguments.iter().copied()).map(OsString::from);
        read(arguments).unwrap_err().to_string()
    }

    #[test]
    fn a_complaint_is_one_line_with_the_option_and_the_way_out() {
        let help = "; see mock-server --help";
        for (arguments, text) in [
            (&["--frobnicate"][..], "there is no option --frobnicate"),
            (&["--profil", "6"], "there is no option --profil; did you mean --profile?"),
            (&["frobnicate"], "there is no command \"frobnicate\""),
            (&["profile"], "there is no command \"profile\"; did you mean profiles?"),
            (&["profiles", "diff", "6", "7", "8"], "\"8\" is one word too many"),
            (&["--delays", "yes"], "--delays cannot be \"yes\": expected one of on, off"),
            (&["--delays"], "--delays takes a value: one of on, off"),
            (&["--port-file"], "--port-file takes a value"),
            (&["--workers", "0"], "--workers cannot be \"0\": 0 is not in 1..=256"),
            (&["--setting", "x"], "--setting cannot be \"x\": expected KEY=VALUE, such as API_Default_Count=10"),
            (&["--user", "kim:hunter2"], "--user: expected NAME:PASSWORD:ROLE[,ROLE], such as kim:secret:user,bot"),
            (&["--profile", "6", "--profile", "7"], "--profile was given twice"),
            (&["--seed-file", "x", "--records", "3"], "--seed-file cannot be used with --records; give one of them"),
        ] {
            assert_eq!(refused(arguments), format!("{text}{help}"), "{arguments:?}");
        }
    }

    #[test]
    fn help_and_version_are_no_complaints() {
        for argument in ["--help", "-h", "--version", "-V"] {
            let arguments = ["mock-server", argument].map(OsString::from);
            assert!(matches!(read(arguments), Err(UsageError::Asked(_))), "{argument}");
        }
    }
}
