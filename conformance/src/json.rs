//! Small tools over JSON values: pointers with wildcards, dotted paths as MongoDB reads them, equality by value, MongoDB's
//! total order, and short descriptions. Written for the tester alone, so that a fault of the mock's query engine cannot
//! hide behind a shared one.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// All values a JSON pointer matches, each with the pointer it was found at. The segment `*` stands for every element of a
/// list or member of an object.
pub fn find<'a>(root: &'a Value, pointer: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), root)];
    for segment in pointer.split('/').skip(1) {
        let mut next = Vec::with_capacity(found.len());
        for (at, value) in found {
            match (segment, value) {
                ("*", Value::Array(items)) => {
                    next.extend(items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)));
                }
                ("*", Value::Object(members)) => {
                    next.extend(members.iter().map(|(key, item)| (format!("{at}/{}", escape(key)), item)));
                }
                (_, Value::Array(items)) => {
                    if let Some(item) = segment.parse::<usize>().ok().and_then(|index| items.get(index)) {
                        next.push((format!("{at}/{segment}"), item));
                    }
                }
                (_, Value::Object(members)) => {
                    if let Some(item) = members.get(&unescape(segment)) {
                        next.push((format!("{at}/{segment}"), item));
                    }
                }
                _ => {}
            }
        }
        found = next;
    }
    found
}

/// Whether a pointer can match more than one value.
pub fn is_wild(pointer: &str) -> bool {
    pointer.split('/').any(|segment| segment == "*")
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// One segment of a JSON pointer with its slash: `/a~1b` of `a/b`.
pub fn pointer_segment(key: &str) -> String {
    format!("/{}", escape(key))
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// A dotted path as the tail of a JSON pointer: `/os/type` of `os.type`.
pub fn pointer_of(path: &str) -> String {
    path.split('.').fold(String::new(), |pointer, segment| pointer + "/" + &escape(segment))
}

/// The values MongoDB finds at a dotted path: through lists by element, and by index where a segment is a number.
pub fn at_path<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_once('.') else {
        return step(value, path);
    };
    step(value, first).into_iter().flat_map(|inner| at_path_through(inner, rest)).collect()
}

fn at_path_through<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(items) => {
            let by_index = at_path(value, path);
            if by_index.is_empty() { items.iter().flat_map(|item| at_path(item, path)).collect() } else { by_index }
        }
        other => at_path(other, path),
    }
}

fn step<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match value {
        Value::Object(members) => members.get(segment).into_iter().collect(),
        Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A text with upper and lower case of its ASCII letters swapped.
pub fn swap_case(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    text.chars().map(swap).collect()
}

/// Equality as JSON means it: numbers by value (`1` is `1.0`), members of objects in any order.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

/// Where two values differ first, as a pointer below both, with the two values there (`None` where one is missing).
pub fn first_difference<'a>(
    left: &'a Value,
    right: &'a Value,
) -> Option<(String, Option<&'a Value>, Option<&'a Value>)> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                let at = format!("/{}", escape(key));
                match b.get(key) {
                    None => return Some((at, Some(value), None)),
                    Some(other) => {
                        if let Some((below, l, r)) = first_difference(value, other) {
                            return Some((at + &below, l, r));
                        }
                    }
                }
            }
            let extra = b.iter().find(|(key, _)| !a.contains_key(*key));
            extra.map(|(key, value)| (format!("/{}", escape(key)), None, Some(value)))
        }
        (Value::Array(a), Value::Array(b)) => {
            for (index, pair) in a.iter().zip(b).enumerate() {
                if let Some((below, l, r)) = first_difference(pair.0, pair.1) {
                    return Some((format!("/{index}{below}"), l, r));
                }
            }
            (a.len() != b.len()).then(|| {
                let at = a.len().min(b.len());
                (format!("/{at}"), a.get(at), b.get(at))
            })
        }
        _ => (!equal(left, right)).then_some((String::new(), Some(left), Some(right))),
    }
}

fn rank(value: Option<&Value>) -> u8 {
    match value {
        None | Some(Value::Null) => 0,
        Some(Value::Number(_)) => 1,
        Some(Value::String(_)) => 2,
        Some(Value::Object(_)) => 3,
        Some(Value::Array(_)) => 4,
        Some(Value::Bool(_)) => 5,
    }
}

/// MongoDB's order of values as they come on the wire: missing and null first, then numbers, texts (by bytes), objects,
/// lists, booleans. Dates come as ISO text, whose order by bytes is their order in time.
pub fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    rank(left).cmp(&rank(right)).then_with(|| match (left, right) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => compare_numbers(a, b),
        (Some(Value::String(a)), Some(Value::String(b))) => a.as_bytes().cmp(b.as_bytes()),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (Some(Value::Array(a)), Some(Value::Array(b))) => compare_lists(a, b),
        (Some(Value::Object(a)), Some(Value::Object(b))) => compare_objects(a, b),
        _ => Ordering::Equal,
    })
}

/// Whether two values are of one type for MongoDB's comparison operators, which never compare across types.
pub fn comparable(left: &Value, right: &Value) -> bool {
    rank(Some(left)) == rank(Some(right))
}

fn compare_numbers(a: &Number, b: &Number) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default()),
    }
}

fn compare_lists(a: &[Value], b: &[Value]) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(a, b)| compare(Some(a), Some(b)))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn compare_objects(a: &Map<String, Value>, b: &Map<String, Value>) -> Ordering {
    a.iter()
        .zip(b)
        .map(|((ka, va), (kb, vb))| {
            rank(Some(va)).cmp(&rank(Some(vb))).then_with(|| ka.cmp(kb)).then_with(|| compare(Some(va), Some(vb)))
        })
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// The value a record is sorted by at a dotted path: of a list its least (ascending) or greatest (descending) element.
pub fn sort_value<'a>(record: &'a Value, path: &str, descending: bool) -> Option<&'a Value> {
    let mut candidates: Vec<&Value> = Vec::new();
    for value in at_path(record, path) {
        match value {
            Value::Array(items) => candidates.extend(items),
            other => candidates.push(other),
        }
    }
    let order = |a: &&Value, b: &&Value| compare(Some(a), Some(b));
    if descending { candidates.into_iter().max_by(order) } else { candidates.into_iter().min_by(order) }
}

/// A list of the distinct values, in MongoDB's order, nulls left out.
pub fn distinct<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut values: Vec<&Value> = values.into_iter().filter(|value| !value.is_null()).collect();
    values.sort_by(|a, b| compare(Some(a), Some(b)));
    values.dedup_by(|a, b| equal(a, b));
    values
}

/// The type of a value with its length: `array[50]`, `string[17]`, `integer`.
pub fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "boolean".to_owned(),
        Value::Number(number) if number.is_f64() => "number".to_owned(),
        Value::Number(_) => "integer".to_owned(),
        Value::String(text) => format!("string[{}]", text.chars().count()),
        Value::Array(items) => format!("array[{}]", items.len()),
        Value::Object(members) => format!("object[{}]", members.len()),
    }
}

/// Milliseconds since 1970 of ISO 8601 text as the API writes dates, `2018-02-24T15:13:00.312Z`.
pub fn iso_to_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// ISO 8601 text with milliseconds and `Z`.
pub fn ms_to_iso(milliseconds: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(milliseconds).ok().map(|at| format!("{at:.3}"))
}

/// Milliseconds since 1970 of the text JavaScript's `Date.toString()` makes:
/// `Sat Jun 29 2024 12:57:57 GMT+0000 (Coordinated Universal Time)`.
pub fn js_date_to_ms(text: &str) -> Option<i64> {
    let bare = text.split(" (").next()?;
    // The name of the day says nothing that the date does not; a wrong one must not keep the date from being judged.
    let (_, date) = bare.split_once(' ')?;
    jiff::fmt::strtime::parse("%b %d %Y %H:%M:%S GMT%z", date)
        .and_then(|parsed| parsed.to_timestamp())
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_goes_back_as_it_came() {
        for text in ["0.30000000000000004", "1.0000152587890625", "7.038531e-26", "4351964.506123457", "0.01953125"] {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn wildcards_name_what_they_found() {
        let body = json!({"statistics": [{"a": 1}, {"a": 2}, {}]});
        let found = find(&body, "/statistics/*/a");
        assert_eq!(found, [("/statistics/0/a".to_owned(), &json!(1)), ("/statistics/1/a".to_owned(), &json!(2))]);
        assert!(find(&body, "/statistics/7").is_empty());
        assert_eq!(find(&body, "").len(), 1);
    }

    #[test]
    fn the_order_is_that_of_the_database() {
        let sorted = [
            json!(null),
            json!(-1),
            json!(2),
            json!(10.5),
            json!("10"),
            json!("9"),
            json!({}),
            json!([]),
            json!(false),
            json!(true),
        ];
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair.first(), pair.last()), Ordering::Less, "{pair:?}");
        }
        assert_eq!(compare(None, Some(&json!(null))), Ordering::Equal);
    }

    #[test]
    fn numbers_are_equal_by_value_and_members_in_any_order() {
        assert!(equal(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})));
        assert!(!equal(&json!([1, 2]), &json!([2, 1])));
        assert!(!equal(&json!(1), &json!("1")));
    }

    #[test]
    fn differences_are_named() {
        let (at, left, right) = first_difference(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 3}]}))
            .map(|(at, l, r)| (at, l.cloned(), r.cloned()))
            .unwrap();
        assert_eq!((at.as_str(), left, right), ("/a/1/b", Some(json!(2)), Some(json!(3))));
        assert!(first_difference(&json!({"a": 1}), &json!({"a": 1.0})).is_none());
    }

    #[test]
    fn paths_go_through_lists() {
        let record = json!({"os": {"cpus": [{"speed": 1}, {"speed": 2}]}});
        assert_eq!(at_path(&record, "os.cpus.speed"), [&json!(1), &json!(2)]);
        assert_eq!(at_path(&record, "os.cpus.1.speed"), [&json!(2)]);
        assert!(at_path(&record, "os.none.speed").is_empty());
    }

    #[test]
    fn both_kinds_of_date() {
        assert_eq!(iso_to_ms("2018-02-24T15:13:00.312Z"), Some(1_519_485_180_312));
        assert_eq!(ms_to_iso(1_519_485_180_312).as_deref(), Some("2018-02-24T15:13:00.312Z"));
        let text = "Sat Jun 29 2024 12:57:57 GMT+0000 (Coordinated Universal Time)";
        assert_eq!(js_date_to_ms(text), Some(1_719_665_877_000));
        assert_eq!(js_date_to_ms("yesterday"), None);
    }
}
