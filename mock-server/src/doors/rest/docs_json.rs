//! `GET /api/docs/json`: the server's endpoints as an OpenAPI document, computed from the route table.
//!
//! Upstream: `apps/meteor/app/api/server/default/openApi.ts`, since 7.0.

use mongo_query::{Document, Value, document};

use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Auth, Endpoint, get};
use crate::doors::rest::endpoints;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;

/// The endpoints of this file.
pub const ENDPOINTS: &[Endpoint] =
    &[get("/api/docs/json", handle).since(7, 0, 0).open().unlimited().validate(validate)];

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
    let mut paths = Document::new();
    let (profile, licensed) = (context.workspace.profile(), context.workspace.options.licensed);
    let served = endpoints::all().filter(|endpoint| endpoint.path.starts_with("/api/v1/"));
    for endpoint in served.filter(|endpoint| endpoint.exists_in(profile, licensed)) {
        let documented = context.workspace.process.documented.lists(endpoint.method.as_str(), endpoint.path);
        if documented || all {
            let mut methods = paths.get(endpoint.path).and_then(Value::as_object).cloned().unwrap_or_default();
            methods.insert(endpoint.method.as_str().to_lowercase(), operation(endpoint, documented));
            paths.insert(endpoint.path, methods);
        }
    }
    let header = |name: &str| document! { "type": "apiKey", "in": "header", "name": name };
    Ok(envelope::success(document! {
        "openapi": "3.0.3",
        "info": document! {
            "title": "Rocket.Chat API",
            "description": "Rocket.Chat API",
            "version": context.workspace.version().to_string(),
        },
        "servers": vec![document! { "url": context.read().settings.text("Site_Url") }],
        "components": document! {
            "securitySchemes": document! { "userId": header("X-User-Id"), "authToken": header("X-Auth-Token") },
            "schemas": Document::new(),
        },
        "paths": paths,
    }))
}

fn operation(endpoint: &Endpoint, documented: bool) -> Document {
    let mut operation = Document::new();
    if !documented {
        operation.push("tags", vec![Value::from("Missing Documentation")]);
    }
    let mut statuses = vec!["200", "400"];
    if endpoint.auth == Auth::Required {
        let schemes = document! { "userId": Vec::<Value>::new(), "authToken": Vec::<Value>::new() };
        operation.push("security", vec![schemes]);
        statuses.push("401");
    }
    if endpoint.permission.is_some() {
        statuses.push("403");
    }
    let responses: Document =
        statuses.into_iter().map(|status| (status.into(), document! { "description": "" }.into())).collect();
    operation.push("responses", responses);
    operation
}
