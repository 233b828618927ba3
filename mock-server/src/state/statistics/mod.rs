//! The statistics records: kept typed for matching and written out for answering.
//!
//! Nothing a request needs is parsed or serialised again: a page shares the records' bytes, a projection of top-level
//! fields from slices of them, and an order once made is kept until a record is added.

mod find;
mod orders;
mod record;

use mongo_query::{Document, QueryError};

use crate::state::body::Body;

pub use find::{Find, FindError, Found};
use orders::Orders;
use record::Records;

/// The collection `rocketchat_statistics`.
#[derive(Debug)]
pub struct Statistics {
    records: Records,
    orders: Orders,
}

impl Statistics {
    /// A collection of `documents` in insertion order. `date_paths` are the dotted paths whose dates a record holds in this era;
    /// `expected` is how many documents will come, which decides how they are kept.
    pub fn new(documents: impl IntoIterator<Item = Document>, date_paths: &[&str], expected: usize) -> Self {
        let mut records = Records::new(date_paths, expected);
        for document in documents {
            records.push(document);
        }
        records.seal();
        Self { records, orders: Orders::default() }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a record.
    pub fn insert(&mut self, document: Document) {
        self.records.push(document);
        self.orders = Orders::default();
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

    /// Runs `find` and appends the page's records to `out` as JSON, apart by commas.
    ///
    /// # Errors
    /// What MongoDB refuses while it runs a query: a regular expression over its limit, parallel arrays in a sort.
    pub fn find(&self, find: &Find, out: &mut Body) -> Result<Found, QueryError> {
        find.run(&self.records, &self.orders, out)
    }
}
