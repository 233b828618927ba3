//! Applying a projection to a document.
//!
//! Upstream: `ProjectionNode` in `src/mongo/db/exec/projection_node.cpp`.

use super::{Branch, Node, ProjectionMode};
use crate::value::{Document, Value};

/// The shown part of a document.
pub(super) fn document(document: &Document, branch: &Branch, mode: ProjectionMode) -> Document {
    let room = match mode {
        ProjectionMode::Include => branch.fields.len().min(document.len()),
        ProjectionMode::Exclude => document.len(),
    };
    let mut shown = Document::with_capacity(room);
    let mut named = 0;
    for (name, value) in document.iter() {
        // Names are unique in both, so an inclusion is done when it has met all of its own.
        if mode == ProjectionMode::Include && named == branch.fields.len() {
            break;
        }
        let node = branch.get(name);
        named += usize::from(node.is_some());
        match (node, mode) {
            (None, ProjectionMode::Exclude) | (Some(Node::Whole), ProjectionMode::Include) => {
                shown.append(name, value.clone());
            }
            (Some(Node::Part(inner)), _) => {
                if let Some(part) = part_of(value, inner, mode) {
                    shown.append(name, part);
                }
            }
            (None, ProjectionMode::Include) | (Some(Node::Whole), ProjectionMode::Exclude) => {}
        }
    }
    shown
}

/// The shown part of a value that the projection goes into. Objects keep what is named or not named, arrays are taken
/// element by element at any depth, and a scalar has no such fields: an inclusion leaves it out, an exclusion keeps it.
fn part_of(value: &Value, branch: &Branch, mode: ProjectionMode) -> Option<Value> {
    match value {
        Value::Object(inner) => Some(Value::Object(document(inner, branch, mode))),
        Value::Array(items) => {
            Some(Value::Array(items.iter().filter_map(|item| part_of(item, branch, mode)).collect()))
        }
        _ if mode == ProjectionMode::Exclude => Some(value.clone()),
        _ => None,
    }
}
