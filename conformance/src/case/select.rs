//! How a case picks a value out of an answer: for captures, and for both sides of a comparison.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A named value kept for later.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// Used as `${name}` afterwards.
    pub name: String,
    /// What is kept.
    pub value: Select,
}

/// A value picked from an answer: exactly one of `at`, `header`, `status` and `literal`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The answer it is picked from: the name of an earlier step, or `facts`. This step's when left out.
    #[serde(default)]
    pub from: Option<String>,
    /// JSON pointer into the body; the segment `*` stands for every element or member.
    #[serde(default)]
    pub at: Option<String>,
    /// A response header.
    #[serde(default)]
    pub header: Option<String>,
    /// The status code.
    #[serde(default)]
    pub status: bool,
    /// A value written in the case, in which `${name}` may stand.
    #[serde(default, deserialize_with = "super::check::present")]
    pub literal: Option<Value>,
    /// What becomes of the matches of `at`. Left out: the one value when the pointer has no `*`, else all as a list.
    #[serde(default)]
    pub take: Option<Take>,
    /// Changes applied in order.
    #[serde(default)]
    pub then: Vec<Transform>,
}

/// What becomes of the values a pointer matches. Nulls are left out by all but `all` and `length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// A list of all, in order.
    All,
    /// The first.
    First,
    /// The last.
    Last,
    /// The least in MongoDB's order.
    Min,
    /// The greatest in MongoDB's order.
    Max,
    /// The middle one of the distinct values in MongoDB's order: with two or more of them, at least one is below it,
    /// with three or more, one above it as well.
    Middle,
    /// A list of the distinct values in MongoDB's order.
    Distinct,
    /// The most frequent one.
    Commonest,
    /// The sum of numbers.
    Sum,
    /// How many elements the one array or members the one object has; or, with `*`, how many matches there are.
    Length,
}

/// A change to a picked value. A change that does not fit the value leaves nothing, and the case cannot be decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// ISO 8601 text to milliseconds since 1970.
    EpochMs,
    /// Milliseconds since 1970 to ISO 8601 text with milliseconds and `Z`.
    IsoDate,
    /// Number, boolean or text to text.
    Text,
    /// Text to number.
    Number,
    /// Text with upper and lower case swapped. Nothing when that changes nothing.
    SwapCase,
    /// Text with every character that means something in a regular expression escaped.
    EscapeRegex,
    /// Text in base64.
    Base64,
    /// Add a number.
    Add(f64),
    /// Characters of a text or elements of a list: start (from the end when negative) and length. Nothing when the start lies outside.
    Slice(i64, usize),
    /// A list turned round.
    Reverse,
    /// A list in MongoDB's order.
    Sort,
    /// An object, or each object of a list, without these members.
    Without(Vec<String>),
    /// An object, or each object of a list, with these members alone.
    Only(Vec<String>),
    /// The length of a text, list or object.
    Length,
}
