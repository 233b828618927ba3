//! What Rocket.Chat does, whatever door the request came through.

pub mod accounts;
pub mod actor;
pub mod authorization;
pub mod fault;
pub mod permissions;
pub mod refusal;
pub mod roles;
pub mod settings;
pub mod statistics;
