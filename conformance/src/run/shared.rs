//! Answers kept for later requests that are the same.

use std::collections::HashMap;
use std::rc::Rc;

use super::Chosen;
use crate::http::Answer;
use crate::plan;

/// How often each shareable request comes up, so that an answer is kept only as long as it is needed.
pub(super) fn planned_uses(chosen: &Chosen<'_>) -> HashMap<String, u32> {
    let mut uses = HashMap::new();
    for (case, disabled) in chosen {
        if !disabled {
            for request in case.steps.iter().filter_map(|step| step.request.as_ref()) {
                if let Some(key) = plan::sharing_key(request) {
                    *uses.entry(key).or_default() += 1;
                }
            }
        }
    }
    uses
}

/// Answers kept for later requests that are the same.
#[derive(Default)]
pub(super) struct Shared {
    answers: HashMap<String, Rc<Answer>>,
    /// The size of their bodies.
    bytes: usize,
}

impl Shared {
    /// So much of bodies is kept; what comes on top is asked for again. An honest target's answers take a tenth of it.
    const MOST_BYTES: usize = 16 * 1024 * 1024;

    pub(super) fn get(&self, key: &str) -> Option<Rc<Answer>> {
        self.answers.get(key).cloned()
    }

    pub(super) fn keep(&mut self, key: String, answer: &Rc<Answer>) {
        let bytes = self.bytes + answer.bytes.len();
        if bytes <= Self::MOST_BYTES {
            self.bytes = bytes;
            self.answers.insert(key, Rc::clone(answer));
        }
    }

    pub(super) fn forget(&mut self, key: &str) {
        if let Some(answer) = self.answers.remove(key) {
            self.bytes -= answer.bytes.len();
        }
    }
}
