//! `POST /api/v1/login`: a token for a name and a password, or for a token.
//!
//! The server turns the body into the options of Meteor's login method and calls that; this file does the same, so that every body shape
//! ends where it ends there. Upstream: `loginCompatibility` in `apps/meteor/app/api/server/api.ts` (unchanged from 0.60 on).

use mongo_query::{Document, Value, document};

use crate::doors::rest::context::Context;
use crate::doors::rest::endpoint::{Answer, Endpoint, post};
use crate::doors::rest::envelope;
use crate::doors::rest::error::ApiError;
use crate::doors::rest::login_failed;
use crate::era::fact::{AnyFact, facts};
use crate::era::{BrokenBody, TwoFactor};
use crate::rules::accounts::{login, shown};
use javascript::text;

facts! {
    /// what a login answers
    ANSWER: Shape = Shape::Ids => {
        (0, 64, 0) => Shape::Me, "login answer gains me, 0.64.0 release notes";
        (7, 5, 0) => Shape::MeSuccess, "#34999: Restivus gone; apps/meteor/app/api/server/router.ts 0715d8bb";
    }
}

/// Body of a successful login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `status`, `data{userId, authToken}`.
    Ids,
    /// `data` has `me` too.
    Me,
    /// And `success` follows `data`.
    MeSuccess,
}

const FACTS: &[&dyn AnyFact] = &[
    &ANSWER,
    &login_failed::SHAPE,
    &login_failed::WRONG_PASSWORD,
    &login_failed::REASONS,
    &login::CODE_BESIDE,
    &shown::PUBLIC_FIELDS,
    &shown::AVATAR_URL,
];

/// The endpoints of this file.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/v1/login", handle).open().facts(FACTS),
    post("/api/login", handle).exists(&super::UNVERSIONED).open().unlimited().facts(FACTS),
];

/// 200 with `status` and `data{userId, authToken, me}`, by era.
///
/// # Errors
/// 401 in the era's words for everything that is not a login, 500 for a password of a wrong type from 7.5 on.
pub(super) fn handle(context: &Context<'_>) -> Answer {
    if is_null(context) {
        // Taking a null apart fails outside the handler's own net.
        return Err(ApiError::Thrown("Cannot destructure property 'user' of 'bodyParams' as it is null.".to_owned()));
    }
    let header_code = match context.switches().two_factor {
        TwoFactor::Absent => None,
        TwoFactor::Present => context.request.present_header("x-2fa-code"),
    };
    let options = method_options(context.body()?, header_code);
    let (workspace, address) = (context.workspace, context.request.client_ip());
    let (login, me) = workspace.change(|tx| {
        let login = login::login(tx, &workspace.login_guard, &options, &address)?;
        let me = tx.users.get(&login.user_id).map(|user| shown::info(user, tx, tx.profile()));
        Ok((login, me))
    })?;

    let shape = context.fact(&ANSWER);
    let mut data = document! { "userId": &login.user_id, "authToken": login.token };
    if let Some(me) = me.filter(|_| shape != Shape::Ids) {
        data.push("me", me);
    }
    let mut answer = document! { "status": "success", "data": data };
    if shape == Shape::MeSuccess {
        answer.push("success", true);
    }
    Ok(envelope::bare(answer))
}

/// A JSON body `null` where the parser lets it through (7.6 and later).
fn is_null(context: &Context<'_>) -> bool {
    context.switches().broken_body == BrokenBody::Empty
        && context.request.header("content-type").is_some_and(|kind| kind.contains("application/json"))
        && context.request.body.trim_ascii() == b"null"
}

/// The body as options of the login method: the short forms spelled out, everything else untouched.
fn method_options(body: &Document, header_code: Option<&str>) -> Document {
    let untouched = || body.clone();
    let Some(password) = body.get("password").filter(|password| !matches!(password, Value::Null)) else {
        return untouched();
    };
    if body.iter().any(|(name, _)| !matches!(&**name, "user" | "username" | "email" | "password" | "code")) {
        return untouched();
    }
    let given = |name: &str| body.get(name).filter(|value| text::is_truthy(value));
    let user = match (body.get("user"), given("username"), given("email")) {
        (Some(Value::String(user)), _, _) => {
            let name = if user.contains('@') { "email" } else { "username" };
            [(name.into(), (**user).into())].into_iter().collect()
        }
        (_, Some(username), _) => document! { "username": username.clone() },
        (_, _, Some(email)) => document! { "email": email.clone() },
        _ => return untouched(),
    };
    // Quirk: `{"hashed": …}` puts the whole object where the digest belongs, and the login handler then refuses it.
    let hashed = password.as_object().and_then(|password| password.get("hashed")).is_some_and(text::is_truthy);
    let password =
        if hashed { document! { "digest": password.clone(), "algorithm": "sha-256" }.into() } else { password.clone() };
    let login = document! { "user": user, "password": password };
    match given("code").cloned().or_else(|| header_code.map(Value::from)) {
        None => login,
        Some(code) => document! { "totp": document! { "code": code, "login": login } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use javascript::{json, stringify};

    /// The options a body becomes, as JSON.
    fn options(body: &str, header_code: Option<&str>) -> String {
        let Value::Object(body) = json::parse(body).unwrap() else { panic!("no object") };
        let mut out = Vec::new();
        stringify::write_document(&method_options(&body, header_code), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_forms_are_spelled_out() {
        let login = r#"{"user":{"username":"a"},"password":"p"}"#;
        assert_eq!(options(r#"{"user":"a","password":"p"}"#, None), login);
        assert_eq!(options(r#"{"username":"a","password":"p"}"#, None), login);
        assert_eq!(options(r#"{"user":{"x":1},"username":"a","password":"p"}"#, None), login);
        let by_email = r#"{"user":{"email":"a@b"},"password":"p"}"#;
        assert_eq!(options(r#"{"user":"a@b","password":"p"}"#, None), by_email);
        assert_eq!(options(r#"{"email":"a@b","password":"p"}"#, None), by_email);
    }

    #[test]
    fn everything_else_passes_untouched() {
        for body in [
            r#"{"resume":"t"}"#,
            r#"{"user":{"username":"a"},"password":"p"}"#,
            r#"{"user":{"username":"a"},"password":"p","code":"1"}"#,
            r#"{"user":"a","password":null}"#,
            r#"{"user":"a","password":"p","extra":1}"#,
            "{}",
        ] {
            assert_eq!(options(body, Some("123456")), body);
        }
    }

    #[test]
    fn codes_wrap_the_login_and_the_body_s_code_comes_first() {
        let wrapped = |code: &str| {
            format!(r#"{{"totp":{{"code":"{code}","login":{{"user":{{"username":"a"}},"password":"p"}}}}}}"#)
        };
        assert_eq!(options(r#"{"user":"a","password":"p","code":"1"}"#, Some("2")), wrapped("1"));
        assert_eq!(options(r#"{"user":"a","password":"p","code":""}"#, Some("2")), wrapped("2"));
    }

    #[test]
    fn a_hashed_password_is_wrapped_the_wrong_way() {
        assert_eq!(
            options(r#"{"user":"a","password":{"hashed":"h"}}"#, None),
            r#"{"user":{"username":"a"},"password":{"digest":{"hashed":"h"},"algorithm":"sha-256"}}"#
        );
    }
}
