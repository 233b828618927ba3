//! `${name}` in case files.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a run provides of an account, as `${privileged.token}`.
pub const OF_AN_ACCOUNT: [&str; 5] = ["user_id", "token", "user", "password", "password_sha256"];

/// The account and the member that a variable is of, if it is of one.
pub fn of_account(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(prefix, member)| *prefix != "setting" && OF_AN_ACCOUNT.contains(member))
}

/// The variables known at some point of a case.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, Value>);

/// A variable that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown variable `{0}`")]
pub struct UnknownVariable(pub String);

impl Variables {
    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text with its variables filled in; values that are not text are written as JSON.
    pub fn fill_text(&self, text: &str) -> Result<String, UnknownVariable> {
        if !text.contains("${") {
            return Ok(text.to_owned());
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from_start) = rest.split_at(start);
            filled.push_str(before);
            let Some((name, after)) = from_start.get(2..).and_then(|inner| inner.split_once('}')) else {
                filled.push_str(from_start);
                return Ok(filled);
            };
            match self.get(name).ok_or_else(|| UnknownVariable(name.to_owned()))? {
                Value::String(value) => filled.push_str(value),
                other => filled.push_str(&other.to_string()),
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A JSON value with the variables in its strings and keys filled in. A string that is nothing but `${name}` becomes
    /// the value with its type.
    pub fn fill(&self, value: &Value) -> Result<Value, UnknownVariable> {
        Ok(match value {
            Value::String(text) => match sole_name(text) {
                Some(name) => self.get(name).cloned().ok_or_else(|| UnknownVariable(name.to_owned()))?,
                None => Value::String(self.fill_text(text)?),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, item)| Ok((self.fill_text(key)?, self.fill(item)?)))
                    .collect::<Result<_, UnknownVariable>>()?,
            ),
            other => other.clone(),
        })
    }
}

fn sole_name(text: &str) -> Option<&str> {
    text.strip_prefix("${")?.strip_suffix('}').filter(|name| !name.contains("${"))
}

/// The names of the variables in a text.
pub fn names_in(text: &str) -> Vec<&str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// The names of the variables in the strings and keys of a JSON value.
pub fn names_in_value(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => names_in(text),
        Value::Array(items) => items.iter().flat_map(names_in_value).collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(key, item)| names_in(key).into_iter().chain(names_in_value(item))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lone_variable_keeps_its_type() {
        let mut variables = Variables::default();
        variables.set("pivot", 88);
        let filled = variables.fill(&json!({"totalUsers": {"$gt": "${pivot}"}, "text": "over ${pivot}!"})).unwrap();
        assert_eq!(filled, json!({"totalUsers": {"$gt": 88}, "text": "over 88!"}));
        assert_eq!(variables.fill(&json!("${nothing}")), Err(UnknownVariable("nothing".to_owned())));
        assert_eq!(variables.fill_text("a ${unclosed").unwrap(), "a ${unclosed");
    }

    #[test]
    fn names_are_found_in_keys_and_values() {
        assert_eq!(names_in_value(&json!({"${a}": ["x${b}y${c}", 1]})), ["a", "b", "c"]);
    }
}
