//! A Rocket.Chat workspace in one small binary.
//!
//! ```
//! use mock_server::{Config, MockServer};
//!
//! let server = MockServer::start(Config { profile: Some("6".into()), ..Config::default() })?;
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), mock_server::StartError>(())
//! ```
//!
//! Inside: a door takes a request apart and words the answer; a rule does what Rocket.Chat does and knows no door; state is checked and
//! changed under one lock; a process holds many workspaces. `docs/architecture.md` draws the house.

mod data;
mod doors;
mod era;
mod host;
mod program;
mod rules;
mod seed;
mod state;
mod workspace;

pub use data::{DataError, Fixtures};
pub use era::version::{Version, VersionError};
pub use era::{ProfileError, SwitchError};
pub use host::build::StartError;
pub use host::config::{Config, UserSpec, UserSpecError};
pub use host::files::Identity;
pub use host::server::MockServer;
#[doc(hidden)]
pub use program::main;
pub use seed::{SeedError, SeedName};
pub use state::settings::SettingError;
pub use workspace::clock::{Clock, ClockError};
