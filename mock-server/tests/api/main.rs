//! The API as its clients see it: status and body together, era by era.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod engagement;
mod eras;
mod hostile;
mod info;
mod login;
mod permissions;
mod races;
mod roles;
mod routing;
mod settings;
mod slow;
mod statistics;
mod statistics_list;
mod tokens;
mod users;
