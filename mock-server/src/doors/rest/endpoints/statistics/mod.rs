//! Statistics.

mod list;
mod newest;
mod telemetry;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[list::ENDPOINTS, newest::ENDPOINTS, telemetry::ENDPOINTS];
