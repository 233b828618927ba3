//! `sort`, `fields` and `query`: the parameters with which a list is ordered, trimmed and filtered.
//!
//! Upstream: `apps/meteor/app/api/server/helpers/parseJsonQuery.ts` and `lib/cleanQuery.ts` (3.13 to 8.x), before that
//! `packages/rocketchat-api/server/helpers/parseJsonQuery.js`.

use std::borrow::Cow;

use mongo_query::{Document, Value};

use crate::state::query::{ListParams, SortParam, Used};

use crate::era::{
    DeprecationHeaders, ExcludedFields, ParameterPresence, QueryAndFields, QueryCleaner, QueryParser, Switches,
    ValueChecks,
};
use javascript::ejson;
use javascript::ejson::{EjsonError, Prototypes};
use javascript::json;
use javascript::json::SyntaxError;
use javascript::qs::{Param, QueryString};
use javascript::text;

/// The `details` of every [`ParamError`] that has a code: `{"helperMethod":"parseJsonQuery"}`.
pub const HELPER_METHOD: &str = "parseJsonQuery";

/// How parameters are read by one server.
#[derive(Debug, Clone)]
pub struct Rules {
    parser: QueryParser,
    cleaner: QueryCleaner,
    checks: ValueChecks,
    presence: ParameterPresence,
    honoured: bool,
    excluded: &'static [&'static str],
}

/// A parameter that cannot be used: a 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError {
    /// The `errorType`, which also follows the message in brackets. `None` for an error of the language itself, which
    /// comes out as its bare text without `errorType` and `details`.
    pub code: Option<&'static str>,
    /// The message, without the code.
    pub message: String,
    /// The deprecated parameters used so far: their headers are on the refusal, too.
    pub used: Used,
}

#[cfg(test)]
impl ParamError {
    /// The text of `error`: the message and, in brackets, the code.
    fn text(&self) -> Cow<'_, str> {
        match self.code {
            Some(code) => Cow::Owned(format!("{} [{code}]", self.message)),
            None => Cow::Borrowed(&self.message),
        }
    }
}

impl Rules {
    /// The rules of a server with these switches. `unsafe_params` overrides whether `query` and `fields` work: upstream's
    /// environment variable `ALLOW_UNSAFE_QUERY_AND_FIELDS_API_PARAMS`. It does nothing where they are removed.
    pub fn new(switches: &Switches, unsafe_params: Option<bool>) -> Self {
        Self {
            parser: switches.query_parser,
            cleaner: switches.query_cleaner,
            checks: switches.value_checks,
            presence: switches.parameter_presence,
            honoured: match switches.query_and_fields {
                QueryAndFields::Honoured => unsafe_params.unwrap_or(true),
                QueryAndFields::Gated => unsafe_params.unwrap_or(false),
                QueryAndFields::Removed => false,
            },
            excluded: match switches.excluded_fields {
                ExcludedFields::Since0_60 => &["joinCode", "$loki", "meta", "members", "usernames", "importIds"],
                ExcludedFields::Since0_67 => &["joinCode", "members", "importIds"],
                ExcludedFields::Since0_71 => &["joinCode", "members", "importIds", "e2e"],
            },
        }
    }

    /// The text of the parameter, or `None` when it does not count as given.
    fn text<'a>(&self, query: &'a QueryString, name: &str) -> Option<Cow<'a, str>> {
        let param = query.get(name)?;
        match (self.presence, param) {
            (ParameterPresence::Truthy, Param::Text(text)) if text.is_empty() => None,
            (_, Param::Text(text)) => Some(Cow::Borrowed(text)),
            (ParameterPresence::Truthy, other) => Some(other.to_js_string()),
            (ParameterPresence::Text, Param::List(_) | Param::Object(_)) => None,
        }
    }

    fn excludes(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or_default();
        self.excluded.iter().any(|excluded| *excluded == name || *excluded == first)
    }

    /// Whether all values are among `allowed`, where that is checked. Null has no values to ask for.
    fn values_allowed(&self, value: &Value, allowed: [f64; 2]) -> bool {
        match self.checks {
            ValueChecks::None => true,
            ValueChecks::Strict => {
                let ok = |value: &Value| value.as_f64().is_some_and(|number| allowed.contains(&number));
                match value {
                    Value::Null => false,
                    Value::String(text) => text.is_empty(),
                    Value::Object(document) => document.iter().all(|(_, value)| ok(value)),
                    Value::Array(items) => items.iter().all(ok),
                    _ => true,
                }
            }
        }
    }

    fn sort(&self, text: &str) -> Option<SortParam> {
        let value = json::parse(text).ok()?;
        if !self.values_allowed(&value, [1.0, -1.0]) {
            return None;
        }
        Some(match (&value, self.checks) {
            // `sort || {name: 1}`
            (Value::Null | Value::Bool(false), _) => SortParam::Default,
            (Value::String(text), _) if text.is_empty() => SortParam::Default,
            (number, _) if number.as_f64().is_some_and(|number| number == 0.0) => SortParam::Default,
            (Value::Array(items), ValueChecks::Strict) => list_sort(items),
            (Value::Array(items), ValueChecks::None) => old_list_sort(items),
            (Value::String(name), ValueChecks::None) => SortParam::Keys(one_key(name, 1)),
            (Value::Object(keys), _) if keys.is_empty() => SortParam::None,
            (Value::Object(_), _) => match value {
                Value::Object(keys) => SortParam::Keys(keys),
                _ => SortParam::None,
            },
            (_, ValueChecks::Strict) => {
                let mut shown = Vec::new();
                javascript::stringify::write_value(&value, &mut shown);
                let shown = String::from_utf8_lossy(&shown);
                SortParam::Invalid(format!("Invalid sort format: {shown} Sort must be a valid object"))
            }
            (_, ValueChecks::None) => SortParam::Invalid(OLD_SORT_REFUSAL.to_owned()),
        })
    }

    /// The projection that the value of `fields` makes, once merged with the exclusions.
    fn projection(&self, value: &Value) -> Option<Document> {
        let mut merged = Document::new();
        for (name, value) in text::own_fields(value) {
            let object = !matches!(value, Value::String(_));
            if &*name != "__proto__" && !(object && self.excludes(&name)) {
                merged.push(name, value);
            }
        }
        if merged.is_empty() {
            return None;
        }
        for name in self.excluded {
            merged.insert(*name, 0);
        }
        // `doNotMixInclusionAndExclusionFields` in the model layer: inclusions drive out exclusions, that of `_id` too.
        // The oldest servers sent the mix, which MongoDB refuses; nobody wants that back.
        let is_zero = |value: &Value| value.as_f64() == Some(0.0);
        if merged.iter().any(|(_, value)| !is_zero(value)) {
            merged = merged.into_iter().filter(|(_, value)| !is_zero(value)).collect();
        }
        Some(merged)
    }

    /// The cleaner goes through the fields of every copy it gets to and calls `hasOwnProperty` of it.
    fn prototypes(&self) -> Prototypes {
        match self.cleaner {
            QueryCleaner::TopLevel => Prototypes::Felt,
            QueryCleaner::None => Prototypes::Dropped,
        }
    }

    /// The filter that the value of `query` makes.
    fn filter(&self, value: Value) -> Option<Document> {
        let cleaned = match self.cleaner {
            QueryCleaner::TopLevel if is_dangerous(&value) => return None,
            QueryCleaner::TopLevel => true,
            QueryCleaner::None => false,
        };
        let fields = match value {
            Value::Object(document) => document.into_iter().collect(),
            other => text::own_fields(&other),
        };
        let kept = fields
            .into_iter()
            .filter(|(name, _)| &**name != "__proto__" && !(cleaned && is_cleaned_away(name)) && !self.excludes(name));
        Some(kept.collect())
    }
}

const OLD_SORT_REFUSAL: &str = "Illegal sort clause, must be of the form [['field1', '(ascending|descending)'], ['field2', '(ascending|descending)']]";

fn one_key(name: &str, direction: i32) -> Document {
    let mut keys = Document::with_capacity(1);
    keys.push(name, direction);
    keys
}

/// What the driver makes of a list of 1 and -1 (upstream: `mongodb` 6, `sort.ts`): of two elements the first is the key and
/// the second its direction; else each is a key, ascending.
fn list_sort(items: &[Value]) -> SortParam {
    match items {
        [] => SortParam::None,
        [name, direction] => {
            SortParam::Keys(one_key(&text::to_string(name).unwrap_or_default(), direction_of(direction).unwrap_or(1)))
        }
        names => SortParam::Keys(
            names.iter().map(|name| (text::to_string(name).unwrap_or_default().into(), Value::Int32(1))).collect(),
        ),
    }
}

/// What the drivers before value checks made of a list (upstream: `mongodb` 2 and 3, `formattedOrderClause`): names, or
/// pairs of a name and a direction.
fn old_list_sort(items: &[Value]) -> SortParam {
    let mut keys = Document::new();
    for item in items {
        match item {
            Value::Array(pair) => {
                let [Value::String(name), direction] = pair.as_slice() else {
                    return SortParam::Invalid(OLD_SORT_REFUSAL.to_owned());
                };
                let Some(direction) = direction_of(direction) else {
                    return SortParam::Invalid(OLD_SORT_REFUSAL.to_owned());
                };
                keys.insert(&**name, direction);
            }
            name => keys.insert(text::to_string(name).unwrap_or_default(), 1),
        }
    }
    if keys.is_empty() { SortParam::None } else { SortParam::Keys(keys) }
}

fn direction_of(value: &Value) -> Option<i32> {
    match text::to_string(value)?.to_lowercase().as_str() {
        "ascending" | "asc" | "1" => Some(1),
        "descending" | "desc" | "-1" => Some(-1),
        _ => None,
    }
}

/// Whether the cleaner takes a field away at the top level.
fn is_cleaned_away(name: &str) -> bool {
    matches!(name, "constructor" | "__proto__" | "prototype") || is_refused_operator(name)
}

fn is_refused_operator(name: &str) -> bool {
    name.starts_with('$') && !matches!(name, "$or" | "$and" | "$regex")
}

/// Whether the cleaner fails on `value`: it calls `hasOwnProperty` of every object it gets to, and it does not look into
/// what it takes away, at any depth.
fn is_dangerous(value: &Value) -> bool {
    match value {
        Value::Object(document) => {
            document.get("hasOwnProperty").is_some()
                || document.iter().any(|(name, value)| !is_cleaned_away(name) && is_dangerous(value))
        }
        Value::Array(items) => items.iter().any(is_dangerous),
        _ => false,
    }
}

/// Reads `sort`, `fields` and `query`, in this order; the first that fails answers.
///
/// # Errors
/// When one of them is not what it should be; see the tables in the tests.
pub fn parse(query: &QueryString, rules: &Rules) -> Result<ListParams, ParamError> {
    let mut used = Used::default();
    let sort = match rules.text(query, "sort") {
        None => SortParam::Default,
        Some(text) => rules.sort(&text).ok_or_else(|| invalid("error-invalid-sort", "sort", &text, used))?,
    };
    let mut params = ListParams { sort, fields: None, filter: Document::new(), used };
    if !rules.honoured {
        return Ok(params);
    }
    if let Some(text) = rules.text(query, "fields") {
        used.fields = true;
        let value = json::parse(&text).ok().filter(|value| rules.values_allowed(value, [0.0, 1.0]));
        let value = value.ok_or_else(|| invalid("error-invalid-fields", "fields", &text, used))?;
        if matches!(value, Value::Null) {
            return Err(keys_of_null(used));
        }
        params.fields = rules.projection(&value);
    }
    if let Some(text) = rules.text(query, "query") {
        used.query = true;
        let value = match (rules.parser, query.get("query")) {
            // Quirk: unlike `JSON.parse`, `EJSON.parse` takes text only (npm `ejson`), so that a list is refused.
            (QueryParser::Ejson, Some(Param::List(_) | Param::Object(_))) => None,
            (QueryParser::Ejson, _) => match ejson::parse(&text, rules.prototypes()) {
                Err(EjsonError::Syntax(SyntaxError::TooDeep)) => Some(deeper_than_mongodb_takes()),
                parsed => parsed.ok(),
            },
            (QueryParser::Json, _) => match json::parse(&text) {
                Err(SyntaxError::TooDeep) => Some(deeper_than_mongodb_takes()),
                parsed => parsed.ok(),
            },
        };
        let value = value.ok_or_else(|| invalid("error-invalid-query", "query", &text, used))?;
        if rules.cleaner == QueryCleaner::None && matches!(value, Value::Null) {
            return Err(keys_of_null(used));
        }
        params.filter = rules.filter(value).ok_or_else(|| invalid("error-invalid-query", "query", &text, used))?;
    }
    params.used = used;
    Ok(params)
}

/// Stands for a query nested deeper than this program reads: JavaScript reads it, and MongoDB refuses it when the query runs,
/// which is after the permission check.
fn deeper_than_mongodb_takes() -> Value {
    (0..=100).fold(Value::Int32(1), |inner, _| {
        let mut outer = Document::new();
        outer.push("a", inner);
        outer.into()
    })
}

fn invalid(code: &'static str, name: &str, value: &str, used: Used) -> ParamError {
    ParamError { code: Some(code), message: format!("Invalid {name} parameter provided: \"{value}\""), used }
}

/// Null passes for an object where nothing checked or cleaned it, and then has no keys.
fn keys_of_null(used: Used) -> ParamError {
    ParamError { code: None, message: "Cannot convert undefined or null to object".to_owned(), used }
}

/// The headers that call `fields` and `query` deprecated, for a request to `endpoint` (a path such as
/// `/api/v1/statistics.list`). When both were used, `query` is what they name.
pub fn deprecation_headers(used: Used, switches: &Switches, endpoint: &str) -> Vec<(&'static str, String)> {
    let parameter = match used {
        Used { query: true, .. } => "query",
        Used { fields: true, .. } => "fields",
        Used { .. } => return Vec::new(),
    };
    let exposure = |version: &str| {
        format!(
            "The usage of the \"{parameter}\" parameter in endpoint \"{endpoint}\" breaks the security of the API and can lead to \
             data exposure. It has been deprecated and will be removed in the version {version}."
        )
    };
    let (version, message) = match switches.deprecation_headers {
        DeprecationHeaders::None => return Vec::new(),
        DeprecationHeaders::For7 => (
            "7.0.0",
            format!(
                "The parameter \"{parameter}\" in the endpoint \"{endpoint}\" is deprecated and will be removed on version 7.0.0"
            ),
        ),
        DeprecationHeaders::For8 => ("8.0.0", exposure("8.0.0")),
        DeprecationHeaders::For9 => ("9.0.0", exposure("9.0.0")),
    };
    vec![
        ("x-deprecation-type", "parameter-deprecation".to_owned()),
        ("x-deprecation-version", version.to_owned()),
        ("x-deprecation-message", message),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::Fixtures;
    use crate::doors::rest::context::limits;
    use crate::era::Profiles;
    use javascript::stringify::write_document;

    impl Rules {
        /// The projection of a request without `fields`.
        fn default_projection(&self) -> Document {
            self.excluded.iter().map(|name| ((*name).into(), Value::Int32(0))).collect()
        }
    }

    fn switches(profile: &str) -> Switches {
        let texts = Fixtures::embedded().profiles().unwrap();
        let profiles = Profiles::read(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
        profiles.resolve(Some(profile), None).unwrap().switches
    }

    fn read_with(
        profile: &Switches,
        unsafe_params: Option<bool>,
        name: &str,
        value: &str,
    ) -> Result<ListParams, ParamError> {
        let encoded = value.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"));
        let query = QueryString::parse(format!("{name}={encoded}").as_bytes(), limits(profile)).unwrap();
        parse(&query, &Rules::new(profile, unsafe_params))
    }

    fn read(profile: &str, name: &str, value: &str) -> Result<ListParams, ParamError> {
        read_with(&switches(profile), Some(true), name, value)
    }

    fn json(document: &Document) -> String {
        let mut out = Vec::new();
        write_document(document, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn refusal(name: &str, value: &str) -> String {
        format!("Invalid {name} parameter provided: \"{value}\" [error-invalid-{name}]")
    }

    #[test]
    fn sort() {
        for profile in ["documented", "6", "8"] {
            for (value, expected) in [
                (r#"{"createdAt":-1}"#, r#"{"createdAt":-1}"#),
                (r#"{"a":1,"b":-1}"#, r#"{"a":1,"b":-1}"#),
                (r#"{"b":1,"2":1,"1":-1}"#, r#"{"1":-1,"2":1,"b":1}"#),
                (r#"{"a.b":1}"#, r#"{"a.b":1}"#),
                (r#"{"a":1.0}"#, r#"{"a":1}"#),
                (r#"{"$a":1}"#, r#"{"$a":1}"#),
                ("[1]", r#"{"1":1}"#),
                ("[1,-1]", r#"{"1":-1}"#),
                ("[1,-1,1]", r#"{"1":1,"-1":1}"#),
            ] {
                match read(profile, "sort", value).unwrap().sort {
                    SortParam::Keys(keys) => assert_eq!(json(&keys), expected),
                    other => panic!("{value}: {other:?}"),
                }
            }
            for value in [
                r#"{"a":"1"}"#,
                r#"{"a":true}"#,
                r#"{"a":0}"#,
                r#"{"a":2}"#,
                r#"{"a":"desc"}"#,
                r#"{"a":{"$meta":"x"}}"#,
                r#"{"a":null}"#,
                "null",
                r#""x""#,
                "[[1]]",
                "{bad",
                "[2]",
                " ",
            ] {
                let error = read(profile, "sort", value).unwrap_err();
                assert_eq!((error.code, &*error.text()), (Some("error-invalid-sort"), &*refusal("sort", value)));
            }
            for value in [r#""""#, "0", "-0", "false"] {
                assert_eq!(read(profile, "sort", value).unwrap().sort, SortParam::Default, "{value}");
            }
            for value in ["{}", "[]"] {
                assert_eq!(read(profile, "sort", value).unwrap().sort, SortParam::None, "{value}");
            }
            for value in ["1", "true", "5"] {
                let text = format!("Invalid sort format: {value} Sort must be a valid object");
                assert_eq!(read(profile, "sort", value).unwrap().sort, SortParam::Invalid(text));
            }
        }
    }

    #[test]
    fn sort_before_values_were_checked() {
        for (value, expected) in [
            (r#"{"a":"1"}"#, SortParam::Keys([("a".into(), "1".into())].into_iter().collect())),
            (
                r#"[["a","desc"],"b"]"#,
                SortParam::Keys([("a".into(), (-1).into()), ("b".into(), 1.into())].into_iter().collect()),
            ),
            (r#""a""#, SortParam::Keys(one_key("a", 1))),
            ("null", SortParam::Default),
            ("0", SortParam::Default),
            ("{}", SortParam::None),
            ("5", SortParam::Invalid(OLD_SORT_REFUSAL.to_owned())),
            ("[[1]]", SortParam::Invalid(OLD_SORT_REFUSAL.to_owned())),
        ] {
            assert_eq!(read("3", "sort", value).unwrap().sort, expected, "{value}");
        }
        assert_eq!(read("3", "sort", "{bad").unwrap_err().text(), refusal("sort", "{bad"));
    }

    #[test]
    fn fields() {
        const HIDDEN: &str = r#"{"joinCode":0,"members":0,"importIds":0,"e2e":0}"#;
        for profile in ["documented", "6", "8"] {
            let rules = Rules::new(&switches(profile), Some(true));
            assert_eq!(json(&rules.default_projection()), HIDDEN);
            for (value, expected) in [
                ("{}", HIDDEN),
                ("[]", HIDDEN),
                ("1", HIDDEN),
                ("true", HIDDEN),
                (r#""""#, HIDDEN),
                (r#"{"a":1}"#, r#"{"a":1}"#),
                (r#"{"a":0}"#, r#"{"a":0,"joinCode":0,"members":0,"importIds":0,"e2e":0}"#),
                (r#"{"a":1,"b":0}"#, r#"{"a":1}"#),
                (r#"{"_id":0,"a":1}"#, r#"{"a":1}"#),
                (r#"{"_id":0}"#, r#"{"_id":0,"joinCode":0,"members":0,"importIds":0,"e2e":0}"#),
                (r#"{"a.b":1}"#, r#"{"a.b":1}"#),
                (r#"{"joinCode":1}"#, HIDDEN),
                (r#"{"members.x":1}"#, HIDDEN),
                (r#"{"members":1,"a":1}"#, r#"{"a":1}"#),
                ("[1]", r#"{"0":1}"#),
                ("[0]", r#"{"0":0,"joinCode":0,"members":0,"importIds":0,"e2e":0}"#),
                (r#"{"a":1,"a.b":1}"#, r#"{"a":1,"a.b":1}"#),
            ] {
                let params = read(profile, "fields", value).unwrap();
                assert_eq!(json(&params.fields.unwrap_or_else(|| rules.default_projection())), expected, "{value}");
                assert_eq!(params.used, Used { fields: true, query: false });
            }
            for value in [r#"{"a":2}"#, r#"{"a":true}"#, r#"{"a":{"$slice":1}}"#, r#""x""#, "null", "{bad"] {
                let error = read(profile, "fields", value).unwrap_err();
                assert_eq!((error.code, &*error.text()), (Some("error-invalid-fields"), &*refusal("fields", value)));
                assert!(error.used.fields);
            }
        }
        let error = read("3", "fields", "null").unwrap_err();
        assert_eq!((error.code, &*error.text()), (None, "Cannot convert undefined or null to object"));
        assert_eq!(
            json(&read("3", "fields", r#"{"a":"x","b":true}"#).unwrap().fields.unwrap()),
            r#"{"a":"x","b":true}"#
        );
    }

    #[test]
    fn query() {
        for profile in ["documented", "6", "8"] {
            for (value, expected) in [
                ("{}", "{}"),
                ("null", "{}"),
                ("[]", "{}"),
                ("1", "{}"),
                ("true", "{}"),
                (r#""""#, "{}"),
                (r#""x""#, r#"{"0":"x"}"#),
                (r#"[{"a":1}]"#, r#"{"0":{"a":1}}"#),
                (r#"{"totalUsers":{"$gt":5}}"#, r#"{"totalUsers":{"$gt":5}}"#),
                (r#"{"a":{"$foo":{"$bar":1}}}"#, r#"{"a":{"$foo":{"$bar":1}}}"#),
                (r#"{"$or":[{"$where":"1"}]}"#, r#"{"$or":[{"$where":"1"}]}"#),
                (r#"{"$and":[]}"#, r#"{"$and":[]}"#),
                (r#"{"$regex":"a"}"#, r#"{"$regex":"a"}"#),
                (
                    r#"{"$nor":[{}],"$where":"1","$expr":{},"$text":{},"$comment":"","$jsonSchema":{},"a":1}"#,
                    r#"{"a":1}"#,
                ),
                (r#"{"$date":0}"#, "{}"),
                (r#"{"$binary":"AAEC"}"#, r#"{"0":0,"1":1,"2":2}"#),
                (r#"{"a":{"$date":0}}"#, r#"{"a":"1970-01-01T00:00:00.000Z"}"#),
                (r#"{"_id":{"$oid":"x"}}"#, r#"{"_id":{"$oid":"x"}}"#),
                (r#"{"a":{"$escape":{"$date":0}}}"#, r#"{"a":{"$date":0}}"#),
                (r#"{"a":{"$type":"string"}}"#, r#"{"a":{"$type":"string"}}"#),
                (
                    r#"{"constructor":1,"__proto__":{},"prototype":1,"b":{"constructor":1}}"#,
                    r#"{"b":{"constructor":1}}"#,
                ),
                (r#"{"joinCode":1,"members.x":1,"importIds":1,"e2e.y":1,"membersX":1}"#, r#"{"membersX":1}"#),
                (r#"{"$or":[{"joinCode":1}]}"#, r#"{"$or":[{"joinCode":1}]}"#),
            ] {
                let params = read(profile, "query", value).unwrap();
                assert_eq!(json(&params.filter), expected, "{value}");
                assert_eq!(params.used, Used { fields: false, query: true });
            }
            for value in [
                "{bad",
                r#"{"hasOwnProperty":1}"#,
                r#"{"a":[{"b":{"hasOwnProperty":null}}]}"#,
                r#"{"a":{"$type":"oid","$value":"x"}}"#,
                r#"{"a":{"$regexp":"(","$flags":""}}"#,
            ] {
                let error = read(profile, "query", value).unwrap_err();
                assert_eq!((error.code, &*error.text()), (Some("error-invalid-query"), &*refusal("query", value)));
                assert!(error.used.query);
            }
        }
    }

    #[test]
    fn query_before_ejson_and_cleaning() {
        let mut old = switches("documented");
        old.query_cleaner = QueryCleaner::None;
        let filter =
            |switches: &Switches, value: &str| json(&read_with(switches, None, "query", value).unwrap().filter);
        assert_eq!(filter(&old, r#"{"$nor":[],"hasOwnProperty":1,"members":1}"#), r#"{"$nor":[],"hasOwnProperty":1}"#);
        assert_eq!(filter(&old, r#"{"$date":0}"#), "{}");
        assert_eq!(read_with(&old, None, "query", "null").unwrap_err().code, None);
        old.query_parser = QueryParser::Json;
        assert_eq!(filter(&old, r#"{"$date":0}"#), r#"{"$date":0}"#);
        assert_eq!(filter(&old, r#"{"a":{"$date":0}}"#), r#"{"a":{"$date":0}}"#);
    }

    #[test]
    fn the_first_malformed_parameter_answers() {
        let six = switches("6");
        let code = |text: &str| {
            let query = QueryString::parse(text.as_bytes(), limits(&six)).unwrap();
            parse(&query, &Rules::new(&six, None)).unwrap_err().code
        };
        assert_eq!(code("query=x&fields=x&sort=x"), Some("error-invalid-sort"));
        assert_eq!(code("query=x&fields=x"), Some("error-invalid-fields"));
        assert_eq!(code("query=x&fields={}"), Some("error-invalid-query"));
    }

    #[test]
    fn presence_depends_on_the_version() {
        let read = |profile: &str, text: &str| {
            let switches = switches(profile);
            let query = QueryString::parse(text.as_bytes(), limits(&switches)).unwrap();
            parse(&query, &Rules::new(&switches, Some(true))).map_err(|error| error.text().into_owned())
        };
        for name in ["sort", "fields", "query"] {
            assert_eq!(read("8", &format!("{name}=")).unwrap_err(), refusal(name, ""));
            assert!(read("8", &format!("{name}=x&{name}=y")).is_ok());
            assert!(read("8", &format!("{name}[a]=y")).is_ok());
            assert!(read("6", &format!("{name}=")).is_ok());
            assert_eq!(read("6", &format!("{name}=x&{name}=y")).unwrap_err(), refusal(name, "x,y"));
            assert_eq!(read("6", &format!("{name}[a]=y")).unwrap_err(), refusal(name, "[object Object]"));
        }
        assert_eq!(read("6", "sort[]={}").unwrap().sort, SortParam::None);
    }

    #[test]
    fn query_and_fields_may_be_ignored() {
        for (profile, unsafe_params, honoured) in [
            ("documented", None, true),
            ("documented", Some(false), false),
            ("6", None, true),
            ("7", None, false),
            ("8", None, false),
            ("8", Some(true), true),
            ("9-preview", Some(true), false),
        ] {
            let switches = switches(profile);
            assert_eq!(Rules::new(&switches, unsafe_params).honoured, honoured, "{profile}");
            assert_eq!(read_with(&switches, unsafe_params, "query", "{bad").is_err(), honoured, "{profile}");
            assert_eq!(read_with(&switches, unsafe_params, "fields", "{bad").is_err(), honoured, "{profile}");
            assert!(read_with(&switches, unsafe_params, "sort", "{bad").is_err(), "{profile}");
        }
    }

    #[test]
    fn deprecation() {
        const PATH: &str = "/api/v1/statistics.list";
        let headers =
            |profile: &str, fields, query| deprecation_headers(Used { fields, query }, &switches(profile), PATH);
        assert_eq!(headers("documented", true, true), []);
        assert_eq!(headers("8", false, false), []);
        let six = headers("6", true, false);
        assert_eq!(six[0], ("x-deprecation-type", "parameter-deprecation".to_owned()));
        assert_eq!(six[1], ("x-deprecation-version", "7.0.0".to_owned()));
        assert_eq!(
            six[2].1,
            "The parameter \"fields\" in the endpoint \"/api/v1/statistics.list\" is deprecated and will be removed on version 7.0.0"
        );
        let message = "The usage of the \"query\" parameter in endpoint \"/api/v1/statistics.list\" breaks the security of the API and can \
                       lead to data exposure. It has been deprecated and will be removed in the version ";
        for (profile, version) in [("7", "8.0.0"), ("8", "9.0.0")] {
            let headers = headers(profile, true, true);
            assert_eq!(headers[1].1, version);
            assert_eq!(headers[2], ("x-deprecation-message", format!("{message}{version}.")));
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(value in r#"(\{"(\$date|\$or|a|__proto__|members\.x|1)":|[0-9\[\]{},"x-]|null){0,10}"#) {
            for name in ["sort", "fields", "query"] {
                if let Err(error) = read("8", name, &value) {
                    prop_assert_eq!(error.text(), refusal(name, &value));
                }
            }
        }
    }
}
