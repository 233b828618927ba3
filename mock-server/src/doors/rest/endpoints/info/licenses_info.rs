//! `GET /api/v1/licenses.info`: the premium licence, its modules and limits.
//!
//! Upstream: `apps/meteor/ee/server/api/licenses.ts`, `packages/license/src/license.ts`, since 6.5.0. Without `--licensed on` the workspace has none.

use mongo_query::{Document, Key, Value, document};

use crate::doors::rest::checks::{self, Schema, object, optional};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::era::fact::{AnyFact, facts};

const FACTS: &[&dyn AnyFact] = &[&EXTERNAL_MODULES, &TELLS_VALIDITY];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[get("/api/v1/licenses.info", handle).since(6, 5, 0).validate(validate).facts(FACTS)];

facts! {
    /// tells externalModules
    EXTERNAL_MODULES: bool = false => {
        (7, 0, 0) => true, "packages/license/src/license.ts, in 7.0.0 at the latest";
    }
    /// tells hasValidLicense
    TELLS_VALIDITY: bool = false => {
        (8, 1, 0) => true, "getInfo of packages/license/src/license.ts; the suite of rocketchat-API expects it from 8.1 on";
    }
}

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

    let mut license = Document::new();
    if licensed && unrestricted {
        license.push("license", licence(context));
    }
    let modules: &[String] = if licensed { &facts.modules } else { &[] };
    license.push("activeModules", modules);
    if context.fact(&EXTERNAL_MODULES) {
        license.push("externalModules", Vec::<Value>::new());
    }
    let prevented: Document = PREVENTABLE.iter().map(|kind| ((*kind).into(), false.into())).collect();
    license.push("preventedActions", prevented);
    license.push("limits", if unrestricted { limits(context, with_values) } else { Document::new() });
    license.push("tags", if licensed { facts.tags.clone() } else { Vec::<Value>::new().into() });
    license.push("trial", false);
    if context.fact(&TELLS_VALIDITY) {
        license.push("hasValidLicense", licensed);
    }
    Ok(envelope::success(document! { "license": license }))
}

/// The greatest number of each kind, and the one reached when asked for.
fn limits(context: &Context<'_>, with_values: bool) -> Document {
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
    let limit = |(kind, max): (&Key, &Value)| {
        let limit = if with_values {
            document! { "value": counted(kind), "max": max.clone() }
        } else {
            document! { "max": max.clone() }
        };
        (kind.clone(), limit.into())
    };
    limits.iter().map(limit).collect()
}

/// The licence, version 3.
fn licence(context: &Context<'_>) -> Document {
    let facts = &context.workspace.process.server_info.licence;
    let modules: Vec<Document> = facts.modules.iter().map(|module| document! { "module": module.as_str() }).collect();
    let most = |max: &Value| vec![document! { "max": max.clone(), "behavior": "prevent_action" }];
    let limits: Document = facts.limits.licensed.iter().map(|(kind, max)| (kind.clone(), most(max).into())).collect();
    let information = document! {
        "autoRenew": false,
        "trial": false,
        "offline": true,
        "createdAt": Value::Date(context.workspace.started_at),
        "grantedBy": document! { "method": "manual" },
        "tags": facts.tags.clone(),
    };
    let validation = document! {
        "serverUrls": Vec::<Value>::new(),
        "validPeriods": Vec::<Value>::new(),
        "statisticsReport": document! { "required": false },
    };
    document! {
        "version": "3.0",
        "information": information,
        "validation": validation,
        "grantedModules": modules,
        "limits": limits,
    }
}
