//! Tests of one value: of a parameter, a header, a member of a body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is tested.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// Nothing is there.
    Absent,
    /// A text of a request; numbers and JSON are what it spells.
    Text(&'a str),
    /// A value of a JSON document.
    Json(&'a Value),
}

impl<'a> Subject<'a> {
    /// A text that may be missing.
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, Self::Text)
    }

    /// A value that may be missing.
    pub fn json(value: Option<&'a Value>) -> Self {
        value.map_or(Self::Absent, Self::Json)
    }

    fn words(self) -> Option<&'a str> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(text),
            Self::Json(value) => value.as_str(),
        }
    }

    fn number(self) -> Option<i64> {
        match self {
            Self::Absent => None,
            Self::Text(text) => text.parse().ok(),
            Self::Json(value) => value.as_i64(),
        }
    }

    fn structure(self) -> Option<Cow<'a, Value>> {
        match self {
            Self::Absent => None,
            Self::Text(text) => serde_json::from_str(text).ok().map(Cow::Owned),
            Self::Json(value) => Some(Cow::Borrowed(value)),
        }
    }

    fn equals(self, wanted: &Value) -> bool {
        match self {
            Self::Absent => false,
            Self::Text(text) => match wanted {
                Value::String(wanted) => text == wanted,
                Value::Number(_) => wanted.as_i64().is_some_and(|wanted| self.number() == Some(wanted)),
                _ => self.structure().is_some_and(|value| *value == *wanted),
            },
            Self::Json(value) => value == wanted,
        }
    }
}

/// What must hold for a value: everything that is written down. `{}` says that it is there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// Whether it is there.
    pub given: Option<bool>,
    /// It is exactly this.
    #[serde(deserialize_with = "present")]
    pub is: Option<Value>,
    /// It is one of these.
    pub one_of: Option<Vec<Value>>,
    /// It is a whole number above this.
    pub above: Option<i64>,
    /// It is a whole number below this.
    pub below: Option<i64>,
    /// It is a text with this in it.
    pub contains: Option<String>,
    /// It is a text that begins so.
    pub starts: Option<String>,
    /// It is a text that ends so.
    pub ends: Option<String>,
    /// Whether it is JSON: a text of a request may not be.
    pub json: Option<bool>,
    /// It is of this JSON type.
    #[serde(rename = "type")]
    pub kind: Option<Kind>,
    /// The number of its elements or members passes.
    pub length: Option<Box<Test>>,
    /// What lies at these JSON pointers in it passes.
    pub at: BTreeMap<String, Test>,
    /// The name of at least one of its members passes.
    pub some_name: Option<Box<Test>>,
    /// The names of all its members pass.
    pub every_name: Option<Box<Test>>,
    /// At least one of its elements or members passes.
    pub some: Option<Box<Test>>,
    /// All its elements or members pass.
    pub every: Option<Box<Test>>,
    /// At least one of these holds.
    pub any: Option<Vec<Test>>,
    /// This does not hold.
    pub not: Option<Box<Test>>,
}

/// A `null` that is written down is a value, unlike one that is not.
pub fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl Test {
    /// Whether it holds for a value.
    pub fn holds(&self, subject: Subject<'_>) -> bool {
        let given = !matches!(subject, Subject::Absent);
        let expected = match self.given {
            Some(wanted) => wanted == given,
            // What is absent can still be none of, or one of several.
            None => given || self.not.is_some() || self.any.is_some(),
        };
        expected
            && self.is.as_ref().is_none_or(|wanted| subject.equals(wanted))
            && self.one_of.as_ref().is_none_or(|list| list.iter().any(|wanted| subject.equals(wanted)))
            && self.above.is_none_or(|bound| subject.number().is_some_and(|number| number > bound))
            && self.below.is_none_or(|bound| subject.number().is_some_and(|number| number < bound))
            && self.contains.as_deref().is_none_or(|part| subject.words().is_some_and(|text| text.contains(part)))
            && self.starts.as_deref().is_none_or(|part| subject.words().is_some_and(|text| text.starts_with(part)))
            && self.ends.as_deref().is_none_or(|part| subject.words().is_some_and(|text| text.ends_with(part)))
            && self.any.as_ref().is_none_or(|tests| tests.iter().any(|test| test.holds(subject)))
            && self.not.as_ref().is_none_or(|test| !test.holds(subject))
            && self.structure_holds(subject)
    }

    /// The tests that look into a value. A text of a request is read as JSON only for these.
    fn structure_holds(&self, subject: Subject<'_>) -> bool {
        let asked = self.json.is_some()
            || self.kind.is_some()
            || self.length.is_some()
            || !self.at.is_empty()
            || [&self.some_name, &self.every_name, &self.some, &self.every].iter().any(|test| test.is_some());
        if !asked {
            return true;
        }
        let structure = subject.structure();
        if let Some(wanted) = self.json {
            return wanted == structure.is_some() && Self { json: None, ..self.clone() }.structure_holds(subject);
        }
        let Some(value) = structure else { return false };
        let value = &*value;
        self.kind.is_none_or(|kind| kind == Kind::of(value))
            && self.at.iter().all(|(pointer, test)| test.holds(Subject::json(value.pointer(pointer))))
            && self.parts_hold(value)
    }

    fn parts_hold(&self, value: &Value) -> bool {
        let (names, parts): (Vec<&str>, Vec<&Value>) = match value {
            Value::Array(items) => (Vec::new(), items.iter().collect()),
            Value::Object(members) => (members.keys().map(String::as_str).collect(), members.values().collect()),
            _ => {
                return [&self.length, &self.some_name, &self.every_name, &self.some, &self.every]
                    .iter()
                    .all(|test| test.is_none());
            }
        };
        let named = |test: &Test| names.iter().map(|name| test.holds(Subject::Text(name))).collect::<Vec<_>>();
        let valued = |test: &Test| parts.iter().map(|part| test.holds(Subject::Json(part))).collect::<Vec<_>>();
        self.length.as_ref().is_none_or(|test| test.holds(Subject::Json(&Value::from(parts.len()))))
            && self.some_name.as_ref().is_none_or(|test| named(test).contains(&true))
            && self.every_name.as_ref().is_none_or(|test| !named(test).contains(&false))
            && self.some.as_ref().is_none_or(|test| valued(test).contains(&true))
            && self.every.as_ref().is_none_or(|test| !valued(test).contains(&false))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn test(test: Value) -> Test {
        serde_json::from_value(test).unwrap()
    }

    #[test]
    fn texts_of_a_request_are_what_they_spell() {
        let of = |wanted: Value, text: &str| test(wanted).holds(Subject::Text(text));
        assert!(of(json!({"is": "007"}), "007") && of(json!({"is": 7}), "007") && !of(json!({"is": "7"}), "007"));
        assert!(
            of(json!({"above": 100}), "101") && !of(json!({"above": 100}), "100") && !of(json!({"above": 0}), "abc")
        );
        assert!(of(json!({"json": false}), "{a") && of(json!({"json": true, "type": "object"}), "{}"));
        assert!(of(json!({"at": {"/a": {"is": null}}}), r#"{"a":null}"#) && !of(json!({"at": {"/a": {}}}), "{}"));
        assert!(of(json!({"some": {"is": 1}, "every_name": {"starts": "a"}}), r#"{"a":1,"ab":0}"#));
        assert!(!of(json!({"every": {"is": 1}}), "7"), "a number has no elements");
    }

    #[test]
    fn only_given_false_not_and_any_hold_for_what_is_absent() {
        let absent = |wanted: Value| test(wanted).holds(Subject::Absent);
        assert!(!absent(json!({})) && !absent(json!({"is": null})) && !absent(json!({"given": true})));
        assert!(absent(json!({"given": false})) && absent(json!({"not": {"is": 1}})));
        assert!(absent(json!({"any": [{"given": false}, {"is": 0}]})) && !absent(json!({"not": {"given": false}})));
    }
}
