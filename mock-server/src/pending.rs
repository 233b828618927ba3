//! Stands in until the seeds can refresh.
use crate::seed::RecordEra;
use mongo_query::{Document, Value};
/// Facts.
pub struct RefreshFacts {
    now: i64,
    up: f64,
    id: String,
}
impl RefreshFacts {
    /// Facts.
    pub fn of_workspace(w: &mut crate::store::Workspace, _: &RecordEra, now: i64, up: f64) -> Self {
        Self { now, up, id: w.ids.meteor_id() }
    }
}
/// Record.
pub fn refreshed(_: &RecordEra, previous: Option<&Document>, facts: RefreshFacts) -> Document {
    let mut d = previous.cloned().unwrap_or_default();
    d.insert("_id", facts.id);
    if let Some(Value::Object(process)) = d.get_mut("process") {
        process.insert("uptime", Value::Double(facts.up));
    }
    d.insert("createdAt", Value::Date(facts.now));
    d.insert("_updatedAt", Value::Date(facts.now));
    d
}
