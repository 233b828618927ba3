//! The REST rate limiter: so many calls of one endpoint from one address within a window.
//!
//! Upstream: `API.enforceRateLimit` over Meteor's `RateLimiter`. The window belongs to the endpoint, not to the caller: it starts at
//! the endpoint's previous reset and clears every address together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::state::settings::Limiter;

/// Addresses counted within one window before the least useful thing is done: forgetting them. Bounds the memory a client can
/// make the server use by varying `x-real-ip`.
const ADDRESSES_KEPT: usize = 10_000;

/// Counts calls.
#[derive(Debug, Default)]
pub struct RateLimiter {
    windows: Mutex<HashMap<usize, Window>>,
}

#[derive(Debug)]
struct Window {
    started_at: i64,
    calls: HashMap<String, i64>,
}

/// What one counted call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the call may go on.
    pub allowed: bool,
    /// Calls allowed within a window: `x-ratelimit-limit`.
    pub limit: i64,
    /// Calls left in this window: `x-ratelimit-remaining`.
    pub remaining: i64,
    /// When the window ends, milliseconds since the Unix epoch: `x-ratelimit-reset`.
    pub reset_at: i64,
}

impl RateLimiter {
    /// Counts one call of `endpoint` from `address` at `now_ms`.
    pub fn count(&self, endpoint: usize, address: &str, settings: Limiter, now_ms: i64) -> Verdict {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(endpoint).or_insert_with(|| Window { started_at: now_ms, calls: HashMap::new() });
        let over = now_ms.saturating_sub(window.started_at) >= settings.window_ms;
        if over || window.calls.len() >= ADDRESSES_KEPT {
            window.started_at = now_ms;
            window.calls.clear();
        }
        let calls = window.calls.entry(address.to_owned()).or_insert(0);
        let allowed = *calls < settings.calls;
        // A refused call is not counted; the window ends all the same.
        if allowed {
            *calls += 1;
        }
        let remaining = settings.calls - *calls;
        let reset_at = window.started_at.saturating_add(settings.window_ms);
        Verdict { allowed, limit: settings.calls, remaining, reset_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Limiter = Limiter { enabled: true, calls: 10, window_ms: 60_000 };

    #[test]
    fn the_eleventh_call_waits_for_the_window_to_end() {
        let limiter = RateLimiter::default();
        for call in 1..=10 {
            let verdict = limiter.count(1, "a", DEFAULT, 1_000 + call);
            assert!(verdict.allowed);
            assert_eq!((verdict.remaining, verdict.reset_at), (10 - call, 61_001));
        }
        let refused = limiter.count(1, "a", DEFAULT, 2_000);
        assert_eq!((refused.allowed, refused.remaining, refused.reset_at), (false, 0, 61_001));
        assert!(!limiter.count(1, "a", DEFAULT, 61_000).allowed);
        assert!(limiter.count(1, "a", DEFAULT, 61_001).allowed);
    }

    #[test]
    fn addresses_and_endpoints_are_counted_apart() {
        let limiter = RateLimiter::default();
        for _ in 0..10 {
            limiter.count(1, "a", DEFAULT, 0);
        }
        assert!(!limiter.count(1, "a", DEFAULT, 0).allowed);
        assert!(limiter.count(1, "b", DEFAULT, 0).allowed);
        assert!(limiter.count(2, "a", DEFAULT, 0).allowed);
    }

    #[test]
    fn the_window_clears_all_addresses_together() {
        let limiter = RateLimiter::default();
        limiter.count(1, "a", DEFAULT, 0);
        assert_eq!(limiter.count(1, "b", DEFAULT, 59_999).remaining, 9);
        assert_eq!(limiter.count(1, "b", DEFAULT, 60_000).remaining, 9);
        assert_eq!(limiter.count(1, "b", DEFAULT, 119_999).remaining, 8);
    }
}
