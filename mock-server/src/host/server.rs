//! A mock server as tests and the program use it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use serde_json::json;

use super::build::{StartError, build};
use super::config::Config;
use super::files::Identity;
use crate::data::{from_json, to_json};
use crate::doors::Doors;
use crate::doors::wire::running::Running;
use crate::era::version::Version;
use crate::rules::fault::Fault;
use crate::rules::{permissions, settings};
use crate::state::settings::SettingError;
use crate::state::users::User;
use crate::workspace::Workspace;
use crate::workspace::clock::Clock;
use crate::workspace::registry::Registry;

/// A running mock server. Usable from plain tests and from async ones: it has its own thread and runtime, and stops when dropped.
#[derive(Debug)]
pub struct MockServer {
    workspace: Arc<Workspace>,
    address: SocketAddr,
    identities: Vec<Identity>,
    running: Running,
}

impl MockServer {
    /// Starts a server and returns once it listens.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    #[expect(clippy::needless_pass_by_value, reason = "a configuration starts one server; callers write it in place")]
    pub fn start(config: Config) -> Result<Self, StartError> {
        // Everything that can be wrong is found before the port is opened, but for the port itself.
        let built = build(&config)?;
        let refuse = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        if config.listen.port() == 0 && !config.settings.iter().any(|(id, _)| id == "Site_Url") {
            // A folder of fixtures may lack the setting, and does without it then.
            let _ = built.workspace.change(|tx| Ok(settings::put(tx, "Site_Url", format!("http://{address}").into())));
        }
        let workspace = Arc::new(built.workspace);
        let doors = Arc::new(Doors::new(Arc::new(Registry::new(workspace.clone()))));
        let workers = config.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into));
        let running = Running::start(doors, listener, workers).map_err(StartError::Runtime)?;
        Ok(Self { workspace, address, identities: built.identities, running })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ready-made accounts: `admin`, `stats`, `user`, `deactivated`, `totp`.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The ready-made account `username`, or `None`.
    pub fn identity(&self, username: &str) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.username == username)
    }

    /// The workspace's clock; a fixed one can be moved through it.
    pub fn clock(&self) -> &Clock {
        &self.workspace.clock
    }

    /// The version the server reports.
    pub fn version(&self) -> &Version {
        self.workspace.version()
    }

    /// The name of the server's profile, such as `documented` or `6`.
    pub fn profile(&self) -> &str {
        &self.workspace.profile().name
    }

    /// Sets a setting past the API: no permission, no second factor.
    ///
    /// # Errors
    /// [`SettingError`] when there is no such setting.
    pub fn set_setting(&self, id: &str, value: impl Into<serde_json::Value>) -> Result<(), SettingError> {
        let value = from_json(&value.into());
        let (profile, now_ms) = (self.workspace.profile(), self.workspace.clock.now_ms());
        self.workspace.state.change(profile, now_ms, |tx| {
            if settings::put(tx, id, value) { Ok(()) } else { Err(tx.settings.unknown(id)) }
        })
    }

    /// Gives a permission to these roles and no others, past the API. A permission that does not exist is made.
    pub fn set_permission(&self, id: &str, roles: &[&str]) {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        // Nothing in it fails.
        let _ = self.workspace.change(|tx| {
            permissions::put(tx, id, roles);
            Ok(())
        });
    }

    /// What the workspace holds, for assertions: `{"users":[{"_id","username","roles","tokens"}],"roles":[{"_id","name"}],
    /// "permissions":{id:[role]},"settings":{id:value}}`, each in its order, `tokens` as their number. No token and no password is in it.
    pub fn state(&self) -> serde_json::Value {
        let state = self.workspace.state.read();
        let users = state.users.iter().map(
            |user| json!({"_id": user.id, "username": user.username, "roles": user.roles, "tokens": user.tokens.len()}),
        );
        let roles = state.roles.iter().map(|role| json!({"_id": &*role.id, "name": role.name}));
        let permissions =
            state.permissions.iter().map(|permission| (permission.id.to_string(), json!(permission.roles)));
        let settings = state.settings.iter().map(|setting| (setting.id.to_string(), to_json(&setting.value)));
        json!({
            "users": users.collect::<Vec<_>>(),
            "roles": roles.collect::<Vec<_>>(),
            "permissions": permissions.collect::<serde_json::Map<_, _>>(),
            "settings": settings.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// For our own tests: the account as no endpoint can make it, without a password or with its address unproved.
    #[doc(hidden)]
    pub fn spoil_account(&self, username: &str, without_password: bool, unverified: bool) {
        let spoilt = self.workspace.change(|tx| {
            let Some(id) = tx.users.by_username(username).map(|user| user.id.clone()) else { return Ok(()) };
            let changed = tx.update(&id, |user: &mut User| {
                if without_password {
                    user.password_digest = None;
                }
                for email in &mut user.emails {
                    email.verified &= !unverified;
                }
            });
            changed.map(|_| ()).map_err(|_| Fault::Unexpected)
        });
        // No unique key was touched.
        debug_assert!(spoilt.is_ok());
    }

    /// The default workspace, for the program's banner.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Stops the server: requests in flight are finished first when `graceful`, for five seconds at most.
    pub fn stop(mut self, graceful: bool) {
        self.running.stop(graceful);
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.running.stop(false);
    }
}
