//! Builds the workspace a server starts with from `fixtures/workspace/`.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::data::{DataError, Fixtures};
use crate::state::permissions::Permissions;
use crate::state::roles::{Role, Roles};
use crate::state::settings::{Setting, Settings};
use crate::state::users::{Email, LoginToken, User, Users, password_digest};

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
    value: Json,
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
    let mut roles = Roles::default();
    for raw in &fixtures.shared::<RoleFile>(FILE)?.roles {
        let raw = raw.clone();
        roles.put(Role {
            id: raw.id,
            name: raw.name,
            description: raw.description,
            scope: raw.scope,
            protected: raw.protected,
            mandatory_2fa: false,
            updated_at: now_ms,
        });
    }
    Ok(roles)
}

/// The permissions with the roles they start with.
///
/// # Errors
/// When `workspace/permissions.json` cannot be read.
pub fn permissions(fixtures: &Fixtures, now_ms: i64) -> Result<Permissions, DataError> {
    const FILE: &str = "workspace/permissions.json";
    let mut permissions = Permissions::default();
    for raw in &fixtures.shared::<PermissionFile>(FILE)?.permissions {
        permissions.set(&raw.id, raw.roles.clone(), now_ms);
    }
    Ok(permissions)
}

/// The settings with their defaults.
///
/// # Errors
/// When `workspace/settings.json` cannot be read.
pub fn settings(fixtures: &Fixtures) -> Result<Settings, DataError> {
    const FILE: &str = "workspace/settings.json";
    let mut settings = Settings::default();
    for raw in &fixtures.shared::<SettingFile>(FILE)?.settings {
        let raw = raw.clone();
        let default = raw.value.clone();
        settings.add(Setting { id: raw.id, value: raw.value, default, public: raw.public, kind: raw.kind });
    }
    Ok(settings)
}

/// How much older than the server's start the ready-made accounts are. New accounts have a grace before two-factor checks
/// (8.6 and later); these are past it.
pub const READY_MADE_AGE_MS: i64 = 24 * 60 * 60 * 1000;

/// The users behind the ready-made accounts.
pub fn users(identities: &[Identity], now_ms: i64) -> Users {
    let created_at = now_ms.saturating_sub(READY_MADE_AGE_MS);
    let mut users = Users::default();
    for identity in identities {
        let token = |token: &String| LoginToken { ready_made: true, ..LoginToken::new(token, now_ms) };
        users.add(User {
            id: identity.id.as_str().into(),
            username: identity.username.clone(),
            name: identity.name.clone(),
            emails: vec![Email { address: identity.email.clone(), verified: true }],
            roles: identity.roles.clone(),
            kind: "user".to_owned(),
            status: "offline".to_owned(),
            active: identity.active,
            password_digest: Some(password_digest(&identity.username)),
            totp_secret: identity.totp_secret.clone(),
            tokens: identity.token.iter().map(token).collect(),
            created_at,
            updated_at: created_at,
            last_login: None,
            extra: serde_json::Map::new(),
        });
    }
    users
}
