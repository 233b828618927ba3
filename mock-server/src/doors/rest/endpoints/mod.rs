//! The endpoints, a folder for each area and a file for each endpoint (or for a few that share their handler).
//!
//! An endpoint's file declares it: `ENDPOINTS`, a list of [`Endpoint`]s. Its area lists the file: a `mod` and its part of
//! `FILES`.

use crate::doors::rest::endpoint::Endpoint;

mod auth;
mod engagement;
mod info;
mod permissions;
mod roles;
mod settings;
mod statistics;
mod users;

/// All areas, in the order of the documentation.
static AREAS: &[&[&[Endpoint]]] = &[
    statistics::FILES,
    auth::FILES,
    permissions::FILES,
    roles::FILES,
    settings::FILES,
    info::FILES,
    engagement::FILES,
    users::FILES,
];

/// Every endpoint of every area.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    AREAS.iter().flat_map(|area| area.iter()).flat_map(|file| file.iter())
}
