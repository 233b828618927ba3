//! `GET /api/v1/licenses.info`: the premium licence, its modules and limits.
//!
//! Upstream: `apps/meteor/ee/server/api/licenses.ts`, `packages/license/src/license.ts`, since 6.5.0. Without `--licensed on` the workspace has none.

use serde_json::{Map, Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use javascript::stringify;

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/licenses.info", handle).since(6, 5, 0).validate(validate),
];

const QUERY: Schema = object(&[optional("loadValues", Schema::Boolean)]);

/// What a licence may keep a workspace from doing more of.
const PREVENTABLE: [&str; 6] =
    ["activeUsers", "guestUsers", "roomsPerGuest", "privateApps", "marketplaceApps", "monthlyActiveContacts"];

/// # Errors
/// [`ApiError::InvalidQuery`] for anything but `loadValues`.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    checks::check_query(context, &QUERY)
}

/// 200 `{"license":{…},"success":true}`; the licence itself and the limits only with `view-privileged-setting`, the values reached only
/// with `loadValues`.
///
/// # Errors
/// As the query string's.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let unrestricted = context.has_permission("view-privileged-setting");
    let with_values = unrestricted && matches!(context.query_text("loadValues")?, Some("true" | "1"));
    let facts = &context.workspace.process.server_info.licence;
    let licensed = context.workspace.options.licensed;

    let mut license = Map::new();
    if licensed && unrestricted {
        license.insert("license".to_owned(), document(context));
    }
    let modules: &[String] = if licensed { &facts.modules } else { &[] };
    license.insert("activeModules".to_owned(), json!(modules));
    if context.workspace.profile().api_at_least(7, 0, 0) {
        license.insert("externalModules".to_owned(), json!([]));
    }
    let prevented: Map<String, Json> = PREVENTABLE.iter().map(|kind| ((*kind).to_owned(), json!(false))).collect();
    license.insert("preventedActions".to_owned(), Json::Object(prevented));
    license.insert("limits".to_owned(), if unrestricted { limits(context, with_values) } else { json!({}) });
    license.insert("tags".to_owned(), if licensed { facts.tags.clone() } else { json!([]) });
    license.insert("trial".to_owned(), json!(false));
    // Upstream: `getInfo` of packages/license/src/license.ts; the suite of rocketchat-API expects it from 8.1 on.
    if context.workspace.version().at_least(8, 1, 0) {
        license.insert("hasValidLicense".to_owned(), json!(licensed));
    }
    Ok(envelope::success(json!({"license": license})))
}

/// The greatest number of each kind, and the one reached when asked for.
fn limits(context: &Context<'_>, with_values: bool) -> Json {
    let limits = &context.workspace.process.server_info.licence.limits;
    let limits = if context.workspace.options.licensed { &limits.licensed } else { &limits.unlicensed };
    let state = context.read();
    let counted = |kind: &str| {
        let guest = |roles: &[String]| roles.iter().any(|role| role == "guest");
        let active = state.users.iter().filter(|user| user.active);
        match kind {
            "activeUsers" => active.filter(|user| !guest(&user.roles)).count(),
            "guestUsers" => active.filter(|user| guest(&user.roles)).count(),
            // The mock has neither apps nor contacts.
            _ => 0,
        }
    };
    let limit = |(kind, max): (&String, &Json)| {
        let limit = if with_values { json!({"value": counted(kind), "max": max}) } else { json!({"max": max}) };
        (kind.clone(), limit)
    };
    Json::Object(limits.iter().map(limit).collect())
}

/// The licence, version 3.
fn document(context: &Context<'_>) -> Json {
    let facts = &context.workspace.process.server_info.licence;
    let modules: Vec<Json> = facts.modules.iter().map(|module| json!({"module": module})).collect();
    let limits: Map<String, Json> = facts
        .limits
        .licensed
        .iter()
        .map(|(kind, max)| (kind.clone(), json!([{"max": max, "behavior": "prevent_action"}])))
        .collect();
    let started = stringify::iso_date(context.workspace.started_at);
    json!({
        "version": "3.0",
        "information": {
            "autoRenew": false,
            "trial": false,
            "offline": true,
            "createdAt": started,
            "grantedBy": {"method": "manual"},
            "tags": facts.tags,
        },
        "validation": {"serverUrls": [], "validPeriods": [], "statisticsReport": {"required": false}},
        "grantedModules": modules,
        "limits": limits,
    })
}
