//! `POST /api/v1/roles.create` and `POST /api/v1/roles.update`: roles of the workspace's own.
//!
//! Upstream: `app/api/server/v1/roles.js` (to 5.x), `apps/meteor/ee/server/api/roles.ts` (premium, from 6.0 on).

use mongo_query::Value;
use serde_json::{Value as Json, json};

use super::shared::{self, body_text, role_json};
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use super::shared::since;
use crate::doors::rest::checks::{self, Schema, object, optional, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::state::roles::Role;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/roles.create", create).since(0, 70, 0),
    post("/api/v1/roles.update", update).since(3, 15, 0),
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
    shared::require_licence(context)?;
    let checked = context.switches().validation == Validation::Match;
    if checked {
        checks::check_body(context, &CHECKED_CREATE)?;
        shared::require_access(context, Some("authorization:saveRole"))?;
    } else {
        require_properties(context, &CREATE)?;
        shared::require_access(context, None)?;
    }
    let name = body_text(context, "name")?.unwrap_or_default();
    if checked && name.is_empty() {
        let details = json!({"method": "authorization:saveRole"});
        return Err(ApiError::meteor_with("error-role-name-required", "Role name is required", details));
    }
    let now_ms = context.now_ms();
    let mut state = context.write();
    let old = state.roles.by_id_or_name(&name).cloned();
    if old.is_some() && since(context, 3, 15) {
        return Err(duplicate());
    }
    let id = match (&old, since(context, 4, 0)) {
        (Some(old), _) => old.id.clone(),
        // Quirk: to 3.x the name of a role is its id.
        (None, false) => name.clone(),
        (None, true) => state.ids.object_id(now_ms),
    };
    let role = Role { protected: old.is_some_and(|old| old.protected), ..read(context, id, name)? };
    let shown = role_json(context, &role);
    state.roles.put(role);
    Ok(envelope::success(json!({"role": Json::Object(shown)})))
}

/// 200 `{"role":{…},"success":true}` with the changed role.
///
/// # Errors
/// 400: for a bad body, a missing permission, without the licence, for an unknown role, a built-in role's name or scope, a name that is
/// taken.
pub(super) fn update(context: &Context<'_>) -> Answer {
    require_properties(context, &UPDATE)?;
    shared::require_access(context, None)?;
    let id = body_text(context, "roleId")?.unwrap_or_default();
    let name = body_text(context, "name")?.unwrap_or_default();
    let mut state = context.write();
    let old = state.roles.get(&id).cloned();
    // Built-in roles may be changed without the licence.
    if !old.as_ref().is_some_and(|old| old.protected) {
        shared::require_licence(context)?;
    }
    let old = old.ok_or_else(|| ApiError::meteor("error-invalid-roleId", "This role does not exist"))?;
    let role = Role { protected: old.protected, ..read(context, id, name)? };
    if old.protected && (role.name != old.name || role.scope != old.scope) {
        return Err(ApiError::meteor("error-role-protected", "Role is protected"));
    }
    if state.roles.by_name(&role.name).is_some_and(|other| other.id != role.id) {
        return Err(duplicate());
    }
    let shown = role_json(context, &role);
    state.roles.put(role);
    Ok(envelope::success(json!({"role": Json::Object(shown)})))
}

fn require_properties(context: &Context<'_>, schema: &Schema) -> Result<(), ApiError> {
    checks::body_fault(context, schema)?.map_or(Ok(()), |_| Err(shared::bad_properties()))
}

fn duplicate() -> ApiError {
    ApiError::meteor("error-duplicate-role-names-not-allowed", "Role name already exists")
}

/// The role the body describes.
fn read(context: &Context<'_>, id: String, name: String) -> Result<Role, ApiError> {
    let scope = body_text(context, "scope")?.filter(|scope| scope == "Subscriptions" || scope == "Users");
    Ok(Role {
        id,
        name,
        description: body_text(context, "description")?.unwrap_or_default(),
        scope: scope.unwrap_or_else(|| "Users".to_owned()),
        protected: false,
        mandatory_2fa: context.body()?.get("mandatory2fa").is_some_and(Value::is_truthy),
        updated_at: context.now_ms(),
    })
}
