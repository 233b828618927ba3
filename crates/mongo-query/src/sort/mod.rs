//! Sorts: the order in which documents are shown.
//!
//! Documents that a sort does not tell apart keep the order they had if the caller sorts stably; so do all documents
//! under an empty sort.

mod extract;
mod parse;

use std::cmp::Ordering;

use crate::error::QueryError;
use crate::limits;
use crate::order;
use crate::place::PlaceHint;
use crate::value::{Document, Key, Value};

/// The direction of one sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

/// A parsed sort.
#[derive(Debug, Clone, Default)]
pub struct Sort {
    fields: Box<[Field]>,
    /// Set by `{$natural: -1}`.
    reverses_natural_order: bool,
}

#[derive(Debug, Clone)]
struct Field {
    path: Key,
    components: Box<[Key]>,
    first_place: PlaceHint,
    direction: Direction,
}

impl Sort {
    /// Parses a MongoDB sort document: paths with 1 for ascending or -1 for descending, the most significant first.
    ///
    /// Fails with MongoDB's own error for other values, malformed paths, more than 32 keys and more than 100 levels.
    pub fn parse(spec: &Document) -> Result<Self, QueryError> {
        limits::check(spec)?;
        parse::sort(spec)
    }

    /// Whether documents stay in their natural order, or in its reverse if [`Sort::reverses_natural_order`] says so.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether the sort was `{$natural: -1}`: no comparison expresses it, the caller reads the collection backwards.
    pub fn reverses_natural_order(&self) -> bool {
        self.reverses_natural_order
    }

    /// The paths sorted by, the most significant first.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, Direction)> {
        self.fields.iter().map(|field| (&*field.path, field.direction))
    }

    /// The document's sort key. Keys of one sort compare as their documents do.
    ///
    /// A document with two different arrays among the paths has no key in MongoDB; here each of them then sorts by its
    /// own extreme. [`Sort::try_key`] tells.
    pub fn key(&self, document: &Document) -> SortKey {
        self.try_key(document).unwrap_or_else(|_| {
            let part = |field: &Field| extract::of_one_path(document, field).to_part(field.direction);
            SortKey::new(self.fields.iter().map(part).collect())
        })
    }

    /// The document's sort key, or MongoDB's error for a document that has none: two of the paths lead through
    /// different arrays, or a path is ambiguous within an array.
    pub fn try_key(&self, document: &Document) -> Result<SortKey, QueryError> {
        if let [field] = &*self.fields
            && let Some(value) = extract::directly(document, field)
        {
            return Ok(SortKey(Parts::One(value.to_part(field.direction))));
        }
        let values = extract::of_all_paths(document, &self.fields)?;
        let parts = self.fields.iter().zip(values).map(|(field, value)| value.to_part(field.direction));
        Ok(SortKey::new(parts.collect()))
    }

    /// What sorting `documents` documents takes off a [`Budget`](crate::Budget): for each one unit, and one more for each path.
    pub fn cost(&self, documents: usize) -> u64 {
        u64::try_from(documents.saturating_mul(1 + self.fields.len())).unwrap_or(u64::MAX)
    }

    /// How two documents are ordered, without building their keys unless they have arrays on the paths.
    pub fn compare(&self, left: &Document, right: &Document) -> Ordering {
        for field in &self.fields {
            let extracted =
                extract::directly(left, field).and_then(|left| Some((left, extract::directly(right, field)?)));
            let Some((left_value, right_value)) = extracted else { return self.key(left).cmp(&self.key(right)) };
            let ordering = left_value.compare(right_value);
            if ordering.is_ne() {
                // A path without arrays has the same value in every candidate key, so the later paths cannot matter.
                return field.direction.apply(ordering);
            }
        }
        Ordering::Equal
    }
}

/// What a document is sorted by: one value a path, the directions applied.
#[derive(Debug, Clone)]
pub struct SortKey(Parts);

/// Most sorts have one key, which then needs no allocation of its own.
#[derive(Debug, Clone)]
enum Parts {
    One(Part),
    Many(Box<[Part]>),
}

#[derive(Debug, Clone)]
struct Part {
    /// `None` stands for an empty array, which sorts below null.
    value: Option<Value>,
    direction: Direction,
}

impl SortKey {
    fn new(mut parts: Vec<Part>) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => Self(Parts::One(only)),
            Some(last) => {
                parts.push(last);
                Self(Parts::Many(parts.into()))
            }
            None => Self(Parts::Many(Box::default())),
        }
    }

    fn parts(&self) -> &[Part] {
        match &self.0 {
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.parts().iter().zip(other.parts());
        pairs.map(|(left, right)| left.compare(right)).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}

impl Part {
    fn compare(&self, other: &Self) -> Ordering {
        let ordering = match (&self.value, &other.value) {
            (Some(left), Some(right)) => order::compare(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
        self.direction.apply(ordering)
    }
}
