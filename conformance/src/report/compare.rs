//! Two runs side by side: what stayed, what was fixed, what got worse, what is new and what is gone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::case::Level;
use crate::model::{CaseResult, RunResult};
use crate::outcome::{Outcome, SkipReason};
use crate::report::inert::{markdown_text, terminal};
use crate::report::{ReportError, inert, view};
use crate::words::{serde_words, words};

words!(Change);
serde_words!(Change);

/// The format of the JSON rendering.
pub const FORMAT: u32 = 1;

/// What happened to a case between two runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum Change {
    /// It says less good of the server than before: it held and now fails or is not proven, or it was not proven and now
    /// fails.
    Regressed,
    /// The other way round.
    Fixed,
    /// The new run has it, the old one had not.
    New,
    /// The old run had it, the new one has not.
    Removed,
    /// The outcome is another, but neither better nor worse: one of the two did not look, or a failure became expected.
    Changed,
    /// The outcome is the same.
    Same,
}

/// One case in both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title, of the newer run that has it.
    pub title: String,
    /// Its level, of the newer run that has it.
    pub level: Level,
    /// What happened.
    pub change: Change,
    /// The old outcome.
    pub old: Option<Outcome>,
    /// The new outcome.
    pub new: Option<Outcome>,
    /// Whether a case that fails in both runs fails differently.
    pub evidence_changed: bool,
    /// What the new run says of it, if it is not well.
    pub detail: Option<String>,
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// [`FORMAT`].
    pub format: u32,
    /// The runs.
    pub old: Side,
    /// The runs.
    pub new: Side,
    /// Number of cases by change.
    pub totals: BTreeMap<&'static str, usize>,
    /// What to bear in mind when reading it.
    pub notices: Vec<String>,
    /// 1 if a case that counts has regressed, else 0.
    pub exit_code: u8,
    /// All cases, in the order of the new run; removed ones last.
    pub rows: Vec<Row>,
}

/// One of the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The target's address.
    pub target: String,
    /// The version it reported.
    pub server_version: Option<String>,
    /// What it was judged by.
    pub profile: String,
    /// When the run began.
    pub started: String,
    /// Version of the tester.
    pub suite_version: String,
    /// Whether every selected case got its turn.
    pub complete: bool,
}

/// How well a case speaks of the server, where it speaks of it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Broken,
    Unproven,
    Held,
}

/// `None` for a case that was rightly or deliberately not looked at.
fn standing(case: &CaseResult) -> Option<Standing> {
    match case.outcome {
        Outcome::Pass | Outcome::Flaky | Outcome::Xpass => Some(Standing::Held),
        Outcome::Fail | Outcome::Xfail => Some(Standing::Broken),
        Outcome::Error => Some(Standing::Unproven),
        Outcome::Skip => {
            let reason = case.skip.as_ref().map_or(SkipReason::NotReached, |skip| skip.reason);
            reason.leaves_unproven().then_some(Standing::Unproven)
        }
        Outcome::Disabled => None,
    }
}

fn change(old: &CaseResult, new: &CaseResult) -> Change {
    if old.outcome == new.outcome && standing(old) == standing(new) {
        return Change::Same;
    }
    match (standing(old), standing(new)) {
        (Some(before), Some(now)) if now < before => Change::Regressed,
        (Some(before), Some(now)) if now > before => Change::Fixed,
        _ => Change::Changed,
    }
}

/// Compares two runs, case by case, by id.
pub fn compare(old: &RunResult, new: &RunResult) -> Comparison {
    let before: BTreeMap<&str, &CaseResult> = old.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let now: BTreeMap<&str, &CaseResult> = new.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let mut rows: Vec<_> =
        new.cases.iter().map(|case| row(before.get(case.id.as_str()).copied(), Some(case), case)).collect();
    rows.extend(
        old.cases.iter().filter(|case| !now.contains_key(case.id.as_str())).map(|case| row(Some(case), None, case)),
    );
    let mut totals: BTreeMap<&'static str, usize> = Change::ALL.iter().map(|change| (change.as_str(), 0)).collect();
    for row in &rows {
        *totals.entry(row.change.as_str()).or_default() += 1;
    }
    let counts = |row: &Row| match row.level {
        Level::Must => true,
        Level::Should => new.run.strict,
        Level::Observe | Level::Doc => false,
    };
    let regressed = rows.iter().any(|row| row.change == Change::Regressed && counts(row));
    Comparison {
        format: FORMAT,
        old: side(old),
        new: side(new),
        totals,
        notices: notices(old, new),
        exit_code: u8::from(regressed),
        rows,
    }
}

fn row(old: Option<&CaseResult>, new: Option<&CaseResult>, newer: &CaseResult) -> Row {
    let change = match (old, new) {
        (Some(old), Some(new)) => change(old, new),
        (None, _) => Change::New,
        (_, None) => Change::Removed,
    };
    let evidence_changed = match (old, new) {
        (Some(old), Some(new)) => change == Change::Same && old.failures != new.failures,
        _ => false,
    };
    let detail = new.filter(|case| case.outcome != Outcome::Pass).map(view::headline);
    Row {
        id: newer.id.clone(),
        title: newer.title.clone(),
        level: newer.level,
        change,
        old: old.map(|case| case.outcome),
        new: new.map(|case| case.outcome),
        evidence_changed,
        detail,
    }
}

fn side(result: &RunResult) -> Side {
    Side {
        target: result.target.url.clone(),
        server_version: result.target.server_version.clone(),
        profile: result.target.profile.clone(),
        started: result.run.started.clone(),
        suite_version: result.suite.version.clone(),
        complete: result.complete,
    }
}

fn notices(old: &RunResult, new: &RunResult) -> Vec<String> {
    let mut notices = Vec::new();
    for (name, result) in [("old", old), ("new", new)] {
        if !result.complete {
            notices.push(format!("the {name} run is incomplete"));
        }
    }
    for (what, before, now) in [
        ("target", &old.target.url, &new.target.url),
        ("profile", &old.target.profile, &new.target.profile),
        ("suite", &old.suite.version, &new.suite.version),
    ] {
        if before != now {
            notices.push(format!("the runs differ in {what}: {before} and {now}"));
        }
    }
    if old.run.mode != new.run.mode {
        notices.push(format!("the runs differ in mode: {} and {}", old.run.mode.as_str(), new.run.mode.as_str()));
    }
    notices
}

impl Comparison {
    /// How many cases had this change.
    pub fn count(&self, change: Change) -> usize {
        self.totals.get(change.as_str()).copied().unwrap_or_default()
    }

    /// `1 regressed, 2 fixed, 0 new, 0 removed, 1 changed, 11 same`.
    fn totals_line(&self) -> String {
        let parts: Vec<_> =
            Change::ALL.iter().map(|change| format!("{} {}", self.count(*change), change.as_str())).collect();
        parts.join(", ")
    }

    /// Rows worth a line: whatever is not the same, or fails differently.
    fn differences(&self) -> Vec<&Row> {
        let mut rows: Vec<_> =
            self.rows.iter().filter(|row| row.change != Change::Same || row.evidence_changed).collect();
        rows.sort_by_key(|row| row.change);
        rows
    }
}

fn word(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("absent", Outcome::as_str)
}

/// What happened, as a word: `regressed`, or `same, other evidence`.
fn what(row: &Row) -> String {
    if row.evidence_changed { "same, other evidence".to_owned() } else { row.change.as_str().to_owned() }
}

/// Text for people.
pub fn human(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (name, side) in [("old", &comparison.old), ("new", &comparison.new)] {
        let version = side.server_version.as_deref().unwrap_or("unknown");
        let _ = writeln!(
            text,
            "{name}   {}   server {}   profile {}   {}",
            terminal(&side.target),
            terminal(version),
            terminal(&side.profile),
            terminal(&side.started)
        );
    }
    for notice in &comparison.notices {
        let _ = writeln!(text, "note: {}", terminal(notice));
    }
    text.push('\n');
    for row in comparison.differences() {
        let _ = writeln!(
            text,
            "{:<10} {:<20} {:<7} {} -> {}   {}",
            what(row),
            terminal(&row.id),
            row.level.as_str(),
            word(row.old),
            word(row.new),
            terminal(&row.title)
        );
        if let Some(detail) = &row.detail {
            let _ = writeln!(text, "           {}", terminal(detail));
        }
    }
    let _ = writeln!(text, "{}", comparison.totals_line());
    text
}

/// Markdown. What a server said is left out: it would have no place in a table.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = format!("# Comparison: {}\n\n", comparison.totals_line());
    for (name, side) in [("Old", &comparison.old), ("New", &comparison.new)] {
        let version = side.server_version.as_deref().unwrap_or("unknown");
        let _ = writeln!(
            text,
            "* {name}: {}, server {}, profile {}, {}",
            inert::markdown_code(&side.target),
            inert::markdown_code(version),
            inert::markdown_code(&side.profile),
            markdown_text(&side.started)
        );
    }
    for notice in &comparison.notices {
        let _ = writeln!(text, "* {}", inert::markdown_code(notice));
    }
    let differences = comparison.differences();
    if differences.is_empty() {
        return text;
    }
    text.push_str("\n| change | case | level | old | new | title |\n|---|---|---|---|---|---|\n");
    for row in differences {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            what(row),
            markdown_text(&row.id),
            row.level.as_str(),
            word(row.old),
            word(row.new),
            markdown_text(&row.title)
        );
    }
    text
}

/// JSON.
pub fn json(comparison: &Comparison) -> Result<String, ReportError> {
    Ok(format!("{}\n", inert::json(&serde_json::to_string_pretty(comparison)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Skip;
    use crate::sample;

    fn with(outcome: Outcome, reason: Option<SkipReason>) -> RunResult {
        let mut result = sample::run_result();
        result.cases.truncate(1);
        result.cases[0].outcome = outcome;
        result.cases[0].skip = reason.map(|reason| Skip { reason, detail: String::new() });
        result
    }

    #[test]
    fn every_pair_of_outcomes_is_classified() {
        use Outcome::{Disabled, Error, Fail, Flaky, Pass, Skip as Skipped, Xfail, Xpass};
        let gap = Some(SkipReason::NeedsUnprivilegedCredential);
        let other = Some(SkipReason::NotApplicable);
        for (old, new, expected, exit_code) in [
            ((Pass, None), (Pass, None), Change::Same, 0),
            ((Pass, None), (Fail, None), Change::Regressed, 1),
            ((Pass, None), (Error, None), Change::Regressed, 1),
            ((Pass, None), (Skipped, gap), Change::Regressed, 1),
            ((Pass, None), (Skipped, other), Change::Changed, 0),
            ((Pass, None), (Disabled, None), Change::Changed, 0),
            ((Pass, None), (Flaky, None), Change::Changed, 0),
            ((Error, None), (Fail, None), Change::Regressed, 1),
            ((Fail, None), (Pass, None), Change::Fixed, 0),
            ((Fail, None), (Xfail, None), Change::Changed, 0),
            ((Xfail, None), (Xpass, None), Change::Fixed, 0),
            ((Skipped, gap), (Pass, None), Change::Fixed, 0),
            ((Skipped, other), (Fail, None), Change::Changed, 0),
            ((Skipped, other), (Skipped, gap), Change::Changed, 0),
            ((Fail, None), (Fail, None), Change::Same, 0),
        ] {
            let comparison = compare(&with(old.0, old.1), &with(new.0, new.1));
            assert_eq!(comparison.rows[0].change, expected, "{old:?} {new:?}");
            assert_eq!(comparison.exit_code, exit_code, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_should_case_counts_when_strict() {
        let (mut old, mut new) = (with(Outcome::Pass, None), with(Outcome::Fail, None));
        old.cases[0].level = Level::Should;
        new.cases[0].level = Level::Should;
        assert_eq!(compare(&old, &new).exit_code, 0);
        new.run.strict = true;
        assert_eq!(compare(&old, &new).exit_code, 1);
    }

    #[test]
    fn new_removed_and_other_evidence_are_seen() {
        let old = sample::run_result();
        let mut new = sample::run_result();
        new.cases[1].failures[0].actual = "251".to_owned();
        new.cases[0].id = "RCS-LIST-AUTH-099".to_owned();
        let comparison = compare(&old, &new);
        assert_eq!((comparison.count(Change::New), comparison.count(Change::Removed)), (1, 1));
        assert!(comparison.rows[1].evidence_changed && comparison.rows[1].change == Change::Same);
        assert_eq!(comparison.rows.last().unwrap().id, "RCS-LIST-AUTH-001");
        assert_eq!(comparison.exit_code, 0);
        assert_eq!(comparison.totals.values().sum::<usize>(), comparison.rows.len());
    }
}
