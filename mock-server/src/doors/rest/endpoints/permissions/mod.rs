//! Permissions and the roles that have them.

mod list_all;
mod role;
mod update;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[list_all::ENDPOINTS, update::ENDPOINTS, role::ENDPOINTS];
