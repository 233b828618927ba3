//! Permissions: which roles may do what.

use std::sync::Arc;

use mongo_query::{Document, Value};

use super::State;
use super::collection::{Collection, Stored, Unique};
use super::tx::Kept;

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its id, such as `view-statistics`.
    pub id: Arc<str>,
    /// Ids of the roles that have it; empty means nobody.
    pub roles: Vec<String>,
    /// Last change, milliseconds since the Unix epoch.
    pub updated_at: i64,
}

impl Permission {
    /// The stored document.
    pub fn document(&self) -> Document {
        mongo_query::document! {
            "_id": &self.id,
            "roles": self.roles.as_slice(),
            "_updatedAt": Value::Date(self.updated_at),
        }
    }
}

impl Stored for Permission {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// None but the id.
    fn unique(&self, _key: &mut dyn FnMut(Unique)) {}
}

impl Kept for Permission {
    fn collection(state: &mut State) -> &mut Collection<Self> {
        &mut state.permissions
    }
}

/// All permissions, in the order the server makes them.
pub type Permissions = Collection<Permission>;
