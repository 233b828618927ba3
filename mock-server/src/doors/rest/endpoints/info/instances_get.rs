//! `GET /api/v1/instances.get`: the server processes of the workspace; the mock is one.
//!
//! Upstream: `apps/meteor/app/api/server/v1/instances.ts`.

use mongo_query::{Document, Value, document};

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};

const FACTS: &[&dyn AnyFact] = &[&WRAPS_RECORD];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[get("/api/v1/instances.get", handle).since(3, 13, 0).permission_when(&DECLARED, "view-statistics").facts(FACTS)];

facts! {
    /// declares its permission instead of asking for it in the handler
    DECLARED: bool = false => {
        documented => true, "instances-get.yaml shows the error body of declared permissions";
        (7, 0, 0) => true, "apps/meteor/app/api/server/v1/instances.ts @ 7.2.0-develop (b32c629)";
    }
    /// shows the record as a part of the instance
    WRAPS_RECORD: bool = false => {
        (6, 0, 0) => true, "apps/meteor/app/api/server/v1/instances.ts, in 6.0.0 at the latest";
    }
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
    let uptime_seconds = context.now_ms().saturating_sub(context.workspace.started_at) / 1000;
    let instance = if context.fact(&WRAPS_RECORD) {
        document! {
            "address": context.workspace.process.server_info.instance.address.as_str(),
            "currentStatus": document! { "connected": true, "lastHeartbeatTime": uptime_seconds, "local": true },
            "instanceRecord": record,
            "broadcastAuth": true,
        }
    } else {
        record
    };
    Ok(envelope::success(document! { "instances": vec![instance] }))
}

/// The stored document of the process.
fn record(context: &Context<'_>) -> Document {
    let instance = &context.workspace.process.server_info.instance;
    let site = context.read().settings.text("Site_Url").to_owned();
    let authority = site.split_once("://").map_or(site.as_str(), |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let more = document! {
        "host": host,
        "port": port,
        "os": instance.os.clone(),
        "nodeVersion": instance.node_version.as_str(),
    };
    document! {
        "_id": &context.workspace.options.instance_id,
        "_createdAt": Value::Date(context.workspace.started_at),
        "_updatedAt": Value::Date(context.now_ms()),
        "extraInformation": more,
        "name": "rocket.chat",
        "pid": i64::from(instance.pid),
    }
}
