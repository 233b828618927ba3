//! Headers every API answer carries, and the answer to `OPTIONS`.

use crate::doors::wire::StatusCode;

use crate::doors::wire::reply::{Origin, Reply};
use crate::doors::wire::request::Request;
use crate::era::{ApiHeaders, Preflight};
use crate::workspace::Workspace;

const ALLOWED_HEADERS: &str = "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token";
const MORE_ALLOWED_HEADERS: &str =
    "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization";
const ALLOWED_METHODS: &str = "GET, POST, PUT, DELETE, HEAD, PATCH";
const CORS_OFF: &str = "CORS not enabled. Go to \"Admin > General > REST Api\" to enable it.";

/// Adds the caching headers and the CORS pair of the era (upstream: Restivus' default headers; `app/api/server/middlewares/cors.ts`).
pub fn add_api_headers(workspace: &Workspace, reply: &mut Reply) {
    if reply.origin == Origin::Outside {
        return;
    }
    let mut add = |name, value: &'static str| reply.headers.push((name, value.into()));
    let (cached_by_handler_only, allowed) = match workspace.switches().api_headers {
        ApiHeaders::CorsBySetting => (false, workspace.state.read().settings.cors().then_some(ALLOWED_HEADERS)),
        ApiHeaders::CorsAlways => (false, Some(ALLOWED_HEADERS)),
        ApiHeaders::Middleware => (true, Some(MORE_ALLOWED_HEADERS)),
    };
    if !cached_by_handler_only || reply.origin == Origin::Handler {
        add("cache-control", "no-store");
        add("pragma", "no-cache");
    }
    let preflight_says_more = reply.headers.iter().any(|(name, _)| *name == "access-control-allow-methods");
    if let Some(allowed) = allowed.filter(|_| !preflight_says_more) {
        reply.headers.push(("access-control-allow-origin", "*".into()));
        reply.headers.push(("access-control-allow-headers", allowed.into()));
    }
}

/// Adds what the server puts on everything it sends, API or not: the id of the process (upstream: `app/lib/server/lib/debug.js`, since
/// 0.5x) and, seen on 8.x, what browsers are told (`app/cors/server/cors.js`).
pub fn add_server_headers(workspace: &Workspace, reply: &mut Reply) {
    reply.headers.push(("x-instance-id", workspace.options.instance_id.to_string().into()));
    if workspace.switches().api_headers == ApiHeaders::Middleware {
        reply.headers.push(("x-xss-protection", "1".into()));
        reply.headers.push(("x-content-type-options", "nosniff".into()));
        if workspace.state.read().settings.restricts_frames() {
            reply.headers.push(("x-frame-options", "sameorigin".into()));
        }
    }
}

/// The answer to `OPTIONS`, on any path (upstream: `app/api/server/middlewares/cors.ts`; before 3.0 `packages/rocketchat-cors`).
pub fn preflight(workspace: &Workspace, request: &Request<'_>) -> Reply {
    let (enabled, allowed_origin) = {
        let state = workspace.state.read();
        (state.settings.cors(), state.settings.text("API_CORS_Origin").to_owned())
    };
    let origin = request.present_header("origin");
    let method = request.present_header("access-control-request-method");
    match workspace.switches().preflight {
        Preflight::RequestMethodOnly => match (method, enabled) {
            (None, _) => empty(StatusCode::NOT_FOUND),
            (Some(_), false) => untyped(StatusCode::METHOD_NOT_ALLOWED, CORS_OFF),
            (Some(_), true) => empty(StatusCode::OK)
                .with_header("access-control-allow-origin", allowed_origin)
                .with_header("access-control-allow-headers", ALLOWED_HEADERS),
        },
        Preflight::Lenient => match (origin.or(method), enabled) {
            (None, _) => empty(StatusCode::OK),
            (Some(_), false) => untyped(StatusCode::METHOD_NOT_ALLOWED, CORS_OFF),
            (Some(_), true) => match granted_origin(&allowed_origin, origin) {
                Some(granted) => grant(empty(StatusCode::OK), granted, ALLOWED_HEADERS),
                None => empty(StatusCode::OK),
            },
        },
        Preflight::Strict => match (origin.or(method), enabled) {
            (None, _) => Reply::text(StatusCode::OK, "OK"),
            (Some(_), false) => Reply::text(StatusCode::METHOD_NOT_ALLOWED, CORS_OFF),
            (Some(_), true) => match granted_origin(&allowed_origin, origin) {
                Some(granted) => grant(Reply::text(StatusCode::OK, "OK"), granted, MORE_ALLOWED_HEADERS),
                None => Reply::text(StatusCode::FORBIDDEN, "Invalid origin"),
            },
        },
    }
    .from_origin(Origin::Outside)
}

#[derive(Clone, Copy)]
enum Granted<'a> {
    Everybody,
    One(&'a str),
}

/// The setting is `*` or a comma list; the list is lower-cased, the header is not (a quirk of upstream's `cors.ts`).
fn granted_origin<'a>(setting: &str, origin: Option<&'a str>) -> Option<Granted<'a>> {
    if setting.trim() == "*" {
        return Some(Granted::Everybody);
    }
    let origin = origin?;
    let listed = setting.to_lowercase().split(',').any(|known| known.trim() == origin);
    listed.then_some(Granted::One(origin))
}

fn grant(reply: Reply, granted: Granted<'_>, headers: &'static str) -> Reply {
    let reply = match granted {
        Granted::Everybody => reply.with_header("access-control-allow-origin", "*"),
        Granted::One(origin) => {
            reply.with_header("access-control-allow-origin", origin.to_owned()).with_header("vary", "Origin")
        }
    };
    reply
        .with_header("access-control-allow-methods", ALLOWED_METHODS)
        .with_header("access-control-allow-headers", headers)
}

fn empty(status: StatusCode) -> Reply {
    untyped(status, "")
}

fn untyped(status: StatusCode, body: &str) -> Reply {
    Reply { content_type: "", ..Reply::text(status, body) }
}
