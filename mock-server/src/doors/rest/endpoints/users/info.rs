//! `GET /api/v1/users.info`: one user by id, by name, or by what else the version knows.
//!
//! Upstream: `apps/meteor/app/api/server/v1/users.ts`, `app/lib/server/functions/getFullUserData.ts`.

use mongo_query::{Document, Value, document};

use super::shared::{names, validation};
use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, get};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::params;
use crate::era::Validation;
use crate::era::fact::{AnyFact, facts};
use crate::rules::accounts;
use crate::rules::accounts::shown::stored;
use crate::state::State;
use crate::state::users::User;

/// How a request asks for the user's rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rooms {
    /// It cannot.
    Never,
    /// With `fields={"userRooms":1}`.
    ByField,
    /// With `includeUserRooms=true`.
    ByParameter,
}

facts! {
    /// the parameters a user can be found by, in the order they are tried
    KEYS: &[&str] = &["userId", "username"] => {
        (6, 0, 0) => &["userId", "username", "importId"], "apps/meteor/app/lib/server/functions/getFullUserData.ts, importId, in 6.0.0 at the latest";
        (8, 4, 0) => &["userId", "username", "importId", "email"], "apps/meteor/app/api/server/v1/users.ts @ 8.4.0: email";
        (8, 5, 0) => &["userId", "username", "importId", "email", "freeSwitchExtension"], "apps/meteor/app/api/server/v1/users.ts @ 8.5.0: freeSwitchExtension";
    }
    /// finds users itself (`getFullUserData`), in place of asking `getUserFromParams`
    FULL_DATA: bool = false => { (0, 66, 0) => true, "packages/rocketchat-lib/server/functions/getFullUserData.js @ 0.66.0"; }
    /// tells with `canViewAllInfo` whether all is shown, and calls an unknown user `User not found.`
    TELLS_VIEW: bool = false => { (4, 0, 0) => true, "apps/meteor/app/api/server/v1/users.ts, in 4.0.0 at the latest"; }
    /// how a request asks for the user's rooms
    ROOMS: Rooms = Rooms::Never => {
        (0, 66, 0) => Rooms::ByField, "packages/rocketchat-api/server/v1/users.js @ 0.66.0: fields={\"userRooms\":1}";
        (7, 0, 0) => Rooms::ByParameter, "apps/meteor/app/api/server/v1/users.ts @ 7.0.0: includeUserRooms";
    }
}

const FACTS: &[&dyn AnyFact] = &[&KEYS, &FULL_DATA, &TELLS_VIEW, &ROOMS];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[get("/api/v1/users.info", handle).validate(validate).facts(FACTS)];

/// What everybody sees of a user (upstream: `defaultFields`).
const PUBLIC: &[&str] = &[
    "_id",
    "name",
    "username",
    "nickname",
    "status",
    "utcOffset",
    "type",
    "active",
    "bio",
    "reason",
    "statusText",
    "avatarETag",
    "federated",
    "statusLivechat",
];

/// What one sees of oneself, and of others with `view-full-other-user-info` (upstream: `fullFields`). Of oneself the real server
/// also shows `services` with the hashes of tokens; here they stay inside.
const FULL: &[&str] = &[
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "importIds",
    "customFields",
];

/// From 4.8 on the parameters are checked: one to find the user by, and few beside it.
///
/// # Errors
/// [`ApiError::InvalidQuery`] with a fault for each of the choices.
pub(super) fn validate(context: &Context<'_>) -> Result<(), ApiError> {
    match validation(context) {
        Validation::Match | Validation::BodyParams => return Ok(()),
        Validation::InvalidParams | Validation::Typed => {}
    }
    let query = context.query()?;
    let fault = |key: &&str| {
        if query.get(key).is_none() {
            return Some(format!("must have required property '{key}'"));
        }
        let known = |name: &str| name == *key || matches!(name, "fields" | "includeUserRooms");
        query.iter().any(|(name, _)| !known(name)).then(|| "must NOT have additional properties".to_owned())
    };
    let mut faults: Vec<String> = Vec::new();
    for key in context.fact(&KEYS) {
        match fault(key) {
            None => return Ok(()),
            Some(fault) => faults.push(fault),
        }
    }
    faults.push("must match a schema in anyOf".to_owned());
    Err(ApiError::InvalidQuery(faults.join("\n ")))
}

/// 200 `{"user":{…},"success":true}`.
///
/// # Errors
/// 400 for an unknown user, worded by era, and for malformed `fields` where they count.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    let wants_rooms = asks_for_rooms(context)?;
    let state = context.read();
    let caller = context.actor()?;
    let privileged = caller.has_permission(&state, "view-full-other-user-info");
    let user = find(context, &state, privileged)?;
    let full = privileged || user.id == caller.user_id;
    let shows = |name: &str| PUBLIC.contains(&name) || (full && FULL.contains(&name));
    let mut shown: Document = stored(user).into_iter().filter(|(name, _)| shows(name)).collect();
    if context.fact(&TELLS_VIEW) {
        shown.push("canViewAllInfo", full);
    }
    let sees_rooms = user.id == caller.user_id || caller.has_permission(&state, "view-other-user-channels");
    if wants_rooms && sees_rooms {
        // Nobody has rooms here.
        shown.push("rooms", Vec::<Value>::new());
    }
    Ok(envelope::success(document! { "user": shown }))
}

/// Whether the request wants the user's rooms: by a field to 6.x, by a parameter of its own from 7.0 on.
///
/// # Errors
/// Malformed `fields`, where they count.
fn asks_for_rooms(context: &Context<'_>) -> Result<bool, ApiError> {
    match context.fact(&ROOMS) {
        Rooms::Never => Ok(false),
        Rooms::ByParameter => Ok(context.query_text("includeUserRooms")? == Some("true")),
        Rooms::ByField => {
            let params = params::parse(context.query()?, &context.rules())?;
            let wanted = params.fields.as_ref().and_then(|fields| fields.get("userRooms")).and_then(Value::as_f64);
            Ok(wanted == Some(1.0))
        }
    }
}

fn find<'a>(context: &Context<'_>, state: &'a State, privileged: bool) -> Result<&'a User, ApiError> {
    let users = &state.users;
    if !context.fact(&FULL_DATA) {
        let query: Document = context
            .query()?
            .iter()
            .filter_map(|(name, value)| Some((name.into(), Value::from(value.as_text()?))))
            .collect();
        let (id, username) = names(&query);
        return Ok(accounts::named(state, id.as_deref(), username.as_deref())?);
    }
    let mut found = None;
    for key in context.fact(&KEYS) {
        let Some(value) = context.query_text(key)?.filter(|value| !value.is_empty()) else { continue };
        found = match *key {
            "importId" if privileged => users.iter().find(|user| has_import_id(user, value)),
            "email" if privileged => users.by_email(value),
            // Nobody here has an extension, and the rest is only found by who may see it.
            "importId" | "email" | "freeSwitchExtension" => None,
            // Both are looked up as either, but for the case of names.
            _ => users.get(value).or_else(|| users.by_username(value).filter(|user| user.username == value)),
        };
        break;
    }
    found.ok_or_else(|| {
        let caller = context.actor().map(|caller| caller.user_id.clone()).unwrap_or_default();
        ApiError::Thrown(if context.fact(&TELLS_VIEW) {
            "User not found.".to_owned()
        } else {
            format!("Failed to get the user data for the userId of \"{caller}\".")
        })
    })
}

fn has_import_id(user: &User, id: &str) -> bool {
    let ids = user.extra.get("importIds").and_then(Value::as_array);
    ids.is_some_and(|ids| ids.iter().any(|known| known.as_str() == Some(id)))
}
