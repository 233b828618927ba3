//! `GET /api/v1/permissions.listAll`: every permission with its roles, or those changed since a date. Its two ancestors beside it:
//! `permissions` and `permissions.list`.
//!
//! Upstream: `app/api/server/v1/permissions.js` (to 3.x), `apps/meteor/app/api/server/v1/permissions.ts`.

use actix_web::http::StatusCode;
use serde_json::{Value as Json, json};

use super::Answer;
use crate::checks::{self, Schema, object, optional};
use crate::context::Context;
use crate::envelope;
use crate::error::ApiError;
use crate::profile::Validation;
use crate::reply::Reply;
use crate::wire;

const QUERY: Schema = object(&[optional("updatedSince", Schema::Text)]);

/// From 8.0 on only `updatedSince` may be given.
///
/// # Errors
/// [`ApiError::InvalidQuery`].
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    match context.switches().validation {
        Validation::Typed => checks::check_query(context, &QUERY),
        Validation::Match | Validation::BodyParams | Validation::InvalidParams => Ok(()),
    }
}

/// 200 `{"update":[…],"remove":[],"success":true}`. No permission is ever deleted, so that `remove` stays empty.
///
/// # Errors
/// An `updatedSince` that is no date: 400.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let since = match context.query()?.get("updatedSince").map(|param| param.to_js_string()) {
        None => None,
        Some(text) if text.is_empty() => None,
        Some(text) => Some(wire::parse_js_date(&text).ok_or_else(|| {
            // Quirk: upstream's code names a room; the text is right (all versions).
            ApiError::meteor("error-roomId-param-invalid", "The \"updatedSince\" query parameter must be a valid date.")
        })?),
    };
    let workspace = context.read();
    let changed =
        workspace.permissions.iter().filter(|permission| since.is_none_or(|since| permission.updated_at > since));
    let update: Vec<Json> = changed.map(crate::store::permissions::Permission::to_json).collect();
    Ok(envelope::success(json!({"update": update, "remove": []})))
}

/// `GET /api/v1/permissions`: 200 with the bare list; `success`, set on a JavaScript array, is not written.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_bare(context: &Context<'_>) -> Answer {
    Ok(Reply::json(StatusCode::OK, Json::Array(all(context)).to_string()))
}

/// `GET /api/v1/permissions.list`: 200 `{"permissions":[…],"success":true}`.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_list(context: &Context<'_>) -> Answer {
    Ok(envelope::success(json!({"permissions": all(context)})))
}

/// Every permission as its stored document.
pub(super) fn all(context: &Context<'_>) -> Vec<Json> {
    context.read().permissions.iter().map(crate::store::permissions::Permission::to_json).collect()
}
