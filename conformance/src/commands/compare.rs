//! `compare`: what changed between two results.

use std::path::Path;

use conformance::compare::{self, Change};
use conformance::exit::Exit;

use super::{Failure, load_result, say};

pub(super) fn compare(old: &Path, new: &Path, json: bool) -> Result<u8, Failure> {
    let differences = compare::compare(&load_result(old)?, &load_result(new)?);
    let count = |change: Change| differences.iter().filter(|difference| difference.change == change).count();
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&differences)?));
    } else {
        for difference in differences.iter().filter(|difference| difference.change != Change::Same) {
            let word = |outcome: Option<conformance::outcome::Outcome>| {
                outcome.map_or("-", conformance::outcome::Outcome::as_str)
            };
            let change = format!("{:?}", difference.change).to_lowercase();
            let (old, new) = (word(difference.old), word(difference.new));
            say(&format!("{change:<10} {}  {old} -> {new}  {}\n", difference.id, printable(&difference.title)));
        }
        say(&format!(
            "{} regressed, {} fixed, {} changed, {} new, {} removed, {} same\n",
            count(Change::Regressed),
            count(Change::Fixed),
            count(Change::Changed),
            count(Change::New),
            count(Change::Removed),
            count(Change::Same)
        ));
    }
    Ok(if count(Change::Regressed) > 0 { Exit::Failed } else { Exit::Ok }.code())
}

fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
