//! `GET /api/v1/instances.get`: the server processes of the workspace; the mock is one.
//!
//! Upstream: `apps/meteor/app/api/server/v1/instances.ts`.

use serde_json::{Value as Json, json};

use super::Answer;
use crate::context::Context;
use crate::envelope;
use crate::error::ApiError;
use crate::profile::{InstancesRefusal, Profile};
use crate::wire;

/// Whether the server of `profile` declares the permission instead of asking for it in the handler.
pub(super) fn declares_permission(profile: &Profile) -> bool {
    profile.switches.instances_refusal == InstancesRefusal::Declared
}

/// 200 `{"instances":[…],"success":true}`. To 5.x an instance is its record; later the record is a part of it.
///
/// # Errors
/// A caller without `view-statistics`: 403.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    if !context.has_permission("view-statistics") {
        return Err(ApiError::Unauthorized);
    }
    let record = record(context);
    let uptime_seconds = context.now_ms().saturating_sub(context.app.started_at) / 1000;
    let instance = if context.app.profile.api_at_least(6, 0, 0) {
        json!({
            "address": context.app.facts.instance.address,
            "currentStatus": {"connected": true, "lastHeartbeatTime": uptime_seconds, "local": true},
            "instanceRecord": record,
            "broadcastAuth": true,
        })
    } else {
        record
    };
    Ok(envelope::success(json!({"instances": [instance]})))
}

/// The stored document of the process.
fn record(context: &Context<'_>) -> Json {
    let instance = &context.app.facts.instance;
    let site = context.read().settings.text("Site_Url").to_owned();
    let authority = site.split_once("://").map_or(site.as_str(), |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    json!({
        "_id": *context.app.options.instance_id,
        "_createdAt": wire::iso_date(context.app.started_at),
        "_updatedAt": wire::iso_date(context.now_ms()),
        "extraInformation": {"host": host, "port": port, "os": instance.os, "nodeVersion": instance.node_version},
        "name": "rocket.chat",
        "pid": instance.pid,
    })
}
