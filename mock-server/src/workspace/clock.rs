//! The workspace's time: the machine's, fixed, or moved by a test.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

/// Where "now" comes from. Clones of a clock tell the same time.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    Real,
    /// A time in milliseconds since the Unix epoch that stands still until [`Clock::advance`] moves it.
    Fixed(Arc<AtomicI64>),
}

/// Why a text names no clock.
#[derive(Debug, Error)]
#[error("\"{text}\" is no clock; use real, or fixed: with a UTC time such as fixed:2018-02-24T16:00:00.000Z")]
pub struct ClockError {
    text: String,
}

impl Clock {
    /// A clock that stands at `ms` milliseconds since the Unix epoch.
    pub fn fixed(ms: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(ms)))
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::Real => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Self::Fixed(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Moves a fixed clock forward by `ms` milliseconds; the machine's clock stays as it is.
    pub fn advance(&self, ms: i64) {
        if let Self::Fixed(now) = self {
            now.fetch_add(ms, Ordering::Relaxed);
        }
    }
}

impl FromStr for Clock {
    type Err = ClockError;

    fn from_str(text: &str) -> Result<Self, ClockError> {
        if text == "real" {
            return Ok(Self::Real);
        }
        let time = text.strip_prefix("fixed:").and_then(|time| time.parse::<jiff::Timestamp>().ok());
        time.map(|time| Self::fixed(time.as_millisecond())).ok_or_else(|| ClockError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_until_it_is_moved() {
        let clock: Clock = "fixed:2018-02-24T15:13:00.312Z".parse().unwrap();
        let twin = clock.clone();
        assert_eq!(clock.now_ms(), 1_519_485_180_312);
        twin.advance(60_000);
        assert_eq!(clock.now_ms(), 1_519_485_240_312);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "fixed:", "fixed:yesterday", "unreal", "2018-02-24T15:13:00Z"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }
}
