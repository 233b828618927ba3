//! What the reports have in common: the words for outcomes, the lines of totals, and what is worth saying about a case.
//! Text in here is as it came; each report makes it inert in its own way.

use std::fmt::Write as _;

use crate::case::{CaseFolder, FindingKind, Level, Resources, Source};
use crate::model::{CaseResult, CheckFailure, Counts, RunResult, Suite, Summary, Target};
use crate::outcome::Outcome;
use crate::report::Options;

/// `1 case`, `2 cases`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Cases that showed what the server does: everything but skipped, disabled and undecided ones.
pub(super) fn decided(counts: &Counts) -> usize {
    counts.total() - counts.skip - counts.disabled - counts.error
}

/// Cases in which the requirement held.
pub(super) fn held(counts: &Counts) -> usize {
    counts.pass + counts.flaky + counts.xpass
}

/// `must 21/22 passed, 1 failed, 1 error`, for a level with cases.
fn level_total(level: Level, counts: &Counts) -> String {
    let mut text = format!("{} {}/{} passed", level.as_str(), held(counts), decided(counts));
    for (number, word) in [
        (counts.fail, "failed"),
        (counts.error, "undecided"),
        (counts.skip, "skipped"),
        (counts.xfail, "failed as expected"),
        (counts.xpass, "passed unexpectedly"),
        (counts.flaky, "flaky"),
        (counts.disabled, "disabled"),
    ] {
        if number > 0 {
            let _ = write!(text, ", {number} {word}");
        }
    }
    text
}

/// Totals of the levels, one string each: `must 21/22 passed, 1 failed`.
pub(super) fn level_totals(summary: &Summary) -> Vec<String> {
    Level::ALL
        .iter()
        .map(|level| (level, summary.levels.of(*level)))
        .filter(|(_, counts)| counts.total() > 0)
        .map(|(level, counts)| level_total(*level, counts))
        .collect()
}

/// `15 cases: 6 pass, 3 fail, 1 error, …`: the same line in every report that people read.
pub(super) fn totals(summary: &Summary) -> String {
    let parts: Vec<_> =
        Outcome::ALL.iter().map(|outcome| format!("{} {}", summary.totals.of(*outcome), outcome.as_str())).collect();
    format!("{}: {}", count(summary.totals.total(), "case"), parts.join(", "))
}

/// `32 requests, 4 shared, 1 rate-limited, 1 retried, waited 1.2 s`.
pub(super) fn requests(result: &RunResult) -> String {
    let requests = &result.run.requests;
    let mut text = count(usize::try_from(requests.sent).unwrap_or(usize::MAX), "request");
    for (number, word) in
        [(requests.shared, "shared"), (requests.rate_limited, "rate-limited"), (requests.retried, "retried")]
    {
        if number > 0 {
            let _ = write!(text, ", {number} {word}");
        }
    }
    if requests.waited_ms > 0 {
        let waited = seconds(f64::from(u32::try_from(requests.waited_ms).unwrap_or(u32::MAX)));
        let _ = write!(text, ", waited {waited}");
    }
    text
}

/// Milliseconds as `0.041s`.
pub(super) fn seconds(milliseconds: f64) -> String {
    format!("{:.3}s", milliseconds / 1000.0)
}

/// The headings of the three kinds of finding.
pub(super) const FINDING_KINDS: [(FindingKind, &str); 3] = [
    (FindingKind::ServerFails, "server fails"),
    (FindingKind::DocumentIsWrong, "document is wrong"),
    (FindingKind::SourcesDisagree, "sources disagree"),
];

/// Ids and texts of the findings of one kind.
pub(super) fn findings(result: &RunResult, kind: FindingKind) -> Vec<(&CaseResult, &str)> {
    result
        .cases
        .iter()
        .flat_map(|case| case.findings.iter().map(move |finding| (case, finding)))
        .filter(|(_, finding)| finding.kind == kind)
        .map(|(case, finding)| (case, finding.text.as_str()))
        .collect()
}

/// Findings with the same text together, each with the ids of its cases, both in the order of the result.
pub(super) fn by_text<'a>(findings: &[(&'a CaseResult, &'a str)]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (case, text) in findings {
        match grouped.iter_mut().find(|(known, _)| known == text) {
            Some((_, ids)) if ids.last() == Some(&case.id.as_str()) => {}
            Some((_, ids)) => ids.push(&case.id),
            None => grouped.push((text, vec![&case.id])),
        }
    }
    grouped
}

/// Cases by area, areas and cases in the order of the result.
pub(super) fn areas(result: &RunResult) -> Vec<(&str, Vec<&CaseResult>)> {
    let mut areas: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &result.cases {
        match areas.iter_mut().find(|(area, _)| *area == case.area()) {
            Some((_, cases)) => cases.push(case),
            None => areas.push((case.area(), vec![case])),
        }
    }
    areas
}

/// `LIST: GET /api/v1/statistics.list`.
pub(super) fn area_title(area: &str) -> String {
    match Resources::built_in().areas.get(area) {
        Some(title) => format!("{area}: {title}"),
        None => area.to_owned(),
    }
}

/// Whether a case is shown with its failures, sources and the way to reproduce it.
pub(super) fn needs_detail(case: &CaseResult) -> bool {
    matches!(case.outcome, Outcome::Fail | Outcome::Error)
}

/// The place of a failure for people: the whole body has an empty pointer.
pub(super) fn place(failure: &CheckFailure) -> &str {
    if failure.pointer.is_empty() { "(whole body)" } else { &failure.pointer }
}

/// `doc    statistics.yaml#/paths (c9aec5a)`.
pub(super) fn source(source: &Source) -> String {
    format!("{}: {} ({})", source.kind.as_str(), source.reference, source.rev)
}

/// Why a case ended as it did, in a few words, for outcomes that call for a reason.
pub(super) fn reason(case: &CaseResult) -> Option<String> {
    match case.outcome {
        Outcome::Pass | Outcome::Fail => None,
        Outcome::Error => Some(case.error.clone().unwrap_or_else(|| "could not be decided".to_owned())),
        Outcome::Skip => case.skip.as_ref().map(|skip| format!("{}: {}", skip.reason.as_str(), skip.detail)),
        Outcome::Xfail => Some(expectation(case, "expected")),
        Outcome::Xpass => Some(expectation(case, "passed, but expected otherwise")),
        Outcome::Flaky => Some(format!("passed at attempt {}", case.attempts)),
        Outcome::Disabled => Some("left out by the user".to_owned()),
    }
}

fn expectation(case: &CaseResult, word: &str) -> String {
    let Some(entry) = &case.expectation else { return word.to_owned() };
    let mut text = format!("{word}: {}; until {}", entry.reason, entry.until);
    if let Some(owner) = &entry.owner {
        let _ = write!(text, "; owner {owner}");
    }
    if let Some(link) = &entry.link {
        let _ = write!(text, "; {link}");
    }
    text
}

/// The command that runs the case again: from the recorded run if its file is known, else against the target.
pub(super) fn replay(result: &RunResult, case: &CaseResult, options: &Options) -> String {
    Again::of(&result.suite, &result.target).replay(&case.id, options)
}

/// What a command needs to run a case again. Live reports, which have no whole result yet, know it from the start of the run.
#[derive(Debug, Clone, Default)]
pub(super) struct Again {
    target: String,
    folder: Option<CaseFolder>,
}

impl Again {
    /// That of a run.
    pub(super) fn of(suite: &Suite, target: &Target) -> Self {
        Self { target: target.url.clone(), folder: suite.folder.clone() }
    }

    /// The command for one case. A recorded run says itself where its cases came from.
    pub(super) fn replay(&self, id: &str, options: &Options) -> String {
        if let Some(file) = &options.report_file {
            return format!("conformance replay {} {id}", shell_word(file));
        }
        let cases = match &self.folder {
            None => String::new(),
            Some(CaseFolder { path, replaces }) => {
                format!("--cases {} {}", shell_word(path), if *replaces { "--replace-cases " } else { "" })
            }
        };
        format!("conformance run --target {} {cases}{id}", shell_word(&self.target))
    }
}

/// Quotes a word for a POSIX shell if it needs it.
fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word.chars().all(|character| character.is_ascii_alphanumeric() || "-._/:@%+=,".contains(character));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The message of the failures as one line: `/count: expected at most 100, got 250`, and how many more there are.
pub(super) fn headline(case: &CaseResult) -> String {
    let (Outcome::Fail | Outcome::Pass, Some(first)) = (case.outcome, case.failures.first()) else {
        return reason(case).unwrap_or_else(|| case.title.clone());
    };
    let mut text = format!("{}: expected {}, got {}", place(first), first.expected, first.actual);
    let more = case.failures.len() - 1;
    if more > 0 {
        let _ = write!(text, " (and {} more)", count(more, "failed check"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn levels_count_what_was_decided() {
        let result = sample::run_result();
        let totals = level_totals(&result.summary);
        assert_eq!(
            totals[0],
            "must 4/7 passed, 2 failed, 1 undecided, 3 skipped, 1 failed as expected, 1 passed unexpectedly, 1 flaky"
        );
        assert_eq!(totals[1], "should 0/1 passed, 1 failed, 1 disabled");
    }

    #[test]
    fn a_command_names_the_folder_of_the_cases() {
        let again = |folder: Option<(&str, bool)>| Again {
            target: "http://127.0.0.1:3000".to_owned(),
            folder: folder.map(|(path, replaces)| CaseFolder { path: path.to_owned(), replaces }),
        };
        let options = Options::default();
        for (folder, command) in [
            (None, "conformance run --target http://127.0.0.1:3000 RCS-X-PERM-001"),
            (Some(("mine", false)), "conformance run --target http://127.0.0.1:3000 --cases mine RCS-X-PERM-001"),
            (
                Some(("my cases", true)),
                "conformance run --target http://127.0.0.1:3000 --cases 'my cases' --replace-cases RCS-X-PERM-001",
            ),
        ] {
            assert_eq!(again(folder).replay("RCS-X-PERM-001", &options), command);
        }
        let recorded = Options { report_file: Some("r.json".to_owned()), ..options };
        assert_eq!(
            again(Some(("mine", true))).replay("RCS-X-PERM-001", &recorded),
            "conformance replay r.json RCS-X-PERM-001"
        );
    }

    #[test]
    fn file_names_are_quoted_for_a_shell() {
        assert_eq!(shell_word("a/run-1.json"), "a/run-1.json");
        assert_eq!(shell_word("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(shell_word(""), "''");
    }
}
