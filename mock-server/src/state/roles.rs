//! Roles.

use std::sync::Arc;

use mongo_query::{Document, Value};

use super::State;
use super::collection::{Collection, Stored, Unique};
use super::tx::Kept;

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id; equal to the name for the built-in roles.
    pub id: Arc<str>,
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
    /// The stored document.
    pub fn document(&self) -> Document {
        mongo_query::document! {
            "_id": &self.id,
            "description": &self.description,
            "mandatory2fa": self.mandatory_2fa,
            "name": &self.name,
            "protected": self.protected,
            "scope": &self.scope,
            "_updatedAt": Value::Date(self.updated_at),
        }
    }
}

impl Stored for Role {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    fn unique(&self, key: &mut dyn FnMut(Unique)) {
        key(name_key(&self.name));
    }
}

impl Kept for Role {
    fn collection(state: &mut State) -> &mut Collection<Self> {
        &mut state.roles
    }
}

/// Roles are told apart by case (upstream: `Roles.findOneByName` compares the name as it is).
fn name_key(name: &str) -> Unique {
    Unique::Text("name", name.to_owned())
}

/// All roles, in the order the server makes them.
pub type Roles = Collection<Role>;

impl Roles {
    /// The role with this name, or `None`.
    pub fn by_name(&self, name: &str) -> Option<&Role> {
        self.by_key(&name_key(name))
    }

    /// The role with this id, else the one with this name (upstream: `Roles.findOneByIdOrName`).
    pub fn by_id_or_name(&self, id_or_name: &str) -> Option<&Role> {
        self.get(id_or_name).or_else(|| self.by_name(id_or_name))
    }
}
