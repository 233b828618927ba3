//! Checks of bodies and query strings, in the words of the validator each era has.
//!
//! A [`Schema`] says once what an endpoint takes. To 4.7 the server checks it with Meteor's `check` ([`meteor`]), from 4.8 on with AJV
//! ([`ajv`]); both stop at the first fault.

pub mod ajv;
pub mod meteor;

use mongo_query::Value;

use crate::doors::rest::context::{Context, form_object};
use crate::doors::rest::error::ApiError;

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schema {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A text out of these.
    OneOf(&'static [&'static str]),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List {
        /// What each element must be.
        items: &'static Schema,
        /// Whether no two elements may be equal.
        unique: bool,
    },
    /// An object.
    Object {
        /// The fields it may have.
        fields: &'static [Field],
        /// Whether it may have others, too.
        open: bool,
    },
}

/// A field of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What its value must be.
    pub schema: Schema,
    /// Whether it must be there. An optional one may be null, too.
    pub required: bool,
}

/// A field that must be there.
pub const fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: true }
}

/// A field that may be missing or null.
pub const fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, required: false }
}

/// An object of these fields and no others.
pub const fn object(fields: &'static [Field]) -> Schema {
    Schema::Object { fields, open: false }
}

/// What AJV says against the request's body, or `None` when it fits.
///
/// # Errors
/// As [`Context::body`].
pub fn body_fault(context: &Context<'_>, schema: &Schema) -> Result<Option<String>, ApiError> {
    Ok(ajv::fault(schema, &Value::Object(context.body()?.clone())))
}

/// What Meteor's `check` says against the request's body.
///
/// # Errors
/// As [`Context::body`], and a 400 `Match error: …` when the body does not fit.
pub fn check_body(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    match meteor::fault(schema, &Value::Object(context.body()?.clone())) {
        None => Ok(()),
        Some(fault) => Err(ApiError::Thrown(format!("Match error: {fault}"))),
    }
}

/// Checks the query string with AJV.
///
/// # Errors
/// As [`Context::query`], and [`ApiError::InvalidQuery`] when it does not fit.
pub fn check_query(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    match ajv::fault(schema, &Value::Object(form_object(context.query()?))) {
        None => Ok(()),
        Some(fault) => Err(ApiError::InvalidQuery(fault)),
    }
}
