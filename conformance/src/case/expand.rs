//! The short form of a case file made long: sources and groups of checks or steps that stand there by name are put in,
//! members that the file gives for all its cases are filled in, and names with values become lists of such. What comes out is
//! a file as one could have written it without any name, so that nothing behind the loader knows of names.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{LoadError, Source};
use crate::json::pointer_segment;

/// The file of sources by name.
pub(super) const SOURCES: &str = "sources.json";
/// The file of forms by name.
pub(super) const FORMS: &str = "forms.json";

/// Members of a case that a file may give for all its cases.
const OF_A_CASE: [&str; 7] = ["level", "applies_to", "needs", "safety", "sources", "likely_cause", "remediation"];
/// Members of a request that a file may give for all its requests.
const OF_A_REQUEST: [&str; 3] = ["method", "path", "as"];
/// So deep may forms be made of forms. Only a form that is made of itself gets there.
const DEEPEST: usize = 16;

/// What case files may call by name: `sources.json` and `forms.json` of the cases folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Library {
    /// Sources by name.
    sources: Map<String, Value>,
    /// Lists of checks or of steps by name.
    forms: Map<String, Value>,
}

/// A rule that a place in the file breaks.
struct Broken {
    /// Pointer to the place, from the value at hand.
    pointer: String,
    /// The rule.
    message: String,
}

impl Broken {
    /// What is wrong inside a form stands at no place of this file but that of the call; of forms in forms the inner one is named.
    fn in_form(self, name: &str) -> Self {
        let inner = self.message.starts_with("in form ");
        let message = if inner { self.message } else { format!("in form `{name}`: {}", self.message) };
        Self { pointer: String::new(), message }
    }
}

type Expanded<T> = Result<T, Broken>;

impl Library {
    /// Adds what a file of sources or of forms defines; what a name stood for before is forgotten. Says whether the file was one
    /// of these. Fails on an entry that is no source or no list.
    pub(super) fn add(&mut self, file: &str, bytes: &[u8]) -> Result<bool, LoadError> {
        let known = match file {
            SOURCES => &mut self.sources,
            FORMS => &mut self.forms,
            _ => return Ok(false),
        };
        let entries: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|source| LoadError::Json { file: file.to_owned(), source })?;
        for (name, entry) in entries {
            let wrong = match file {
                SOURCES => {
                    Source::deserialize(&entry).err().map(|why| format!("a source has kind, ref and rev: {why}"))
                }
                _ => (!entry.is_array()).then(|| "a form is a list of checks or of steps".to_owned()),
            };
            if let Some(message) = wrong {
                let pointer = format!("#{}", pointer_segment(&name));
                return Err(LoadError::Rule { file: file.to_owned(), pointer, message });
            }
            known.insert(name, entry);
        }
        Ok(true)
    }

    /// A case file with all names resolved and without `defaults`. Fails on the first name that means nothing and on the first
    /// member that is nowhere given. Values of another type than they should be are left as they are, for those who check types.
    pub(super) fn file(&self, file: &str, mut value: Value) -> Result<Value, LoadError> {
        let defaults = match value.as_object_mut().and_then(|members| members.shift_remove("defaults")) {
            Some(Value::Object(defaults)) => defaults,
            _ => Map::new(),
        };
        let context = Expander { library: self, defaults: &defaults };
        for (index, case) in list(&mut value, "cases").iter_mut().enumerate() {
            let id = case.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            context.case(case).map_err(|Broken { pointer, message }| LoadError::Rule {
                file: file.to_owned(),
                pointer: format!("#/cases/{index}{pointer}"),
                message: format!("{id}: {message}"),
            })?;
        }
        Ok(value)
    }

    /// The names of all sources and forms, for tests.
    #[cfg(test)]
    pub(super) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        (self.sources.keys().map(String::as_str).collect(), self.forms.keys().map(String::as_str).collect())
    }

    /// The name and the items of the form that an item of a list calls; nothing if it calls none.
    fn form<'a>(&self, call: &'a Value) -> Expanded<Option<(&'a str, Vec<Value>)>> {
        let here = |message: String| Broken { pointer: String::new(), message };
        let none = Map::new();
        let (name, arguments) = match call {
            Value::String(name) => (name.as_str(), &none),
            Value::Object(members) => match members.get("form") {
                Some(Value::String(name)) => (name.as_str(), members),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let Some(form) = self.forms.get(name) else {
            return Err(here(format!(
                "{}: add it to forms.json, or write out here what is meant",
                unknown("form", name, &self.forms)
            )));
        };
        let mut parameters = BTreeSet::new();
        collect_parameters(form, &mut parameters);
        let given: BTreeSet<&str> = arguments.keys().map(String::as_str).filter(|name| *name != "form").collect();
        if let Some(unknown) = given.difference(&parameters).next() {
            let takes = if parameters.is_empty() { "none".to_owned() } else { quoted(&parameters) };
            return Err(here(format!("form `{name}` has no parameter `{unknown}`; its parameters: {takes}")));
        }
        if let Some(missing) = parameters.difference(&given).next() {
            return Err(here(format!("form `{name}` needs its parameter `{missing}`")));
        }
        Ok(match fill(form, arguments) {
            Value::Array(items) => Some((name, items)),
            _ => None,
        })
    }
}

fn quoted(names: &BTreeSet<&str>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// That a name is not known, with the known one that looks most like it.
fn unknown(kind: &str, name: &str, known: &Map<String, Value>) -> String {
    /// As alike as names have to be to be taken for one another; clap's own measure for options.
    const ALIKE: f64 = 0.7;
    let alike = |known: &&String| strsim::jaro(name, known);
    let closest = known.keys().filter(|known| alike(known) > ALIKE).max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let hint = closest.map(|closest| format!(" (is it `{closest}`?)")).unwrap_or_default();
    format!("no {kind} is called `{name}`{hint}")
}

/// The name of a parameter at the beginning of what follows `$(`, with what comes after its `)`.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(')')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some((name, rest))
}

/// The names in the `$(name)` of a form.
fn collect_parameters<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => names.extend(text.split("$(").skip(1).filter_map(parameter).map(|(name, _)| name)),
        Value::Array(items) => items.iter().for_each(|item| collect_parameters(item, names)),
        Value::Object(members) => members.values().for_each(|member| collect_parameters(member, names)),
        _ => {}
    }
}

/// A form with its parameters filled in: a text that is nothing but `$(name)` becomes the value, within longer text the value's
/// text is put in. Values are not looked into again.
fn fill(value: &Value, arguments: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            let mut pieces = text.split("$(");
            let mut filled = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                match parameter(piece).and_then(|(name, rest)| Some((arguments.get(name)?, rest))) {
                    Some((argument, "")) if filled.is_empty() && text.matches("$(").count() == 1 => {
                        return argument.clone();
                    }
                    Some((Value::String(argument), rest)) => filled.extend([argument, rest]),
                    Some((argument, rest)) => filled.extend([&argument.to_string(), rest]),
                    None => filled.extend(["$(", piece]),
                }
            }
            Value::String(filled)
        }
        Value::Array(items) => items.iter().map(|item| fill(item, arguments)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), fill(member, arguments))).collect()
        }
        other => other.clone(),
    }
}

/// The list at `key`; an empty one where there is none.
fn list<'a>(value: &'a mut Value, key: &str) -> &'a mut [Value] {
    value.get_mut(key).and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default()
}

/// `{"count": "5", "sort": {…}}` as the list of named things it stands for; `named` makes one.
fn listed(value: &mut Value, key: &str, named: fn(&str, &Value) -> Value) {
    if let Some(member) = value.get_mut(key)
        && let Value::Object(members) = &*member
    {
        *member = members.iter().map(|(name, value)| named(name, value)).collect();
    }
}

/// A parameter: text goes as it is, everything else as JSON.
fn param(name: &str, value: &Value) -> Value {
    if value.is_string() { json!({ "name": name, "value": value }) } else { json!({ "name": name, "json": value }) }
}

fn with_value(name: &str, value: &Value) -> Value {
    json!({ "name": name, "value": value })
}

/// Puts the start of a pointer before the rest of it.
fn below<T>(start: impl FnOnce() -> String, result: Expanded<T>) -> Expanded<T> {
    result.map_err(|Broken { pointer, message }| Broken { pointer: start() + &pointer, message })
}

/// One file under way.
struct Expander<'a> {
    library: &'a Library,
    defaults: &'a Map<String, Value>,
}

impl Expander<'_> {
    fn case(&self, case: &mut Value) -> Expanded<()> {
        self.fill_in(case, &OF_A_CASE, &["level", "sources"])?;
        self.sources(case)?;
        listed(case, "captures", with_value);
        self.items(case, "steps", Self::step)?;
        self.items(case, "cleanup", Self::step)
    }

    /// Fills in what the file gives for all; `needed` must then be there.
    fn fill_in(&self, value: &mut Value, members: &[&str], needed: &[&str]) -> Expanded<()> {
        let Value::Object(value) = value else { return Ok(()) };
        for member in members {
            if let (false, Some(default)) = (value.contains_key(*member), self.defaults.get(*member)) {
                value.insert((*member).to_owned(), default.clone());
            }
        }
        match needed.iter().find(|member| !value.contains_key(**member)) {
            Some(missing) => {
                let message = format!("`{missing}` is missing, here and in the `defaults` of the file");
                Err(Broken { pointer: format!("/{missing}"), message })
            }
            None => Ok(()),
        }
    }

    fn sources(&self, value: &mut Value) -> Expanded<()> {
        for (index, source) in list(value, "sources").iter_mut().enumerate() {
            if let Value::String(name) = source {
                *source = self.library.sources.get(name).cloned().ok_or_else(|| {
                    let unknown = unknown("source", name, &self.library.sources);
                    let message = format!("{unknown}: add it to sources.json, or write its kind, ref and rev here");
                    Broken { pointer: format!("/sources/{index}"), message }
                })?;
            }
        }
        Ok(())
    }

    /// Puts the items of forms in the place of their names, in the list at `key`, and expands each item by `inside`.
    fn items(&self, value: &mut Value, key: &str, inside: fn(&Self, &mut Value) -> Expanded<()>) -> Expanded<()> {
        let Some(Value::Array(items)) = value.get_mut(key) else { return Ok(()) };
        let mut expanded = Vec::with_capacity(items.len());
        for (index, item) in std::mem::take(items).into_iter().enumerate() {
            below(|| format!("/{key}/{index}"), self.item(item, 0, inside, &mut expanded))?;
        }
        *items = expanded;
        Ok(())
    }

    fn item(
        &self,
        mut item: Value,
        depth: usize,
        inside: fn(&Self, &mut Value) -> Expanded<()>,
        expanded: &mut Vec<Value>,
    ) -> Expanded<()> {
        let Some((name, items)) = self.library.form(&item)? else {
            inside(self, &mut item)?;
            expanded.push(item);
            return Ok(());
        };
        if depth == DEEPEST {
            return Err(Broken { pointer: String::new(), message: format!("form `{name}` is made of itself") });
        }
        for part in items {
            self.item(part, depth + 1, inside, expanded).map_err(|broken| broken.in_form(name))?;
        }
        Ok(())
    }

    fn step(&self, step: &mut Value) -> Expanded<()> {
        if let Some(request) = step.get_mut("request") {
            below(|| "/request".to_owned(), self.request(request))?;
        }
        if let Some(request) = step.get_mut("walk").and_then(|walk| walk.get_mut("request")) {
            below(|| "/walk/request".to_owned(), self.request(request))?;
        }
        listed(step, "captures", with_value);
        self.checks(step)
    }

    fn request(&self, request: &mut Value) -> Expanded<()> {
        self.fill_in(request, &OF_A_REQUEST, &["path", "as"])?;
        listed(request, "query", param);
        listed(request, "headers", with_value);
        if let Some(body) = request.get_mut("body") {
            listed(body, "form", param);
        }
        Ok(())
    }

    fn checks(&self, value: &mut Value) -> Expanded<()> {
        self.items(value, "expect", Self::check)
    }

    fn check(&self, check: &mut Value) -> Expanded<()> {
        for (index, alternative) in list(check, "alternatives").iter_mut().enumerate() {
            let both = self.sources(alternative).and_then(|()| self.checks(alternative));
            below(|| format!("/alternatives/{index}"), both)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one case with these members, expanded; the case alone.
    fn expanded(defaults: &Value, case: &Value) -> Result<Value, String> {
        let mut library = Library::default();
        let sources = json!({ "page": { "kind": "doc", "ref": "the page", "rev": "1" } });
        let forms = json!({
            "ok": [{ "check": "status", "is": [200] }],
            "page of": ["ok", { "check": "value", "at": "/$(at)/x", "is": { "equals": "$(count)", "matches": "^$(count)$(" } }],
            "either": [{ "check": "any_of", "alternatives": [{ "name": "one", "sources": ["page"], "expect": "$(checks)" }] }],
            "look": [{ "walk": { "request": {}, "page": 3 }, "captures": { "v": { "at": "" } } }, { "facts": true }]
        });
        library.add(SOURCES, sources.to_string().as_bytes()).unwrap();
        library.add(FORMS, forms.to_string().as_bytes()).unwrap();
        let file = json!({ "format": 1, "defaults": defaults, "cases": [case] });
        library.file("f", file).map(|mut file| file["cases"][0].take()).map_err(|error| error.to_string())
    }

    fn source() -> Value {
        json!([{ "kind": "doc", "ref": "the page", "rev": "1" }])
    }

    #[test]
    fn a_file_without_names_stays_as_it_is() {
        let case = json!({
            "id": "A", "level": "must", "sources": source(), "captures": [{ "name": "v", "value": { "literal": "$(x)" } }],
            "steps": [{ "request": {
                "path": "/", "as": "none", "query": [{ "name": "a", "value": "ok" }, { "name": "a", "json": "$(count)" }],
                "body": { "json": { "form": "ok", "expect": ["ok"], "query": { "a": "b" } } }
            }, "expect": [{ "check": "keys", "required": ["ok"] }] }]
        });
        assert_eq!(expanded(&json!({}), &case).unwrap(), case);
    }

    #[test]
    fn defaults_fill_what_is_not_given_and_are_not_merged() {
        let defaults = json!({ "level": "should", "sources": ["page"], "needs": { "records": 5 }, "path": "/p", "as": "none", "method": "PUT" });
        let case = json!({
            "level": "must", "needs": {}, "steps": [{ "request": { "method": "GET" } }, "look"], "cleanup": [{ "request": { "as": "privileged" } }]
        });
        let request = |method: &str, caller: &str| json!({ "method": method, "path": "/p", "as": caller });
        let expected = json!({
            "level": "must", "needs": {}, "sources": source(),
            "steps": [
                { "request": request("GET", "none") },
                { "walk": { "request": request("PUT", "none"), "page": 3 }, "captures": [{ "name": "v", "value": { "at": "" } }] },
                { "facts": true }
            ],
            "cleanup": [{ "request": request("PUT", "privileged") }]
        });
        assert_eq!(expanded(&defaults, &case).unwrap(), expected);
    }

    #[test]
    fn forms_take_values_with_their_type_texts_and_other_forms() {
        let defaults = json!({ "level": "must", "sources": ["page"] });
        let checks = json!([{ "form": "either", "checks": ["ok", { "form": "page of", "count": 5, "at": "b" }] }]);
        let case = json!({ "steps": [{ "facts": true, "expect": checks }] });
        let ok = json!({ "check": "status", "is": [200] });
        let value = json!({ "check": "value", "at": "/b/x", "is": { "equals": 5, "matches": "^5$(" } });
        let expected = json!([{ "check": "any_of", "alternatives": [{ "name": "one", "sources": source(), "expect": [ok, ok, value] }] }]);
        assert_eq!(expanded(&defaults, &case).unwrap()["steps"][0]["expect"], expected);
    }

    #[test]
    fn named_things_become_lists_in_their_order() {
        let defaults = json!({ "level": "must", "sources": ["page"], "path": "/p", "as": "none" });
        let request = json!({ "query": { "b": "1", "a": { "z": 1, "y": 2 }, "c": 3 }, "headers": { "X": "1" }, "body": { "form": { "f": "g" } } });
        let case = expanded(&defaults, &json!({ "steps": [{ "request": request }] })).unwrap();
        let expected = r#"{"query":[{"name":"b","value":"1"},{"name":"a","json":{"z":1,"y":2}},{"name":"c","json":3}],"headers":[{"name":"X","value":"1"}],"body":{"form":[{"name":"f","value":"g"}]},"path":"/p","as":"none"}"#;
        assert_eq!(case["steps"][0]["request"].to_string(), expected);
    }

    #[test]
    fn a_place_is_that_of_the_file_as_it_is_written() {
        let wrong = |steps: Value| {
            let defaults = json!({ "level": "must", "sources": ["page"], "path": "/p" });
            expanded(&defaults, &json!({ "id": "A", "steps": steps })).unwrap_err()
        };
        // The form before it puts in two steps.
        let request = wrong(json!(["look", { "facts": true }]));
        assert_eq!(
            request,
            "f#/cases/0/steps/0: A: in form `look`: `as` is missing, here and in the `defaults` of the file"
        );
        let behind = wrong(
            json!([{ "facts": true, "expect": ["ok", { "check": "any_of", "alternatives": [{ "sources": ["paeg"] }] }] }]),
        );
        assert!(
            behind.starts_with(
                "f#/cases/0/steps/0/expect/1/alternatives/0/sources/0: A: no source is called `paeg` (is it `page`?)"
            ),
            "{behind}"
        );
    }
}
