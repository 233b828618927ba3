//! `GET /api/info` and `GET /api/v1/info`: what the server is.
//!
//! Upstream: `app/api/server/default/info.js` (to 6.4), `apps/meteor/app/api/server/default/info.ts`; `app/api/server/v1/misc.js` for the
//! second, which went with 4.0.0.

use serde_json::{Map, Value as Json, json};

use super::Answer;
use crate::caller::Caller;
use crate::context::Context;
use crate::envelope;
use crate::profile::{InfoShape, InfoVersion, V1Info};

/// 200 for everybody; who may see statistics (an admin before 6.5) gets the build's details in `info`.
pub fn handle(context: &Context<'_>) -> Answer {
    let version = context.app.version();
    let told = match context.switches().info_version {
        InfoVersion::Full => version.to_string(),
        InfoVersion::TwoPart => version.two_part(),
    };
    let body = match context.switches().info_shape {
        InfoShape::InfoInstead => {
            if is_admin(context) {
                json!({"info": details(context)})
            } else {
                json!({"version": told})
            }
        }
        InfoShape::VersionAndInfo => with_client_versions(context, Map::new(), told),
        InfoShape::WorkspaceUrl => {
            let mut body = Map::new();
            let url = context.read().settings.text("Site_Url").to_owned();
            let hash: String = crate::store::users::password_digest(&url);
            body.insert("workspaceUrl".to_owned(), json!(url));
            body.insert("hashedWorkspaceUrl".to_owned(), json!(hash));
            with_client_versions(context, body, told)
        }
    };
    Ok(envelope::success(body))
}

/// `version` (full, followed by `info`, with `view-statistics`), then the oldest client versions the server works with.
fn with_client_versions(context: &Context<'_>, mut body: Map<String, Json>, told: String) -> Json {
    if sees_statistics(context) {
        body.insert("version".to_owned(), json!(context.app.version().to_string()));
        body.insert("info".to_owned(), details(context));
    } else {
        body.insert("version".to_owned(), json!(told));
    }
    body.insert("minimumClientVersions".to_owned(), json!({"desktop": "3.9.6", "mobile": "4.39.0"}));
    Json::Object(body)
}

/// 200 `{"info":{"version"},…}`; an admin gets the build's details.
pub fn handle_v1(context: &Context<'_>) -> Answer {
    let info = if is_admin(context) { details(context) } else { json!({"version": context.app.version().to_string()}) };
    let mut body = json!({"info": info});
    if context.switches().v1_info == V1Info::Warned {
        body["developerWarning"] =
            json!("[WARNING]: The \"/api/v1/info\" endpoint will be removed; \"/api/info\" takes its place.");
    }
    Ok(envelope::success(body))
}

fn sees_statistics(context: &Context<'_>) -> bool {
    let workspace = context.read();
    Caller::authenticate(&workspace, &context.request)
        .is_ok_and(|caller| caller.has_permission(&workspace, "view-statistics"))
}

fn is_admin(context: &Context<'_>) -> bool {
    let workspace = context.read();
    let user = Caller::authenticate(&workspace, &context.request).ok();
    user.and_then(|caller| workspace.users.get(&caller.user_id))
        .is_some_and(|user| user.roles.iter().any(|role| role == "admin"))
}

/// The build's details (upstream: `Info` of `app/utils/rocketchat.info`); the build itself is made up and says so.
fn details(context: &Context<'_>) -> Json {
    let version = context.app.version().to_string();
    json!({
        "version": version,
        "build": {
            "date": "2018-02-24T12:00:00.000Z",
            "nodeVersion": "v8.9.4",
            "arch": "x64",
            "platform": "linux",
            "osRelease": "4.4.0-116-generic",
            "totalMemory": 8_371_339_264_u64,
            "freeMemory": 1_904_316_416_u64,
            "cpus": 2,
        },
        "marketplaceApiVersion": "1.0.0",
        "commit": {
            "hash": "0000000000000000000000000000000000000000",
            "date": "Sat Feb 24 12:00:00 2018 +0000",
            "author": "mock-server",
            "subject": "A mock server, not a build of Rocket.Chat",
            "tag": version,
            "branch": "HEAD",
        },
    })
}
