//! `JSON.parse` as the JavaScript engine of the real server has it.
//!
//! Three things differ from the usual JSON library: every number is a double (`1e999` is infinity, `-0` keeps its sign),
//! of repeated names the last value counts and stands at the first one's place, and names that look like array indices
//! come first, in ascending order.

use std::collections::HashMap;

use mongo_query::{Document, Key, Value};
use thiserror::Error;

/// How deep objects and lists may be nested. The engine itself has no such limit; MongoDB refuses what is nested
/// deeper than 100 levels, so nothing that ends well is lost. The limit keeps recursion over values safe.
pub const DEPTH_LIMIT: usize = 500;

/// From this many names on, an object's names are looked up by hash, so that a hostile object costs no quadratic time.
const HASHED_FROM: usize = 24;

/// Why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SyntaxError {
    /// The grammar does not allow what stands at this byte.
    #[error("unexpected text at byte {0}")]
    Unexpected(usize),
    /// The text ends too early.
    #[error("unexpected end")]
    End,
    /// Nested deeper than [`DEPTH_LIMIT`].
    #[error("nested too deeply")]
    TooDeep,
}

/// Parses `text`. Whole numbers of 32 bits become [`Value::Int32`], others [`Value::Double`]. Escaped halves of
/// surrogate pairs that stand alone become U+FFFD.
///
/// # Errors
/// When `text` is not one JSON value, or is nested deeper than [`DEPTH_LIMIT`].
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.skip_whitespace();
    if reader.at == text.len() { Ok(value) } else { Err(reader.unexpected()) }
}

/// The number of an array index as JavaScript orders names: `"0"` to `"4294967294"` without leading zeros.
pub fn array_index(name: &str) -> Option<u32> {
    let bytes = name.as_bytes();
    match bytes {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() < 10 && rest.iter().all(u8::is_ascii_digit) => {
            name.parse::<u32>().ok().filter(|&number| number != u32::MAX)
        }
        _ => None,
    }
}

/// An object or list whose end has not been read yet.
enum Open {
    List(Vec<Value>),
    Object(Fields, Key),
}

/// The fields of an object while it is read.
#[derive(Default)]
struct Fields {
    entries: Vec<(Key, Value)>,
    places: Option<HashMap<Key, usize>>,
    indexed: bool,
}

impl Fields {
    fn set(&mut self, name: Key, value: Value) {
        if let Some(slot) = self.place(&name).and_then(|place| self.entries.get_mut(place)) {
            slot.1 = value;
            return;
        }
        self.indexed |= array_index(&name).is_some();
        if let Some(places) = &mut self.places {
            places.insert(Key::clone(&name), self.entries.len());
        }
        self.entries.push((name, value));
        if self.places.is_none() && self.entries.len() >= HASHED_FROM {
            self.places =
                Some(self.entries.iter().enumerate().map(|(place, (name, _))| (Key::clone(name), place)).collect());
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(name).copied(),
            None => self.entries.iter().position(|(other, _)| &**other == name),
        }
    }

    fn finish(mut self) -> Document {
        if self.indexed {
            self.entries.sort_by_key(|(name, _)| array_index(name).map_or(u64::MAX, u64::from));
        }
        let mut document = Document::with_capacity(self.entries.len());
        for (name, value) in self.entries {
            document.push(name, value);
        }
        document
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self) -> SyntaxError {
        if self.at >= self.text.len() { SyntaxError::End } else { SyntaxError::Unexpected(self.at) }
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes `byte` if it comes next after whitespace.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_whitespace();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Reads one value with everything in it. Open objects and lists wait on a stack of their own, so that no input
    /// can exhaust the thread's.
    fn value(&mut self) -> Result<Value, SyntaxError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let Some(mut value) = self.start(&mut open)? else { continue };
            loop {
                match open.pop() {
                    None => return Ok(value),
                    Some(Open::List(mut items)) => {
                        items.push(value);
                        if self.take(b',') {
                            open.push(Open::List(items));
                            break;
                        }
                        if !self.take(b']') {
                            return Err(self.unexpected());
                        }
                        value = Value::Array(items);
                    }
                    Some(Open::Object(mut fields, name)) => {
                        fields.set(name, value);
                        if self.take(b',') {
                            let name = self.name()?;
                            open.push(Open::Object(fields, name));
                            break;
                        }
                        if !self.take(b'}') {
                            return Err(self.unexpected());
                        }
                        value = Value::Object(fields.finish());
                    }
                }
            }
        }
    }

    /// Reads a value without parts and returns it, or opens an object or list and returns nothing.
    fn start(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, SyntaxError> {
        self.skip_whitespace();
        match self.peek().ok_or(SyntaxError::End)? {
            bracket @ (b'[' | b'{') => {
                if open.len() >= DEPTH_LIMIT {
                    return Err(SyntaxError::TooDeep);
                }
                self.at += 1;
                if bracket == b'[' {
                    if self.take(b']') {
                        return Ok(Some(Value::Array(Vec::new())));
                    }
                    open.push(Open::List(Vec::new()));
                } else {
                    if self.take(b'}') {
                        return Ok(Some(Value::Object(Document::new())));
                    }
                    let name = self.name()?;
                    open.push(Open::Object(Fields::default(), name));
                }
                Ok(None)
            }
            b'"' => Ok(Some(Value::String(self.string()?.into_boxed_str()))),
            b'-' | b'0'..=b'9' => Ok(Some(self.number()?)),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => Err(self.unexpected()),
        }
    }

    /// Reads a field's name and the colon after it.
    fn name(&mut self) -> Result<Key, SyntaxError> {
        self.skip_whitespace();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        let name = self.string()?;
        if self.take(b':') { Ok(name.into()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Option<Value>, SyntaxError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(Some(value))
        } else {
            Err(self.unexpected())
        }
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == from { Err(self.unexpected()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let number = self.text.get(from..self.at).and_then(|text| text.parse::<f64>().ok());
        number.map(Value::from_js_number).ok_or(SyntaxError::Unexpected(from))
    }

    /// Reads a string from its opening quote to its closing one.
    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            out.push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.peek().ok_or(SyntaxError::End)? {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let letter = self.peek().ok_or(SyntaxError::End)?;
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.four_hex_digits()?;
        if let Some(letter) = char::from_u32(first) {
            return Ok(letter);
        }
        if first < 0xDC00 && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
            let back = self.at;
            self.at += 2;
            let second = self.four_hex_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_hex_digits(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(|| self.unexpected())?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stringify::write_value;

    /// What `JSON.stringify(JSON.parse(text))` is, or `None` where parsing throws.
    fn round(text: &str) -> Option<String> {
        let mut out = Vec::new();
        write_value(&parse(text).ok()?, &mut out);
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn texts_are_read_as_node_reads_them() {
        for (text, expected) in [
            (" \t\n\r1 ", "1"),
            ("-0", "0"),
            ("1E+2", "100"),
            ("1.0", "1"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.1e-400", "0"),
            ("5e-324", "5e-324"),
            ("1e999", "null"),
            (r#""\ud83d\ude00\u0041\/""#, "\"😀A/\""),
            (r#""\ud800\u0041""#, "\"\u{fffd}A\""),
            (r#""\ud800\ud800\udc00""#, "\"\u{fffd}\u{10000}\""),
            ("\"\u{2028}\u{7f}\"", "\"\u{2028}\u{7f}\""),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (
                r#"{"b":1,"2":1,"10":1,"01":1,"-1":1,"4294967295":1,"4294967294":1,"0":1}"#,
                r#"{"0":1,"2":1,"10":1,"4294967294":1,"b":1,"01":1,"-1":1,"4294967295":1}"#,
            ),
            (r#"{"__proto__":{"a":[]},"":{}}"#, r#"{"__proto__":{"a":[]},"":{}}"#),
            ("[[],{},[null,true,false,\"\"]]", "[[],{},[null,true,false,\"\"]]"),
        ] {
            assert_eq!(round(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            " ",
            "{bad",
            r#"{"a":1,}"#,
            "[1,]",
            "[,1]",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "1e+",
            "--1",
            r#""\x""#,
            "\"\t\"",
            "nul",
            "nulll",
            r#"{"a"}"#,
            "{a:1}",
            "{'a':1}",
            "[1 2]",
            "1 2",
            "\u{feff}1",
            r#""\u12""#,
            r#""\u12g4""#,
            "\u{a0}1",
            "[",
            "{",
            r#"{"a":"#,
            "\"abc",
            r#"{"a":1}x"#,
            "NaN",
            "Infinity",
            "undefined",
            "]",
            "[1}",
            r#"{"a":1]"#,
            "0x10",
        ] {
            assert_eq!(round(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_doubles() {
        assert_eq!(parse("2147483647"), Ok(Value::Int32(i32::MAX)));
        assert_eq!(parse("2147483648"), Ok(Value::Double(2_147_483_648.0)));
        assert_eq!(parse("1e999"), Ok(Value::Double(f64::INFINITY)));
        assert_eq!(parse("1e2"), Ok(Value::Int32(100)));
        assert!(matches!(parse("-0"), Ok(Value::Double(zero)) if zero.is_sign_negative()));
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| parse(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        assert!(nested(DEPTH_LIMIT).is_ok());
        assert_eq!(nested(DEPTH_LIMIT + 1), Err(SyntaxError::TooDeep));
        assert_eq!(parse(&"[".repeat(10_000_000)), Err(SyntaxError::TooDeep));
        assert_eq!(parse(&r#"{"a":"#.repeat(1_000_000)), Err(SyntaxError::TooDeep));
    }

    #[test]
    fn large_objects_keep_their_rules() {
        let fields: Vec<String> = (0..2000).map(|number| format!("\"k{}\":{number}", number % 1000)).collect();
        let value = parse(&format!("{{{}}}", fields.join(","))).unwrap();
        let document = value.as_object().unwrap();
        assert_eq!(document.len(), 1000);
        assert_eq!(document.iter().next().map(|(name, value)| (&**name, value)), Some(("k0", &Value::Int32(1000))));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            drop(parse(&text));
        }

        #[test]
        fn nearly_json_does_not_panic(text in r#"[\[\]{}",:0-9a-z.\\-]{0,40}"#) {
            if let Some(once) = round(&text) {
                prop_assert_eq!(round(&once), Some(once.clone()));
            }
        }
    }
}
