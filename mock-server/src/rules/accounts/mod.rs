//! Users: logging in, being made and changed, and what is shown of them.

pub mod guard;
pub mod login;
pub mod names;
pub mod register;
pub mod save;
pub mod shown;
pub mod tokens;
pub mod two_factor;

use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::users::User;

/// The user named by id or, without one, by user name; blank ones count as absent (upstream: `getUserFromParams`).
///
/// # Errors
/// When none is given, and when there is no such user.
pub fn named<'s>(state: &'s State, id: Option<&str>, username: Option<&str>) -> Result<&'s User, Fault> {
    let given = |text: &str| !text.trim().is_empty();
    let user = match (id, username) {
        (Some(id), _) if given(id) => state.users.get(id),
        (_, Some(name)) if given(name) => state.users.by_username(name),
        _ => {
            let text = "The required \"userId\" or \"username\" param was not provided";
            return Err(Fault::meteor("error-user-param-not-provided", text));
        }
    };
    let text = "The required \"userId\" or \"username\" param provided does not match any users";
    user.ok_or_else(|| Fault::meteor("error-invalid-user", text))
}
