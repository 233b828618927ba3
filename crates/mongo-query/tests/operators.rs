//! Runs the cases of `tests/data`: one file an operator, or a theme.
//!
//! A file has `documents`, each with an `_id`, and `cases`. A case has a `filter` with the ids it `finds`, a `sort` with
//! the ids in `order`, or a `projection` with the documents it `shows` or, `of` one document, the one it shows; or
//! instead of the answer the `error` with its `code`. A `why` says what is remarkable.

mod support;

use std::path::Path;

use mongo_query::{Document, Filter, Projection, QueryError, Sort, Value};
use serde_json::Value as Json;
use support::{document, value};

const CASE_KEYS: [&str; 10] = ["why", "filter", "finds", "sort", "order", "projection", "shows", "of", "error", "code"];

#[test]
fn cases_hold() {
    let files: Vec<_> = ["filter", "projection", "sort"]
        .iter()
        .flat_map(|family| Path::new("tests/data").join(family).read_dir().unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.iter().all(|file| file.extension().is_some_and(|extension| extension == "json")), "{files:?}");
    assert!(files.len() >= 27, "{files:?}");
    let failures: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let wrong = cases_of(&std::fs::read_to_string(file).unwrap()).err()?;
            Some(format!("{}:\n{wrong}", file.display()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn cases_of(text: &str) -> Result<(), String> {
    let file: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let documents = match file.get("documents") {
        Some(documents) => documents.as_array().ok_or("documents is no list")?.iter().map(document).collect(),
        None => Ok(Vec::new()),
    }?;
    let cases = file.get("cases").and_then(Json::as_array).ok_or("no cases")?;
    if cases.is_empty() {
        return Err("no cases".into());
    }
    let failures: Vec<String> =
        cases.iter().filter_map(|case| check(case, &documents).err().map(|why| format!("{case}\n    {why}"))).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn check(case: &Json, documents: &[Document]) -> Result<(), String> {
    let keys = case.as_object().ok_or("a case is an object")?;
    if let Some(unknown) = keys.keys().find(|key| !CASE_KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key {unknown}"));
    }
    if let Some(filter) = case.get("filter") {
        match (Filter::parse(&document(filter)?).and_then(|filter| found(&filter, documents)), case.get("finds")) {
            (Ok(ids), Some(expected)) => same(&ids, &value(expected)?),
            (answer, _) => same_error(answer, case),
        }
    } else if let Some(sort) = case.get("sort") {
        match (Sort::parse(&document(sort)?), case.get("order")) {
            (Ok(sort), Some(expected)) => check_order(&sort, documents, &value(expected)?),
            (Ok(sort), None) => {
                let first_error = documents.iter().find_map(|document| sort.try_key(document).err());
                same_error(first_error.map_or(Ok("every document has a key"), Err), case)
            }
            (Err(error), _) => same_error(Err::<(), _>(error), case),
        }
    } else {
        let projection = case.get("projection").ok_or("a case has a filter, a sort or a projection")?;
        let of = case.get("of").map(document).transpose()?;
        match (Projection::parse(&document(projection)?), case.get("shows")) {
            (Ok(projection), Some(expected)) => {
                let shown = match of {
                    Some(of) => Value::Object(projection.apply(&of)),
                    None => documents
                        .iter()
                        .map(|document| Value::Object(projection.apply(document)))
                        .collect::<Vec<_>>()
                        .into(),
                };
                same(&shown, &value(expected)?)
            }
            (answer, _) => same_error(answer, case),
        }
    }
}

fn id(document: &Document) -> Value {
    document.get("_id").cloned().unwrap_or(Value::Null)
}

fn found(filter: &Filter, documents: &[Document]) -> Result<Value, QueryError> {
    let mut ids = Vec::new();
    for document in documents {
        if filter.matches(document)? {
            ids.push(id(document));
        }
    }
    Ok(ids.into())
}

/// By keys and by comparing documents: the two must agree.
fn check_order(sort: &Sort, documents: &[Document], expected: &Value) -> Result<(), String> {
    let ids = |sorted: Vec<&Document>| Value::from(sorted.into_iter().map(id).collect::<Vec<_>>());
    let mut by_key: Vec<&Document> = documents.iter().collect();
    by_key.sort_by_cached_key(|document| sort.key(document));
    let mut by_comparing: Vec<&Document> = documents.iter().collect();
    by_comparing.sort_by(|left, right| sort.compare(left, right));
    same(&ids(by_key), expected)?;
    same(&ids(by_comparing), expected).map_err(|why| format!("by comparing: {why}"))
}

fn same(actual: &Value, expected: &Value) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("expected {expected:?}\n    but got  {actual:?}")) }
}

fn same_error<T: std::fmt::Debug>(answer: Result<T, QueryError>, case: &Json) -> Result<(), String> {
    let error = match answer {
        Ok(answer) => return Err(format!("expected an error but got {answer:?}")),
        Err(error) => error,
    };
    let expected = (case.get("error").and_then(Json::as_str), case.get("code").and_then(Json::as_i64));
    let actual = (error.to_string(), i64::from(error.code()));
    if expected == (Some(actual.0.as_str()), Some(actual.1)) { Ok(()) } else { Err(format!("the error is {actual:?}")) }
}
