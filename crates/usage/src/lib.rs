//! Reading a command line, the same way in every program of the workspace: a wrong one is answered by one line that names the
//! option and the way out, whatever the terminal's width. The line has no prefix; each program puts its own before it.
//!
//! clap finds the mistake and says it through its `ErrorFormatter`; what a formatter cannot know (which environment variable
//! gave a value, which secret is not to be repeated, whose `--help` helps) [`read`] adds to the error's context first.

mod line;

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Arg, Command, Parser};
use line::OneLine;

/// Why a command line is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// It asks for help or the version: not an error; [`clap::Error::print`] writes the answer to standard output.
    #[error(transparent)]
    Asked(clap::Error),
    /// It is wrong; the text is one line without a line end.
    #[error("{0}")]
    Wrong(String),
}

/// Reads the command line `arguments`, the program's name first. An environment twin that is empty counts as not given.
///
/// # Errors
/// [`UsageError`].
pub fn read<C: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<C, UsageError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut command = without_empty_twins(C::command());
    let matches = command.try_get_matches_from_mut(&arguments);
    matches.and_then(|matches| C::from_arg_matches(&matches)).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => UsageError::Asked(error),
        _ => {
            let text = with_context(error.apply(), &command, &arguments).to_string();
            UsageError::Wrong(line::first(&text).to_owned())
        }
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

/// The error with what only the command knows.
fn with_context(mut error: Error<OneLine>, command: &Command, arguments: &[OsString]) -> Error<OneLine> {
    let path = path(command, arguments);
    let last = path.last().copied().unwrap_or(command);
    // clap words this one itself, as the whole of --help on standard error.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error = Error::new(ErrorKind::MissingSubcommand);
        let names = last.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        error.insert(ContextKind::ValidSubcommand, ContextValue::Strings(names));
    }
    match error.kind() {
        // As it was typed.
        ErrorKind::UnknownArgument => {}
        ErrorKind::MissingRequiredArgument => {
            let named = |given: &str| match find(&path, name(given)).and_then(Arg::get_env) {
                Some(variable) => format!("{given} (or {})", variable.display()),
                None => given.to_owned(),
            };
            let missing = line::all(&error, ContextKind::InvalidArg).into_iter().map(named).collect();
            error.insert(ContextKind::InvalidArg, ContextValue::Strings(missing));
        }
        _ => {
            for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
                let names: Vec<_> = line::all(&error, kind).into_iter().map(|given| name(given).to_owned()).collect();
                if !names.is_empty() {
                    error.insert(kind, ContextValue::Strings(names));
                }
            }
            add_origin(&mut error, &path, arguments);
        }
    }
    error.insert(ContextKind::Custom, ContextValue::String(format!("see {} --help", helpful(&path))));
    error
}

/// Names the environment variable where that is what gave a wrong value, and takes the value of a secret away.
fn add_origin(error: &mut Error<OneLine>, path: &[&Command], arguments: &[OsString]) {
    let Some(option) = line::all(error, ContextKind::InvalidArg).first().map(|option| (*option).to_owned()) else {
        return;
    };
    let Some(argument) = find(path, &option) else { return };
    if error.get(ContextKind::InvalidValue).is_none() {
        return;
    }
    if argument.is_hide_env_values_set() && !line::one(error, ContextKind::InvalidValue).is_empty() {
        error.insert(ContextKind::InvalidValue, ContextValue::None);
    }
    let is_typed = |word: &OsString| word.to_str().is_some_and(|word| word.split('=').next() == Some(&option));
    if let Some(variable) = argument.get_env().filter(|_| !arguments.iter().any(is_typed)) {
        let named = format!("{} (for {option})", variable.display());
        error.insert(ContextKind::InvalidArg, ContextValue::String(named));
    }
}

/// The command and the subcommands that `arguments` name, one below the other.
fn path<'c>(command: &'c Command, arguments: &[OsString]) -> Vec<&'c Command> {
    let mut path = vec![command];
    for word in arguments.iter().skip(1) {
        if let Some(below) = path.last().and_then(|command| command.find_subcommand(word)) {
            path.push(below);
        }
    }
    path
}

/// Whose `--help` has the options: the program's own, or the subcommand's in a program that is nothing without one.
fn helpful(path: &[&Command]) -> String {
    let needed = path.first().is_some_and(|command| command.is_subcommand_required_set());
    let names: Vec<_> =
        path.iter().take(if needed { path.len() } else { 1 }).map(|command| command.get_name()).collect();
    names.join(" ")
}

/// `--listen` of `--listen <ADDR:PORT>`; the value's shape is for --help.
fn name(given: &str) -> &str {
    given.split_whitespace().next().unwrap_or_default()
}

/// The argument of this long option, the innermost subcommand's first.
fn find<'c>(path: &[&'c Command], option: &str) -> Option<&'c Arg> {
    let long = option.strip_prefix("--")?;
    path.iter().rev().find_map(|command| command.get_arguments().find(|argument| argument.get_long() == Some(long)))
}

#[cfg(test)]
mod tests;
