//! The conformance tester binary: parse, call the command, map the end to an exit code.

mod cli;
mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
