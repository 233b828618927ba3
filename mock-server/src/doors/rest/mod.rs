//! The REST API: from a request to an answer in the words of the era.

pub mod checks;
pub mod context;
pub mod cors;
pub mod endpoint;
pub mod endpoints;
pub mod envelope;
pub mod error;
pub mod paging;
pub mod params;
pub mod pipeline;
pub mod routes;
pub mod slow;
