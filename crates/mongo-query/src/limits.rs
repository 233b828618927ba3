//! What every document a client sends must keep to, whether filter, sort or projection.

use crate::error::QueryError;
use crate::value::{Document, Value};

/// The deepest nesting a client's document may have, counting the document itself as one.
///
/// MongoDB documents 100 levels; its server refuses later, at 200, with this text and its own number.
const MAX_LEVELS: usize = 100;

/// Refuses a document nested too deeply, which also bounds every recursion over it, and a field name with a NUL, which the
/// Node.js driver refuses to send.
pub(crate) fn check(document: &Document) -> Result<(), QueryError> {
    check_document(document, MAX_LEVELS)
}

fn check_document(document: &Document, levels: usize) -> Result<(), QueryError> {
    let below = one_level_below(levels)?;
    document.iter().try_for_each(|(name, value)| {
        if name.contains('\0') {
            return Err(QueryError::bad_value(format!("key {name} must not contain null bytes")));
        }
        check_value(value, below)
    })
}

fn check_value(value: &Value, levels: usize) -> Result<(), QueryError> {
    match value {
        Value::Object(document) => check_document(document, levels),
        Value::Array(items) => {
            let below = one_level_below(levels)?;
            items.iter().try_for_each(|item| check_value(item, below))
        }
        _ => Ok(()),
    }
}

fn one_level_below(levels: usize) -> Result<usize, QueryError> {
    levels
        .checked_sub(1)
        .ok_or_else(|| QueryError::Overflow(format!("BSONObj exceeded maximum nested object depth: {MAX_LEVELS}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Document {
        (1..levels).fold(Document::new(), |inner, _| Document::from_iter([("a".into(), Value::Object(inner))]))
    }

    #[test]
    fn a_hundred_levels_pass_and_one_more_does_not() {
        assert_eq!(check(&nested(100)), Ok(()));
        assert_eq!(check(&nested(101)).unwrap_err().to_string(), "BSONObj exceeded maximum nested object depth: 100");
    }

    #[test]
    fn names_with_a_nul_are_refused() {
        let document = Document::from_iter([("a\0b".into(), Value::Null)]);
        assert_eq!(check(&document).unwrap_err().to_string(), "key a\0b must not contain null bytes");
    }
}
