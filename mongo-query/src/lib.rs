//! MongoDB filter, sort and projection semantics over in-memory documents.
//!
//! The crate knows nothing of HTTP or of Rocket.Chat.

mod value;

pub use value::{Document, Key, Regex, Value};
