//! The endpoints, a folder for each area and a file for each endpoint (or for a few that share their handler).
//!
//! An endpoint's file declares it: `ENDPOINTS`, a list of [`Endpoint`]s. Its area names the file once, in [`area!`].

use crate::doors::rest::endpoint::Endpoint;

/// Declares the files of an area, and the list of their endpoints.
macro_rules! area {
    ($($file:ident)+) => {
        $( mod $file; )+
        /// The endpoints of each file.
        pub(super) const FILES: &[&[crate::doors::rest::endpoint::Endpoint]] = &[$($file::ENDPOINTS),+];
    };
}
use area;

mod auth;
mod engagement;
mod info;
mod permissions;
mod roles;
mod settings;
mod statistics;
mod users;

/// All areas, in the order of the documentation.
pub static AREAS: &[&[&[Endpoint]]] = &[
    statistics::FILES,
    auth::FILES,
    permissions::FILES,
    roles::FILES,
    settings::FILES,
    info::FILES,
    engagement::FILES,
    users::FILES,
];
