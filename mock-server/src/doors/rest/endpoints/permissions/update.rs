//! `POST /api/v1/permissions.update`: gives permissions to other roles.
//!
//! Upstream: `app/api/server/v1/permissions.js` (to 3.x), `apps/meteor/app/api/server/v1/permissions.ts`.

use mongo_query::{Value, document};

use crate::doors::rest::checks::{self, Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::{AnyFact, facts};
use crate::rules::permissions::{self, Grant};
use javascript::text;

const FACTS: &[&dyn AnyFact] = &[&permissions::COUNTS_FOUND];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[post("/api/v1/permissions.update", handle)
    .since(0, 66, 0)
    .permission_when(&DECLARED, "access-permissions")
    .validate(validate)
    .facts(FACTS)];

/// What AJV takes, from 4.0 on.
const BODY: Schema = object(&[required(
    "permissions",
    Schema::List {
        items: &object(&[
            required("_id", Schema::Text),
            required("roles", Schema::List { items: &Schema::Text, unique: true }),
        ]),
        unique: false,
    },
)]);

/// What Meteor's `check` takes, to 3.x.
const CHECKED_BODY: Schema = object(&[required(
    "permissions",
    Schema::List {
        items: &Schema::Object {
            fields: &[
                required("_id", Schema::Text),
                required("roles", Schema::List { items: &Schema::Text, unique: false }),
            ],
            open: true,
        },
        unique: false,
    },
)]);

facts! {
    /// declares its permission (403) instead of asking for it in the handler (400)
    DECLARED: bool = false => {
        documented => true, "apps/meteor/tests/end-to-end/api/permissions.ts @ 435e88b: permissions.update refuses with the 403 of declared permissions";
        (8, 0, 0) => true, "apps/meteor/app/api/server/v1/permissions.ts @ 8.6.1 (8d36c0b)";
    }
}

/// From 8.0 on the body is checked before the handler runs.
///
/// # Errors
/// [`ApiError::InvalidBody`].
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    match (context.switches().validation, checks::body_fault(context, &BODY)?) {
        (Validation::Typed, Some(fault)) => Err(ApiError::InvalidBody(fault)),
        _ => Ok(()),
    }
}

/// 200 `{"permissions":[…],"success":true}` with all permissions. The change holds from the next request on.
///
/// # Errors
/// A caller without `access-permissions`, a body of another shape, an unknown permission or role: 400, each in the era's words.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    // Before the body is looked at; the rule asks again.
    permissions::may_update(&context.read(), context.actor()?)?;
    match context.switches().validation {
        Validation::Match => checks::check_body(context, &CHECKED_BODY)?,
        Validation::BodyParams | Validation::InvalidParams => {
            if checks::body_fault(context, &BODY)?.is_some() {
                return Err(ApiError::failure("Invalid body params", "error-invalid-body-params"));
            }
        }
        Validation::Typed => {}
    }
    let wanted = read(context.body()?.get("permissions"));
    let actor = context.actor()?;
    let permissions = context.workspace.change(|tx| {
        permissions::update(tx, actor, wanted)?;
        Ok(permissions::all(tx))
    })?;
    Ok(envelope::success(document! { "permissions": permissions }))
}

/// Ids and roles of the body; values that are no text are taken as AJV coerces them.
fn read(permissions: Option<&Value>) -> Vec<Grant> {
    let items = permissions.and_then(Value::as_array).unwrap_or_default();
    let read_item = |item: &Value| {
        let item = item.as_object()?;
        let roles = item.get("roles").and_then(Value::as_array).unwrap_or_default();
        Some((text::to_string(item.get("_id")?)?, roles.iter().filter_map(text::to_string).collect()))
    };
    items.iter().filter_map(read_item).collect()
}
