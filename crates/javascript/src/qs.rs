//! Query strings as the Node.js package `qs` reads them.
//!
//! A repeated name is a list, `a[]=x` and `a[0]=x` are lists, `a[b]=c` is an object, `+` is a blank, and text whose percent
//! sequences are broken stays as it is. Names that every JavaScript object inherits (`toString`) are dropped.
//!
//! Two generations are told apart, see [`Limits`]: servers to 7.x (connect, Restivus and Express, `qs` of the 6.4 to 6.13
//! line with its defaults) and 8.x (upstream: `packages/http-router/src/parseQueryParams.ts`, `qs` 6.15).

use std::borrow::Cow;

use thiserror::Error;

use crate::json::array_index;

/// How deep brackets may nest; what is deeper is one name, brackets and all.
const DEPTH: usize = 5;

/// Names every JavaScript object inherits.
const INHERITED: [&str; 12] = [
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "hasOwnProperty",
    "__lookupGetter__",
    "__lookupSetter__",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toString",
    "valueOf",
    "__proto__",
    "toLocaleString",
];

/// What `qs` takes at most, and which generation of its rules holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parameters read.
    pub parameters: usize,
    /// Length of a list.
    pub elements: usize,
    /// Whether exceeding a limit refuses the whole query string, and the other rules of `qs` 6.15. Else further
    /// parameters are dropped, and lists with a greater index become objects.
    pub strict: bool,
}

impl Limits {
    /// `qs` with its defaults, as connect and Express call it: servers to 7.x.
    pub const LENIENT: Self = Self { parameters: 1000, elements: 20, strict: false };
    /// As 8.x calls it. A refusal is 400 `{"success":false,"error":"Invalid query parameters"}` there.
    pub const STRICT: Self = Self { parameters: 1000, elements: 500, strict: true };
}

/// The query string goes beyond [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooMany {
    /// More parameters than are read.
    #[error("more than {0} parameters")]
    Parameters(usize),
    /// A list longer than allowed, or an index beyond it.
    #[error("a list of more than {0} elements")]
    Elements(usize),
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// Plain text.
    Text(String),
    /// A repeated parameter, or one with `[]` or an index.
    List(Vec<Param>),
    /// A parameter with names in brackets.
    Object(Vec<(String, Param)>),
}

impl Param {
    /// The text of a plain parameter, `None` for lists and objects.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What JavaScript's `String(value)` makes of it: elements of lists joined by commas, `[object Object]` for objects.
    pub fn to_js_string(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::List(items) => {
                let mut joined = String::new();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        joined.push(',');
                    }
                    joined.push_str(&item.to_js_string());
                }
                Cow::Owned(joined)
            }
            Self::Object(_) => Cow::Borrowed("[object Object]"),
        }
    }
}

/// A parsed query string: parameters in the order a JavaScript object has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryString {
    parameters: Vec<(String, Param)>,
}

impl QueryString {
    /// Parses what follows the `?` of a request target.
    ///
    /// Bytes beyond ASCII that are not percent-encoded count as one letter each, as in Node.js, whose HTTP parser reads
    /// request targets as Latin-1.
    ///
    /// # Errors
    /// When `limits` are strict and exceeded.
    pub fn parse(raw: &[u8], limits: Limits) -> Result<Self, TooMany> {
        match std::str::from_utf8(raw) {
            Ok(text) if raw.is_ascii() => Self::parse_text(text, limits),
            _ => Self::parse_text(&raw.iter().copied().map(char::from).collect::<String>(), limits),
        }
    }

    /// Parses text in the same form: a form-urlencoded body that has been decoded.
    ///
    /// # Errors
    /// When `limits` are strict and exceeded.
    pub fn parse_text(text: &str, limits: Limits) -> Result<Self, TooMany> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let text = if limits.strict { plain_brackets(text) } else { Cow::Borrowed(text) };
        let flat = Flat::read(&text, limits)?;
        let parameters = if flat.brackets { flat.nested(limits)? } else { flat.plain(limits) };
        Ok(Self { parameters })
    }

    /// The parameter `name`, or `None` when it was not given.
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The parameters in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Param)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }
}

/// Reads percent-encoded brackets as brackets, values included (qs from 6.11 on).
fn plain_brackets(text: &str) -> Cow<'_, str> {
    if !text.contains("%5") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("%5") {
        out.push_str(before);
        rest = match after.as_bytes().first() {
            Some(b'b' | b'B') => {
                out.push('[');
                after.get(1..).unwrap_or_default()
            }
            Some(b'd' | b'D') => {
                out.push(']');
                after.get(1..).unwrap_or_default()
            }
            _ => {
                out.push_str("%5");
                after
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes a name or a value. Text with a broken sequence stays, but for its plus signs, which are blanks (`qs` from 6.6 on).
fn decode(text: &str) -> String {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return text.to_owned();
    }
    percent_decoded(text).unwrap_or_else(|| text.replace('+', " "))
}

/// JavaScript's `decodeURIComponent` with `+` as a blank; `None` where that throws.
fn percent_decoded(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte == b'%' || byte == b'+') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix('+') {
            out.push(' ');
            rest = after;
        } else {
            let (letter, length) = encoded_letter(from.as_bytes())?;
            out.push(letter);
            rest = from.get(length..)?;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The letter that percent sequences at the start of `bytes` encode, and their length.
fn encoded_letter(bytes: &[u8]) -> Option<(char, usize)> {
    let first = encoded_byte(bytes)?;
    let length = match first {
        0..=0x7F => return Some((char::from(first), 3)),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut encoded = [first, 0, 0, 0];
    for (place, slot) in encoded.iter_mut().enumerate().take(length).skip(1) {
        *slot = encoded_byte(bytes.get(place * 3..)?)?;
    }
    let letter = std::str::from_utf8(encoded.get(..length)?).ok()?.chars().next()?;
    Some((letter, length * 3))
}

fn encoded_byte(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Parameters by their whole names, brackets not yet looked at.
#[derive(Default)]
struct Flat {
    parameters: Vec<(String, Vec<String>)>,
    /// How many of the first parameters have names that are array indices.
    indices: usize,
    brackets: bool,
}

impl Flat {
    fn read(text: &str, limits: Limits) -> Result<Self, TooMany> {
        let mut flat = Self::default();
        for (number, part) in text.split('&').enumerate() {
            if number == limits.parameters {
                if limits.strict {
                    return Err(TooMany::Parameters(limits.parameters));
                }
                break;
            }
            // The name ends at the first `]=`, else at the first `=`.
            let end = part.find("]=").map(|at| at + 1).or_else(|| part.find('='));
            let (name, value) = match end {
                Some(end) => (part.get(..end).unwrap_or_default(), part.get(end + 1..)),
                None => (part, None),
            };
            if name.is_empty() && !limits.strict {
                continue;
            }
            flat.add(decode(name), value, limits)?;
        }
        Ok(flat)
    }

    fn add(&mut self, name: String, value: Option<&str>, limits: Limits) -> Result<(), TooMany> {
        let text = value.map(decode).unwrap_or_default();
        if let Some((_, values)) = self.parameters.iter_mut().find(|(other, _)| *other == name) {
            // A parameter without `=` passes the check and makes the list an object further on.
            if limits.strict && value.is_some() && values.len() > 1 && values.len() == limits.elements {
                return Err(TooMany::Elements(limits.elements));
            }
            values.push(text);
            return Ok(());
        }
        self.brackets |= name.contains('[');
        match array_index(&name) {
            None => self.parameters.push((name, vec![text])),
            Some(index) => {
                let place = self
                    .parameters
                    .iter()
                    .take(self.indices)
                    .position(|(other, _)| array_index(other) > Some(index))
                    .unwrap_or(self.indices);
                self.parameters.insert(place, (name, vec![text]));
                self.indices += 1;
            }
        }
        Ok(())
    }

    /// The parameters when no name has brackets.
    fn plain(self, limits: Limits) -> Vec<(String, Param)> {
        self.parameters
            .into_iter()
            .filter(|(name, _)| !name.is_empty() && !INHERITED.contains(&name.as_str()))
            .map(|(name, values)| (name, Node::of(values, limits).finish()))
            .collect()
    }

    /// The parameters when names with brackets must be taken apart and put together.
    fn nested(self, limits: Limits) -> Result<Vec<(String, Param)>, TooMany> {
        let mut root = Fields::default();
        for (name, values) in self.parameters {
            let Some(chain) = segments(&name) else { continue };
            let Some((first, inner)) = chain.split_first() else { continue };
            let mut node = Node::of(values, limits);
            for segment in inner.iter().rev() {
                node = segment.wrap(node, limits)?;
            }
            match first.wrap(node, limits)? {
                Node::Object(fields) => root.merge(fields, limits),
                Node::List(list) => root.merge(list.into_fields(), limits),
                Node::Text(_) => {}
            }
        }
        Ok(root.finish())
    }
}

/// One step of a name.
enum Segment<'a> {
    /// `[]`
    Append,
    /// A name in brackets.
    Bracketed(&'a str),
    /// The name before the brackets, or what lies too deep.
    Plain(&'a str),
}

impl Segment<'_> {
    /// Puts `node` into the list or object the segment stands for.
    fn wrap(&self, node: Node, limits: Limits) -> Result<Node, TooMany> {
        let name = match self {
            Segment::Append => {
                return Ok(match node {
                    list @ Node::List(_) => list,
                    // A list that became an object stays one.
                    Node::Object(fields) if fields.overflow => Node::Object(fields),
                    single => Node::List(List::of([single])),
                });
            }
            Segment::Plain(name) => *name,
            Segment::Bracketed(name) => {
                if let Some(index) = array_index(name).and_then(|index| usize::try_from(index).ok()) {
                    if index < limits.elements || (!limits.strict && index == limits.elements) {
                        return Ok(Node::List(List { items: vec![(index, node)], length: index + 1 }));
                    }
                    if limits.strict {
                        return Err(TooMany::Elements(limits.elements));
                    }
                }
                *name
            }
        };
        let mut fields = Fields::default();
        fields.set(name.to_owned(), node);
        Ok(Node::Object(fields))
    }
}

/// Takes a name apart, or returns `None` for one that is ignored.
fn segments(name: &str) -> Option<Vec<Segment<'_>>> {
    let mut found = Vec::new();
    let mut next = bracketed(name, 0);
    let parent = next.map_or(Some(name), |(start, _)| name.get(..start))?;
    if !parent.is_empty() {
        if INHERITED.contains(&parent) {
            return None;
        }
        found.push(Segment::Plain(parent));
    }
    for _ in 0..DEPTH {
        let Some((start, end)) = next else { break };
        let content = name.get(start + 1..end - 1)?;
        if INHERITED.contains(&content) {
            return None;
        }
        found.push(if content.is_empty() { Segment::Append } else { Segment::Bracketed(content) });
        next = bracketed(name, end);
    }
    if let Some((start, _)) = next {
        found.push(Segment::Plain(name.get(start..)?));
    }
    Some(found)
}

/// The next `[...]` without brackets inside, from byte `from` on: where it starts and ends.
fn bracketed(name: &str, from: usize) -> Option<(usize, usize)> {
    let mut start = None;
    for (at, byte) in name.bytes().enumerate().skip(from) {
        match byte {
            b'[' => start = Some(at),
            b']' => {
                if let Some(start) = start {
                    return Some((start, at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// A value while parameters are put together.
enum Node {
    Text(String),
    List(List),
    Object(Fields),
}

/// A JavaScript array, which may have holes until the end.
struct List {
    /// Elements by ascending index.
    items: Vec<(usize, Node)>,
    length: usize,
}

/// A JavaScript object.
#[derive(Default)]
struct Fields {
    entries: Vec<(String, Node)>,
    /// How many of the first fields have names that are array indices.
    indices: usize,
    /// Whether this was a list that grew too long.
    overflow: bool,
}

impl Node {
    fn of(values: Vec<String>, limits: Limits) -> Self {
        if values.len() == 1 {
            return Self::Text(values.into_iter().next().unwrap_or_default());
        }
        List::of(values.into_iter().map(Self::Text)).limited(limits)
    }

    const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Merges another value for the same name into this one.
    fn merge(self, other: Self, limits: Limits) -> Self {
        match (self, other) {
            (target, Self::Text(text)) if text.is_empty() => target,
            (Self::List(mut list), text @ Self::Text(_)) => {
                let overlong = limits.strict && list.length > limits.elements;
                list.push(text);
                if overlong { Self::Object(Fields { overflow: true, ..list.into_fields() }) } else { Self::List(list) }
            }
            (Self::Object(mut fields), text @ Self::Text(_)) if fields.overflow => {
                fields.set(fields.next_index().to_string(), text);
                Self::Object(fields)
            }
            (Self::Object(mut fields), Self::Text(text)) if !limits.strict => {
                if !INHERITED.contains(&text.as_str()) {
                    fields.set(text, Self::Text("true".to_owned()));
                }
                Self::Object(fields)
            }
            (target @ (Self::Text(_) | Self::Object(_)), text @ Self::Text(_)) => Self::List(List::of([target, text])),
            (text @ Self::Text(_), Self::List(list)) => {
                let mut joined = List::of([text]);
                joined.items.extend(list.items.into_iter().map(|(index, item)| (index + 1, item)));
                joined.length += list.length;
                joined.limited(limits)
            }
            (text @ Self::Text(_), object @ Self::Object(_)) => Self::List(List::of([text, object])),
            (Self::List(mut list), Self::List(other)) => {
                list.merge(other, limits);
                Self::List(list)
            }
            (Self::List(list), Self::Object(other)) => {
                let mut fields = list.into_fields();
                fields.merge(other, limits);
                Self::Object(fields)
            }
            (Self::Object(mut fields), Self::List(other)) => {
                fields.merge(other.into_fields(), limits);
                Self::Object(fields)
            }
            (Self::Object(mut fields), Self::Object(other)) => {
                fields.merge(other, limits);
                Self::Object(fields)
            }
        }
    }

    /// The finished value; holes of lists close up.
    fn finish(self) -> Param {
        match self {
            Self::Text(text) => Param::Text(text),
            Self::List(list) => Param::List(list.items.into_iter().map(|(_, item)| item.finish()).collect()),
            Self::Object(fields) => Param::Object(fields.finish()),
        }
    }
}

impl List {
    fn of(items: impl IntoIterator<Item = Node>) -> Self {
        let items: Vec<_> = items.into_iter().enumerate().collect();
        Self { length: items.len(), items }
    }

    fn push(&mut self, item: Node) {
        self.items.push((self.length, item));
        self.length += 1;
    }

    /// The list, or an object in its place when it is longer than qs 6.15 allows.
    fn limited(self, limits: Limits) -> Node {
        if limits.strict && self.length > limits.elements {
            Node::Object(Fields { overflow: true, ..self.into_fields() })
        } else {
            Node::List(self)
        }
    }

    /// Merges index by index; texts at a taken index go to the end.
    fn merge(&mut self, other: Self, limits: Limits) {
        for (index, item) in other.items {
            match self.items.binary_search_by_key(&index, |(index, _)| *index) {
                Err(place) => {
                    self.items.insert(place, (index, item));
                    self.length = self.length.max(index + 1);
                }
                Ok(place) => match self.items.get_mut(place) {
                    Some((_, slot)) if !(slot.is_text() || limits.strict && item.is_text()) => {
                        let target = std::mem::replace(slot, Node::Text(String::new()));
                        *slot = target.merge(item, limits);
                    }
                    _ => self.push(item),
                },
            }
        }
    }

    fn into_fields(self) -> Fields {
        let indices = self.items.len();
        let entries = self.items.into_iter().map(|(index, item)| (index.to_string(), item)).collect();
        Fields { entries, indices, overflow: false }
    }
}

impl Fields {
    fn next_index(&self) -> usize {
        let last = self.indices.checked_sub(1).and_then(|at| self.entries.get(at));
        last.and_then(|(name, _)| name.parse::<usize>().ok()).map_or(0, |index| index + 1)
    }

    /// Sets a field at its place: array indices first, ascending.
    fn set(&mut self, name: String, value: Node) {
        if let Some((_, slot)) = self.entries.iter_mut().find(|(other, _)| *other == name) {
            *slot = value;
            return;
        }
        match array_index(&name) {
            None => self.entries.push((name, value)),
            Some(index) => {
                let before = self.entries.get(..self.indices).unwrap_or_default();
                let place = before.partition_point(|(other, _)| array_index(other) < Some(index));
                self.entries.insert(place, (name, value));
                self.indices += 1;
            }
        }
    }

    fn merge(&mut self, other: Self, limits: Limits) {
        for (name, value) in other.entries {
            if let Some((_, slot)) = self.entries.iter_mut().find(|(other, _)| *other == name) {
                let target = std::mem::replace(slot, Node::Text(String::new()));
                *slot = target.merge(value, limits);
            } else {
                self.set(name, value);
            }
        }
        self.overflow |= other.overflow;
    }

    fn finish(self) -> Vec<(String, Param)> {
        self.entries.into_iter().map(|(name, value)| (name, value.finish())).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The parameters as `JSON.stringify` shows them.
    fn json(text: &str, limits: Limits) -> Result<String, TooMany> {
        fn value(param: &Param) -> String {
            match param {
                Param::Text(text) => format!("{text:?}"),
                Param::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(",")),
                Param::Object(fields) => {
                    let fields: Vec<_> =
                        fields.iter().map(|(name, param)| format!("{name:?}:{}", value(param))).collect();
                    format!("{{{}}}", fields.join(","))
                }
            }
        }
        let query = QueryString::parse_text(text, limits)?;
        let fields: Vec<_> = query.iter().map(|(name, param)| format!("{name:?}:{}", value(param))).collect();
        Ok(format!("{{{}}}", fields.join(",")))
    }

    /// Every row has been run through `qs` 6.5.2 and 6.15.0 in Node.js.
    #[test]
    fn both_generations_agree() {
        for (text, expected) in [
            ("", "{}"),
            ("&&a=1&", r#"{"a":"1"}"#),
            ("a&b&a", r#"{"a":["",""],"b":""}"#),
            ("a=1=2", r#"{"a":"1=2"}"#),
            ("=1", "{}"),
            ("2=a&1=b&b=c", r#"{"1":"b","2":"a","b":"c"}"#),
            ("a=1&a=2&a[]=4", r#"{"a":["1","2","4"]}"#),
            ("a[]=1&a=2&a[]=3", r#"{"a":["1","3","2"]}"#),
            ("a[]", r#"{"a":[""]}"#),
            ("%5B%5D=5", r#"{"0":"5"}"#),
            ("a%5bb%5D=1", r#"{"a":{"b":"1"}}"#),
            ("%255B=1", r#"{"%5B":"1"}"#),
            ("[b]=1", r#"{"b":"1"}"#),
            ("a=1&a[b]=2", r#"{"a":["1",{"b":"2"}]}"#),
            ("a[0]=x&a[b]=y", r#"{"a":{"0":"x","b":"y"}}"#),
            ("a[2]=x&a[1]=y", r#"{"a":["y","x"]}"#),
            ("a[1]=1&a[1]=2", r#"{"a":[["1","2"]]}"#),
            ("a[0]=1&a[0][c]=2", r#"{"a":["1",{"c":"2"}]}"#),
            ("a[][b]=1&a[][b]=2", r#"{"a":[{"b":["1","2"]}]}"#),
            ("a[b]=1&a[]=2", r#"{"a":{"0":"2","b":"1"}}"#),
            ("a[b]=1&a=b&a=c", r#"{"a":{"0":"b","1":"c","b":"1"}}"#),
            ("a[b]=1&a=", r#"{"a":{"b":"1"}}"#),
            ("a[01]=1&a[-1]=2", r#"{"a":{"01":"1","-1":"2"}}"#),
            ("a[b][c][d][e][f][g][h]=1", r#"{"a":{"b":{"c":{"d":{"e":{"f":{"[g][h]":"1"}}}}}}}"#),
            ("a]b=1&a[b=1", r#"{"a]b":"1","a[b":"1"}"#),
            ("a[[b]]=1", r#"{"a[":{"b":"1"}}"#),
            ("a[b]c[d]=1", r#"{"a":{"b":{"d":"1"}}}"#),
            ("a]=1]=2", r#"{"a]":"1]=2"}"#),
            ("a=x]=2", r#"{"a=x]":"2"}"#),
            ("hasOwnProperty=1&a[toString]=2&__proto__[x]=1&constructor=1&b=3", r#"{"b":"3"}"#),
            ("a+b=c+d%2B", r#"{"a b":"c d+"}"#),
            ("a=%zz+c", r#"{"a":"%zz c"}"#),
            (
                "a=%ff&b=%E2%82%AC&c=%&d=%zz&e=%ED%A0%80&f=%C0%80",
                r#"{"a":"%ff","b":"€","c":"%","d":"%zz","e":"%ED%A0%80","f":"%C0%80"}"#,
            ),
            (r#"query={"a":1}&sort={"b":-1}"#, r#"{"query":"{\"a\":1}","sort":"{\"b\":-1}"}"#),
            ("?a=1", r#"{"?a":"1"}"#),
        ] {
            assert_eq!(json(text, Limits::LENIENT).as_deref(), Ok(expected), "{text}");
            assert_eq!(json(text, Limits::STRICT).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_generations_differ() {
        for (text, lenient, strict) in [
            ("a[b]=1&a=2", r#"{"a":{"2":"true","b":"1"}}"#, r#"{"a":[{"b":"1"},"2"]}"#),
            ("a=%zz%5B", r#"{"a":"%zz%5B"}"#, r#"{"a":"%zz["}"#),
            ("a=%5B1%5D=2", r#"{"a":"[1]=2"}"#, r#"{"a=":["2"]}"#),
            ("a[21]=1", r#"{"a":{"21":"1"}}"#, r#"{"a":["1"]}"#),
        ] {
            assert_eq!(json(text, Limits::LENIENT).as_deref(), Ok(lenient), "{text}");
            assert_eq!(json(text, Limits::STRICT).as_deref(), Ok(strict), "{text}");
        }
    }

    #[test]
    fn limits_hold() {
        let many = |part: &str, times: usize| vec![part; times].join("&");
        for (text, refusal) in [
            (many("b=1", 1001), TooMany::Elements(500)),
            (many("", 1001), TooMany::Parameters(1000)),
            (many("a=1", 501), TooMany::Elements(500)),
            (many("a[]=1", 501), TooMany::Elements(500)),
            ("a[500]=1".to_owned(), TooMany::Elements(500)),
        ] {
            assert_eq!(json(&text, Limits::STRICT), Err(refusal));
            assert!(json(&text, Limits::LENIENT).is_ok());
        }
        assert!(json(&many("a=1", 500), Limits::STRICT).is_ok());
        assert!(json(&many("", 1000), Limits::STRICT).is_ok());
        let names: Vec<_> = (0..20_000).map(|number| format!("k{number}=1")).collect();
        assert_eq!(QueryString::parse_text(&names.join("&"), Limits::LENIENT).unwrap().iter().len(), 1000);
    }

    #[test]
    fn bare_bytes_are_latin_1() {
        let query = QueryString::parse("a=é".as_bytes(), Limits::STRICT).unwrap();
        assert_eq!(query.get("a").and_then(Param::as_text), Some("Ã©"));
        let query = QueryString::parse(b"\xff=%C3%A9\x80", Limits::STRICT).unwrap();
        assert_eq!(query.get("ÿ").and_then(Param::as_text), Some("é\u{80}"));
    }

    #[test]
    fn values_have_a_text() {
        let query = QueryString::parse(b"a=1&a=2&b[]=x&b[]=&c[d]=1&e[][f]=1&e[]=2", Limits::STRICT).unwrap();
        let text = |name: &str| query.get(name).map(|param| param.to_js_string().into_owned());
        assert_eq!(text("a").as_deref(), Some("1,2"));
        assert_eq!(text("b").as_deref(), Some("x,"));
        assert_eq!(text("c").as_deref(), Some("[object Object]"));
        assert_eq!(text("e").as_deref(), Some("[object Object],2"));
        assert_eq!(text("f"), None);
    }

    fn encoded(text: &str) -> String {
        text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
    }

    proptest! {
        #[test]
        fn no_bytes_panic(raw in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = QueryString::parse(&raw, Limits::STRICT);
            prop_assert!(QueryString::parse(&raw, Limits::LENIENT).is_ok());
        }

        #[test]
        fn brackets_do_not_panic(text in r"[ab=&\[\]%05BD+]{0,60}") {
            let _ = QueryString::parse_text(&text, Limits::STRICT);
            prop_assert!(QueryString::parse_text(&text, Limits::LENIENT).is_ok());
        }

        #[test]
        fn plain_pairs_come_back(pairs in proptest::collection::btree_map("[a-zé +&=%]{1,8}", "\\PC{0,20}", 0..12)) {
            let text: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
            let query = QueryString::parse(text.join("&").as_bytes(), Limits::LENIENT).unwrap();
            prop_assert_eq!(query.iter().len(), pairs.len());
            for (name, value) in &pairs {
                prop_assert_eq!(query.get(name).and_then(Param::as_text), Some(value.as_str()));
            }
        }
    }
}
