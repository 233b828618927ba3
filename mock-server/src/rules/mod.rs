//! What Rocket.Chat does, whatever door the request came through.

pub mod accounts;
pub mod actor;
pub mod fault;
