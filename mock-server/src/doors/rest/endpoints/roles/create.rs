//! `POST /api/v1/roles.create` and `POST /api/v1/roles.update`: roles of the workspace's own.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 5.x), `apps/meteor/ee/server/api/roles.ts` (premium, from 6.0 on).

use mongo_query::{Value, document};

use super::shared::{self, body_text};
use crate::doors::rest::checks::{self, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::AnyFact;
use crate::rules::roles::{self, NewRole};

const CREATE_FACTS: &[&dyn AnyFact] =
    &[&roles::PREMIUM, &roles::BY_METHOD, &roles::REFUSES_DUPLICATES, &roles::OWN_IDS, &shared::SHOWS_MANDATORY_2FA];
const UPDATE_FACTS: &[&dyn AnyFact] = &[&roles::PREMIUM];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/roles.create", create).since(0, 70, 0).facts(CREATE_FACTS),
    post("/api/v1/roles.update", update).since(3, 15, 0).facts(UPDATE_FACTS),
];

const SCOPE: Schema = Schema::OneOf(&["Users", "Subscriptions"]);
const CHECKED_CREATE: Schema =
    object(&[required("name", Schema::Text), optional("scope", Schema::Text), optional("description", Schema::Text)]);
const CREATE: Schema = object(&[
    required("name", Schema::Text),
    optional("description", Schema::Text),
    optional("scope", SCOPE),
    optional("mandatory2fa", Schema::Boolean),
]);
const UPDATE: Schema = object(&[
    required("roleId", Schema::Text),
    required("name", Schema::Text),
    optional("description", Schema::Text),
    optional("scope", SCOPE),
    optional("mandatory2fa", Schema::Boolean),
]);

/// 200 `{"role":{…},"success":true}`. To 3.14 a role of that name is changed instead of refused.
///
/// # Errors
/// 400: without the licence, for a bad body, a missing permission, a name that is taken.
pub(super) fn create(context: &Context<'_>) -> Answer {
    // First of all: since 6.0 the endpoint is one of the premium edition's, `apps/meteor/ee/server/api/roles.ts`.
    if context.fact(&roles::PREMIUM) && !context.workspace.options.licensed {
        return Err(roles::missing_licence().into());
    }
    if context.switches().validation == Validation::Match {
        checks::check_body(context, &CHECKED_CREATE)?;
    } else {
        require_properties(context, &CREATE)?;
    }
    let (actor, new) = (context.actor()?, read(context)?);
    let role = context.workspace.change(|tx| roles::create(tx, actor, new))?;
    Ok(envelope::success(document! { "role": shared::document(context, &role) }))
}

/// 200 `{"role":{…},"success":true}` with the changed role.
///
/// # Errors
/// 400: for a bad body, a missing permission, without the licence, for an unknown role, a built-in role's name or scope, a name that is
/// taken.
pub(super) fn update(context: &Context<'_>) -> Answer {
    require_properties(context, &UPDATE)?;
    let (actor, licensed) = (context.actor()?, context.workspace.options.licensed);
    let (id, new) = (body_text(context, "roleId")?.unwrap_or_default(), read(context)?);
    let role = context.workspace.change(|tx| roles::update(tx, actor, licensed, &id, new))?;
    Ok(envelope::success(document! { "role": shared::document(context, &role) }))
}

fn require_properties(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    checks::body_fault(context, schema)?.map_or(Ok(()), |_| Err(shared::bad_properties()))
}

/// The role the body describes.
fn read(context: &Context<'_>) -> Result<NewRole, ApiError> {
    Ok(NewRole {
        name: body_text(context, "name")?.unwrap_or_default(),
        scope: body_text(context, "scope")?,
        description: body_text(context, "description")?,
        mandatory_2fa: context.body()?.get("mandatory2fa").is_some_and(Value::is_truthy),
    })
}
