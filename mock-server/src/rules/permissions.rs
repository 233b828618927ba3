//! Permissions given to roles and taken from them.
//!
//! Upstream: `app/api/server/v1/permissions.js` (to 3.x), `apps/meteor/app/api/server/v1/permissions.ts`;
//! `apps/meteor/server/lib/authorization/permissionRole.ts` @ 0731173 for one role at a time.

use std::collections::BTreeSet;

use mongo_query::{Document, document};

use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::authorization;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::permissions::Permission;
use crate::state::tx::Tx;

facts! {
    /// counts the permissions it finds, so that one named twice counts as unknown
    pub COUNTS_FOUND: bool = false => {
        (4, 0, 0) => true, "app/api/server/v1/permissions.ts @ 4.0.0";
    }
}

/// A permission's id, and the ids of the roles it is to have.
pub type Grant = (String, Vec<String>);

/// Whether the actor may change permissions as [`update`] does.
///
/// # Errors
/// `error-edit-permissions-not-allowed`.
pub fn may_update(state: &State, actor: &Actor) -> Result<(), Fault> {
    if actor.has_permission(state, "access-permissions") {
        return Ok(());
    }
    Err(Fault::failed("Editing permissions is not allowed", "error-edit-permissions-not-allowed"))
}

/// Gives permissions to these roles and no others.
///
/// # Errors
/// As [`may_update`]; an unknown permission or role.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, wanted: Vec<Grant>) -> Result<(), Fault> {
    may_update(tx, actor)?;
    let known = wanted.iter().map(|(id, _)| id).filter(|id| tx.permissions.get(id).is_some());
    let found = if tx.fact(&COUNTS_FOUND) { known.collect::<BTreeSet<_>>().len() } else { known.count() };
    if found != wanted.len() {
        return Err(Fault::failed("Invalid permission", "error-invalid-permission"));
    }
    if wanted.iter().flat_map(|(_, roles)| roles).any(|role| tx.roles.get(role).is_none()) {
        return Err(Fault::failed("Invalid role", "error-invalid-role"));
    }
    for (id, roles) in wanted {
        put(tx, &id, roles);
    }
    Ok(())
}

/// Gives a permission to one more role.
///
/// # Errors
/// Without `access-permissions`; an unknown permission or role.
pub fn add_role(tx: &mut Tx<'_>, actor: &Actor, permission: &str, role: &str) -> Result<(), Fault> {
    let details = document! { "method": "authorization:addPermissionToRole", "action": "Adding_permission" };
    let refuse = |code, reason| Err(Fault::meteor_with(code, reason, details));
    if !actor.has_permission(tx, "access-permissions") {
        return refuse("error-action-not-allowed", "Adding permission is not allowed");
    }
    let Some(kept) = tx.permissions.get(permission) else {
        return refuse("error-invalid-permission", "Permission does not exist");
    };
    if tx.roles.get(role).is_none() {
        return refuse("error-invalid-role", "Role does not exist");
    }
    if !kept.roles.iter().any(|known| known == role) {
        change(tx, permission, |roles| roles.push(role.to_owned()));
    }
    Ok(())
}

/// Takes a permission from a role; also from one that does not have it or does not exist.
///
/// # Errors
/// Without `access-permissions`; an unknown permission.
pub fn remove_role(tx: &mut Tx<'_>, actor: &Actor, permission: &str, role: &str) -> Result<(), Fault> {
    const METHOD: &str = "authorization:removeRoleFromPermission";
    authorization::access_permissions(tx, actor, Some(METHOD))?;
    if tx.permissions.get(permission).is_none() {
        let details = document! { "method": METHOD };
        return Err(Fault::meteor_with("error-permission-not-found", "Permission not found", details));
    }
    take(tx, permission, role);
    Ok(())
}

/// Every permission as its stored document.
pub fn all(state: &State) -> Vec<Document> {
    state.permissions.iter().map(Permission::document).collect()
}

/// Gives the permission `id` to these roles and no others; one that does not exist is made.
pub fn put(tx: &mut Tx<'_>, id: &str, roles: Vec<String>) {
    if tx.permissions.get(id).is_some() {
        change(tx, id, |kept| *kept = roles);
    } else {
        let permission = Permission { id: id.into(), roles, updated_at: tx.now_ms() };
        // It was not there, and its id is its only key.
        let _ = tx.insert(permission);
    }
}

/// Takes the permission `id` from `role`; nothing changes when that does not have it.
pub(super) fn take(tx: &mut Tx<'_>, id: &str, role: &str) {
    if tx.permissions.get(id).is_some_and(|permission| permission.roles.iter().any(|known| known == role)) {
        change(tx, id, |roles| roles.retain(|known| known != role));
    }
}

fn change(tx: &mut Tx<'_>, id: &str, change: impl FnOnce(&mut Vec<String>)) {
    let now_ms = tx.now_ms();
    // Roles are no key of a permission's, so that nothing can be taken.
    let _ = tx.update(id, |permission: &mut Permission| {
        change(&mut permission.roles);
        permission.updated_at = now_ms;
    });
}
