//! From a configuration to a running server: fixtures become a workspace, a listener is opened and closed again.

pub mod build;
pub mod config;
pub mod files;
pub mod server;
