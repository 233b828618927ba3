//! The user endpoints.

use insta::assert_snapshot;
use mock_server::Config;
use serde_json::json;

use crate::client::{Call, Server, documented, start, version};
use crate::eras::by_era;

const KIM: &str = r#"{"email":"kim@example.org","name":"Kim","password":"secret","username":"kim"}"#;

/// The second factor of the account `admin`, where it is asked for.
fn second_factor(call: Call<'_>) -> Call<'_> {
    call.header("x-2fa-code", "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918")
        .header("x-2fa-method", "password")
}

fn as_admin(server: &Server, path: &str, body: &str) -> String {
    server.post(&format!("/api/v1/{path}"), body).with("admin").shown()
}

fn create(server: &Server, body: &str) -> String {
    as_admin(server, "users.create", body)
}

fn update(server: &Server, body: &str) -> String {
    second_factor(server.post("/api/v1/users.update", body)).with("admin").shown()
}

fn logs_in(server: &Server, name: &str, password: &str) -> bool {
    server.post("/api/v1/login", &format!(r#"{{"user":"{name}","password":"{password}"}}"#)).send().status == 200
}

#[test]
fn created_users_log_in() {
    let created = by_era(|server| {
        let answer = create(server, KIM);
        assert!(logs_in(server, "kim", "secret"));
        answer
    });
    assert_snapshot!(created, @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"hyvxNL9dWw2pbgswW","createdAt":"2018-02-24T16:00:00.000Z","username":"kim","emails":[{"address":"kim@example.org","verified":false}],"type":"user","status":"offline","active":true,"roles":["user"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Kim"},"success":true}"#);
}

#[test]
fn created_users_are_as_the_request_says() {
    let body = r#"{"email":"kim@example.org","name":"Kim","password":"secret","username":"kim","active":false,"roles":["user","bot"],
        "verified":true,"requirePasswordChange":true,"customFields":{"a":"1"}}"#;
    assert_snapshot!(create(&documented(), body), @r#"200 {"user":{"_id":"hyvxNL9dWw2pbgswW","createdAt":"2018-02-24T16:00:00.000Z","username":"kim","emails":[{"address":"kim@example.org","verified":true}],"type":"user","status":"offline","active":false,"roles":["user","bot"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"Kim","requirePasswordChange":true,"customFields":{"a":"1"}},"success":true}"#);
}

#[test]
fn creating_needs_a_permission() {
    assert_snapshot!(by_era(|server| server.post("/api/v1/users.create", KIM).with("user").shown()), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Adding user is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Adding_user"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"Adding user is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}
    "#);
    assert_eq!(documented().post("/api/v1/users.create", KIM).send().status, 401);
}

#[test]
fn names_and_addresses_are_given_once() {
    let taken = by_era(|server| {
        create(server, KIM);
        let name = create(server, &KIM.replace("kim@", "lee@"));
        let address = create(server, &KIM.replace("\"kim\"", "\"lee\""));
        format!("{name}\n{address}")
    });
    assert_snapshot!(taken, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"kim is already in use :( [error-field-unavailable]","errorType":"error-field-unavailable","details":{"method":"insertOrUpdateUser","field":"kim"}}
    400 {"success":false,"error":"kim@example.org is already in use :( [error-field-unavailable]","errorType":"error-field-unavailable","details":{"method":"insertOrUpdateUser","field":"kim@example.org"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"kim is already in use :( [error-field-unavailable]","errorType":"error-field-unavailable"}
    400 {"success":false,"error":"kim@example.org is already in use :( [error-field-unavailable]","errorType":"error-field-unavailable"}
    "#);
}

#[test]
fn new_users_must_be_valid() {
    let server = documented();
    let with = |from: &str, to: &str| create(&server, &KIM.replace(from, to));
    assert_snapshot!(with("\"kim\"", "\"k<m\""), @r#"400 {"success":false,"error":"k&lt;m is not a valid username [error-input-is-not-a-valid-field]","errorType":"error-input-is-not-a-valid-field","details":{"method":"insertOrUpdateUser","input":"k<m","field":"Username"}}"#);
    assert_snapshot!(with("kim@example.org", "kim"), @r#"400 {"success":false,"error":"Invalid email kim [error-invalid-email]","errorType":"error-invalid-email","details":{"function":"RocketChat.validateEmailDomain","email":"kim"}}"#);
    assert_snapshot!(with("\"kim\"", "\"administrator\""), @r#"400 {"success":false,"error":"administrator is blocked and can't be used! [error-blocked-username]","errorType":"error-blocked-username","details":{"method":"insertOrUpdateUser","field":"administrator"}}"#);
    assert_snapshot!(with("\"secret\"", "\"\""), @r#"400 {"success":false,"error":"The field Password is required [error-the-field-is-required]","errorType":"error-the-field-is-required","details":{"method":"insertOrUpdateUser","field":"Password"}}"#);
    assert_snapshot!(with("}", r#","roles":["nothing"]}"#), @r#"400 {"success":false,"error":"The field Roles consist invalid role id [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Assign_role"}}"#);
    assert_snapshot!(with("}", &format!(r#","bio":"{}"}}"#, "x".repeat(261))), @r#"400 {"success":false,"error":"bio [error-invalid-field]","errorType":"error-invalid-field","details":{"method":"saveUserProfile"}}"#);
}

#[test]
fn names_hold_no_markup_from_6_13_on() {
    let body = r#"{"username":"kim","email":"kim@example.org","password":"secret","name":"Kim / Lee"}"#;
    let created =
        |version_: &str, caller: &str| version(version_).post("/api/v1/users.create", body).with(caller).shown();
    assert!(created("6.12.0", "admin").starts_with("200"));
    for era in ["6.13.0", "7.10.0", "8.7.0"] {
        for caller in ["admin", "user"] {
            assert_eq!(created(era, caller), r#"400 {"success":false,"error":"Name contains invalid characters"}"#);
        }
    }
    let renamed = r#"{"userId":"usersXXaccount222","data":{"name":"a%3Cb"}}"#;
    assert_snapshot!(update(&version("8.7.0"), renamed), @r#"400 {"success":false,"error":"Name contains invalid characters"}"#);
    assert!(update(&version("6.12.0"), renamed).starts_with("200"));
}

#[test]
fn bodies_of_new_users_are_checked() {
    let missing = |server: &Server| create(server, r#"{"email":"kim@example.org","name":"Kim","password":"secret"}"#);
    assert_snapshot!(by_era(missing), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must have required property 'username' [invalid-params]","errorType":"invalid-params"}
    0.61.0, 2.4.0, 3.18.0: 400 {"success":false,"error":"Match error: Missing key 'username'"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'username'"}
    "#);
    assert_snapshot!(by_era(|server| create(server, &KIM.replace('}', r#","more":1}"#))), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must NOT have additional properties [invalid-params]","errorType":"invalid-params"}
    0.61.0, 2.4.0, 3.18.0: 400 {"success":false,"error":"Match error: Unknown key in field more"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must NOT have additional properties"}
    "#);
    assert_snapshot!(by_era(|server| create(server, &KIM.replace('}', r#","active":"perhaps"}"#))), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must be boolean [invalid-params]","errorType":"invalid-params"}
    0.61.0, 2.4.0, 3.18.0: 400 {"success":false,"error":"Match error: Expected boolean, got string in field active"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must be boolean"}
    "#);
}

#[test]
fn an_empty_workspace_makes_its_first_user_admin() {
    let empty = start(Config { identities: false, ..Config::default() });
    let register = |name: &str| {
        let body = format!(r#"{{"username":"{name}","email":"{name}@example.org","pass":"secret","name":"{name}"}}"#);
        empty.post("/api/v1/users.register", &body).send()
    };
    assert_eq!(register("first").status, 200);
    assert_eq!(register("second").status, 200);
    let roles: Vec<_> =
        empty.mock.state()["users"].as_array().unwrap().iter().map(|user| user["roles"].clone()).collect();
    assert_eq!(roles, [json!(["user", "admin"]), json!(["user"])]);
}

#[test]
fn registered_users_log_in_and_show_little() {
    let registered = by_era(|server| {
        let body = r#"{"username":"kim","email":" Kim@Example.org ","pass":"secret","name":" Kim "}"#;
        let answer = server.post("/api/v1/users.register", body).shown();
        assert!(logs_in(server, "kim@example.org", "secret"));
        answer
    });
    assert_snapshot!(registered, @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"hyvxNL9dWw2pbgswW","username":"kim","type":"user","status":"offline","active":true,"name":"Kim"},"success":true}"#);
}

#[test]
fn registering_is_refused_with_reasons() {
    let register = |server: &Server, body: &str| server.post("/api/v1/users.register", body).shown();
    let body = r#"{"username":"kim","email":"kim@example.org","pass":"secret","name":"Kim"}"#;
    let with = |from: &'static str, to: &'static str| by_era(move |server| register(server, &body.replace(from, to)));
    assert_snapshot!(with("\"kim\"", "\"stats\""), @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Username is already in use"}"#);
    assert_snapshot!(with("kim@example.org", "stats@example.org"), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 400 {"success":false,"error":"Email already exists. [403]","errorType":403}
    7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Email already exists"}
    "#);
    assert_snapshot!(with("kim@example.org", "nowhere"), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Invalid email nowhere [error-invalid-email]","errorType":"error-invalid-email","details":{"function":"RocketChat.validateEmailDomain","email":"nowhere"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"Invalid email nowhere [error-invalid-email]","errorType":"error-invalid-email"}
    "#);
    assert_snapshot!(with("\"kim\"", "\"k m\""), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0: 400 {"success":false,"error":"k m is not a valid username, use only letters, numbers, dots, hyphens and underscores [username-invalid]","errorType":"username-invalid"}
    7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"The username provided is not valid"}
    "#);
    assert_snapshot!(with(r#""name":"Kim""#, r#""name":"<b>Kim</b>","username":"k m""#), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Name contains invalid characters"}
    0.61.0, 2.4.0, 3.18.0: 400 {"success":false,"error":"k m is not a valid username, use only letters, numbers, dots, hyphens and underscores [username-invalid]","errorType":"username-invalid"}
    "#);
    assert_snapshot!(with(r#""pass":"secret","#, ""), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must have required property 'pass' [invalid-params]","errorType":"invalid-params"}
    0.61.0, 2.4.0, 3.18.0: 400 {"success":false,"error":"Match error: Missing key 'pass'"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'pass'"}
    "#);
    let disabled = by_era(|server| {
        server.set("Accounts_RegistrationForm", "Disabled");
        register(server, body)
    });
    assert_snapshot!(disabled, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"User registration is disabled [error-user-registration-disabled]","errorType":"error-user-registration-disabled","details":{"method":"registerUser"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"User registration is disabled [error-user-registration-disabled]","errorType":"error-user-registration-disabled"}
    "#);
    let secret = by_era(|server| {
        server.set("Accounts_RegistrationForm", "Secret URL");
        register(server, body)
    });
    assert_snapshot!(secret, @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"User registration is only allowed via Secret URL [error-user-registration-secret]","errorType":"error-user-registration-secret","details":{"method":"registerUser"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"User registration is only allowed via Secret URL [error-user-registration-secret]","errorType":"error-user-registration-secret"}
    "#);
}

#[test]
fn registered_users_may_wait_for_approval() {
    let server = documented();
    server.set("Accounts_ManuallyApproveNewUsers", true);
    let body = r#"{"username":"kim","email":"kim@example.org","pass":"secret","name":"Kim","reason":"because"}"#;
    assert_snapshot!(server.post("/api/v1/users.register", body).shown(), @r#"200 {"user":{"_id":"hyvxNL9dWw2pbgswW","username":"kim","type":"user","status":"offline","active":false,"name":"Kim","reason":"because"},"success":true}"#);
    assert!(!logs_in(&server, "kim", "secret"));
}

#[test]
fn one_user_by_id_or_name() {
    let info = |query: &'static str, caller: &'static str| {
        by_era(move |server| server.get(&format!("/api/v1/users.info?{query}")).with(caller).shown())
    };
    let by_name = info("username=stats", "admin");
    assert_snapshot!(by_name, @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","statistics-viewer"],"name":"Statistics Viewer","canViewAllInfo":true},"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"user":{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","statistics-viewer"],"name":"Statistics Viewer"},"success":true}
    "#);
    assert_eq!(by_name, info("userId=statsXXaccount222", "admin"));
    assert_snapshot!(info("username=stats", "user"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"statsXXaccount222","username":"stats","type":"user","status":"offline","active":true,"name":"Statistics Viewer","canViewAllInfo":false},"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"user":{"_id":"statsXXaccount222","username":"stats","type":"user","status":"offline","active":true,"name":"Statistics Viewer"},"success":true}
    "#);
    assert_snapshot!(info("username=user", "user"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"usersXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"user","emails":[{"address":"user@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user"],"name":"Plain User","canViewAllInfo":true},"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"user":{"_id":"usersXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"user","emails":[{"address":"user@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user"],"name":"Plain User"},"success":true}
    "#);
    assert_snapshot!(info("username=nobody", "admin"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"User not found."}
    0.61.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param provided does not match any users [error-invalid-user]","errorType":"error-invalid-user"}
    2.4.0, 3.18.0: 400 {"success":false,"error":"Failed to get the user data for the userId of \"adminXXaccount222\"."}
    "#);
    assert_snapshot!(info("", "admin"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must have required property 'userId'\n must have required property 'username'\n must have required property 'importId'\n must match a schema in anyOf [invalid-params]","errorType":"invalid-params"}
    0.61.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param was not provided [error-user-param-not-provided]","errorType":"error-user-param-not-provided"}
    2.4.0, 3.18.0: 400 {"success":false,"error":"Failed to get the user data for the userId of \"adminXXaccount222\"."}
    8.7.0: 400 {"success":false,"errorType":"error-invalid-params","error":"must have required property 'userId'\n must have required property 'username'\n must have required property 'importId'\n must have required property 'email'\n must have required property 'freeSwitchExtension'\n must match a schema in anyOf"}
    "#);
    assert_snapshot!(info("username=stats&more=1", "admin"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must have required property 'userId'\n must NOT have additional properties\n must have required property 'importId'\n must match a schema in anyOf [invalid-params]","errorType":"invalid-params"}
    0.61.0, 2.4.0, 3.18.0: 200 {"user":{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","statistics-viewer"],"name":"Statistics Viewer"},"success":true}
    8.7.0: 400 {"success":false,"errorType":"error-invalid-params","error":"must have required property 'userId'\n must NOT have additional properties\n must have required property 'importId'\n must have required property 'email'\n must have required property 'freeSwitchExtension'\n must match a schema in anyOf"}
    "#);
}

#[test]
fn a_users_rooms_are_shown_where_they_may_be() {
    let rooms = |era: &str, query: &str, caller: &str| {
        let answer = version(era).get(&format!("/api/v1/users.info?{query}")).with(caller).send();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["user"].get("rooms").cloned()
    };
    let none = Some(serde_json::json!([]));
    for (era, wish) in [
        ("6.13.0", "fields={%22userRooms%22:1}"),
        ("7.10.0", "includeUserRooms=true"),
        ("8.7.0", "includeUserRooms=true"),
    ] {
        assert_eq!(rooms(era, &format!("username=user&{wish}"), "user"), none);
        assert_eq!(rooms(era, &format!("username=user&{wish}"), "admin"), none);
        assert_eq!(rooms(era, &format!("username=stats&{wish}"), "user"), None);
        assert_eq!(rooms(era, "username=user", "user"), None);
    }
    assert_eq!(rooms("8.7.0", "username=user&includeUserRooms=1", "user"), None);
    assert_eq!(version("6.13.0").get("/api/v1/users.info?username=user&fields={bad").with("user").send().status, 400);
}

#[test]
fn users_are_listed_by_name() {
    let list = |caller: &'static str| {
        by_era(move |server| server.get("/api/v1/users.list?count=2&offset=1").with(caller).shown())
    };
    assert_snapshot!(list("admin"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"users":[{"_id":"retredXXaccount22","username":"deactivated","emails":[{"address":"deactivated@example.org","verified":true}],"type":"user","status":"offline","active":false,"roles":["user"],"name":"Deactivated User","nameInsensitive":"deactivated user"},{"_id":"statsXXaccount222","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","statistics-viewer"],"name":"Statistics Viewer","nameInsensitive":"statistics viewer"}],"count":2,"offset":1,"total":5,"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"users":[{"_id":"retredXXaccount22","createdAt":"2018-02-23T16:00:00.000Z","username":"deactivated","emails":[{"address":"deactivated@example.org","verified":true}],"type":"user","status":"offline","active":false,"roles":["user"],"_updatedAt":"2018-02-23T16:00:00.000Z","name":"Deactivated User"},{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","statistics-viewer"],"_updatedAt":"2018-02-23T16:00:00.000Z","name":"Statistics Viewer"}],"count":2,"offset":1,"total":5,"success":true}
    "#);
    assert_snapshot!(list("user"), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"users":[{"_id":"retredXXaccount22","username":"deactivated","type":"user","status":"offline","active":false,"name":"Deactivated User","nameInsensitive":"deactivated user"},{"_id":"statsXXaccount222","username":"stats","type":"user","status":"offline","active":true,"name":"Statistics Viewer","nameInsensitive":"statistics viewer"}],"count":2,"offset":1,"total":5,"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"users":[{"_id":"retredXXaccount22","username":"deactivated","type":"user","status":"offline","active":false,"name":"Deactivated User"},{"_id":"statsXXaccount222","username":"stats","type":"user","status":"offline","active":true,"name":"Statistics Viewer"}],"count":2,"offset":1,"total":5,"success":true}
    "#);
}

#[test]
fn lists_are_sorted_filtered_and_projected() {
    let server = documented();
    let names = |query: &str| {
        let answer = server.get(&format!("/api/v1/users.list?{query}")).with("admin").send();
        let users = answer.json()["users"].as_array().cloned().unwrap_or_default();
        let names: Vec<_> = users.iter().map(|user| user["username"].as_str().unwrap_or("-").to_owned()).collect();
        format!("{} {}", names.join(" "), answer.json()["total"])
    };
    assert_eq!(names(""), "admin deactivated stats totp user 5");
    assert_eq!(names("sort=%7B%22username%22:-1%7D&count=2"), "user totp 5");
    assert_eq!(names("sort=%7B%22name%22:1%7D"), "admin deactivated user stats totp 5");
    assert_eq!(names("query=%7B%22active%22:false%7D"), "deactivated 1");
    assert_eq!(names("query=%7B%22username%22:%7B%22$regex%22:%22^t%22%7D%7D"), "totp 1");
    assert_eq!(names("count=0"), "admin deactivated stats totp user 5");
    let answer = |query: &str| server.get(&format!("/api/v1/users.list?{query}")).with("admin").shown();
    assert_snapshot!(answer("fields=%7B%22username%22:1%7D&count=1"), @r#"200 {"users":[{"_id":"adminXXaccount222","username":"admin","emails":[{"address":"admin@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["admin"],"name":"Administrator","nameInsensitive":"administrator"}],"count":1,"offset":0,"total":5,"success":true}"#);
    assert_snapshot!(answer("query=%7B%22bio%22:%22x%22%7D"), @r#"400 {"success":false,"error":"Invalid attribute: bio [error-invalid-query]","errorType":"error-invalid-query"}"#);
    assert_snapshot!(answer("query=%7B%22status%22:%7B%22$ne%22:%22x%22%7D%7D"), @r#"400 {"success":false,"error":"Invalid attribute: status.$ne [error-invalid-query]","errorType":"error-invalid-query"}"#);
    assert_snapshot!(answer("count=-1"), @r#"400 {"success":false,"error":"invalid argument to $limit stage: Expected a non-negative number in: $limit: -1"}"#);
    assert_snapshot!(answer("sort=%7Bbad"), @r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{bad\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#);
}

#[test]
fn old_lists_take_negative_counts_and_any_query() {
    let server = version("2.4.0");
    let answer = |query: &str| server.get(&format!("/api/v1/users.list?{query}")).with("user").shown();
    assert_snapshot!(answer("count=-1"), @r#"200 {"users":[{"_id":"adminXXaccount222","username":"admin","type":"user","status":"offline","active":true,"name":"Administrator"}],"count":1,"offset":0,"total":5,"success":true}"#);
    // What is hidden is not asked for either.
    assert_snapshot!(answer("count=1&query=%7B%22emails.address%22:%22nowhere%22%7D&fields=%7B%22emails%22:1%7D"), @r#"200 {"users":[{"_id":"adminXXaccount222","username":"admin","type":"user","status":"offline","active":true,"name":"Administrator"}],"count":1,"offset":0,"total":5,"success":true}"#);
    assert_snapshot!(answer("count=1&fields=%7B%22name%22:1%7D"), @r#"200 {"users":[{"_id":"adminXXaccount222","name":"Administrator"}],"count":1,"offset":0,"total":5,"success":true}"#);
}

#[test]
fn newer_lists_pass_query_and_fields_by() {
    let server = version("8.7.0");
    let all = server.get("/api/v1/users.list").with("admin").shown();
    assert_eq!(all, server.get("/api/v1/users.list?query=%7B%22active%22:false%7D&fields=x").with("admin").shown());
}

#[test]
fn listing_needs_a_permission() {
    let refused = by_era(|server| {
        server.mock.set_permission("view-d-room", &[]);
        server.get("/api/v1/users.list").with("admin").shown()
    });
    assert_snapshot!(refused, @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 403 {"success":false,"error":"unauthorized"}
    8.7.0: 403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}
    "#);
}

#[test]
fn users_are_updated() {
    let updated = by_era(|server| {
        let body = r#"{"userId":"usersXXaccount222","data":{"name":"New","username":"new","email":"new@example.org",
            "password":"changed","roles":["user","bot"],"verified":true,"bio":"b"}}"#;
        let answer = update(server, body);
        assert!(logs_in(server, "new@example.org", "changed"));
        assert!(!logs_in(server, "user", "user"));
        answer
    });
    assert_snapshot!(updated, @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"usersXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"new","emails":[{"address":"new@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user","bot"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"New","bio":"b"},"success":true}"#);
}

#[test]
fn updating_needs_a_second_factor_from_3_1_on() {
    let body = r#"{"userId":"usersXXaccount222","data":{"name":"New"}}"#;
    assert_snapshot!(by_era(|server| server.post("/api/v1/users.update", body).with("admin").shown()), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required","details":{"method":"password","codeGenerated":false,"availableMethods":[]}}
    0.61.0, 2.4.0: 200 {"user":{"_id":"usersXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"user","emails":[{"address":"user@example.org","verified":true}],"type":"user","status":"offline","active":true,"roles":["user"],"_updatedAt":"2018-02-24T16:00:00.000Z","name":"New"},"success":true}
    "#);
}

#[test]
fn updates_are_refused_with_reasons() {
    let server = documented();
    server.set("Accounts_TwoFactorAuthentication_Enabled", false);
    let change =
        |data: &str| as_admin(&server, "users.update", &format!(r#"{{"userId":"usersXXaccount222","data":{data}}}"#));
    assert_snapshot!(change(r#"{"username":"stats"}"#), @r#"400 {"success":false,"error":"Could not save user identity [error-could-not-save-identity]","errorType":"error-could-not-save-identity","details":{"method":"saveUser"}}"#);
    assert_snapshot!(change(r#"{"email":"stats@example.org"}"#), @r#"400 {"success":false,"error":"stats@example.org is already in use :( [error-field-unavailable]","errorType":"error-field-unavailable","details":{"function":"RocketChat._setEmail","field":"stats@example.org"}}"#);
    assert_snapshot!(change(r#"{"email":"nowhere"}"#), @r#"400 {"success":false,"error":"Invalid email nowhere [error-invalid-email]","errorType":"error-invalid-email","details":{"function":"RocketChat.validateEmailDomain","email":"nowhere"}}"#);
    assert_snapshot!(change(r#"{"roles":["nothing"]}"#), @r#"400 {"success":false,"error":"The field Roles consist invalid role id [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Assign_role"}}"#);
    assert_snapshot!(change(r#"{"more":1}"#), @r#"400 {"success":false,"error":"must NOT have additional properties [invalid-params]","errorType":"invalid-params"}"#);
    assert_snapshot!(as_admin(&server, "users.update", r#"{"userId":"nobody","data":{}}"#), @r#"400 {"success":false,"error":"User not found [error-user-not-found]","errorType":"error-user-not-found"}"#);
    assert_snapshot!(as_admin(&server, "users.update", r#"{"userId":"nobody"}"#), @r#"400 {"success":false,"error":"must have required property 'data' [invalid-params]","errorType":"invalid-params"}"#);
    let as_user = |body: &str| server.post("/api/v1/users.update", body).with("user").shown();
    assert_snapshot!(as_user(r#"{"userId":"statsXXaccount222","data":{"name":"x"}}"#), @r#"400 {"success":false,"error":"Editing user is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Editing_user"}}"#);
    assert_snapshot!(as_user(r#"{"userId":"usersXXaccount222","data":{"roles":["user","admin"]}}"#), @r#"400 {"success":false,"error":"Assigning admin is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Assign_admin"}}"#);
    assert_snapshot!(as_user(r#"{"userId":"usersXXaccount222","data":{"roles":["user","bot"]}}"#), @r#"400 {"success":false,"error":"Assign roles is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"insertOrUpdateUser","action":"Assign_role"}}"#);
    assert_snapshot!(as_user(r#"{"userId":"usersXXaccount222","data":{"active":false}}"#), @r#"400 {"success":false,"error":"Not allowed [error-not-allowed]","errorType":"error-not-allowed","details":{"method":"setUserActiveStatus"}}"#);
}

#[test]
fn roles_take_effect_at_once() {
    let server = version("6.13.0");
    let statistics = || server.get("/api/v1/statistics").with("user").send().status;
    assert_eq!(statistics(), 400);
    update(&server, r#"{"userId":"usersXXaccount222","data":{"roles":["user","statistics-viewer"]}}"#);
    assert_eq!(statistics(), 200);
}

#[test]
fn deactivation_ends_all_sessions() {
    let body = r#"{"userId":"usersXXaccount222","activeStatus":false}"#;
    let eras = by_era(|server| {
        let answer = as_admin(server, "users.setActiveStatus", body);
        let sessions = server.get("/api/v1/me").with("user").send().status;
        format!("{answer} then {sessions}")
    });
    assert_snapshot!(eras, @r#"
    documented, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"user":{"_id":"usersXXaccount222","active":false},"success":true} then 401
    0.61.0: 200 (the web application) then 200
    "#);
    let server = documented();
    as_admin(&server, "users.setActiveStatus", body);
    assert!(!logs_in(&server, "user", "user"));
    as_admin(&server, "users.setActiveStatus", &body.replace("false", "true"));
    assert!(logs_in(&server, "user", "user"));
    assert_eq!(server.get("/api/v1/me").with("user").send().status, 401);
}

#[test]
fn activation_is_refused_with_reasons() {
    let body = r#"{"userId":"statsXXaccount222","activeStatus":false}"#;
    assert_snapshot!(by_era(|server| server.post("/api/v1/users.setActiveStatus", body).with("user").shown()), @r#"
    documented, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 403 {"success":false,"error":"unauthorized"}
    0.61.0: 200 (the web application)
    8.7.0: 403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}
    "#);
    let last = r#"{"userId":"adminXXaccount222","activeStatus":false}"#;
    assert_snapshot!(by_era(|server| as_admin(server, "users.setActiveStatus", last)), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Leaving the app without an active admin is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"removeUserFromRole","action":"Remove_last_admin"}}
    0.61.0: 200 (the web application)
    2.4.0: 400 {"success":false,"error":"Leaving the app without an active admin is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}
    "#);
    let unknown = r#"{"userId":"nobody","activeStatus":false}"#;
    assert_snapshot!(by_era(|server| as_admin(server, "users.setActiveStatus", unknown)), @r#"
    documented, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 200 {"success":true}
    0.61.0: 200 (the web application)
    8.7.0: 400 {"success":false,"error":"User not found"}
    "#);
    assert_snapshot!(by_era(|server| as_admin(server, "users.setActiveStatus", r#"{"userId":"nobody"}"#)), @r#"
    documented, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"must have required property 'activeStatus' [invalid-params]","errorType":"invalid-params"}
    0.61.0: 200 (the web application)
    2.4.0, 3.18.0: 400 {"success":false,"error":"Match error: Missing key 'activeStatus'"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'activeStatus'"}
    "#);
}

#[test]
fn deleted_users_are_gone_with_their_tokens() {
    let eras = by_era(|server| {
        let answer = as_admin(server, "users.delete", r#"{"userId":"usersXXaccount222"}"#);
        assert_eq!(server.get("/api/v1/me").with("user").send().status, 401);
        assert!(!logs_in(server, "user", "user"));
        answer
    });
    assert_snapshot!(eras, @r#"
    documented, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 200 {"deletedRooms":[],"success":true}
    0.61.0, 2.4.0, 3.18.0: 200 {"success":true}
    "#);
}

#[test]
fn deleting_is_refused_with_reasons() {
    let delete = |caller: &'static str, body: &'static str| {
        by_era(move |server| server.post("/api/v1/users.delete", body).with(caller).shown())
    };
    assert_snapshot!(delete("user", r#"{"userId":"statsXXaccount222"}"#), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 403 {"success":false,"error":"unauthorized"}
    8.7.0: 403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}
    "#);
    assert_snapshot!(delete("admin", r#"{"username":"nobody"}"#), @r#"documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param provided does not match any users [error-invalid-user]","errorType":"error-invalid-user"}"#);
    assert_snapshot!(delete("admin", "{}"), @r#"
    documented, 0.61.0, 2.4.0, 3.18.0, 6.13.0, 7.4.0, 7.10.0: 400 {"success":false,"error":"The required \"userId\" or \"username\" param was not provided [error-user-param-not-provided]","errorType":"error-user-param-not-provided"}
    8.7.0: 400 {"success":false,"errorType":"invalid-params","error":"must have required property 'userId'\n must have required property 'username'\n must have required property 'user'\n must match a schema in anyOf"}
    "#);
    assert_snapshot!(delete("admin", r#"{"username":"admin"}"#), @r#"
    documented, 3.18.0, 6.13.0, 7.4.0, 7.10.0, 8.7.0: 400 {"success":false,"error":"Leaving the app without admins is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"deleteUser","action":"Remove_last_admin"}}
    0.61.0, 2.4.0: 400 {"success":false,"error":"Leaving the app without admins is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}
    "#);
}

#[test]
fn newer_versions_find_users_by_address() {
    let server = version("8.7.0");
    let info = |caller: &str| server.get("/api/v1/users.info?email=stats%40example.org").with(caller).send();
    assert_eq!(info("admin").json()["user"]["username"], "stats");
    assert_eq!(info("user").shown(), r#"400 {"success":false,"error":"User not found."}"#);
}
