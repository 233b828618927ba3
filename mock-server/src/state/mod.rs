//! The workspace's state: what the real server keeps in MongoDB and in memory.

pub mod body;
pub mod collection;
pub mod engagement;
pub mod find;
pub mod ids;
pub mod permissions;
pub mod query;
pub mod roles;
pub mod settings;
pub mod statistics;
#[cfg(test)]
mod tests;
pub mod tx;
pub mod users;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mongo_query::Document;

use crate::era::Profile;
use crate::state::ids::IdSource;
use crate::state::permissions::Permissions;
use crate::state::roles::Roles;
use crate::state::settings::Settings;
use crate::state::statistics::Statistics;
use crate::state::tx::Tx;
use crate::state::users::{User, Users};

/// Everything a workspace remembers.
#[derive(Debug)]
pub struct State {
    /// Users with their login tokens.
    pub users: Users,
    /// Roles.
    pub roles: Roles,
    /// Permissions and the roles that have them.
    pub permissions: Permissions,
    /// Settings.
    pub settings: Settings,
    /// Statistics records as they are now. Clone it to read them without the lock.
    pub statistics: Arc<Statistics>,
    /// Where new ids and tokens come from.
    pub ids: IdSource,
    /// Records made on demand so far.
    pub refreshes: i64,
}

impl State {
    /// Adds a statistics record, and returns the records as they were before.
    pub fn insert_record(&mut self, record: Document) -> Arc<Statistics> {
        let more = Arc::new(self.statistics.with(record));
        std::mem::replace(&mut self.statistics, more)
    }

    /// Whether one of the user's roles has the permission (upstream: `hasPermissionAsync`).
    pub fn has_permission(&self, user: &User, permission: &str) -> bool {
        self.permissions
            .get(permission)
            .is_some_and(|permission| permission.roles.iter().any(|role| user.roles.iter().any(|mine| mine == role)))
    }
}

/// The state behind its lock. A writer that panicked leaves a state the others may go on with: what it had begun was taken back while
/// its [`Tx`] was dropped.
#[derive(Debug)]
pub struct Shared(RwLock<State>);

impl Shared {
    /// Puts the workspace behind a lock.
    pub fn new(state: State) -> Self {
        Self(RwLock::new(state))
    }

    /// The workspace to read.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state with `change`: all of it, or nothing when that fails. `profile` is the era by whose rules it is changed, `now_ms`
    /// the time in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// What `change` returns.
    pub fn change<T, E>(
        &self,
        profile: &Profile,
        now_ms: i64,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.write();
        let mut tx = Tx::new(&mut state, profile, now_ms);
        let done = change(&mut tx)?;
        tx.keep();
        Ok(done)
    }

    /// The workspace to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
