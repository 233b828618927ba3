//! Blocks logins after too many failures, by user and by address.
//!
//! Upstream: `apps/meteor/app/authentication/server/lib/restrictLoginAttempts.ts` and the settings `Block_Multiple_Failed_Logins_*`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::state::settings::Settings;

/// Users and addresses remembered before all are forgotten. Bounds the memory a client can make the server use by varying them.
const NAMES_KEPT: usize = 10_000;

/// Failures remembered for one user or address; thresholds above it never block.
const FAILURES_KEPT: usize = 10_000;

/// Counts failed logins since the last successful one.
#[derive(Debug, Default)]
pub struct LoginGuard {
    failures: Mutex<HashMap<Subject, Vec<i64>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    User(String),
    Address(String),
}

/// Who tries to log in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Where the login comes from.
    pub address: &'a str,
    /// The user name the login gave; `None` for a login by e-mail address, token or nothing, which no user is blocked for.
    pub username: Option<&'a str>,
    /// When, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// What a login is blocked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The address had too many failures.
    ForAddress,
    /// The user had too many failures.
    ForUser,
}

/// One of the two rules as the settings have it.
struct Rule {
    threshold: f64,
    /// May be a fraction: upstream's own tests block for 3 and 8 seconds.
    minutes: f64,
}

impl LoginGuard {
    /// Whether the login is blocked before its credentials matter; the address is looked at first.
    pub fn check(&self, settings: &Settings, attempt: Attempt<'_>) -> Option<Blocked> {
        if let Some(rule) = address_rule(settings, attempt.address)
            && self.exceeds(&rule, &Subject::Address(attempt.address.to_owned()), attempt.now_ms)
        {
            return Some(Blocked::ForAddress);
        }
        let rule = user_rule(settings)?;
        let user = Subject::User(attempt.username?.to_owned());
        self.exceeds(&rule, &user, attempt.now_ms).then_some(Blocked::ForUser)
    }

    /// Counts a failed login; a blocked one is a failure too, so that trying on prolongs the block.
    pub fn failed(&self, settings: &Settings, attempt: Attempt<'_>) {
        if !settings.is_on("Block_Multiple_Failed_Logins_Enabled") {
            return;
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= NAMES_KEPT {
            failures.clear();
        }
        let subjects = [
            Some(Subject::Address(attempt.address.to_owned())),
            attempt.username.map(|name| Subject::User(name.to_owned())),
        ];
        for subject in subjects.into_iter().flatten() {
            let times = failures.entry(subject).or_default();
            if times.len() < FAILURES_KEPT {
                times.push(attempt.now_ms);
            }
        }
    }

    /// A successful login of the user `username` ends the count for the user and the address.
    pub fn succeeded(&self, address: &str, username: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Subject::Address(address.to_owned()));
        failures.remove(&Subject::User(username.to_owned()));
    }

    fn exceeds(&self, rule: &Rule, subject: &Subject, now_ms: i64) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "a cast from a double stops at the ends of its range")]
        let since = now_ms.saturating_sub((rule.minutes * 60_000.0) as i64);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = failures.get_mut(subject) else { return false };
        times.retain(|time| *time >= since);
        let count = f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
        count > 0.0 && count >= rule.threshold
    }
}

fn address_rule(settings: &Settings, address: &str) -> Option<Rule> {
    let on =
        settings.is_on("Block_Multiple_Failed_Logins_Enabled") && settings.is_on("Block_Multiple_Failed_Logins_By_Ip");
    let spared = settings.text("Block_Multiple_Failed_Logins_Ip_Whitelist").split(',').any(|one| one.trim() == address);
    (on && !spared).then(|| Rule {
        threshold: settings.number("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 50.0),
        minutes: settings.number("Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes", 5.0),
    })
}

fn user_rule(settings: &Settings) -> Option<Rule> {
    let on = settings.is_on("Block_Multiple_Failed_Logins_Enabled")
        && settings.is_on("Block_Multiple_Failed_Logins_By_User");
    on.then(|| Rule {
        // The setting's name is spelled so upstream.
        threshold: settings.number("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 10.0),
        minutes: settings.number("Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", 5.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fixtures;
    use crate::host::files;

    fn settings() -> Settings {
        let mut settings = files::settings(&Fixtures::embedded()).unwrap();
        settings.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 3.into());
        settings.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 5.into());
        settings
    }

    fn at<'a>(address: &'a str, username: Option<&'a str>, minute: i64) -> Attempt<'a> {
        Attempt { address, username, now_ms: minute * 60_000 }
    }

    #[test]
    fn a_user_is_blocked_at_the_threshold_until_the_failures_age() {
        let (guard, settings) = (LoginGuard::default(), settings());
        for _ in 0..2 {
            guard.failed(&settings, at("a", Some("kim"), 1));
        }
        assert_eq!(guard.check(&settings, at("a", Some("kim"), 1)), None);
        guard.failed(&settings, at("b", Some("kim"), 1));
        assert_eq!(guard.check(&settings, at("c", Some("kim"), 6)), Some(Blocked::ForUser));
        assert_eq!(guard.check(&settings, at("c", Some("lee"), 6)), None);
        assert_eq!(guard.check(&settings, at("c", Some("kim"), 7)), None);
    }

    #[test]
    fn a_block_may_last_a_fraction_of_a_minute() {
        let (guard, mut settings) = (LoginGuard::default(), settings());
        settings.set("Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes", serde_json::json!(0.05));
        let after = |ms| Attempt { address: "a", username: Some("kim"), now_ms: ms };
        for _ in 0..3 {
            guard.failed(&settings, after(0));
        }
        assert_eq!(guard.check(&settings, after(3_000)), Some(Blocked::ForUser));
        assert_eq!(guard.check(&settings, after(3_001)), None);
    }

    #[test]
    fn logins_without_a_user_name_count_for_the_address_alone() {
        let (guard, settings) = (LoginGuard::default(), settings());
        for _ in 0..5 {
            assert_eq!(guard.check(&settings, at("a", Some("kim"), 1)), None);
            guard.failed(&settings, at("a", None, 1));
        }
        assert_eq!(guard.check(&settings, at("a", Some("kim"), 1)), Some(Blocked::ForAddress));
        assert_eq!(guard.check(&settings, at("b", Some("kim"), 1)), None);
    }

    #[test]
    fn a_success_starts_the_count_afresh_and_the_whitelist_spares() {
        let (guard, mut settings) = (LoginGuard::default(), settings());
        for _ in 0..5 {
            guard.failed(&settings, at("a", Some("kim"), 1));
        }
        settings.set("Block_Multiple_Failed_Logins_Ip_Whitelist", "x, a".into());
        assert_eq!(guard.check(&settings, at("a", None, 1)), None);
        settings.set("Block_Multiple_Failed_Logins_Ip_Whitelist", "".into());
        assert_eq!(guard.check(&settings, at("a", None, 1)), Some(Blocked::ForAddress));
        guard.succeeded("a", "kim");
        assert_eq!(guard.check(&settings, at("a", Some("kim"), 1)), None);
    }

    #[test]
    fn nothing_counts_while_the_setting_is_off() {
        let (guard, mut settings) = (LoginGuard::default(), settings());
        settings.set("Block_Multiple_Failed_Logins_Enabled", false.into());
        for _ in 0..9 {
            guard.failed(&settings, at("a", Some("kim"), 1));
        }
        settings.set("Block_Multiple_Failed_Logins_Enabled", true.into());
        assert_eq!(guard.check(&settings, at("a", Some("kim"), 1)), None);
    }
}
