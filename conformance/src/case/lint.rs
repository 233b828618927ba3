//! The rules of `docs/case-format.md` that a JSON Schema cannot state.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::{
    AccountName, Body, Capture, Case, CaseFile, Check, FactsOf, Is, LoadError, Param, Predicate, Request, Resources,
    Safety, Select, Step,
};
use crate::schemas::Schemas;
use crate::template::{OF_AN_ACCOUNT, names_in, names_in_value};

/// What a case may name that lies outside its file.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Published documents.
    pub(super) documents: &'a [&'a str],
    /// Lists, accounts, capabilities, areas, topics.
    pub(super) resources: &'a Resources,
}

impl Known<'_> {
    /// Whether the run itself provides a variable.
    fn provides(&self, name: &str) -> bool {
        match name.split_once('.') {
            Some((account, member)) if self.resources.account(&account.into()).is_some() => {
                OF_AN_ACCOUNT.contains(&member)
            }
            Some(("setting", setting)) => !setting.is_empty(),
            _ => matches!(name, "run.nonce" | "target.version"),
        }
    }
}

/// Checks one file. Fails on the first broken rule, with the pointer of the case or step.
pub(super) fn file(name: &str, file: &CaseFile, known: &Known<'_>) -> Result<(), LoadError> {
    let broken = |pointer: String, message: String| LoadError::Rule { file: name.to_owned(), pointer, message };
    let words = known.resources;
    for (kind, word, words) in [("area", &file.area, &words.areas), ("topic", &file.topic, &words.topics)] {
        if !words.contains_key(word) {
            let message = format!("unknown {kind} `{word}`: give it a row in resources.json");
            return Err(broken(format!("#/{kind}"), message));
        }
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
        let mut walker = Walker { variables: BTreeSet::new(), steps: BTreeSet::new(), schemas: &schemas, known };
        walker.case(case).map_err(at)?;
    }
    Ok(())
}

struct Walker<'a> {
    variables: BTreeSet<String>,
    steps: BTreeSet<String>,
    schemas: &'a Schemas,
    known: &'a Known<'a>,
}

type Lint = Result<(), String>;

impl Walker<'_> {
    fn case(&mut self, case: &Case) -> Lint {
        for capture in &case.captures {
            if capture.value.literal.is_none() && capture.value.from.as_deref() != Some("facts") {
                return Err(format!("capture `{}` of the case must be from `facts` or a literal", capture.name));
            }
        }
        self.names_of(case)?;
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

    /// The rows of the resources that a case names.
    fn names_of(&self, case: &Case) -> Lint {
        let resources = self.known.resources;
        let accounts = case.needs.roles.iter().chain(&case.needs.passwords);
        accounts.into_iter().try_for_each(|name| self.account(name))?;
        if let Some(unknown) = case.needs.capabilities.iter().find(|name| resources.capability(name).is_none()) {
            return Err(format!("no capability is called `{}`: give it a row in resources.json", unknown.as_str()));
        }
        case.resource.as_deref().map_or(Ok(()), |name| self.list(name))
    }

    fn account(&self, name: &AccountName) -> Lint {
        let resources = self.known.resources;
        if resources.account(name).is_some() {
            return Ok(());
        }
        let known = resources.account_names();
        Err(format!("no account is called `{}`: known are {known}; give it a row in resources.json", name.as_str()))
    }

    fn list(&self, name: &str) -> Lint {
        let resources = self.known.resources;
        if resources.list(name).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = resources.lists.iter().map(|list| list.name.as_str()).collect();
        Err(format!("no resource is called `{name}`: known are {}; give it a row in resources.json", known.join(", ")))
    }

    fn step(&mut self, step: &Step) -> Lint {
        if let Some(FactsOf::List(name)) = &step.facts {
            self.list(name)?;
        }
        if let Some(walk) = &step.walk
            && self.known.resources.at(&walk.request.path).is_none()
        {
            // Without its row nobody knows which member holds the records, and every server would fail.
            let path = &walk.request.path;
            return Err(format!("{path} is no list that can be walked: give it a row in resources.json"));
        }
        if let Some(request) = step.sends() {
            self.request(request)?;
            if step.walk.is_some() && request.raw_query.is_some() {
                return Err("a walk adds count and offset itself and cannot have a raw_query".to_owned());
            }
        }
        if let Some(document) = &step.document
            && !self.known.documents.contains(&document.as_str())
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
            self.variables.insert(capture.name.clone());
        }
        Ok(())
    }

    fn request(&self, request: &Request) -> Lint {
        request.account.iter().try_for_each(|name| self.account(name))?;
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
        match names.into_iter().find(|name| !self.known.provides(name) && !self.variables.contains(*name)) {
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
