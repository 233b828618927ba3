//! The program: options in, exit code out.

mod cli;
mod run;

use std::process::ExitCode;

use crate::host::build::StartError;
use usage::UsageError;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let done = match usage::read::<cli::Cli>(std::env::args_os()) {
        Ok(cli) => run::run(&cli),
        Err(UsageError::Asked(answer)) => answer.exit(),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one place that tells the person at the terminal")]
            {
                eprintln!("mock-server: {}", one_line(&error));
            }
            let internal = error.downcast_ref().is_some_and(|error| matches!(error, StartError::Runtime(_)));
            ExitCode::from(if internal { 70 } else { 2 })
        }
    }
}

/// The error and its causes in one line; a cause that the text before it already says is left out.
fn one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |line, cause| {
        if line.is_empty() {
            cause
        } else if line.contains(&cause) {
            line
        } else {
            format!("{line}: {cause}")
        }
    })
}
