//! Logging in and out, and who one is.

mod login;
mod logout;
mod me;

use crate::doors::rest::endpoint::Endpoint;
use crate::era::fact::facts;

facts! {
    /// has `/api/login` and `/api/logout` beside their `/api/v1` twins
    UNVERSIONED: bool = true => { (7, 6, 0) => false, "apps/meteor/app/api/server/ApiClass.ts 019378e3: Hono"; }
}

/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[login::ENDPOINTS, logout::ENDPOINTS, me::ENDPOINTS];
