//! What the redactor is told before and after logging in: credentials, what cases make of them, sessions.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::case::{AccountName, Resources};
use crate::credentials::Credentials;
use crate::json::swap_case;
use crate::redact::Redactor;
use crate::target::Session;

/// Makes the secrets of all accounts known.
pub(super) fn of_credentials(redactor: &Redactor, resources: &Resources, credentials: &Credentials) {
    if redactor.is_shape_only() {
        // The names of real accounts are personal. Those of a test server are words that would only make reports hard to read.
        for account in credentials.all() {
            redactor.learn("RC_USER", account.user.as_deref().unwrap_or_default());
        }
    }
    for row in &resources.accounts {
        let Some(account) = credentials.of(&row.name) else { continue };
        let prefix = prefix(resources, &row.name);
        let secrets = [
            ("PASSWORD", account.password.clone()),
            ("PASSWORD_SHA256", account.password.as_deref().map(sha256_hex)),
            ("TOKEN", account.auth_token.clone()),
            ("USER_ID", account.user_id.clone()),
            ("TOTP_SECRET", account.totp_secret.clone()),
        ];
        for (name, secret) in secrets {
            redactor.learn(&format!("{prefix}_{name}"), secret.as_deref().unwrap_or_default());
        }
        // Cases spoil credentials; what they make of them gives the secret away as well.
        if let Some(password) = &account.password {
            let user = account.user.as_deref().unwrap_or_default();
            redactor.learn(&format!("{prefix}_BASIC"), &STANDARD.encode(format!("{user}:{password}")));
            redactor.learn(&format!("{prefix}_PASSWORD_IN_THE_OTHER_CASE"), &swap_case(password));
        }
    }
}

/// Makes the secrets of a session known.
pub(super) fn of_session(redactor: &Redactor, resources: &Resources, name: &AccountName, session: &Session) {
    let prefix = prefix(resources, name);
    redactor.learn(&format!("{prefix}_TOKEN"), &session.token);
    redactor.learn(&format!("{prefix}_BEGINNING_OF_TOKEN"), session.token.get(..20).unwrap_or_default());
    redactor.learn(&format!("{prefix}_USER_ID"), &session.user_id);
}

/// How the variables of an account begin in what is shown: `RC` for the first, which most requests are sent as.
fn prefix(resources: &Resources, name: &AccountName) -> String {
    match resources.accounts.first() {
        Some(first) if first.name == *name => "RC".to_owned(),
        _ => format!("RC_{}", name.as_str().to_uppercase()),
    }
}

/// The digest that `password_sha256` stands for.
pub(super) fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
