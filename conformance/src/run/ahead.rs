//! Fetching ahead: what the cases on their way will ask for certain goes out side by side, as far as `--jobs` allows, and the
//! cases, judged one after the other, find their answers waiting. Only requests that can be shared are fetched ahead: GETs
//! with nothing of an earlier answer in them; and never past a case that makes the target compute, store or change something.

use super::Runner;
use crate::case::{Caller, Case, Safety};
use crate::http::{Answer, Message};
use crate::plan;

impl Runner<'_> {
    /// The answer to a shareable request that is about to be sent, if it was fetched ahead or can be now, together with others.
    pub(super) fn fetched_ahead(&mut self, key: &str, message: &Message, caller: Caller) -> Option<Answer> {
        self.traded.insert(key.to_owned());
        if let Some(answer) = self.ahead.remove(key) {
            return Some(answer);
        }
        let more = self.coming_requests(self.sender.room().saturating_sub(1));
        if more.is_empty() {
            return None;
        }
        let mut requests = vec![(message, caller)];
        requests.extend(more.iter().map(|(_, message, caller)| (message, *caller)));
        let mut answers = self.sender.send_together(&requests).into_iter();
        let wanted = answers.next().flatten();
        for ((key, ..), answer) in more.into_iter().zip(answers) {
            if let Some(answer) = answer {
                self.ahead.insert(key, answer);
            }
        }
        wanted
    }

    /// The next `most` shareable requests that have not been sent yet, with their keys.
    fn coming_requests(&self, most: usize) -> Vec<(String, Message, Caller)> {
        let known = self.known();
        let mut coming: Vec<(String, Message, Caller)> = Vec::new();
        let cases = self.upcoming.iter().filter(|(case, left_out)| {
            !left_out && plan::reason_to_skip(case, &known).is_none() && self.may_be_tried(case)
        });
        for (case, _) in cases {
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
                    coming.push((key, message, request.caller));
                }
            }
        }
        coming
    }

    /// Whether a case will be tried as far as the target's capabilities are known; one that hangs on an unknown one can wait.
    fn may_be_tried(&self, case: &Case) -> bool {
        case.needs.capabilities.iter().all(|capability| self.capabilities.get(capability) == Some(&true))
    }
}
