//! Judges a Rocket.Chat server, mock or real, against the documented contract of `statistics.list`, `statistics` and
//! what they stand on.
//!
//! Cases are data (`conformance/cases`, explained in `docs/case-format.md`). The runner sends what they say, the checks
//! of `expect` judge the answers, and everything a report shows comes from one [`model::RunResult`].

pub mod case;
pub mod credentials;
pub mod doctor;
pub mod event;
pub mod exit;
pub mod expect;
pub mod expectations;
pub mod http;
pub mod interrupt;
pub mod json;
pub mod model;
pub mod outcome;
pub mod pace;
pub mod plan;
pub mod redact;
pub mod registry;
pub mod report;
pub mod run;
#[cfg(test)]
#[path = "../tests/support/sample.rs"]
mod sample;
pub mod schemas;
pub mod self_test;
pub mod sender;
pub mod target;
pub mod template;
pub mod url;
mod words;

// The sample of the tests names this crate as the tests outside of it do.
#[cfg(test)]
extern crate self as conformance;
