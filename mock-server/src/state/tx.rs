//! The one way to change a workspace: check and change under one lock, and nothing kept on failure.

use std::ops::Deref;

use mongo_query::Document;

use super::State;
use super::collection::{Collection, Stored, Taken};
use super::ids::IdSource;
use crate::era::Profile;
use crate::era::fact::Fact;

/// A change in the making. It reads as the [`State`] it changes; dropped without [`Tx::keep`] it takes everything back.
pub struct Tx<'a> {
    state: &'a mut State,
    profile: &'a Profile,
    now_ms: i64,
    undo: Vec<Undo>,
}

/// What takes one change back.
type Undo = Box<dyn FnOnce(&mut State)>;

/// Something that lies in one of the state's collections.
pub trait Kept: Stored {
    /// Its collection.
    fn collection(state: &mut State) -> &mut Collection<Self>;

    /// What must follow a change of the collection.
    fn changed(_state: &mut State) {}
}

impl Deref for Tx<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.state
    }
}

impl<'a> Tx<'a> {
    /// Begins a change of `state` at `now_ms`, milliseconds since the Unix epoch, by the rules of `profile`.
    pub(super) fn new(state: &'a mut State, profile: &'a Profile, now_ms: i64) -> Self {
        Self { state, profile, now_ms, undo: Vec::new() }
    }

    /// Makes the change last.
    pub(super) fn keep(mut self) {
        self.undo.clear();
    }

    /// The time of the change, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The profile by whose rules the change is made.
    pub fn profile(&self) -> &'a Profile {
        self.profile
    }

    /// The value of a fact in the workspace's era.
    pub fn fact<T: Copy>(&self, fact: &Fact<T>) -> T {
        fact.of(self.profile)
    }

    /// Where new ids and tokens come from. What was drawn is not given back on failure: ids say nothing.
    pub fn ids(&mut self) -> &mut IdSource {
        &mut self.state.ids
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`Taken`] when its id or a unique key is another's.
    pub fn insert<T: Kept>(&mut self, document: T) -> Result<(), Taken> {
        let id = document.id().clone();
        T::collection(self.state).insert(document)?;
        self.done::<T>(move |documents| {
            documents.remove(&id);
        });
        Ok(())
    }

    /// Changes the document `id` with `change` and returns what that returned; `None` when there is none.
    ///
    /// # Errors
    /// [`Taken`] when the changed document has a unique key of another's.
    pub fn update<T: Kept, R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Result<Option<R>, Taken> {
        let Some(document) = T::collection(self.state).get(id) else { return Ok(None) };
        let mut document = document.clone();
        let result = change(&mut document);
        if let Some(old) = T::collection(self.state).replace(document)? {
            self.done::<T>(move |documents| {
                // The old keys were the document's own, and later changes are taken back first.
                let _ = documents.replace(old);
            });
        }
        Ok(Some(result))
    }

    /// Takes the document `id` out and returns it; `None` when there is none.
    pub fn remove<T: Kept>(&mut self, id: &str) -> Option<T> {
        let (place, document) = T::collection(self.state).remove(id)?;
        let old = document.clone();
        self.done::<T>(move |documents| {
            // As above: its id and keys are free again by then.
            let _ = documents.insert_at(place, old);
        });
        Some(document)
    }

    /// Counts one more record made on demand, and returns how many there were with it.
    pub fn count_refresh(&mut self) -> i64 {
        self.state.refreshes += 1;
        self.undo.push(Box::new(|state| state.refreshes -= 1));
        self.state.refreshes
    }

    /// Adds a statistics record. Readers of the records as they were go on with those.
    pub fn insert_record(&mut self, record: Document) {
        let before = self.state.insert_record(record);
        self.undo.push(Box::new(|state| state.statistics = before));
    }

    fn done<T: Kept>(&mut self, undo: impl FnOnce(&mut Collection<T>) + 'static) {
        T::changed(self.state);
        self.undo.push(Box::new(move |state| {
            undo(T::collection(state));
            T::changed(state);
        }));
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        while let Some(undo) = self.undo.pop() {
            undo(self.state);
        }
    }
}
