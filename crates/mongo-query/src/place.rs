//! Finding the same field in many documents.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::value::{Document, Value};

/// Where a field was found in the last document. Documents of a collection mostly have the same shape, so that looking
/// there first saves the search through their names.
#[derive(Debug, Default)]
pub(crate) struct PlaceHint(AtomicUsize);

impl Clone for PlaceHint {
    fn clone(&self) -> Self {
        Self(AtomicUsize::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PlaceHint {
    /// The value of the top-level field `name`, which must be the same name every time, or `None` when it is missing.
    pub(crate) fn find<'a>(&self, document: &'a Document, name: &str) -> Option<&'a Value> {
        // A wrong hint costs a search and no more, so no ordering between threads is needed.
        let hint = self.0.load(Ordering::Relaxed);
        if let Some((key, value)) = document.field_at(hint)
            && **key == *name
        {
            return Some(value);
        }
        let (place, value) = document.find(name)?;
        self.0.store(place, Ordering::Relaxed);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(names: &[&str]) -> Document {
        (0..).zip(names).map(|(number, name)| ((*name).into(), Value::Int32(number))).collect()
    }

    #[test]
    fn fields_are_found_wherever_they_are() {
        let hint = PlaceHint::default();
        let shapes = [["a", "b", "c"].as_slice(), &["c", "a"], &["a", "b"], &[], &["b", "c", "a", "d"]];
        for names in shapes {
            let document = document(names);
            assert_eq!(hint.find(&document, "c"), document.get("c"));
        }
    }
}
