//! A user's own records: read, checked, typed.

use std::collections::HashMap;
use std::path::Path;

use jsonschema::Validator;
use mongo_query::Document;
use serde_json::Value as Json;

use super::encode::iso;
use super::era::RecordEra;
use super::error::SeedError;
use super::json::{Names, date_of, document_with};

/// Longest piece of a schema's complaint that is shown.
const REASON_LETTERS: usize = 200;

/// The records of the file at `path`, oldest first as they stand in it, as stored in a collection of `era`.
///
/// The file holds a JSON array of records, an object with the array (or one record) `statistics` as the API answers it, or
/// one record a line. Every record is checked against the era's schema. ISO text where the era stores a date becomes a
/// date, `{"$date": …}` does anywhere.
///
/// # Errors
/// [`SeedError`] when the file cannot be read or is no such JSON, when a record does not fit (with its number and a JSON
/// pointer, and the era it would fit), and when two records have the same `_id`.
pub fn load_seed_file(path: &Path, era: &RecordEra) -> Result<Vec<Document>, SeedError> {
    let text = std::fs::read_to_string(path).map_err(|source| SeedError::Read { file: path.to_owned(), source })?;
    // Some editors begin a file with a byte order mark.
    let records = records(path, text.trim_start_matches('\u{feff}'))?;
    drop(text);
    let validator = validator(era)?;
    let mut names = Names::default();
    let mut numbers: HashMap<String, usize> = HashMap::with_capacity(records.len());
    let mut documents = Vec::with_capacity(records.len());
    for (number, record) in (1..).zip(records) {
        check(path, number, &on_the_wire(record.clone()), &validator, era)?;
        let id = record.get("_id").and_then(Json::as_str).unwrap_or_default();
        if let Some(earlier) = numbers.insert(id.to_owned(), number) {
            return Err(SeedError::Duplicate { file: path.to_owned(), record: number, earlier, id: id.to_owned() });
        }
        documents.push(document_with(&mut names, &record, era.date_paths()));
    }
    Ok(documents)
}

/// The records in a file's text.
fn records(path: &Path, text: &str) -> Result<Vec<Json>, SeedError> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
        values.push(value.map_err(|error| SeedError::Syntax { file: path.to_owned(), reason: error.to_string() })?);
    }
    let found = |found| SeedError::Form { file: path.to_owned(), found };
    if values.iter().all(Json::is_object) && values.len() > 1 {
        return Ok(values);
    }
    match values.pop() {
        None => Err(found("nothing")),
        Some(Json::Array(records)) if values.is_empty() => Ok(records),
        Some(Json::Object(mut answer)) => match answer.remove("statistics") {
            Some(Json::Array(records)) => Ok(records),
            Some(record @ Json::Object(_)) => Ok(vec![record]),
            Some(_) => Err(found("an object whose \"statistics\" is neither an array nor a record")),
            None => Ok(vec![Json::Object(answer)]),
        },
        Some(Json::Array(_)) => Err(found("more after the array")),
        Some(_) => Err(found("a value that is neither an object nor an array")),
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
    let file = || format!("schemas/api/statistics/{}.json", era.schema_name());
    let broken = |reason: String| SeedError::Layout { file: file(), reason };
    let schema: Json = serde_json::from_str(era.schema()).map_err(|error| broken(error.to_string()))?;
    jsonschema::draft202012::new(&schema).map_err(|error| broken(error.to_string()))
}

/// Refuses a record that does not fit, with the first complaint and the way out.
fn check(path: &Path, number: usize, record: &Json, validator: &Validator, era: &RecordEra) -> Result<(), SeedError> {
    let Err(complaint) = validator.validate(record) else { return Ok(()) };
    let reason = complaint.to_string();
    let reason = match reason.char_indices().nth(REASON_LETTERS) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    };
    Err(SeedError::Record {
        file: path.to_owned(),
        record: number,
        pointer: complaint.instance_path().to_string(),
        reason,
        schema: era.schema_name(),
        way_out: way_out(record),
    })
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
        load_seed_file(file.path(), &RecordEra::for_version("0.61.0".parse().unwrap()))
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
        for part in ["record 2", "\"/totalUsers\"", "integer", "0.55.json", "no known server"] {
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
        let missing = load_seed_file(Path::new("/nowhere/at.all"), &RecordEra::for_version("8.0.0".parse().unwrap()));
        assert!(matches!(missing, Err(SeedError::Read { .. })));
    }
}
