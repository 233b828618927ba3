//! `GET /api/info` and `GET /api/v1/info`: what the server is.
//!
//! Upstream: `app/api/server/default/info.js` (to 6.4), `apps/meteor/app/api/server/default/info.ts`; `app/api/server/v1/misc.js` for the
//! second, which went with 4.0.0.

use serde_json::{Map, Value as Json, json};

use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::context::Context;
use crate::doors::rest::envelope;
use crate::era::{InfoShape, InfoVersion, V1Info};

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/api/info", handle).open().unlimited(),
    get("/api/v1/info", handle_v1).open().until(4, 0, 0),
];

/// 200 for everybody; who may see statistics (an admin before 6.5) gets the build's details in `info`.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let version = context.workspace.version();
    let told = match context.switches().info_version {
        InfoVersion::Full => version.to_string(),
        InfoVersion::TwoPart => version.two_part(),
    };
    let body = match context.switches().info_shape {
        InfoShape::InfoInstead => {
            if is_admin(context) || may_see_server(context) {
                json!({"info": details(context)})
            } else {
                json!({"version": told})
            }
        }
        InfoShape::VersionAndInfo => with_client_versions(context, Map::new(), &told),
        InfoShape::WorkspaceUrl => {
            let mut body = Map::new();
            let url = context.read().settings.text("Site_Url").to_owned();
            let hash: String = crate::state::users::password_digest(&url);
            body.insert("workspaceUrl".to_owned(), json!(url));
            body.insert("hashedWorkspaceUrl".to_owned(), json!(hash));
            with_client_versions(context, body, &told)
        }
    };
    Ok(envelope::success(body))
}

/// `version` (full, followed by `info`, with `view-statistics`), then the oldest client versions the server works with.
fn with_client_versions(context: &Context<'_>, mut body: Map<String, Json>, told: &str) -> Json {
    if sees_statistics(context) {
        body.insert("version".to_owned(), json!(context.workspace.version().to_string()));
        body.insert("info".to_owned(), details(context));
    } else {
        body.insert("version".to_owned(), json!(told));
    }
    body.insert("minimumClientVersions".to_owned(), context.workspace.process.server_info.minimum_client_versions.clone());
    Json::Object(body)
}

/// 200 `{"info":{"version"},…}`; an admin gets the build's details.
#[expect(clippy::unnecessary_wraps, reason = "a handler")]
pub(super) fn handle_v1(context: &Context<'_>) -> Answer {
    let info = if is_admin(context) { details(context) } else { json!({"version": context.workspace.version().to_string()}) };
    Ok(envelope::success(match context.switches().v1_info {
        V1Info::Plain => json!({"info": info}),
        V1Info::Warned => json!({
            "info": info,
            "developerWarning": "[WARNING]: The \"/api/v1/info\" endpoint will be removed; \"/api/info\" takes its place.",
        }),
    }))
}

/// `get-server-info`, from 4.0 on beside the admin role.
fn may_see_server(context: &Context<'_>) -> bool {
    let state = context.read();
    context.workspace.version().at_least(4, 0, 0)
        && context.sender(&state)
            .is_ok_and(|caller| caller.has_permission(&state, "get-server-info"))
}

fn sees_statistics(context: &Context<'_>) -> bool {
    let state = context.read();
    context.sender(&state)
        .is_ok_and(|caller| caller.has_permission(&state, "view-statistics"))
}

fn is_admin(context: &Context<'_>) -> bool {
    let state = context.read();
    let user = context.sender(&state).ok();
    user.and_then(|caller| state.users.get(&caller.user_id))
        .is_some_and(|user| user.roles.iter().any(|role| role == "admin"))
}

/// The build's details.
fn details(context: &Context<'_>) -> Json {
    context.workspace.process.server_info.info(context.workspace.version())
}
