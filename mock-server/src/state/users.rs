//! Users and their login tokens.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::State;
use super::collection::{Collection, Stored, Unique};
use super::tx::Kept;

/// SHA-256 of a login token. The token itself is never kept (upstream: `services.resume.loginTokens.hashedToken`, there in base64).
pub type HashedToken = [u8; 32];

/// One user.
#[derive(Debug, Clone)]
pub struct User {
    /// Id.
    pub id: Arc<str>,
    /// Login name.
    pub username: String,
    /// Shown name.
    pub name: String,
    /// E-mail addresses, the first one leading.
    pub emails: Vec<Email>,
    /// Ids of the user's roles.
    pub roles: Vec<String>,
    /// `user`, `bot` or `app`.
    pub kind: String,
    /// Presence: `online`, `away`, `busy` or `offline`.
    pub status: String,
    /// Whether the account may be used.
    pub active: bool,
    /// SHA-256 of the password, hexadecimal: what clients may send in place of it. `None` without a password.
    pub password_digest: Option<String>,
    /// Secret of the authenticator application, base32, when two-factor by TOTP is on.
    pub totp_secret: Option<String>,
    /// Login tokens, oldest first.
    pub tokens: Vec<LoginToken>,
    /// Creation, milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Last change, milliseconds since the Unix epoch.
    pub updated_at: i64,
    /// Last login, milliseconds since the Unix epoch.
    pub last_login: Option<i64>,
    /// Fields only some endpoints write: `bio`, `nickname`, `statusText`, `customFields`, `requirePasswordChange`, ….
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether its owner proved it.
    pub verified: bool,
}

/// A login token or a personal access token, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginToken {
    /// Hash of the token.
    pub hashed: HashedToken,
    /// Creation, milliseconds since the Unix epoch.
    pub created_at: i64,
    /// What makes it a personal access token.
    pub personal: Option<PersonalToken>,
    /// A passed two-factor check that is remembered.
    pub two_factor: Option<PassedTwoFactor>,
    /// Whether it is one of those published for header-only use. The limit on logins leaves it alone: it is good until it is ended.
    pub ready_made: bool,
}

/// A passed two-factor check (upstream: `twoFactorAuthorizedUntil` and `twoFactorAuthorizedHash` of a login token).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedTwoFactor {
    /// Until when it counts, milliseconds since the Unix epoch.
    pub until: i64,
    /// Hash of the client it was passed from.
    pub client: [u8; 32],
}

impl LoginToken {
    /// A login token made at `now_ms`.
    pub fn new(token: &str, now_ms: i64) -> Self {
        Self { hashed: hash_token(token), created_at: now_ms, personal: None, two_factor: None, ready_made: false }
    }
}

/// Login tokens kept for one user; an older one goes when one more comes (upstream: environment `MAX_RESUME_LOGIN_TOKENS`).
const LOGIN_TOKENS_KEPT: usize = 50;

/// The extra parts of a personal access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalToken {
    /// The name its owner gave it.
    pub name: String,
    /// Last six characters of the token, shown so that the owner can tell tokens apart.
    pub last_part: String,
    /// Whether it passes two-factor checks.
    pub bypass_two_factor: bool,
}

/// The hash under which a token is kept.
pub fn hash_token(token: &str) -> HashedToken {
    Sha256::digest(token.as_bytes()).into()
}

/// The digest clients may send in place of a password: SHA-256, hexadecimal, lower case.
pub fn password_digest(password: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(password.as_bytes()).into();
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Stored for User {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// None: names and addresses are changed in place by [`Users::get_mut`].
    fn unique(&self, _key: &mut dyn FnMut(Unique)) {}
}

impl Kept for User {
    fn collection(state: &mut State) -> &mut Collection<Self> {
        &mut state.users.by_id
    }
}

/// All users by id, in order of creation, with an index of their tokens.
#[derive(Debug, Default)]
pub struct Users {
    by_id: Collection<User>,
    by_token: HashMap<HashedToken, Arc<str>>,
}

impl Users {
    /// Adds a user with the tokens it has.
    pub fn add(&mut self, user: User) {
        for token in &user.tokens {
            self.by_token.insert(token.hashed, user.id.clone());
        }
        // A user of that id would have been found before.
        let _ = self.by_id.insert(user);
    }

    /// The user with this id, or `None`.
    pub fn get(&self, id: &str) -> Option<&User> {
        self.by_id.get(id)
    }

    /// The user with this id, to change. Tokens are changed through the methods below only.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut User> {
        self.by_id.get_mut(id)
    }

    /// The user with this login name, compared without case as upstream's model does; `None` when there is none.
    pub fn by_username(&self, username: &str) -> Option<&User> {
        let exact = self.by_id.iter().find(|user| user.username == username);
        exact.or_else(|| {
            let lower = username.to_lowercase();
            self.by_id.iter().find(|user| user.username.to_lowercase() == lower)
        })
    }

    /// The user with this e-mail address, compared without case.
    pub fn by_email(&self, address: &str) -> Option<&User> {
        let lower = address.to_lowercase();
        self.by_id.iter().find(|user| user.emails.iter().any(|email| email.address.to_lowercase() == lower))
    }

    /// The owner of a token, or `None`.
    pub fn by_token(&self, hashed: &HashedToken) -> Option<&User> {
        self.by_token.get(hashed).and_then(|id| self.by_id.get(id))
    }

    /// Takes a user out with all tokens and returns it.
    pub fn remove(&mut self, id: &str) -> Option<User> {
        let user = self.by_id.remove(id)?.1;
        for token in &user.tokens {
            self.by_token.remove(&token.hashed);
        }
        Some(user)
    }

    /// All users in order of creation.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &User> {
        self.by_id.iter()
    }

    /// The number of users.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no user.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Gives the user one more token. Does nothing for an unknown user.
    pub fn add_token(&mut self, user_id: &str, token: LoginToken) {
        if let Some(user) = self.by_id.get_mut(user_id) {
            self.by_token.insert(token.hashed, user.id.clone());
            user.tokens.push(token);
        }
    }

    /// Gives the user one more login token and takes the oldest away when there are more than a user may have. Personal access
    /// tokens and ready-made ones do not count. Does nothing for an unknown user.
    pub fn add_login_token(&mut self, user_id: &str, token: LoginToken) {
        self.add_token(user_id, token);
        let Some(user) = self.by_id.get(user_id) else { return };
        let mut logins = user.tokens.iter().filter(|token| token.personal.is_none() && !token.ready_made);
        let superfluous = logins.clone().count().saturating_sub(LOGIN_TOKENS_KEPT);
        let oldest: Vec<_> = logins.by_ref().take(superfluous).map(|token| token.hashed).collect();
        for hashed in oldest {
            self.remove_token(user_id, &hashed);
        }
    }

    /// Whether an active user besides `except` has the role.
    pub fn any_active_in_role(&self, role: &str, except: &str) -> bool {
        self.by_id.iter().any(|user| user.active && &*user.id != except && user.roles.iter().any(|mine| mine == role))
    }

    /// Takes one token from the user. Returns whether it was there.
    pub fn remove_token(&mut self, user_id: &str, hashed: &HashedToken) -> bool {
        let Some(user) = self.by_id.get_mut(user_id) else { return false };
        let before = user.tokens.len();
        user.tokens.retain(|token| token.hashed != *hashed);
        if user.tokens.len() == before {
            return false;
        }
        self.by_token.remove(hashed);
        true
    }

    /// Takes the user's tokens for which `drop` says so.
    pub fn remove_tokens(&mut self, user_id: &str, drop: impl Fn(&LoginToken) -> bool) {
        let Some(user) = self.by_id.get_mut(user_id) else { return };
        for token in user.tokens.iter().filter(|token| drop(token)) {
            self.by_token.remove(&token.hashed);
        }
        user.tokens.retain(|token| !drop(token));
    }

    /// The user's token with this hash, to change.
    pub fn token_mut(&mut self, user_id: &str, hashed: &HashedToken) -> Option<&mut LoginToken> {
        self.by_id.get_mut(user_id)?.tokens.iter_mut().find(|token| token.hashed == *hashed)
    }
}
