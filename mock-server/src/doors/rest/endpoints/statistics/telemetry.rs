//! `POST /api/v1/statistics.telemetry`: counters that clients raise.
//!
//! Upstream: `apps/meteor/app/api/server/v1/stats.ts`, since 4.6.0. No permission is asked for.

use mongo_query::{Document, Value};

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::Validation;
use crate::era::fact::AnyFact;
use crate::rules::statistics;

const FACTS: &[&dyn AnyFact] = &[&statistics::COUNTS_OTR];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[post("/api/v1/statistics.telemetry", handle).since(4, 6, 0).validate(validate).facts(FACTS)];

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
    for event in params {
        // Each by itself: those before an unknown one stay counted.
        context.workspace.change(|tx| statistics::count_event(tx, event))?;
    }
    Ok(envelope::success(Document::new()))
}
