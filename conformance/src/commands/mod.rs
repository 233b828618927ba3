//! The commands: each turns its arguments into calls of the library and the end into an exit code.

mod compare;
mod doctor;
mod expectations;
mod list;
mod output;
mod plan;
mod report;
mod run;
mod self_test;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use conformance::case::Resources;
use conformance::case::load::{self, Folder, Suite};
use conformance::credentials::Credentials;
use conformance::exit::Exit;
use conformance::model::RunResult;
use conformance::report::json;
use usage::UsageError;

use crate::cli::{AuthArgs, CaseArgs, Cli, Command};

/// A command that ended early, with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

/// An error and its causes in one line; a cause that the text before it already says is left out.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let said = this.to_string();
        if !line.contains(&said) {
            line.extend([": ", &said]);
        }
        cause = this.source();
    }
    line
}

/// Most things that can go wrong before a run begins are the caller's to mend.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(Exit::Usage, with_causes(&error))
    }
}

/// Parses the command line and runs the command.
pub(crate) fn main() -> ExitCode {
    let ended = match usage::read::<Cli>(env::args_os()) {
        Ok(cli) => carry_out(cli.command),
        Err(UsageError::Asked(answer)) => {
            let _ = answer.print();
            Ok(Exit::Ok.code())
        }
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // If not even standard error can be written to, the exit code still speaks.
            let _ = writeln!(anstream::stderr(), "error: {}", failure.message);
            ExitCode::from(failure.exit.code())
        }
    }
}

fn carry_out(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::List(args) => list::list(&args),
        Command::Explain { id, cases } => list::explain(&id, &cases),
        Command::Report { file, output } => report::report(&file, &output),
        Command::Replay(args) => run::replay(&args),
        Command::Compare { old, new, format } => compare::compare(&old, &new, format),
        Command::SelfTest(args) => self_test::self_test(&args),
        Command::Expectations(command) => expectations::expectations(&command),
    }
}

/// Writes to standard output; a closed pipe is the reader's business, a full disk is not.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Usage, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn folder(args: &CaseArgs) -> Folder<'_> {
    match (&args.cases, args.replace_cases) {
        (None, _) => Folder::None,
        (Some(path), false) => Folder::Extends(path),
        (Some(path), true) => Folder::Replaces(path),
    }
}

fn load_cases(args: &CaseArgs) -> Result<Suite, Failure> {
    Ok(load::load(folder(args))?)
}

fn load_credentials(args: &AuthArgs, resources: &Resources) -> Result<Credentials, Failure> {
    Ok(Credentials::load(&resources.accounts, args.auth_file.as_deref(), &|name| env::var(name).ok())?)
}

fn load_result(path: &Path) -> Result<RunResult, Failure> {
    let usage = |why: String| Failure::new(Exit::Usage, format!("{}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    json::read(&text).map_err(|error| usage(format!("{error} (write one with --format json=FILE)")))
}
