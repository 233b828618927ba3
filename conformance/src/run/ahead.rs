//! Fetching ahead: what the cases on their way will ask for certain goes out side by side, as far as `--jobs` allows, and the
//! cases, judged one after the other, find their answers waiting. Only requests that can be shared are fetched ahead: GETs
//! with nothing of an earlier answer in them; and never past a case that makes the target compute, store or change something.

use super::case::lacks_data;
use super::runner::Runner;
use crate::case::{Case, Safety};
use crate::http::{Answer, HttpError, Message};
use crate::plan;

impl Runner<'_> {
    /// What came of a shareable request that is about to be sent, if it was fetched ahead or is now, together with others.
    pub(super) fn fetched_ahead(&mut self, key: &str, message: &Message) -> Option<Result<Answer, HttpError>> {
        self.traded.insert(key.to_owned());
        if let Some(result) = self.ahead.remove(key) {
            return Some(result);
        }
        let more = self.coming_requests(self.sender.room().saturating_sub(1));
        if more.is_empty() {
            return None;
        }
        let messages: Vec<&Message> = [message].into_iter().chain(more.iter().map(|(_, message)| message)).collect();
        let mut results = self.sender.send_together(&messages).into_iter();
        let wanted = results.next();
        self.ahead.extend(more.into_iter().map(|(key, _)| key).zip(results));
        wanted
    }

    /// The next `most` shareable requests that have not been sent yet, with their keys.
    fn coming_requests(&self, most: usize) -> Vec<(String, Message)> {
        let known = self.known();
        let mut coming: Vec<(String, Message)> = Vec::new();
        for (case, left_out) in self.upcoming {
            // Asked first: whether a case will be tried is the dearer question.
            if coming.len() >= most {
                break;
            }
            if *left_out || plan::reason_to_skip(case, &known).is_some() || !self.will_be_tried(case) {
                continue;
            }
            if case.safety != Safety::Observe {
                break;
            }
            for request in case.steps.iter().filter_map(|step| step.request.as_ref()) {
                if coming.len() >= most {
                    return coming;
                }
                let Some(key) = plan::sharing_key(request) else { continue };
                let is_new = !self.traded.contains(&key)
                    && !self.ahead.contains_key(&key)
                    && coming.iter().all(|(other, ..)| *other != key);
                if let (true, Ok(message)) = (is_new, self.message(request, &self.variables, &[])) {
                    coming.push((key, message));
                }
            }
        }
        coming
    }

    /// Whether it is known that a case will be tried. One that hangs on a capability or on data not looked at yet can wait.
    fn will_be_tried(&self, case: &Case) -> bool {
        let capable = case.needs.capabilities.iter().all(|capability| self.capabilities.get(capability) == Some(&true));
        let mut lists = plan::facts_of(case, &self.suite.resources).into_iter();
        let has_data = lists.all(|list| match self.facts.get(&list.name) {
            Some(Ok(facts)) => lacks_data(self, case, list, facts).is_none(),
            _ => false,
        });
        capable && has_data
    }
}
