//! Dotted paths as sorts and projections accept them. (Filters accept any path.)

use crate::error::QueryError;

/// Most components a path may have (upstream: `BSONDepth::kDefaultMaxAllowableDepth`).
const MAX_COMPONENTS: usize = 200;

/// Names with a `$` that are fields all the same: those of a `DBRef`, and of the server's own metadata.
const ALLOWED_DOLLAR_NAMES: [&str; 7] =
    ["$id", "$ref", "$db", "$sortKey", "$recordId", "$searchSortValues", "$searchScore"];

/// Splits a path into its components, or says what is wrong with it (upstream: `FieldPath` in
/// `src/mongo/db/pipeline/field_path.cpp`).
pub(crate) fn components(path: &str) -> Result<Vec<&str>, QueryError> {
    if path.is_empty() {
        return Err(QueryError::numbered(40352, "FieldPath cannot be constructed with empty string"));
    }
    if path.ends_with('.') {
        return Err(QueryError::numbered(40353, "FieldPath must not end with a '.'."));
    }
    let components: Vec<&str> = path.split('.').collect();
    if components.len() > MAX_COMPONENTS {
        return Err(QueryError::Overflow("FieldPath is too long".to_owned()));
    }
    for name in &components {
        check_name(name)?;
    }
    Ok(components)
}

fn check_name(name: &str) -> Result<(), QueryError> {
    if name.is_empty() {
        return Err(QueryError::numbered(15998, "FieldPath field names may not be empty strings."));
    }
    if name.starts_with('$') && !ALLOWED_DOLLAR_NAMES.contains(&name) {
        return Err(QueryError::numbered(
            16410,
            "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
        ));
    }
    Ok(())
}
