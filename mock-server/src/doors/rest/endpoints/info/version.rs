//! `GET /api/info` and `GET /api/v1/info`: what the server is.
//!
//! Upstream: `app/api/server/default/info.js` (to 6.4), `apps/meteor/app/api/server/default/info.ts`; `app/api/server/v1/misc.js` for the
//! second, which went with 4.0.0.

use mongo_query::{Document, document};

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::era::fact::{AnyFact, facts};

const FACTS: &[&dyn AnyFact] = &[&TWO_PARTS, &SHAPE, &SERVER_INFO_PERMISSION];
const V1_FACTS: &[&dyn AnyFact] = &[&WARNS];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/info", handle).open().unlimited().facts(FACTS),
    get("/api/v1/info", handle_v1).open().until(4, 0, 0).facts(V1_FACTS),
];

/// Whom `/api/info` tells more, and what else it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The admin role gets `info` in place of `version`.
    InfoInstead,
    /// `view-statistics` gets the full `version` and `info`; client versions for all.
    VersionAndInfo,
    /// As before, led by the workspace's URL.
    WorkspaceUrl,
}

facts! {
    /// tells everybody two parts of the version
    TWO_PARTS: bool = false => {
        documented => false, "packages/rocketchat-api/server/v1/misc.js @ 0.61.0, whose version the profile has";
        (4, 0, 0) => true, "d2f70b9e4: anonymous callers get two parts of the version";
    }
    /// tells
    SHAPE: Shape = Shape::InfoInstead => {
        documented => Shape::InfoInstead, "packages/rocketchat-api/server/v1/misc.js @ 0.61.0, whose version the profile has";
        (6, 5, 0) => Shape::VersionAndInfo, "c4325e82a7: /api/info by view-statistics with client versions";
        (8, 0, 0) => Shape::WorkspaceUrl, "apps/meteor/app/api/server/default/info.ts @ 8.6.1 (8d36c0b)";
    }
    /// tells more to holders of get-server-info, too
    SERVER_INFO_PERMISSION: bool = false => {
        documented => false, "packages/rocketchat-api/server/v1/misc.js @ 0.61.0, whose version the profile has";
        (4, 0, 0) => true, "app/api/server/default/info.js @ 4.0.0";
    }
    /// warns of its removal
    WARNS: bool = false => {
        documented => false, "packages/rocketchat-api/server/v1/misc.js @ 0.61.0, whose version the profile has";
        (1, 0, 0) => true, "app/api/server/v1/misc.js @ 1.0.0: developerWarning";
    }
}

/// 200 for everybody; who may see statistics (an admin before 6.5) gets the build's details in `info`.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let version = context.workspace.version();
    let told = if context.fact(&TWO_PARTS) { version.two_part() } else { version.to_string() };
    let body = match context.fact(&SHAPE) {
        Shape::InfoInstead => {
            if is_admin(context) || may_see_server(context) {
                document! { "info": details(context) }
            } else {
                document! { "version": told }
            }
        }
        Shape::VersionAndInfo => with_client_versions(context, Document::new(), &told),
        Shape::WorkspaceUrl => {
            let url = context.read().settings.text("Site_Url").to_owned();
            let hash: String = crate::state::users::password_digest(&url);
            let body = document! { "workspaceUrl": url, "hashedWorkspaceUrl": hash };
            with_client_versions(context, body, &told)
        }
    };
    Ok(envelope::success(body))
}

/// `version` (full, followed by `info`, with `view-statistics`), then the oldest client versions the server works with.
fn with_client_versions(context: &Context<'_>, mut body: Document, told: &str) -> Document {
    if sees_statistics(context) {
        body.push("version", context.workspace.version().to_string());
        body.push("info", details(context));
    } else {
        body.push("version", told);
    }
    body.push("minimumClientVersions", context.workspace.process.server_info.minimum_client_versions.clone());
    body
}

/// 200 `{"info":{"version"},…}`; an admin gets the build's details.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_v1(context: &Context<'_>) -> Answer {
    let info = if is_admin(context) {
        details(context)
    } else {
        document! { "version": context.workspace.version().to_string() }
    };
    let mut body = document! { "info": info };
    if context.fact(&WARNS) {
        let warning = "[WARNING]: The \"/api/v1/info\" endpoint will be removed; \"/api/info\" takes its place.";
        body.push("developerWarning", warning);
    }
    Ok(envelope::success(body))
}

/// `get-server-info`, from 4.0 on beside the admin role.
fn may_see_server(context: &Context<'_>) -> bool {
    let state = context.read();
    context.fact(&SERVER_INFO_PERMISSION)
        && context.sender(&state).is_ok_and(|caller| caller.has_permission(&state, "get-server-info"))
}

fn sees_statistics(context: &Context<'_>) -> bool {
    let state = context.read();
    context.sender(&state).is_ok_and(|caller| caller.has_permission(&state, "view-statistics"))
}

fn is_admin(context: &Context<'_>) -> bool {
    let state = context.read();
    let user = context.sender(&state).ok();
    user.and_then(|caller| state.users.get(&caller.user_id))
        .is_some_and(|user| user.roles.iter().any(|role| role == "admin"))
}

/// The build's details.
fn details(context: &Context<'_>) -> Document {
    context.workspace.process.server_info.info(context.workspace.version())
}
