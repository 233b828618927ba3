//! The cases of a run, each in its turn.

use super::runner::{Runner, not_reached};
use super::{case, evidence};
use crate::case::{Case, Safety};
use crate::event::Event;
use crate::expectations::{Circumstances, Expected};
use crate::model::{CaseResult, Skip, Stopped};
use crate::outcome::Outcome;
use crate::plan;

impl Runner<'_> {
    /// Tries each case in its turn, until the run is broken off.
    pub(super) fn cases(
        &mut self,
        circumstances: &Circumstances<'_>,
        stopped: &mut Option<Stopped>,
    ) -> Vec<CaseResult> {
        let (chosen, expectations) = (self.upcoming, &self.config.expectations);
        let mut results = Vec::with_capacity(chosen.len());
        for (index, (case, left_out)) in chosen.iter().enumerate() {
            self.sender.tell(&Event::CaseStarted { id: &case.id, title: &case.title, index });
            let expected_skip =
                expectations.of(&case.id, circumstances).filter(|entry| entry.outcome == Expected::Skip);
            let mut result = if *left_out || expected_skip.is_some() {
                evidence::untried(case, Outcome::Disabled, None)
            } else if let Some(stopped) = &*stopped {
                evidence::untried(case, Outcome::Skip, Some(not_reached(stopped)))
            } else {
                self.upcoming = chosen.get(index..).unwrap_or_default();
                let (result, stop) = self.case(case);
                *stopped = stop;
                result
            };
            expectations.apply(&mut result, circumstances);
            self.sender.tell(&Event::CaseFinished { result: &result, index });
            results.push(result);
        }
        self.sender.winding_up = true;
        results
    }

    /// One case, tried again once if the target's data changed under it.
    fn case(&mut self, case: &Case) -> (CaseResult, Option<Stopped>) {
        const MOST_REFRESHES: u32 = 2;
        if let Some((reason, detail)) = plan::reason_to_skip(case, &self.known()) {
            return (evidence::untried(case, Outcome::Skip, Some(Skip { reason, detail })), None);
        }
        let (mut result, mut stopped) = case::attempt(self, case);
        let may_have_moved = result.outcome == Outcome::Fail && case.safety == Safety::Observe;
        if stopped.is_none() && may_have_moved && self.facts_refreshed < MOST_REFRESHES && self.facts_are_outdated(case)
        {
            self.facts.clear();
            self.forget_answers();
            self.facts_refreshed += 1;
            let attempts = result.attempts;
            (result, stopped) = case::attempt(self, case);
            result.attempts += attempts;
        }
        // What a case that makes records or changes the workspace was answered, and what came before it, holds no longer.
        if case.safety != Safety::Observe {
            self.facts.clear();
            self.forget_answers();
        }
        (result, stopped)
    }
}
