//! A Rocket.Chat workspace in one small binary.
//!
//! A request is followed top to bottom: `http` (bytes) → `pipeline` (route, authentication, checks in the era's order) → `routes`, one
//! file an endpoint → `caller`, `pagination`, `query_params` → `store`, `profile` → the crate `mongo-query`. [`error`] and [`envelope`]
//! are the only writers of bodies.

pub mod app;
pub mod body;
pub mod build;
pub mod caller;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod cors;
pub mod data;
pub mod ejson;
pub mod endpoints;
pub mod envelope;
pub mod error;
pub mod facts;
mod http;
pub mod js_date;
pub mod js_json;
pub mod js_text;
pub mod login_guard;
pub mod pagination;
pub mod pipeline;
pub mod profile;
pub mod qs;
pub mod query_params;
pub mod rate_limiter;
pub mod reply;
pub mod request;
pub mod routes;
pub mod run;
pub mod seed;
pub mod server;
pub mod store;
pub mod two_factor;
pub mod user_json;
pub mod version;
pub mod wire;
pub mod workspace;

pub use build::StartError;
pub use clock::Clock;
pub use config::{Config, UserSpec};
pub use server::MockServer;
