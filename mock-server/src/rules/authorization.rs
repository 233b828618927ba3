//! Who may do what to roles and permissions.

use mongo_query::document;

use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::state::State;

const REASON: &str = "Accessing permissions is not allowed";

/// Asks for `access-permissions`.
///
/// # Errors
/// `error-action-not-allowed`, with `method` among its details where one is named: those of the Meteor method that did the work then.
pub fn access_permissions(state: &State, actor: &Actor, method: Option<&'static str>) -> Result<(), Fault> {
    if actor.has_permission(state, "access-permissions") {
        return Ok(());
    }
    Err(match method {
        None => Fault::meteor("error-action-not-allowed", REASON),
        Some(method) => {
            let details = document! { "method": method, "action": "Accessing_permissions" };
            Fault::meteor_with("error-action-not-allowed", REASON, details)
        }
    })
}
