//! From a projection document to a tree of names.
//!
//! Upstream: `src/mongo/db/query/projection_parser.cpp`.

use super::{Branch, Node, Projection, ProjectionMode};
use crate::error::QueryError;
use crate::field_path;
use crate::value::{Document, Value};

/// Operators of projections and of aggregation that this crate refuses.
const REFUSED: [&str; 3] = ["$slice", "$elemMatch", "$meta"];

/// What is known of the projection so far.
#[derive(Default)]
struct Progress {
    /// Settled by the first name that is not `_id`.
    mode: Option<ProjectionMode>,
    id: Option<ProjectionMode>,
    /// Whether `_id` or something within it was named.
    names_id: bool,
}

pub(super) fn projection(spec: &Document) -> Result<Projection, QueryError> {
    let mut root = Branch::default();
    let mut progress = Progress::default();
    for (name, value) in spec.iter() {
        progress.names_id |= &**name == "_id" || name.starts_with("_id.");
        element(name, value, &mut root, true, &mut progress)?;
    }
    let mode = progress.mode.or(progress.id).unwrap_or(ProjectionMode::Exclude);
    let shows_id = match mode {
        ProjectionMode::Include => !progress.names_id || progress.id != Some(ProjectionMode::Exclude),
        ProjectionMode::Exclude => progress.id != Some(ProjectionMode::Exclude),
    };
    settle_id(&mut root, mode, &progress);
    Ok(Projection { mode, root, shows_id })
}

/// `_id` stands apart: it may be switched off in an inclusion and on in an exclusion, and an inclusion that does not
/// name it has it. Afterwards it is in the tree like any other name.
fn settle_id(root: &mut Branch, mode: ProjectionMode, progress: &Progress) {
    match (mode, progress.id) {
        (ProjectionMode::Include, Some(ProjectionMode::Exclude))
        | (ProjectionMode::Exclude, Some(ProjectionMode::Include)) => root.fields.retain(|(name, _)| &**name != "_id"),
        (ProjectionMode::Include, None) if !progress.names_id => root.fields.push(("_id".into(), Node::Whole)),
        _ => {}
    }
}

fn element(
    name: &str,
    value: &Value,
    parent: &mut Branch,
    is_top: bool,
    progress: &mut Progress,
) -> Result<(), QueryError> {
    if let Value::Object(inner) = value {
        return sub_projection(name, inner, parent, progress);
    }
    let mode = if value.is_truthy() { ProjectionMode::Include } else { ProjectionMode::Exclude };
    if mode == ProjectionMode::Include && is_positional(name) {
        return Err(QueryError::numbered(
            31277,
            format!("Positional projection '{name}' does not match the query document."),
        ));
    }
    add(parent, name, &field_path::components(name)?)?;
    if is_top && name == "_id" {
        progress.id = Some(mode);
        return Ok(());
    }
    match (progress.mode, mode) {
        (Some(ProjectionMode::Exclude), ProjectionMode::Include) => {
            Err(QueryError::numbered(31253, format!("Cannot do inclusion on field {name} in exclusion projection")))
        }
        (Some(ProjectionMode::Include), ProjectionMode::Exclude) => {
            Err(QueryError::numbered(31254, format!("Cannot do exclusion on field {name} in inclusion projection")))
        }
        _ => {
            progress.mode = Some(mode);
            Ok(())
        }
    }
}

/// `{a: {b: 1}}` is `{"a.b": 1}`.
fn sub_projection(
    name: &str,
    inner: &Document,
    parent: &mut Branch,
    progress: &mut Progress,
) -> Result<(), QueryError> {
    let components = field_path::components(name)?;
    let Some((first, _)) = inner.iter().next() else {
        let message = format!("An empty sub-projection is not a valid value. Found empty object at path {name}");
        return Err(QueryError::numbered(51270, message));
    };
    if inner.len() == 1 && first.starts_with('$') && field_path::components(first).is_err() {
        return Err(match REFUSED.iter().find(|operator| **operator == &**first) {
            Some(operator) => QueryError::NotAllowed(operator),
            None => QueryError::numbered(31325, format!("Unknown expression {first}")),
        });
    }
    let branch = branch(parent, name, &components)?;
    inner.iter().try_for_each(|(name, value)| element(name, value, branch, false, progress))
}

/// Adds a whole field at a path.
fn add(parent: &mut Branch, path: &str, components: &[&str]) -> Result<(), QueryError> {
    let Some((last, above)) = components.split_last() else { return Ok(()) };
    let parent = branch(parent, path, above)?;
    if parent.get(last).is_some() {
        return Err(QueryError::PathCollision { path: path.to_owned() });
    }
    parent.fields.push(((*last).into(), Node::Whole));
    Ok(())
}

/// The branch at `components`, made where there is none. `path` is what an error is about.
fn branch<'a>(parent: &'a mut Branch, path: &str, components: &[&str]) -> Result<&'a mut Branch, QueryError> {
    let Some((first, rest)) = components.split_first() else { return Ok(parent) };
    let place = parent.fields.iter().position(|(name, _)| &**name == *first).unwrap_or_else(|| {
        parent.fields.push(((*first).into(), Node::Part(Branch::default())));
        parent.fields.len() - 1
    });
    match parent.fields.get_mut(place) {
        Some((_, Node::Part(child))) => branch(child, path, rest),
        _ => Err(collision_below(path)),
    }
}

fn collision_below(path: &str) -> QueryError {
    let remaining = path.split_once('.').map_or(path, |(_, remaining)| remaining);
    QueryError::PathCollisionBelow { path: path.to_owned(), remaining: remaining.to_owned() }
}

/// `a.$` and `a.$.b` ask for the array element that the query found.
fn is_positional(name: &str) -> bool {
    name == "$" || name.ends_with(".$") || name.contains(".$.")
}
