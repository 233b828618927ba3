//! Judges a Rocket.Chat server, mock or real, against the documented contract of `statistics.list`, `statistics` and
//! what they stand on.
//!
//! Cases are data (`conformance/cases`, explained in `docs/case-format.md`). The runner sends what they say, the checks
//! of `expect` judge the answers, and everything a report shows comes from one [`model::RunResult`].

pub mod case;
pub mod credentials;
pub mod event;
pub mod exit;
pub mod expect;
pub mod http;
pub mod json;
pub mod model;
pub mod outcome;
pub mod redact;
pub mod registry;
pub mod report;
#[doc(hidden)]
pub mod sample;
pub mod schemas;
pub mod template;
pub mod url;
