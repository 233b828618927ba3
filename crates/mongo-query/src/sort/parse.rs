//! From a sort document to paths and directions.
//!
//! Upstream: `src/mongo/db/query/sort_pattern.cpp`.

use super::{Direction, Field, Sort};
use crate::error::QueryError;
use crate::field_path;
use crate::integer;
use crate::place::PlaceHint;
use crate::text;
use crate::value::{Document, Value};

/// Most keys a sort may have (upstream: `Ordering::kMaxCompoundIndexKeys`).
const MAX_KEYS: usize = 32;

const NATURAL: &str = "$natural";

pub(super) fn sort(spec: &Document) -> Result<Sort, QueryError> {
    if let Some(value) = spec.get(NATURAL) {
        return natural(spec, value);
    }
    let fields = spec.iter().map(|(path, value)| field(path, value)).collect::<Result<Box<[_]>, _>>()?;
    if fields.len() > MAX_KEYS {
        return Err(QueryError::numbered(13103, "too many compound keys"));
    }
    Ok(Sort { fields, reverses_natural_order: false })
}

/// `{$natural: 1}` asks for the order in which the documents are stored, -1 for its reverse.
fn natural(spec: &Document, value: &Value) -> Result<Sort, QueryError> {
    let direction = direction(value)
        .ok_or_else(|| QueryError::bad_value("$natural sort cannot be set to a value other than -1 or 1."))?;
    if spec.len() > 1 {
        let spec = text::document(spec);
        return Err(QueryError::bad_value(format!("Cannot include '$natural' in compound sort: {spec}")));
    }
    Ok(Sort { fields: Box::default(), reverses_natural_order: direction == Direction::Descending })
}

fn field(path: &str, value: &Value) -> Result<Field, QueryError> {
    if let Value::Object(expression) = value {
        return Err(by_expression(expression));
    }
    if value.as_f64().is_none() {
        let element = text::element(path, value);
        return Err(QueryError::numbered(15974, format!("Illegal key in $sort specification: {element}")));
    }
    let direction = direction(value).ok_or_else(|| {
        QueryError::numbered(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)")
    })?;
    let components = field_path::components(path)?.into_iter().map(Into::into).collect();
    Ok(Field { path: path.into(), components, first_place: PlaceHint::default(), direction })
}

/// Numbers are cut to whole ones: 1.9 is ascending.
fn direction(value: &Value) -> Option<Direction> {
    match integer::truncated(value.as_f64()?.trunc())? {
        1 => Some(Direction::Ascending),
        -1 => Some(Direction::Descending),
        _ => None,
    }
}

/// Sorting by a text score needs a text query, which there is none of here.
fn by_expression(expression: &Document) -> QueryError {
    match expression.iter().next() {
        Some((name, _)) if &**name == "$meta" && expression.len() > 1 => {
            QueryError::FailedToParse("Cannot have additional keys in a $meta sort specification".to_owned())
        }
        Some((name, Value::String(meta))) if &**name == "$meta" && &**meta == "textScore" => {
            QueryError::numbered(40218, "query requires text score metadata, but it is not available")
        }
        Some((name, meta)) if &**name == "$meta" => {
            QueryError::numbered(31138, format!("Illegal $meta sort: {}", text::element(name, meta)))
        }
        _ => QueryError::numbered(17312, "$meta is the only expression supported by $sort right now"),
    }
}
