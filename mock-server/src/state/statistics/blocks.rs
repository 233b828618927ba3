//! The records in blocks that snapshots share: one of all that were there at the start, small ones of those that came later.

use std::borrow::Cow;
use std::sync::Arc;

use mongo_query::Document;

use super::record::{Fields, Records};
use crate::state::body::Body;

/// Records in one of the later blocks. A record that comes is added to a copy of the last one, so that it is a small block which is copied.
const LATER: usize = 32;

/// All records in insertion order. A clone shares them.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    first: Arc<Records>,
    /// Each with [`LATER`] records but the last.
    later: Vec<Arc<Records>>,
    len: usize,
}

impl Blocks {
    /// The records of `first`, which get no more.
    pub(super) fn new(mut first: Records) -> Self {
        first.seal();
        Self { len: first.len(), first: Arc::new(first), later: Vec::new() }
    }

    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a record. What was cloned before does not see it.
    pub(super) fn push(&mut self, document: Document) {
        if self.later.last().is_none_or(|last| last.len() >= LATER) {
            self.later.push(Arc::new(self.first.of_few()));
        }
        if let Some(last) = self.later.last_mut() {
            let last = Arc::make_mut(last);
            last.push(document);
            last.seal();
            self.len += 1;
        }
    }

    /// The block a place is in, by its number, and the place in it.
    fn block(&self, at: usize) -> (usize, &Records, usize) {
        let Some(after) = at.checked_sub(self.first.len()) else { return (0, &self.first, at) };
        match self.later.get(after / LATER) {
            Some(block) => (1 + after / LATER, block, after % LATER),
            // Past the end here and there.
            None => (0, &self.first, at),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Records> {
        std::iter::once(&self.first).chain(&self.later).map(|block| &**block)
    }

    /// The typed record at a place; an empty one past the end.
    pub(super) fn document(&self, at: usize) -> Cow<'_, Document> {
        let (_, block, at) = self.block(at);
        block.document(at)
    }

    /// How to copy top-level fields of the record at a place; `None` when its fields' places are not kept.
    pub(super) fn fields(&self, at: usize) -> Option<Fields<'_>> {
        let (_, block, at) = self.block(at);
        block.fields(at)
    }

    /// Appends the JSON of the records at `places`, apart by commas.
    pub(super) fn write(&self, places: &[usize], out: &mut Body) {
        // As long as no record came later, and for most pages after that, the places are those of the first block.
        if places.iter().all(|place| *place < self.first.len()) {
            return self.first.write(places, out);
        }
        let number = |place: usize| self.block(place).0;
        for (index, run) in places.chunk_by(|left, right| number(*left) == number(*right)).enumerate() {
            if index > 0 {
                out.own().push(b',');
            }
            let Some(first) = run.first() else { continue };
            let within: Vec<usize> = run.iter().map(|place| self.block(*place).2).collect();
            self.block(*first).1.write(&within, out);
        }
    }

    /// The records' creation dates; `None` when one has none.
    pub(super) fn created_at(&self) -> Option<impl Iterator<Item = i64>> {
        let dates: Option<Vec<&[i64]>> = self.all().map(Records::created_at).collect();
        Some(dates?.into_iter().flatten().copied())
    }

    /// The place of the newest record by `createdAt`, the first inserted of equals.
    pub(super) fn newest(&self) -> Option<usize> {
        let mut before = 0;
        let mut newest: Option<(usize, i64)> = None;
        for block in self.all() {
            if let Some((place, date)) = block.newest()
                && newest.is_none_or(|(_, newest)| date > newest)
            {
                newest = Some((before + place, date));
            }
            before += block.len();
        }
        newest.map(|(place, _)| place)
    }

    /// Whether some record has the top-level field `name`.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.all().any(|block| block.has_field(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongo_query::Value;

    fn document(number: i32) -> Document {
        let mut document = Document::new();
        document.push("_id", format!("id{number}"));
        document.push("n", number);
        document.push("createdAt", Value::Date(i64::from(number % 50) * 1000));
        document
    }

    fn written(blocks: &Blocks, places: &[usize]) -> String {
        let mut out = Body::default();
        blocks.write(places, &mut out);
        String::from_utf8(out.into_bytes()).unwrap()
    }

    #[test]
    fn blocks_read_as_one_list_however_the_records_came() {
        let dates: Arc<[Box<str>]> = ["createdAt".into()].into();
        let (mut whole, mut begun) = (Records::new(dates.clone(), 120), Records::new(dates.clone(), 20));
        (0..120).for_each(|number| whole.push(document(number)));
        (0..20).for_each(|number| begun.push(document(number)));
        let (whole, mut grown, mut empty) =
            (Blocks::new(whole), Blocks::new(begun), Blocks::new(Records::new(dates, 0)));
        (20..120).for_each(|number| grown.push(document(number)));
        (0..120).for_each(|number| empty.push(document(number)));
        let places: Vec<usize> = (0..120).chain([119, 3, 52, 51, 19, 20]).collect();
        for blocks in [&grown, &empty] {
            assert_eq!(blocks.len(), 120);
            assert_eq!(written(blocks, &places), written(&whole, &places));
            assert_eq!(written(blocks, &[90, 4]), written(&whole, &[90, 4]));
            assert_eq!((blocks.newest(), whole.newest()), (Some(49), Some(49)));
            assert!(blocks.created_at().unwrap().eq(whole.created_at().unwrap()));
            assert!((0..121).all(|place| blocks.document(place) == whole.document(place)));
        }
        assert!(grown.fields(120).is_none());
    }

    #[test]
    fn a_clone_does_not_see_what_comes_later_and_shares_what_was_there() {
        let mut first = Records::new(["createdAt".into()].into(), 2);
        (0..2).for_each(|number| first.push(document(number)));
        let mut blocks = Blocks::new(first);
        blocks.push(document(2));
        let before = blocks.clone();
        blocks.push(document(3));
        assert_eq!((before.len(), blocks.len()), (3, 4));
        assert_eq!(*before.document(3), Document::new());
        assert!(Arc::ptr_eq(&before.first, &blocks.first));
        assert!(written(&blocks, &[1, 2, 3]).starts_with(&written(&before, &[1, 2])));
    }
}
