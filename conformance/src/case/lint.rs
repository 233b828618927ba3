//! The rules of `docs/case-format.md` that a JSON Schema cannot state.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::{
    AREAS, Body, Capture, Case, CaseFile, Check, Is, LoadError, Param, Predicate, Request, Safety, Select, Step, TOPICS,
};
use crate::schemas::Schemas;
use crate::template::{names_in, names_in_value};

/// What the run itself provides as variables.
fn is_built_in(name: &str) -> bool {
    const OF_A_ROLE: [&str; 5] = ["user_id", "token", "user", "password", "password_sha256"];
    match name.split_once('.') {
        Some(("privileged" | "unprivileged", member)) => OF_A_ROLE.contains(&member),
        Some(("setting", setting)) => !setting.is_empty(),
        _ => matches!(name, "run.nonce" | "target.version"),
    }
}

/// Checks one file. Fails on the first broken rule, with the pointer of the case or step.
pub(super) fn file(name: &str, file: &CaseFile, documents: &[&str]) -> Result<(), LoadError> {
    let broken = |pointer: String, message: String| LoadError::Rule { file: name.to_owned(), pointer, message };
    if !AREAS.iter().any(|(area, _)| *area == file.area) {
        return Err(broken("#/area".to_owned(), format!("unknown area `{}`", file.area)));
    }
    if !TOPICS.iter().any(|(topic, _)| *topic == file.topic) {
        return Err(broken("#/topic".to_owned(), format!("unknown topic `{}`", file.topic)));
    }
    let expected = format!("{}/{}.json", file.area.to_lowercase(), file.topic.to_lowercase());
    if name != expected {
        return Err(broken(String::new(), format!("area and topic belong in {expected}")));
    }
    let schemas = Schemas::default();
    let mut ids = BTreeSet::new();
    for (index, case) in file.cases.iter().enumerate() {
        let at = |message: String| broken(format!("#/cases/{index}"), format!("{}: {message}", case.id));
        if !case.id.starts_with(&format!("RCS-{}-{}-", file.area, file.topic)) {
            return Err(at(format!("the id does not belong to area {} and topic {}", file.area, file.topic)));
        }
        if !ids.insert(&case.id) {
            return Err(at("the id is used twice".to_owned()));
        }
        let mut walker = Walker { known: BTreeSet::new(), steps: BTreeSet::new(), schemas: &schemas, documents };
        walker.case(case).map_err(at)?;
    }
    Ok(())
}

struct Walker<'a> {
    known: BTreeSet<String>,
    steps: BTreeSet<String>,
    schemas: &'a Schemas,
    documents: &'a [&'a str],
}

type Lint = Result<(), String>;

impl Walker<'_> {
    fn case(&mut self, case: &Case) -> Lint {
        for capture in &case.captures {
            if capture.value.literal.is_none() && capture.value.from.as_deref() != Some("facts") {
                return Err(format!("capture `{}` of the case must be from `facts` or a literal", capture.name));
            }
        }
        self.captures(&case.captures)?;
        for step in &case.steps {
            self.step(step)?;
        }
        for step in &case.cleanup {
            self.step(step)?;
        }
        if case.safety == Safety::Mutating && case.cleanup.is_empty() {
            return Err("a mutating case needs a cleanup".to_owned());
        }
        if case.safety == Safety::Observe
            && let Some(request) =
                case.steps.iter().chain(&case.cleanup).filter_map(Step::sends).find(|request| !is_harmless(request))
        {
            return Err(format!(
                "{} {} is not harmless: the case must be costly or mutating",
                request.method, request.path
            ));
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Lint {
        if let Some(request) = step.sends() {
            self.request(request)?;
            if step.walk.is_some() && request.raw_query.is_some() {
                return Err("a walk adds count and offset itself and cannot have a raw_query".to_owned());
            }
        }
        if let Some(document) = &step.document
            && !self.documents.contains(&document.as_str())
        {
            return Err(format!("no document `{document}` in cases/documents"));
        }
        for check in &step.expect {
            self.check(check)?;
        }
        self.captures(&step.captures)?;
        if let Some(name) = &step.name
            && (name == "facts" || !self.steps.insert(name.clone()))
        {
            return Err(format!("step name `{name}` is taken"));
        }
        Ok(())
    }

    fn captures(&mut self, captures: &[Capture]) -> Lint {
        for capture in captures {
            self.select(&capture.value)?;
            self.known.insert(capture.name.clone());
        }
        Ok(())
    }

    fn request(&self, request: &Request) -> Lint {
        self.text(&request.path)?;
        self.text(request.raw_query.as_deref().unwrap_or_default())?;
        self.params(&request.query)?;
        for header in &request.headers {
            self.text(&header.value)?;
        }
        if let Some(Body { json, form, text }) = &request.body {
            self.value(json.as_ref().unwrap_or(&Value::Null))?;
            self.params(form.as_deref().unwrap_or_default())?;
            self.text(text.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    fn params(&self, params: &[Param]) -> Lint {
        for param in params {
            self.text(param.value.as_deref().unwrap_or_default())?;
            self.value(param.json.as_ref().unwrap_or(&Value::Null))?;
        }
        Ok(())
    }

    fn text(&self, text: &str) -> Lint {
        self.names(names_in(text))
    }

    fn value(&self, value: &Value) -> Lint {
        self.names(names_in_value(value))
    }

    fn names(&self, names: Vec<&str>) -> Lint {
        match names.into_iter().find(|name| !is_built_in(name) && !self.known.contains(*name)) {
            Some(name) => Err(format!("variable `{name}` is not known here")),
            None => Ok(()),
        }
    }

    fn select(&self, select: &Select) -> Lint {
        if let Some(from) = &select.from
            && from != "facts"
            && !self.steps.contains(from)
        {
            return Err(format!("`from` names `{from}`, which is no earlier step"));
        }
        self.value(select.literal.as_ref().unwrap_or(&Value::Null))
    }

    fn condition(&self, is: &Is) -> Lint {
        for value in [&is.equals, &is.not_equals].into_iter().flatten().chain(is.one_of.iter().flatten()) {
            self.value(value)?;
        }
        for pattern in [&is.matches, &is.not_matches].into_iter().flatten() {
            self.text(pattern)?;
            if names_in(pattern).is_empty() {
                regex(pattern)?;
            }
        }
        Ok(())
    }

    fn predicates(&self, predicates: &[Predicate]) -> Lint {
        for predicate in predicates {
            self.value(&predicate.value)?;
            if predicate.op == super::PredicateOp::Matches
                && let Value::String(pattern) = &predicate.value
                && names_in(pattern).is_empty()
            {
                regex(pattern)?;
            }
        }
        Ok(())
    }

    fn check(&self, check: &Check) -> Lint {
        match check {
            Check::Header { is, .. }
            | Check::Text { is }
            | Check::Value { is, .. }
            | Check::SchemaErrors { is, .. } => self.condition(is),
            Check::Schema { schema, .. } if !self.schemas.has(schema) => {
                Err(format!("no schema `{schema}` in schemas/api/index.json"))
            }
            Check::AnyOf { alternatives } => {
                alternatives.iter().flat_map(|alternative| &alternative.expect).try_for_each(|check| self.check(check))
            }
            Check::Compare { left, right, .. } => self.select(left).and_then(|()| self.select(right)),
            Check::Partition { whole, parts } => {
                self.select(whole)?;
                parts.iter().try_for_each(|part| self.select(part))
            }
            Check::Records { all, or, .. } | Check::Selects { all, or, .. } => {
                self.predicates(all).and_then(|()| self.predicates(or))
            }
            Check::Note { value, .. } => self.select(value),
            _ => Ok(()),
        }
    }
}

impl Step {
    /// The request a step sends (again and again, for a walk).
    pub fn sends(&self) -> Option<&Request> {
        self.request.as_ref().or(self.walk.as_ref().map(|walk| &walk.request))
    }
}

fn regex(pattern: &str) -> Lint {
    Regex::new(pattern).map(drop).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
}

/// Whether a request leaves nothing behind: it reads, or logs an account of the run in or out.
fn is_harmless(request: &Request) -> bool {
    let logs_in_or_out =
        request.method == "POST" && (request.path.ends_with("/login") || request.path.ends_with("/logout"));
    // The documented way to show that a method is not served: the endpoints only read, whatever else is tried on them.
    let misses = matches!(request.method.as_str(), "POST" | "PUT" | "DELETE" | "PATCH")
        && matches!(request.path.as_str(), "/api/v1/statistics" | "/api/v1/statistics.list" | "/api/info");
    let refreshes = request.query.iter().any(|param| {
        param.name == "refresh" && (param.value.as_deref() == Some("true") || param.json == Some(Value::Bool(true)))
    }) || request.raw_query.as_deref().is_some_and(|query| query.contains("refresh=true"));
    (matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") && !refreshes) || logs_in_or_out || misses
}
