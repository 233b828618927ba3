//! The running workspaces of a process, by id.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Workspace;

/// All workspaces. One is the default: requests that name no other are for it.
#[derive(Debug)]
pub struct Registry {
    default: Arc<Workspace>,
    others: RwLock<HashMap<String, Arc<Workspace>>>,
}

impl Registry {
    /// A registry with its default workspace.
    pub fn new(default: Arc<Workspace>) -> Self {
        Self { default, others: RwLock::default() }
    }

    /// The default workspace.
    pub fn default_workspace(&self) -> &Arc<Workspace> {
        &self.default
    }

    /// The workspace `id`, or `None`.
    #[expect(dead_code, reason = "asked by tests today, by requests that name a workspace tomorrow")]
    pub fn get(&self, id: &str) -> Option<Arc<Workspace>> {
        self.others.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}
