//! The workspace's state: what the real server keeps in MongoDB and in memory.

pub mod collection;
pub mod engagement;
pub mod ids;
pub mod permissions;
pub mod roles;
pub mod settings;
pub mod statistics;
pub mod users;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::store::ids::IdSource;
use crate::store::permissions::Permissions;
use crate::store::roles::Roles;
use crate::store::settings::Settings;
use crate::store::statistics::Statistics;
use crate::store::users::{User, Users};

/// Everything a workspace remembers.
#[derive(Debug)]
pub struct Workspace {
    /// Users with their login tokens.
    pub users: Users,
    /// Roles.
    pub roles: Roles,
    /// Permissions and the roles that have them.
    pub permissions: Permissions,
    /// Settings.
    pub settings: Settings,
    /// Statistics records.
    pub statistics: Statistics,
    /// Where new ids and tokens come from.
    pub ids: IdSource,
    /// Records made on demand so far.
    pub refreshes: i64,
}

impl Workspace {
    /// Whether one of the user's roles has the permission (upstream: `hasPermissionAsync`).
    pub fn has_permission(&self, user: &User, permission: &str) -> bool {
        self.permissions
            .get(permission)
            .is_some_and(|permission| permission.roles.iter().any(|role| user.roles.iter().any(|mine| mine == role)))
    }
}

/// The workspace behind its lock. A writer that panicked leaves a state the others may go on with: every change is made whole
/// or not at all within one statement of a handler.
#[derive(Debug)]
pub struct Shared(RwLock<Workspace>);

impl Shared {
    /// Puts the workspace behind a lock.
    pub fn new(workspace: Workspace) -> Self {
        Self(RwLock::new(workspace))
    }

    /// The workspace to read.
    pub fn read(&self) -> RwLockReadGuard<'_, Workspace> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The workspace to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, Workspace> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
