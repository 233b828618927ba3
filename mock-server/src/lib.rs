//! A Rocket.Chat workspace in one small binary.
