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

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{
        "title": "Record", "description": "of a test", "until": "3.0.0",
        "eras": [{ "name": "1.0", "since": "1.0.0", "title": "1.x" }, { "name": "2.0", "since": "2.0.0", "title": "2.x" }],
        "forms": { "count": { "type": "integer" }, "list": { "type": "array" }, "map?": { "anyOf": [{ "type": "object" }, { "type": "null" }] } }
    }"#;

    fn parse(rows: &str) -> Result<Table, TableError> {
        Table::parse(RECORD, &format!("{}\n{rows}", COLUMNS.join("\t")))
    }

    #[test]
    fn members_of_every_kind_stand_where_schemas_have_them() {
        let rows = [
            "a\t\t\tyes\tmap?\twhat it is",
            "a.b\t\t2.0.0\tyes\tcount",
            "a.*\t\t\t\tcount",
            "a./^x.y$/\t\t\t\tlist",
            "a./^x.y$/[]\t\t\t\tcount",
        ];
        let table = parse(&rows.join("\n")).unwrap();
        let schema = |era: usize| table.schema(&table.eras()[era]).to_string();
        let shared = r#""patternProperties":{"^x.y$":{"type":"array","items":{"type":"integer"}}},"additionalProperties":{"type":"integer"}"#;
        let whole = |members: &str, required: &str| {
            format!(
                r#""properties":{{"a":{{"anyOf":[{{"type":"object"{members},{shared}{required}}},{{"type":"null"}}],"description":"what it is"}}}},"required":["a"]}}"#
            )
        };
        let with = whole(r#","properties":{"b":{"type":"integer"}}"#, r#","required":["b"]"#);
        assert!(schema(0).ends_with(&with), "{}", schema(0));
        assert!(schema(1).ends_with(&whole("", "")), "{}", schema(1));
    }

    #[test]
    fn eras_end_where_the_next_begins() {
        let table = parse("").unwrap();
        let bounds: Vec<_> = table.eras().iter().map(|era| (era.since(), era.until())).collect();
        assert_eq!(bounds, [((1, 0, 0), (2, 0, 0)), ((2, 0, 0), (3, 0, 0))]);
    }

    #[test]
    fn a_wrong_row_is_named_with_its_line() {
        for (rows, part) in [
            ("a\t\t\tyes\tnone", "line 2 of the fields: there is no form `none`"),
            ("a\t1\t\tyes\tcount", "`1` is not a version of three numbers"),
            ("a\t2.0.0\t1.0.0\tyes\tcount", "ends before it begins"),
            ("a\t\t\t\tcount", "`` in the column `required`"),
            ("a\t\t\tyes\tcount\na[]\t\t\tyes\tcount", "line 3 of the fields: `yes` in the column `required`"),
            ("a..\t\t\tyes\tcount", "`a..` is not a path"),
            ("a.b\t\t\tyes\tcount", "`a` has no row"),
            ("a\t\t\tyes\tcount\na\t2.0.0\t\tyes\tcount", "line 3 of the fields: another row"),
            ("a\t\t\tyes\tcount\t\t\tmore", "at most 7 columns"),
        ] {
            let error = parse(rows).unwrap_err().to_string();
            assert!(error.contains(part), "{rows}: {error}");
        }
        assert!(parse("a\t\t2.0.0\tyes\tcount\na\t2.0.0\t\tyes\tlist").is_ok());
        assert!(Table::parse(RECORD, "path\n").unwrap_err().to_string().contains("columns' names"));
    }

    #[test]
    fn wrong_eras_and_forms_are_named() {
        for (old, new, part) in [
            ("\"eras\"", "\"ages\"", "`eras`"),
            ("\"since\": \"2.0.0\"", "\"since\": \"two\"", "`two` is not a version"),
            ("\"since\": \"1.0.0\"", "\"since\": \"2.0.0\"", "`1.0` ends before it begins"),
            ("\"forms\"", "\"shapes\"", "`forms`"),
            ("\"title\": \"Record\",", "", "`title`"),
            ("{", "", "eras and forms: "),
        ] {
            let error = Table::parse(&RECORD.replacen(old, new, 1), "").unwrap_err();
            assert!(matches!(error, TableError::Record(_)) && error.to_string().contains(part), "{new}: {error}");
        }
    }
}
