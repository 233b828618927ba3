//! What a server is started with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::data::Fixtures;
use crate::era::version::Version;
use crate::seed::{DEFAULT_SEED, SeedName};
use crate::workspace::clock::Clock;

/// What one query may cost unless told otherwise: a filter of eight plain regular expressions over a million records takes a fifth of it, and
/// steps of a hostile one, about 20 ns each, end after one or two minutes.
pub const DEFAULT_QUERY_BUDGET: u64 = 5_000_000_000;

/// Everything that decides how a server starts. `Config::default()` is the default mock on a free port.
///
/// ```
/// use mock_server::{Config, MockServer};
///
/// let server = MockServer::start(Config { profile: Some("6".to_owned()), ..Config::default() })?;
/// assert!(server.base_url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), mock_server::StartError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Profile by name; the default profile when neither this nor a version is given.
    pub profile: Option<String>,
    /// Exact server version to behave as and to report.
    pub version: Option<Version>,
    /// Which statistics records the workspace has.
    pub seed_name: SeedName,
    /// How many records, 10,000,000 at most; the seed's own number when not given.
    pub records: Option<usize>,
    /// What the records and ids are made from.
    pub seed: u64,
    /// The workspace's time.
    pub clock: Clock,
    /// Where profiles, seeds and accounts come from.
    pub fixtures: Fixtures,
    /// The user's own records, in place of a seed.
    pub seed_file: Option<PathBuf>,
    /// Whether the ready-made accounts exist.
    pub identities: bool,
    /// Accounts beside them.
    pub users: Vec<UserSpec>,
    /// Settings to change before the start, as id and text.
    pub settings: Vec<(String, String)>,
    /// Whether `query` and `fields` work where a profile gates them; the profile's own default when not given.
    pub unsafe_query_params: Option<bool>,
    /// Whether the rate limiter is on from the start.
    pub rate_limit: bool,
    /// Whether refusals of the old eras are held back as there.
    pub delays: bool,
    /// Whether premium endpoints answer from data.
    pub licensed: bool,
    /// What `users.createToken` of 8.x wants as `secret`.
    pub create_token_secret: Option<String>,
    /// What one query may cost before it ends as MongoDB's time limit ends it; 0 for no end. Counted in documents looked at, tests made
    /// and steps of regular expressions, so that it does not depend on the machine.
    pub query_budget: u64,
    /// Worker threads; the number of processors when not given.
    pub workers: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            profile: None,
            version: None,
            seed_name: SeedName::History,
            records: None,
            seed: DEFAULT_SEED,
            clock: Clock::Real,
            fixtures: Fixtures::embedded(),
            seed_file: None,
            identities: true,
            users: Vec::new(),
            settings: Vec::new(),
            unsafe_query_params: None,
            rate_limit: false,
            delays: false,
            licensed: false,
            create_token_secret: None,
            query_budget: DEFAULT_QUERY_BUDGET,
            workers: None,
        }
    }
}

/// An account of the command line: `NAME:PASSWORD:ROLE[,ROLE]`.
#[derive(Clone, PartialEq, Eq)]
pub struct UserSpec {
    /// Login name.
    pub name: String,
    /// Password.
    pub password: String,
    /// Role ids.
    pub roles: Vec<String>,
}

impl std::fmt::Debug for UserSpec {
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserSpec").field("name", &self.name).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// Why a text is no account.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("expected NAME:PASSWORD:ROLE[,ROLE], such as kim:secret:user,bot")]
pub struct UserSpecError;

impl FromStr for UserSpec {
    type Err = UserSpecError;

    /// A password may hold colons: the first ends the name, the last begins the roles.
    fn from_str(text: &str) -> Result<Self, UserSpecError> {
        let (name, rest) = text.split_once(':').ok_or(UserSpecError)?;
        let (password, roles) = rest.rsplit_once(':').ok_or(UserSpecError)?;
        let roles: Vec<String> = roles.split(',').map(|role| role.trim().to_owned()).collect();
        if name.is_empty() || password.is_empty() || roles.iter().any(String::is_empty) {
            return Err(UserSpecError);
        }
        Ok(Self { name: name.to_owned(), password: password.to_owned(), roles })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_text() {
        let user: UserSpec = "kim:se:cret:user,bot".parse().unwrap();
        assert_eq!((user.name.as_str(), user.password.as_str()), ("kim", "se:cret"));
        assert_eq!(user.roles, ["user", "bot"]);
        assert!(!format!("{user:?}").contains("cret"));
        for text in ["", "kim", "kim:x", "kim::user", ":x:user", "kim:x:", "kim:x:user,"] {
            assert_eq!(text.parse::<UserSpec>(), Err(UserSpecError), "{text}");
        }
    }
}
