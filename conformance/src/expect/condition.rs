//! Conditions on one value (`is`).

use serde_json::Value;

use super::{Shown, pattern};
use crate::case::{Is, JsonType};
use crate::json;
use crate::template::{UnknownVariable, Variables};

/// Whether a value is of a type.
pub(super) fn is_of_type(value: &Value, wanted: JsonType) -> bool {
    match wanted {
        JsonType::Null => value.is_null(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Number => value.is_number(),
        JsonType::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        JsonType::String => value.is_string(),
        JsonType::Array => value.is_array(),
        JsonType::Object => value.is_object(),
    }
}

/// What of a condition does not hold for a value: an expectation each. Absence is the caller's to judge.
pub(super) fn unmet(value: &Value, is: &Is, variables: &Variables) -> Result<Vec<Shown>, UnknownVariable> {
    let mut unmet = Vec::new();
    let mut require = |holds: bool, expected: &dyn Fn() -> Shown| {
        if !holds {
            unmet.push(expected());
        }
    };
    if let Some(types) = &is.types {
        require(types.iter().any(|wanted| is_of_type(value, *wanted)), &|| {
            Shown::words(types.iter().map(|wanted| wanted.as_str()).collect::<Vec<_>>().join(" or "))
        });
    }
    if let Some(wanted) = &is.equals {
        let wanted = variables.fill(wanted)?;
        require(json::equal(value, &wanted), &|| Shown::Data(wanted.clone()));
    }
    if let Some(unwanted) = &is.not_equals {
        let unwanted = variables.fill(unwanted)?;
        require(!json::equal(value, &unwanted), &|| Shown::words(format!("anything but {unwanted}")));
    }
    if let Some(choices) = &is.one_of {
        let choices: Vec<Value> = choices.iter().map(|choice| variables.fill(choice)).collect::<Result<_, _>>()?;
        require(choices.iter().any(|choice| json::equal(value, choice)), &|| {
            Shown::words(format!("one of {}", Value::Array(choices.clone())))
        });
    }
    for (pattern, wanted) in [(&is.matches, true), (&is.not_matches, false)] {
        let Some(pattern) = pattern else { continue };
        let pattern = variables.fill_text(pattern)?;
        let found = value.as_str().is_some_and(|text| pattern::is_found(&pattern, text));
        let holds = if wanted { found } else { value.is_string() && !found };
        let verb = if wanted { "matches" } else { "does not match" };
        require(holds, &|| Shown::words(format!("a text that {verb} {pattern}")));
    }
    if let Some(least) = is.min {
        require(value.as_f64().is_some_and(|number| number >= least), &|| Shown::words(format!("at least {least}")));
    }
    if let Some(most) = is.max {
        require(value.as_f64().is_some_and(|number| number <= most), &|| Shown::words(format!("at most {most}")));
    }
    if let Some(least) = is.min_length {
        require(length(value).is_some_and(|length| length >= least), &|| {
            Shown::words(format!("a length of at least {least}"))
        });
    }
    if let Some(most) = is.max_length {
        require(length(value).is_some_and(|length| length <= most), &|| {
            Shown::words(format!("a length of at most {most}"))
        });
    }
    Ok(unmet)
}

/// The length of a text (in characters), list or object.
pub(super) fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

/// What a condition asks for, for a value that is absent.
pub(super) fn wanted(is: &Is) -> Shown {
    if let Some(value) = &is.equals {
        return Shown::words(value.to_string());
    }
    if let Some(types) = &is.types {
        return Shown::words(types.iter().map(|wanted| wanted.as_str()).collect::<Vec<_>>().join(" or "));
    }
    if let Some(pattern) = &is.matches {
        return Shown::words(format!("a text that matches {pattern}"));
    }
    Shown::words("present")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(value: &Value, is: Value) -> bool {
        let is: Is = serde_json::from_value(is).unwrap();
        unmet(value, &is, &Variables::default()).unwrap().is_empty()
    }

    #[test]
    fn each_condition_can_hold_and_not_hold() {
        let table = [
            (json!(5), json!({"equals": 5.0}), true),
            (json!("5"), json!({"equals": 5}), false),
            (json!(null), json!({"equals": null}), true),
            (json!(0), json!({"equals": null}), false),
            (json!(1), json!({"not_equals": 2}), true),
            (json!(2), json!({"not_equals": 2}), false),
            (json!("b"), json!({"one_of": ["a", "b"]}), true),
            (json!("c"), json!({"one_of": ["a", "b"]}), false),
            (json!(2.0), json!({"type": ["integer"]}), true),
            (json!(2.5), json!({"type": ["integer"]}), false),
            (json!(2.5), json!({"type": ["null", "number"]}), true),
            (json!("application/json"), json!({"matches": "^application/json"}), true),
            (json!(7), json!({"matches": "7"}), false),
            (json!("<html>"), json!({"not_matches": "html"}), false),
            (json!(3), json!({"min": 3, "max": 3}), true),
            (json!("3"), json!({"min": 3}), false),
            (json!(4), json!({"max": 3.5}), false),
            (json!([1]), json!({"min_length": 1, "max_length": 1}), true),
            (json!("äö"), json!({"max_length": 1}), false),
        ];
        for (value, is, expected) in table {
            assert_eq!(holds(&value, is.clone()), expected, "{value} {is}");
        }
    }
}
