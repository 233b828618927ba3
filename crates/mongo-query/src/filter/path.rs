//! Which values of a document a filter's path reaches.
//!
//! Upstream: `BSONElementIterator` in `src/mongo/db/matcher/path.cpp`.

use super::Outcome;
use crate::place::PlaceHint;
use crate::value::{Document, Key, Value};

/// A dotted path, split once.
#[derive(Debug, Clone)]
pub(super) struct Path {
    components: Box<[Component]>,
    first_place: PlaceHint,
}

#[derive(Debug, Clone)]
struct Component {
    name: Key,
    /// The array index the name stands for, if it is written as one (`0`, `12`, not `01`).
    index: Option<usize>,
}

/// What a path starts from: a document, or an array that `$elemMatch` reads as a document with its indexes for names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fields<'a> {
    Document(&'a Document),
    Array(&'a [Value]),
}

impl<'a> Fields<'a> {
    fn get(self, component: &Component) -> Option<&'a Value> {
        match self {
            Self::Document(document) => document.get(&component.name),
            Self::Array(items) => items.get(component.index?),
        }
    }
}

/// What happens to an array at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayAtEnd {
    /// Each of its elements is visited, then the array itself: `{a: 1}` and `{a: [1]}` both find `[1]`.
    Expanded,
    /// Only the array itself is visited: `$size` and `$elemMatch` are about arrays.
    Whole,
}

impl Path {
    /// Splits a path. Every text is a path; the empty one names the field with the empty name.
    pub(super) fn new(path: &str) -> Self {
        let component = |name: &str| Component { name: name.into(), index: array_index(name) };
        Self { components: path.split('.').map(component).collect(), first_place: PlaceHint::default() }
    }

    /// Whether `visit` accepts one of the values the path reaches; it is called with `None` where the path ends in a
    /// missing field. Stops at the first acceptance or failure. A path may reach nothing at all (an empty array on
    /// the way), and then nothing is visited.
    pub(super) fn any<F>(&self, fields: Fields<'_>, at_end: ArrayAtEnd, visit: &F) -> Outcome
    where
        F: Fn(Option<&Value>) -> Outcome,
    {
        let Some((first, rest)) = self.components.split_first() else { return visit(None) };
        let value = match fields {
            Fields::Document(document) => self.first_place.find(document, &first.name),
            Fields::Array(_) => fields.get(first),
        };
        follow(value, rest, at_end, visit)
    }
}

/// Goes on from `value`, which the components so far led to.
fn follow<F>(mut value: Option<&Value>, mut rest: &[Component], at_end: ArrayAtEnd, visit: &F) -> Outcome
where
    F: Fn(Option<&Value>) -> Outcome,
{
    loop {
        match (value, rest.split_first()) {
            (Some(Value::Array(items)), _) => return within_array(value, items, rest, at_end, visit),
            (value, None) => return visit(value),
            (Some(Value::Object(document)), Some((next, after))) => {
                value = document.get(&next.name);
                rest = after;
            }
            // Below a scalar there is nothing: {"a.b": null} finds {a: 5}.
            (_, Some(_)) => return visit(None),
        }
    }
}

/// Visits what `rest` reaches within an array: the objects in it are searched, each for all of `rest`, and where `rest`
/// begins with an index also the element there, for what comes after the index. Scalars are passed over, so that
/// {"a.b": null} finds neither {a: []} nor {a: [5]}.
fn within_array<F>(array: Option<&Value>, items: &[Value], rest: &[Component], at_end: ArrayAtEnd, visit: &F) -> Outcome
where
    F: Fn(Option<&Value>) -> Outcome,
{
    let Some((next, after)) = rest.split_first() else {
        if at_end == ArrayAtEnd::Expanded {
            for item in items {
                if visit(Some(item))? {
                    return Ok(true);
                }
            }
        }
        return visit(array);
    };
    for (index, item) in items.iter().enumerate() {
        let found = match item {
            Value::Object(document) => {
                follow(document.get(&next.name), after, at_end, visit)?
                    || (next.index == Some(index) && at_index(item, after, at_end, visit)?)
            }
            _ => next.index == Some(index) && at_index(item, after, at_end, visit)?,
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Visits what `after` reaches from an array element that the path names by its index. When the path ends here the
/// element is visited as it is: it is not expanded even if it is an array.
fn at_index<F>(item: &Value, after: &[Component], at_end: ArrayAtEnd, visit: &F) -> Outcome
where
    F: Fn(Option<&Value>) -> Outcome,
{
    match (item, after.split_first()) {
        (_, None) => visit(Some(item)),
        (Value::Array(inner), Some(_)) => within_array(Some(item), inner, after, at_end, visit),
        (Value::Object(document), Some((next, after))) => follow(document.get(&next.name), after, at_end, visit),
        // Upstream visits nothing here, not even «missing»: {"a.0.b": null} does not find {a: [5]}.
        (_, Some(_)) => Ok(false),
    }
}

fn array_index(name: &str) -> Option<usize> {
    let canonical = name == "0" || !name.starts_with('0');
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if canonical && digits { name.parse().ok() } else { None }
}
