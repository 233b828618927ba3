//! Documents and the value types of MongoDB that they need.

use std::fmt;
use std::sync::Arc;

/// A field name. Shared, because a collection repeats a few names in every document.
pub type Key = Arc<str>;

/// One value of a document or of a query.
///
/// The numeric types are kept apart as MongoDB keeps them (`$type` tells them apart) and compare by value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The null value. A missing field is not a value; see the crate's documentation.
    Null,
    /// A boolean.
    Bool(bool),
    /// A 32-bit integer: what a JavaScript client stores for a whole number in that range.
    Int32(i32),
    /// A 64-bit integer.
    Int64(i64),
    /// A double, `NaN` and the infinities included.
    Double(f64),
    /// Text.
    String(Box<str>),
    /// A date: milliseconds since the Unix epoch, UTC.
    Date(i64),
    /// A regular expression as a value.
    Regex(Box<Regex>),
    /// Bytes of subtype 0.
    Binary(Box<[u8]>),
    /// An ordered list.
    Array(Vec<Value>),
    /// A document within a document.
    Object(Document),
}

/// A regular expression: its pattern and its option letters, as MongoDB stores both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regex {
    /// The pattern, in PCRE syntax.
    pub pattern: Box<str>,
    /// Option letters out of `imsxu`, as given.
    pub options: Box<str>,
}

impl Value {
    /// The number a JavaScript client stores for `number`: a 32-bit integer when it is whole and in range (but for
    /// negative zero), else a double. This is how every number of a Rocket.Chat record reaches MongoDB (upstream: the
    /// `bson` package of the Node.js driver).
    pub fn from_js_number(number: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the comparison below refuses what does not fit")]
        let whole = number as i32;
        if f64::from(whole).to_bits() == number.to_bits() { Self::Int32(whole) } else { Self::Double(number) }
    }

    /// The number as a double, or `None` for anything that is not a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int32(number) => Some(f64::from(*number)),
            #[expect(clippy::cast_precision_loss, reason = "callers ask for a double")]
            Self::Int64(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether the value counts as true where MongoDB expects a flag: everything but false, zero and null. `NaN` is true.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Int32(number) => *number != 0,
            Self::Int64(number) => *number != 0,
            Self::Double(number) => *number != 0.0,
            _ => true,
        }
    }

    /// The text, or `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The document, or `None` for anything else.
    pub fn as_object(&self) -> Option<&Document> {
        if let Self::Object(document) = self { Some(document) } else { None }
    }

    /// The list, or `None` for anything else.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into_boxed_str())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int32(number)
    }
}

/// As a JavaScript client stores the number; see [`Value::from_js_number`].
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a JavaScript number is a double")]
        Self::from_js_number(number as f64)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        i64::try_from(number).unwrap_or(i64::MAX).into()
    }
}

/// As a JavaScript client stores the number; see [`Value::from_js_number`].
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::from_js_number(number)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Arc<str>> for Value {
    fn from(text: &Arc<str>) -> Self {
        (&**text).into()
    }
}

impl From<&[String]> for Value {
    fn from(texts: &[String]) -> Self {
        Self::Array(texts.iter().map(Self::from).collect())
    }
}

impl From<&[&str]> for Value {
    fn from(texts: &[&str]) -> Self {
        Self::Array(texts.iter().map(|text| Self::from(*text)).collect())
    }
}

impl From<Vec<Document>> for Value {
    fn from(documents: Vec<Document>) -> Self {
        Self::Array(documents.into_iter().map(Self::Object).collect())
    }
}

/// Null for `None`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A [`Document`] of these fields, in this order. Every value is anything that a [`Value`] can be made of.
///
/// ```
/// use mongo_query::document;
///
/// let user = document! { "username": "admin", "active": true, "emails": vec![document! { "verified": true }] };
/// assert_eq!(user.get("username").and_then(|name| name.as_str()), Some("admin"));
/// ```
#[macro_export]
macro_rules! document {
    ($($name:literal : $value:expr),* $(,)?) => {
        <$crate::Document as ::core::iter::FromIterator<($crate::Key, $crate::Value)>>::from_iter([
            $(($crate::Key::from($name), $crate::Value::from($value))),*
        ])
    };
}

impl From<Document> for Value {
    fn from(document: Document) -> Self {
        Self::Object(document)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}

/// An ordered set of fields: order is kept and significant, names are unique.
#[derive(Clone, Default, PartialEq)]
pub struct Document {
    fields: Vec<(Key, Value)>,
}

impl Document {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty document with room for `fields` fields.
    pub fn with_capacity(fields: usize) -> Self {
        Self { fields: Vec::with_capacity(fields) }
    }

    /// The value of the top-level field `name`, or `None` when it is missing. `name` is taken whole: a dot is a letter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// The place and the value of the top-level field `name`.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, &Value)> {
        let place = self.fields.iter().position(|(key, _)| &**key == name)?;
        self.fields.get(place).map(|(_, value)| (place, value))
    }

    /// The field at a place.
    pub(crate) fn field_at(&self, place: usize) -> Option<(&Key, &Value)> {
        self.fields.get(place).map(|(key, value)| (key, value))
    }

    /// Like [`Document::get`], to change the value in place.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.fields.iter_mut().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// Sets a field: an existing one keeps its place, a new one goes last (as in a JavaScript object).
    pub fn insert(&mut self, name: impl Into<Key>, value: impl Into<Value>) {
        let name = name.into();
        let value = value.into();
        match self.get_mut(&name) {
            Some(slot) => *slot = value,
            None => self.fields.push((name, value)),
        }
    }

    /// Appends a field the caller knows to be new; no search for an older one is made.
    pub fn push(&mut self, name: impl Into<Key>, value: impl Into<Value>) {
        let name = name.into();
        debug_assert!(self.get(&name).is_none(), "field {name} is there already");
        self.fields.push((name, value.into()));
    }

    /// Appends a field of another document, sharing its name.
    pub(crate) fn append(&mut self, name: &Key, value: Value) {
        self.fields.push((Key::clone(name), value));
    }

    /// Takes a field out and returns its value, or `None` when it was missing. The others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.fields.iter().position(|(key, _)| &**key == name)?;
        Some(self.fields.remove(at).1)
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> {
        self.fields.iter().map(|(key, value)| (key, value))
    }

    /// The fields in order, values changeable.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Key, &mut Value)> {
        self.fields.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Gives back spare room, for documents that will be kept.
    pub fn shrink_to_fit(&mut self) {
        self.fields.shrink_to_fit();
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl FromIterator<(Key, Value)> for Document {
    /// Later fields of the same name replace earlier ones and keep the earlier place.
    fn from_iter<T: IntoIterator<Item = (Key, Value)>>(fields: T) -> Self {
        let mut document = Self::new();
        for (name, value) in fields {
            document.insert(name, value);
        }
        document
    }
}

impl IntoIterator for Document {
    type Item = (Key, Value);
    type IntoIter = std::vec::IntoIter<(Key, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}
