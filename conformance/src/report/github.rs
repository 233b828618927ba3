//! GitHub Actions: annotations as workflow commands, and the job summary.

use std::fmt::Write as _;

use strum::{IntoStaticStr, VariantArray};

use crate::case::{FindingKind, Level};
use crate::model::{CaseResult, RunResult};
use crate::outcome::Outcome;
use crate::report::inert::{github_message, github_property, terminal};
use crate::report::{Options, human, markdown, view};
use crate::words::words;

words!(Kind);

/// The platform shows ten annotations of each kind a step and drops the others without a word.
const ANNOTATIONS: usize = 10;

/// The platform refuses a job summary of more than 1 MiB a step.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

/// The kinds of annotation, those that weigh most first.
#[derive(Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
enum Kind {
    Error,
    Warning,
    Notice,
}

/// One annotation, its parts inert but not yet escaped for the command.
struct Annotation {
    kind: Kind,
    title: String,
    message: String,
}

/// One line an annotation. Where there are more of a kind than the platform shows, the last one says how many are left.
pub(super) fn annotations(result: &RunResult, options: &Options) -> String {
    let all = collect(result, options);
    let mut text = String::new();
    for kind in Kind::ALL {
        let of_kind: Vec<_> = all.iter().filter(|annotation| annotation.kind == kind).collect();
        let shown = if of_kind.len() > ANNOTATIONS { ANNOTATIONS - 1 } else { of_kind.len() };
        for annotation in of_kind.iter().take(shown) {
            line(&mut text, annotation);
        }
        if shown < of_kind.len() {
            let left = of_kind.len() - shown;
            let message =
                format!("{left} more are in the job summary and in the log.\n{}", view::totals(&result.summary));
            line(&mut text, &Annotation { kind, title: format!("{left} more of this kind"), message });
        }
    }
    text
}

fn line(text: &mut String, annotation: &Annotation) {
    let Annotation { kind, title, message } = annotation;
    let _ = writeln!(text, "::{} title={}::{}", kind.as_str(), github_property(title), github_message(message.trim()));
}

fn collect(result: &RunResult, options: &Options) -> Vec<Annotation> {
    let mut all = Vec::new();
    let mut add = |kind, title: String, message: String| all.push(Annotation { kind, title, message });
    if let Some(stopped) = &result.run.stopped {
        add(Kind::Error, "run broken off".to_owned(), terminal(&stopped.detail));
    }
    for case in &result.cases {
        let kind = match (case.outcome, case.level) {
            (Outcome::Fail, Level::Must) => Kind::Error,
            (Outcome::Fail, Level::Should) if result.run.strict => Kind::Error,
            (Outcome::Fail | Outcome::Error | Outcome::Xpass, _) => Kind::Warning,
            _ => continue,
        };
        let story = human::plain(result, case, options);
        add(kind, title(case), format!("{}{story}", terminal(&view::headline(case))));
    }
    for stale in &result.stale_expectations {
        add(Kind::Warning, format!("{} expectation {}", stale.id, stale.kind), terminal(&stale.detail));
    }
    for (kind, heading) in view::FINDING_KINDS {
        // What the server fails is said by the cases above.
        if kind == FindingKind::ServerFails {
            continue;
        }
        for (case, finding) in view::findings(result, kind) {
            add(Kind::Notice, format!("{} {heading}", case.id), terminal(finding));
        }
    }
    let gaps = &result.summary.not_proven;
    if !gaps.is_empty() {
        let shown = gaps.iter().take(30);
        let mut ids: Vec<_> = shown.map(|gap| format!("{} ({})", terminal(&gap.id), terminal(&gap.reason))).collect();
        if gaps.len() > ids.len() {
            ids.push(format!("and {} more", gaps.len() - ids.len()));
        }
        add(Kind::Notice, format!("{} not proven", view::count(gaps.len(), "case")), ids.join("\n"));
    }
    all
}

fn title(case: &CaseResult) -> String {
    format!("{} {}", case.id, case.title)
}

/// The job summary: the Markdown report, cut to what the platform takes.
pub(super) fn summary(result: &RunResult, options: &Options) -> String {
    markdown::within(result, options, SUMMARY_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Summary;
    use crate::sample;

    #[test]
    fn more_than_the_platform_shows_are_counted_in_the_last_one() {
        let mut result = sample::run_result();
        let failed = result.cases.iter().find(|case| case.outcome == Outcome::Fail).unwrap().clone();
        result.cases = vec![failed; 25];
        result.summary = Summary::of(&result.cases);
        let text = annotations(&result, &Options::default());
        let errors: Vec<_> = text.lines().filter(|line| line.starts_with("::error ")).collect();
        assert_eq!(errors.len(), 10);
        assert!(errors[9].contains("16 more"), "{}", errors[9]);
    }

    #[test]
    fn a_summary_stays_within_the_limit_and_says_what_is_missing() {
        let mut result = sample::run_result();
        let failed = result.cases.iter().find(|case| case.outcome == Outcome::Fail).unwrap().clone();
        result.cases = vec![failed; 3000];
        result.summary = Summary::of(&result.cases);
        let text = summary(&result, &Options::default());
        assert!(text.len() <= SUMMARY_LIMIT);
        assert!(text.contains("more cases did not fit"));
        assert!(text.contains("3000 cases: 0 pass, 3000 fail"));
    }
}
