//! What changed between two results.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;

/// How a case changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It held before and does not any more, or can no longer be decided.
    Regressed,
    /// It did not hold before and does now.
    Fixed,
    /// Neither, but the outcome is another one.
    Changed,
    /// It was not in the old result.
    New,
    /// It is not in the new one.
    Removed,
    /// The outcome is the same.
    Same,
}

/// One case in both results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it changed.
    pub change: Change,
    /// The old outcome.
    pub old: Option<Outcome>,
    /// The new one.
    pub new: Option<Outcome>,
}

fn held(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Flaky | Outcome::Xpass)
}

fn broke(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Fail | Outcome::Error)
}

/// Every case of either result, the worst changes first.
pub fn compare(old: &RunResult, new: &RunResult) -> Vec<Difference> {
    let mut pairs: BTreeMap<&str, (Option<&CaseResult>, Option<&CaseResult>)> = BTreeMap::new();
    for case in &old.cases {
        pairs.entry(&case.id).or_default().0 = Some(case);
    }
    for case in &new.cases {
        pairs.entry(&case.id).or_default().1 = Some(case);
    }
    let mut differences: Vec<Difference> = pairs
        .into_iter()
        .map(|(id, (old, new))| {
            let (was, is) = (old.map(|case| case.outcome), new.map(|case| case.outcome));
            let change = match (was, is) {
                (Some(was), Some(is)) if was == is => Change::Same,
                (Some(was), Some(is)) if held(was) && broke(is) => Change::Regressed,
                (Some(was), Some(is)) if was == Outcome::Fail && held(is) => Change::Fixed,
                (Some(_), Some(_)) => Change::Changed,
                (None, _) => Change::New,
                (Some(_), None) => Change::Removed,
            };
            let title = new.or(old).map(|case| case.title.clone()).unwrap_or_default();
            Difference { id: id.to_owned(), title, change, old: was, new: is }
        })
        .collect();
    differences.sort_by_key(|difference| difference.change);
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn changes_are_told_apart() {
        let old = sample::run_result();
        let mut new = old.clone();
        let set = |result: &mut RunResult, id: &str, outcome| {
            result.cases.iter_mut().find(|case| case.id == id).unwrap().outcome = outcome;
        };
        set(&mut new, "RCS-LIST-AUTH-001", Outcome::Fail);
        set(&mut new, "RCS-LIST-PAGE-004", Outcome::Pass);
        set(&mut new, "RCS-LAST-SHAPE-001", Outcome::Skip);
        new.cases.retain(|case| case.id != "RCS-DOC-STAT-001");
        new.cases[0].id = "RCS-LIST-AUTH-001".to_owned();
        let differences = compare(&old, &new);
        let change = |id: &str| differences.iter().find(|difference| difference.id == id).unwrap().change;
        assert_eq!(change("RCS-LIST-AUTH-001"), Change::Regressed);
        assert_eq!(change("RCS-LIST-PAGE-004"), Change::Fixed);
        assert_eq!(change("RCS-LAST-SHAPE-001"), Change::Changed);
        assert_eq!(change("RCS-DOC-STAT-001"), Change::Removed);
        assert_eq!(change("RCS-LIST-PAGE-005"), Change::Same);
        assert_eq!(differences[0].change, Change::Regressed);
        assert!(compare(&new, &old).iter().any(|difference| difference.change == Change::New));
    }
}
