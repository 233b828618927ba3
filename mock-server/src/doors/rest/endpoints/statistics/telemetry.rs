//! `POST /api/v1/statistics.telemetry`: counters that clients raise.
//!
//! Upstream: `apps/meteor/app/api/server/v1/stats.ts`, since 4.6.0. No permission is asked for.

use mongo_query::{Document, Value};
use serde_json::{Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::state::State;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/statistics.telemetry", handle) .since(4, 6, 0) .validate(validate),
];

/// The counter behind the slash command `/jitsi`.
const JITSI_COUNTER: &str = "Jitsi_Start_SlashCommands_Count";

/// Checks the body where the era does (8.x).
///
/// # Errors
/// [`ApiError::InvalidBody`] with the validator's text.
pub fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    if context.switches().validation != Validation::Typed {
        return Ok(());
    }
    let refuse = |text: &str| Err(ApiError::InvalidBody(text.to_owned()));
    let body = context.body()?;
    let Some(params) = body.get("params") else { return refuse("must have required property 'params'") };
    if body.len() > 1 {
        return refuse("must NOT have additional properties");
    }
    let Some(params) = params.as_array() else { return refuse("must be array") };
    for event in params {
        match event.as_object().map(|event| event.get("eventName")) {
            None => return refuse("must be object"),
            Some(None) => return refuse("must have required property 'eventName'"),
            // The validator turns numbers and booleans into text (`coerceTypes`), null into an empty one.
            Some(Some(Value::Object(_) | Value::Array(_))) => return refuse("must be string"),
            Some(Some(_)) => {}
        }
    }
    Ok(())
}

/// 200 `{"success":true}` once every event is counted.
///
/// # Errors
/// An unknown event: 400 `event not found`; the events before it stay counted.
pub fn handle(context: &Context<'_>) -> Answer {
    let body = context.body()?;
    let Some(params) = body.get("params").and_then(Value::as_array) else {
        // Before the body was validated the handler failed on it; the text is Node's.
        return Err(ApiError::Thrown("Cannot read properties of undefined (reading 'forEach')".to_owned()));
    };
    let mut state = context.write();
    for event in params {
        let event = event.as_object();
        let name = event.and_then(|event| event.get("eventName")).and_then(Value::as_str).unwrap_or_default();
        let text = |key: &str| event.and_then(|event: &Document| event.get(key)).and_then(Value::as_str);
        match name {
            "updateCounter" => raise(&mut state, text("settingsId").unwrap_or_default()),
            "slashCommandsStats" if text("command") == Some("jitsi") => raise(&mut state, JITSI_COUNTER),
            "slashCommandsStats" => {}
            // Off-the-record messages left with 8.0.
            "otrStats" if !context.workspace.version().at_least(8, 0, 0) => {}
            _ => return Err(ApiError::Thrown("event not found".to_owned())),
        }
    }
    Ok(envelope::success(json!({})))
}

/// Adds one to a counter setting; an unknown setting, or one that is no number, stays as it is.
fn raise(state: &mut State, id: &str) {
    let raised =
        state.settings.get(id).and_then(|setting| setting.value.as_i64()).map(|value| value.saturating_add(1));
    if let Some(raised) = raised {
        state.settings.set(id, Json::from(raised));
    }
}
