//! Tokens: login tokens for others, personal access tokens, and the end of a session.
//!
//! Upstream: `apps/meteor/app/lib/server/methods/createToken.ts`, `imports/personal-access-tokens/server/api/methods/*`.

use std::sync::Arc;

use mongo_query::document;

use crate::era::Profile;
use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::tx::Tx;
use crate::state::users::{LoginToken, PersonalToken, User};

facts! {
    /// asks for `create-personal-access-tokens` before it lists
    pub LISTING_ASKS: bool = false => {
        (1, 0, 0) => true, "users.getPersonalAccessTokens in app/api/server/v1/users.js @ 1.0.0";
    }
}

/// The permission of personal access tokens.
pub const PERMISSION: &str = "create-personal-access-tokens";

/// Ends the session of the token the actor came with, and no other.
///
/// # Errors
/// When the user was deleted since.
pub fn logout(tx: &mut Tx<'_>, actor: &Actor) -> Result<(), Fault> {
    change_tokens(tx, actor, |user| user.remove_token(&actor.token))
}

/// Makes a login token for the user named by id or user name, and returns the user's id and the token. `authorized` tells whether the
/// actor showed what else is asked for.
///
/// # Errors
/// For an unknown user, for another user without `user-generate-access-token`, and unless `authorized`.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (id, username): (Option<&str>, Option<&str>),
    authorized: bool,
) -> Result<(Arc<str>, String), Fault> {
    let user_id = super::named(tx, id, username)?.id.clone();
    let allowed = user_id == actor.user_id || actor.has_permission(tx, "user-generate-access-token");
    if !(allowed && authorized) {
        let details = document! { "method": "createToken" };
        return Err(Fault::meteor_with("error-not-authorized", "Not authorized", details));
    }
    let token = tx.ids().secret();
    let kept = LoginToken::new(&token, tx.now_ms());
    tx.update(&user_id, |user: &mut User| user.add_login_token(kept)).map_err(|_| Fault::Unexpected)?;
    Ok((user_id, token))
}

/// The actor's personal access tokens, oldest first.
///
/// # Errors
/// Without [`PERMISSION`], where it is asked for.
pub fn personal<'s>(
    state: &'s State,
    profile: &Profile,
    actor: &Actor,
) -> Result<impl Iterator<Item = (&'s LoginToken, &'s PersonalToken)>, Fault> {
    if LISTING_ASKS.of(profile) && !actor.has_permission(state, PERMISSION) {
        return Err(Fault::meteor("not-authorized", "Not Authorized"));
    }
    Ok(actor.user(state)?.tokens.iter().filter_map(|token| Some((token, token.personal.as_ref()?))))
}

/// Makes the personal access token `name` and returns it, the only time it is told.
///
/// # Errors
/// Without [`PERMISSION`], and when there is one of that name.
pub fn generate(tx: &mut Tx<'_>, actor: &Actor, name: &str, bypass_two_factor: bool) -> Result<String, Fault> {
    const METHOD: &str = "personalAccessTokens:generateToken";
    allowed(tx, actor, METHOD)?;
    if named(actor.user(tx)?, name).is_some() {
        let details = document! { "method": METHOD };
        return Err(Fault::meteor_with("error-token-already-exists", "A token with this name already exists", details));
    }
    add(tx, actor, name, bypass_two_factor)
}

/// Makes the personal access token `name` anew and returns it; the old one is void.
///
/// # Errors
/// Without [`PERMISSION`], and when there is none of that name.
pub fn regenerate(tx: &mut Tx<'_>, actor: &Actor, name: &str) -> Result<String, Fault> {
    let bypass_two_factor = take(tx, actor, name, "personalAccessTokens:regenerateToken")?;
    add(tx, actor, name, bypass_two_factor)
}

/// Ends the personal access token `name`.
///
/// # Errors
/// As [`regenerate`].
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, name: &str) -> Result<(), Fault> {
    take(tx, actor, name, "personalAccessTokens:removeToken").map(|_| ())
}

fn allowed(state: &State, actor: &Actor, method: &str) -> Result<(), Fault> {
    if actor.has_permission(state, PERMISSION) {
        return Ok(());
    }
    Err(Fault::meteor_with("not-authorized", "Not Authorized", document! { "method": method }))
}

fn named<'u>(user: &'u User, name: &str) -> Option<(&'u LoginToken, &'u PersonalToken)> {
    let mut personal = user.tokens.iter().filter_map(|token| Some((token, token.personal.as_ref()?)));
    personal.find(|(_, personal)| personal.name == name)
}

/// Takes the actor's token `name` away and returns whether it passed two-factor checks.
fn take(tx: &mut Tx<'_>, actor: &Actor, name: &str, method: &str) -> Result<bool, Fault> {
    allowed(tx, actor, method)?;
    let unknown = || {
        let details = document! { "method": method };
        Fault::meteor_with("error-token-does-not-exists", "Token does not exist", details)
    };
    let (token, personal) = named(actor.user(tx)?, name).ok_or_else(unknown)?;
    let (hashed, bypass_two_factor) = (token.hashed, personal.bypass_two_factor);
    change_tokens(tx, actor, |user| user.remove_token(&hashed))?;
    Ok(bypass_two_factor)
}

fn add(tx: &mut Tx<'_>, actor: &Actor, name: &str, bypass_two_factor: bool) -> Result<String, Fault> {
    let token = tx.ids().secret();
    let last_part = token.get(token.len().saturating_sub(6)..).unwrap_or_default().to_owned();
    let personal = Some(PersonalToken { name: name.to_owned(), last_part, bypass_two_factor });
    let kept = LoginToken { personal, ..LoginToken::new(&token, tx.now_ms()) };
    change_tokens(tx, actor, |user| user.tokens.push(kept))?;
    Ok(token)
}

/// Changes the actor's tokens. A key is never another's: tokens are drawn, or taken away.
fn change_tokens(tx: &mut Tx<'_>, actor: &Actor, change: impl FnOnce(&mut User)) -> Result<(), Fault> {
    tx.update(&actor.user_id, change).map_err(|_| Fault::Unexpected)?.ok_or(Fault::NotLoggedIn)
}
