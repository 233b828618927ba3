//! Two-factor checks: one-time codes at login and on endpoints that ask for them, with the password as fallback on the latter.
//!
//! Upstream: `apps/meteor/app/2fa/server/code/index.ts`, since 3.1.0 over REST; before that `app/2fa/server/loginHandler.js` at login.
//! Codes by e-mail are not here: the mock sends none, so no account has them.

use mongo_query::{Document, document};
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Secret};

use crate::era::TwoFactor;
use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::rules::refusal;
use crate::state::settings::Settings;
use crate::state::tx::Tx;
use crate::state::users::{LoginToken, PassedTwoFactor, User};

facts! {
    /// asks no second factor of a new user without one, for as long as a passed check is remembered
    pub GRACE: bool = false => { (8, 6, 0) => true, "apps/meteor/app/2fa/server/code/index.ts @ 8.6.1 (8d36c0b)"; }
}

/// What a caller shows as a second factor.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The code: a one-time code, or SHA-256 of the password, hexadecimal.
    pub code: Option<&'a str>,
    /// The method the caller names.
    pub method: Option<&'a str>,
    /// What tells this client from others: [`client`].
    pub client: [u8; 32],
}

/// A check that was not passed. It is a `Meteor.Error`: the code, a text and details.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// `totp-required` or `totp-invalid`.
    pub code: &'static str,
    /// The text.
    pub reason: &'static str,
    /// What a client needs to ask its user for the code.
    pub details: Document,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::meteor_with(refusal.code, refusal.reason, refusal.details)
    }
}

impl From<Refusal> for refusal::Refusal {
    fn from(refusal: Refusal) -> Self {
        Self::Rule { code: refusal.code, reason: refusal.reason, details: Some(refusal.details) }
    }
}

/// How a user proves who they are a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// A code of the authenticator application.
    Totp,
    /// SHA-256 of the password, hexadecimal.
    Password,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Password => "password",
        }
    }

    fn refusal(self, user: &User, missing: bool) -> Refusal {
        let (code, reason) =
            if missing { ("totp-required", "TOTP Required") } else { ("totp-invalid", "TOTP Invalid") };
        let available: &[&str] = if user.totp_secret.is_some() { &["totp"] } else { &[] };
        let details = document! { "method": self.name(), "codeGenerated": false, "availableMethods": available };
        Refusal { code, reason, details }
    }

    fn accepts(self, code: &str, user: &User, settings: &Settings, now_ms: i64) -> bool {
        match self {
            Self::Totp => {
                user.totp_secret.as_deref().is_some_and(|secret| totp_accepts(secret, code, settings, now_ms))
            }
            Self::Password => user.password_digest.as_deref().is_some_and(|digest| digest == code.to_lowercase()),
        }
    }
}

/// Checks a login with a password. Nobody is asked who has no authenticator application: the password was just given, so it is no
/// fallback here.
///
/// # Errors
/// [`Refusal`] without `code` or with a wrong one.
pub fn at_login(user: &User, code: Option<&str>, settings: &Settings, now_ms: i64) -> Result<(), Refusal> {
    if !settings.is_on("Accounts_TwoFactorAuthentication_Enabled") || user.totp_secret.is_none() {
        return Ok(());
    }
    verify(Method::Totp, code, user, settings, now_ms)
}

/// Checks a call that asks for a second factor (upstream: the route option `twoFactorRequired`, and the same of methods).
///
/// A token that passed is not asked again for `Accounts_TwoFactorAuthentication_RememberFor` seconds from the same client; a personal
/// access token may be free of checks. The setting `Accounts_TwoFactorAuthentication_Enabled` turns all of it off. To be a change of its
/// own: what is remembered stays, whatever becomes of the call.
///
/// # Errors
/// `totp-required` without a code, `totp-invalid` with a wrong one.
pub fn require(tx: &mut Tx<'_>, actor: &Actor, shown: &Shown<'_>) -> Result<(), Fault> {
    let settings = &tx.settings;
    let absent = tx.profile().switches.two_factor == TwoFactor::Absent;
    if absent || !settings.is_on("Accounts_TwoFactorAuthentication_Enabled") {
        return Ok(());
    }
    let now_ms = tx.now_ms();
    let user = actor.user(tx)?;
    let remember_ms = settings.whole("Accounts_TwoFactorAuthentication_RememberFor", 1800).saturating_mul(1000);
    let exempt = user.token(&actor.token).is_some_and(|token| exempts(token, &shown.client, now_ms));
    if exempt || in_grace(tx, user, remember_ms) {
        return Ok(());
    }
    let Some(method) = method(shown.method, user, settings) else { return Ok(()) };
    verify(method, shown.code, user, settings, now_ms)?;
    if remember_ms > 0 {
        let passed = PassedTwoFactor { until: now_ms.saturating_add(remember_ms), client: shown.client };
        let remembered = tx.update(&actor.user_id, |user: &mut User| {
            if let Some(token) = user.tokens.iter_mut().find(|token| token.hashed == actor.token) {
                token.two_factor = Some(passed);
            }
        });
        remembered.map_err(|_| Fault::Unexpected)?;
    }
    Ok(())
}

fn verify(method: Method, code: Option<&str>, user: &User, settings: &Settings, now_ms: i64) -> Result<(), Refusal> {
    let code = code.ok_or_else(|| method.refusal(user, true))?;
    if method.accepts(code, user, settings, now_ms) { Ok(()) } else { Err(method.refusal(user, false)) }
}

/// The method the caller names, else the one the user has set up, else the password where that is allowed.
fn method(named: Option<&str>, user: &User, settings: &Settings) -> Option<Method> {
    if user.totp_secret.is_some() || named == Some("totp") {
        return Some(Method::Totp);
    }
    let fallback = settings.is_on("Accounts_TwoFactorAuthentication_Enforce_Password_Fallback");
    (fallback && user.password_digest.is_some()).then_some(Method::Password)
}

/// Whether the token needs no check: a personal one made so, or one that passed lately from the same client.
fn exempts(token: &LoginToken, client: &[u8; 32], now_ms: i64) -> bool {
    token.personal.as_ref().is_some_and(|personal| personal.bypass_two_factor)
        || token.two_factor.as_ref().is_some_and(|passed| passed.until >= now_ms && passed.client == *client)
}

fn in_grace(tx: &Tx<'_>, user: &User, remember_ms: i64) -> bool {
    tx.fact(&GRACE)
        && user.totp_secret.is_none()
        && remember_ms > 0
        && user.created_at.saturating_add(remember_ms) >= tx.now_ms()
}

/// What tells clients apart: a hash of user agent and address (upstream: `getFingerprintFromConnection`).
pub fn client(user_agent: &str, address: &str) -> [u8; 32] {
    Sha256::digest(format!("{user_agent}\n{address}")).into()
}

/// Whether `code` is one of the authenticator application's codes around now: SHA-1, six digits, 30 s each, as many steps off
/// as `Accounts_TwoFactorAuthentication_MaxDelta` says (upstream: `app/2fa/server/lib/totp.ts`, by `speakeasy`).
fn totp_accepts(secret: &str, code: &str, settings: &Settings, now_ms: i64) -> bool {
    let steps = settings.whole("Accounts_TwoFactorAuthentication_MaxDelta", 1).clamp(0, 100);
    let Ok(secret) = Secret::try_from_base32(secret) else { return false };
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(u16::try_from(steps).unwrap_or(1))
        .with_secret(secret)
        .build_noncompliant();
    u64::try_from(now_ms / 1000).is_ok_and(|seconds| totp.check(code, seconds).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238_and_may_be_as_many_steps_off_as_the_setting_says() {
        // The RFC's key, "12345678901234567890", and its codes, cut to six digits.
        const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let mut settings = crate::host::files::settings(&crate::data::Fixtures::embedded()).unwrap();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert!(totp_accepts(SECRET, code, &settings, seconds * 1000), "{code}");
        }
        assert!(totp_accepts(SECRET, "287082", &settings, 89_000));
        assert!(!totp_accepts(SECRET, "287082", &settings, 90_000));
        settings.set("Accounts_TwoFactorAuthentication_MaxDelta", 0.into());
        assert!(!totp_accepts(SECRET, "287082", &settings, 60_000));
        for wrong in ["", "28708", "2870820", "abcdef", "287 082x"] {
            assert!(!totp_accepts(SECRET, wrong, &settings, 59_000), "{wrong}");
        }
    }
}
