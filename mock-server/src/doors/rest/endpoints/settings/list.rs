//! `GET /api/v1/settings` and `GET /api/v1/settings.public`: settings with their values, paged.
//!
//! Upstream: `app/api/server/v1/settings.js` (to 3.x), `apps/meteor/app/api/server/v1/settings.ts`.

use mongo_query::{Document, Value, document};

use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, Scans, get};
use crate::doors::rest::error::ApiError;
use crate::doors::rest::listing::{self, Asked, COUNT_OFFSET_TOTAL, Engine, Listing};
use crate::era::fact::{AnyFact, facts};
use crate::era::{QueryAndFields, Validation};
use crate::state::settings::Setting;

const FACTS: &[&dyn AnyFact] = &[&INCLUDES_DEFAULTS, &HAS_ENTERPRISE];
const PUBLIC_FACTS: &[&dyn AnyFact] = &[&FINDS_BY_ID, &HAS_ENTERPRISE];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/settings", handle).scans(Scans::Settings).validate(validate).facts(FACTS),
    get("/api/v1/settings.public", handle_public)
        .scans(Scans::Settings)
        .open()
        .validate(validate_public)
        .facts(PUBLIC_FACTS),
];

facts! {
    /// takes includeDefaults
    INCLUDES_DEFAULTS: bool = false => {
        documented => true, "RocketChat/Rocket.Chat-Open-API settings.yaml lists the parameter";
        (7, 0, 0) => true, "apps/meteor/app/api/server/v1/settings.ts, in 7.0.0 at the latest";
    }
    /// takes _id, names of those wanted
    FINDS_BY_ID: bool = false => {
        documented => true, "RocketChat/Rocket.Chat-Open-API settings.yaml lists the parameter";
        (7, 0, 0) => true, "apps/meteor/app/api/server/v1/settings.ts, in 7.0.0 at the latest";
    }
    /// shows enterprise, which documents have
    HAS_ENTERPRISE: bool = false => {
        (3, 0, 0) => true, "settings of the premium edition came with 3.0.0; answers of 3.18.0 have it";
    }
}

const SETTINGS: Listing =
    Listing { key: "settings", order: &[("_id", 1)], members: COUNT_OFFSET_TOTAL, engine: Engine::Query };

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
        context.fact(&INCLUDES_DEFAULTS) && matches!(context.query_text("includeDefaults")?, Some("true" | "1"));
    list(
        context,
        if everything {
            Document::new()
        } else {
            document! { "public": true }
        },
        defaults,
    )
}

/// 200 with the public settings, for everybody; `_id` names those wanted, apart by commas (7.0 and later).
///
/// # Errors
/// As [`handle`].
pub(super) fn handle_public(context: &Context<'_>) -> Answer {
    let mut wanted = Document::new();
    if let Some(ids) = context.query_text("_id")?.filter(|ids| context.fact(&FINDS_BY_ID) && !ids.is_empty()) {
        let ids: Vec<Value> = ids.split(',').map(|id| Value::from(id.trim())).collect();
        wanted.push("_id", document! { "$in": ids });
    }
    wanted.push("public", true);
    list(context, wanted, false)
}

fn list(context: &Context<'_>, wanted: Document, defaults: bool) -> Answer {
    let mut asked = Asked::read(context)?;
    // The endpoint's own conditions replace the caller's.
    for (name, value) in wanted {
        asked.params.filter.insert(name, value);
    }
    let mut projection = projection(asked.params.fields.as_ref());
    if defaults {
        projection.insert("packageValue", 1);
    }
    asked.params.fields = Some(projection);
    let enterprise = context.fact(&HAS_ENTERPRISE);
    let documents = context.read().settings.iter().map(|setting| stored(setting, enterprise)).collect();
    SETTINGS.answer(context, &asked, documents)
}

/// The stored document.
fn stored(setting: &Setting, enterprise: bool) -> Document {
    let mut document = document! { "_id": &setting.id, "value": setting.value.clone() };
    if enterprise {
        document.push("enterprise", false);
    }
    document.push("packageValue", setting.default.clone());
    document.push("public", setting.public);
    document.push("type", setting.kind.as_str());
    document
}

/// [`SHOWN`] and the caller's `fields` on top. An exclusion takes a field out of those shown.
fn projection(fields: Option<&Document>) -> Document {
    let mut projection = listing::showing(&SHOWN);
    for (name, value) in fields.into_iter().flat_map(Document::iter) {
        if value.is_truthy() {
            projection.insert(name.clone(), value.clone());
        } else {
            projection.remove(name);
        }
    }
    projection
}
