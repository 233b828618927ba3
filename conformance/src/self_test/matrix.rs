//! What became of the faults, and its rendering.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Caught, Fault};
use crate::case::load::Suite;
use crate::case::{Case, Level};

/// The kill matrix of one profile.
pub struct Matrix {
    /// What the runs were judged by.
    pub profile: String,
    /// The cases that the faithful server passes.
    pub decided: BTreeSet<String>,
    /// The faults tried.
    pub faults: Vec<Fault>,
    /// What became of them.
    pub caught: BTreeMap<String, Caught>,
    /// The benign differences, with the cases that failed.
    pub benign: BTreeMap<&'static str, Vec<String>>,
    must: BTreeSet<String>,
}

impl Matrix {
    pub(super) fn new(
        profile: String,
        suite: &Suite,
        decided: BTreeSet<String>,
        faults: &[Fault],
        caught: BTreeMap<String, Caught>,
        benign: BTreeMap<&'static str, Vec<String>>,
    ) -> Self {
        let is_must = |case: &&Case| case.level == Level::Must && decided.contains(&case.id);
        let must = suite.cases.iter().filter(is_must).map(|case| case.id.clone()).collect();
        let faults = faults.iter().filter(|fault| caught.contains_key(&fault.id)).cloned().collect();
        Self { profile, decided, faults, caught, benign, must }
    }

    /// The faults no MUST case failed for.
    pub fn escaped(&self) -> Vec<&str> {
        self.faults.iter().filter(|fault| self.of(fault).must.is_empty()).map(|fault| fault.id.as_str()).collect()
    }

    /// The faults whose place the report did not name.
    pub fn unnamed(&self) -> Vec<String> {
        let unnamed = |fault: &&Fault| !fault.is_named(&self.of(fault));
        let show = |fault: &Fault| {
            format!("{}: expected `{}`, the report names {:?}", fault.id, fault.place, self.of(fault).pointers)
        };
        self.faults.iter().filter(unnamed).map(show).collect()
    }

    /// The MUST cases decided here that caught nothing.
    pub fn idle(&self) -> BTreeSet<String> {
        let caught: BTreeSet<&String> = self.caught.values().flat_map(|caught| &caught.must).collect();
        self.must.iter().filter(|id| !caught.contains(id)).cloned().collect()
    }

    /// The MUST cases that caught something.
    pub fn busy(&self) -> BTreeSet<String> {
        self.caught.values().flat_map(|caught| caught.must.iter().cloned()).collect()
    }

    /// The benign differences that made cases fail.
    pub fn false_alarms(&self) -> Vec<String> {
        self.benign
            .iter()
            .filter(|(_, failed)| !failed.is_empty())
            .map(|(what, failed)| format!("{what}: {}", failed.join(", ")))
            .collect()
    }

    fn of(&self, fault: &Fault) -> Caught {
        self.caught.get(&fault.id).cloned().unwrap_or_default()
    }

    /// Whether every fault is caught and named, every MUST case catches one, and no benign difference is a failure.
    pub fn is_good(&self) -> bool {
        self.escaped().is_empty()
            && self.unnamed().is_empty()
            && self.idle().is_empty()
            && self.false_alarms().is_empty()
    }

    /// The result in a few lines, everything that is not as it should be first. Cases that caught nothing are named only where
    /// `all_faults` were tried: chosen ones leave most cases without work, which says nothing about those.
    pub fn summary(&self, all_faults: bool) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail, hence the ignored results here and below.
        for id in self.escaped() {
            let stopped = self.caught.get(id).and_then(|caught| caught.stopped.clone()).unwrap_or_default();
            let _ = writeln!(text, "escaped      {id} {stopped}");
        }
        for line in self.unnamed() {
            let _ = writeln!(text, "not named    {line}");
        }
        for line in self.false_alarms() {
            let _ = writeln!(text, "false alarm  {line}");
        }
        for id in self.idle().into_iter().filter(|_| all_faults) {
            let _ = writeln!(text, "idle         {id} catches no fault");
        }
        let _ = writeln!(
            text,
            "profile {}: {} faults, {} caught; {} of {} MUST cases catch at least one; {} benign differences, {} false alarms",
            self.profile,
            self.faults.len(),
            self.faults.len() - self.escaped().len(),
            self.must.len() - self.idle().len(),
            self.must.len(),
            self.benign.len(),
            self.false_alarms().len()
        );
        text
    }
}

/// The faults that a case should catch and, in the profiles that decide the case, never does.
pub fn missed(faults: &[Fault], matrices: &[Matrix]) -> Vec<String> {
    let mut missed = Vec::new();
    for fault in faults {
        for id in fault.cases() {
            let tried = || {
                matrices.iter().filter(|matrix| matrix.caught.contains_key(&fault.id) && matrix.decided.contains(&id))
            };
            if tried().next().is_some() && !tried().any(|matrix| matrix.of(fault).must.contains(&id)) {
                missed.push(format!("{} is not caught by {id}", fault.id));
            }
        }
    }
    missed
}

/// The whole matrix: every fault with the cases that caught it in the profiles tried, and every MUST case with the number of
/// faults it caught.
pub fn markdown(suite: &Suite, faults: &[Fault], matrices: &[Matrix]) -> String {
    let profiles: Vec<&str> = matrices.iter().map(|matrix| matrix.profile.as_str()).collect();
    let mut text = String::from(
        "# Faults and the cases that catch them\n\n\
         Written by `conformance self-test --write-matrix`. Each fault sits in a proxy before a faithful server; a run meets it with the\n\
         topics of the cases that must catch it. A case is listed where it failed.\n\n",
    );
    let _ = writeln!(text, "Profiles: {}.\n", profiles.join(", "));
    let _ = writeln!(
        text,
        "## Faults\n\n| fault | what it spoils | place | profiles | MUST cases that fail |\n|---|---|---|---|---|"
    );
    let mut busy: BTreeMap<String, usize> = BTreeMap::new();
    for fault in faults {
        let tried: Vec<&Matrix> = matrices.iter().filter(|matrix| matrix.caught.contains_key(&fault.id)).collect();
        let cases: BTreeSet<String> = tried.iter().flat_map(|matrix| matrix.of(fault).must).collect();
        for case in &cases {
            *busy.entry(case.clone()).or_default() += 1;
        }
        let place = if fault.place.is_empty() { "the body".to_owned() } else { format!("`{}`", fault.place) };
        let names: Vec<&str> = tried.iter().map(|matrix| matrix.profile.as_str()).collect();
        let shown: Vec<&str> = cases.iter().map(|id| id.trim_start_matches("RCS-")).collect();
        let _ =
            writeln!(text, "| {} | {} | {place} | {} | {} |", fault.id, fault.what, names.join(", "), shown.join(" "));
    }
    let _ = writeln!(text, "\n## MUST cases\n\n| case | faults caught | title |\n|---|---|---|");
    for case in suite.cases.iter().filter(|case| case.level == Level::Must) {
        let count = busy.get(&case.id).copied().unwrap_or_default();
        let _ = writeln!(text, "| {} | {count} | {} |", case.id, case.title);
    }
    let _ = writeln!(text, "\n## Differences that are no faults\n");
    for benign in super::benign::BENIGN {
        let _ = writeln!(text, "* {}", benign.what);
    }
    text
}

/// The page `docs/kill-matrix.md`: for each family of faults and for each topic of MUST cases how many there are and how many of
/// them caught or were caught in the profiles tried, and by name those that did not.
pub fn totals(suite: &Suite, faults: &[Fault], matrices: &[Matrix]) -> String {
    let profiles: Vec<&str> = matrices.iter().map(|matrix| matrix.profile.as_str()).collect();
    let mut text = String::from(
        "# Faults and the cases that catch them\n\n\
         Written by `.ci/run update`, from `conformance/tests/catches_faults.rs`. Each fault sits in a proxy before a faithful server; a\n\
         run meets it with the topics of the cases that must catch it. `conformance self-test --write-matrix FILE` writes which case catches\n\
         which fault.\n\n",
    );
    let _ = writeln!(text, "Profiles: {}.\n", profiles.join(", "));
    let mut busy = BTreeSet::new();
    let mut families = Tally::default();
    for fault in faults {
        let tried = matrices.iter().filter(|matrix| matrix.caught.contains_key(&fault.id));
        let cases: BTreeSet<String> = tried.flat_map(|matrix| matrix.of(fault).must).collect();
        families.add(&fault.id, !cases.is_empty());
        busy.extend(cases);
    }
    let mut topics = Tally::default();
    for case in suite.cases.iter().filter(|case| case.level == Level::Must) {
        topics.add(&case.id, busy.contains(&case.id));
    }
    let _ = writeln!(
        text,
        "## Faults\n\n| family | faults | caught | not caught |\n|---|---|---|---|\n{}",
        families.rows()
    );
    let _ = writeln!(
        text,
        "## MUST cases\n\n| topic | cases | that catch a fault | that catch none |\n|---|---|---|---|\n{}",
        topics.rows()
    );
    let _ = writeln!(text, "## Differences that are no faults\n");
    for benign in super::benign::BENIGN {
        let _ = writeln!(text, "* {}", benign.what);
    }
    text
}

/// Counts of ids by what they have before their number.
#[derive(Default)]
struct Tally<'a>(Vec<(&'a str, usize, Vec<&'a str>)>);

impl<'a> Tally<'a> {
    /// Counts an id; one that is not `good` is named.
    fn add(&mut self, id: &'a str, good: bool) {
        let group = id.rsplit_once('-').map_or(id, |(group, _)| group);
        let at = self.0.iter().position(|(known, ..)| *known == group).unwrap_or_else(|| {
            self.0.push((group, 0, Vec::new()));
            self.0.len() - 1
        });
        if let Some((_, count, bad)) = self.0.get_mut(at) {
            *count += 1;
            bad.extend((!good).then_some(id));
        }
    }

    /// A row of a table for each group, and one for all of them.
    fn rows(&self) -> String {
        let row = |(group, count, bad): &(&str, usize, Vec<&str>)| {
            format!("| {group} | {count} | {} | {} |\n", count - bad.len(), bad.join(" "))
        };
        let all = (
            "all",
            self.0.iter().map(|(_, count, _)| count).sum(),
            self.0.iter().flat_map(|(.., bad)| bad.clone()).collect(),
        );
        self.0.iter().chain([&all]).map(row).collect()
    }
}
