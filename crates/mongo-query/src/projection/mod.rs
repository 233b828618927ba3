//! Projections: which fields of a document are shown.

mod apply;
mod parse;

use crate::error::QueryError;
use crate::limits;
use crate::value::{Document, Key};

/// Whether a projection names what is shown or what is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionMode {
    /// Only the named fields are shown, and `_id` unless it is switched off.
    Include,
    /// All but the named fields are shown.
    Exclude,
}

/// A parsed projection.
#[derive(Debug, Clone)]
pub struct Projection {
    mode: ProjectionMode,
    root: Branch,
    shows_id: bool,
}

/// The named fields of one level. At the top `_id` is among them only if the mode concerns it.
#[derive(Debug, Clone, Default)]
struct Branch {
    fields: Vec<(Key, Node)>,
}

#[derive(Debug, Clone)]
enum Node {
    /// The field as a whole.
    Whole,
    /// Some fields within it.
    Part(Branch),
}

impl Branch {
    fn get(&self, name: &str) -> Option<&Node> {
        self.fields.iter().find(|(field, _)| &**field == name).map(|(_, node)| node)
    }
}

impl Projection {
    /// Parses a MongoDB projection: names or dotted paths with a flag each, or with a document of such names.
    ///
    /// Numbers and booleans are flags. Other values are taken as flags too, by their truth, as servers before 4.4 did;
    /// later ones make literals of them, which no version of Rocket.Chat that talks to such a server lets through.
    /// Fails with MongoDB's own error for mixed flags, colliding paths, malformed names, `$slice` and other operators, and
    /// more than 100 levels.
    pub fn parse(spec: &Document) -> Result<Self, QueryError> {
        limits::check(spec)?;
        parse::projection(spec)
    }

    /// Whether every document is shown whole.
    pub fn is_empty(&self) -> bool {
        self.mode == ProjectionMode::Exclude && self.root.fields.is_empty()
    }

    /// The part of the document that is shown, in the document's own order of fields.
    pub fn apply(&self, document: &Document) -> Document {
        apply::document(document, &self.root, self.mode)
    }

    /// The projection as a plain list of names, if it concerns nothing but whole top-level fields. The caller can then
    /// show parts of a stored document without taking it apart.
    pub fn top_level(&self) -> Option<TopLevel<'_>> {
        let whole = |(_, node): &(Key, Node)| matches!(node, Node::Whole);
        self.root.fields.iter().all(whole).then_some(TopLevel { projection: self })
    }
}

/// A projection of whole top-level fields.
#[derive(Debug, Clone, Copy)]
pub struct TopLevel<'a> {
    projection: &'a Projection,
}

impl<'a> TopLevel<'a> {
    /// Whether the names are shown or left out.
    pub fn mode(self) -> ProjectionMode {
        self.projection.mode
    }

    /// The names that are shown or left out, by the mode. `_id` is among them if it is shown in the first case, left
    /// out in the second.
    pub fn names(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.projection.root.fields.iter().map(|(name, _)| &**name)
    }

    /// Whether `name` is one of [`TopLevel::names`].
    pub fn contains(self, name: &str) -> bool {
        self.projection.root.get(name).is_some()
    }

    /// Whether `_id` is shown.
    pub fn shows_id(self) -> bool {
        self.projection.shows_id
    }

    /// Whether the field `name`, `_id` or any other, is shown.
    pub fn shows(self, name: &str) -> bool {
        self.contains(name) == (self.projection.mode == ProjectionMode::Include)
    }
}
