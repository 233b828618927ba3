//! Roles: made, changed, deleted, given and taken.
//!
//! Upstream: `app/authorization/server/methods/{saveRole,addUserToRole}.js` (to 3.x), `apps/meteor/app/api/server/v1/roles.ts`,
//! `apps/meteor/ee/server/api/roles.ts` (premium, from 6.0 on). Roles in single rooms are not kept: the mock has no rooms.

use std::sync::Arc;

use mongo_query::document;

use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::authorization;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::permissions::Permission;
use crate::state::roles::Role;
use crate::state::tx::Tx;
use crate::state::users::User;

/// How a body names a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleField {
    /// `roleName`, an id or a name.
    RoleName,
    /// `roleId`, or `roleName` as before.
    Either,
    /// `roleId`, an id.
    RoleId,
}

facts! {
    /// the field that names the role
    pub ROLE_FIELD: RoleField = RoleField::RoleName => {
        (5, 0, 0) => RoleField::Either, "apps/meteor/app/api/server/v1/roles.ts @ 5.3.0: roleId beside roleName";
        (8, 0, 0) => RoleField::RoleId, "apps/meteor/app/api/server/v1/roles.ts @ 8.6.1 (8d36c0b)";
    }
    /// refuses to give a role to a user who has it
    pub REFUSES_TWICE: bool = false => {
        (6, 0, 0) => true, "apps/meteor/app/api/server/v1/roles.ts @ 6.14.0-develop (50c444136)";
    }
    /// is done by the Meteor method authorization:saveRole, whose refusals carry details
    pub BY_METHOD: bool = true => {
        (4, 0, 0) => false, "apps/meteor/app/api/server/v1/roles.ts; to 3.x app/api/server/v1/roles.js calls the method";
    }
    /// refuses a name that is taken; before, the role of that name was changed
    pub REFUSES_DUPLICATES: bool = false => {
        (3, 15, 0) => true, "app/api/server/v1/roles.js: changed with roles.update, which came with 3.15.0";
    }
    /// gives a new role an id of its own; before, its name was its id
    pub OWN_IDS: bool = false => {
        (4, 0, 0) => true, "app/authorization/server/methods/saveRole: the raw model makes the id from 4.0.0 on";
    }
    /// needs the premium licence (upstream: the module custom-roles)
    pub PREMIUM: bool = false => {
        documented => false, "a choice of the profile: what the page documents works without a licence";
        (6, 0, 0) => true, "RocketChat/Rocket.Chat-Open-API user-management.yaml @ 310412e: roles.create moved to the premium plan with 6.0.0";
    }
}

const SAVE_METHOD: &str = "authorization:saveRole";
const ADD_METHOD: &str = "authorization:addUserToRole";

/// What a role is to be.
#[derive(Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// `Users` or `Subscriptions`; `Users` for anything else.
    pub scope: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its holders must use two-factor authentication.
    pub mandatory_2fa: bool,
}

impl NewRole {
    fn role(self, id: Arc<str>, protected: bool, now_ms: i64) -> Role {
        let scope = self.scope.filter(|scope| scope == "Subscriptions" || scope == "Users");
        Role {
            id,
            name: self.name,
            description: self.description.unwrap_or_default(),
            scope: scope.unwrap_or_else(|| "Users".to_owned()),
            protected,
            mandatory_2fa: self.mandatory_2fa,
            updated_at: now_ms,
        }
    }
}

/// A user as bodies name them: by id, else by login name.
#[derive(Debug, Default)]
pub struct UserNamed {
    /// `userId`.
    pub id: Option<String>,
    /// `username`.
    pub username: Option<String>,
}

/// A role as bodies name it.
#[derive(Debug, Default)]
pub struct RoleNamed {
    /// `roleId`.
    pub id: Option<String>,
    /// `roleName`.
    pub name: Option<String>,
}

/// Makes a role, or changes the one of that name where the era does so, and returns it.
///
/// # Errors
/// Without `access-permissions`, for an empty name (to 3.x), for one that is taken.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, new: NewRole) -> Result<Role, Fault> {
    let by_method = tx.fact(&BY_METHOD);
    authorization::access_permissions(tx, actor, by_method.then_some(SAVE_METHOD))?;
    if by_method && new.name.is_empty() {
        let details = document! { "method": SAVE_METHOD };
        return Err(Fault::meteor_with("error-role-name-required", "Role name is required", details));
    }
    let now_ms = tx.now_ms();
    if let Some(old) = tx.roles.by_id_or_name(&new.name).cloned() {
        if tx.fact(&REFUSES_DUPLICATES) {
            return Err(duplicate());
        }
        let role = new.role(old.id, old.protected, now_ms);
        replace(tx, &role)?;
        return Ok(role);
    }
    // Quirk: to 3.x the name of a role is its id.
    let id = if tx.fact(&OWN_IDS) { tx.ids().object_id(now_ms) } else { new.name.clone() };
    let role = new.role(id.into(), false, now_ms);
    tx.insert(role.clone()).map_err(|_| duplicate())?;
    Ok(role)
}

/// Changes the role `id` and returns it. `licensed` says whether the workspace has the premium licence.
///
/// # Errors
/// Without `access-permissions` or the licence, for an unknown role, a built-in role's name or scope, a name that is taken.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, licensed: bool, id: &str, new: NewRole) -> Result<Role, Fault> {
    authorization::access_permissions(tx, actor, None)?;
    let old = tx.roles.get(id).cloned();
    // Built-in roles may be changed without the licence.
    if !(licensed || old.as_ref().is_some_and(|old| old.protected)) && tx.fact(&PREMIUM) {
        return Err(missing_licence());
    }
    let old = old.ok_or_else(unknown)?;
    let role = new.role(old.id, old.protected, tx.now_ms());
    if old.protected && (role.name != old.name || role.scope != old.scope) {
        return Err(Fault::meteor("error-role-protected", "Role is protected"));
    }
    if tx.roles.by_name(&role.name).is_some_and(|other| other.id != role.id) {
        return Err(duplicate());
    }
    replace(tx, &role)?;
    Ok(role)
}

/// Takes a role away from the workspace and from every permission.
///
/// # Errors
/// Without `access-permissions`, for an unknown role, a built-in one, one that users have.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, wanted: &str) -> Result<(), Fault> {
    authorization::access_permissions(tx, actor, None)?;
    let role = tx.roles.by_id_or_name(wanted).ok_or_else(unknown)?;
    if role.protected {
        return Err(Fault::meteor("error-role-protected", "Cannot delete a protected role"));
    }
    let id = role.id.clone();
    if holders(tx, &id) > 0 {
        return Err(Fault::meteor("error-role-in-use", "Cannot delete role because it's in use"));
    }
    tx.remove::<Role>(&id);
    let having = |permission: &&Permission| permission.roles.iter().any(|role| **role == *id);
    let permissions: Vec<_> = tx.permissions.iter().filter(having).map(|permission| permission.id.clone()).collect();
    for permission in permissions {
        super::permissions::take(tx, &permission, &id);
    }
    Ok(())
}

/// Gives a user a role and returns the role.
///
/// # Errors
/// An unknown user or role, no role, a user who has it (6.0 and later), a missing permission.
pub fn give(tx: &mut Tx<'_>, actor: &Actor, user: &UserNamed, role: &RoleNamed) -> Result<Role, Fault> {
    let (user_id, has) = {
        let user = named_user(tx, user)?;
        (user.id.clone(), user.roles.clone())
    };
    let role = named_role(tx, role)?;
    let has_it = has.iter().any(|mine| **mine == *role.id);
    if has_it && tx.fact(&REFUSES_TWICE) {
        return Err(Fault::meteor("error-user-already-in-role", "User already in role"));
    }
    may_give(tx, actor, &role)?;
    if !has_it {
        change_roles(tx, &user_id, |roles| roles.push(role.id.to_string()));
    }
    Ok(role)
}

/// Takes a role from a user and returns the role. `wanted` is what names it.
///
/// # Errors
/// A missing permission, no role, an unknown user or role, a user without it, the last administrator.
pub fn take(tx: &mut Tx<'_>, actor: &Actor, username: &str, wanted: Option<&str>) -> Result<Role, Fault> {
    authorization::access_permissions(tx, actor, None)?;
    let wanted = wanted.ok_or_else(no_role)?;
    let user = tx.users.by_username(username);
    let user = user.ok_or_else(|| Fault::meteor("error-invalid-user", "There is no user with this username"))?;
    let found = match tx.fact(&ROLE_FIELD) {
        RoleField::RoleName | RoleField::Either => tx.roles.by_id_or_name(wanted),
        RoleField::RoleId => tx.roles.get(wanted),
    };
    let role = found.cloned().ok_or_else(unknown)?;
    if !user.roles.iter().any(|mine| **mine == *role.id) {
        return Err(Fault::meteor("error-user-not-in-role", "User is not in this role"));
    }
    if *role.id == *"admin" && holders(tx, "admin") == 1 {
        return Err(Fault::meteor("error-admin-required", "You need to have at least one admin"));
    }
    let user_id = user.id.clone();
    change_roles(tx, &user_id, |roles| roles.retain(|mine| **mine != *role.id));
    Ok(role)
}

/// That a workspace without the premium licence may not have roles of its own.
pub fn missing_licence() -> Fault {
    Fault::meteor("error-action-not-allowed", "This is an enterprise feature")
}

/// The number of users with the role.
fn holders(state: &State, role: &str) -> usize {
    state.users.iter().filter(|user| user.roles.iter().any(|mine| mine == role)).count()
}

fn change_roles(tx: &mut Tx<'_>, user_id: &str, change: impl FnOnce(&mut Vec<String>)) {
    let now_ms = tx.now_ms();
    // Roles are no key of a user's, so that nothing can be taken.
    let _ = tx.update(user_id, |user: &mut User| {
        change(&mut user.roles);
        user.updated_at = now_ms;
    });
}

fn replace(tx: &mut Tx<'_>, role: &Role) -> Result<(), Fault> {
    tx.update(&role.id, |kept: &mut Role| kept.clone_from(role)).map(|_| ()).map_err(|_| duplicate())
}

/// The user a body names (upstream: `getUserFromParams`).
fn named_user<'s>(state: &'s State, named: &UserNamed) -> Result<&'s User, Fault> {
    let found = match (&named.id, &named.username) {
        (Some(id), _) if !id.is_empty() => state.users.get(id),
        (_, Some(name)) if !name.is_empty() => state.users.by_username(name),
        _ => {
            let reason = "The required \"userId\" or \"username\" param was not provided";
            return Err(Fault::meteor("error-user-param-not-provided", reason));
        }
    };
    found.ok_or_else(|| {
        let reason = "The required \"userId\" or \"username\" param provided does not match any users";
        Fault::meteor("error-invalid-user", reason)
    })
}

/// The role a body names, by the field of the era.
fn named_role(tx: &Tx<'_>, named: &RoleNamed) -> Result<Role, Fault> {
    let field = tx.fact(&ROLE_FIELD);
    let id = named.id.as_ref().filter(|id| field != RoleField::RoleName && !id.is_empty());
    let name = named.name.as_ref().filter(|name| field != RoleField::RoleId && !name.is_empty());
    let found = match (id, name) {
        (Some(id), _) => tx.roles.get(id),
        (None, Some(name)) => tx.roles.by_id_or_name(name),
        (None, None) => return Err(no_role()),
    };
    found.cloned().ok_or_else(|| match field {
        RoleField::RoleName => {
            Fault::meteor_with("error-invalid-role", "Invalid Role", document! { "method": ADD_METHOD })
        }
        // Quirk: upstream gives the text where the type belongs and the other way round (5.0 and later).
        RoleField::Either | RoleField::RoleId => Fault::failed("error-role-not-found", "Role not found"),
    })
}

fn may_give(state: &State, actor: &Actor, role: &Role) -> Result<(), Fault> {
    authorization::access_permissions(state, actor, Some(ADD_METHOD))?;
    if *role.id == *"admin" && !actor.has_permission(state, "assign-admin-role") {
        let details = document! { "method": ADD_METHOD, "action": "Assign_admin" };
        return Err(Fault::meteor_with("error-action-not-allowed", "Assigning admin is not allowed", details));
    }
    Ok(())
}

fn no_role() -> Fault {
    Fault::thrown("error-invalid-role-properties")
}

fn unknown() -> Fault {
    Fault::meteor("error-invalid-roleId", "This role does not exist")
}

fn duplicate() -> Fault {
    Fault::meteor("error-duplicate-role-names-not-allowed", "Role name already exists")
}
