//! `GET /api/v1/settings/:_id` and `POST /api/v1/settings/:_id`: one setting's value.
//!
//! Upstream: `app/api/server/v1/settings.js` (to 3.x), `apps/meteor/app/api/server/v1/settings.ts`.

use serde_json::json;

use crate::doors::rest::endpoint::{self, Answer, Endpoint};
use crate::doors::rest::checks::{self, Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};
use javascript::text;
use crate::era::{UnknownSetting, Validation};
use crate::state::settings;
use crate::doors::rest::two_factor;
use crate::rules::accounts::shown;
use crate::rules::accounts::two_factor::GRACE;

const FACTS: &[&dyn AnyFact] = &[&GRACE];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint::get("/api/v1/settings/:_id", get) .permission_when(&DECLARED, "view-privileged-setting"),
    endpoint::post("/api/v1/settings/:_id", post) .permission_when(&DECLARED, "edit-privileged-setting").facts(FACTS),
];

/// What Meteor's `check` takes, to 3.x.
const CHECKED_BODY: Schema = object(&[required("value", Schema::Any)]);

facts! {
    /// declares its permission instead of asking for it in the handler
    DECLARED: bool = false => { (6, 0, 0) => true, "apps/meteor/app/api/server/v1/settings.ts @ 6.14.0-develop (50c444136)"; }
}

/// 200 `{"_id","value","success":true}`.
///
/// # Errors
/// A caller without `view-privileged-setting`: 403. An unknown setting: 400 `{"success":false}` (200 without the setting before 4.2).
pub(super) fn get(context: &Context<'_>) -> Answer {
    if !context.has_permission("view-privileged-setting") {
        return Err(ApiError::Unauthorized);
    }
    let state = context.read();
    match state.settings.get(context.path_parameter.unwrap_or_default()) {
        Some(setting) => Ok(envelope::success(json!({"_id": setting.id, "value": setting.value}))),
        None => match context.switches().unknown_setting {
            UnknownSetting::Success200 => Ok(envelope::success(json!({}))),
            UnknownSetting::Failure400 => Err(failure()),
        },
    }
}

/// 200 `{"success":true}`; the value holds from the next request on. As in the real server any JSON value is taken.
///
/// # Errors
/// A caller without `edit-privileged-setting`: 403. No second factor: 400. An unknown setting or no `value`: 400, and so a number
/// out of the setting's range, which 8.x looks at.
pub(super) fn post(context: &Context<'_>) -> Answer {
    two_factor::require(context)?;
    if !context.has_permission("edit-privileged-setting") {
        return Err(ApiError::Unauthorized);
    }
    if context.switches().validation == Validation::Match {
        checks::check_body(context, &CHECKED_BODY)?;
    }
    let id = context.path_parameter.unwrap_or_default();
    let value = context.body()?.get("value").ok_or_else(failure)?;
    if let Some(bound) =
        context.read().settings.get(id).and_then(|setting| settings::out_of_range(setting, text::to_number(value)))
        && context.workspace.profile().api_at_least(8, 0, 0)
    {
        let text = format!("Value for setting {id} must be {bound}");
        return Err(ApiError::meteor_with("error-invalid-setting-value", text, json!({"method": "saveSettings"})));
    }
    if context.write().settings.set(id, shown::to_json(value)) {
        Ok(envelope::success(json!({})))
    } else {
        Err(failure())
    }
}

fn failure() -> ApiError {
    ApiError::Failure { error: None, error_type: None }
}
