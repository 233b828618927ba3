//! The mock server binary: options in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use mock_server::StartError;
use mock_server::cli::Cli;

fn main() -> ExitCode {
    match mock_server::run::run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one place that tells the person at the terminal")]
            {
                eprintln!("mock-server: {error:#}");
            }
            let internal = error.downcast_ref().is_some_and(|error| matches!(error, StartError::Runtime(_)));
            ExitCode::from(if internal { 70 } else { 2 })
        }
    }
}
