//! The closed set of checks. What a case file cannot say with them becomes a new variant here, a definition in
//! `schemas/case.schema.json`, a row in `docs/case-format.md` and a function in the matching file of `src/expect/`.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::{AppliesTo, Select, Source, VersionRange};
use crate::words::{serde_words, words};

words!(CompareOp, JsonType);
serde_words!(CompareOp, JsonType);

/// Lets `"equals": null` mean the value null rather than no condition.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// One check of an answer. Pointers are JSON pointers in which the segment `*` stands for every element or member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case", deny_unknown_fields)]
#[derive(VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Check {
    /// The status is one of these.
    Status {
        /// The accepted codes.
        is: Vec<u16>,
    },
    /// A response header meets a condition.
    Header {
        /// Its name, in any spelling.
        name: String,
        /// The condition on its text.
        is: Is,
    },
    /// The body is JSON (of these types).
    Json {
        /// Accepted types; an object when left out.
        #[serde(default, rename = "type")]
        types: Vec<JsonType>,
    },
    /// The body as text meets a condition.
    Text {
        /// The condition.
        is: Is,
    },
    /// Every value at a pointer meets a condition. No value at all fails, unless `if_present`.
    Value {
        /// Where.
        at: String,
        /// The condition.
        is: Is,
        /// Let the value be absent.
        #[serde(default)]
        if_present: bool,
    },
    /// The members of every object at a pointer.
    Keys {
        /// Where; the whole body when left out.
        #[serde(default)]
        at: String,
        /// Members that must be there.
        #[serde(default)]
        required: Vec<String>,
        /// If given, no other member may be there.
        #[serde(default)]
        allowed: Option<Vec<String>>,
        /// Members that must not be there.
        #[serde(default)]
        forbidden: Vec<String>,
    },
    /// Every value at a pointer is valid against a schema of `schemas/api/`. Where the schema comes in eras, the era is that of the
    /// `version` inside the value; without one, that of the server.
    Schema {
        /// Where.
        at: String,
        /// Its name in `schemas/api/index.json`.
        schema: String,
    },
    /// One of several exact forms is met, where sources differ. The report says which one.
    AnyOf {
        /// The forms.
        alternatives: Vec<Alternative>,
    },
    /// Two picked values compare.
    Compare {
        /// Left side.
        left: Select,
        /// How they must compare.
        op: CompareOp,
        /// Right side.
        right: Select,
    },
    /// Lists of values share nothing, and together are the whole.
    Partition {
        /// The whole list.
        whole: Select,
        /// The parts.
        parts: Vec<Select>,
    },
    /// Records are in MongoDB's order by these keys. Cannot be decided when no key has two distinct values.
    Sorted {
        /// The list; the records of the resource the step is about when left out.
        #[serde(default)]
        records: Option<String>,
        /// The keys, the first weighing most.
        by: Vec<SortKey>,
    },
    /// The values at a pointer differ from one another.
    Unique {
        /// Where.
        at: String,
    },
    /// The values at a pointer are all equal.
    Constant {
        /// Where.
        at: String,
    },
    /// A walk's pages tile the whole: each page says its own length and offset, `total` stays, no id comes twice, none is
    /// missing. For `walk` steps and `facts`.
    Tiles {},
    /// A predicate holds for every record of a list.
    Records {
        /// The list; the records of the resource the step is about when left out.
        #[serde(default)]
        records: Option<String>,
        /// Predicates that must all hold.
        #[serde(default, rename = "where")]
        all: Vec<Predicate>,
        /// Predicates of which one must hold.
        #[serde(default)]
        or: Vec<Predicate>,
    },
    /// The records of a list are exactly those of the facts for which the predicate holds, as a set of `_id`; and `total`
    /// says how many. When the list is a page, its records are among them and `total` says how many there are.
    Selects {
        /// The list; the records of the resource the step is about when left out.
        #[serde(default)]
        records: Option<String>,
        /// Predicates that must all hold.
        #[serde(default, rename = "where")]
        all: Vec<Predicate>,
        /// Predicates of which one must hold.
        #[serde(default)]
        or: Vec<Predicate>,
    },
    /// Every record of a list is the fact of the same `_id` after a projection: exactly one of `include` and `exclude`.
    Projected {
        /// The list; the records of the resource the step is about when left out.
        #[serde(default)]
        records: Option<String>,
        /// Dotted paths that stay (`_id` stays by itself).
        #[serde(default)]
        include: Option<Vec<String>>,
        /// Dotted paths that go.
        #[serde(default)]
        exclude: Option<Vec<String>>,
    },
    /// A relation between the fields of each record. Records that lack a field are passed over; when all do, the check cannot be decided.
    Relation {
        /// The list; the records of the resource the step is about when left out.
        #[serde(default)]
        records: Option<String>,
        /// Terms whose sum is the left side.
        left: Vec<Term>,
        /// How they must compare.
        op: CompareOp,
        /// Terms whose sum is the right side.
        right: Vec<Term>,
        /// Versions, by the record's own `version`, for which it holds.
        #[serde(default)]
        versions: VersionRange,
        /// How values are read.
        #[serde(default)]
        kind: TermKind,
    },
    /// How many errors a schema inside a document has about an instance inside it. For `document` steps.
    SchemaErrors {
        /// Pointer to the instance.
        instance: String,
        /// Pointer to the schema.
        schema: String,
        /// Condition on the number of errors.
        is: Is,
    },
    /// Writes a picked value into the report and judges nothing.
    Note {
        /// What it is called there.
        name: String,
        /// The value.
        value: Select,
    },
}

/// One exact form of several, with who states it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// How the report calls it, such as `published page` or `server source before 3.0`.
    pub name: String,
    /// Who states it, for which versions.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// Its own sources, where they differ from the case's.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// All of these must hold.
    pub expect: Vec<Check>,
}

/// A condition on one value. All members given must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Is {
    /// Whether there is a value at all. `false` makes presence a failure; other members are then pointless.
    pub exists: Option<bool>,
    /// Equal as JSON; numbers by value, members of objects in any order.
    #[serde(deserialize_with = "present")]
    pub equals: Option<Value>,
    /// Different from this.
    #[serde(deserialize_with = "present")]
    pub not_equals: Option<Value>,
    /// Equal to one of these.
    pub one_of: Option<Vec<Value>>,
    /// Of one of these types.
    #[serde(rename = "type")]
    pub types: Option<Vec<JsonType>>,
    /// Text in which the regular expression is found.
    pub matches: Option<String>,
    /// Text in which it is not found.
    pub not_matches: Option<String>,
    /// A number not below this.
    pub min: Option<f64>,
    /// A number not above this.
    pub max: Option<f64>,
    /// Length of a text (in characters), list or object not below this.
    pub min_length: Option<usize>,
    /// Length not above this.
    pub max_length: Option<usize>,
}

/// Types of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum JsonType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// Any number.
    Number,
    /// A number without a fraction.
    Integer,
    /// Text.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

/// How two values must compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum CompareOp {
    /// Equal as JSON: numbers by value, lists in order, members of objects in any order.
    #[strum(serialize = "==")]
    Equal,
    /// Not equal.
    #[strum(serialize = "!=")]
    NotEqual,
    /// Below, in MongoDB's order, values of one type.
    #[strum(serialize = "<")]
    Less,
    /// Below or equal.
    #[strum(serialize = "<=")]
    LessOrEqual,
    /// Above.
    #[strum(serialize = ">")]
    Greater,
    /// Above or equal.
    #[strum(serialize = ">=")]
    GreaterOrEqual,
    /// Two lists hold the same values in any order.
    SameSet,
    /// Every value of the left list is in the right one.
    Subset,
    /// The lists share no value.
    Disjoint,
}

/// A key to sort by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortKey {
    /// Dotted path.
    pub field: String,
    /// `1` ascending, `-1` descending.
    pub order: i8,
}

/// A predicate on a field of a record, with MongoDB's reading of missing fields and arrays.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// Dotted path.
    pub field: String,
    /// What must hold.
    pub op: PredicateOp,
    /// The operand, in which `${name}` may stand. Dates are written as they come on the wire.
    #[serde(default)]
    pub value: Value,
    /// Turn it round.
    #[serde(default)]
    pub not: bool,
}

/// What a predicate can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredicateOp {
    /// Equal; null matches a missing field.
    Eq,
    /// Not equal.
    Ne,
    /// Above, of the same type.
    Gt,
    /// Above or equal.
    Gte,
    /// Below.
    Lt,
    /// Below or equal.
    Lte,
    /// One of the list.
    In,
    /// None of the list.
    Nin,
    /// The field is there (`true`) or not (`false`).
    Exists,
    /// A text in which the regular expression is found; options as `(?i)`.
    Matches,
    /// Of this JSON type.
    Type,
    /// `[divisor, remainder]`, as MongoDB's `$mod`.
    Mod,
    /// A list of this length.
    Size,
    /// A list that holds all of these.
    All,
}

/// A term of a sum: a field, or a number when it reads as one, taken negatively after a leading `-`.
/// `sum(path.*.leaf)` adds up the members of an object or list, `length(path)` counts them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Term(pub String);

/// How the terms of a relation are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TermKind {
    /// As numbers.
    #[default]
    Number,
    /// As dates: ISO 8601 text, or the text JavaScript's `Date.toString()` makes (`lastLogin` from 6.2.0).
    Date,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_page_the_schema_and_the_types_name_the_same_checks() {
        let schema: Value = serde_json::from_str(include_str!("../../../schemas/case.schema.json")).unwrap();
        let in_schema: BTreeSet<&str> = schema["$defs"]["check"]["properties"]["check"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let in_rust: BTreeSet<&str> = Check::VARIANTS.iter().copied().collect();
        assert_eq!(in_schema, in_rust);
        let page = include_str!("../../../docs/case-format.md");
        let table = page.split("## Checks").nth(1).unwrap();
        for name in in_rust {
            let read = serde_json::from_value::<Check>(serde_json::json!({"check": name}));
            let is_known = read.err().is_none_or(|error| !error.to_string().contains("unknown variant"));
            assert!(is_known, "`{name}` is not what case files call it");
            assert!(table.contains(&format!("`{name}`")), "docs/case-format.md does not explain `{name}`");
        }
    }
}
