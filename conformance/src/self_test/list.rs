//! A list of records on the target, as faults know it.

use serde::Deserialize;
use serde_json::Value;

/// A list of records on the target: what a fault needs to know to spoil one of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its path.
    pub path: String,
    /// The member of a page that holds the records.
    pub key: String,
    /// The member of a record that tells it from all others.
    pub id: String,
    /// The `sort` that brings the oldest record first and never changes.
    pub sort: Value,
}
