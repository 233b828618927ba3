//! The expectations file: failures that are known, each with a reason, an owner and an end. Listed cases still run; a case
//! that passes against expectation and an entry that has expired are findings of their own.

use std::fs;
use std::path::{Path, PathBuf};

use strum::{EnumString, IntoStaticStr, VariantArray};
use toml_edit::{DocumentMut, Item, Table};

use crate::case::{Version, VersionRange};
use crate::model::{AppliedExpectation, CaseResult, StaleExpectation};
use crate::outcome::Outcome;
use crate::words::words;

words!(Expected);

/// An expectations file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExpectationsError {
    /// It cannot be read or written.
    #[error("cannot access the expectations file {}: {source}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("the expectations file {} is not TOML: {message}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// An entry breaks a rule.
    #[error("the expectations file {}, entry {number}: {message}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// Which entry, from 1.
        number: usize,
        /// The rule.
        message: String,
    },
}

/// What an entry expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Expected {
    /// The case fails.
    Fail,
    /// The case is not to be run.
    Skip,
    /// The case may fail now and then.
    Flaky,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The case.
    pub id: String,
    /// What is expected.
    pub outcome: Expected,
    when: Vec<Clause>,
    applied: AppliedExpectation,
    /// The last day it holds, `YYYY-MM-DD`; `None` for a permanent one.
    until: Option<String>,
}

#[derive(Debug, Clone)]
enum Clause {
    Server(VersionRange),
    Is { what: &'static str, value: String, negated: bool },
}

/// What the clauses of `when` are about.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The version the target reports.
    pub server: Option<&'a Version>,
    /// `documented` or the version judged by.
    pub profile: &'a str,
    /// Host and port.
    pub target: &'a str,
    /// Today, `YYYY-MM-DD`.
    pub today: &'a str,
}

/// The entries of a file.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

const KEYS: [&str; 8] = ["id", "outcome", "when", "reason", "link", "owner", "until", "permanent"];

impl Expectations {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ExpectationsError> {
        let text =
            fs::read_to_string(path).map_err(|source| ExpectationsError::Access { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ExpectationsError> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| ExpectationsError::Toml {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let mut entries = Vec::new();
        if let Some((key, _)) = document.iter().find(|(key, _)| *key != "expect") {
            return Err(ExpectationsError::Entry {
                path: path.to_owned(),
                number: 0,
                message: format!("unknown key `{key}`: entries are written as [[expect]]"),
            });
        }
        let tables = document.get("expect").and_then(Item::as_array_of_tables);
        if tables.is_none() && document.contains_key("expect") {
            return Err(ExpectationsError::Entry {
                path: path.to_owned(),
                number: 1,
                message: "`expect` is no list of tables: each entry begins with the line [[expect]]".to_owned(),
            });
        }
        for (index, table) in tables.into_iter().flatten().enumerate() {
            let entry = entry(table).map_err(|message| ExpectationsError::Entry {
                path: path.to_owned(),
                number: index + 1,
                message,
            })?;
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// The entry that applies to a case, if one does and holds.
    pub fn of(&self, id: &str, now: &Circumstances<'_>) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id && entry.applies(now) && !entry.is_expired(now.today))
    }

    /// Turns the outcome of a case into what it is in the light of the file.
    pub fn apply(&self, result: &mut CaseResult, now: &Circumstances<'_>) {
        let Some(entry) = self.of(&result.id, now) else { return };
        result.expectation = Some(entry.applied.clone());
        result.outcome = match (entry.outcome, result.outcome) {
            (Expected::Fail | Expected::Flaky, Outcome::Fail) => Outcome::Xfail,
            (Expected::Fail, Outcome::Pass | Outcome::Flaky) => Outcome::Xpass,
            (_, outcome) => outcome,
        };
    }

    /// The entries that are out of date after a run, or on their own when there are no results.
    pub fn stale(&self, results: &[CaseResult], known_ids: &[&str], today: &str) -> Vec<StaleExpectation> {
        let mut stale = Vec::new();
        let mut add = |id: &str, kind: &str, detail: String| {
            stale.push(StaleExpectation { id: id.to_owned(), kind: kind.to_owned(), detail });
        };
        for entry in &self.entries {
            if !known_ids.contains(&entry.id.as_str()) {
                add(&entry.id, "unknown-id", "no case has this id: remove the entry".to_owned());
            } else if entry.is_expired(today) {
                let until = entry.until.as_deref().unwrap_or_default();
                add(&entry.id, "expired", format!("held until {until}: renew it with a reason, or remove it"));
            }
        }
        for result in results.iter().filter(|result| result.outcome == Outcome::Xpass) {
            add(&result.id, "unexpected-pass", "expected to fail, but passed: remove the entry".to_owned());
        }
        stale
    }

    /// The file's text without the entries of these ids; comments and everything else stay as they are.
    pub fn without(text: &str, path: &Path, ids: &[String]) -> Result<String, ExpectationsError> {
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            ExpectationsError::Toml { path: path.to_owned(), message: error.to_string() }
        })?;
        if let Some(tables) = document.get_mut("expect").and_then(Item::as_array_of_tables_mut) {
            tables.retain(|table| {
                table.get("id").and_then(Item::as_str).is_none_or(|id| !ids.iter().any(|gone| gone == id))
            });
        }
        Ok(document.to_string())
    }
}

impl Entry {
    fn is_expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }

    fn applies(&self, now: &Circumstances<'_>) -> bool {
        self.when.iter().all(|clause| match clause {
            Clause::Server(range) => now.server.is_some_and(|version| range.contains(version)),
            Clause::Is { what, value, negated } => {
                let found = if *what == "profile" { now.profile } else { now.target };
                (found == value) != *negated
            }
        })
    }
}

fn entry(table: &Table) -> Result<Entry, String> {
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(format!("unknown key `{key}`: expected {}", KEYS.join(", ")));
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(item) => item.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| format!("`{key}` must be text")),
    };
    let required =
        |key: &str| text(key)?.filter(|text| !text.trim().is_empty()).ok_or_else(|| format!("`{key}` is missing"));
    let id = required("id")?;
    let outcome = required("outcome")?;
    let outcome: Expected = outcome
        .parse()
        .map_err(|_| format!("outcome `{outcome}` is not one of {}", Expected::ALL.map(Expected::as_str).join(", ")))?;
    let reason = required("reason")?;
    let until = match table.get("until") {
        None => None,
        Some(item) => {
            let date = item
                .as_datetime()
                .map(ToString::to_string)
                .or_else(|| item.as_str().map(str::to_owned))
                .unwrap_or_default();
            let day = date
                .parse::<jiff::civil::Date>()
                .map_err(|_| "`until` must be a date such as 2027-03-01".to_owned())?;
            Some(day.to_string())
        }
    };
    let permanent = text("permanent")?;
    let ends = match (&until, permanent) {
        (Some(until), None) => until.clone(),
        (None, Some(why)) if !why.trim().is_empty() => format!("permanent: {why}"),
        _ => return Err("exactly one of `until = 2027-03-01` and `permanent = \"why\"` is needed".to_owned()),
    };
    let when = text("when")?.map(|when| clauses(&when)).transpose()?.unwrap_or_default();
    let applied = AppliedExpectation {
        outcome: outcome.as_str().to_owned(),
        reason,
        link: text("link")?,
        owner: text("owner")?,
        until: ends,
    };
    Ok(Entry { id, outcome, when, applied, until })
}

fn clauses(text: &str) -> Result<Vec<Clause>, String> {
    text.split(',')
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(clause)
        .collect()
}

fn clause(text: &str) -> Result<Clause, String> {
    let bad = || {
        format!(
            "`{text}` in `when` is not understood: expected `server >= 7.0`, `profile == documented` or `target != chat.example.org:443`"
        )
    };
    let (what, rest) = text.split_once(' ').ok_or_else(bad)?;
    let rest = rest.trim();
    if what == "server" {
        let range = rest.replace(' ', "").replace("==", "=");
        return VersionRange::parse(&range).map(Clause::Server).map_err(|_| bad());
    }
    let what = match what {
        "profile" => "profile",
        "target" => "target",
        _ => return Err(bad()),
    };
    let (negated, value) = match (rest.strip_prefix("=="), rest.strip_prefix("!=")) {
        (Some(value), _) => (false, value),
        (None, Some(value)) => (true, value),
        (None, None) => return Err(bad()),
    };
    Ok(Clause::Is { what, value: value.trim().trim_matches('"').to_owned(), negated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const GOOD: &str = r#"
# why these are here
[[expect]]
id = "RCS-LIST-PAGE-004"
outcome = "fail"
when = "server >= 0.60, server < 9.0 and target != chat.example.org:443"
reason = "known"
link = "https://example.org/1"
owner = "us"
until = 2027-03-01

[[expect]]
id = "RCS-LIST-AUTH-001"
outcome = "fail"
reason = "known"
permanent = "it is by design"
"#;

    fn parse(text: &str) -> Result<Expectations, ExpectationsError> {
        Expectations::parse(text, Path::new("known.toml"))
    }

    fn now<'a>(version: &'a Version, today: &'a str) -> Circumstances<'a> {
        Circumstances { server: Some(version), profile: "documented", target: "127.0.0.1:3000", today }
    }

    #[test]
    fn known_failures_are_xfail_and_passes_xpass() {
        let expectations = parse(GOOD).unwrap();
        let version = Version::parse("0.61.0").unwrap();
        let mut cases = sample::run_result().cases;
        for case in &mut cases {
            expectations.apply(case, &now(&version, "2026-11-24"));
        }
        let outcome = |id: &str| cases.iter().find(|case| case.id == id).unwrap().outcome;
        assert_eq!(outcome("RCS-LIST-PAGE-004"), Outcome::Xfail);
        assert_eq!(outcome("RCS-LIST-AUTH-001"), Outcome::Xpass);
        let stale = expectations.stale(&cases, &["RCS-LIST-PAGE-004", "RCS-LIST-AUTH-001"], "2026-11-24");
        assert!(stale.iter().any(|entry| entry.id == "RCS-LIST-AUTH-001" && entry.kind == "unexpected-pass"));
    }

    #[test]
    fn expired_and_unknown_entries_are_stale_and_do_not_apply() {
        let expectations = parse(GOOD).unwrap();
        let version = Version::parse("0.61.0").unwrap();
        assert!(expectations.of("RCS-LIST-PAGE-004", &now(&version, "2027-03-01")).is_some());
        assert!(expectations.of("RCS-LIST-PAGE-004", &now(&version, "2027-03-02")).is_none());
        let newer = Version::parse("9.0.0").unwrap();
        assert!(expectations.of("RCS-LIST-PAGE-004", &now(&newer, "2026-11-24")).is_none());
        let kinds: Vec<String> =
            expectations.stale(&[], &["RCS-LIST-PAGE-004"], "2027-03-02").into_iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["expired", "unknown-id"]);
    }

    #[test]
    fn mistakes_are_explained() {
        let with = |line: &str| {
            parse(&format!("[[expect]]\nid = \"A\"\noutcome = \"fail\"\nreason = \"r\"\n{line}"))
                .unwrap_err()
                .to_string()
        };
        assert!(with("").contains("exactly one of"));
        assert!(with("until = \"soon\"").contains("must be a date"));
        assert!(with("until = 2027-01-01\nwhy = \"x\"").contains("unknown key `why`"));
        assert!(with("until = 2027-01-01\nwhen = \"moon == full\"").contains("not understood"));
        assert!(parse("[[expect]]\noutcome = \"fail\"").unwrap_err().to_string().contains("`id` is missing"));
        for wrong in ["[expect]\nid = \"A\"", "expect = [{id = \"A\"}]", "expect = \"x\""] {
            assert!(parse(wrong).unwrap_err().to_string().contains("[[expect]]"), "{wrong}");
        }
        assert!(parse("[expect").unwrap_err().to_string().contains("not TOML"));
        assert!(parse("[[expected]]\nid = \"A\"").unwrap_err().to_string().contains("unknown key"));
    }

    #[test]
    fn updating_keeps_comments() {
        let text = Expectations::without(GOOD, Path::new("known.toml"), &["RCS-LIST-AUTH-001".to_owned()]).unwrap();
        assert!(text.contains("# why these are here") && !text.contains("RCS-LIST-AUTH-001"));
    }
}
