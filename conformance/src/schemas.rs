//! The JSON Schemas of `schemas/`, compiled once and only when a check asks for them; those of statistics records are built
//! from the table of their fields. The only module that calls the `jsonschema` crate, whose interface moves often.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use include_dir::{Dir, File, include_dir};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use record_schema::{Era, Release, Table};
use serde::Deserialize;
use serde_json::Value;

use crate::case::{Version, VersionRange};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../schemas");

/// A schema that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SchemaError {
    /// A file is missing or not JSON.
    #[error("schema file {0} is missing or not JSON")]
    Unreadable(String),
    /// A table of fields is wrong.
    #[error("the table of fields in schemas/api/{0}: {1}")]
    Table(String, String),
    /// It is not a schema.
    #[error("{0} is not a valid JSON Schema: {1}")]
    Invalid(String, String),
    /// No schema of that name covers that version.
    #[error("no schema `{0}` for version {1}")]
    NotFound(String, String),
}

/// A place where a value breaks a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Pointer into the value.
    pub pointer: String,
    /// What the schema asks for.
    pub expected: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    /// Which versions the schema of `file` is for.
    #[serde(default)]
    versions: VersionRange,
    /// A schema.
    file: Option<String>,
    /// A folder with a table of fields, whose eras say which versions they are for.
    table: Option<String>,
}

/// A table of fields, and the versions of each of its eras.
struct Records {
    table: Table,
    versions: Vec<VersionRange>,
}

impl Records {
    fn read(folder: &str) -> Result<Self, SchemaError> {
        let broken = |error: &dyn std::fmt::Display| SchemaError::Table(folder.to_owned(), error.to_string());
        let read = |name: &str| {
            let path = format!("api/{folder}/{name}");
            EMBEDDED.get_file(&path).and_then(File::contents_utf8).ok_or(SchemaError::Unreadable(path))
        };
        let table = Table::parse(read("record.json")?, read("fields.tsv")?).map_err(|error| broken(&error))?;
        let range = |era: &Era| {
            let text = |(major, minor, patch): Release| format!("{major}.{minor}.{patch}");
            let range = format!(">={} <{}", text(era.since()), text(era.until()));
            VersionRange::parse(&range).map_err(|error| broken(&error))
        };
        let versions = table.eras().iter().map(range).collect::<Result<_, _>>()?;
        Ok(Self { table, versions })
    }

    /// The era that the version is of.
    fn era(&self, version: &Version) -> Option<&Era> {
        let eras = self.table.eras().iter().zip(&self.versions);
        eras.into_iter().find(|(_, versions)| versions.contains(version)).map(|(era, _)| era)
    }
}

/// The schemas, by name and version.
#[derive(Default)]
pub struct Schemas {
    index: OnceCell<Vec<Entry>>,
    tables: RefCell<BTreeMap<String, Rc<Records>>>,
    compiled: RefCell<BTreeMap<String, Rc<Validator>>>,
}

impl Schemas {
    fn index(&self) -> &[Entry] {
        self.index.get_or_init(|| {
            file("api/index.json").and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
        })
    }

    /// Whether a schema of this name exists.
    pub fn has(&self, name: &str) -> bool {
        self.index().iter().any(|entry| entry.name == name)
    }

    /// Every place where `value` breaks the schema `name` of `version` (the closest entry of the index comes first).
    /// An empty list means that it is valid.
    pub fn violations(
        &self,
        name: &str,
        version: Option<&Version>,
        value: &Value,
    ) -> Result<Vec<Violation>, SchemaError> {
        let validator = self.validator(name, version)?;
        if validator.is_valid(value) {
            return Ok(Vec::new());
        }
        Ok(violations(&validator, value))
    }

    fn validator(&self, name: &str, version: Option<&Version>) -> Result<Rc<Validator>, SchemaError> {
        for entry in self.index().iter().filter(|entry| entry.name == name) {
            let covers = entry.versions.is_any() || version.is_some_and(|version| entry.versions.contains(version));
            if let Some(path) = entry.file.as_deref().filter(|_| covers) {
                return self.compiled(path, || {
                    file(&format!("api/{path}")).ok_or_else(|| SchemaError::Unreadable(path.to_owned()))
                });
            }
            if let (Some(folder), Some(version)) = (&entry.table, version) {
                let records = self.table(folder)?;
                if let Some(era) = records.era(version) {
                    return self.compiled(&format!("{folder}/{}", era.name()), || Ok(records.table.schema(era)));
                }
            }
        }
        let version = version.map_or_else(|| "unknown".to_owned(), ToString::to_string);
        Err(SchemaError::NotFound(name.to_owned(), version))
    }

    fn table(&self, folder: &str) -> Result<Rc<Records>, SchemaError> {
        if let Some(records) = self.tables.borrow().get(folder) {
            return Ok(Rc::clone(records));
        }
        let records = Rc::new(Records::read(folder)?);
        self.tables.borrow_mut().insert(folder.to_owned(), Rc::clone(&records));
        Ok(records)
    }

    fn compiled(
        &self,
        name: &str,
        schema: impl FnOnce() -> Result<Value, SchemaError>,
    ) -> Result<Rc<Validator>, SchemaError> {
        if let Some(validator) = self.compiled.borrow().get(name) {
            return Ok(Rc::clone(validator));
        }
        let validator = Rc::new(compile(name, &schema()?)?);
        self.compiled.borrow_mut().insert(name.to_owned(), Rc::clone(&validator));
        Ok(validator)
    }
}

/// Every place where a case file breaks `schemas/case.schema.json`.
pub fn case_file_violations(value: &Value) -> Result<Vec<Violation>, SchemaError> {
    // Every file is checked twice, and compiling costs more than checking.
    static COMPILED: OnceLock<Result<Validator, SchemaError>> = OnceLock::new();
    const NAME: &str = "case.schema.json";
    let compiled =
        COMPILED.get_or_init(|| compile(NAME, &file(NAME).ok_or_else(|| SchemaError::Unreadable(NAME.to_owned()))?));
    Ok(violations(compiled.as_ref().map_err(Clone::clone)?, value))
}

/// Every place where `value` breaks a schema given as a value.
pub fn violations_of(schema: &Value, value: &Value) -> Result<Vec<Violation>, SchemaError> {
    Ok(violations(&compile("the schema of the document", schema)?, value))
}

fn violations(validator: &Validator, value: &Value) -> Vec<Violation> {
    validator
        .iter_errors(value)
        .map(|error| {
            // A missing member is reported where it should be, not where its object is.
            let missing = match error.kind() {
                ValidationErrorKind::Required { property } => property.as_str().map(crate::json::pointer_segment),
                _ => None,
            };
            let expected = match error.kind() {
                ValidationErrorKind::Enum { options } => format!("value is not one of {options}"),
                ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::OneOfMultipleValid { .. } => {
                    "exactly one of its alternative members must be given".to_owned()
                }
                _ => error.masked().to_string(),
            };
            Violation { pointer: error.instance_path().to_string() + &missing.unwrap_or_default(), expected }
        })
        .collect()
}

fn compile(name: &str, schema: &Value) -> Result<Validator, SchemaError> {
    // Without this `format` is a mere remark, and 30 February a date.
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).map_err(|error| SchemaError::Invalid(name.to_owned(), error.to_string()))
}

fn file(path: &str) -> Option<Value> {
    EMBEDDED.get_file(path).and_then(|file| serde_json::from_slice(file.contents()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_schema_compiles_and_none_accepts_an_empty_object() {
        let schemas = Schemas::default();
        assert!(!schemas.index().is_empty());
        for entry in schemas.index() {
            assert!(entry.file.is_some() != entry.table.is_some(), "{}", entry.name);
            let in_file = |path: &String| vec![(path.clone(), file(&format!("api/{path}")).unwrap())];
            let in_table = |folder: &String| {
                let table = Records::read(folder).unwrap().table;
                table.eras().iter().map(|era| (era.name().to_owned(), table.schema(era))).collect()
            };
            let each: Vec<(String, Value)> =
                entry.file.as_ref().map(in_file).or(entry.table.as_ref().map(in_table)).unwrap();
            for (name, schema) in each {
                let validator = compile(&name, &schema).unwrap();
                assert!(!validator.is_valid(&json!({})), "{name} accepts {{}}");
            }
        }
    }

    #[test]
    fn a_date_is_one_of_the_calendar() {
        let schema = json!({"type": "string", "format": "date-time"});
        let errors = |text: &str| violations_of(&schema, &json!(text)).unwrap().len();
        assert_eq!((errors("2018-02-28T10:00:00.000Z"), errors("2018-02-30T10:00:00.000Z")), (0, 1));
    }

    #[test]
    fn the_closest_era_judges_a_record() {
        let schemas = Schemas::default();
        let record = json!({"_id": "v3D4mvobwfznKozH8"});
        let of = |version: &str| {
            schemas.violations("statistics-record", Version::parse(version).ok().as_ref(), &record).unwrap()
        };
        let misspelt =
            |violations: &[Violation]| violations.iter().any(|violation| violation.expected.contains("totlalLivechat"));
        assert!(misspelt(&of("0.61.0-develop")));
        assert!(!misspelt(&of("1.0.0")));
        // An era begins with its builds before the release; a version of no era is judged by what all have had.
        assert!(misspelt(&of("0.65.2")) && !misspelt(&of("0.66.0-rc.1")));
        assert!(!misspelt(&of("0.51.0")) && !of("0.51.0").is_empty() && !of("10.0.0").is_empty());
        assert!(schemas.violations("nothing", None, &record).is_err());
    }
}
