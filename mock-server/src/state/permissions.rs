//! Permissions: which roles may do what.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use javascript::stringify;

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

impl Permission {
    fn take_from(&mut self, role: &str, now_ms: i64) {
        let before = self.roles.len();
        self.roles.retain(|known| known != role);
        if self.roles.len() != before {
            self.updated_at = now_ms;
        }
    }

    /// The stored document.
    pub fn to_json(&self) -> Json {
        json!({"_id": self.id, "roles": self.roles, "_updatedAt": stringify::iso_date(self.updated_at)})
    }
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

    /// Gives the permission `id` to a role, once. Returns whether there is such a permission.
    pub fn add_role(&mut self, id: &str, role: &str, now_ms: i64) -> bool {
        let Some(permission) = self.by_id.get_mut(id) else { return false };
        if !permission.roles.iter().any(|known| known == role) {
            permission.roles.push(role.to_owned());
            permission.updated_at = now_ms;
        }
        true
    }

    /// Takes the permission `id` from a role. Returns whether there is such a permission.
    pub fn remove_role(&mut self, id: &str, role: &str, now_ms: i64) -> bool {
        let Some(permission) = self.by_id.get_mut(id) else { return false };
        permission.take_from(role, now_ms);
        true
    }

    /// Takes the role `role` from every permission, as its deletion does.
    pub fn forget_role(&mut self, role: &str, now_ms: i64) {
        for permission in self.by_id.values_mut() {
            permission.take_from(role, now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_comes_and_goes_and_only_changes_count() {
        let mut permissions = Permissions::default();
        permissions.set("a", vec!["admin".to_owned()], 1);
        permissions.set("b", vec!["user".to_owned()], 1);
        assert!(permissions.add_role("a", "user", 2) && permissions.add_role("a", "user", 3));
        assert!(!permissions.add_role("c", "user", 2));
        assert_eq!(
            permissions.get("a").unwrap().to_json().to_string(),
            r#"{"_id":"a","roles":["admin","user"],"_updatedAt":"1970-01-01T00:00:00.002Z"}"#
        );
        permissions.forget_role("user", 4);
        assert_eq!(permissions.get("b").unwrap(), &Permission { id: "b".to_owned(), roles: Vec::new(), updated_at: 4 });
        assert!(permissions.remove_role("a", "user", 5));
        assert_eq!(permissions.get("a").unwrap().updated_at, 4);
    }
}
