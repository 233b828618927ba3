//! One request from top to bottom: preflight, route, authentication, checks in the era's order, handler, headers.

use actix_web::http::{Method, StatusCode};

use crate::app::App;
use crate::context::Context;
use crate::cors;
use crate::error::ApiError;
use crate::profile::{EngagementLicence, RateLimitOrder, RateLimiter, UnknownRoute, WrongMethod};
use crate::rate_limiter::Verdict;
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::{self, Auth, Endpoint, Found, Licence, RouteTable};

/// The way requests take: the server and the routes of its profile.
#[derive(Debug)]
pub struct Pipeline {
    /// The server.
    pub app: App,
    routes: RouteTable,
}

impl Pipeline {
    /// The way to `app`'s endpoints.
    pub fn new(app: App) -> Self {
        let routes = RouteTable::new(&app.profile, app.options.licensed);
        Self { app, routes }
    }

    /// The answer to `request`, as the server of this profile gives it. Never fails: a failure is an answer too.
    pub fn answer(&self, request: Request<'_>) -> Reply {
        let app = &self.app;
        let mut reply = if request.method == Method::OPTIONS {
            cors::preflight(app, &request)
        } else {
            route(app, &self.routes, request).unwrap_or_else(|error| error.reply(app.switches()))
        };
        cors::add_api_headers(app, &mut reply);
        cors::add_server_headers(app, &mut reply);
        reply
    }
}

fn route(app: &App, routes: &RouteTable, request: Request<'_>) -> Result<Reply, ApiError> {
    match routes.find(request.path, request.method) {
        Found::Endpoint { endpoint, number, parameter } => {
            call(app, endpoint, number, Context::new(app, request, parameter))
        }
        Found::OtherMethods(allowed) => Err(not_served(app, &request).unwrap_or(match app.switches().wrong_method {
            WrongMethod::Json405 => ApiError::WrongMethod { allow: allowed },
            WrongMethod::Text404 => ApiError::NotFoundText,
        })),
        Found::Nothing => Err(unknown(app, &request)),
    }
}

/// What names a documented method and path that the mock does not have.
fn not_served(app: &App, request: &Request<'_>) -> Option<ApiError> {
    // One the mock has, but not for this version or without a licence, is unknown as it is to the real server.
    if routes::implemented(request.method, request.path) {
        return None;
    }
    let endpoint = app.catalogue.documented(request.method, request.path, &app.profile)?;
    Some(ApiError::NotServed { endpoint })
}

/// A path this server has no endpoint for: a documented one is named as not served, anything else is unknown to the real
/// server too.
fn unknown(app: &App, request: &Request<'_>) -> ApiError {
    if let Some(named) = not_served(app, request) {
        return named;
    }
    match app.switches().unknown_route {
        UnknownRoute::WebApp => ApiError::WebApplication,
        UnknownRoute::Text404 => match request.path.split('/').nth(1) {
            Some("api") => ApiError::NotFoundText,
            // Express, which the API is mounted in, does not mind the case; the API behind it does, and adds no headers.
            Some(first) if first.eq_ignore_ascii_case("api") => ApiError::NotFoundOutside,
            _ => ApiError::WebApplication,
        },
    }
}

fn call(app: &App, endpoint: &Endpoint, number: usize, mut context: Context<'_>) -> Result<Reply, ApiError> {
    if endpoint.auth == Auth::Required {
        context.authenticate()?;
    }
    let (verdict, outcome) = match app.switches().rate_limit_order {
        // 0.74 to 7.x: the limiter first, then validation, then the permission, all in the handler's wrapper.
        RateLimitOrder::BeforeChecks => {
            let verdict = limit(app, endpoint, number, &context);
            let outcome = refuse_excess(app, verdict)
                .and_then(|()| validate(endpoint, &context))
                .and_then(|()| permission(endpoint, &context))
                .and_then(|()| licence(app, endpoint))
                .and_then(|()| (endpoint.handle)(&context));
            (verdict, outcome)
        }
        // 8.x: permission, licence and validation are middleware before it, so their refusals carry no limiter headers.
        RateLimitOrder::AfterChecks => {
            permission(endpoint, &context)?;
            licence(app, endpoint)?;
            validate(endpoint, &context)?;
            let verdict = limit(app, endpoint, number, &context);
            let outcome = refuse_excess(app, verdict).and_then(|()| (endpoint.handle)(&context));
            (verdict, outcome)
        }
    };
    let reply = outcome.unwrap_or_else(|error| error.reply(app.switches()));
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
fn licence(app: &App, endpoint: &Endpoint) -> Result<(), ApiError> {
    match (endpoint.licence, app.switches().engagement_licence) {
        (Licence::Premium, EngagementLicence::Refused400) if !app.options.licensed => Err(ApiError::MissingLicence),
        _ => Ok(()),
    }
}

/// Counts the call when it counts at all. Holders of `api-bypass-rate-limit` are exempt and never see the headers.
fn limit(app: &App, endpoint: &Endpoint, number: usize, context: &Context<'_>) -> Option<Verdict> {
    match app.switches().rate_limiter {
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
    Some(app.limiter.count(number, &context.request.client_ip(), settings, context.now_ms()))
}

fn refuse_excess(app: &App, verdict: Option<Verdict>) -> Result<(), ApiError> {
    let Some(verdict) = verdict.filter(|verdict| !verdict.allowed) else { return Ok(()) };
    let wait_ms = verdict.reset_at.saturating_sub(app.clock.now_ms()).max(0);
    let status = match app.switches().rate_limiter {
        RateLimiter::Status400 => StatusCode::BAD_REQUEST,
        RateLimiter::None | RateLimiter::NeverActs | RateLimiter::Status429 => StatusCode::TOO_MANY_REQUESTS,
    };
    Err(ApiError::TooManyRequests { wait_seconds: wait_ms.saturating_add(999) / 1000, status })
}
