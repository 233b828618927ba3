//! `GET /api/docs/json`: the server's endpoints as an OpenAPI document, computed from the route table.
//!
//! Upstream: `apps/meteor/app/api/server/default/openApi.ts`, since 7.0.

use serde_json::{Map, Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Auth, Endpoint, get};
use crate::doors::rest::routes;
use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/docs/json", handle).since(7, 0, 0).open().unlimited().validate(validate),
];

const QUERY: Schema = object(&[optional("withUndocumented", Schema::Boolean)]);

/// # Errors
/// [`ApiError::InvalidQuery`] for anything but `withUndocumented`.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    checks::check_query(context, &QUERY)
}

/// 200 with the document and `success`, for everybody. `withUndocumented=true` adds what the published documentation does not list.
///
/// # Errors
/// As the query string's.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let all = matches!(context.query_text("withUndocumented")?, Some("true"));
    let mut paths: Map<String, Json> = Map::new();
    let (profile, licensed) = (context.workspace.profile(), context.workspace.options.licensed);
    let served = routes::all().filter(|endpoint| endpoint.path.starts_with("/api/v1/"));
    for endpoint in served.filter(|endpoint| endpoint.exists_in(profile, licensed)) {
        let documented = context.workspace.process.documented.lists(endpoint.method.as_str(), endpoint.path);
        if documented || all {
            let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            if let Json::Object(methods) = path {
                methods.insert(endpoint.method.as_str().to_lowercase(), operation(endpoint, documented));
            }
        }
    }
    let url = context.read().settings.text("Site_Url").to_owned();
    Ok(envelope::success(json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Rocket.Chat API",
            "description": "Rocket.Chat API",
            "version": context.workspace.version().to_string(),
        },
        "servers": [{"url": url}],
        "components": {
            "securitySchemes": {
                "userId": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
                "authToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
            },
            "schemas": {},
        },
        "paths": paths,
    })))
}

fn operation(endpoint: &Endpoint, documented: bool) -> Json {
    let mut operation = Map::new();
    if !documented {
        operation.insert("tags".to_owned(), json!(["Missing Documentation"]));
    }
    let mut statuses = vec!["200", "400"];
    if endpoint.auth == Auth::Required {
        operation.insert("security".to_owned(), json!([{"userId": [], "authToken": []}]));
        statuses.push("401");
    }
    if endpoint.permission.is_some() {
        statuses.push("403");
    }
    let responses: Map<String, Json> =
        statuses.into_iter().map(|status| (status.to_owned(), json!({"description": ""}))).collect();
    operation.insert("responses".to_owned(), Json::Object(responses));
    Json::Object(operation)
}
