//! `sort`, `fields` and `query`: the parameters with which a list is ordered, trimmed and filtered.
//!
//! Upstream: `apps/meteor/app/api/server/helpers/parseJsonQuery.ts` and `lib/cleanQuery.ts` (3.13 to 8.x), before that
//! `packages/rocketchat-api/server/helpers/parseJsonQuery.js`.

use std::borrow::Cow;

use mongo_query::{Document, Value};

use crate::profile::{
    DeprecationHeaders, ExcludedFields, ParameterPresence, QueryAndFields, QueryCleaner, QueryParser, Switches,
    ValueChecks,
};
use crate::qs::{Param, QueryString};
use crate::{ejson, js_json, js_text};

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

/// What the parameters ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListParams {
    /// The order.
    pub sort: SortParam,
    /// The projection as MongoDB gets it. `None` when it only has the fields that are never shown, see
    /// [`Rules::excluded_fields`].
    pub fields: Option<Document>,
    /// The filter as MongoDB gets it; empty for all documents.
    pub filter: Document,
    /// Which deprecated parameters were used.
    pub used: Used,
}

/// What `sort` asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum SortParam {
    /// Nothing: the endpoint's own order. `statistics` sort by `{name:1}`, a field no record has, so that the order is the
    /// one of insertion (upstream: `apps/meteor/app/statistics/server/functions/getStatistics.ts`, all versions).
    Default,
    /// No order at all, from `{}` and `[]`.
    None,
    /// These keys, in this order. Values are 1 and -1 in servers that check them.
    Keys(Document),
    /// Something the database driver refuses when the query runs: 400 with this text and no `errorType`.
    Invalid(String),
}

/// The deprecated parameters a request used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// `fields`
    pub fields: bool,
    /// `query`
    pub query: bool,
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

impl ParamError {
    /// The text of `error`: the message and, in brackets, the code.
    pub fn text(&self) -> Cow<'_, str> {
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

    /// Whether `query` and `fields` work.
    pub const fn honours_query_and_fields(&self) -> bool {
        self.honoured
    }

    /// The fields no answer shows and no query may name.
    pub const fn excluded_fields(&self) -> &'static [&'static str] {
        self.excluded
    }

    /// The projection of a request without `fields`.
    pub fn default_projection(&self) -> Document {
        self.excluded.iter().map(|name| ((*name).into(), Value::Int32(0))).collect()
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
            #[expect(clippy::float_cmp, reason = "upstream compares for identity")]
            ValueChecks::Strict => {
                let ok = |value: &Value| value.as_f64().is_some_and(|number| allowed.iter().any(|one| *one == number));
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
        let value = js_json::parse(text).ok()?;
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
                crate::wire::write_value(&value, &mut shown);
                let shown = String::from_utf8_lossy(&shown);
                SortParam::Invalid(format!("Invalid sort format: {shown} Sort must be a valid object"))
            }
            (_, ValueChecks::None) => SortParam::Invalid(OLD_SORT_REFUSAL.to_owned()),
        })
    }

    /// The projection that the value of `fields` makes, once merged with the exclusions.
    fn projection(&self, value: &Value) -> Option<Document> {
        let mut merged = Document::new();
        for (name, value) in js_text::own_fields(value) {
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

    /// The filter that the value of `query` makes.
    fn filter(&self, value: Value) -> Option<Document> {
        let cleaned = match self.cleaner {
            QueryCleaner::TopLevel if is_dangerous(&value) => return None,
            QueryCleaner::TopLevel => true,
            QueryCleaner::None => false,
        };
        let fields = match value {
            Value::Object(document) => document.into_iter().collect(),
            other => js_text::own_fields(&other),
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
        [name, direction] => SortParam::Keys(one_key(&js_text::to_string(name), direction_of(direction).unwrap_or(1))),
        names => SortParam::Keys(names.iter().map(|name| (js_text::to_string(name).into(), Value::Int32(1))).collect()),
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
            name => keys.insert(js_text::to_string(name), 1),
        }
    }
    if keys.is_empty() { SortParam::None } else { SortParam::Keys(keys) }
}

fn direction_of(value: &Value) -> Option<i32> {
    match js_text::to_string(value).to_lowercase().as_str() {
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
        let value = js_json::parse(&text).ok().filter(|value| rules.values_allowed(value, [0.0, 1.0]));
        let value = value.ok_or_else(|| invalid("error-invalid-fields", "fields", &text, used))?;
        if matches!(value, Value::Null) {
            return Err(keys_of_null(used));
        }
        params.fields = rules.projection(&value);
    }
    if let Some(text) = rules.text(query, "query") {
        used.query = true;
        let value = match rules.parser {
            QueryParser::Json => js_json::parse(&text).ok(),
            QueryParser::Ejson => ejson::parse(&text).ok(),
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
