//! The accounts a run is given: from `--auth-file` or from the environment, never from an argument value, which every
//! user of the machine could read in the process list.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::case::Role;

/// One account.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// User name or e-mail address, with `password`.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// User id, with `auth_token`.
    pub user_id: Option<String>,
    /// A token that is already there; it is never logged out.
    pub auth_token: Option<String>,
    /// Secret of the authenticator app (base32), for accounts with two-factor authentication.
    pub totp_secret: Option<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("complete", &self.is_complete()).finish_non_exhaustive()
    }
}

impl Account {
    /// Whether it can be used: a name with its password, or an id with its token.
    pub fn is_complete(&self) -> bool {
        (self.user.is_some() && self.password.is_some()) || (self.user_id.is_some() && self.auth_token.is_some())
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The accounts by role.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// Has `view-statistics`.
    pub privileged: Option<Account>,
    /// Has it not.
    pub unprivileged: Option<Account>,
}

/// Credentials that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("cannot read the auth file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be. The message never shows its content.
    #[error(
        "the auth file {} is not valid (line {line}, column {column}): expected {{\"privileged\": {{\"user\": \"…\", \"password\": \"…\"}}, \"unprivileged\": {{…}}}}; members may be user, password, user_id, auth_token, totp_secret", path.display()
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// Half an account.
    #[error("the {0} account is incomplete: give user and password, or user_id and auth_token")]
    Incomplete(&'static str),
}

impl Credentials {
    /// The account of a role.
    pub fn of(&self, role: Role) -> Option<&Account> {
        match role {
            Role::Privileged => self.privileged.as_ref(),
            Role::Unprivileged => self.unprivileged.as_ref(),
        }
    }

    /// Reads the file, if one is given, and fills roles it does not name from the environment.
    pub fn load(file: Option<&Path>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, CredentialsError> {
        let mut credentials = match file {
            None => Self::default(),
            Some(path) => {
                let read = |source| CredentialsError::Read { path: path.to_owned(), source };
                let text = fs::read_to_string(path).map_err(read)?;
                let invalid = |line, column| CredentialsError::Invalid { path: path.to_owned(), line, column };
                // A list would be taken for the members in their order.
                if text.trim_start().starts_with('[') {
                    return Err(invalid(1, 1));
                }
                serde_json::from_str(&text).map_err(|error| invalid(error.line(), error.column()))?
            }
        };
        if credentials.privileged.is_none() {
            credentials.privileged = from_environment("PRIVILEGED", environment);
        }
        if credentials.unprivileged.is_none() {
            credentials.unprivileged = from_environment("UNPRIVILEGED", environment);
        }
        for role in Role::ALL {
            if credentials.of(role).is_some_and(|account| !account.is_complete()) {
                return Err(CredentialsError::Incomplete(role.as_str()));
            }
        }
        Ok(credentials)
    }
}

fn from_environment(role: &str, environment: &dyn Fn(&str) -> Option<String>) -> Option<Account> {
    let variable = |name: &str| environment(&format!("CONFORMANCE_{role}_{name}")).filter(|value| !value.is_empty());
    let account = Account {
        user: variable("USER"),
        password: variable("PASSWORD"),
        user_id: variable("USER_ID"),
        auth_token: variable("AUTH_TOKEN"),
        totp_secret: variable("TOTP_SECRET"),
    };
    (!account.is_empty()).then_some(account)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let lookup =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Credentials::load(Some(file.path()), &lookup)
    }

    #[test]
    fn the_file_comes_first_and_the_environment_fills_up() {
        let environment = [
            ("CONFORMANCE_PRIVILEGED_USER", "x"),
            ("CONFORMANCE_UNPRIVILEGED_USER_ID", "u"),
            ("CONFORMANCE_UNPRIVILEGED_AUTH_TOKEN", "t"),
        ];
        let credentials = load(r#"{"privileged": {"user": "admin", "password": "pw"}}"#, &environment).unwrap();
        assert_eq!(credentials.privileged.unwrap().user.as_deref(), Some("admin"));
        assert_eq!(credentials.unprivileged.unwrap().auth_token.as_deref(), Some("t"));
    }

    #[test]
    fn mistakes_never_show_secrets() {
        for text in
            [r#"{"privileged": {"user": "admin", "pasword": "hunter2"}}"#, r#"{"privileged": "hunter2"}"#, "hunter2"]
        {
            let error = load(text, &[]).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let error = load(r#"{"privileged": {"user": "admin"}}"#, &[]).unwrap_err();
        assert!(error.to_string().contains("incomplete"));
        assert!(
            !format!("{:?}", Account { password: Some("hunter2".to_owned()), ..Account::default() })
                .contains("hunter2")
        );
    }
}
