//! Settings changed at run time.
//!
//! Upstream: `app/lib/server/methods/saveSettings.js` and `app/api/server/v1/settings.js` (to 3.x),
//! `apps/meteor/app/api/server/v1/settings.ts`.

use javascript::text;
use mongo_query::{Value, document};

use crate::era::fact::facts;
use crate::rules::actor::Actor;
use crate::rules::fault::Fault;
use crate::state::State;
use crate::state::settings::{Setting, out_of_range};
use crate::state::tx::Tx;

facts! {
    /// refuses a number out of the setting's range
    pub CHECKS_RANGE: bool = false => {
        (8, 0, 0) => true, "apps/meteor/app/lib/server/lib/checkSettingValueBonds.ts @ 8.6.1 (8d36c0b)";
    }
}

/// Whether the actor may change settings.
///
/// # Errors
/// [`Fault::NotAllowed`] without `edit-privileged-setting`.
pub fn may_edit(state: &State, actor: &Actor) -> Result<(), Fault> {
    if actor.has_permission(state, "edit-privileged-setting") { Ok(()) } else { Err(Fault::NotAllowed) }
}

/// Whether the actor may see settings that are not public.
///
/// # Errors
/// [`Fault::NotAllowed`] without `view-privileged-setting`.
pub fn may_view(state: &State, actor: &Actor) -> Result<(), Fault> {
    if actor.has_permission(state, "view-privileged-setting") { Ok(()) } else { Err(Fault::NotAllowed) }
}

/// Sets `id` to a value of whatever type, as the real server takes it.
///
/// # Errors
/// As [`may_edit`]; a number out of range, where the era looks; [`Fault::Failed`] without a text for an unknown setting.
pub fn save(tx: &mut Tx<'_>, actor: &Actor, id: &str, value: Value) -> Result<(), Fault> {
    may_edit(tx, actor)?;
    let bound = tx.settings.get(id).and_then(|setting| out_of_range(setting, text::to_number(&value)));
    if let Some(bound) = bound.filter(|_| tx.fact(&CHECKS_RANGE)) {
        let reason = format!("Value for setting {id} must be {bound}");
        let details = document! { "method": "saveSettings" };
        return Err(Fault::meteor_with("error-invalid-setting-value", reason, details));
    }
    if put(tx, id, value) { Ok(()) } else { Err(unknown()) }
}

/// That there is no such setting, or no value for it.
pub fn unknown() -> Fault {
    Fault::Failed { text: None, code: None }
}

/// Sets the value of `id`. Returns whether there is such a setting.
pub fn put(tx: &mut Tx<'_>, id: &str, value: Value) -> bool {
    // The id is a setting's only key, and does not change.
    tx.update(id, |setting: &mut Setting| setting.value = value).is_ok_and(|done| done.is_some())
}

/// Adds one to a counter; an unknown setting, or one that is no whole number, stays as it is.
pub(super) fn raise(tx: &mut Tx<'_>, id: &str) {
    let number = tx.settings.get(id).and_then(|setting| setting.value.as_f64());
    if let Some(number) = number.filter(|number| number.fract() == 0.0) {
        put(tx, id, Value::from_js_number(number + 1.0));
    }
}
