//! From the rows of an era to its schema.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{Era, Field, Place, Table};

impl Era {
    /// Whether a version of the era has the field.
    fn has(&self, field: &Field) -> bool {
        field.since.is_none_or(|since| since < self.until) && field.until.is_none_or(|until| until > self.since)
    }

    /// Whether all its versions have the field.
    fn has_always(&self, field: &Field) -> bool {
        field.since.is_none_or(|since| since <= self.since) && field.until.is_none_or(|until| until >= self.until)
    }
}

impl Table {
    /// The schema of the records of `era`.
    pub fn schema(&self, era: &Era) -> Value {
        let mut inside: HashMap<&str, Vec<&Field>> = HashMap::new();
        for field in self.fields.iter().filter(|field| era.has(field)) {
            inside.entry(&field.parent).or_default().push(field);
        }
        let mut schema = Map::new();
        schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        schema.insert("title".to_owned(), format!("{}, {}", self.title, era.title).into());
        schema.insert("description".to_owned(), self.description.as_str().into());
        schema.insert("type".to_owned(), "object".into());
        add_members(&mut schema, "", era, &inside);
        Value::Object(schema)
    }
}

fn schema_of(field: &Field, era: &Era, inside: &HashMap<&str, Vec<&Field>>) -> Value {
    let mut schema = field.form.clone();
    // Of a form with alternatives the first is the one that has members, the others are what stands in its place.
    let holder = match schema.pointer("/anyOf/0") {
        Some(_) => schema.pointer_mut("/anyOf/0"),
        None => Some(&mut schema),
    };
    if let Some(Value::Object(holder)) = holder {
        add_members(holder, &field.path, era, inside);
    }
    if let Value::Object(schema) = &mut schema
        && !field.description.is_empty()
    {
        schema.insert("description".to_owned(), field.description.as_str().into());
    }
    schema
}

/// Adds the schemas of what is inside `path`. The keywords' order is that in which a validator then complains.
fn add_members(schema: &mut Map<String, Value>, path: &str, era: &Era, inside: &HashMap<&str, Vec<&Field>>) {
    let (mut properties, mut patterns) = (Map::new(), Map::new());
    let (mut any, mut items) = (None, None);
    let mut required: Vec<Value> = Vec::new();
    for field in inside.get(path).into_iter().flatten() {
        let inner = schema_of(field, era, inside);
        match &field.place {
            Place::Member(name) => {
                if field.required && era.has_always(field) {
                    required.push(name.as_str().into());
                }
                properties.insert(name.clone(), inner);
            }
            Place::Pattern(regex) => {
                patterns.insert(regex.clone(), inner);
            }
            Place::AnyMember => any = Some(inner),
            Place::Items => items = Some(inner),
        }
    }
    let objects = [("properties", properties), ("patternProperties", patterns)];
    let mut keywords: Vec<(&str, Value)> = items.map(|items| ("items", items)).into_iter().collect();
    keywords
        .extend(objects.into_iter().filter(|(_, inner)| !inner.is_empty()).map(|(word, inner)| (word, inner.into())));
    keywords.extend(any.map(|any| ("additionalProperties", any)));
    if !required.is_empty() {
        keywords.push(("required", required.into()));
    }
    schema.extend(keywords.into_iter().map(|(word, value)| (word.to_owned(), value)));
}
