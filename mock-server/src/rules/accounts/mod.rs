//! Users: logging in, being made and changed, and what is shown of them.

pub mod guard;
pub mod shown;
pub mod two_factor;
