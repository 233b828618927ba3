//! Logging in and out, and who one is.

use crate::era::fact::facts;

facts! {
    /// has `/api/login` and `/api/logout` beside their `/api/v1` twins
    UNVERSIONED: bool = true => { (7, 6, 0) => false, "apps/meteor/app/api/server/ApiClass.ts 019378e3: Hono"; }
}

super::area! { login logout me }
