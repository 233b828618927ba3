//! Making, changing, activating and deleting users.
//!
//! Upstream: `apps/meteor/app/lib/server/functions/saveUser.js` (later the folder `saveUser/`), `setUserActiveStatus.ts`, `deleteUser.ts`.

use std::sync::Arc;

use mongo_query::{Document, document};

use super::names::{self, escaped};
use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::collection::Taken;
use crate::state::tx::Tx;
use crate::state::users::{Email, USERNAME, User, password_digest};

/// Longest `bio` and `nickname`, in UTF-16 units (upstream: `handleBio.ts`, `handleNickname.ts`).
const LONGEST: &[(&str, usize)] = &[("bio", 260), ("nickname", 120)];

/// The fields of [`UserData::texts`], in the order a user keeps them.
pub const TEXTS: [&str; 4] = ["bio", "nickname", "statusText", "language"];

/// The fields of [`UserData::objects`], in the order a user keeps them.
pub const OBJECTS: [&str; 2] = ["customFields", "settings"];

/// What is asked of a user, new or to be changed. What is absent is not asked.
#[derive(Debug, Clone, Default)]
pub struct UserData {
    /// Login name.
    pub username: Option<String>,
    /// Shown name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the address counts as proved.
    pub verified: Option<bool>,
    /// Password.
    pub password: Option<String>,
    /// Whether a new user gets a password by chance.
    pub random_password: bool,
    /// Whether the user must choose another password.
    pub require_password_change: Option<bool>,
    /// Ids of all roles.
    pub roles: Option<Vec<String>>,
    /// The fields [`TEXTS`] by their names; an empty text takes a field away.
    pub texts: [Option<String>; TEXTS.len()],
    /// The fields [`OBJECTS`] by their names.
    pub objects: [Option<Document>; OBJECTS.len()],
}

impl UserData {
    fn text(&self, field: &str) -> Option<&str> {
        TEXTS.iter().zip(&self.texts).find(|(name, _)| **name == field).and_then(|(_, text)| text.as_deref())
    }

    /// Puts what is asked beyond names and roles into `extra`.
    fn keep_extra(&self, extra: &mut Document) {
        for (field, text) in TEXTS.iter().zip(&self.texts) {
            match text {
                Some(text) if text.trim().is_empty() => {
                    extra.remove(field);
                }
                Some(text) => extra.insert(*field, text),
                None => {}
            }
        }
        if let Some(required) = self.require_password_change {
            extra.insert("requirePasswordChange", required);
        }
        for (field, object) in OBJECTS.iter().zip(&self.objects) {
            if let Some(object) = object {
                extra.insert(*field, object.clone());
            }
        }
    }
}

/// A refusal of the method; `more` is what its details say beside the method.
fn refuse(code: &'static str, reason: impl Into<std::borrow::Cow<'static, str>>, more: Document) -> Fault {
    let mut details = document! { "method": "insertOrUpdateUser" };
    for (name, value) in more {
        details.push(name, value);
    }
    Fault::meteor_with(code, reason, details)
}

fn not_allowed(reason: &'static str, action: &str) -> Fault {
    refuse("error-action-not-allowed", reason, document! { "action": action })
}

fn in_use(field: &str) -> Fault {
    refuse("error-field-unavailable", format!("{} is already in use :(", escaped(field)), document! { "field": field })
}

fn required(field: &str) -> Fault {
    refuse("error-the-field-is-required", format!("The field {field} is required"), document! { "field": field })
}

/// The rules both have: `target` is the user to change, `None` for a new one (upstream: `validateUserData`, whose order this is).
fn validate(tx: &Tx<'_>, actor: &Actor, target: Option<&str>, data: &UserData) -> Result<(), Fault> {
    match target {
        Some(target) if *target != *actor.user_id && !actor.has_permission(tx, "edit-other-user-info") => {
            return Err(not_allowed("Editing user is not allowed", "Editing_user"));
        }
        None if !actor.has_permission(tx, "create-user") => {
            return Err(not_allowed("Adding user is not allowed", "Adding_user"));
        }
        _ => {}
    }
    if let Some(roles) = &data.roles {
        if roles.iter().any(|role| tx.roles.get(role).is_none()) {
            return Err(not_allowed("The field Roles consist invalid role id", "Assign_role"));
        }
        if roles.iter().any(|role| role == "admin") && !actor.has_permission(tx, "assign-admin-role") {
            return Err(not_allowed("Assigning admin is not allowed", "Assign_admin"));
        }
    }
    let username = data.username.as_deref().unwrap_or_default();
    if target.is_none() {
        for (value, label) in [(&data.name, "Name"), (&data.username, "Username")] {
            if value.as_deref().is_none_or(|value| value.trim().is_empty()) {
                return Err(required(label));
            }
        }
    }
    if !username.is_empty() && !names::is_username(username) {
        let text = format!("{} is not a valid username", escaped(username));
        let more = document! { "input": username, "field": "Username" };
        return Err(refuse("error-input-is-not-a-valid-field", text, more));
    }
    if target.is_none() {
        if data.password.as_deref().is_none_or(str::is_empty) && !data.random_password {
            return Err(required("Password"));
        }
        available(tx, username, data.email.as_deref().unwrap_or_default())?;
    }
    for (field, longest) in LONGEST {
        if data.text(field).is_some_and(|value| value.encode_utf16().count() > *longest) {
            return Err(Fault::meteor_with("error-invalid-field", *field, document! { "method": "saveUserProfile" }));
        }
    }
    Ok(())
}

/// Whether a new user's name and address are free.
fn available(tx: &Tx<'_>, username: &str, email: &str) -> Result<(), Fault> {
    if names::is_reserved(tx, username) {
        let text = format!("{username} is blocked and can't be used!");
        return Err(refuse("error-blocked-username", text, document! { "field": username }));
    }
    if tx.users.by_username(username).is_some() {
        return Err(in_use(username));
    }
    if tx.users.by_email(email).is_some() {
        return Err(in_use(email));
    }
    if email.is_empty() { Ok(()) } else { names::check_address(email) }
}

/// Makes the user `data` describes and returns its id.
///
/// # Errors
/// The first rule broken: `create-user`, roles, names, address, password.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, data: &UserData) -> Result<Arc<str>, Fault> {
    names::check_shown(tx, data.name.as_deref())?;
    validate(tx, actor, None, data)?;
    let password = if data.random_password { tx.ids().secret() } else { data.password.clone().unwrap_or_default() };
    let mut extra = Document::new();
    if data.random_password {
        extra.push("requirePasswordChange", true);
    }
    data.keep_extra(&mut extra);
    let username = data.username.clone().unwrap_or_default();
    let address = data.email.clone().filter(|email| !email.is_empty());
    let verified = data.verified.unwrap_or(false);
    let id: Arc<str> = tx.ids().meteor_id().into();
    let user = User {
        name: data.name.clone().unwrap_or_default(),
        emails: address.into_iter().map(|address| Email { address, verified }).collect(),
        roles: data.roles.clone().unwrap_or_else(|| vec!["user".to_owned()]),
        password_digest: Some(password_digest(&password)),
        extra,
        ..User::new(id.clone(), username.as_str(), tx.now_ms())
    };
    // Both were free above, under the same lock.
    tx.insert(user).map_err(|taken| in_use(if taken.field == USERNAME { &username } else { "email" }))?;
    Ok(id)
}

/// Changes the user `user_id` as `data` says (upstream: `saveUser`, `validateUserEditing`).
///
/// # Errors
/// The first rule broken: `edit-other-user-info`, roles, names, address, an unknown user.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, user_id: &str, data: &UserData) -> Result<(), Fault> {
    names::check_shown(tx, data.name.as_deref())?;
    validate(tx, actor, Some(user_id), data)?;
    let user = tx.users.get(user_id).ok_or_else(|| Fault::meteor("error-user-not-found", "User not found"))?;
    if data.roles.as_ref().is_some_and(|roles| !same_set(roles, &user.roles))
        && !actor.has_permission(tx, "assign-roles")
    {
        return Err(not_allowed("Assign roles is not allowed", "Assign_role"));
    }
    let another = |found: Option<&User>| found.is_some_and(|other| *other.id != *user_id);
    let username = data.username.as_ref().filter(|name| !name.is_empty() && **name != user.username);
    if username.is_some_and(|username| another(tx.users.by_username(username))) {
        return Err(name_taken());
    }
    let email = data.email.as_ref().filter(|email| !email.is_empty());
    if let Some(email) = email {
        names::check_address(email)?;
        if another(tx.users.by_email(email)) {
            return Err(address_taken(email));
        }
    }
    let sets_password = actor.has_permission(tx, "edit-other-user-password");
    let password = data.password.as_deref().map(str::trim).filter(|password| sets_password && !password.is_empty());

    let now_ms = tx.now_ms();
    let changed = tx.update(user_id, |user: &mut User| {
        if let Some(username) = username {
            user.username.clone_from(username);
        }
        if let Some(name) = &data.name {
            user.name.clone_from(name);
        }
        set_address(user, email, data.verified);
        if let Some(password) = password {
            user.password_digest = Some(password_digest(password));
        }
        if let Some(roles) = &data.roles {
            user.roles.clone_from(roles);
        }
        data.keep_extra(&mut user.extra);
        user.updated_at = now_ms;
    });
    // Both were free above, under the same lock.
    let taken = |taken: Taken| {
        if taken.field == USERNAME { name_taken() } else { address_taken(email.map_or("email", String::as_str)) }
    };
    changed.map(|_| ()).map_err(taken)
}

fn name_taken() -> Fault {
    let details = document! { "method": "saveUser" };
    Fault::meteor_with("error-could-not-save-identity", "Could not save user identity", details)
}

fn address_taken(address: &str) -> Fault {
    let details = document! { "function": "RocketChat._setEmail", "field": address };
    Fault::meteor_with("error-field-unavailable", format!("{} is already in use :(", escaped(address)), details)
}

/// Changes the leading address, which is unproved then unless `verified` says otherwise.
fn set_address(user: &mut User, address: Option<&String>, verified: Option<bool>) {
    if let Some(address) = address {
        match user.emails.first_mut() {
            Some(first) if first.address == *address => {}
            Some(first) => *first = Email { address: address.clone(), verified: false },
            None => user.emails.push(Email { address: address.clone(), verified: false }),
        }
    }
    if let (Some(verified), Some(first)) = (verified, user.emails.first_mut()) {
        first.verified = verified;
    }
}

fn same_set(left: &[String], right: &[String]) -> bool {
    let sorted = |roles: &[String]| {
        let mut roles = roles.to_vec();
        roles.sort();
        roles
    };
    sorted(left) == sorted(right)
}

/// Activates or deactivates a user; deactivation ends all sessions. Returns whether there is such a user: an unknown one is no failure
/// here. The mock has no rooms, so nobody is ever the last owner of one.
///
/// # Errors
/// Without `edit-other-user-active-status`, and for the last active admin.
pub fn set_active(tx: &mut Tx<'_>, actor: &Actor, user_id: &str, active: bool) -> Result<bool, Fault> {
    if !actor.has_permission(tx, "edit-other-user-active-status") {
        let details = document! { "method": "setUserActiveStatus" };
        return Err(Fault::meteor_with("error-not-allowed", "Not allowed", details));
    }
    let Some(user) = tx.users.get(user_id) else { return Ok(false) };
    let goes = !active && user.active && user.has_role("admin");
    if goes && !tx.users.any_active_in_role("admin", user_id) {
        let details = document! { "method": "removeUserFromRole", "action": "Remove_last_admin" };
        let text = "Leaving the app without an active admin is not allowed";
        return Err(Fault::meteor_with("error-action-not-allowed", text, details));
    }
    let now_ms = tx.now_ms();
    let changed = tx.update(user_id, |user: &mut User| {
        user.active = active;
        user.updated_at = now_ms;
        if !active {
            user.tokens.clear();
        }
    });
    changed.map(|found| found.is_some()).map_err(|_| Fault::Unexpected)
}

/// Deletes the user named by id or user name, with all tokens.
///
/// # Errors
/// Without `delete-user`, for an unknown user, and for the last admin.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: Option<&str>, username: Option<&str>) -> Result<(), Fault> {
    if !actor.has_permission(tx, "delete-user") {
        return Err(Fault::NotAllowed);
    }
    let user = super::named(tx, id, username)?;
    let id = user.id.clone();
    if user.has_role("admin") && admins(tx) == 1 {
        let details = document! { "method": "deleteUser", "action": "Remove_last_admin" };
        let text = "Leaving the app without admins is not allowed";
        return Err(Fault::meteor_with("error-action-not-allowed", text, details));
    }
    tx.remove::<User>(&id);
    Ok(())
}

fn admins(state: &State) -> usize {
    state.users.iter().filter(|user| user.has_role("admin")).count()
}
