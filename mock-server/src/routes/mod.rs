//! The route table: every endpoint, its path, since when it exists and what stands in front of its handler.
//!
//! This is the only place that names paths. An endpoint is one file beside this one and its line in [`ENDPOINTS`].

mod docs_json;
mod engagement_dashboard;
mod info;
mod instances_get;
mod licenses_info;
mod login;
mod logout;
mod me;
mod permissions_list_all;
mod permissions_role;
mod permissions_update;
mod personal_access_tokens;
mod roles_add_user_to_role;
mod roles_create;
mod roles_delete;
mod roles_get_users_in_role;
mod roles_list;
mod roles_remove_user_from_role;
mod roles_shared;
mod settings_list;
mod settings_one;
mod statistics;
mod statistics_list;
mod statistics_telemetry;
mod users_create;
mod users_create_token;
mod users_delete;
mod users_info;
mod users_list;
mod users_register;
mod users_save;
mod users_set_active_status;
mod users_shared;
mod users_update;

use std::collections::HashMap;

use actix_web::http::Method;

use crate::context::Context;
use crate::error::ApiError;
use crate::profile::{Endpoints, EngagementLicence, Profile, UnknownRoute, UnversionedAuth};
use crate::reply::Reply;

/// What a handler returns.
pub type Answer = Result<Reply, ApiError>;

/// A check in front of a handler.
pub type Check = fn(&Context<'_>) -> Result<(), ApiError>;

/// Whether an endpoint wants to know who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// 401 without valid credentials.
    Required,
    /// Open to all.
    None,
}

/// Whether an endpoint belongs to the premium edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// Everybody has it.
    Community,
    /// Needs a licence: see `--licensed`.
    Premium,
}

/// Permissions an endpoint declares; callers without get the 403 of the era (upstream: the route option `permissionsRequired`).
#[derive(Debug, Clone, Copy)]
pub enum Declared {
    /// This one.
    One(&'static str),
    /// At least one of these.
    AnyOf(&'static [&'static str]),
    /// This one, in versions where the endpoint declares it at all.
    When(fn(&Profile) -> bool, &'static str),
}

impl Declared {
    /// Whether the caller of `context` may go on.
    pub fn granted(self, context: &Context<'_>) -> bool {
        match self {
            Self::One(permission) => context.has_permission(permission),
            Self::AnyOf(permissions) => permissions.iter().any(|permission| context.has_permission(permission)),
            Self::When(declared, permission) => !declared(&context.app.profile) || context.has_permission(permission),
        }
    }
}

/// The methods endpoints have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Everything else.
    Post,
}

impl Verb {
    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// GET or POST.
    pub method: Verb,
    /// The path; a segment `:name` stands for anything.
    pub path: &'static str,
    /// The version that brought it.
    pub since: (u32, u32, u32),
    /// The version that took it away.
    pub until: Option<(u32, u32, u32)>,
    /// Whether it wants to know who asks.
    pub auth: Auth,
    /// The permission it declares.
    pub permission: Option<Declared>,
    /// Whether it needs the premium licence.
    pub licence: Licence,
    /// Whether its calls are limited.
    pub limited: bool,
    /// Checks of the query string or body that come before the handler.
    pub validate: Option<Check>,
    /// The handler.
    pub handle: fn(&Context<'_>) -> Answer,
}

const fn endpoint(method: Verb, path: &'static str, handle: fn(&Context<'_>) -> Answer) -> Endpoint {
    Endpoint {
        method,
        path,
        since: (0, 51, 0),
        until: None,
        auth: Auth::Required,
        permission: None,
        licence: Licence::Community,
        limited: true,
        validate: None,
        handle,
    }
}

const fn get(path: &'static str, handle: fn(&Context<'_>) -> Answer) -> Endpoint {
    endpoint(Verb::Get, path, handle)
}

const fn post(path: &'static str, handle: fn(&Context<'_>) -> Answer) -> Endpoint {
    endpoint(Verb::Post, path, handle)
}

impl Endpoint {
    const fn since(self, major: u32, minor: u32, patch: u32) -> Self {
        Self { since: (major, minor, patch), ..self }
    }

    const fn until(self, major: u32, minor: u32, patch: u32) -> Self {
        Self { until: Some((major, minor, patch)), ..self }
    }

    /// One of the engagement dashboard's: premium, its permission by era.
    const fn engagement(self) -> Self {
        Self { licence: Licence::Premium, ..self }
            .since(3, 1, 0)
            .permission_when(engagement_dashboard::asks_permission, "view-engagement-dashboard")
    }

    const fn open(self) -> Self {
        Self { auth: Auth::None, ..self }
    }

    const fn permission(self, permission: &'static str) -> Self {
        Self { permission: Some(Declared::One(permission)), ..self }
    }

    const fn permission_when(self, declared: fn(&Profile) -> bool, permission: &'static str) -> Self {
        Self { permission: Some(Declared::When(declared, permission)), ..self }
    }

    /// Not under `/api/v1`: the limiter leaves it alone.
    const fn unlimited(self) -> Self {
        Self { limited: false, ..self }
    }

    const fn validate(self, check: Check) -> Self {
        Self { validate: Some(check), ..self }
    }

    /// Whether a server of this profile has the endpoint.
    pub fn exists_in(&self, profile: &Profile, licensed: bool) -> bool {
        if self.licence == Licence::Premium
            && profile.switches.engagement_licence == EngagementLicence::Unregistered
            && !licensed
        {
            return false;
        }
        if self.unversioned_auth() && profile.switches.unversioned_auth == UnversionedAuth::Absent {
            return false;
        }
        match profile.switches.endpoints {
            Endpoints::AllDocumented => true,
            Endpoints::ByVersion => {
                let at_least = |(major, minor, patch)| profile.version.at_least(major, minor, patch);
                at_least(self.since) && !self.until.is_some_and(at_least)
            }
        }
    }

    /// `/api/login` and `/api/logout`, which went away on their own schedule.
    fn unversioned_auth(&self) -> bool {
        matches!(self.path, "/api/login" | "/api/logout")
    }
}

/// Every endpoint the mock serves, in the order of the documentation.
pub static ENDPOINTS: &[Endpoint] = &[
    get("/api/v1/statistics.list", statistics_list::handle),
    get("/api/v1/statistics", statistics::handle),
    post("/api/v1/statistics.telemetry", statistics_telemetry::handle)
        .since(4, 6, 0)
        .validate(statistics_telemetry::validate),
    post("/api/v1/login", login::handle).open(),
    post("/api/login", login::handle).open().unlimited(),
    get("/api/v1/logout", logout::handle),
    post("/api/v1/logout", logout::handle),
    get("/api/logout", logout::handle).unlimited(),
    post("/api/logout", logout::handle).unlimited(),
    get("/api/v1/me", me::handle),
    get("/api/v1/permissions", permissions_list_all::handle_bare).until(3, 0, 0),
    get("/api/v1/permissions.list", permissions_list_all::handle_list).since(0, 66, 0).until(4, 0, 0),
    get("/api/v1/permissions.listAll", permissions_list_all::handle)
        .since(0, 73, 0)
        .validate(permissions_list_all::validate),
    post("/api/v1/permissions.update", permissions_update::handle)
        .since(0, 66, 0)
        .permission_when(permissions_update::declares_permission, "access-permissions")
        .validate(permissions_update::validate),
    post("/api/v1/permissions.addRole", permissions_role::add)
        .since(8, 7, 0)
        .permission("access-permissions")
        .validate(permissions_role::validate),
    post("/api/v1/permissions.removeRole", permissions_role::remove)
        .since(8, 7, 0)
        .permission("access-permissions")
        .validate(permissions_role::validate),
    get("/api/v1/roles.list", roles_list::handle).since(0, 70, 0),
    post("/api/v1/roles.create", roles_create::create).since(0, 70, 0),
    post("/api/v1/roles.update", roles_create::update).since(3, 15, 0),
    post("/api/v1/roles.delete", roles_delete::handle)
        .since(3, 17, 0)
        .permission_when(roles_shared::declares_permission, "access-permissions")
        .validate(roles_delete::validate),
    post("/api/v1/roles.addUserToRole", roles_add_user_to_role::handle)
        .since(0, 70, 0)
        .validate(roles_add_user_to_role::validate),
    post("/api/v1/roles.removeUserFromRole", roles_remove_user_from_role::handle)
        .since(3, 17, 0)
        .permission_when(roles_shared::declares_permission, "access-permissions")
        .validate(roles_remove_user_from_role::validate),
    get("/api/v1/roles.getUsersInRole", roles_get_users_in_role::handle)
        .since(1, 3, 0)
        .permission_when(roles_shared::declares_permission, "access-permissions"),
    get("/api/v1/settings", settings_list::handle).validate(settings_list::validate),
    get("/api/v1/settings.public", settings_list::handle_public).open().validate(settings_list::validate_public),
    get("/api/v1/settings/:_id", settings_one::get)
        .permission_when(settings_one::declares_permission, "view-privileged-setting"),
    post("/api/v1/settings/:_id", settings_one::post)
        .permission_when(settings_one::declares_permission, "edit-privileged-setting"),
    get("/api/v1/instances.get", instances_get::handle)
        .since(3, 13, 0)
        .permission_when(instances_get::declares_permission, "view-statistics"),
    get("/api/v1/licenses.info", licenses_info::handle).since(6, 5, 0).validate(licenses_info::validate),
    get("/api/v1/engagement-dashboard/channels/list", engagement_dashboard::channels::list).engagement(),
    get("/api/v1/engagement-dashboard/messages/messages-sent", engagement_dashboard::messages::sent).engagement(),
    get("/api/v1/engagement-dashboard/messages/origin", engagement_dashboard::messages::origin).engagement(),
    get("/api/v1/engagement-dashboard/messages/top-five-popular-channels", engagement_dashboard::messages::top_five)
        .engagement(),
    get("/api/v1/engagement-dashboard/users/active-users", engagement_dashboard::users::active_users).engagement(),
    get("/api/v1/engagement-dashboard/users/chat-busier/hourly-data", engagement_dashboard::users::busier_hourly)
        .engagement(),
    get("/api/v1/engagement-dashboard/users/chat-busier/weekly-data", engagement_dashboard::users::busier_weekly)
        .engagement(),
    get("/api/v1/engagement-dashboard/users/new-users", engagement_dashboard::users::new_users).engagement(),
    get(
        "/api/v1/engagement-dashboard/users/users-by-time-of-the-day-in-a-week",
        engagement_dashboard::users::by_time_of_the_day,
    )
    .engagement(),
    get("/api/docs/json", docs_json::handle).since(7, 0, 0).open().unlimited().validate(docs_json::validate),
    post("/api/v1/users.register", users_register::handle).open().validate(users_register::validate),
    post("/api/v1/users.create", users_create::handle).validate(users_create::validate),
    post("/api/v1/users.update", users_update::handle).validate(users_update::validate),
    post("/api/v1/users.delete", users_delete::handle)
        .permission_when(since_8_0, "delete-user")
        .validate(users_delete::validate),
    post("/api/v1/users.setActiveStatus", users_set_active_status::handle)
        .since(0, 75, 0)
        .permission_when(since_8_0, "edit-other-user-active-status")
        .validate(users_set_active_status::validate),
    get("/api/v1/users.info", users_info::handle).validate(users_info::validate),
    get("/api/v1/users.list", users_list::handle).permission_when(since_8_0, "view-d-room"),
    post("/api/v1/users.createToken", users_create_token::handle).validate(users_create_token::validate),
    post("/api/v1/users.generatePersonalAccessToken", personal_access_tokens::generate)
        .since(0, 69, 0)
        .validate(personal_access_tokens::validate_new),
    post("/api/v1/users.regeneratePersonalAccessToken", personal_access_tokens::regenerate)
        .since(0, 69, 0)
        .validate(personal_access_tokens::validate_named),
    get("/api/v1/users.getPersonalAccessTokens", personal_access_tokens::list)
        .since(0, 69, 0)
        .permission_when(since_8_0, "create-personal-access-tokens"),
    post("/api/v1/users.removePersonalAccessToken", personal_access_tokens::remove)
        .since(0, 69, 0)
        .validate(personal_access_tokens::validate_named),
    get("/api/info", info::handle).open().unlimited(),
    get("/api/v1/info", info::handle_v1).open().until(4, 0, 0),
];

/// Whether the mock has the endpoint in any version.
pub fn implemented(method: &Method, path: &str) -> bool {
    ENDPOINTS.iter().any(|endpoint| {
        let same_path = match endpoint.path.split_once(':') {
            None => endpoint.path == path,
            Some((prefix, _)) => last_segment(path, prefix).is_some(),
        };
        same_path && endpoint.method.as_str() == method.as_str()
    })
}

/// What follows `prefix` in `path` when that is one segment and not empty.
fn last_segment<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix).filter(|rest| !rest.is_empty() && !rest.contains('/'))
}

/// Whether the user endpoints declare their permissions; before, their handlers asked (upstream: `permissionsRequired` in
/// `apps/meteor/app/api/server/v1/users.ts` @ 8.6.1).
fn since_8_0(profile: &Profile) -> bool {
    profile.api_at_least(8, 0, 0)
}

/// What a path and method lead to.
#[derive(Debug)]
pub enum Found<'t, 'p> {
    /// An endpoint, its number (for the limiter) and what its path parameter stands for.
    Endpoint {
        /// The endpoint.
        endpoint: &'t Endpoint,
        /// Its place in [`ENDPOINTS`].
        number: usize,
        /// The value of its path parameter.
        parameter: Option<&'p str>,
    },
    /// The path exists for other methods; the value of an `allow` header.
    OtherMethods(String),
    /// No such path.
    Nothing,
}

/// The endpoints of one profile, by path.
#[derive(Debug)]
pub struct RouteTable {
    exact: HashMap<&'static str, Vec<usize>>,
    /// Paths that end in a parameter, by what stands before it.
    with_parameter: Vec<(&'static str, Vec<usize>)>,
    head_as_get: bool,
}

impl RouteTable {
    /// The table of a profile.
    pub fn new(profile: &Profile, licensed: bool) -> Self {
        let mut exact: HashMap<_, Vec<_>> = HashMap::new();
        let mut with_parameter: Vec<(&'static str, Vec<usize>)> = Vec::new();
        for (number, endpoint) in ENDPOINTS.iter().enumerate() {
            if !endpoint.exists_in(profile, licensed) {
                continue;
            }
            match endpoint.path.split_once(':') {
                None => exact.entry(endpoint.path).or_default().push(number),
                Some((prefix, _)) => match with_parameter.iter_mut().find(|(known, _)| *known == prefix) {
                    Some((_, numbers)) => numbers.push(number),
                    None => with_parameter.push((prefix, vec![number])),
                },
            }
        }
        // Restivus knows no HEAD; Express and Hono answer it as GET without the body.
        let head_as_get = profile.switches.unknown_route == UnknownRoute::Text404;
        Self { exact, with_parameter, head_as_get }
    }

    /// What `path` and `method` lead to. Paths are compared letter by letter: case and a trailing slash matter.
    pub fn find<'p>(&self, path: &'p str, method: &Method) -> Found<'_, 'p> {
        let with_parameter = || {
            let mut prefixes = self.with_parameter.iter();
            prefixes.find_map(|(prefix, numbers)| Some((numbers, Some(last_segment(path, prefix)?))))
        };
        let exact = self.exact.get(path).map(|numbers| (numbers, None));
        let Some((numbers, parameter)) = exact.or_else(with_parameter) else { return Found::Nothing };
        let candidates = || numbers.iter().filter_map(|number| Some((*number, ENDPOINTS.get(*number)?)));
        let wanted = if self.head_as_get && *method == Method::HEAD { "GET" } else { method.as_str() };
        match candidates().find(|(_, endpoint)| endpoint.method.as_str() == wanted) {
            Some((number, endpoint)) => Found::Endpoint { endpoint, number, parameter },
            // Restivus leaves HEAD to whatever comes after the API.
            None if *method == Method::HEAD => Found::Nothing,
            None => {
                let mut methods: Vec<_> = candidates().map(|(_, endpoint)| endpoint.method.as_str()).collect();
                methods.sort_unstable();
                methods.dedup();
                methods.push("OPTIONS");
                Found::OtherMethods(methods.join(", "))
            }
        }
    }

    /// The endpoints of the profile in the order of [`ENDPOINTS`].
    pub fn iter(&self) -> impl Iterator<Item = &'static Endpoint> {
        let mut numbers: Vec<usize> = self
            .exact
            .values()
            .chain(self.with_parameter.iter().map(|(_, numbers)| numbers))
            .flatten()
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers.into_iter().filter_map(|number| ENDPOINTS.get(number))
    }
}
