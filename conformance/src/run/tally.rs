//! What a run notes of every answer, whichever case asked for it, for `answers` steps: a fault that only shows on some page
//! or for some parameter need not be the one a case was written for.

use serde_json::{Value, json};

use crate::http::{Answer, Message};

/// So many requests are named, however many there are.
const MOST_NAMED: usize = 5;

/// The statuses of answers that an endpoint makes itself, and says to be JSON in all versions. Upstream:
/// `apps/meteor/app/api/server/ApiClass.ts`, restivus `lib/route.coffee`.
const OF_ENDPOINTS: [u16; 4] = [200, 400, 401, 403];

/// What was noted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    seen: u64,
    unannounced: Vec<Value>,
    unreadable: Vec<Value>,
}

impl Tally {
    /// Takes note of an answer.
    pub(super) fn note(&mut self, message: &Message, answer: &Answer) {
        let counts = message.target.starts_with("/api/")
            && OF_ENDPOINTS.contains(&answer.status)
            && !answer.bytes.is_empty()
            && matches!(message.method.as_str(), "GET" | "POST");
        if !counts {
            return;
        }
        self.seen += 1;
        let (list, what) = match (&answer.json, answer.announces_json()) {
            (Ok(_), false) => {
                (&mut self.unannounced, answer.header("content-type").unwrap_or_else(|| "no content type".to_owned()))
            }
            (Err(why), true) => (&mut self.unreadable, why.clone()),
            _ => return,
        };
        if list.len() < MOST_NAMED {
            list.push(Value::String(format!("{} {}: {what}", message.method, message.target)));
        }
    }

    /// The object that checks see; `None` before any answer.
    pub(super) fn answer(&self) -> Option<Answer> {
        let body = json!({"seen": self.seen, "unannounced": self.unannounced, "unreadable": self.unreadable});
        (self.seen > 0).then(|| Answer::of_json(body))
    }
}
