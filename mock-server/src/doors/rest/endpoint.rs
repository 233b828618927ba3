//! An endpoint as it is declared: path, methods, versions, who may call it, what it checks, what it does, and its facts by era.

use crate::doors::rest::context::Context;
use crate::doors::rest::error::ApiError;
use crate::doors::wire::reply::Reply;
use crate::era::fact::{AnyFact, Fact, facts};
use crate::era::{Endpoints, Profile};

facts! {
    /// is there without the premium licence, and refuses; before, its route did not exist then
    PREMIUM_REGISTERED: bool = false => {
        documented => true, "engagement-dashboard.yaml, with the licence refusal of ee/app/api-enterprise/server/middlewares/license.ts 22a37f9c";
        (7, 0, 0) => true, "ee/app/api-enterprise/server/middlewares/license.ts 22a37f9c";
    }
}

/// What a handler returns.
pub type Answer = Result<Reply, ApiError>;

/// What answers an endpoint's calls.
pub type Handler = fn(&Context<'_>) -> Answer;

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
#[derive(Clone, Copy)]
pub enum Declared {
    /// This one.
    One(&'static str),
    /// This one, in versions where the endpoint declares it at all; before, its handler asked.
    When(&'static Fact<bool>, &'static str),
}

impl Declared {
    /// Whether the caller of `context` may go on.
    pub fn granted(self, context: &Context<'_>) -> bool {
        match self {
            Self::One(permission) => context.has_permission(permission),
            Self::When(declared, permission) => !context.fact(declared) || context.has_permission(permission),
        }
    }
}

/// What the calls of a list look at, which says when they may be slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scans {
    /// The statistics records: all of them for a filter, the page alone without one.
    Records,
    /// All users, whatever is asked for.
    Users,
    /// All settings, whatever is asked for.
    Settings,
}

/// The methods endpoints have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Makes or changes.
    Post,
    /// Replaces.
    Put,
    /// Takes away.
    Delete,
}

impl Verb {
    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One endpoint.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// The method.
    pub method: Verb,
    /// The path; a segment `:name` stands for anything but nothing.
    pub path: &'static str,
    /// The version that brought it.
    pub since: (u32, u32, u32),
    /// The version that took it away.
    pub until: Option<(u32, u32, u32)>,
    /// Whether it is there at all, where that is no matter of one version.
    pub exists: Option<&'static Fact<bool>>,
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
    /// What its calls look at, if it is a list of much.
    pub scans: Option<Scans>,
    /// What differs from version to version beyond the switches of the protocol.
    pub facts: &'static [&'static dyn AnyFact],
    /// The handler.
    pub handle: Handler,
}

const fn endpoint(method: Verb, path: &'static str, handle: Handler) -> Endpoint {
    Endpoint {
        method,
        path,
        since: (0, 51, 0),
        until: None,
        exists: None,
        auth: Auth::Required,
        permission: None,
        licence: Licence::Community,
        limited: true,
        validate: None,
        scans: None,
        facts: &[],
        handle,
    }
}

/// An endpoint asked with GET.
pub const fn get(path: &'static str, handle: Handler) -> Endpoint {
    endpoint(Verb::Get, path, handle)
}

/// An endpoint asked with POST.
pub const fn post(path: &'static str, handle: Handler) -> Endpoint {
    endpoint(Verb::Post, path, handle)
}

/// An endpoint asked with PUT.
#[expect(dead_code, reason = "documented endpoints have it; none of those served so far")]
pub const fn put(path: &'static str, handle: Handler) -> Endpoint {
    endpoint(Verb::Put, path, handle)
}

/// An endpoint asked with DELETE.
#[expect(dead_code, reason = "documented endpoints have it; none of those served so far")]
pub const fn delete(path: &'static str, handle: Handler) -> Endpoint {
    endpoint(Verb::Delete, path, handle)
}

impl Endpoint {
    /// The version that brought it; without one it was there before the first version served.
    pub const fn since(self, major: u32, minor: u32, patch: u32) -> Self {
        Self { since: (major, minor, patch), ..self }
    }

    /// The version that took it away.
    pub const fn until(self, major: u32, minor: u32, patch: u32) -> Self {
        Self { until: Some((major, minor, patch)), ..self }
    }

    /// Whether it is there, where `since` and `until` do not say it.
    pub const fn exists(self, fact: &'static Fact<bool>) -> Self {
        Self { exists: Some(fact), ..self }
    }

    /// Needs the premium licence.
    pub const fn premium(self) -> Self {
        Self { licence: Licence::Premium, ..self }
    }

    /// Open to all.
    pub const fn open(self) -> Self {
        Self { auth: Auth::None, ..self }
    }

    /// Declares a permission.
    pub const fn permission(self, permission: &'static str) -> Self {
        Self { permission: Some(Declared::One(permission)), ..self }
    }

    /// Declares a permission in versions of which `declared` holds.
    pub const fn permission_when(self, declared: &'static Fact<bool>, permission: &'static str) -> Self {
        Self { permission: Some(Declared::When(declared, permission)), ..self }
    }

    /// Not under `/api/v1`: the limiter leaves it alone.
    pub const fn unlimited(self) -> Self {
        Self { limited: false, ..self }
    }

    /// Checks the request with `check` before the handler.
    pub const fn validate(self, check: Check) -> Self {
        Self { validate: Some(check), ..self }
    }

    /// Looks at all of these.
    pub const fn scans(self, scans: Scans) -> Self {
        Self { scans: Some(scans), ..self }
    }

    /// Lists what differs from version to version.
    pub const fn facts(self, facts: &'static [&'static dyn AnyFact]) -> Self {
        Self { facts, ..self }
    }

    /// Every fact of the declaration: the listed ones, and those that decide whether it exists and declares its permission.
    pub fn all_facts(&self) -> impl Iterator<Item = &'static dyn AnyFact> {
        let declared = match self.permission {
            Some(Declared::When(fact, _)) => Some(fact as &'static dyn AnyFact),
            Some(Declared::One(_)) | None => None,
        };
        let exists = self.exists.map(|fact| fact as &'static dyn AnyFact);
        let premium = (self.licence == Licence::Premium).then_some(&PREMIUM_REGISTERED as &'static dyn AnyFact);
        exists.into_iter().chain(premium).chain(declared).chain(self.facts.iter().copied())
    }

    /// Whether a server of this profile has the endpoint.
    pub fn exists_in(&self, profile: &Profile, licensed: bool) -> bool {
        if self.licence == Licence::Premium && !licensed && !PREMIUM_REGISTERED.of(profile) {
            return false;
        }
        if self.exists.is_some_and(|fact| !fact.of(profile)) {
            return false;
        }
        match profile.switches.endpoints {
            Endpoints::AllDocumented => true,
            Endpoints::ByVersion => profile.version.is_within(self.since, self.until),
        }
    }

    /// Method and path, as lists of endpoints print them.
    pub fn name(&self) -> String {
        format!("{:<5} {}", self.method.as_str(), self.path)
    }
}
