//! The REST API: from a request to an answer in the words of the era.

pub mod checks;
pub mod context;
pub mod cors;
mod docs_json;
pub mod endpoint;
pub mod endpoints;
pub mod envelope;
pub mod error;
pub mod listing;
pub mod login_failed;
pub mod paging;
pub mod params;
pub mod pipeline;
pub mod routes;
pub mod slow;
pub mod two_factor;

use crate::era::fact::AnyFact;

/// Facts that every endpoint feels.
pub const FACTS: &[&dyn AnyFact] = &[&context::FORMS_LOST];
