//! Who asks: the user behind `X-User-Id` and `X-Auth-Token`.

use std::sync::Arc;

use crate::error::ApiError;
use crate::request::Request;
use crate::store::Workspace;
use crate::store::users::{HashedToken, User, hash_token};

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user's id.
    pub user_id: Arc<str>,
    /// Hash of the token the call came with.
    pub token: HashedToken,
}

impl Caller {
    /// The caller of `request`.
    ///
    /// Both headers must be there and not empty, and the token must be one of the very user's. Whether the user is active is
    /// not asked: deactivation takes the tokens away (upstream: `authenticatedRoute` in `ApiClass.ts`, Restivus `auth.js`).
    ///
    /// # Errors
    /// [`ApiError::NotLoggedIn`], alike for every way of failing.
    pub fn authenticate(workspace: &Workspace, request: &Request<'_>) -> Result<Self, ApiError> {
        let id = request.present_header("x-user-id").ok_or(ApiError::NotLoggedIn)?;
        let token = request.present_header("x-auth-token").ok_or(ApiError::NotLoggedIn)?;
        let token = hash_token(token);
        let user = workspace.users.by_token(&token).filter(|user| &*user.id == id).ok_or(ApiError::NotLoggedIn)?;
        Ok(Self { user_id: user.id.clone(), token })
    }

    /// The caller's user.
    ///
    /// # Errors
    /// [`ApiError::NotLoggedIn`] when the user was deleted since.
    pub fn user<'a>(&self, workspace: &'a Workspace) -> Result<&'a User, ApiError> {
        workspace.users.get(&self.user_id).ok_or(ApiError::NotLoggedIn)
    }

    /// Whether the caller has the permission right now.
    pub fn has_permission(&self, workspace: &Workspace, permission: &str) -> bool {
        workspace.users.get(&self.user_id).is_some_and(|user| workspace.has_permission(user, permission))
    }
}
