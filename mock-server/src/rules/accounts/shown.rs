//! How a user looks from outside: the stored document, and what `login` and `me` tell of it.
//!
//! A document never holds `services`: password hashes and tokens stay inside, whoever asks.

use mongo_query::{Document, Value, document};

use crate::era::Profile;
use crate::era::fact::facts;
use crate::state::State;
use crate::state::users::User;

facts! {
    /// `me` is the user's public fields and what is made up of them, in place of a fixed list
    pub PUBLIC_FIELDS: bool = false => {
        (3, 0, 0) => true, "app/utils/server/functions/getDefaultUserFields.js, app/api/server/helpers/getUserInfo.js @ 3.0.0";
    }
    /// `me` has `avatarUrl`
    pub AVATAR_URL: bool = false => { (1, 0, 0) => true, "app/api/server/helpers/getUserInfo.js @ 1.0.0"; }
}

/// The user as MongoDB holds it, `services` left out.
pub fn stored(user: &User) -> Document {
    let mut document = Document::new();
    document.push("_id", &*user.id);
    document.push("createdAt", Value::Date(user.created_at));
    document.push("username", user.username.as_str());
    document.push("emails", emails(user));
    document.push("type", user.kind.as_str());
    document.push("status", user.status.as_str());
    document.push("active", user.active);
    document.push("roles", user.roles.as_slice());
    document.push("_updatedAt", Value::Date(user.updated_at));
    if let Some(last_login) = user.last_login {
        document.push("lastLogin", Value::Date(last_login));
    }
    document.push("name", user.name.as_str());
    for (name, value) in user.extra.iter() {
        document.insert(name.clone(), value.clone());
    }
    document
}

/// What `login` and `me` answer (upstream: `getUserInfo`).
///
/// To 2.x a fixed list of fields (`app/api/server/helpers/getUserInfo.js`), later the user's public fields followed by what is made up
/// of them (`apps/meteor/app/api/server/helpers/getUserInfo.ts`, `app/utils/server/functions/getDefaultUserFields.ts`).
pub fn info(user: &User, state: &State, profile: &Profile) -> Document {
    const OLD: &[&str] =
        &["_id", "name", "emails", "status", "username", "active", "language", "roles", "settings", "customFields"];
    const SINCE_3_0: &[&str] = &[
        "_id",
        "name",
        "username",
        "nickname",
        "emails",
        "status",
        "statusText",
        "bio",
        "language",
        "roles",
        "active",
        "customFields",
        "requirePasswordChange",
        "requirePasswordChangeReason",
        "_updatedAt",
    ];
    let stored = stored(user);
    let email = user.emails.iter().find(|email| email.verified).map(|email| email.address.as_str());
    let avatar = format!("{}/avatar/{}", state.settings.text("Site_Url").trim_end_matches('/'), user.username);
    let preferences = preferences(user, state);

    if !PUBLIC_FIELDS.of(profile) {
        // Quirk: this list has an order of its own, and `settings` keeps its place in it.
        let mut info = Document::new();
        for name in OLD {
            match stored.get(name) {
                _ if *name == "settings" => {
                    info.push("settings", document! { "preferences": preferences.clone() });
                }
                Some(value) => info.push(*name, value.clone()),
                None => {}
            }
        }
        if let Some(email) = email {
            info.push("email", email);
        }
        if AVATAR_URL.of(profile) {
            info.push("avatarUrl", avatar);
        }
        info.push("telephoneNumber", "");
        return info;
    }

    let mut info: Document = stored.into_iter().filter(|(name, _)| SINCE_3_0.contains(&&**name)).collect();
    if let Some(email) = email {
        info.push("email", email);
    }
    info.push("settings", document! { "profile": Document::new(), "preferences": preferences });
    info.push("avatarUrl", avatar);
    info.push("isOAuthUser", false);
    let mut services = Document::new();
    if user.totp_secret.is_some() {
        services.push("totp", document! { "enabled": true });
    }
    services.push("password", document! { "exists": user.password_digest.is_some() });
    info.push("services", services);
    info
}

/// The preferences' defaults, which are settings, under the user's own.
fn preferences(user: &User, state: &State) -> Document {
    let mut preferences = Document::new();
    for setting in state.settings.iter() {
        if let Some(name) = setting.id.strip_prefix("Accounts_Default_User_Preferences_") {
            preferences.push(name, setting.value.clone());
        }
    }
    let settings = user.extra.get("settings").and_then(Value::as_object);
    let own = settings.and_then(|settings| settings.get("preferences")?.as_object());
    for (name, value) in own.into_iter().flat_map(Document::iter) {
        preferences.insert(name.clone(), value.clone());
    }
    preferences
}

fn emails(user: &User) -> Vec<Value> {
    let email =
        |email: &crate::state::users::Email| document! { "address": &email.address, "verified": email.verified }.into();
    user.emails.iter().map(email).collect()
}
