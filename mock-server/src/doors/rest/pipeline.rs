//! One request from top to bottom: preflight, route, authentication, checks in the era's order, handler, headers.

use std::time::Duration;

use crate::doors::wire::{Method, StatusCode};

use crate::doors::rest::context::Context;
use crate::doors::rest::cors;
use crate::doors::rest::endpoint::{Auth, Endpoint, Licence};
use crate::doors::rest::error::ApiError;
use crate::doors::rest::routes::{self, Found};
use crate::doors::wire::reply::Reply;
use crate::doors::wire::request::Request;
use crate::era::{RateLimitOrder, RateLimiter, RefusalDelay, UnknownRoute, WrongMethod};
use crate::workspace::Workspace;
use crate::workspace::rate_limiter::Verdict;

/// The answer to `request`, as a server of the workspace's profile gives it. Never fails: a failure is an answer too.
pub fn answer(workspace: &Workspace, request: Request<'_>) -> Reply {
    let reply = if *request.method == Method::OPTIONS {
        cors::preflight(workspace, &request)
    } else {
        route(workspace, request).unwrap_or_else(|error| error.reply(workspace.profile()))
    };
    held_back(workspace, with_headers(workspace, reply))
}

/// The answer to a request whose body is larger than the server reads.
pub fn body_too_large(workspace: &Workspace) -> Reply {
    ApiError::BodyTooLarge.reply(workspace.profile())
}

fn with_headers(workspace: &Workspace, mut reply: Reply) -> Reply {
    cors::add_api_headers(workspace, &mut reply);
    cors::add_server_headers(workspace, &mut reply);
    reply
}

/// Quirk: the Restivus eras hold every 401 and 403 back by a random 500 to 1000 ms (upstream: restivus `lib/route.coffee`). Only with
/// `--delays on`, as it slows tests down and says nothing.
fn held_back(workspace: &Workspace, reply: Reply) -> Reply {
    let refused = matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if !(refused && workspace.options.delays && workspace.switches().refusal_delay == RefusalDelay::HalfToOneSecond) {
        return reply;
    }
    let extra = workspace.clock.now_ms().rem_euclid(500).unsigned_abs();
    Reply { hold_back: Duration::from_millis(500 + extra), ..reply }
}

fn route(workspace: &Workspace, request: Request<'_>) -> Result<Reply, ApiError> {
    match routes::find(workspace.profile(), workspace.options.licensed, request.path, request.method) {
        Found::Endpoint { endpoint, number, parameter } => {
            call(workspace, endpoint, number, Context::new(workspace, request, endpoint.path, parameter))
        }
        Found::OtherMethods(allowed) => {
            Err(not_served(workspace, &request).unwrap_or(match workspace.switches().wrong_method {
                WrongMethod::Json405 => ApiError::WrongMethod { allow: allowed },
                WrongMethod::Text404 => ApiError::NotFoundText,
            }))
        }
        Found::Nothing => Err(unknown(workspace, &request)),
    }
}

/// What names a documented method and path that the mock does not have.
fn not_served(workspace: &Workspace, request: &Request<'_>) -> Option<ApiError> {
    // One the mock has, but not for this version or without a licence, is unknown as it is to the real server.
    if routes::implemented(request.method, request.path) {
        return None;
    }
    let endpoint =
        workspace.process.documented.documented(request.method.as_str(), request.path, workspace.profile())?;
    Some(ApiError::NotServed { endpoint })
}

/// A path this server has no endpoint for: a documented one is named as not served, anything else is unknown to the real
/// server too.
fn unknown(workspace: &Workspace, request: &Request<'_>) -> ApiError {
    if let Some(named) = not_served(workspace, request) {
        return named;
    }
    match workspace.switches().unknown_route {
        UnknownRoute::WebApp => ApiError::WebApplication,
        UnknownRoute::Text404 => match request.path.split('/').nth(1) {
            Some("api") => ApiError::NotFoundText,
            // Express, which the API is mounted in, does not mind the case; the API behind it does, and adds no headers.
            Some(first) if first.eq_ignore_ascii_case("api") => ApiError::NotFoundOutside,
            _ => ApiError::WebApplication,
        },
    }
}

fn call(
    workspace: &Workspace,
    endpoint: &Endpoint,
    number: usize,
    mut context: Context<'_>,
) -> Result<Reply, ApiError> {
    if endpoint.auth == Auth::Required {
        context.authenticate()?;
    }
    let (verdict, outcome) = match workspace.switches().rate_limit_order {
        // 0.74 to 7.x: the limiter first, then validation, then the permission, all in the handler's wrapper.
        RateLimitOrder::BeforeChecks => {
            let verdict = limit(workspace, endpoint, number, &context);
            let outcome = refuse_excess(workspace, verdict)
                .and_then(|()| validate(endpoint, &context))
                .and_then(|()| permission(endpoint, &context))
                .and_then(|()| licence(workspace, endpoint))
                .and_then(|()| (endpoint.handle)(&context));
            (verdict, outcome)
        }
        // 8.x: permission, licence and validation are middleware before it, so their refusals carry no limiter headers.
        RateLimitOrder::AfterChecks => {
            permission(endpoint, &context)?;
            licence(workspace, endpoint)?;
            validate(endpoint, &context)?;
            let verdict = limit(workspace, endpoint, number, &context);
            let outcome = refuse_excess(workspace, verdict).and_then(|()| (endpoint.handle)(&context));
            (verdict, outcome)
        }
    };
    let reply = outcome.unwrap_or_else(|error| error.reply(workspace.profile()));
    Ok(match verdict {
        None => reply,
        Some(verdict) => reply
            .with_header("x-ratelimit-limit", verdict.limit.to_string())
            .with_header("x-ratelimit-remaining", verdict.remaining.to_string())
            .with_header("x-ratelimit-reset", verdict.reset_at.to_string()),
    })
}

fn permission(endpoint: &Endpoint, context: &Context<'_>) -> Result<(), ApiError> {
    match endpoint.permission {
        Some(permission) if !permission.granted(context) => Err(ApiError::MissingPermission),
        _ => Ok(()),
    }
}

fn validate(endpoint: &Endpoint, context: &Context<'_>) -> Result<(), ApiError> {
    endpoint.validate.map_or(Ok(()), |validate| validate(context))
}

/// A premium endpoint without its licence. Where such routes are not even registered the route table leaves them out.
fn licence(workspace: &Workspace, endpoint: &Endpoint) -> Result<(), ApiError> {
    match endpoint.licence {
        Licence::Premium if !workspace.options.licensed => Err(ApiError::MissingLicence),
        Licence::Premium | Licence::Community => Ok(()),
    }
}

/// Counts the call when it counts at all. Holders of `api-bypass-rate-limit` are exempt and never see the headers.
fn limit(workspace: &Workspace, endpoint: &Endpoint, number: usize, context: &Context<'_>) -> Option<Verdict> {
    match workspace.switches().rate_limiter {
        RateLimiter::None | RateLimiter::NeverActs => return None,
        RateLimiter::Status400 | RateLimiter::Status429 => {}
    }
    // Quirk: the limiter knows its rules by method and path, and there is none for HEAD (Hono builds; older ones do not answer it).
    if !endpoint.limited || *context.request.method == Method::HEAD {
        return None;
    }
    let settings = context.read().settings.limiter();
    let idle = !settings.enabled || settings.calls == 0 || settings.window_ms == 0;
    if idle || context.has_permission("api-bypass-rate-limit") {
        return None;
    }
    Some(workspace.limiter.count(number, &context.request.client_ip(), settings, context.now_ms()))
}

fn refuse_excess(workspace: &Workspace, verdict: Option<Verdict>) -> Result<(), ApiError> {
    let Some(verdict) = verdict.filter(|verdict| !verdict.allowed) else { return Ok(()) };
    let wait_ms = verdict.reset_at.saturating_sub(workspace.clock.now_ms()).max(0);
    let status = match workspace.switches().rate_limiter {
        RateLimiter::Status400 => StatusCode::BAD_REQUEST,
        RateLimiter::None | RateLimiter::NeverActs | RateLimiter::Status429 => StatusCode::TOO_MANY_REQUESTS,
    };
    Err(ApiError::TooManyRequests { wait_seconds: wait_ms.saturating_add(999) / 1000, status })
}
