//! Builds the workspace a server starts with from `fixtures/workspace/`.

use serde::Deserialize;
use serde::de::Error as _;

use crate::data::{self, DataError, Fixtures};
use crate::state::collection::{Collection, Stored};
use crate::state::permissions::{Permission, Permissions};
use crate::state::roles::{Role, Roles};
use crate::state::settings::{Setting, Settings};
use crate::state::users::{Email, LoginToken, User, password_digest};

/// A ready-made account: password equals user name, and the token works at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// User id.
    pub id: String,
    /// Login name, and the password.
    pub username: String,
    /// Shown name.
    pub name: String,
    /// E-mail address, verified.
    pub email: String,
    /// Role ids.
    pub roles: Vec<String>,
    /// Whether the account may be used.
    pub active: bool,
    /// Login token, ready for `X-Auth-Token`; a deactivated account has none.
    #[serde(default)]
    pub token: Option<String>,
    /// Secret for one-time codes, base32.
    #[serde(default)]
    pub totp_secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    #[serde(rename = "note")]
    _note: String,
    identities: Vec<Identity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleFile {
    #[serde(rename = "source")]
    _source: String,
    roles: Vec<RawRole>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    id: String,
    name: String,
    scope: String,
    description: String,
    protected: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionFile {
    #[serde(rename = "source")]
    _source: String,
    permissions: Vec<RawPermission>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPermission {
    id: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingFile {
    #[serde(rename = "source")]
    _source: String,
    settings: Vec<RawSetting>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSetting {
    id: String,
    #[serde(deserialize_with = "data::value")]
    value: mongo_query::Value,
    kind: String,
    public: bool,
}

/// The ready-made accounts.
///
/// # Errors
/// When `workspace/identities.json` cannot be read.
pub fn identities(fixtures: &Fixtures) -> Result<Vec<Identity>, DataError> {
    const FILE: &str = "workspace/identities.json";
    Ok(fixtures.shared::<IdentityFile>(FILE)?.identities.clone())
}

/// The built-in roles and the mock's own.
///
/// # Errors
/// When `workspace/roles.json` cannot be read.
pub fn roles(fixtures: &Fixtures, now_ms: i64) -> Result<Roles, DataError> {
    const FILE: &str = "workspace/roles.json";
    let role = |raw: &RawRole| Role {
        id: raw.id.as_str().into(),
        name: raw.name.clone(),
        description: raw.description.clone(),
        scope: raw.scope.clone(),
        protected: raw.protected,
        mandatory_2fa: false,
        updated_at: now_ms,
    };
    collection(fixtures, FILE, fixtures.shared::<RoleFile>(FILE)?.roles.iter().map(role))
}

/// The collection of a file's entries.
fn collection<T: Stored>(
    fixtures: &Fixtures,
    file: &str,
    entries: impl Iterator<Item = T>,
) -> Result<Collection<T>, DataError> {
    Collection::of(entries).map_err(|taken| {
        let reason = format!("two entries have the same {}", taken.field);
        DataError::Json { file: fixtures.shown(file), source: serde_json::Error::custom(reason) }
    })
}

/// The permissions with the roles they start with.
///
/// # Errors
/// When `workspace/permissions.json` cannot be read.
pub fn permissions(fixtures: &Fixtures, now_ms: i64) -> Result<Permissions, DataError> {
    const FILE: &str = "workspace/permissions.json";
    let permission =
        |raw: &RawPermission| Permission { id: raw.id.as_str().into(), roles: raw.roles.clone(), updated_at: now_ms };
    collection(fixtures, FILE, fixtures.shared::<PermissionFile>(FILE)?.permissions.iter().map(permission))
}

/// The settings with their defaults.
///
/// # Errors
/// When `workspace/settings.json` cannot be read.
pub fn settings(fixtures: &Fixtures) -> Result<Settings, DataError> {
    const FILE: &str = "workspace/settings.json";
    let setting = |raw: &RawSetting| Setting {
        id: raw.id.as_str().into(),
        default: raw.value.clone(),
        value: raw.value.clone(),
        public: raw.public,
        kind: raw.kind.clone(),
    };
    let settings = fixtures.shared::<SettingFile>(FILE)?;
    Ok(Settings::new(collection(fixtures, FILE, settings.settings.iter().map(setting))?))
}

/// How much older than the server's start the ready-made accounts are. New accounts have a grace before two-factor checks
/// (8.6 and later); these are past it.
pub const READY_MADE_AGE_MS: i64 = 24 * 60 * 60 * 1000;

/// The users behind the ready-made accounts.
pub fn users(identities: &[Identity], now_ms: i64) -> impl Iterator<Item = User> {
    let created_at = now_ms.saturating_sub(READY_MADE_AGE_MS);
    identities.iter().map(move |identity| {
        let token = |token: &String| LoginToken { ready_made: true, ..LoginToken::new(token, now_ms) };
        User {
            name: identity.name.clone(),
            emails: vec![Email { address: identity.email.clone(), verified: true }],
            roles: identity.roles.clone(),
            active: identity.active,
            password_digest: Some(password_digest(&identity.username)),
            totp_secret: identity.totp_secret.clone(),
            tokens: identity.token.iter().map(token).collect(),
            ..User::new(identity.id.as_str(), identity.username.as_str(), created_at)
        }
    })
}
