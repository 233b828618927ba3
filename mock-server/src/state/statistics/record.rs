//! A block of records and how they are kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use mongo_query::{Document, Key, Value};

use crate::state::body::Body;
use javascript::json;
use javascript::stringify;

/// Up to this many records are kept typed and as JSON, about 5 KB each. A larger collection is kept as compressed JSON, about
/// a tenth of that, and read back when a filter or an unusual sort asks for it.
const RESIDENT_LIMIT: usize = 120_000;

/// Bytes of JSON kept in one piece. Records that follow one another usually lie in one segment, so that a page of them is one slice.
const SEGMENT: usize = 1 << 20;

/// Room for this many records at most is set aside before they come: how many will come is only what somebody says.
const MOST_RESERVED: usize = 1 << 20;

/// One piece of the bytes.
#[derive(Debug, Clone)]
enum Segment {
    /// Records are still added to it.
    Open(Vec<u8>),
    /// It is complete, and answers share it.
    Sealed(Bytes),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Open(bytes) => bytes,
            Self::Sealed(bytes) => bytes,
        }
    }
}

/// Records in insertion order.
#[derive(Debug, Clone)]
pub(super) struct Records {
    slots: Vec<Slot>,
    /// The records' JSON (compressed in a large collection), each followed by a comma.
    segments: Vec<Segment>,
    kept: Kept,
    /// `createdAt` of each record in milliseconds; `None` once one record has no such date.
    created_at: Option<Vec<i64>>,
    /// The field sequences records have. Few: one for each server version in the history.
    shapes: Vec<Box<[Key]>>,
    date_paths: Arc<[Box<str>]>,
    /// Whether few records come, one at a time: each gets a segment of its own, no larger than it is.
    few: bool,
}

/// Where one record's JSON is.
#[derive(Debug, Clone, Copy)]
struct Slot {
    segment: u32,
    start: u32,
    /// Bytes in the segment, without the comma.
    length: u32,
    /// Bytes of JSON: the same unless compressed.
    json_length: u32,
}

/// What is kept beside the JSON.
#[derive(Debug, Clone)]
enum Kept {
    /// Every record typed, with its shape and where its fields start.
    Typed {
        documents: Vec<Document>,
        /// Number of each record's field sequence in [`Records::shapes`].
        shapes: Vec<u32>,
        /// For each record in turn: where each top-level field starts in its JSON, and one past where a next one would.
        starts: Vec<u32>,
        /// Where each record's part of `starts` begins.
        starts_at: Vec<usize>,
    },
    /// The dictionary the JSON is compressed with, and the few records that could not be read back exactly.
    Compressed { dictionary: Vec<u8>, exceptions: HashMap<usize, Document> },
}

impl Records {
    /// An empty block for about `expected` records. `date_paths` are the dotted paths whose dates a record holds in this era.
    pub(super) fn new(date_paths: Arc<[Box<str>]>, expected: usize) -> Self {
        let room = expected.min(MOST_RESERVED);
        let kept = if expected > RESIDENT_LIMIT {
            Kept::Compressed { dictionary: Vec::new(), exceptions: HashMap::new() }
        } else {
            Kept::Typed {
                documents: Vec::with_capacity(room),
                shapes: Vec::with_capacity(room),
                starts: Vec::new(),
                starts_at: Vec::with_capacity(room),
            }
        };
        Self {
            slots: Vec::with_capacity(room),
            segments: Vec::new(),
            kept,
            created_at: Some(Vec::with_capacity(room)),
            shapes: Vec::new(),
            date_paths,
            few: false,
        }
    }

    /// An empty block for few records that come one at a time. A copy of it shares their JSON.
    pub(super) fn of_few(&self) -> Self {
        Self { few: true, ..Self::new(self.date_paths.clone(), 0) }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The records' creation dates; `None` when one has none.
    pub(super) fn created_at(&self) -> Option<&[i64]> {
        self.created_at.as_deref()
    }

    /// The place and date of the newest record by `createdAt`, the first inserted of equals. A record without a date sorts below all
    /// that have one.
    pub(super) fn newest(&self) -> Option<(usize, i64)> {
        let dates: Cow<'_, [i64]> = match &self.created_at {
            Some(dates) => Cow::Borrowed(dates),
            None => (0..self.len()).map(|at| created_at(&self.document(at)).unwrap_or(i64::MIN)).collect(),
        };
        let newest = *dates.iter().max()?;
        Some((dates.iter().position(|date| *date == newest)?, newest))
    }

    pub(super) fn push(&mut self, mut document: Document) {
        match (&mut self.created_at, created_at(&document)) {
            (Some(dates), Some(date)) => dates.push(date),
            _ => self.created_at = None,
        }
        let (json, starts) = write_fields(&document);
        let json_length = narrow(json.len());
        let at = self.slots.len();
        match &mut self.kept {
            Kept::Typed { documents, shapes, starts: all_starts, starts_at } => {
                shapes.push(shape_of(&mut self.shapes, &document));
                starts_at.push(all_starts.len());
                all_starts.extend_from_slice(&starts);
                document.shrink_to_fit();
                documents.push(document);
                self.store(&json, json_length);
            }
            Kept::Compressed { dictionary, exceptions } => {
                if dictionary.is_empty() {
                    dictionary.clone_from(&json);
                }
                let packed = compress_with_dict(&json, dictionary);
                shape_of(&mut self.shapes, &document);
                if !reads_back(&document, "", &self.date_paths) {
                    exceptions.insert(at, document);
                }
                self.store(&packed, json_length);
            }
        }
    }

    fn store(&mut self, bytes: &[u8], json_length: u32) {
        let has_room = match self.segments.last() {
            Some(Segment::Open(segment)) => segment.len() + bytes.len() < segment.capacity(),
            _ => false,
        };
        if !has_room {
            self.seal();
            // A small collection gets no more than it needs; many records get whole segments.
            let room = match self.segments.is_empty() {
                _ if self.few => 0,
                true => SEGMENT / 4,
                false => SEGMENT,
            };
            self.segments.push(Segment::Open(Vec::with_capacity(room.max(bytes.len() + 1))));
        }
        let number = narrow(self.segments.len() - 1);
        if let Some(Segment::Open(segment)) = self.segments.last_mut() {
            self.slots.push(Slot {
                segment: number,
                start: narrow(segment.len()),
                length: narrow(bytes.len()),
                json_length,
            });
            segment.extend_from_slice(bytes);
            segment.push(b',');
        }
    }

    /// Lets answers share what there is. Records that come later go to a segment of their own.
    pub(super) fn seal(&mut self) {
        if let Some(segment) = self.segments.last_mut()
            && let Segment::Open(bytes) = segment
        {
            *segment = Segment::Sealed(mem::take(bytes).into());
        }
    }

    /// The typed record at a place; an empty one past the end.
    pub(super) fn document(&self, at: usize) -> Cow<'_, Document> {
        match &self.kept {
            Kept::Typed { documents, .. } => documents.get(at).map(Cow::Borrowed).unwrap_or_default(),
            Kept::Compressed { exceptions, .. } => match exceptions.get(&at) {
                Some(document) => Cow::Borrowed(document),
                None => Cow::Owned(read_back(&self.json(at), &self.date_paths).unwrap_or_default()),
            },
        }
    }

    /// The JSON of the record at a place; empty past the end.
    fn json(&self, at: usize) -> Cow<'_, [u8]> {
        let Some(slot) = self.slots.get(at) else { return Cow::default() };
        let stored = self.stored(*slot, slot.length);
        match &self.kept {
            Kept::Typed { .. } => Cow::Borrowed(stored),
            Kept::Compressed { dictionary, .. } => {
                Cow::Owned(decompress_with_dict(stored, widen(slot.json_length), dictionary).unwrap_or_default())
            }
        }
    }

    /// `length` bytes from where a slot starts.
    fn stored(&self, slot: Slot, length: u32) -> &[u8] {
        let segment = self.segments.get(widen(slot.segment)).map(Segment::bytes).unwrap_or_default();
        segment.get(widen(slot.start)..widen(slot.start.saturating_add(length))).unwrap_or_default()
    }

    /// Appends the JSON of the records at `places`, apart by commas.
    pub(super) fn write(&self, places: &[usize], out: &mut Body) {
        let (mut rest, mut has_room) = (places, false);
        while let Some((first, _)) = rest.split_first() {
            if rest.len() < places.len() {
                out.own().push(b',');
            }
            let neighbours = self.neighbours(rest);
            let last = rest.get(neighbours - 1).and_then(|last| self.slots.get(*last));
            if let (2.., Some(first), Some(last)) = (neighbours, self.slots.get(*first), last) {
                let end = last.start.saturating_add(last.length);
                match self.segments.get(widen(first.segment)) {
                    Some(Segment::Sealed(bytes)) => out.share(bytes, widen(first.start)..widen(end)),
                    _ => out.own().extend_from_slice(self.stored(*first, end.saturating_sub(first.start))),
                }
            } else {
                if !mem::replace(&mut has_room, true) {
                    // Room for all that is left and the end of the answer, so that nothing is moved once more.
                    let left = rest.iter().filter_map(|at| self.slots.get(*at));
                    let bytes: usize = left.map(|slot| widen(slot.json_length) + 1).sum();
                    out.own().reserve(bytes + 128);
                }
                out.own().extend_from_slice(&self.json(*first));
            }
            rest = rest.get(neighbours..).unwrap_or_default();
        }
    }

    /// How many of the first places follow one another in one segment, and so can be copied in one piece; 1 when compressed.
    fn neighbours(&self, places: &[usize]) -> usize {
        if matches!(self.kept, Kept::Compressed { .. }) {
            return 1;
        }
        let segment = |at: usize| self.slots.get(at).map(|slot| slot.segment);
        let together = |(left, right): (&usize, &usize)| left + 1 == *right && segment(*left) == segment(*right);
        1 + places.iter().zip(places.iter().skip(1)).take_while(|pair| together(*pair)).count()
    }

    /// How to copy top-level fields of the record at a place; `None` when its fields' places are not kept.
    pub(super) fn fields(&self, at: usize) -> Option<Fields<'_>> {
        let Kept::Typed { shapes, starts, starts_at, .. } = &self.kept else { return None };
        let slot = self.slots.get(at)?;
        let shape = widen(*shapes.get(at)?);
        let starts = starts.get(*starts_at.get(at)?..)?;
        Some(Fields { json: self.stored(*slot, slot.length), starts, shape: self.shape(shape) })
    }

    /// Whether some record has the top-level field `name`.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.shapes.iter().any(|shape| shape.iter().any(|known| &**known == name))
    }

    /// The field sequence with this number.
    fn shape(&self, number: usize) -> &[Key] {
        self.shapes.get(number).map(|shape| &**shape).unwrap_or_default()
    }
}

/// One record's JSON by its top-level fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    json: &'a [u8],
    starts: &'a [u32],
    /// The names of its fields. Records of one block that have the same share them.
    pub(super) shape: &'a [Key],
}

impl<'a> Fields<'a> {
    /// The JSON of the fields from number `first` to number `last`, both included, with the commas between them.
    pub(super) fn slice(self, first: usize, last: usize) -> &'a [u8] {
        let position = |number: usize| self.starts.get(number).map(|at| widen(*at));
        match (position(first), position(last + 1)) {
            (Some(from), Some(next)) => self.json.get(from..next - 1).unwrap_or_default(),
            _ => &[],
        }
    }
}

fn shape_of(shapes: &mut Vec<Box<[Key]>>, document: &Document) -> u32 {
    let same = |shape: &[Key]| {
        shape.len() == document.len() && shape.iter().zip(document.iter()).all(|(known, (name, _))| known == name)
    };
    // The newest shape is the likeliest.
    let known = shapes.iter().rposition(|shape| same(shape));
    narrow(known.unwrap_or_else(|| {
        shapes.push(document.iter().map(|(name, _)| name.clone()).collect());
        shapes.len() - 1
    }))
}

/// The JSON of a document, where each field starts in it, and one past where a next field would.
fn write_fields(document: &Document) -> (Vec<u8>, Vec<u32>) {
    let mut json = Vec::with_capacity(2048);
    let mut starts = Vec::with_capacity(document.len() + 1);
    json.push(b'{');
    for (name, value) in document.iter() {
        starts.push(narrow(json.len()));
        stringify::write_string(name, &mut json);
        json.push(b':');
        stringify::write_value(value, &mut json);
        json.push(b',');
    }
    starts.push(narrow(json.len()));
    if !document.is_empty() {
        json.pop();
    }
    json.push(b'}');
    (json, starts)
}

/// Reads a record back from its JSON: text at a date path that is a date becomes one.
fn read_back(json: &[u8], date_paths: &[Box<str>]) -> Option<Document> {
    let Value::Object(mut document) = json::parse(std::str::from_utf8(json).ok()?).ok()? else { return None };
    for path in date_paths {
        set_date(&mut document, path);
    }
    Some(document)
}

/// Whether [`read_back`] makes the same record of the record's JSON. Only a record of the user's own may not: one with a date at
/// another path, text that reads as a date at a date's path, or a type JSON does not tell.
fn reads_back(document: &Document, prefix: &str, date_paths: &[Box<str>]) -> bool {
    let is_date_path =
        |name: &str| date_paths.iter().any(|path| path.strip_prefix(prefix).is_some_and(|rest| rest == name));
    document.iter().all(|(name, value)| match value {
        Value::Null | Value::Bool(_) | Value::Int32(_) => true,
        Value::Double(number) => number.is_finite(),
        Value::String(text) => !is_date_path(name) || stringify::parse_js_date(text).is_none(),
        Value::Date(_) => is_date_path(name),
        Value::Object(inner) => reads_back(inner, &format!("{prefix}{name}."), date_paths),
        Value::Array(items) => items.iter().all(plain),
        Value::Int64(_) | Value::Regex(_) | Value::Binary(_) => false,
    })
}

/// Whether a list's element is one that JSON tells: dates within lists are never at a date's path.
fn plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Int32(_) | Value::String(_) => true,
        Value::Double(number) => number.is_finite(),
        Value::Object(inner) => inner.iter().all(|(_, value)| plain(value)),
        Value::Array(items) => items.iter().all(plain),
        Value::Int64(_) | Value::Date(_) | Value::Regex(_) | Value::Binary(_) => false,
    }
}

fn set_date(document: &mut Document, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document.get_mut(first), rest) {
        (Some(Value::Object(inner)), Some(rest)) => set_date(inner, rest),
        (Some(value), None) => {
            if let Some(ms) = value.as_str().and_then(stringify::parse_js_date) {
                *value = Value::Date(ms);
            }
        }
        _ => {}
    }
}

fn created_at(document: &Document) -> Option<i64> {
    match document.get("createdAt") {
        Some(Value::Date(ms)) => Some(*ms),
        _ => None,
    }
}

/// Sizes and counts of one collection fit 32 bits: a segment is 1 MiB, a record far smaller than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn widen(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(count: i32, expected: usize) -> Records {
        let mut records = Records::new(["createdAt".into(), "migration.lockedAt".into()].into(), expected);
        for number in 0..count {
            let mut migration = Document::new();
            migration.push("lockedAt", Value::Date(1_519_485_180_312));
            let mut document = Document::new();
            document.push("_id", format!("id{number}"));
            document.push("number", number);
            if number % 2 == 0 {
                document.push("even", true);
            }
            document.push("migration", migration);
            document.push("createdAt", Value::Date(1_519_485_180_312 + i64::from(number) * 1000));
            records.push(document);
        }
        records
    }

    fn written(records: &Records, places: &[usize]) -> String {
        let mut out = Body::default();
        records.write(places, &mut out);
        String::from_utf8(out.into_bytes()).unwrap()
    }

    #[test]
    fn both_ways_of_keeping_records_write_and_read_the_same() {
        // The number expected decides the way.
        let (typed, packed) = (records(3_000, 3_000), records(3_000, RESIDENT_LIMIT + 1));
        assert!(matches!(packed.kept, Kept::Compressed { .. }) && typed.segments.len() == 2);
        let places: Vec<usize> = (0..3_000).chain([5, 4, 2_999, 0, 1]).collect();
        let text = written(&typed, &places);
        assert_eq!(text, written(&packed, &places));
        let list: serde_json::Value = serde_json::from_str(&format!("[{text}]")).unwrap();
        for (index, place) in places.iter().enumerate() {
            assert_eq!(list[index]["number"], serde_json::json!(place));
            assert_eq!(typed.document(*place), packed.document(*place));
        }
        assert_eq!(typed.newest().map(|(place, _)| place), Some(2_999));
        assert_eq!(typed.newest(), packed.newest());
    }

    #[test]
    fn a_record_that_does_not_read_back_is_kept_as_it_is() {
        let mut packed = records(2, RESIDENT_LIMIT + 1);
        let mut odd = Document::new();
        odd.push("when", Value::Date(0));
        packed.push(odd.clone());
        assert_eq!(*packed.document(2), odd);
        assert_eq!(written(&packed, &[2]), r#"{"when":"1970-01-01T00:00:00.000Z"}"#);
        assert_eq!(packed.created_at(), None);
        assert_eq!(packed.newest().map(|(place, _)| place), Some(1));
    }

    #[test]
    fn fields_are_slices_of_the_json() {
        let records = records(2, 2);
        let fields = records.fields(0).unwrap();
        assert_eq!(fields.slice(0, 1), br#""_id":"id0","number":0"#);
        assert_eq!(fields.slice(4, 4), br#""createdAt":"2018-02-24T15:13:00.312Z""#);
        assert_eq!(records.fields(1).unwrap().shape.len(), 4);
        assert!(records.fields(2).is_none());
    }
}
