//! `GET /api/v1/settings` and `GET /api/v1/settings.public`: settings with their values, paged.
//!
//! Upstream: `app/api/server/v1/settings.js` (to 3.x), `apps/meteor/app/api/server/v1/settings.ts`.

use crate::doors::wire::StatusCode;
use mongo_query::{Document, Value};

use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::paging;
use crate::era::{Endpoints, QueryAndFields, Validation};
use crate::doors::rest::params;
use crate::state::query::SortParam;
use crate::doors::wire::reply::Reply;
use crate::state::find::{self, Query};
use crate::state::settings::Setting;
use crate::rules::accounts::shown;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/settings", handle).scans(Scans::Settings).validate(validate),
    get("/api/v1/settings.public", handle_public).scans(Scans::Settings).open().validate(validate_public),
];

const PATH: &str = "/api/v1/settings";
const PUBLIC_PATH: &str = "/api/v1/settings.public";

/// Fields every answer shows. `enterprise` is in the documents from 3.0 on; the other two only premium settings have.
const SHOWN: [&str; 5] = ["_id", "value", "enterprise", "invalidValue", "modules"];

const QUERY: Schema = object(&[
    optional("includeDefaults", Schema::Boolean),
    optional("count", Schema::Number),
    optional("offset", Schema::Number),
    optional("sort", Schema::Text),
    optional("query", Schema::Text),
]);
const QUERY_FROM_9: Schema = object(&[
    optional("includeDefaults", Schema::Boolean),
    optional("count", Schema::Number),
    optional("offset", Schema::Number),
    optional("sort", Schema::Text),
]);
const PUBLIC_QUERY: Schema = object(&[
    optional("count", Schema::Number),
    optional("offset", Schema::Number),
    optional("sort", Schema::Text),
    optional("_id", Schema::Text),
    optional("query", Schema::Text),
]);
const PUBLIC_QUERY_FROM_9: Schema = object(&[
    optional("count", Schema::Number),
    optional("offset", Schema::Number),
    optional("sort", Schema::Text),
    optional("_id", Schema::Text),
]);

/// From 8.0 on the parameters are checked; `query` is one until 9.0.
///
/// # Errors
/// [`ApiError::InvalidQuery`].
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    validate_as(context, &QUERY, &QUERY_FROM_9)
}

/// As [`validate`], for the public settings.
///
/// # Errors
/// [`ApiError::InvalidQuery`].
pub(super) fn validate_public(context: &Context<'_>) -> Result<(), ApiError> {
    validate_as(context, &PUBLIC_QUERY, &PUBLIC_QUERY_FROM_9)
}

fn validate_as(context: &Context<'_>, schema: &Schema, from_9: &Schema) -> Result<(), ApiError> {
    match (context.switches().validation, context.switches().query_and_fields) {
        (Validation::Typed, QueryAndFields::Removed) => checks::check_query(context, from_9),
        (Validation::Typed, _) => checks::check_query(context, schema),
        _ => Ok(()),
    }
}

/// 200 `{"settings":[…],"count","offset","total","success":true}`; only public settings for who lacks `view-privileged-setting`.
///
/// # Errors
/// A malformed `sort`, `fields` or `query`, and what the database refuses: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let everything = context.has_permission("view-privileged-setting");
    let defaults =
        knows_newer_parameters(context) && matches!(context.query_text("includeDefaults")?, Some("true" | "1"));
    list(context, PATH, everything, defaults, &Document::new())
}

/// 200 with the public settings, for everybody; `_id` names those wanted, apart by commas (7.0 and later).
///
/// # Errors
/// As [`handle`].
pub(super) fn handle_public(context: &Context<'_>) -> Answer {
    let mut wanted = Document::new();
    if let Some(ids) = context.query_text("_id")?.filter(|ids| knows_newer_parameters(context) && !ids.is_empty()) {
        let ids: Vec<Value> = ids.split(',').map(|id| Value::from(id.trim())).collect();
        let among: Document = [("$in".into(), Value::Array(ids))].into_iter().collect();
        wanted.insert("_id", among);
    }
    list(context, PUBLIC_PATH, false, false, &wanted)
}

/// `includeDefaults` and `_id` came with 7.0; they are on the published page, too.
fn knows_newer_parameters(context: &Context<'_>) -> bool {
    context.workspace.version().at_least(7, 0, 0) || context.switches().endpoints == Endpoints::AllDocumented
}

fn list(context: &Context<'_>, path: &str, everything: bool, defaults: bool, wanted: &Document) -> Answer {
    let switches = context.switches();
    let query = context.query()?;
    let paging = context.read().settings.paging();
    let page = paging::page(query, &paging, switches);
    let params = params::parse(query, &context.rules())?;
    let sort = match params.sort {
        SortParam::Default => [("_id".into(), Value::from(1))].into_iter().collect(),
        SortParam::None => Document::new(),
        SortParam::Keys(keys) => keys,
        SortParam::Invalid(text) => return Err(ApiError::Thrown(text)),
    };
    // The endpoint's own conditions replace the caller's.
    let mut filter = params.filter;
    for (name, value) in wanted.iter() {
        filter.insert(name.clone(), value.clone());
    }
    if !everything {
        filter.insert("public", true);
    }
    let mut projection = projection(params.fields.as_ref());
    if defaults {
        projection.insert("packageValue", 1);
    }

    let documents = context.read().settings.iter().map(|setting| document(context, setting)).collect();
    let skip = page.skip().map_err(ApiError::Thrown)?;
    let query = Query { filter: &filter, sort: &sort, projection: &projection, skip, limit: page.limit() };
    let (found, total) = find::find(documents, &query, &context.workspace.query_budget()).map_err(|error| ApiError::Thrown(error.to_string()))?;

    let count = found.len();
    let settings: Vec<Value> = found.into_iter().map(Value::Object).collect();
    let mut body = br#"{"settings":"#.to_vec();
    stringify::write_value(&Value::Array(settings), &mut body);
    let offset = page.offset_json();
    body.extend_from_slice(
        format!(r#","count":{count},"offset":{offset},"total":{total},"success":true}}"#).as_bytes(),
    );
    let mut reply = Reply::json(StatusCode::OK, body);
    let deprecation = params::deprecation_headers(params.used, switches, path);
    reply.headers.extend(deprecation.into_iter().map(|(name, value)| (name, value.into())));
    Ok(reply)
}

/// The stored document.
fn document(context: &Context<'_>, setting: &Setting) -> Document {
    let mut document = Document::new();
    document.push("_id", setting.id.as_str());
    document.push("value", shown::from_json(&setting.value));
    if context.workspace.profile().api_at_least(3, 0, 0) {
        document.push("enterprise", false);
    }
    document.push("packageValue", shown::from_json(&setting.default));
    document.push("public", setting.public);
    document.push("type", setting.kind.as_str());
    document
}

/// [`SHOWN`] and the caller's `fields` on top. An exclusion takes a field out of those shown.
fn projection(fields: Option<&Document>) -> Document {
    let mut projection: Document = SHOWN.iter().map(|name| ((*name).into(), Value::from(1))).collect();
    for (name, value) in fields.into_iter().flat_map(Document::iter) {
        if value.is_truthy() {
            projection.insert(name.clone(), value.clone());
        } else {
            projection.remove(name);
        }
    }
    projection
}
