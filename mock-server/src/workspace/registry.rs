//! The running workspaces of a process, by id.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Workspace;

/// All workspaces. One is the default: requests that name no other are for it, and it stays as long as the process runs.
#[derive(Debug)]
pub struct Registry {
    default: Arc<Workspace>,
    others: RwLock<BTreeMap<String, Arc<Workspace>>>,
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
}

#[cfg_attr(not(test), expect(dead_code, reason = "requests cannot name a workspace yet; tests can"))]
impl Registry {
    /// The workspace `id`, or `None`.
    pub fn get(&self, id: &str) -> Option<Arc<Workspace>> {
        self.others.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Adds a workspace, and returns the one that had the id before. Requests that are under way keep theirs until they are answered.
    pub fn insert(&self, id: impl Into<String>, workspace: Arc<Workspace>) -> Option<Arc<Workspace>> {
        self.others.write().unwrap_or_else(PoisonError::into_inner).insert(id.into(), workspace)
    }

    /// Takes the workspace `id` out and returns it; `None` when there is none.
    pub fn remove(&self, id: &str) -> Option<Arc<Workspace>> {
        self.others.write().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    /// The workspaces beside the default, as they are now, by id.
    pub fn all(&self) -> Vec<(String, Arc<Workspace>)> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.iter().map(|(id, workspace)| (id.clone(), workspace.clone())).collect()
    }
}
