//! MongoDB filter, sort and projection semantics over in-memory documents.
//!
//! The crate knows nothing of HTTP or of Rocket.Chat. It holds documents with MongoDB's value types ([`Value`]) and answers
//! three questions as a MongoDB server does: which documents a query finds ([`Filter`]), in what order they come
//! ([`Sort`]), and what of each is shown ([`Projection`]). Parsing allocates; evaluating a filter does not.
//! What evaluating may cost is bounded by a [`Budget`], for those who want that.
//!
//! ```
//! use mongo_query::{Document, Filter, Projection, Sort, document};
//!
//! let mut records: Vec<Document> = [3, 1, 2]
//!     .into_iter()
//!     .map(|users| document! { "_id": users, "users": users, "tags": ["a"].as_slice() })
//!     .collect();
//!
//! let filter = Filter::parse(&document! { "users": document! { "$gte": 2 }, "tags": "a" })?;
//! let sort = Sort::parse(&document! { "users": 1 })?;
//! let projection = Projection::parse(&document! { "users": 1, "_id": 0 })?;
//!
//! records.sort_by(|left, right| sort.compare(left, right));
//! let mut found = Vec::new();
//! for record in &records {
//!     if filter.matches(record)? {
//!         found.push(projection.apply(record));
//!     }
//! }
//! assert_eq!(found, [document! { "users": 2 }, document! { "users": 3 }]);
//! # Ok::<(), mongo_query::QueryError>(())
//! ```
//!
//! # What of MongoDB it does
//!
//! Measured by the sources of MongoDB 5.0 to 7.0, error texts and codes included:
//!
//! * **Values**: null, booleans, 32- and 64-bit integers, doubles, strings, dates, regular expressions, binary of
//!   subtype 0, arrays, objects; a missing field is no value and counts as null where MongoDB says so. [`compare`] is the total order across types.
//! * **Filter operators**: implicit equality and implicit regular expressions, `$eq $ne $gt $gte $lt $lte $in $nin $exists $type $not $and $or $nor $regex
//!   $options $all $elemMatch $size $mod $bitsAllSet $bitsAllClear $bitsAnySet $bitsAnyClear $comment $alwaysTrue
//!   $alwaysFalse`, with type bracketing, and arrays opened along and at the end of dotted paths, by index too.
//! * **Sort**: several keys, dotted paths, arrays by their smallest or largest element (several paths through one array
//!   sort by one element of it), `$natural`.
//! * **Projection**: inclusion and exclusion, dotted or nested, through arrays, with the rules for `_id`.
//!
//! # What it does not do
//!
//! * `$where $expr $text $jsonSchema $sampleRate`, geospatial operators, `$slice`, `$elemMatch` and the positional `$`
//!   in projections, `$meta`: refused with MongoDB's kind of error, never ignored.
//! * Collation: strings compare by their bytes.
//! * Types no document here holds (`ObjectId`, timestamp, decimal and the deprecated ones). `$type` knows their names.
//! * A document nested more than 100 levels, the documented limit, is refused; the real server's limit is 200.
//! * A regular expression that exceeds its match limit is an error, [`QueryError::RegexLimit`]. MongoDB's matcher takes
//!   it for «no match». A [`Budget`] that is spent ends a query as MongoDB's `maxTimeMS` does, [`QueryError::MaxTimeMsExpired`], but
//!   counts work instead of time.

mod budget;
mod error;
mod field_path;
mod filter;
mod integer;
mod limits;
mod order;
mod place;
mod projection;
mod sort;
mod text;
mod value;

pub use budget::Budget;
pub use error::QueryError;
pub use filter::Filter;
pub use order::compare;
pub use projection::{Projection, ProjectionMode, TopLevel};
pub use sort::{Direction, Sort, SortKey};
pub use value::{Document, Key, Regex, Value};
