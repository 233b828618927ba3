//! One record and how it is kept.

use std::borrow::Cow;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use mongo_query::{Document, Key, Value};

use crate::{js_json, wire};

/// Up to this many records are kept typed and as JSON, about 4 KB each. A larger collection is kept as compressed JSON, about
/// a tenth of that, and read back when a filter or an unusual sort asks for it.
const RESIDENT_LIMIT: usize = 150_000;

/// All records in insertion order, and what they share.
#[derive(Debug)]
pub(super) struct Records {
    all: Vec<Record>,
    /// `createdAt` of each record in milliseconds; `None` once one record has no such date.
    created_at: Option<Vec<i64>>,
    /// The field sequences records have. Few: one for each server version in the history.
    shapes: Vec<Box<[Key]>>,
    date_paths: Box<[Box<str>]>,
    compressed: bool,
    /// The first record's JSON: what the others mostly repeat.
    dictionary: Vec<u8>,
}

/// One record.
#[derive(Debug)]
pub(super) enum Record {
    Resident(Resident),
    Compressed {
        json: Box<[u8]>,
        /// Length of the JSON.
        length: u32,
    },
}

/// A record kept typed and written.
#[derive(Debug)]
pub(super) struct Resident {
    document: Document,
    json: Box<[u8]>,
    /// Where each top-level field starts in `json`, and one past where the next would.
    starts: Box<[u32]>,
    /// Number of its field sequence in [`Records::shapes`].
    pub(super) shape: usize,
}

impl Records {
    pub(super) fn new(date_paths: &[&str], expected: usize) -> Self {
        Self {
            all: Vec::with_capacity(expected),
            created_at: Some(Vec::with_capacity(expected)),
            shapes: Vec::new(),
            date_paths: date_paths.iter().map(|path| Box::from(*path)).collect(),
            compressed: expected > RESIDENT_LIMIT,
            dictionary: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Record> {
        self.all.get(at)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Record> {
        self.all.iter()
    }

    /// The records' creation dates; `None` when one has none.
    pub(super) fn created_at(&self) -> Option<&[i64]> {
        self.created_at.as_deref()
    }

    /// The field sequence with this number.
    pub(super) fn shape(&self, number: usize) -> &[Key] {
        self.shapes.get(number).map(|shape| &**shape).unwrap_or_default()
    }

    /// The place of the newest record by `createdAt`, the first inserted of equals.
    pub(super) fn newest(&self) -> Option<usize> {
        let dates: Vec<i64> = match &self.created_at {
            Some(dates) => return newest_of(dates),
            // A record without a date sorts below all that have one.
            None => self.iter().map(|record| created_at(&record.document(self)).unwrap_or(i64::MIN)).collect(),
        };
        newest_of(&dates)
    }

    pub(super) fn push(&mut self, mut document: Document) {
        match (&mut self.created_at, created_at(&document)) {
            (Some(dates), Some(date)) => dates.push(date),
            _ => self.created_at = None,
        }
        let (json, starts) = write_fields(&document);
        if self.compressed {
            if self.dictionary.is_empty() {
                self.dictionary.clone_from(&json);
            }
            // Only what can be read back exactly may be compressed; a date at an unusual path could not.
            if js_json_document(&json, &self.date_paths).as_ref() == Some(&document) {
                let packed = compress_with_dict(&json, &self.dictionary).into_boxed_slice();
                let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
                self.all.push(Record::Compressed { json: packed, length });
                return;
            }
        }
        document.shrink_to_fit();
        let shape = self.shape_of(&document);
        self.all.push(Record::Resident(Resident { document, json: json.into(), starts: starts.into(), shape }));
    }

    fn shape_of(&mut self, document: &Document) -> usize {
        let same = |shape: &[Key]| {
            shape.len() == document.len() && shape.iter().zip(document.iter()).all(|(known, (name, _))| known == name)
        };
        // The newest shape is the likeliest.
        if let Some(number) = self.shapes.iter().rposition(|shape| same(shape)) {
            return number;
        }
        self.shapes.push(document.iter().map(|(name, _)| name.clone()).collect());
        self.shapes.len() - 1
    }
}

impl Record {
    /// The typed record.
    pub(super) fn document(&self, records: &Records) -> Cow<'_, Document> {
        match self {
            Self::Resident(resident) => Cow::Borrowed(&resident.document),
            Self::Compressed { json, length } => {
                let json = unpack(json, *length, &records.dictionary);
                Cow::Owned(js_json_document(&json, &records.date_paths).unwrap_or_default())
            }
        }
    }

    /// Appends the record's JSON.
    pub(super) fn write(&self, records: &Records, out: &mut Vec<u8>) {
        match self {
            Self::Resident(resident) => out.extend_from_slice(&resident.json),
            Self::Compressed { json, length } => {
                out.extend_from_slice(&unpack(json, *length, &records.dictionary));
            }
        }
    }

    /// Bytes the record's JSON has.
    pub(super) fn json_length(&self) -> usize {
        match self {
            Self::Resident(resident) => resident.json.len(),
            Self::Compressed { length, .. } => usize::try_from(*length).unwrap_or(0),
        }
    }
}

impl Resident {
    /// The JSON of the fields from number `first` to number `last`, both included, with the commas between them.
    pub(super) fn fields(&self, first: usize, last: usize) -> &[u8] {
        let position = |number: usize| self.starts.get(number).and_then(|at| usize::try_from(*at).ok());
        match (position(first), position(last + 1)) {
            (Some(from), Some(next)) => self.json.get(from..next - 1).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The JSON of a document, where each field starts in it, and one past where a next field would.
fn write_fields(document: &Document) -> (Vec<u8>, Vec<u32>) {
    let mut json = Vec::with_capacity(2048);
    let mut starts = Vec::with_capacity(document.len() + 1);
    let position = |json: &Vec<u8>| u32::try_from(json.len()).unwrap_or(u32::MAX);
    json.push(b'{');
    for (name, value) in document.iter() {
        starts.push(position(&json));
        wire::write_string(name, &mut json);
        json.push(b':');
        wire::write_value(value, &mut json);
        json.push(b',');
    }
    starts.push(position(&json));
    if !document.is_empty() {
        json.pop();
    }
    json.push(b'}');
    (json, starts)
}

fn unpack(packed: &[u8], length: u32, dictionary: &[u8]) -> Vec<u8> {
    let length = usize::try_from(length).unwrap_or(0);
    decompress_with_dict(packed, length, dictionary).unwrap_or_default()
}

fn newest_of(dates: &[i64]) -> Option<usize> {
    let newest = dates.iter().max()?;
    dates.iter().position(|date| date == newest)
}

fn created_at(document: &Document) -> Option<i64> {
    match document.get("createdAt") {
        Some(Value::Date(ms)) => Some(*ms),
        _ => None,
    }
}

/// Reads a record back from its JSON: text at a date path that is a date becomes one.
fn js_json_document(json: &[u8], date_paths: &[Box<str>]) -> Option<Document> {
    let Value::Object(mut document) = js_json::parse(std::str::from_utf8(json).ok()?).ok()? else { return None };
    for path in date_paths {
        set_date(&mut document, path);
    }
    Some(document)
}

fn set_date(document: &mut Document, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document.get_mut(first), rest) {
        (Some(Value::Object(inner)), Some(rest)) => set_date(inner, rest),
        (Some(value), None) => {
            if let Some(ms) = value.as_str().and_then(wire::parse_js_date) {
                *value = Value::Date(ms);
            }
        }
        _ => {}
    }
}
