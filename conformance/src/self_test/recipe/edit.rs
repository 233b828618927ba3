//! Changes of texts and of JSON documents: of a body, of a record, of a parameter that is JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::test::{Subject, Test, present};

/// A change of a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TextEdit {
    /// Something else altogether.
    Set(String),
    /// Put before it.
    Before(String),
    /// Put after it.
    After(String),
    /// The first replaced by the second wherever it stands.
    Replace(String, String),
    /// The first replaced by the second where it stands first.
    ReplaceFirst(String, String),
    /// Taken from the beginning as often as it stands there.
    StripStart(String),
    /// Taken from the end as often as it stands there.
    StripEnd(String),
    /// Cut before this.
    CutBefore(String),
    /// The first so many letters.
    Truncate(usize),
    /// As a pattern that matches itself.
    Escape,
}

impl TextEdit {
    fn apply(&self, text: &str) -> String {
        match self {
            Self::Set(whole) => whole.clone(),
            Self::Before(part) => format!("{part}{text}"),
            Self::After(part) => format!("{text}{part}"),
            Self::Replace(from, to) => text.replace(from.as_str(), to),
            Self::ReplaceFirst(from, to) => text.replacen(from.as_str(), to, 1),
            Self::StripStart(part) => text.trim_start_matches(part.as_str()).to_owned(),
            Self::StripEnd(part) => text.trim_end_matches(part.as_str()).to_owned(),
            Self::CutBefore(part) => text.split(part.as_str()).next().unwrap_or_default().to_owned(),
            Self::Truncate(most) => text.chars().take(*most).collect(),
            Self::Escape => regex::escape(text),
        }
    }

    /// All of them, one after the other.
    pub fn all(edits: &[Self], text: &str) -> String {
        edits.iter().fold(text.to_owned(), |text, edit| edit.apply(&text))
    }
}

/// Picks members at any depth of a document, innermost first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Members {
    /// The member's name passes.
    pub name: Option<Test>,
    /// Its value passes.
    pub value: Option<Test>,
    /// The object it stands in passes.
    pub of: Option<Test>,
}

impl Members {
    fn pick(&self, name: &str, value: &Value) -> bool {
        self.name.as_ref().is_none_or(|test| test.holds(Subject::Text(name)))
            && self.value.as_ref().is_none_or(|test| test.holds(Subject::Json(value)))
    }
}

/// One change of a JSON document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Where: a JSON pointer, `*` for every element or member. The whole document when left out.
    #[serde(default)]
    pub at: String,
    /// Members at any depth, in place of `at`.
    #[serde(default)]
    pub members: Option<Members>,
    /// What the document must hold at these pointers.
    #[serde(default, rename = "if")]
    pub only_if: BTreeMap<String, Test>,
    /// What is done there.
    #[serde(rename = "do")]
    pub operation: Operation,
}

/// What is done to a value. Where it does not fit what is there, nothing happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// The member or value is this, there before or not.
    #[serde(deserialize_with = "any")]
    Set(Value),
    /// The value is this if there was one.
    #[serde(deserialize_with = "any")]
    Put(Value),
    /// Taken away.
    Remove,
    /// The member has another name, at the end of its object.
    Move(String),
    /// The member has another name, at the same place.
    Rename(String),
    /// The member's name is changed as a text, at the same place.
    RenameBy(Vec<TextEdit>),
    /// These members stand beside it.
    Beside(Map<String, Value>),
    /// The members of an object stand in its place.
    Unwrap,
    /// Its first element or member's value stands in its place.
    First,
    /// It is the only member of an object of this name.
    Wrap(String),
    /// A whole number is so much more.
    Add(i64),
    /// A whole number is at most this.
    AtMost(i64),
    /// 1 is -1 and the other way round.
    Negate,
    /// A value as the text of its JSON, texts as they are.
    AsText,
    /// Digits as the number they spell.
    AsNumber,
    /// A text is changed.
    Text(Vec<TextEdit>),
    /// Elements or members beyond the first so many are taken away.
    Truncate(usize),
    /// The opposite order.
    Reverse,
    /// Elements or members that pass are taken away.
    Drop(Box<Test>),
    /// Only members of these names stay.
    Keep(Vec<String>),
    /// The element at the first place stands at the second, too.
    Repeat(usize, usize),
    /// The elements at these places change them.
    Swap(usize, usize),
    /// What lies at another pointer of the document.
    Copy(String),
    /// The number of elements or members at a pointer of the document.
    Length(String),
    /// A parameter of the request as a whole number, if it is one.
    Parameter(String),
    /// A list as an object, its places as names.
    ByPlace,
}

fn any<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    present(from).map(Option::unwrap_or_default)
}

/// What an operation may ask for beside the value it changes.
struct Context<'a> {
    /// The document before the change.
    document: &'a Value,
    /// The number a parameter of the request spells.
    number: &'a dyn Fn(&str) -> Option<i64>,
}

impl Operation {
    /// Whether it is about a member as such and not only about its value.
    fn on_member(&self, members: &mut Map<String, Value>, name: &str) -> bool {
        match self {
            Self::Set(value) => drop(members.insert(name.to_owned(), value.clone())),
            Self::Remove => drop(members.shift_remove(name)),
            Self::Move(to) => {
                if let Some(value) = members.shift_remove(name) {
                    members.insert(to.clone(), value);
                }
            }
            Self::Rename(to) => rename(members, name, to),
            Self::RenameBy(edits) => rename(members, name, &TextEdit::all(edits, name)),
            Self::Beside(others) => {
                if members.contains_key(name) {
                    members.extend(others.clone());
                }
            }
            Self::Unwrap => {
                if let Some(Value::Object(inner)) = members.get(name).cloned() {
                    members.shift_remove(name);
                    members.extend(inner);
                }
            }
            _ => return false,
        }
        true
    }

    /// Changes a value that is there.
    fn on_value(&self, value: &mut Value, context: &Context<'_>) {
        match self {
            Self::Set(new) | Self::Put(new) => *value = new.clone(),
            Self::Wrap(name) => *value = Value::Object(Map::from_iter([(name.clone(), value.take())])),
            Self::Add(_) | Self::AtMost(_) | Self::Negate => {
                if let Some(number) = value.as_i64() {
                    *value = Value::from(self.calculate(number));
                }
            }
            Self::AsText if !value.is_string() => *value = Value::String(value.to_string()),
            Self::AsNumber => {
                if let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok()) {
                    *value = Value::from(number);
                }
            }
            Self::Text(edits) => {
                if let Value::String(text) = value {
                    *text = TextEdit::all(edits, text);
                }
            }
            Self::Copy(pointer) => *value = context.document.pointer(pointer).cloned().unwrap_or_default(),
            Self::Length(pointer) => *value = Value::from(length(context.document.pointer(pointer))),
            Self::Parameter(name) => {
                if let Some(number) = (context.number)(name) {
                    *value = Value::from(number);
                }
            }
            Self::First => {
                let first = match &*value {
                    Value::Array(items) => items.first().cloned(),
                    Value::Object(members) => members.values().next().cloned(),
                    _ => None,
                };
                *value = first.unwrap_or_else(|| value.take());
            }
            _ => self.on_parts(value),
        }
    }

    fn calculate(&self, number: i64) -> i64 {
        match self {
            Self::Add(by) => number + by,
            Self::AtMost(most) => number.min(*most),
            Self::Negate if number.abs() == 1 => -number,
            _ => number,
        }
    }

    /// Changes a list or an object.
    fn on_parts(&self, value: &mut Value) {
        match (self, value) {
            (Self::Truncate(most), Value::Array(items)) => items.truncate(*most),
            (Self::Truncate(most), Value::Object(members)) => {
                *members = std::mem::take(members).into_iter().take(*most).collect();
            }
            (Self::Reverse, Value::Array(items)) => items.reverse(),
            (Self::Reverse, Value::Object(members)) => *members = std::mem::take(members).into_iter().rev().collect(),
            (Self::Drop(test), Value::Array(items)) => items.retain(|item| !test.holds(Subject::Json(item))),
            (Self::Drop(test), Value::Object(members)) => {
                members.retain(|_, value| !test.holds(Subject::Json(value)));
            }
            (Self::Keep(names), Value::Object(members)) => members.retain(|name, _| names.contains(name)),
            (Self::Repeat(from, to), Value::Array(items)) => {
                if let (Some(one), true) = (items.get(*from).cloned(), *to < items.len()) {
                    items.splice(*to..=*to, [one]);
                }
            }
            (Self::Swap(one, other), Value::Array(items)) if items.len() > *one.max(other) => items.swap(*one, *other),
            (Self::ByPlace, place @ Value::Array(_)) => {
                let items = place.as_array().cloned().unwrap_or_default();
                *place = items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect();
            }
            _ => {}
        }
    }
}

/// Gives a member another name at its place.
fn rename(members: &mut Map<String, Value>, from: &str, to: &str) {
    let renamed = |(name, value)| (if name == from { to.to_owned() } else { name }, value);
    *members = std::mem::take(members).into_iter().map(renamed).collect();
}

fn length(value: Option<&Value>) -> usize {
    match value {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(members)) => members.len(),
        _ => 0,
    }
}

impl Edit {
    /// Makes changes one after the other. `number` is what a parameter of the request spells.
    pub fn all(edits: &[Self], document: &mut Value, number: &dyn Fn(&str) -> Option<i64>) {
        for edit in edits {
            edit.apply(document, number);
        }
    }

    fn apply(&self, document: &mut Value, number: &dyn Fn(&str) -> Option<i64>) {
        let holds = |(pointer, test): (&String, &Test)| test.holds(Subject::json(document.pointer(pointer)));
        if !self.only_if.iter().all(holds) {
            return;
        }
        let before = match &self.operation {
            Operation::Copy(_) | Operation::Length(_) => document.clone(),
            _ => Value::Null,
        };
        let context = Context { document: &before, number };
        if let Some(members) = &self.members {
            everywhere(document, members, &self.operation, &context);
        } else {
            let segments: Vec<String> = self.at.split('/').skip(1).map(unescape).collect();
            at(document, &segments, &self.operation, &context);
        }
    }
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Does something to a member of an object.
fn at_member(members: &mut Map<String, Value>, name: &str, operation: &Operation, context: &Context<'_>) {
    if operation.on_member(members, name) {
        return;
    }
    // What comes from elsewhere in the document or the request may make a member.
    let makes = match operation {
        Operation::Copy(_) | Operation::Length(_) => true,
        Operation::Parameter(parameter) => (context.number)(parameter).is_some(),
        _ => false,
    };
    if makes {
        members.entry(name.to_owned()).or_insert(Value::Null);
    }
    if let Some(member) = members.get_mut(name) {
        operation.on_value(member, context);
    }
}

/// Does something at a place of a document.
fn at(value: &mut Value, segments: &[String], operation: &Operation, context: &Context<'_>) {
    let Some((first, rest)) = segments.split_first() else {
        operation.on_value(value, context);
        return;
    };
    match value {
        Value::Object(members) if first == "*" => {
            members.values_mut().for_each(|member| at(member, rest, operation, context));
        }
        Value::Array(items) if first == "*" => items.iter_mut().for_each(|item| at(item, rest, operation, context)),
        Value::Object(members) if rest.is_empty() => at_member(members, first, operation, context),
        Value::Object(members) => {
            if let Some(member) = members.get_mut(first) {
                at(member, rest, operation, context);
            }
        }
        Value::Array(items) => {
            let place = if first == "-" { items.len().checked_sub(1) } else { first.parse::<usize>().ok() };
            let Some(place) = place.filter(|place| *place < items.len()) else { return };
            if matches!(operation, Operation::Remove) && rest.is_empty() {
                items.remove(place);
            } else if let Some(item) = items.get_mut(place) {
                at(item, rest, operation, context);
            }
        }
        _ => {}
    }
}

/// Does something to every member that is picked, the innermost first.
fn everywhere(value: &mut Value, pick: &Members, operation: &Operation, context: &Context<'_>) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| everywhere(member, pick, operation, context));
            if pick.of.as_ref().is_some_and(|test| !test.holds(Subject::Json(&Value::Object(members.clone())))) {
                return;
            }
            let picked = members.iter().filter(|(name, member)| pick.pick(name, member));
            for name in picked.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
                let done = operation.on_member(members, &name);
                if let (false, Some(member)) = (done, members.get_mut(&name)) {
                    operation.on_value(member, context);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, pick, operation, context)),
        _ => {}
    }
}
