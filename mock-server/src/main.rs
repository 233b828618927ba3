//! The mock server binary: options in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    mock_server::main()
}
