//! `GET /api/v1/permissions.listAll`: every permission with its roles, or those changed since a date. Its two ancestors beside it:
//! `permissions` and `permissions.list`.
//!
//! Upstream: `app/api/server/v1/permissions.js` (to 3.x), `apps/meteor/app/api/server/v1/permissions.ts`.

use mongo_query::{Document, document};

use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::rules::permissions;
use crate::state::permissions::Permission;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/permissions", handle_bare).until(3, 0, 0),
    get("/api/v1/permissions.list", handle_list).since(0, 66, 0).until(4, 0, 0),
    get("/api/v1/permissions.listAll", handle).since(0, 73, 0).validate(validate),
];

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
        Some(text) => Some(stringify::parse_js_date(&text).ok_or_else(|| {
            // Quirk: upstream's code names a room; the text is right (all versions).
            ApiError::meteor("error-roomId-param-invalid", "The \"updatedSince\" query parameter must be a valid date.")
        })?),
    };
    let state = context.read();
    let changed = state.permissions.iter().filter(|permission| since.is_none_or(|since| permission.updated_at > since));
    let update: Vec<Document> = changed.map(Permission::document).collect();
    Ok(envelope::success(document! { "update": update, "remove": Vec::<Document>::new() }))
}

/// `GET /api/v1/permissions`: 200 with the bare list; `success`, set on a JavaScript array, is not written.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_bare(context: &Context<'_>) -> Answer {
    Ok(envelope::bare(permissions::all(&context.read())))
}

/// `GET /api/v1/permissions.list`: 200 `{"permissions":[…],"success":true}`.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_list(context: &Context<'_>) -> Answer {
    Ok(envelope::success(document! { "permissions": permissions::all(&context.read()) }))
}
