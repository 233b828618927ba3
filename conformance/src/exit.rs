//! Exit codes, the same for every command and stable between releases.

use crate::case::Level;
use crate::model::{CaseResult, StaleExpectation, StopReason, Stopped};
use crate::outcome::Outcome;

/// What the process says when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every selected MUST case passed, or failed as expected.
    Ok = 0,
    /// At least one unexpected conformance failure.
    Failed = 1,
    /// Usage, configuration, case files or the expectations file.
    Usage = 2,
    /// The target could not be tested: unreachable, TLS, not Rocket.Chat, credentials rejected.
    Untestable = 3,
    /// Nothing was tested: no case selected, or all skipped.
    NothingTested = 4,
    /// Nothing but stale expectations.
    StaleExpectations = 5,
    /// Stopped for safety: request budget, persistent 429, refused target.
    Safety = 6,
    /// A defect of the tester.
    Internal = 70,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// The table printed by `--help`.
pub const HELP: &str = "\
Exit codes:
  0    every selected MUST case passed, or failed as expected
  1    at least one unexpected conformance failure (SHOULD counts with --strict)
  2    usage, configuration, case files or the expectations file
  3    the target could not be tested: unreachable, TLS, not Rocket.Chat, credentials rejected
  4    nothing was tested: no case selected, or all skipped
  5    nothing but stale expectations: an unexpected pass or an expired entry
  6    stopped for safety: request budget, persistent 429, refused target
  70   defect of the tester
  130  interrupted (143: terminated); what was done is reported";

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// The exit code of a run and the verdict as a sentence. When several codes apply: 70, 2, 3, 6, 1, 4, 5, 0.
pub fn verdict(
    cases: &[CaseResult],
    stopped: Option<&Stopped>,
    stale: &[StaleExpectation],
    strict: bool,
) -> (Exit, String) {
    if let Some(stopped) = stopped {
        let exit = match stopped.reason {
            StopReason::Internal => Exit::Internal,
            StopReason::TargetLost | StopReason::NotRocketChat | StopReason::CredentialsRejected => Exit::Untestable,
            StopReason::BudgetExhausted | StopReason::RateLimited => Exit::Safety,
            // The cases whose requests went unanswered have failed.
            StopReason::KeepsFailing => Exit::Failed,
            StopReason::Interrupted => Exit::Interrupted,
            StopReason::Terminated => Exit::Terminated,
        };
        return (exit, format!("stopped: {}", stopped.detail));
    }
    let counts = |level: Level| level == Level::Must || (strict && level == Level::Should);
    let count = |outcome: Outcome| cases.iter().filter(|case| counts(case.level) && case.outcome == outcome).count();
    let (failed, errors) = (count(Outcome::Fail), count(Outcome::Error));
    let tried = cases.iter().filter(|case| !matches!(case.outcome, Outcome::Skip | Outcome::Disabled)).count();
    let unproven =
        cases.iter().filter(|case| case.skip.as_ref().is_some_and(|skip| skip.reason.leaves_unproven())).count();
    let and_unproven = if unproven == 0 { String::new() } else { format!("; {unproven} not proven") };
    if failed > 0 {
        return (
            Exit::Failed,
            format!("{failed} {} broken{and_unproven}", plural(failed, "requirement is", "requirements are")),
        );
    }
    if errors > 0 {
        return (
            Exit::Untestable,
            format!("{errors} {} could not be decided{and_unproven}", plural(errors, "case", "cases")),
        );
    }
    if tried == 0 {
        return (
            Exit::NothingTested,
            format!("nothing was tested: all {} cases were skipped{and_unproven}", cases.len()),
        );
    }
    if !stale.is_empty() {
        return (Exit::StaleExpectations, format!("{} of the expectations file out of date", stale.len()));
    }
    (Exit::Ok, format!("no requirement is broken{and_unproven}"))
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn exit_of(change: impl Fn(&mut CaseResult), strict: bool) -> Exit {
        let mut cases = sample::run_result().cases;
        cases.iter_mut().for_each(change);
        verdict(&cases, None, &[], strict).0
    }

    fn only(wanted: Outcome, level: Level) -> impl Fn(&mut CaseResult) {
        move |case| {
            let keep = case.outcome == wanted && case.level == level;
            case.outcome = if keep { wanted } else { Outcome::Pass };
        }
    }

    #[test]
    fn must_counts_and_should_counts_when_strict() {
        assert_eq!(exit_of(only(Outcome::Fail, Level::Must), false), Exit::Failed);
        assert_eq!(exit_of(only(Outcome::Fail, Level::Should), false), Exit::Ok);
        assert_eq!(exit_of(only(Outcome::Fail, Level::Should), true), Exit::Failed);
        assert_eq!(exit_of(only(Outcome::Error, Level::Must), false), Exit::Untestable);
        assert_eq!(exit_of(|case| case.outcome = Outcome::Skip, false), Exit::NothingTested);
    }

    #[test]
    fn what_stopped_the_run_weighs_more_than_failures() {
        let cases = sample::run_result().cases;
        let stopped = |reason| verdict(&cases, Some(&Stopped { reason, detail: String::new() }), &[], false).0;
        assert_eq!(stopped(StopReason::TargetLost), Exit::Untestable);
        assert_eq!(stopped(StopReason::RateLimited), Exit::Safety);
        assert_eq!(stopped(StopReason::Interrupted), Exit::Interrupted);
    }

    #[test]
    fn stale_expectations_have_a_code_of_their_own() {
        let stale = sample::run_result().stale_expectations;
        let mut cases = sample::run_result().cases;
        for case in &mut cases {
            case.outcome = Outcome::Pass;
        }
        assert_eq!(verdict(&cases, None, &stale, false).0, Exit::StaleExpectations);
    }
}
