//! `login`, `logout` and `me`.

use insta::assert_snapshot;
use mock_server::Config;
use totp_rs::{Builder, Secret};

use crate::client::{Call, NOW, Server, documented, start, version};
use crate::eras::{ERAS, by_era, without_preferences};

/// SHA-256 of `user`, the password of the account of that name.
const USER_DIGEST: &str = "04f8996da763b7a969b1028ee3007569eaf3a635486ddab211d512c85b9df8fb";

const LOGIN: &str = "/api/v1/login";

fn fails_by_era(body: &str) -> String {
    by_era(|server| server.post(LOGIN, body).shown())
}

/// The code of the account `totp` at `ms`.
fn code_at(server: &Server, ms: i64) -> String {
    let secret = server.mock.identity("totp").unwrap().totp_secret.clone().unwrap();
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(u64::try_from(ms / 1000).unwrap()).to_string()
}

#[test]
fn a_login_answers_a_token_and_who_it_is() {
    assert_snapshot!(by_era(|server| server.post(LOGIN, r#"{"user":"admin","password":"admin"}"#).shown()), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 200 {"status":"success","data":{"userId":"adminXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","me":{"_id":"adminXXaccount222","username":"admin","emails":[{"address":"admin@example.org","verified":true}],"status":"offline","active":true,"roles":["admin"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Administrator","email":"admin@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/admin","isOAuthUser":false,"services":{"password":{"exists":true}}}}}
    0.61.0: 200 {"status":"success","data":{"userId":"adminXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo"}}
    2.4.0: 200 {"status":"success","data":{"userId":"adminXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","me":{"_id":"adminXXaccount222","name":"Administrator","emails":[{"address":"admin@example.org","verified":true}],"status":"offline","username":"admin","active":true,"roles":["admin"],"settings":{"preferences":{}},"email":"admin@example.org","avatarUrl":"http://chat.example/avatar/admin","telephoneNumber":""}}}
    7.10.0, 8.7.0: 200 {"status":"success","data":{"userId":"adminXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","me":{"_id":"adminXXaccount222","username":"admin","emails":[{"address":"admin@example.org","verified":true}],"status":"offline","active":true,"roles":["admin"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Administrator","email":"admin@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/admin","isOAuthUser":false,"services":{"password":{"exists":true}}}},"success":true}
    "#);
}

#[test]
fn me_tells_who_a_token_belongs_to() {
    assert_snapshot!(by_era(|server| server.get("/api/v1/me").with("user").shown()), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"_id":"usersXXaccount222","username":"user","emails":[{"address":"user@example.org","verified":true}],"status":"offline","active":true,"roles":["user"],"_updatedAt":"2018-02-23T16:00:00.000Z","name":"Plain User","email":"user@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/user","isOAuthUser":false,"services":{"password":{"exists":true}},"success":true}
    0.61.0: 200 {"_id":"usersXXaccount222","name":"Plain User","emails":[{"address":"user@example.org","verified":true}],"status":"offline","username":"user","active":true,"roles":["user"],"settings":{"preferences":{}},"email":"user@example.org","telephoneNumber":"","success":true}
    2.4.0: 200 {"_id":"usersXXaccount222","name":"Plain User","emails":[{"address":"user@example.org","verified":true}],"status":"offline","username":"user","active":true,"roles":["user"],"settings":{"preferences":{}},"email":"user@example.org","avatarUrl":"http://chat.example/avatar/user","telephoneNumber":"","success":true}
    "#);
    assert_snapshot!(without_preferences(&documented().get("/api/v1/me").with("totp").shown()), @r#"200 {"_id":"twofaXXaccount222","username":"totp","emails":[{"address":"totp@example.org","verified":true}],"status":"offline","active":true,"roles":["user"],"_updatedAt":"2018-02-23T16:00:00.000Z","name":"Two Factor User","email":"totp@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/totp","isOAuthUser":false,"services":{"totp":{"enabled":true},"password":{"exists":true}},"success":true}"#);
}

#[test]
fn the_new_token_works_and_the_content_type_is_exact() {
    let server = documented();
    let answer = server.post(LOGIN, r#"{"user":"user","password":"user"}"#).send();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let data = answer.json()["data"].clone();
    let token = data["authToken"].as_str().unwrap();
    assert_eq!(token.len(), 43);
    let me = server.get("/api/v1/me").with_token(data["userId"].as_str().unwrap(), token).send();
    assert_eq!((me.status, me.json()["username"].as_str()), (200, Some("user")));
}

#[test]
fn every_body_shape_logs_in_in_every_era() {
    let shapes = [
        r#"{"user":"user","password":"user"}"#.to_owned(),
        r#"{"user":"USER","password":"user"}"#.to_owned(),
        r#"{"user":"user@example.org","password":"user"}"#.to_owned(),
        r#"{"username":"user","password":"user"}"#.to_owned(),
        r#"{"email":"user@example.org","password":"user"}"#.to_owned(),
        r#"{"user":{"username":"user"},"password":"user"}"#.to_owned(),
        r#"{"user":{"email":"User@Example.org"},"password":"user"}"#.to_owned(),
        format!(r#"{{"user":"user","password":{{"digest":"{USER_DIGEST}","algorithm":"sha-256"}}}}"#),
        format!(r#"{{"user":{{"username":"user"}},"password":{{"digest":"{USER_DIGEST}","algorithm":"sha-256"}}}}"#),
        r#"{"resume":"user-ready-made-token-of-the-mock-server-00"}"#.to_owned(),
    ];
    let forms = ["user=user&password=user", "username=user&password=user", "email=user%40example.org&password=user"];
    for era in ERAS {
        let server = version(era);
        for shape in &shapes {
            let answer = server.post(LOGIN, shape).send();
            assert_eq!(answer.status, 200, "{era} {shape}: {}", answer.body);
            assert_eq!(answer.json()["data"]["userId"], "usersXXaccount222");
        }
        for form in forms {
            let answer = server.post_form(LOGIN, form).send();
            assert_eq!(answer.status, 200, "{era} {form}: {}", answer.body);
        }
    }
}

#[test]
fn a_resumed_login_goes_on_with_its_token() {
    let server = documented();
    let token = "user-ready-made-token-of-the-mock-server-00";
    let answer = server.post(LOGIN, &format!(r#"{{"resume":"{token}"}}"#)).send();
    assert_eq!(answer.json()["data"]["authToken"], token);
}

#[test]
fn an_unknown_user() {
    assert_snapshot!(fails_by_era(r#"{"user":"nobody","password":"x"}"#), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
}

#[test]
fn a_wrong_password() {
    assert_snapshot!(fails_by_era(r#"{"user":"user","password":"x"}"#), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    6.13.0: 401 {"status":"error","error":403,"message":"Incorrect password"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
}

#[test]
fn bodies_that_are_no_login() {
    let unrecognized = fails_by_era("{}");
    assert_snapshot!(unrecognized, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 401 {"status":"error","error":400,"message":"Unrecognized options for login request"}
    7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
    for body in [r#"{"user":"user"}"#, r#"{"user":"user","password":""}"#, "[]"] {
        assert_eq!(fails_by_era(body), unrecognized, "{body}");
    }
    assert_eq!(by_era(|server| server.post_form(LOGIN, "").shown()), unrecognized);
    assert_eq!(by_era(|server| server.post(LOGIN, "").shown()), unrecognized);
}

#[test]
fn bodies_that_are_no_json() {
    assert_snapshot!(fails_by_era("{\"user\":"), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 400 {"success":false,"error":"Invalid JSON"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
    assert_snapshot!(fails_by_era("null"), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 400 {"success":false,"error":"Invalid JSON"}
    7.10.0, 8.7.0: 400 {"success":false,"error":"Cannot destructure property 'user' of 'bodyParams' as it is null."}
    "#);
}

#[test]
fn passwords_of_a_wrong_type() {
    let mismatch = fails_by_era(r#"{"user":"user","password":5}"#);
    assert_snapshot!(mismatch, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","message":"Match error: Match.OneOf, Match.Maybe or Match.Optional validation failed in field password"}
    7.10.0, 8.7.0: 500 {"success":false,"error":"Internal server error"}
    "#);
    for password in [
        r#"{"hashed":"x"}"#,
        r#"{"digest":"x","algorithm":"sha-256"}"#,
        &format!(r#"{{"digest":"{USER_DIGEST}","algorithm":"sha-1"}}"#),
        &format!("\"{}\"", "x".repeat(257)),
    ] {
        assert_eq!(fails_by_era(&format!(r#"{{"user":"user","password":{password}}}"#)), mismatch, "{password}");
    }
}

#[test]
fn users_of_a_wrong_type() {
    assert_snapshot!(fails_by_era(r#"{"user":{"username":"user","email":"user@example.org"},"password":"user"}"#), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","message":"Match error: Match error: User property must have exactly one field in field user"}
    7.10.0, 8.7.0: 500 {"success":false,"error":"Internal server error"}
    "#);
}

#[test]
fn a_deactivated_user_with_the_right_password() {
    assert_snapshot!(fails_by_era(r#"{"user":"deactivated","password":"deactivated"}"#), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"error-user-is-not-activated","details":{"function":"Accounts.validateLoginAttempt"},"message":"User is not activated"}
    0.61.0, 2.4.0: 401 {"status":"error","error":"error-user-is-not-activated","message":"User is not activated"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"error-user-is-not-activated","status":"error","details":{"function":"Accounts.validateLoginAttempt"},"message":"User is not activated"}
    "#);
    let wrong = |server: &Server| server.post(LOGIN, r#"{"user":"deactivated","password":"x"}"#).shown();
    let unknown = |server: &Server| server.post(LOGIN, r#"{"user":"user","password":"x"}"#).shown();
    assert_eq!(by_era(wrong), by_era(unknown));
}

#[test]
fn tokens_that_cannot_be_resumed() {
    assert_snapshot!(fails_by_era(r#"{"resume":"unknown"}"#), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 401 {"status":"error","error":403,"message":"You've been logged out by the server. Please log in again."}
    7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
    let expired = by_era(|server| {
        server.mock.clock().advance(90 * 24 * 60 * 60 * 1000);
        server.post(LOGIN, r#"{"resume":"user-ready-made-token-of-the-mock-server-00"}"#).shown()
    });
    assert_snapshot!(expired, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 401 {"status":"error","error":403,"message":"Your session has expired. Please log in again."}
    7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
}

#[test]
fn an_expired_token_still_authenticates_calls() {
    let server = documented();
    server.mock.clock().advance(365 * 24 * 60 * 60 * 1000);
    assert_eq!(server.get("/api/v1/me").with("user").send().status, 200);
}

#[test]
fn an_unverified_address_with_verification_on() {
    let unverified = by_era(|server| {
        server.set("Accounts_EmailVerification", true);
        for account in ["user", "admin"] {
            server.mock.spoil_account(account, false, true);
        }
        let admin = server.post(LOGIN, r#"{"user":"admin","password":"admin"}"#).send();
        assert_eq!(admin.status, 200, "an admin needs no verified address");
        server.post(LOGIN, r#"{"user":"user","password":"user"}"#).shown()
    });
    assert_snapshot!(unverified, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"error-invalid-email","message":"Invalid email __email__"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"error-invalid-email","status":"error","message":"Invalid email __email__"}
    "#);
}

#[test]
fn a_user_without_a_password() {
    let told = by_era(|server| {
        server.mock.spoil_account("user", true, false);
        server.post(LOGIN, r#"{"user":"user","password":"user"}"#).shown()
    });
    assert_snapshot!(told, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 401 {"status":"error","error":403,"message":"User has no password set"}
    7.4.0: 401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}
    "#);
}

#[test]
fn a_missing_one_time_code() {
    assert_snapshot!(fails_by_era(r#"{"user":"totp","password":"totp"}"#), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"totp-required","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]},"message":"TOTP Required"}
    0.61.0, 2.4.0: 401 {"status":"error","error":"totp-required","message":"TOTP Required"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"totp-required","status":"error","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]},"message":"TOTP Required"}
    "#);
}

#[test]
fn a_wrong_one_time_code() {
    assert_snapshot!(fails_by_era(r#"{"user":"totp","password":"totp","code":"000000"}"#), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"totp-invalid","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]},"message":"TOTP Invalid"}
    0.61.0, 2.4.0: 401 {"status":"error","error":"totp-invalid","message":"TOTP Invalid"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"totp-invalid","status":"error","details":{"method":"totp","codeGenerated":false,"availableMethods":["totp"]},"message":"TOTP Invalid"}
    "#);
    let wrong_password = fails_by_era(r#"{"user":"totp","password":"x","code":"000000"}"#);
    assert_eq!(wrong_password, fails_by_era(r#"{"user":"totp","password":"x"}"#));
}

#[test]
fn one_time_codes_in_body_and_header() {
    for era in ERAS {
        let server = version(era);
        let body = |code: &str| format!(r#"{{"user":"totp","password":"totp","code":"{code}"}}"#);
        for (ms, status) in
            [(NOW, 200), (NOW - 30_000, 200), (NOW + 30_000, 200), (NOW - 60_000, 401), (NOW + 60_000, 401)]
        {
            let answer = server.post(LOGIN, &body(&code_at(&server, ms))).send();
            assert_eq!(answer.status, status, "{era} {ms}");
        }
        let form = format!("user=totp&password=totp&code={}", code_at(&server, NOW));
        assert_eq!(server.post_form(LOGIN, &form).send().status, 200, "{era}");

        // The header came with 3.1.
        let by_header = server.post(LOGIN, r#"{"user":"totp","password":"totp"}"#).header("x-2fa-method", "totp");
        let status = by_header.header("x-2fa-code", &code_at(&server, NOW)).send().status;
        assert_eq!(status, if era.starts_with('0') || era.starts_with('2') { 401 } else { 200 }, "{era}");
        // The object form passes the header by.
        let object = server.post(LOGIN, r#"{"user":{"username":"totp"},"password":"totp"}"#);
        assert_eq!(object.header("x-2fa-code", &code_at(&server, NOW)).send().status, 401, "{era}");
    }
}

#[test]
fn second_factors_end_with_the_setting_and_with_a_token() {
    let server = documented();
    let resumed = server.post(LOGIN, r#"{"resume":"totp-ready-made-token-of-the-mock-server-00"}"#).send();
    assert_eq!(resumed.status, 200);
    server.set("Accounts_TwoFactorAuthentication_Enabled", false);
    assert_eq!(server.post(LOGIN, r#"{"user":"totp","password":"totp"}"#).send().status, 200);
}

#[test]
fn too_many_failures_block_a_user_for_right_passwords_too() {
    let blocked = by_era(|server| {
        server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 3);
        for _ in 0..3 {
            server.post(LOGIN, r#"{"user":"user","password":"x"}"#).send();
        }
        let right = server.post(LOGIN, r#"{"user":"user","password":"user"}"#).shown();
        assert_eq!(server.post(LOGIN, r#"{"user":"user","password":"x"}"#).shown(), right);
        assert_eq!(
            server.post(LOGIN, r#"{"user":"user@example.org","password":"user"}"#).send().status,
            200,
            "by e-mail"
        );
        right
    });
    assert_snapshot!(blocked, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"error-login-blocked-for-user","details":{"function":"Accounts.validateLoginAttempt"},"message":"Login has been temporarily blocked For User"}
    0.61.0, 2.4.0: 401 {"status":"error","error":"error-login-blocked-for-user","message":"Login has been temporarily blocked For User"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"error-login-blocked-for-user","status":"error","details":{"function":"Accounts.validateLoginAttempt"},"message":"Login has been temporarily blocked For User"}
    "#);
}

#[test]
fn a_block_ends_with_its_time_and_a_success_starts_the_count_afresh() {
    let server = documented();
    server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 3);
    let log_in = |password: &str| {
        let body = format!(r#"{{"user":"user","password":"{password}"}}"#);
        server.post(LOGIN, &body).send().status
    };
    let failures = |count: usize| (0..count).for_each(|_| assert_eq!(log_in("x"), 401));
    failures(2);
    assert_eq!(log_in("user"), 200);
    failures(2);
    assert_eq!(log_in("user"), 200);
    failures(3);
    assert_eq!(log_in("user"), 401);
    server.mock.clock().advance(5 * 60_000);
    assert_eq!(log_in("user"), 401, "the blocked try above counts, too");
    server.mock.clock().advance(5 * 60_000 + 1);
    assert_eq!(log_in("user"), 200);
}

#[test]
fn a_block_may_last_seconds() {
    let settings =
        vec![("Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes".to_owned(), "0.05".to_owned())];
    let server = start(Config { settings, ..Config::default() });
    server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 2);
    let log_in = |password: &str| {
        let body = format!(r#"{{"user":"user","password":"{password}"}}"#);
        server.post(LOGIN, &body).send().status
    };
    assert_eq!([log_in("x"), log_in("x"), log_in("user")], [401; 3]);
    server.mock.clock().advance(3_001);
    assert_eq!(log_in("user"), 200);
    server.set("Block_Multiple_Failed_Logins_Time_To_Unblock_By_Ip_In_Minutes", 8.0 / 60.0);
    server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 2);
    assert_eq!([log_in("x"), log_in("x"), log_in("user")], [401; 3]);
    server.mock.clock().advance(8_001);
    assert_eq!(log_in("user"), 200);
}

#[test]
fn too_many_failures_block_an_address() {
    let blocked = by_era(|server| {
        server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 3);
        let from = |address: &str, body: &str| server.post(LOGIN, body).header("x-real-ip", address).shown();
        for body in ["{}", r#"{"user":"nobody","password":"x"}"#, r#"{"resume":"x"}"#] {
            from("192.0.2.1", body);
        }
        let right = r#"{"user":"user","password":"user"}"#;
        assert!(from("192.0.2.2", right).starts_with("200"));
        from("192.0.2.1", right)
    });
    assert_snapshot!(blocked, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","error":"error-login-blocked-for-ip","details":{"function":"Accounts.validateLoginAttempt"},"message":"Login has been temporarily blocked For IP"}
    0.61.0, 2.4.0: 401 {"status":"error","error":"error-login-blocked-for-ip","message":"Login has been temporarily blocked For IP"}
    7.10.0, 8.7.0: 401 {"success":false,"error":"error-login-blocked-for-ip","status":"error","details":{"function":"Accounts.validateLoginAttempt"},"message":"Login has been temporarily blocked For IP"}
    "#);
}

#[test]
fn blocks_are_lifted_by_whitelist_and_settings() {
    for (setting, value) in [
        ("Block_Multiple_Failed_Logins_Ip_Whitelist", serde_json::json!("127.0.0.1")),
        ("Block_Multiple_Failed_Logins_By_Ip", false.into()),
        ("Block_Multiple_Failed_Logins_Enabled", false.into()),
    ] {
        let server = documented();
        server.set("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 2);
        for _ in 0..3 {
            server.post(LOGIN, "{}").send();
        }
        let right = |server: &Server| server.post(LOGIN, r#"{"user":"user","password":"user"}"#).send().status;
        assert_eq!(right(&server), 401);
        server.set(setting, value);
        assert_eq!(right(&server), 200, "{setting}");
    }
}

#[test]
fn logging_out_ends_one_session_and_no_other() {
    let out = |call: Call<'_>| call.shown();
    assert_snapshot!(by_era(|server| out(server.post("/api/v1/logout", "").with("user"))), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 200 {"status":"success","data":{"message":"You've been logged out!"}}
    7.10.0, 8.7.0: 200
    "#);
    for era in ERAS {
        let server = version(era);
        let data = server.post(LOGIN, r#"{"user":"user","password":"user"}"#).send().json()["data"].clone();
        let token = data["authToken"].as_str().unwrap();
        let id = data["userId"].as_str().unwrap();
        assert_eq!(server.get("/api/v1/logout").with_token(id, token).send().status, 200, "{era}");
        assert_eq!(server.get("/api/v1/logout").with_token(id, token).send().status, 401, "{era}");
        assert_eq!(server.get("/api/v1/me").with("user").send().status, 200, "{era}");
    }
}

#[test]
fn logging_out_needs_a_login() {
    assert_snapshot!(by_era(|server| server.post("/api/v1/logout", "").shown()), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0: 401 {"status":"error","message":"You must be logged in to do this."}
    7.10.0, 8.7.0: 401 {"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}
    "#);
}

#[test]
fn the_unversioned_twins_went_away() {
    for (era, status) in [("2.4.0", 200), ("6.13.0", 200), ("7.4.0", 200), ("7.10.0", 404), ("8.7.0", 404)] {
        let server = version(era);
        assert_eq!(server.post("/api/login", r#"{"user":"user","password":"user"}"#).send().status, status, "{era}");
        assert_eq!(server.get("/api/logout").with("user").send().status, status, "{era}");
    }
}

#[test]
fn credentials_count_only_together() {
    let server = documented();
    let (id, token) = ("usersXXaccount222", "user-ready-made-token-of-the-mock-server-00");
    let refused = server.get("/api/v1/me").shown();
    for call in [
        server.get("/api/v1/me").header("x-user-id", id),
        server.get("/api/v1/me").header("x-auth-token", token),
        server.get("/api/v1/me").with_token(id, ""),
        server.get("/api/v1/me").with_token("adminXXaccount222", token),
        server.get("/api/v1/me").with_token(id, "wrong"),
    ] {
        assert_eq!(call.shown(), refused);
    }
    assert!(refused.starts_with("401"));
}

#[test]
fn the_oldest_of_more_than_fifty_logins_ends_and_no_ready_made_token() {
    let server = documented();
    let log_in = || {
        let data = server.post(LOGIN, r#"{"user":"user","password":"user"}"#).send().json()["data"].clone();
        (data["userId"].as_str().unwrap().to_owned(), data["authToken"].as_str().unwrap().to_owned())
    };
    let status = |(id, token): &(String, String)| server.get("/api/v1/me").with_token(id, token).send().status;
    let first = log_in();
    (0..49).for_each(|_| drop(log_in()));
    assert_eq!(status(&first), 200);
    log_in();
    assert_eq!(status(&first), 401);
    assert_eq!(server.get("/api/v1/me").with("user").send().status, 200);
    server.post("/api/v1/logout", "").with("user").send();
    assert_eq!(server.get("/api/v1/me").with("user").send().status, 401);
}

#[test]
fn logins_are_limited_by_address() {
    let server = start(Config { rate_limit: true, ..Config::default() });
    for left in (0..10).rev() {
        let answer = server.post(LOGIN, r#"{"user":"user","password":"user"}"#).send();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    assert_snapshot!(server.post(LOGIN, r#"{"user":"user","password":"user"}"#).shown(), @r#"429 {"success":false,"error":"Error, too many requests. Please slow down. You must wait 60 seconds before trying this endpoint again. [error-too-many-requests]"}"#);
}

#[test]
fn the_same_seed_gives_the_same_tokens() {
    let token =
        || documented().post(LOGIN, r#"{"user":"user","password":"user"}"#).send().json()["data"]["authToken"].clone();
    assert_eq!(token(), token());
}

#[test]
fn two_releases_lost_forms() {
    let form = |era: &str| version(era).post_form(LOGIN, "user=user&password=user").shown();
    let lost = form("7.6.1");
    assert_snapshot!(lost, @r#"401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}"#);
    assert_eq!(form("7.6.0"), lost);
    assert!(form("7.5.1").starts_with("200") && form("7.6.2").starts_with("200"));
}
