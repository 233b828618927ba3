//! `login`, `logout` and `me`.
use insta::assert_snapshot;

use crate::client::documented;

#[test]
fn login_answers_a_token_and_who_it_is() {
    let server = documented();
    assert_snapshot!(server.post("/api/v1/login", r#"{"user":"admin","password":"admin"}"#).shown(), @r#"200 {"status":"success","data":{"userId":"adminXXaccount222","authToken":"ng2ZrFwZbn7pT7oBMfeTQbaDve-fYDmS6CMV3lJ9yAo","me":{"_id":"adminXXaccount222","username":"admin","emails":[{"address":"admin@example.org","verified":true}],"status":"offline","active":true,"roles":["admin"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Administrator","email":"admin@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/admin","isOAuthUser":false,"services":{"password":{"exists":true}}}}}"#);
    assert_snapshot!(server.get("/api/v1/me").with("admin").shown(), @r#"200 {"_id":"adminXXaccount222","username":"admin","emails":[{"address":"admin@example.org","verified":true}],"status":"offline","active":true,"roles":["admin"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Administrator","email":"admin@example.org","settings":{"profile":{},"preferences":{}},"avatarUrl":"http://chat.example/avatar/admin","isOAuthUser":false,"services":{"password":{"exists":true}},"success":true}"#);
}
