//! A collection: documents of one kind by id, in order of insertion, with the keys that are one document's alone.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

/// Something a collection holds.
pub trait Stored: Clone + Send + 'static {
    /// Its id.
    fn id(&self) -> &Arc<str>;

    /// Hands every key that no other document of the collection may have to `key`.
    fn unique(&self, key: &mut dyn FnMut(Unique));
}

/// A key that one document has alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unique {
    /// A text in a field.
    Text(&'static str, String),
    /// The hash of a token.
    Token([u8; 32]),
}

impl Unique {
    /// A text that is compared without case, as upstream's models do.
    pub fn caseless(field: &'static str, text: &str) -> Self {
        Self::Text(field, text.to_lowercase())
    }
}

/// A unique key that another document has already (upstream: MongoDB's E11000).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The field.
    pub field: &'static str,
}

/// Documents by id.
#[derive(Debug)]
pub struct Collection<T> {
    by_id: IndexMap<Arc<str>, T>,
    by_key: HashMap<Unique, Arc<str>>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { by_id: IndexMap::new(), by_key: HashMap::new() }
    }
}

impl<T: Stored> Collection<T> {
    /// A collection of these documents, for a workspace that is still being made.
    ///
    /// # Errors
    /// [`Taken`] when two have the same id or unique key.
    pub fn of(documents: impl IntoIterator<Item = T>) -> Result<Self, Taken> {
        let mut collection = Self::default();
        for document in documents {
            collection.insert(document)?;
        }
        Ok(collection)
    }
}

impl<T> Collection<T> {
    /// The document `id`, or `None`.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    /// The document that has `key`, or `None`.
    pub fn by_key(&self, key: &Unique) -> Option<&T> {
        self.by_id.get(self.by_key.get(key)?)
    }

    /// All documents in order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.by_id.values()
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }
}

/// Changes. Outside `state` they are made through [`super::tx::Tx`] alone, which can take them back.
impl<T: Stored> Collection<T> {
    /// Adds a document at the end.
    ///
    /// # Errors
    /// [`Taken`] when its id or one of its keys is another's; nothing is changed then.
    pub(super) fn insert(&mut self, document: T) -> Result<(), Taken> {
        self.insert_at(self.len(), document)
    }

    /// Adds a document at a place.
    pub(super) fn insert_at(&mut self, place: usize, document: T) -> Result<(), Taken> {
        if self.by_id.contains_key(document.id()) {
            return Err(Taken { field: "_id" });
        }
        self.claim(&document)?;
        self.by_id.shift_insert(place.min(self.len()), document.id().clone(), document);
        Ok(())
    }

    /// Puts `document` in the place of the one with its id, and returns that.
    ///
    /// # Errors
    /// [`Taken`] when one of its keys is another's; nothing is changed then.
    pub(super) fn replace(&mut self, document: T) -> Result<Option<T>, Taken> {
        let Some(old) = self.by_id.get(document.id()) else { return Ok(None) };
        let old = old.clone();
        self.release(&old);
        if let Err(taken) = self.claim(&document) {
            // The old document had its keys a moment ago, so they are free.
            let _ = self.claim(&old);
            return Err(taken);
        }
        if let Some(slot) = self.by_id.get_mut(document.id()) {
            *slot = document;
        }
        Ok(Some(old))
    }

    /// Takes a document out and returns it with its place.
    pub(super) fn remove(&mut self, id: &str) -> Option<(usize, T)> {
        let (place, _, document) = self.by_id.shift_remove_full(id)?;
        self.release(&document);
        Some((place, document))
    }

    /// Registers the document's keys: all, or none when one is another's.
    fn claim(&mut self, document: &T) -> Result<(), Taken> {
        let id = document.id();
        let mut taken = None;
        document.unique(&mut |key| {
            if self.by_key.get(&key).is_some_and(|owner| owner != id) {
                taken = Some(match key {
                    Unique::Text(field, _) => Taken { field },
                    Unique::Token(_) => Taken { field: "token" },
                });
            }
        });
        if let Some(taken) = taken {
            return Err(taken);
        }
        document.unique(&mut |key| {
            self.by_key.insert(key, id.clone());
        });
        Ok(())
    }

    fn release(&mut self, document: &T) {
        document.unique(&mut |key| {
            self.by_key.remove(&key);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Named {
        id: Arc<str>,
        name: &'static str,
    }

    impl Stored for Named {
        fn id(&self) -> &Arc<str> {
            &self.id
        }

        fn unique(&self, key: &mut dyn FnMut(Unique)) {
            key(Unique::caseless("name", self.name));
        }
    }

    fn named(id: &str, name: &'static str) -> Named {
        Named { id: id.into(), name }
    }

    #[test]
    fn a_key_belongs_to_one_document() {
        let mut names = Collection::default();
        names.insert(named("1", "Ann")).unwrap();
        names.insert(named("2", "bob")).unwrap();
        assert_eq!(names.insert(named("3", "ANN")), Err(Taken { field: "name" }));
        assert_eq!(names.insert(named("1", "eve")), Err(Taken { field: "_id" }));
        assert_eq!(names.replace(named("2", "ann")), Err(Taken { field: "name" }));
        assert_eq!(names.by_key(&Unique::caseless("name", "BOB")).unwrap().id, "2".into());
        assert_eq!(names.replace(named("2", "carl")), Ok(Some(named("2", "bob"))));
        assert!(names.by_key(&Unique::caseless("name", "bob")).is_none());
        assert_eq!(names.remove("1").unwrap().0, 0);
        names.insert_at(0, named("3", "ann")).unwrap();
        assert_eq!(names.iter().map(|named| &*named.id).collect::<Vec<_>>(), ["3", "2"]);
    }
}
