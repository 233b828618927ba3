//! Users and their login tokens.

use std::fmt::Write as _;
use std::sync::Arc;

use mongo_query::Document;
use sha2::{Digest, Sha256};

use super::State;
use super::collection::{Collection, Stored, Taken, Unique};
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
    pub extra: Document,
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

/// All users by id, in order of creation.
pub type Users = Collection<User>;

impl User {
    /// An active user `username` without a password, made at `created_at`, milliseconds since the Unix epoch.
    pub fn new(id: impl Into<Arc<str>>, username: impl Into<String>, created_at: i64) -> Self {
        Self {
            id: id.into(),
            username: username.into(),
            name: String::new(),
            emails: Vec::new(),
            roles: Vec::new(),
            kind: "user".to_owned(),
            status: "offline".to_owned(),
            active: true,
            password_digest: None,
            totp_secret: None,
            tokens: Vec::new(),
            created_at,
            updated_at: created_at,
            last_login: None,
            extra: Document::new(),
        }
    }

    /// Whether the user has the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|mine| mine == role)
    }

    /// The user's token with this hash, or `None`.
    pub fn token(&self, hashed: &HashedToken) -> Option<&LoginToken> {
        self.tokens.iter().find(|token| token.hashed == *hashed)
    }

    /// Gives the user one more login token and takes the oldest away when there are more than a user may have. Personal access tokens and
    /// ready-made ones do not count.
    pub fn add_login_token(&mut self, token: LoginToken) {
        self.tokens.push(token);
        let counts = |token: &LoginToken| token.personal.is_none() && !token.ready_made;
        let mut superfluous =
            self.tokens.iter().filter(|token| counts(token)).count().saturating_sub(LOGIN_TOKENS_KEPT);
        self.tokens.retain(|token| {
            let goes = superfluous > 0 && counts(token);
            superfluous -= usize::from(goes);
            !goes
        });
    }

    /// Takes the token with this hash away.
    pub fn remove_token(&mut self, hashed: &HashedToken) {
        self.tokens.retain(|token| token.hashed != *hashed);
    }
}

impl Stored for User {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The user name and the addresses (upstream: unique indexes of Meteor's `accounts-base`, and checks without case before them), and the
    /// tokens, which no two users can have anyhow.
    fn unique(&self, key: &mut dyn FnMut(Unique)) {
        key(username_key(&self.username));
        for email in &self.emails {
            key(address_key(&email.address));
        }
        for token in &self.tokens {
            key(Unique::Token(token.hashed));
        }
    }
}

impl Kept for User {
    fn collection(state: &mut State) -> &mut Users {
        &mut state.users
    }
}

/// The field of a user's name, as [`Taken`] tells it.
pub const USERNAME: &str = "username";

fn username_key(username: &str) -> Unique {
    Unique::caseless(USERNAME, username)
}

fn address_key(address: &str) -> Unique {
    Unique::caseless("emails.address", address)
}

impl Users {
    /// Adds a user to a workspace in the making; later on users are made through [`super::tx::Tx`].
    ///
    /// # Errors
    /// [`Taken`] when its id, name, address or a token is another's.
    pub fn add(&mut self, user: User) -> Result<(), Taken> {
        self.insert(user)
    }

    /// The user with this login name, compared without case as upstream's model does; `None` when there is none.
    pub fn by_username(&self, username: &str) -> Option<&User> {
        self.by_key(&username_key(username))
    }

    /// The user with this e-mail address, compared without case; `None` when there is none.
    pub fn by_email(&self, address: &str) -> Option<&User> {
        self.by_key(&address_key(address))
    }

    /// The owner of a token, or `None`.
    pub fn by_token(&self, hashed: &HashedToken) -> Option<&User> {
        self.by_key(&Unique::Token(*hashed))
    }

    /// Whether an active user besides `except` has the role.
    pub fn any_active_in_role(&self, role: &str, except: &str) -> bool {
        self.iter().any(|user| user.active && &*user.id != except && user.has_role(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_login_token_makes_room_and_others_stay() {
        let mut user = User::new("1", "ann", 0);
        let ready_made = LoginToken { ready_made: true, ..LoginToken::new("ready", 0) };
        let personal = PersonalToken { name: "ci".into(), last_part: String::new(), bypass_two_factor: false };
        user.tokens.extend([ready_made, LoginToken { personal: Some(personal), ..LoginToken::new("ci", 0) }]);
        for number in 0..=LOGIN_TOKENS_KEPT {
            user.add_login_token(LoginToken::new(&number.to_string(), 0));
        }
        assert_eq!(user.tokens.len(), LOGIN_TOKENS_KEPT + 2);
        let has = |token: &str| user.token(&hash_token(token)).is_some();
        assert!(has("ready") && has("ci") && has("1") && !has("0"));
    }
}
