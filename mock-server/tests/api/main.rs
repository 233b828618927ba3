//! The API as its clients see it: status and body together, era by era.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod eras;
mod login;
mod tokens;
mod users;
