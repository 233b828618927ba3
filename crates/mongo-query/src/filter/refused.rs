//! Operators that MongoDB has and this crate refuses, and names that are no operators at all.

use super::parse::Level;
use crate::error::QueryError;
use crate::text;
use crate::value::{Document, Value};

/// Refused operators that stand in place of a path: they need JavaScript, an index or an expression language.
pub(super) const TOP_LEVEL: [&str; 5] = ["$where", "$expr", "$text", "$jsonSchema", "$sampleRate"];

/// Refused operators that follow a path and look for points within a region.
const REGIONS: [&str; 3] = ["$geoWithin", "$geoIntersects", "$within"];

/// The error for a top-level name that begins with `$` and is not evaluated.
pub(super) fn top_level(name: &str, level: Level) -> QueryError {
    let Some(operator) = TOP_LEVEL.iter().find(|operator| **operator == name) else {
        return QueryError::UnknownTopLevelOperator(name.to_owned());
    };
    match (level, *operator) {
        (Level::SubDocument, "$expr" | "$text" | "$sampleRate") => {
            QueryError::bad_value(format!("{operator} can only be applied to the top-level document"))
        }
        _ => QueryError::NotAllowed(operator),
    }
}

/// The error for a name among a field's operators that is not evaluated.
pub(super) fn field_operator(name: &str, operators: &Document) -> QueryError {
    if name == "$where" {
        return QueryError::bad_value("$where cannot be applied to a field");
    }
    if is_near(name) {
        return QueryError::bad_value(format!("near must be first in: {}", text::document(operators)));
    }
    match REGIONS.iter().find(|operator| **operator == name) {
        Some(operator) => QueryError::NotAllowed(operator),
        None => QueryError::UnknownOperator(name.to_owned()),
    }
}

/// Whether `name` is a refused operator that follows a path.
pub(super) fn is_field_operator(name: &str) -> bool {
    is_near(name) || REGIONS.contains(&name)
}

/// Upstream looks for a distance query before it looks at the operators one by one.
pub(super) fn near_first(operators: &Document) -> Result<(), QueryError> {
    match operators.iter().next() {
        Some((name, Value::Object(_) | Value::Array(_))) if is_near(name) => {
            Err(QueryError::numbered(5_626_500, "$geoNear, $near, and $nearSphere are not allowed in this context"))
        }
        _ => Ok(()),
    }
}

fn is_near(name: &str) -> bool {
    matches!(name, "$near" | "$nearSphere" | "$geoNear")
}
