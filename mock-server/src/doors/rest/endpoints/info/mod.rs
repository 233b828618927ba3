//! What the server says of itself.

mod instances_get;
mod licenses_info;
mod version;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[instances_get::ENDPOINTS, licenses_info::ENDPOINTS, version::ENDPOINTS];
