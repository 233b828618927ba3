//! The values a document is sorted by.
//!
//! A document sorts as an index over the paths would hold it: an array stands for each of its elements, which makes
//! several candidate keys, and the first of them in the sort's order counts.
//!
//! Upstream: `src/mongo/db/index/sort_key_generator.cpp` and `btree_key_generator.cpp`.

use std::cmp::Ordering;

use super::{Direction, Field, Part};
use crate::error::QueryError;
use crate::order;
use crate::text;
use crate::value::{Document, Key, Value};

/// A value to sort by, still in its document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Candidate<'a> {
    /// What an empty array stands for (upstream: `undefined`).
    EmptyArray,
    /// The path leads nowhere, which sorts as null.
    Missing,
    Value(&'a Value),
}

impl Candidate<'_> {
    pub(super) fn compare(self, other: Candidate<'_>) -> Ordering {
        match (self.value(), other.value()) {
            (Some(left), Some(right)) => order::compare(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        }
    }

    pub(super) fn to_part(self, direction: Direction) -> Part {
        Part { value: self.value().cloned(), direction }
    }

    fn value(&self) -> Option<&Value> {
        match self {
            Self::EmptyArray => None,
            Self::Missing => Some(&Value::Null),
            Self::Value(value) => Some(value),
        }
    }
}

/// The value at a field's path, or `None` if there is an array on it, so that candidates must be made.
pub(super) fn directly<'a>(document: &'a Document, field: &Field) -> Option<Candidate<'a>> {
    let (first, rest) = field.components.split_first()?;
    match go_on(field.first_place.find(document, first), rest) {
        (Some(Value::Array(_)), _) => None,
        (Some(value), _) => Some(Candidate::Value(value)),
        (None, _) => Some(Candidate::Missing),
    }
}

/// The key of a document by one path, which always exists.
pub(super) fn of_one_path<'a>(document: &'a Document, field: &'a Field) -> Candidate<'a> {
    let candidates = of_all_paths(document, std::slice::from_ref(field)).unwrap_or_default();
    candidates.first().copied().unwrap_or(Candidate::Missing)
}

/// The first of the document's candidate keys in the sort's order, one value a path.
pub(super) fn of_all_paths<'a>(document: &'a Document, fields: &'a [Field]) -> Result<Vec<Candidate<'a>>, QueryError> {
    let slots = fields.iter().map(|field| Slot::unread(&field.components)).collect();
    let mut search = Search { fields, best: None };
    search.read(Some(document), slots)?;
    Ok(search.best.unwrap_or_default())
}

/// Follows `components` through objects. Stops at an array, and gives what is left of the path behind it.
fn within_objects<'a, 'p>(document: &'a Document, components: &'p [Key]) -> (Option<&'a Value>, &'p [Key]) {
    let Some((first, rest)) = components.split_first() else { return (None, &[]) };
    go_on(document.get(first), rest)
}

fn go_on<'a, 'p>(mut value: Option<&'a Value>, mut rest: &'p [Key]) -> (Option<&'a Value>, &'p [Key]) {
    while let Some((next, after)) = rest.split_first() {
        match value {
            Some(Value::Object(inner)) => {
                value = inner.get(next);
                rest = after;
            }
            Some(Value::Array(_)) => return (value, rest),
            _ => return (None, &[]),
        }
    }
    (value, rest)
}

/// How far the reading of one path has come.
#[derive(Debug, Clone)]
struct Slot<'a> {
    /// What is left of the path; empty when `value` is settled.
    rest: &'a [Key],
    value: Candidate<'a>,
    /// Where the path's next component leads if it is taken as an index of the array being opened.
    by_index: Option<ByIndex<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct ByIndex<'a> {
    array: &'a [Value],
    element: &'a Value,
    /// What the path leads to from the element, and what is then left of it.
    value: Option<&'a Value>,
    rest: &'a [Key],
}

impl<'a> Slot<'a> {
    fn unread(components: &'a [Key]) -> Self {
        Self { rest: components, value: Candidate::Missing, by_index: None }
    }

    fn settle(&mut self, value: Candidate<'a>) {
        self.value = value;
        self.rest = &[];
    }

    /// The next value on the path, and whether it was reached by opening an array within an array. What is left of the
    /// path is kept.
    fn next(&mut self, document: Option<&'a Document>) -> Result<(Option<&'a Value>, bool), QueryError> {
        let by_name = self.rest.first().and_then(|name| document?.get(name));
        match (by_name, self.by_index) {
            (Some(_), Some(index)) => Err(ambiguous(self.rest, index.array)),
            (Some(_), None) => {
                let (value, rest) = document.map_or((None, self.rest), |document| within_objects(document, self.rest));
                self.rest = rest;
                Ok((value, false))
            }
            (None, Some(index)) => {
                self.rest = index.rest;
                Ok((index.value, matches!(index.element, Value::Array(_))))
            }
            (None, None) => Ok((None, false)),
        }
    }
}

/// The search for the first candidate key.
struct Search<'a> {
    fields: &'a [Field],
    best: Option<Vec<Candidate<'a>>>,
}

impl<'a> Search<'a> {
    /// Reads on from a document, or from an array element that is none. All paths that meet an array must meet the
    /// same one, which is then opened.
    fn read(&mut self, document: Option<&'a Document>, mut slots: Vec<Slot<'a>>) -> Result<(), QueryError> {
        let mut opened: Option<(&'a Value, &'a [Value])> = None;
        let mut at_array = vec![false; slots.len()];
        let mut opens_elements = true;
        for (slot, at_array) in slots.iter_mut().zip(&mut at_array) {
            if slot.rest.is_empty() {
                continue;
            }
            match slot.next(document)? {
                (None, _) => slot.settle(Candidate::Missing),
                (Some(value), nested) => match (value, opened) {
                    (Value::Array(_), Some((array, _))) if !std::ptr::eq(array, value) => {
                        return Err(QueryError::bad_value("cannot sort with keys that are parallel arrays"));
                    }
                    (Value::Array(items), _) => {
                        opened = Some((value, items));
                        *at_array = true;
                        opens_elements &= !nested;
                    }
                    _ => slot.settle(Candidate::Value(value)),
                },
            }
        }
        match opened {
            None => {
                self.consider(slots.iter().map(|slot| slot.value).collect());
                Ok(())
            }
            Some((_, [])) => {
                for slot in &mut slots {
                    slot.by_index = None;
                }
                let slots = elements_for(&slots, &at_array, Candidate::EmptyArray);
                self.read(None, slots)
            }
            Some((array, items)) => {
                for slot in &mut slots {
                    slot.by_index = by_index(items, slot.rest);
                }
                for item in items {
                    let element = Candidate::Value(if opens_elements { item } else { array });
                    self.read(item.as_object(), elements_for(&slots, &at_array, element))?;
                }
                Ok(())
            }
        }
    }

    /// Keeps a candidate if it comes before the best so far.
    fn consider(&mut self, candidate: Vec<Candidate<'a>>) {
        let comes_first = self.best.as_ref().is_none_or(|best| {
            let by_field = self.fields.iter().zip(candidate.iter().zip(best));
            let mut orderings = by_field.map(|(field, (new, old))| field.direction.apply(new.compare(*old)));
            orderings.find(|ordering| ordering.is_ne()).is_some_and(Ordering::is_lt)
        });
        if comes_first {
            self.best = Some(candidate);
        }
    }
}

/// The slots for one element of an opened array: paths that end at the array take the element.
fn elements_for<'a>(slots: &[Slot<'a>], at_array: &[bool], element: Candidate<'a>) -> Vec<Slot<'a>> {
    let mut slots = slots.to_vec();
    for (slot, at_array) in slots.iter_mut().zip(at_array) {
        if *at_array && slot.rest.is_empty() {
            slot.value = element;
        }
    }
    slots
}

/// Follows a path whose first component is an index of the array.
fn by_index<'a>(array: &'a [Value], rest: &'a [Key]) -> Option<ByIndex<'a>> {
    let (first, after) = rest.split_first()?;
    let index: usize = first.parse().ok()?;
    if index.to_string() != **first {
        return None;
    }
    let element = array.get(index)?;
    let (value, rest) = match element {
        _ if after.is_empty() => (Some(element), after),
        Value::Object(document) => within_objects(document, after),
        Value::Array(_) => (Some(element), after),
        _ => (None, after),
    };
    Some(ByIndex { array, element, value, rest })
}

fn ambiguous(rest: &[Key], array: &[Value]) -> QueryError {
    let field = rest.first().map_or("", |name| name);
    let array =
        text::document(&array.iter().enumerate().map(|(at, item)| (at.to_string().into(), item.clone())).collect());
    QueryError::numbered(
        16746,
        format!(
            "Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), \
             field: '{field}' for array: {array}"
        ),
    )
}
