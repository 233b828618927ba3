//! Settings.

mod list;
mod one;

use crate::doors::rest::endpoint::Endpoint;
/// The endpoints of each file.
pub(super) const FILES: &[&[Endpoint]] = &[list::ENDPOINTS, one::ENDPOINTS];
