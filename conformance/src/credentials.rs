//! The accounts a run is given: from `--auth-file` or from the environment, never from an argument value, which every
//! user of the machine could read in the process list.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use crate::case::{AccountName, AccountRow};

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

/// The accounts by name.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<AccountName, Account>);

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
        "the auth file {} is not valid (line {line}, column {column}): expected {expected}; members may be user, password, user_id, auth_token, totp_secret", path.display()
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// What it should look like.
        expected: String,
    },
    /// Half an account.
    #[error("the {0} account is incomplete: give user and password, or user_id and auth_token")]
    Incomplete(String),
}

impl Credentials {
    /// These accounts.
    pub fn of_accounts<'a>(accounts: impl IntoIterator<Item = (&'a str, Account)>) -> Self {
        Self(accounts.into_iter().map(|(name, account)| (name.into(), account)).collect())
    }

    /// The account of a name.
    pub fn of(&self, name: &AccountName) -> Option<&Account> {
        self.0.get(name)
    }

    /// All accounts that were given.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }

    /// Reads the file, if one is given, and fills accounts it does not name from the environment.
    pub fn load(
        known: &[AccountRow],
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        let mut credentials = match file {
            None => Self::default(),
            Some(path) => {
                let read = |source| CredentialsError::Read { path: path.to_owned(), source };
                let text = fs::read_to_string(path).map_err(read)?;
                Self::parse(known, &text).map_err(|error| CredentialsError::Invalid {
                    path: path.to_owned(),
                    line: error.line(),
                    column: error.column(),
                    expected: expected(known),
                })?
            }
        };
        for AccountRow { name, .. } in known {
            if credentials.of(name).is_none()
                && let Some(account) = from_environment(name, environment)
            {
                credentials.0.insert(name.clone(), account);
            }
            if credentials.of(name).is_some_and(|account| !account.is_complete()) {
                return Err(CredentialsError::Incomplete(name.as_str().to_owned()));
            }
        }
        Ok(credentials)
    }

    fn parse(known: &[AccountRow], text: &str) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let credentials = ByName(known).deserialize(&mut json)?;
        json.end()?;
        Ok(credentials)
    }
}

/// The form of a file with all accounts: the first one in full.
fn expected(known: &[AccountRow]) -> String {
    let members = known.iter().enumerate().map(|(index, row)| {
        let account = if index == 0 { r#"{"user": "…", "password": "…"}"# } else { "{…}" };
        format!("\"{}\": {account}", row.name.as_str())
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// Reads an object of accounts, with these names and no others: what is misspelt would not be tested with.
struct ByName<'a>(&'a [AccountRow]);

impl<'de> DeserializeSeed<'de> for ByName<'_> {
    type Value = Credentials;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ByName<'_> {
    type Value = Credentials;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of accounts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut accounts = BTreeMap::new();
        while let Some(name) = map.next_key::<AccountName>()? {
            if self.0.iter().all(|row| row.name != name) || accounts.contains_key(&name) {
                return Err(A::Error::custom("no account of this name, or one more of it"));
            }
            if let Some(account) = map.next_value()? {
                accounts.insert(name, account);
            }
        }
        Ok(Credentials(accounts))
    }
}

fn from_environment(name: &AccountName, environment: &dyn Fn(&str) -> Option<String>) -> Option<Account> {
    let account = name.as_str().to_uppercase();
    let variable = |name: &str| environment(&format!("CONFORMANCE_{account}_{name}")).filter(|value| !value.is_empty());
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
    use crate::case::Resources;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let lookup =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Credentials::load(&Resources::built_in().accounts, Some(file.path()), &lookup)
    }

    #[test]
    fn the_file_comes_first_and_the_environment_fills_up() {
        let environment = [
            ("CONFORMANCE_PRIVILEGED_USER", "x"),
            ("CONFORMANCE_UNPRIVILEGED_USER_ID", "u"),
            ("CONFORMANCE_UNPRIVILEGED_AUTH_TOKEN", "t"),
        ];
        let credentials = load(r#"{"privileged": {"user": "admin", "password": "pw"}}"#, &environment).unwrap();
        let account = |name: &str| credentials.of(&name.into()).unwrap();
        assert_eq!(account("privileged").user.as_deref(), Some("admin"));
        assert_eq!(account("unprivileged").auth_token.as_deref(), Some("t"));
    }

    #[test]
    fn mistakes_never_show_secrets() {
        for text in [
            r#"{"privileged": {"user": "admin", "pasword": "hunter2"}}"#,
            r#"{"privileged": "hunter2"}"#,
            r#"{"hunter2": {"user": "admin"}}"#,
            r#"["hunter2"]"#,
            "hunter2",
        ] {
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
