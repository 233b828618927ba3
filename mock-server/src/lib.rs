//! A Rocket.Chat workspace in one small binary.

pub mod data;
pub mod profile;
pub mod version;
