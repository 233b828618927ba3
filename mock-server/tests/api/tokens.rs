//! Personal access tokens, tokens for others, and the second factor in front of them.

use insta::assert_snapshot;
use mock_server::Config;
use totp_rs::{Builder, Secret};

use crate::client::{Call, NOW, Server, documented, start, version};
use crate::eras::{ERAS, by_era};

/// SHA-256 of `user`, the password of the account of that name: its second factor.
const USER_DIGEST: &str = "04f8996da763b7a969b1028ee3007569eaf3a635486ddab211d512c85b9df8fb";

const GENERATE: &str = "/api/v1/users.generatePersonalAccessToken";

fn second_factor(call: Call<'_>) -> Call<'_> {
    call.header("x-2fa-code", USER_DIGEST).header("x-2fa-method", "password")
}

/// A server that has personal access tokens, of each era.
fn by_token_era(ask: impl Fn(&Server) -> String) -> String {
    by_era(|server| {
        if server.mock.version().at_least(0, 69, 0) || server.mock.profile() == "documented" {
            ask(server)
        } else {
            "-".to_owned()
        }
    })
}

#[test]
fn a_personal_token_is_made_listed_used_renewed_and_removed() {
    let story = by_token_era(|server| {
        let post = |action: &str, body: &str| {
            let path = format!("/api/v1/users.{action}PersonalAccessToken");
            second_factor(server.post(&path, body)).with("user").send()
        };
        let list = || server.get("/api/v1/users.getPersonalAccessTokens").with("user").shown();
        let mut said = vec![list()];
        let made = post("generate", r#"{"tokenName":"ci"}"#);
        said.extend([made.shown(), list(), post("generate", r#"{"tokenName":"ci"}"#).shown()]);
        let me = |token: &str| server.get("/api/v1/me").with_token("usersXXaccount222", token).send().status;
        let first = made.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(me(&first), 200);
        let renewed = post("regenerate", r#"{"tokenName":"ci"}"#).json()["token"].as_str().unwrap().to_owned();
        assert_eq!((me(&first), me(&renewed)), (401, 200));
        said.extend([
            post("regenerate", r#"{"tokenName":"other"}"#).shown(),
            post("remove", r#"{"tokenName":"ci"}"#).shown(),
            post("remove", r#"{"tokenName":"ci"}"#).shown(),
        ]);
        assert_eq!(me(&renewed), 401);
        said.join("\n")
    });
    assert_snapshot!(story, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"tokens":[],"success":true}
    200 {"token":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","success":true}
    200 {"tokens":[{"name":"ci","createdAt":"2018-02-24T16:00:00.000Z","lastTokenPart":"lJ9yAo","bypassTwoFactor":false}],"success":true}
    400 {"success":false,"error":"A token with this name already exists [error-token-already-exists]","errorType":"error-token-already-exists","details":{"method":"personalAccessTokens:generateToken"}}
    400 {"success":false,"error":"Token does not exist [error-token-does-not-exists]","errorType":"error-token-does-not-exists","details":{"method":"personalAccessTokens:regenerateToken"}}
    200 {"success":true}
    400 {"success":false,"error":"Token does not exist [error-token-does-not-exists]","errorType":"error-token-does-not-exists","details":{"method":"personalAccessTokens:removeToken"}}
    0.61.0: -
    2.4.0: 200 {"tokens":[],"success":true}
    200 {"token":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","success":true}
    200 {"tokens":[{"name":"ci","createdAt":"2018-02-24T16:00:00.000Z","lastTokenPart":"lJ9yAo"}],"success":true}
    400 {"success":false,"error":"A token with this name already exists [error-token-already-exists]","errorType":"error-token-already-exists"}
    400 {"success":false,"error":"Token does not exist [error-token-does-not-exists]","errorType":"error-token-does-not-exists"}
    200 {"success":true}
    400 {"success":false,"error":"Token does not exist [error-token-does-not-exists]","errorType":"error-token-does-not-exists"}
    "#);
}

#[test]
fn personal_tokens_need_a_second_factor_from_3_1_on() {
    let without = by_token_era(|server| server.post(GENERATE, r#"{"tokenName":"ci"}"#).with("user").shown());
    assert_snapshot!(without, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required","details":{"method":"password","codeGenerated":false,"availableMethods":[]}}
    0.61.0: -
    2.4.0: 200 {"token":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","success":true}
    "#);
    let wrong = by_token_era(|server| {
        server.post(GENERATE, r#"{"tokenName":"ci"}"#).with("user").header("x-2fa-code", "wrong").shown()
    });
    assert_snapshot!(wrong, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"TOTP Invalid [totp-invalid]","errorType":"totp-invalid","details":{"method":"password","codeGenerated":false,"availableMethods":[]}}
    0.61.0: -
    2.4.0: 200 {"token":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","success":true}
    "#);
}

#[test]
fn personal_tokens_need_a_permission_and_a_name() {
    let refused = by_token_era(|server| {
        server.mock.set_permission("create-personal-access-tokens", &[]);
        let made = second_factor(server.post(GENERATE, r#"{"tokenName":"ci"}"#)).with("user").shown();
        let list = server.get("/api/v1/users.getPersonalAccessTokens").with("user").shown();
        format!("{made}\n{list}")
    });
    assert_snapshot!(refused, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized","details":{"method":"personalAccessTokens:generateToken"}}
    400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized"}
    0.61.0: -
    2.4.0: 400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized"}
    400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized"}
    8.7.0: 400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized","details":{"method":"personalAccessTokens:generateToken"}}
    403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}
    "#);
    let nameless = by_token_era(|server| second_factor(server.post(GENERATE, "{}")).with("user").shown());
    assert_snapshot!(nameless, @r#"
    documented, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"The 'tokenName' param is required"}
    0.61.0: -
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'tokenName'"}
    "#);
}

#[test]
fn personal_tokens_outlive_logins() {
    let server = version("8.7.0");
    let made = second_factor(server.post(GENERATE, r#"{"tokenName":"ci"}"#)).with("user").send();
    let token = made.json()["token"].as_str().unwrap().to_owned();
    for _ in 0..60 {
        server.post("/api/v1/login", r#"{"user":"user","password":"user"}"#).send();
    }
    server.mock.clock().advance(1000 * 24 * 60 * 60 * 1000);
    assert_eq!(server.get("/api/v1/me").with_token("usersXXaccount222", &token).send().status, 200);
    let resumed = server.post("/api/v1/login", &format!(r#"{{"resume":"{token}"}}"#)).send();
    assert_eq!(resumed.status, 200);
}

#[test]
fn a_passed_check_is_remembered_for_the_client() {
    for era in ["documented", "3.18.0", "6.13.0", "8.7.0"] {
        let server = if era == "documented" { documented() } else { version(era) };
        let post = |name: &str, agent: &str| {
            let body = format!(r#"{{"tokenName":"{name}"}}"#);
            server.post(GENERATE, &body).with("user").header("user-agent", agent)
        };
        assert_eq!(second_factor(post("a", "one")).send().status, 200, "{era}");
        assert_eq!(post("b", "one").send().status, 200, "{era}: remembered");
        assert_eq!(post("c", "two").send().status, 400, "{era}: another client");
        server.mock.clock().advance(1800 * 1000);
        assert_eq!(post("d", "one").send().status, 200, "{era}: to the last moment");
        server.mock.clock().advance(1);
        assert_eq!(post("e", "one").send().status, 400, "{era}: forgotten");
        server.set("Accounts_TwoFactorAuthentication_RememberFor", 0);
        assert_eq!(second_factor(post("f", "one")).send().status, 200, "{era}");
        assert_eq!(post("g", "one").send().status, 400, "{era}: nothing is remembered");
    }
}

#[test]
fn second_factors_end_with_settings() {
    for setting in
        ["Accounts_TwoFactorAuthentication_Enabled", "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback"]
    {
        let server = version("6.13.0");
        server.set(setting, false);
        assert_eq!(server.post(GENERATE, r#"{"tokenName":"ci"}"#).with("user").send().status, 200, "{setting}");
    }
}

#[test]
fn a_personal_token_may_pass_checks() {
    let server = version("8.7.0");
    let token = |name: &str, bypass: bool| {
        let body = format!(r#"{{"tokenName":"{name}","bypassTwoFactor":{bypass}}}"#);
        let made = second_factor(server.post(GENERATE, &body)).with("user").send();
        made.json()["token"].as_str().unwrap().to_owned()
    };
    let (free, bound) = (token("free", true), token("bound", false));
    let make = |name: &str, token: &str| {
        let body = format!(r#"{{"tokenName":"{name}"}}"#);
        server.post(GENERATE, &body).with_token("usersXXaccount222", token).send().status
    };
    assert_eq!((make("x", &free), make("y", &bound)), (200, 400));
    let renew = second_factor(server.post("/api/v1/users.regeneratePersonalAccessToken", r#"{"tokenName":"free"}"#));
    let renewed = renew.with("user").send().json()["token"].as_str().unwrap().to_owned();
    assert_eq!(make("z", &renewed), 200);
}

#[test]
fn users_of_an_authenticator_give_its_code() {
    let server = version("6.13.0");
    let secret = server.mock.identity("totp").unwrap().totp_secret.clone().unwrap();
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let code = totp.generate(u64::try_from(NOW / 1000).unwrap()).to_string();
    let post = || server.post(GENERATE, r#"{"tokenName":"ci"}"#).with("totp");
    assert_snapshot!(post().shown(), @r#"400 {"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}}"#);
    assert_snapshot!(post().header("x-2fa-code", "000000").shown(), @r#"400 {"success":false,"error":"TOTP Invalid [totp-invalid]","errorType":"totp-invalid","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}}"#);
    assert_eq!(post().header("x-2fa-code", &code).send().status, 200);
}

#[test]
fn new_users_have_a_grace_from_8_6_on() {
    for (era, status) in [("8.7.0", 200), ("6.13.0", 400)] {
        let server = version(era);
        let body = r#"{"username":"kim","email":"kim@example.org","pass":"secret","name":"Kim"}"#;
        server.post("/api/v1/users.register", body).send();
        let data = server.post("/api/v1/login", r#"{"user":"kim","password":"secret"}"#).send().json()["data"].clone();
        let (id, token) = (data["userId"].as_str().unwrap(), data["authToken"].as_str().unwrap());
        let make = |body: &str| server.post(GENERATE, body).with_token(id, token).send().status;
        assert_eq!(make(r#"{"tokenName":"a"}"#), status, "{era}");
        server.mock.clock().advance(1801 * 1000);
        assert_eq!(make(r#"{"tokenName":"b"}"#), 400, "{era}");
    }
}

#[test]
fn tokens_for_others_need_a_permission() {
    let make =
        |server: &Server, caller: &str, body: &str| server.post("/api/v1/users.createToken", body).with(caller).shown();
    assert_snapshot!(by_era(|server| make(server, "admin", r#"{"username":"user"}"#)), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 200 {"data":{"userId":"usersXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo"},"success":true}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'userId'"}
    "#);
    assert_snapshot!(by_era(|server| make(server, "user", r#"{"userId":"statsXXaccount222","secret":"s"}"#)), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Not authorized [error-not-authorized]","errorType":"error-not-authorized","details":{"method":"createToken"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"Not authorized [error-not-authorized]","errorType":"error-not-authorized"}
    "#);
    assert_snapshot!(by_era(|server| make(server, "admin", r#"{"userId":"nobody","secret":"s"}"#)), @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param provided does not match any users [error-invalid-user]","errorType":"error-invalid-user"}"#);
    assert_snapshot!(by_era(|server| make(server, "admin", "{}")), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param was not provided [error-user-param-not-provided]","errorType":"error-user-param-not-provided"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'userId'"}
    "#);
    for era in ERAS.iter().filter(|era| !era.starts_with('8')) {
        let server = version(era);
        assert!(make(&server, "user", r#"{"userId":"usersXXaccount222"}"#).starts_with("200"), "{era}: one's own");
    }
}

#[test]
fn newer_servers_want_their_secret() {
    let server = start(Config {
        version: Some("8.7.0".parse().unwrap()),
        create_token_secret: Some("open sesame".to_owned()),
        ..Config::default()
    });
    let make = |secret: &str| {
        let body = format!(r#"{{"userId":"usersXXaccount222","secret":"{secret}"}}"#);
        server.post("/api/v1/users.createToken", &body).with("admin").send()
    };
    let made = make("open sesame");
    assert_snapshot!(made.shown(), @r#"200 {"data":{"userId":"usersXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo"},"success":true}"#);
    let token = made.json()["data"]["authToken"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/api/v1/me").with_token("usersXXaccount222", &token).send().status, 200);
    assert_snapshot!(make("wrong").shown(), @r#"400 {"success":false,"error":"Not authorized [error-not-authorized]","errorType":"error-not-authorized","details":{"method":"createToken"}}"#);
    assert_snapshot!(make("").shown(), @r#"400 {"success":false,"errorType":"invalid-params","error":"must NOT have fewer than 1 characters"}"#);
}
