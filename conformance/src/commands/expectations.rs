//! `expectations check` and `expectations update`.

use std::fs;

use conformance::exit::Exit;
use conformance::expectations::Expectations;

use super::{Failure, load_cases, load_result, say};
use crate::cli::ExpectationsCommand;

pub(super) fn expectations(command: &ExpectationsCommand) -> Result<u8, Failure> {
    match command {
        ExpectationsCommand::Check { file, cases } => {
            let expectations = Expectations::load(file)?;
            let suite = load_cases(cases)?;
            let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
            let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
            let stale = expectations.stale(&[], &ids, &today);
            for entry in &stale {
                say(&format!("{}: {}\n", entry.id, entry.detail))?;
            }
            say(&format!("{} entries, {} out of date\n", expectations.entries.len(), stale.len()))?;
            Ok(if stale.is_empty() { Exit::Ok } else { Exit::StaleExpectations }.code())
        }
        ExpectationsCommand::Update { file, report } => {
            Expectations::load(file)?;
            let result = load_result(report)?;
            let gone: Vec<String> = result.stale_expectations.iter().map(|entry| entry.id.clone()).collect();
            let text = fs::read_to_string(file)?;
            let updated = Expectations::without(&text, file, &gone)?;
            if updated != text {
                fs::write(file, updated)?;
            }
            for entry in &result.stale_expectations {
                say(&format!("removed {}: {}\n", entry.id, entry.kind))?;
            }
            say(&format!("{} entries removed\n", gone.len()))?;
            Ok(Exit::Ok.code())
        }
    }
}
