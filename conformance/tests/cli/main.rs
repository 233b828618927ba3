//! The command line from outside: exit codes, messages, what goes over the wire.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod again;
mod files;
mod hostile;
mod leaks;
mod lists;
mod options;
mod running;
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use server::{PASSWORD, Server};

/// The tester with the suite of the tests, no colours, and nothing of the caller's environment.
fn conformance(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    for (name, _) in std::env::vars() {
        if name.starts_with("CONFORMANCE_") || name.starts_with("GITHUB_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("NO_COLOR", "1");
    command
}

fn suite() -> String {
    folder("suite")
}

fn folder(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name).display().to_string()
}

/// `run` against a server with the privileged account.
fn run(server: &Server, more: &[&str]) -> Output {
    run_command(server, more).output().unwrap()
}

fn run_command(server: &Server, more: &[&str]) -> Command {
    let suite = suite();
    let mut command = conformance(&["run", "--target", &server.url, "--cases", &suite, "--replace-cases"]);
    command.args(more).env("CONFORMANCE_PRIVILEGED_USER", "admin").env("CONFORMANCE_PRIVILEGED_PASSWORD", PASSWORD);
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn result(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

fn case<'a>(result: &'a Value, id: &str) -> &'a Value {
    result["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap()
}

fn auth_file(content: &Value) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.to_string().as_bytes()).unwrap();
    file
}

fn admin() -> Value {
    json!({"privileged": {"user": "admin", "password": PASSWORD}})
}
