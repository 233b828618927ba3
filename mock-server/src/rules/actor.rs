//! Who acts: the user a door has found out to be on the other end.

use std::sync::Arc;

use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::users::{HashedToken, User, hash_token};

/// An authenticated user.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user's id.
    pub user_id: Arc<str>,
    /// Hash of the token the user came with.
    pub token: HashedToken,
}

impl Actor {
    /// The user `id`, who shows `token`.
    ///
    /// The token must be one of the very user's. Whether the user is active is not asked: deactivation takes the tokens away
    /// (upstream: `authenticatedRoute` in `ApiClass.ts`, Restivus `auth.js`).
    ///
    /// # Errors
    /// [`Fault::NotLoggedIn`], alike for every way of failing.
    pub fn authenticate(state: &State, id: &str, token: &str) -> Result<Self, Fault> {
        let token = hash_token(token);
        let user = state.users.by_token(&token).filter(|user| &*user.id == id).ok_or(Fault::NotLoggedIn)?;
        Ok(Self { user_id: user.id.clone(), token })
    }

    /// The actor's user.
    ///
    /// # Errors
    /// [`Fault::NotLoggedIn`] when the user was deleted since.
    pub fn user<'a>(&self, state: &'a State) -> Result<&'a User, Fault> {
        state.users.get(&self.user_id).ok_or(Fault::NotLoggedIn)
    }

    /// Whether the actor has the permission right now.
    pub fn has_permission(&self, state: &State, permission: &str) -> bool {
        state.users.get(&self.user_id).is_some_and(|user| state.has_permission(user, permission))
    }
}
