//! The wording of a mistake.

use std::error::Error as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind};

/// Words an error in one line. [`ContextKind::InvalidArg`] and [`ContextKind::PriorArg`] are names without the value's shape,
/// a hidden [`ContextKind::InvalidValue`] is [`ContextValue::None`], and [`ContextKind::Custom`] is the way out.
pub(crate) struct OneLine;

impl ErrorFormatter for OneLine {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let way_out = one(error, ContextKind::Custom);
        StyledStr::from(inert(&format!("{}; {way_out}", complaint(error))))
    }
}

/// The whole of what [`OneLine`] words, and the first line of what clap composed itself (`clap::Error::raw`).
pub(crate) fn first(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// With letters that would break the line or move the cursor as their escapes: what was typed stands in it.
fn inert(text: &str) -> String {
    text.chars().fold(String::new(), |mut line, letter| {
        if letter.is_control() {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
        line
    })
}

/// The first text of a kind; empty without one.
pub(crate) fn one(error: &Error<OneLine>, kind: ContextKind) -> &str {
    all(error, kind).into_iter().next().unwrap_or_default()
}

/// All texts of a kind.
pub(crate) fn all(error: &Error<OneLine>, kind: ContextKind) -> Vec<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text],
        Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn complaint(error: &Error<OneLine>) -> String {
    let option = one(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if option.starts_with('-') => format!("there is no option {option}{}", hint(error)),
        ErrorKind::UnknownArgument => format!("\"{option}\" is one word too many"),
        ErrorKind::InvalidSubcommand => {
            let word = one(error, ContextKind::InvalidSubcommand);
            format!("there is no command \"{word}\"{}", hint(error))
        }
        ErrorKind::MissingSubcommand => {
            format!("a command is missing{}", choices(&all(error, ContextKind::ValidSubcommand)))
        }
        ErrorKind::MissingRequiredArgument => match all(error, ContextKind::InvalidArg).as_slice() {
            [one] => format!("{one} is missing"),
            several => format!("{} are missing", several.join(" and ")),
        },
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if !option.is_empty() => value(error, option),
        ErrorKind::ArgumentConflict => {
            let subcommand = one(error, ContextKind::InvalidSubcommand);
            let this = if option.is_empty() { subcommand } else { option };
            match all(error, ContextKind::PriorArg).as_slice() {
                [] => format!("{this} cannot be used with the other options"),
                [other] if *other == this => format!("{this} was given twice"),
                others => format!("{this} cannot be used with {}; give one of them", others.join(" and ")),
            }
        }
        kind => {
            let said = kind.as_str().unwrap_or("this command line cannot be read");
            if option.is_empty() { said.to_owned() } else { format!("{option}: {said}") }
        }
    }
}

/// A value that is missing or wrong.
fn value(error: &Error<OneLine>, option: &str) -> String {
    let valid = all(error, ContextKind::ValidValue);
    let wanted = error.source().map_or_else(|| format!("expected one of {}", valid.join(", ")), ToString::to_string);
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(given)) if given.is_empty() => format!("{option} takes a value{}", choices(&valid)),
        // The reason may quote the value itself.
        Some(ContextValue::String(given)) if !wanted.contains(&format!("\"{given}\"")) => {
            format!("{option} cannot be \"{given}\": {wanted}")
        }
        _ => format!("{option}: {wanted}"),
    }
}

fn choices(valid: &[&str]) -> String {
    if valid.is_empty() { String::new() } else { format!(": one of {}", valid.join(", ")) }
}

/// What was probably meant: a name like it, or the same option of a subcommand.
fn hint(error: &Error<OneLine>) -> String {
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    let near = near.into_iter().map(|kind| one(error, kind)).find(|near| !near.is_empty()).map(str::to_owned);
    // clap says `'run --target' exists` where a subcommand has the option.
    let below = || match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(texts)) => texts.iter().find_map(|text| {
            let text = text.to_string();
            Some(text.strip_prefix('\'')?.strip_suffix("' exists")?.to_owned())
        }),
        _ => None,
    };
    near.or_else(below).map_or_else(String::new, |near| format!("; did you mean {near}?"))
}
