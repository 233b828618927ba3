//! The statistics records: kept typed for matching and written out for answering.
//!
//! Nothing a request needs is parsed or serialised again: a page shares the records' bytes, a projection of top-level
//! fields from slices of them, and an order once made is kept until a record is added.
//!
//! A [`Statistics`] is a snapshot: whoever reads clones the `Arc` it lies in and holds no lock over a scan.

mod blocks;
mod find;
mod orders;
mod record;

use mongo_query::{Budget, Document, QueryError};

use crate::state::body::Body;
use blocks::Blocks;

pub use find::{Find, Found};
use orders::Orders;
use record::Records;

/// The collection `rocketchat_statistics` as it was at one time.
#[derive(Debug)]
pub struct Statistics {
    records: Blocks,
    orders: Orders,
}

/// The collection as it is read before anybody asks for it.
#[derive(Debug)]
pub struct Reading(Records);

impl Reading {
    /// An empty collection. `date_paths` are the dotted paths whose dates a record holds in this era; `expected` is how many documents
    /// will come, which decides how they are kept.
    pub fn new(date_paths: &[&str], expected: usize) -> Self {
        Self(Records::new(date_paths.iter().map(|path| Box::from(*path)).collect(), expected))
    }

    /// Adds a record.
    pub fn push(&mut self, document: Document) {
        self.0.push(document);
    }

    /// The collection, complete.
    pub fn finish(self) -> Statistics {
        Statistics { records: Blocks::new(self.0), orders: Orders::default() }
    }
}

impl Statistics {
    /// The number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The collection with one more record, which shares all others with this one.
    pub(super) fn with(&self, document: Document) -> Self {
        let mut records = self.records.clone();
        records.push(document);
        Self { records, orders: Orders::default() }
    }

    /// The newest record by `createdAt`, the first inserted of equals; `None` when there is none.
    pub fn newest(&self) -> Option<Document> {
        Some(self.records.document(self.records.newest()?).into_owned())
    }

    /// The newest record's JSON.
    pub fn newest_json(&self) -> Option<Vec<u8>> {
        let mut json = Body::default();
        self.records.write(&[self.records.newest()?], &mut json);
        Some(json.into_bytes())
    }

    /// Runs `find` within `budget` and appends the page's records to `out` as JSON, apart by commas.
    ///
    /// # Errors
    /// What MongoDB refuses while it runs a query: a regular expression over its limit, parallel arrays in a sort, and
    /// [`QueryError::MaxTimeMsExpired`] when the budget is spent.
    pub fn find(&self, find: &Find, budget: &Budget, out: &mut Body) -> Result<Found, QueryError> {
        find.run(&self.records, &self.orders, budget, out)
    }
}
