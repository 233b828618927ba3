//! Seeds: what a workspace's statistics collection holds when the mock starts.
//!
//! A seed is made from data (`fixtures/seeds/`) and a number. [`RecordEra`] says which shape the records of a server
//! version have, [`SeedData`] reads the data, [`generate`] makes the records. [`load_seed_file`] takes a user's own
//! records instead, and [`refreshed`] makes the record that `GET statistics?refresh=true` and the schedule store.

mod blocks;
mod calendar;
mod counts;
mod data;
mod draw;
mod encode;
mod era;
mod error;
mod fields;
mod file;
mod history;
mod host;
mod json;
mod refresh;

pub use data::SeedData;
pub use era::RecordEra;
pub use error::SeedError;
pub use file::load_seed_file;
#[cfg(test)]
pub use json::document_from_json;
#[cfg(test)]
pub use refresh::UserCounts;
pub use refresh::{RefreshFacts, new_record_id, refreshed};

use mongo_query::Document;
use strum::{EnumMessage, EnumString, IntoStaticStr, VariantArray};

use history::History;

/// The seed that is used when nobody says.
pub const DEFAULT_SEED: u64 = 20_180_224;

/// The most records a history has: more would want more memory than most machines have (a million takes about 0.6 GB).
pub const MOST_RECORDS: usize = 10_000_000;

/// Which records a workspace starts with. The names of the command line, and what `--help` says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumMessage, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum SeedName {
    /// A workspace's history, ending in the documented record.
    #[default]
    History,
    /// The documented record alone.
    Documented,
    /// No record.
    Empty,
}

impl SeedName {
    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Which records to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedSpec {
    /// Which seed.
    pub name: SeedName,
    /// How many records a history has; the data says when `None`. A history of none is empty.
    pub records: Option<usize>,
    /// Decides everything that chance decides.
    pub seed: u64,
}

impl Default for SeedSpec {
    fn default() -> Self {
        Self { name: SeedName::default(), records: None, seed: DEFAULT_SEED }
    }
}

/// The stored records of a seed in the shape of the data's era, oldest first, made one by one. Equal specs and data give
/// equal records on every machine.
pub fn generate(spec: &SeedSpec, data: &SeedData) -> impl Iterator<Item = Document> + use<> {
    let records = match spec.name {
        SeedName::History => spec.records.unwrap_or(data.default_records()),
        SeedName::Documented => 1,
        SeedName::Empty => 0,
    };
    (records > 0).then(|| History::new(&SeedSpec { records: Some(records), ..*spec }, data)).into_iter().flatten()
}

#[cfg(test)]
mod tests;
