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
pub const DEPTH_LIMIT: usize = 1_000;

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
pub(crate) fn array_index(name: &str) -> Option<u32> {
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
    fields: Vec<(Key, Value)>,
    places: Option<HashMap<Key, usize>>,
    indexed: bool,
}

impl Fields {
    fn set(&mut self, name: Key, value: Value) {
        if let Some(slot) = self.place(&name).and_then(|place| self.fields.get_mut(place)) {
            slot.1 = value;
            return;
        }
        self.indexed |= array_index(&name).is_some();
        if let Some(places) = &mut self.places {
            places.insert(Key::clone(&name), self.fields.len());
        }
        self.fields.push((name, value));
        if self.places.is_none() && self.fields.len() >= HASHED_FROM {
            self.places =
                Some(self.fields.iter().enumerate().map(|(place, (name, _))| (Key::clone(name), place)).collect());
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(name).copied(),
            None => self.fields.iter().position(|(other, _)| &**other == name),
        }
    }

    fn finish(mut self) -> Document {
        if self.indexed {
            self.fields.sort_by_key(|(name, _)| array_index(name).map_or(u64::MAX, u64::from));
        }
        let mut document = Document::with_capacity(self.fields.len());
        for (name, value) in self.fields {
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
