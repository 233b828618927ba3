//! Permissions: which roles may do what.

use indexmap::IndexMap;

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its id, such as `view-statistics`.
    pub id: String,
    /// Ids of the roles that have it; empty means nobody.
    pub roles: Vec<String>,
    /// Last change, milliseconds since the Unix epoch.
    pub updated_at: i64,
}

/// All permissions by id, in the order the server makes them.
#[derive(Debug, Default)]
pub struct Permissions {
    by_id: IndexMap<String, Permission>,
}

impl Permissions {
    /// Adds a permission, or sets the roles of one that exists.
    pub fn set(&mut self, id: &str, roles: Vec<String>, now_ms: i64) {
        match self.by_id.get_mut(id) {
            Some(permission) => {
                permission.roles = roles;
                permission.updated_at = now_ms;
            }
            None => {
                self.by_id.insert(id.to_owned(), Permission { id: id.to_owned(), roles, updated_at: now_ms });
            }
        }
    }

    /// The permission `id`, or `None`.
    pub fn get(&self, id: &str) -> Option<&Permission> {
        self.by_id.get(id)
    }

    /// All permissions in order.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.by_id.values()
    }

    /// Takes the role `role` from every permission, as its deletion does.
    pub fn forget_role(&mut self, role: &str, now_ms: i64) {
        for permission in self.by_id.values_mut() {
            let before = permission.roles.len();
            permission.roles.retain(|known| known != role);
            if permission.roles.len() != before {
                permission.updated_at = now_ms;
            }
        }
    }
}
