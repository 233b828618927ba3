//! What is asked of a collection: a filter, an order, a projection and a page.

use std::borrow::Cow;

use javascript::text::number_to_string;
use mongo_query::Document;

/// What the parameters ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListParams {
    /// The order.
    pub sort: SortParam,
    /// The projection as MongoDB gets it. `None` when it only has the fields that are never shown, the excluded ones.
    pub fields: Option<Document>,
    /// The filter as MongoDB gets it; empty for all documents.
    pub filter: Document,
    /// Which deprecated parameters were used.
    pub used: Used,
}

/// What `sort` asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum SortParam {
    /// Nothing: the endpoint's own order. `statistics` sort by `{name:1}`, a field no record has, so that the order is the
    /// one of insertion (upstream: `apps/meteor/app/statistics/server/functions/getStatistics.ts`, all versions).
    Default,
    /// No order at all, from `{}` and `[]`.
    None,
    /// These keys, in this order. Values are 1 and -1 in servers that check them.
    Keys(Document),
    /// Something the database driver refuses when the query runs: 400 with this text and no `errorType`.
    Invalid(String),
}

/// The deprecated parameters a request used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// `fields`
    pub fields: bool,
    /// `query`
    pub query: bool,
}

/// The settings that bound paging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PagingSettings {
    /// `API_Default_Count`.
    pub default_count: f64,
    /// `API_Upper_Count_Limit`.
    pub upper_limit: f64,
    /// `API_Allow_Infinite_Count`: whether a count of 0 means everything.
    pub allow_infinite: bool,
}

impl Default for PagingSettings {
    /// The values of a fresh workspace, all versions.
    fn default() -> Self {
        Self { default_count: 50.0, upper_limit: 100.0, allow_infinite: true }
    }
}

/// The page asked for, in JavaScript's numbers: whole, negative or `NaN`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Page {
    /// Documents to leave out.
    pub offset: f64,
    /// Documents to return at most; 0 and `NaN` mean all.
    pub count: f64,
}

impl Page {
    /// `offset` as the answer shows it: `null` when it is not a number.
    pub fn offset_json(&self) -> Cow<'static, str> {
        if self.offset == 0.0 {
            Cow::Borrowed("0")
        } else if self.offset.is_finite() {
            Cow::Owned(number_to_string(self.offset))
        } else {
            Cow::Borrowed("null")
        }
    }

    /// How many documents to leave out. `NaN` leaves out none; what is beyond 64 bits saturates, as MongoDB converts it.
    ///
    /// # Errors
    /// For a negative offset, with MongoDB's text (5.0 and later).
    pub fn skip(&self) -> Result<usize, String> {
        if self.offset < 0.0 {
            return Err(format!("BSON field 'skip' value must be >= 0, actual value '{}'", saturated(self.offset)));
        }
        Ok(usize::try_from(saturated(self.offset)).unwrap_or(usize::MAX))
    }

    /// How many documents to return at most, `None` for all. The driver sends a negative count as its absolute value and
    /// asks for a single batch.
    pub fn limit(&self) -> Option<usize> {
        match saturated(self.count).unsigned_abs() {
            0 => None,
            count => Some(usize::try_from(count).unwrap_or(usize::MAX)),
        }
    }
}

/// The nearest 64-bit integer; 0 for `NaN`.
fn saturated(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturation is what MongoDB does, too")]
    let whole = number as i64;
    whole
}
