//! `GET /api/v1/settings/:_id` and `POST /api/v1/settings/:_id`: one setting's value.
//!
//! Upstream: `app/api/server/v1/settings.js` (to 3.x), `apps/meteor/app/api/server/v1/settings.ts`.

use mongo_query::{Document, document};

use crate::doors::rest::checks::{self, Schema, object, required};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{self, Answer, Endpoint};
use crate::doors::rest::envelope;
use crate::doors::rest::two_factor;
use crate::era::Validation;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts::two_factor::GRACE;
use crate::rules::settings;

const GET_FACTS: &[&dyn AnyFact] = &[&UNKNOWN_FAILS];
const POST_FACTS: &[&dyn AnyFact] = &[&settings::CHECKS_RANGE, &GRACE];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint::get("/api/v1/settings/:_id", get).permission_when(&DECLARED, "view-privileged-setting").facts(GET_FACTS),
    endpoint::post("/api/v1/settings/:_id", post)
        .permission_when(&DECLARED, "edit-privileged-setting")
        .facts(POST_FACTS),
];

/// What Meteor's `check` takes, to 3.x.
const CHECKED_BODY: Schema = object(&[required("value", Schema::Any)]);

facts! {
    /// declares its permission instead of asking for it in the handler
    DECLARED: bool = false => { (6, 0, 0) => true, "apps/meteor/app/api/server/v1/settings.ts @ 6.14.0-develop (50c444136)"; }
    /// fails for an unknown setting; before, it was an empty success
    UNKNOWN_FAILS: bool = false => {
        (4, 2, 0) => true, "app/api/server/v1/settings.ts (151b76994): findOneNotHiddenById of the raw model and a failure when there is none; settings.js (198d40e69) had neither, and the raw models came with 4.2.0";
    }
}

/// 200 `{"_id","value","success":true}`.
///
/// # Errors
/// A caller without `view-privileged-setting`: 403. An unknown setting: 400 `{"success":false}` (200 without the setting before 4.2).
pub(super) fn get(context: &Context<'_>) -> Answer {
    let state = context.read();
    settings::may_view(&state, context.actor()?)?;
    match state.settings.get(context.path_parameter.unwrap_or_default()) {
        Some(setting) => Ok(envelope::success(document! { "_id": &setting.id, "value": setting.value.clone() })),
        None if context.fact(&UNKNOWN_FAILS) => Err(settings::unknown().into()),
        None => Ok(envelope::success(Document::new())),
    }
}

/// 200 `{"success":true}`; the value holds from the next request on. As in the real server any JSON value is taken.
///
/// # Errors
/// A caller without `edit-privileged-setting`: 403. No second factor: 400. An unknown setting or no `value`: 400, and so a number
/// out of the setting's range, which 8.x looks at.
pub(super) fn post(context: &Context<'_>) -> Answer {
    two_factor::require(context)?;
    let actor = context.actor()?;
    // Before the body is looked at; the rule asks again.
    settings::may_edit(&context.read(), actor)?;
    if context.switches().validation == Validation::Match {
        checks::check_body(context, &CHECKED_BODY)?;
    }
    let id = context.path_parameter.unwrap_or_default();
    let value = context.body()?.get("value").cloned().ok_or_else(settings::unknown)?;
    context.workspace.change(|tx| settings::save(tx, actor, id, value))?;
    Ok(envelope::success(Document::new()))
}
