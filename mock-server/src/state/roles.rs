//! Roles.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use javascript::stringify;

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id; equal to the name for the built-in roles.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `Users` or `Subscriptions`.
    pub scope: String,
    /// Built in: cannot be deleted.
    pub protected: bool,
    /// Whether its holders must use two-factor authentication.
    pub mandatory_2fa: bool,
    /// Last change, milliseconds since the Unix epoch.
    pub updated_at: i64,
}

impl Role {
    /// The stored document. `mandatory2fa` is in it from 0.73 on.
    pub fn to_json(&self, with_mandatory_2fa: bool) -> Map<String, Json> {
        let mut role = Map::new();
        role.insert("_id".to_owned(), json!(self.id));
        role.insert("description".to_owned(), json!(self.description));
        if with_mandatory_2fa {
            role.insert("mandatory2fa".to_owned(), json!(self.mandatory_2fa));
        }
        role.insert("name".to_owned(), json!(self.name));
        role.insert("protected".to_owned(), json!(self.protected));
        role.insert("scope".to_owned(), json!(self.scope));
        role.insert("_updatedAt".to_owned(), json!(stringify::iso_date(self.updated_at)));
        role
    }
}

/// All roles by id, in the order the server makes them.
#[derive(Debug, Default)]
pub struct Roles {
    by_id: IndexMap<String, Role>,
}

impl Roles {
    /// Adds a role, or replaces the one with its id.
    pub fn put(&mut self, role: Role) {
        self.by_id.insert(role.id.clone(), role);
    }

    /// The role with this id, or `None`.
    pub fn get(&self, id: &str) -> Option<&Role> {
        self.by_id.get(id)
    }

    /// The role with this name, or `None`.
    pub fn by_name(&self, name: &str) -> Option<&Role> {
        self.by_id.values().find(|role| role.name == name)
    }

    /// Takes out the role with this id and returns it.
    pub fn remove(&mut self, id: &str) -> Option<Role> {
        self.by_id.shift_remove(id)
    }

    /// The role with this id, else the one with this name.
    pub fn by_id_or_name(&self, id_or_name: &str) -> Option<&Role> {
        self.get(id_or_name).or_else(|| self.by_name(id_or_name))
    }

    /// All roles in order.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.by_id.values()
    }
}
