//! JSON Schemas (2020-12) of a record whose fields changed from version to version, built from one table of fields.
//!
//! The crate knows neither Rocket.Chat nor files: [`Table::parse`] takes two texts, `schemas/api/statistics/record.json`
//! (eras, named forms) and `fields.tsv` beside it, and [`Table::schema`] builds the schema of one era when it is asked for.
//!
//! # The table of fields
//!
//! Values separated by tabs, one row a field, below a row of the columns' names. Empty columns at the end may be left out.
//!
//! | column | says |
//! |---|---|
//! | `path` | `outer.inner`; `list[]` is what a list holds, `map.*` the member of any name, `map./regex/` members whose name matches |
//! | `since` | the first version with the field as this row has it; empty: as early as what it is a member of |
//! | `until` | the first version without; empty: as long as what it is a member of |
//! | `required` | `yes` where every whole record has it, `no` where one may lack it; empty for `[]`, `*` and regular expressions |
//! | `form` | its schema, by a name of `record.json` |
//! | `description` | the schema's description |
//! | `source` | where the versions are from; empty: the collector's source at the releases' tags, or at each commit of the main line |
//!
//! An era's schema has every row whose versions overlap the era's, in the order of the rows. A field is required of an era
//! only where it is written in all of its versions: one that came in 3.11.0 is optional in the era of 3.10 to 3.12 and
//! required from 3.13 on, without a second row. A field that moved, or whose form changed, has a row for each place and form;
//! what is inside stands once. So a new field, or the end of one, is one row.

mod build;
mod parse;

use serde_json::{Map, Value};

/// Major, minor and patch number. What follows a hyphen does not count: a build is judged as the release it becomes.
pub type Release = (u32, u32, u32);

/// Versions whose records have one schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Era {
    name: String,
    title: String,
    since: Release,
    until: Release,
}

impl Era {
    /// What the era is called: its first version, without the patch number.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its first version.
    pub fn since(&self) -> Release {
        self.since
    }

    /// The first version that is no more of it.
    pub fn until(&self) -> Release {
        self.until
    }
}

/// Eras, forms and fields of a record.
#[derive(Debug, Clone)]
pub struct Table {
    title: String,
    description: String,
    eras: Vec<Era>,
    forms: Map<String, Value>,
    fields: Vec<Field>,
}

/// One row.
#[derive(Debug, Clone)]
struct Field {
    path: String,
    /// The path of what it is a member of; empty for the record.
    parent: String,
    place: Place,
    since: Option<Release>,
    until: Option<Release>,
    required: bool,
    form: Value,
    description: String,
}

/// Where in the schema of its parent a field's schema stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// `properties`, under this name.
    Member(String),
    /// `patternProperties`, under this regular expression.
    Pattern(String),
    /// `additionalProperties`.
    AnyMember,
    /// `items`.
    Items,
}

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file of eras and forms is not JSON, or lacks something.
    #[error("eras and forms: {0}")]
    Record(String),
    /// A row of the fields is wrong.
    #[error("line {line} of the fields: {reason}")]
    Field {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

impl Table {
    /// The eras, oldest first.
    pub fn eras(&self) -> &[Era] {
        &self.eras
    }
}
