//! Judges a Rocket.Chat server against its contract.
