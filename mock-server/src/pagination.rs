//! Paging: what `offset` and `count` ask for.
//!
//! Upstream: `apps/meteor/app/api/server/helpers/getPaginationItems.ts`; older servers have
//! `packages/rocketchat-api/server/helpers/getPaginationItems.js`.

use std::borrow::Cow;

use crate::js_text::{number_to_string, parse_int};
use crate::profile::{EmptyCount, Switches, ZeroSettings};
use crate::qs::{Param, QueryString};

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

/// Reads `offset` and `count`.
pub fn page(query: &QueryString, settings: &PagingSettings, switches: &Switches) -> Page {
    let upper_limit = setting(settings.upper_limit, 100.0, switches.zero_settings);
    let default_count = setting(settings.default_count, 50.0, switches.zero_settings);
    let offset = match query.get("offset") {
        None => 0.0,
        Some(Param::Text(text)) if text.is_empty() => 0.0,
        Some(param) => parse_int(&param.to_js_string()),
    };
    let mut count = match query.get("count") {
        None => default_count,
        Some(Param::Text(text)) if text.is_empty() => match switches.empty_count {
            EmptyCount::NotANumber => f64::NAN,
            EmptyCount::Zero => 0.0,
        },
        Some(param) => parse_int(&param.to_js_string()),
    };
    if count > upper_limit {
        count = upper_limit;
    }
    if count == 0.0 && !settings.allow_infinite {
        count = default_count;
    }
    Page { offset, count }
}

/// The setting's value, or `fallback` for one that does not stand. Newer servers test for truth before they compare, so
/// that 0 stands (upstream: `getPaginationItems.ts`).
fn setting(value: f64, fallback: f64, zero: ZeroSettings) -> f64 {
    let replaced = match zero {
        ZeroSettings::Replaced => value <= 0.0,
        ZeroSettings::Kept => value < 0.0,
    };
    if replaced { fallback } else { value }
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
