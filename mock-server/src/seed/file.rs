//! A user's own records: read, checked, typed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, FileType};
use std::io::Read as _;
use std::mem;
use std::path::Path;

use jsonschema::Validator;
use mongo_query::Document;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::encode::iso;
use super::era::RecordEra;
use super::error::SeedError;
use super::json::{Names, date_of, document_with};

/// Longest piece of a schema's complaint that is shown.
const REASON_LETTERS: usize = 200;

/// Largest file of records that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// Longest `_id` of a record, characters.
const LONGEST_ID: usize = 100;

/// The records of the file at `path`, as stored in a collection of `era`: `begin` makes what holds them, given their number, and
/// `push` adds them to it one by one, oldest first as they stand in the file.
///
/// The file holds a JSON array of records, an object with the array (or one record) `statistics` as the API answers it, or
/// one record a line. Every record is checked against the era's schema, but for its `_id`, which may be any text of 1 to 100
/// characters. ISO text where the era stores a date becomes a date, `{"$date": …}` does anywhere.
///
/// # Errors
/// [`SeedError`] when the file cannot be read or is no such JSON, when a record does not fit (with its number and a JSON
/// pointer, and the era it would fit), and when two records have the same `_id`.
pub fn load_seed_file<C>(
    path: &Path,
    era: &RecordEra,
    begin: impl FnOnce(usize) -> C,
    mut push: impl FnMut(&mut C, Document),
) -> Result<C, SeedError> {
    let text = read(path)?;
    // Some editors begin a file with a byte order mark.
    let records = records(path, text.trim_start_matches('\u{feff}'))?;
    let validator = validator(era)?;
    let mut names = Names::default();
    let mut numbers: HashMap<String, usize> = HashMap::with_capacity(records.len());
    let mut kept = begin(records.len());
    for (number, text) in (1..).zip(records) {
        let mut record: Json = serde_json::from_str(text.get()).map_err(|error| SeedError::Syntax {
            file: path.to_owned(),
            reason: format!("record {number}: {error}"),
        })?;
        check(path, number, text.get(), &mut record, &validator, era)?;
        let id = record.get("_id").and_then(Json::as_str).unwrap_or_default();
        if let Some(earlier) = numbers.insert(id.to_owned(), number) {
            return Err(SeedError::Duplicate { file: path.to_owned(), record: number, earlier, id: id.to_owned() });
        }
        push(&mut kept, document_with(&mut names, &record, era.date_paths()));
    }
    Ok(kept)
}

/// The text of the file at `path`: a regular file or a pipe, and no more of it than memory has room for.
fn read(path: &Path) -> Result<String, SeedError> {
    let refuse = |source| SeedError::Read { file: path.to_owned(), source };
    let kind = std::fs::metadata(path).map_err(refuse)?;
    if !kind.is_file() && !is_pipe(kind.file_type()) {
        return Err(SeedError::NoFile { file: path.to_owned() });
    }
    let too_large = || SeedError::TooLarge { file: path.to_owned(), most: LARGEST };
    if kind.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // What it says of its length need not hold: a pipe says nothing, and files grow.
    File::open(path).map_err(refuse)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(refuse)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|_| refuse(std::io::Error::other("the file is not UTF-8 text")))
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// The records in a file's text, each as its own text.
fn records<'t>(path: &Path, text: &'t str) -> Result<Vec<&'t RawValue>, SeedError> {
    let broken = |error: serde_json::Error| SeedError::Syntax { file: path.to_owned(), reason: error.to_string() };
    let found = |found| SeedError::Form { file: path.to_owned(), found };
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let values = values.collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let is = |value: &RawValue, open: char| value.get().starts_with(open);
    let [value] = values.as_slice() else {
        return match values.first() {
            None => Err(found("nothing")),
            Some(_) if values.iter().all(|value| is(value, '{')) => Ok(values),
            Some(first) if is(first, '[') => Err(found("more after the array")),
            Some(_) => Err(found("a value that is neither an object nor an array")),
        };
    };
    if is(value, '[') {
        return serde_json::from_str(value.get()).map_err(broken);
    }
    if !is(value, '{') {
        return Err(found("a value that is neither an object nor an array"));
    }
    let answer: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(value.get()).map_err(broken)?;
    match answer.get("statistics") {
        None => Ok(values),
        Some(list) if is(list, '[') => serde_json::from_str(list.get()).map_err(broken),
        Some(record) if is(record, '{') => Ok(vec![*record]),
        Some(_) => Err(found("an object whose \"statistics\" is neither an array nor a record")),
    }
}

/// The record as the API would show it: `{"$date": …}` as ISO text.
fn on_the_wire(value: Json) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(on_the_wire).collect(),
        Json::Object(fields) => match date_of(&fields) {
            Some(ms) => Json::String(iso(ms)),
            None => Json::Object(fields.into_iter().map(|(name, value)| (name, on_the_wire(value))).collect()),
        },
        other => other,
    }
}

/// The schema of the era's records, ready to use.
pub(super) fn validator(era: &RecordEra) -> Result<Validator, SeedError> {
    jsonschema::draft202012::new(&era.schema()).map_err(|error| SeedError::Layout {
        file: format!("schemas/api/statistics/fields.tsv for {}", era.schema_name()),
        reason: error.to_string(),
    })
}

/// Refuses a record that does not fit, with the first complaint and the way out.
fn check(
    path: &Path,
    number: usize,
    text: &str,
    record: &mut Json,
    validator: &Validator,
    era: &RecordEra,
) -> Result<(), SeedError> {
    let refuse = |pointer: String, reason: String, way_out: String| SeedError::Record {
        file: path.to_owned(),
        record: number,
        pointer,
        reason,
        schema: era.schema_name(),
        way_out,
    };
    // A file's records may have simpler ids than a server makes; for the schema they stand back.
    let id = match record.get_mut("_id") {
        Some(Json::String(id)) if id.is_empty() || id.chars().count() > LONGEST_ID => {
            let reason = format!("the _id must be a text of 1 to {LONGEST_ID} characters");
            return Err(refuse("/_id".to_owned(), reason, "Correct the file".to_owned()));
        }
        Some(id @ Json::String(_)) => Some(mem::replace(id, Json::from(ANY_ID))),
        _ => None,
    };
    let fits = if text.contains("$date") {
        let shown = on_the_wire(record.clone());
        complaint(validator, &shown).map(|complaint| (complaint, way_out(&shown)))
    } else {
        complaint(validator, record).map(|complaint| (complaint, way_out(record)))
    };
    if let (Some(id), Some(place)) = (id, record.get_mut("_id")) {
        *place = id;
    }
    match fits {
        None => Ok(()),
        Some(((pointer, reason), way_out)) => Err(refuse(pointer, reason, way_out)),
    }
}

/// An id that every era's schema takes.
const ANY_ID: &str = "v3D4mvobwfznKozH8";

/// Where the record does not fit, and why; `None` when it does.
fn complaint(validator: &Validator, record: &Json) -> Option<(String, String)> {
    if validator.is_valid(record) {
        return None;
    }
    let complaint = validator.validate(record).err()?;
    let reason = complaint.to_string();
    let reason = match reason.char_indices().nth(REASON_LETTERS) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    };
    Some((complaint.instance_path().to_string(), reason))
}

/// The newest server that writes such records, if any does.
fn way_out(record: &Json) -> String {
    let fits = |era: &RecordEra| validator(era).is_ok_and(|schema| schema.is_valid(record));
    match RecordEra::of_each_schema().rev().find(fits) {
        Some(era) => format!("It fits the records of {0}: serve it with --rocketchat-version {0}", era.version()),
        None => "It fits no known server: correct the file, or leave out fields that are not required".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use mongo_query::Value;
    use serde_json::json;

    use super::*;

    const DOCUMENTED: &str = include_str!("../../../fixtures/seeds/documented/0.51.json");

    fn record() -> Json {
        let file: Json = serde_json::from_str(DOCUMENTED).unwrap();
        file["record"].clone()
    }

    fn load(text: &str) -> Result<Vec<Document>, SeedError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        load_at(file.path())
    }

    fn load_at(path: &Path) -> Result<Vec<Document>, SeedError> {
        let era = RecordEra::for_version("0.61.0".parse().unwrap());
        load_seed_file(path, &era, Vec::with_capacity, Vec::push)
    }

    #[test]
    fn an_array_an_answer_and_lines_are_read() {
        let (one, mut two) = (record(), record());
        two["_id"] = json!("wufRdmSrjmSMhBdTN");
        for text in [
            json!([one, two]).to_string(),
            json!({ "statistics": [one, two], "count": 2, "offset": 0, "total": 2, "success": true }).to_string(),
            format!("{one}\n{two}\n"),
            format!("\u{feff}{one:#}\r\n{two:#}"),
        ] {
            let records = load(&text).unwrap();
            assert_eq!(records.len(), 2);
            assert_eq!(records[0].get("createdAt"), Some(&Value::Date(1_519_485_180_312)));
        }
        assert_eq!(load(&json!({ "statistics": one, "success": true }).to_string()).unwrap().len(), 1);
        assert_eq!(load("[]").unwrap().len(), 0);
    }

    #[test]
    fn a_projected_record_with_dates_of_its_own_is_read() {
        let mut record = record();
        for name in ["os", "process", "deploy", "migration"] {
            record.as_object_mut().unwrap().remove(name);
        }
        record["createdAt"] = json!({ "$date": 1_519_485_180_312_i64 });
        record["extra"] = json!({ "$date": "1970-01-01T00:00:00.007Z" });
        let records = load(&json!([record]).to_string()).unwrap();
        assert_eq!(records[0].get("createdAt"), Some(&Value::Date(1_519_485_180_312)));
        assert_eq!(records[0].get("extra"), Some(&Value::Date(7)));
    }

    #[test]
    fn a_misfit_is_refused_with_number_pointer_and_reason() {
        let (one, mut two) = (record(), record());
        two["_id"] = json!("wufRdmSrjmSMhBdTN");
        two["totalUsers"] = json!("88");
        let error = load(&json!([one, two]).to_string()).unwrap_err().to_string();
        for part in
            ["record 2", "\"/totalUsers\"", "integer", "a record of 0.55 as in", "fields.tsv", "no known server"]
        {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn a_record_of_another_age_is_told_where_it_fits() {
        let eight: Json = serde_json::from_str(include_str!("../../../fixtures/seeds/documented/8.0.json")).unwrap();
        let error = load(&json!([eight["record"]]).to_string()).unwrap_err().to_string();
        assert!(error.contains("--rocketchat-version 8.0.0"), "{error}");
    }

    #[test]
    fn an_id_is_any_short_text() {
        let with_id = |id: Json| {
            let mut record = record();
            record["_id"] = id;
            load(&json!([record]).to_string())
        };
        for id in ["rec-1", "1", "é", &"x".repeat(100)] {
            assert_eq!(with_id(json!(id)).unwrap()[0].get("_id"), Some(&Value::from(id)));
        }
        for id in [json!(""), json!("x".repeat(101)), json!(7), json!(null)] {
            let error = with_id(id.clone()).unwrap_err().to_string();
            assert!(error.contains("record 1 at \"/_id\""), "{id}: {error}");
        }
        let mut two = record();
        two["_id"] = json!("rec-1");
        two["totalUsers"] = json!("88");
        let error = load(&two.to_string()).unwrap_err().to_string();
        assert!(error.contains("\"/totalUsers\"") && !error.contains(ANY_ID), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_files_and_pipes_are_read_and_no_endless_ones() {
        for path in ["/dev/zero", "/"] {
            let error = load_at(Path::new(path)).unwrap_err().to_string();
            assert!(error.contains("neither a file nor a pipe"), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let huge = folder.path().join("huge");
        File::create(&huge).unwrap().set_len(LARGEST + 1).unwrap();
        let error = load_at(&huge).unwrap_err().to_string();
        assert!(error.contains("more than 1073741824 bytes"), "{error}");
    }

    #[test]
    fn every_schema_takes_the_id_that_stands_in() {
        for era in RecordEra::of_each_schema() {
            let schema = era.schema();
            let id = json!({ "$schema": schema["$schema"], "allOf": [schema["properties"]["_id"]] });
            assert!(jsonschema::draft202012::new(&id).unwrap().is_valid(&json!(ANY_ID)), "{}", era.schema_name());
        }
    }

    #[test]
    fn twice_the_same_id_is_refused() {
        let error = load(&json!([record(), record()]).to_string()).unwrap_err();
        assert!(matches!(error, SeedError::Duplicate { record: 2, earlier: 1, .. }), "{error}");
    }

    #[test]
    fn what_is_no_list_of_records_is_refused() {
        for (text, part) in [
            ("", "nothing"),
            ("7", "neither an object nor an array"),
            ("[] []", "more after the array"),
            ("{\"statistics\":3}", "neither an array nor a record"),
            ("[{]", "line 1"),
            ("[3]", "record 1"),
            ("[{}]", "record 1"),
        ] {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(matches!(load_at(Path::new("/nowhere/at.all")), Err(SeedError::Read { .. })));
    }
}
