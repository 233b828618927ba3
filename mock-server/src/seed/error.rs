//! Why seeds cannot be had.

use std::path::PathBuf;

use thiserror::Error;

use crate::data::DataError;

/// Why a seed could not be loaded.
#[derive(Debug, Error)]
pub enum SeedError {
    /// The seed data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file of seed data is not what `schemas/seed.schema.json` describes.
    #[error("{file}: {reason}; see schemas/seed.schema.json for the layout of seed data")]
    Layout {
        /// The file, below the fixtures.
        file: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A file of records could not be read.
    #[error("{}: {source}; --seed-file takes a file that exists and may be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// What should be a file of records is a folder, a device or a socket.
    #[error("{} is neither a file nor a pipe; --seed-file takes a file of records", file.display())]
    NoFile {
        /// The file.
        file: PathBuf,
    },
    /// A file of records is too large.
    #[error("{} has more than {most} bytes, the most that --seed-file reads", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The most bytes read.
        most: u64,
    },
    /// A file of records is not JSON.
    #[error("{}: not JSON: {reason}; expected an array of records, an object with the array \"statistics\", or one record a line", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// A file of records holds JSON of another form.
    #[error("{}: expected an array of records, an object with the array \"statistics\", or one record a line; found {found}", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// What there is instead.
        found: &'static str,
    },
    /// A record does not fit the record schema of the served version.
    #[error("{}: record {record} at \"{pointer}\": {reason}; expected a record of {schema} as in schemas/api/statistics/fields.tsv. {way_out}", file.display())]
    Record {
        /// The file.
        file: PathBuf,
        /// The record's number in the file, from 1.
        record: usize,
        /// JSON pointer of what does not fit, inside the record.
        pointer: String,
        /// What was expected there.
        reason: String,
        /// The schema's name.
        schema: &'static str,
        /// What to do about it.
        way_out: String,
    },
    /// Two records have the same `_id`.
    #[error("{}: record {record} at \"/_id\": \"{id}\" is the _id of record {earlier} too; every record needs its own", file.display())]
    Duplicate {
        /// The file.
        file: PathBuf,
        /// The later record's number, from 1.
        record: usize,
        /// The earlier record's number.
        earlier: usize,
        /// The id.
        id: String,
    },
}
