//! Reading the eras, the forms and the rows.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{Era, Field, Place, Release, Table, TableError};

const COLUMNS: [&str; 7] = ["path", "since", "until", "required", "form", "description", "source"];

impl Table {
    /// Reads the eras and forms (JSON) and the fields (values separated by tabs).
    ///
    /// # Errors
    /// [`TableError`] when a text is not as [described](crate), names a form that does not exist, has a member of a field
    /// without a row, or says two things of one field in one version.
    pub fn parse(record: &str, fields: &str) -> Result<Self, TableError> {
        let record: Value = serde_json::from_str(record).map_err(|error| TableError::Record(error.to_string()))?;
        let mut table = Self {
            title: text(&record, "title")?.to_owned(),
            description: text(&record, "description")?.to_owned(),
            eras: eras(&record)?,
            forms: forms(&record)?,
            fields: Vec::new(),
        };
        let mut rows = (1..).zip(fields.lines());
        if rows.next().is_none_or(|(_, names)| !names.split('\t').eq(COLUMNS)) {
            let reason = format!("expected the columns' names: {}", COLUMNS.join(", "));
            return Err(TableError::Field { line: 1, reason });
        }
        let mut lines = Vec::new();
        for (line, row) in rows {
            let field = table.field(row).map_err(|reason| TableError::Field { line, reason })?;
            table.fields.push(field);
            lines.push(line);
        }
        table.check(&lines)?;
        Ok(table)
    }

    fn field(&self, row: &str) -> Result<Field, String> {
        let mut columns = row.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (path, since, until, required, form) = (next(), next(), next(), next(), next());
        let (description, _source) = (next(), next());
        if columns.next().is_some() {
            return Err(format!("expected at most {} columns", COLUMNS.len()));
        }
        let (parent, place) = place(path).ok_or_else(|| format!("`{path}` is not a path"))?;
        let required = match (required, &place) {
            ("yes", Place::Member(_)) => true,
            ("no", Place::Member(_)) | ("", Place::Pattern(_) | Place::AnyMember | Place::Items) => false,
            _ => return Err(format!("`{required}` in the column `required` does not go with `{path}`")),
        };
        let bound = |text: &str| match text {
            "" => Ok(None),
            text => release(text).map(Some).ok_or_else(|| format!("`{text}` is not a version of three numbers")),
        };
        let (since, until) = (bound(since)?, bound(until)?);
        if since.zip(until).is_some_and(|(since, until)| since >= until) {
            return Err(format!("`{path}` ends before it begins"));
        }
        Ok(Field {
            path: path.to_owned(),
            parent: parent.to_owned(),
            place,
            since,
            until,
            required,
            form: self.forms.get(form).ok_or_else(|| format!("there is no form `{form}`"))?.clone(),
            description: description.to_owned(),
        })
    }

    /// Refuses members of what has no row, and two rows of a field that hold for one version.
    fn check(&self, lines: &[usize]) -> Result<(), TableError> {
        let paths: HashSet<&str> = self.fields.iter().map(|field| field.path.as_str()).chain([""]).collect();
        let mut earlier: HashMap<&str, Vec<&Field>> = HashMap::new();
        for (field, line) in self.fields.iter().zip(lines) {
            let refuse = |reason| Err(TableError::Field { line: *line, reason });
            if !paths.contains(field.parent.as_str()) {
                return refuse(format!("`{}` has no row, and `{}` is a member of it", field.parent, field.path));
            }
            let rows = earlier.entry(&field.path).or_default();
            let before =
                |one: Option<Release>, other: Option<Release>| one.zip(other).is_some_and(|(one, other)| one <= other);
            if !rows.iter().all(|row| before(row.until, field.since) || before(field.until, row.since)) {
                return refuse(format!("another row says something else of `{}` for the same version", field.path));
            }
            rows.push(field);
        }
        Ok(())
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, TableError> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| TableError::Record(format!("`{name}` is no text")))
}

fn version(value: &Value, name: &str) -> Result<Release, TableError> {
    let text = text(value, name)?;
    release(text).ok_or_else(|| TableError::Record(format!("`{text}` is not a version of three numbers")))
}

fn release(text: &str) -> Option<Release> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let release = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(release)
}

fn eras(record: &Value) -> Result<Vec<Era>, TableError> {
    let listed = record.get("eras").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut eras: Vec<Era> = Vec::with_capacity(listed.len());
    // From the newest to the oldest, as each ends where the next begins.
    let mut until = version(record, "until")?;
    for era in listed.iter().rev() {
        let since = version(era, "since")?;
        if since >= until {
            return Err(TableError::Record(format!("the era `{}` ends before it begins", text(era, "name")?)));
        }
        eras.push(Era { name: text(era, "name")?.to_owned(), title: text(era, "title")?.to_owned(), since, until });
        until = since;
    }
    eras.reverse();
    if eras.is_empty() { Err(TableError::Record("`eras` is no list of eras".to_owned())) } else { Ok(eras) }
}

fn forms(record: &Value) -> Result<Map<String, Value>, TableError> {
    match record.get("forms") {
        Some(Value::Object(forms)) if forms.values().all(Value::is_object) => Ok(forms.clone()),
        _ => Err(TableError::Record("`forms` is no object of schemas".to_owned())),
    }
}

/// What a path's last step is, and the path of what it is in.
fn place(path: &str) -> Option<(&str, Place)> {
    if let Some(list) = path.strip_suffix("[]") {
        return (!list.is_empty()).then_some((list, Place::Items));
    }
    if let Some(rest) = path.strip_suffix('/') {
        let (map, regex) = rest.split_once("./")?;
        return Some((map, Place::Pattern(regex.to_owned())));
    }
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    match name {
        "" => None,
        "*" => Some((parent, Place::AnyMember)),
        name => Some((parent, Place::Member(name.to_owned()))),
    }
}
