//! Permissions: listed, changed, and in force from the next request on.

use insta::assert_snapshot;
use mock_server::Config;
use serde_json::json;

use crate::client::{Server, documented, start, version};

const LIST_ALL: &str = "/api/v1/permissions.listAll";
const UPDATE: &str = "/api/v1/permissions.update";

/// Gives `permission` to `roles` as admin and wants that to work.
fn grant(server: &Server, permission: &str, roles: &str) {
    let body = format!(r#"{{"permissions":[{{"_id":"{permission}","roles":{roles}}}]}}"#);
    let answer = server.post(UPDATE, &body).with("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// The names of the keys of the first element of `list`, and how many elements it has.
fn shape(list: &serde_json::Value) -> (Vec<String>, usize) {
    let list = list.as_array().unwrap();
    (list.first().unwrap().as_object().unwrap().keys().cloned().collect(), list.len())
}

#[test]
fn lists_all_permissions_or_those_changed_since() {
    let server = documented();
    assert_snapshot!(server.get(LIST_ALL).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    let all = server.get(LIST_ALL).with("user").send();
    assert_eq!(all.status, 200);
    assert_eq!(all.header("content-type"), Some("application/json"));
    let (keys, count) = shape(&all.json()["update"]);
    assert_eq!(
        (keys, all.json()["remove"].as_array().unwrap().len()),
        (vec!["_id".into(), "roles".into(), "_updatedAt".into()], 0)
    );
    assert_eq!(count, server.mock.state()["permissions"].as_object().unwrap().len());
    assert_eq!(all.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["update", "remove", "success"]);

    server.mock.clock().advance(1000);
    grant(&server, "view-statistics", r#"["admin","user"]"#);
    assert_snapshot!(server.get("/api/v1/permissions.listAll?updatedSince=2018-02-24T16:00:00.000Z").with("user").shown(), @r#"200 {"update":[{"_id":"view-statistics","roles":["admin","user"],"_updatedAt":"2018-02-24T16:00:01.000Z"}],"remove":[],"success":true}"#);
    assert_snapshot!(server.get("/api/v1/permissions.listAll?updatedSince=2018-02-24T16:00:01.000Z").with("user").shown(), @r#"200 {"update":[],"remove":[],"success":true}"#);
    let old = server.get("/api/v1/permissions.listAll?updatedSince=2017-11-27T13:52:01Z").with("user").send();
    assert_eq!(shape(&old.json()["update"]).1, count);
    let empty = server.get("/api/v1/permissions.listAll?updatedSince=").with("user").send();
    assert_eq!(shape(&empty.json()["update"]).1, count);
}

#[test]
fn refuses_a_date_that_is_none() {
    let bad = "/api/v1/permissions.listAll?updatedSince=fsafdf";
    assert_snapshot!(documented().get(bad).with("user").shown(), @r#"400 {"success":false,"error":"The \"updatedSince\" query parameter must be a valid date. [error-roomId-param-invalid]","errorType":"error-roomId-param-invalid"}"#);
    assert_snapshot!(version("2.4.0").get(bad).with("user").shown(), @r#"400 {"success":false,"error":"The \"updatedSince\" query parameter must be a valid date. [error-roomId-param-invalid]","errorType":"error-roomId-param-invalid"}"#);
    assert_snapshot!(version("8.6.1").get(bad).with("user").shown(), @r#"400 {"success":false,"error":"The \"updatedSince\" query parameter must be a valid date. [error-roomId-param-invalid]","errorType":"error-roomId-param-invalid"}"#);
    let unknown = "/api/v1/permissions.listAll?offset=1";
    assert_eq!(version("7.10.0").get(unknown).with("user").send().status, 200);
    assert_snapshot!(version("8.6.1").get(unknown).with("user").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#);
}

#[test]
fn old_servers_have_two_other_lists() {
    let server = version("0.73.0");
    assert!(server.get("/api/v1/permissions").with("user").shown().starts_with(r#"200 [{"_id":"#));
    assert!(server.get("/api/v1/permissions.list").with("user").shown().starts_with(r#"200 {"permissions":[{"_id":"#));
    assert!(server.get("/api/v1/permissions.list").with("user").shown().ends_with(r#"],"success":true}"#));
    assert_eq!(version("8.6.1").get("/api/v1/permissions.list").with("user").send().status, 404);
}

#[test]
fn an_update_answers_all_permissions() {
    for server in
        [documented(), version("2.4.0"), version("3.18.0"), version("6.13.0"), version("7.4.0"), version("8.6.1")]
    {
        let count = server.mock.state()["permissions"].as_object().unwrap().len();
        let body = r#"{"permissions":[{"_id":"add-oauth-service","roles":["admin","user"]},{"_id":"view-statistics","roles":[]}]}"#;
        let answer = server.post(UPDATE, body).with("admin").send();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let json = answer.json();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["permissions", "success"]);
        assert_eq!(shape(&json["permissions"]), (vec!["_id".into(), "roles".into(), "_updatedAt".into()], count));
        let changed =
            json["permissions"].as_array().unwrap().iter().find(|one| one["_id"] == "add-oauth-service").unwrap();
        let expected =
            r#"{"_id":"add-oauth-service","roles":["admin","user"],"_updatedAt":"2018-02-24T16:00:00.000Z"}"#;
        assert_eq!(changed.to_string(), expected);
    }
}

#[test]
fn an_update_takes_permission() {
    let body = r#"{"permissions":[{"_id":"add-oauth-service","roles":["user"]}]}"#;
    let refused = |server: Server| server.post(UPDATE, body).with("user").shown();
    assert_snapshot!(documented().post(UPDATE, body).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    assert_snapshot!(refused(documented()), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(refused(version("2.4.0")), @r#"400 {"success":false,"error":"Editing permissions is not allowed","errorType":"error-edit-permissions-not-allowed"}"#);
    assert_snapshot!(refused(version("6.13.0")), @r#"400 {"success":false,"error":"Editing permissions is not allowed","errorType":"error-edit-permissions-not-allowed"}"#);
    assert_snapshot!(refused(version("7.10.0")), @r#"400 {"success":false,"error":"Editing permissions is not allowed","errorType":"error-edit-permissions-not-allowed"}"#);
    assert_snapshot!(refused(version("8.6.1")), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
}

#[test]
fn an_update_names_what_it_does_not_know() {
    for server in [documented(), version("2.4.0"), version("6.13.0"), version("8.6.1")] {
        let said = |body: &str| server.post(UPDATE, body).with("admin").shown();
        let permission = said(r#"{"permissions":[{"_id":"this-permission-does-not-exist","roles":["nobody"]}]}"#);
        assert_eq!(
            permission,
            r#"400 {"success":false,"error":"Invalid permission","errorType":"error-invalid-permission"}"#
        );
        let role = said(r#"{"permissions":[{"_id":"add-oauth-service","roles":["this-role-does-not-exist"]}]}"#);
        assert_eq!(role, r#"400 {"success":false,"error":"Invalid role","errorType":"error-invalid-role"}"#);
    }
    let twice =
        r#"{"permissions":[{"_id":"add-oauth-service","roles":[]},{"_id":"add-oauth-service","roles":["user"]}]}"#;
    assert_eq!(version("2.4.0").post(UPDATE, twice).with("admin").send().status, 200);
    assert_snapshot!(version("8.6.1").post(UPDATE, twice).with("admin").shown(), @r#"400 {"success":false,"error":"Invalid permission","errorType":"error-invalid-permission"}"#);
}

#[test]
fn an_update_says_what_is_wrong_with_the_body() {
    let bodies = [
        r"{}",
        r#"{"permissions":""}"#,
        r#"{"permissions":[{"_id":"add-oauth-service"}]}"#,
        r#"{"permissions":[{"_id":"add-oauth-service","roles":["user","user"]}]}"#,
        r#"{"permissions":[],"more":1}"#,
    ];
    let all = |server: Server| {
        bodies
            .map(|body| server.post(UPDATE, body).with("admin").shown().chars().take(120).collect::<String>())
            .join("\n")
    };
    assert_snapshot!(all(documented()), @r#"
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
"#);
    assert_snapshot!(all(version("2.4.0")), @r#"
400 {"success":false,"error":"Match error: Missing key 'permissions'"}
400 {"success":false,"error":"Match error: Expected array, got \"\" in field permissions"}
400 {"success":false,"error":"Match error: Missing key 'roles' in field permissions[0]"}
200 {"permissions":[{"_id":"access-mailer","roles":["admin"],"_updatedAt":"2018-02-24T16:00:00.000Z"},{"_id":"access-per
400 {"success":false,"error":"Match error: Unknown key in field more"}
"#);
    assert_snapshot!(all(version("4.0.0")), @r#"
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
"#);
    assert_snapshot!(all(version("7.10.0")), @r#"
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
400 {"success":false,"error":"Invalid body params","errorType":"error-invalid-body-params"}
"#);
    assert_snapshot!(all(version("8.6.1")), @r#"
400 {"success":false,"errorType":"invalid-params","error":"must have required property 'permissions'"}
400 {"success":false,"errorType":"invalid-params","error":"must be array"}
400 {"success":false,"errorType":"invalid-params","error":"must have required property 'roles'"}
400 {"success":false,"errorType":"invalid-params","error":"must NOT have duplicate items (items ## 1 and 0 are identical
400 {"success":false,"errorType":"invalid-params","error":"must NOT have additional properties"}
"#);
}

#[test]
fn one_role_is_added_and_removed() {
    let server = version("8.7.0");
    let add = "/api/v1/permissions.addRole";
    let remove = "/api/v1/permissions.removeRole";
    let body = r#"{"permissionId":"add-oauth-service","role":"moderator"}"#;
    let roles = || server.mock.state()["permissions"]["add-oauth-service"].clone();

    assert_snapshot!(server.post(add, body).shown(), @r#"401 {"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#);
    assert_snapshot!(server.post(add, body).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(server.post(add, body).with("admin").shown(), @r#"200 {"success":true}"#);
    assert_eq!(roles(), json!(["admin", "moderator"]));
    assert_snapshot!(server.post(remove, body).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(server.post(remove, body).with("admin").shown(), @r#"200 {"success":true}"#);
    assert_eq!(roles(), json!(["admin"]));

    assert_snapshot!(server.post(add, r#"{"permissionId":"nothing","role":"moderator"}"#).with("admin").shown(), @r#"400 {"success":false,"error":"Permission does not exist [error-invalid-permission]","errorType":"error-invalid-permission","details":{"method":"authorization:addPermissionToRole","action":"Adding_permission"}}"#);
    assert_snapshot!(server.post(add, r#"{"permissionId":"add-oauth-service","role":"nobody"}"#).with("admin").shown(), @r#"400 {"success":false,"error":"Role does not exist [error-invalid-role]","errorType":"error-invalid-role","details":{"method":"authorization:addPermissionToRole","action":"Adding_permission"}}"#);
    assert_snapshot!(server.post(remove, r#"{"permissionId":"nothing","role":"moderator"}"#).with("admin").shown(), @r#"400 {"success":false,"error":"Permission not found [error-permission-not-found]","errorType":"error-permission-not-found","details":{"method":"authorization:removeRoleFromPermission"}}"#);
    assert_snapshot!(server.post(add, r#"{"permissionId":"add-oauth-service"}"#).with("admin").shown(), @r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'role'"}"#);
    assert_snapshot!(documented().post(add, body).with("admin").shown(), @r#"200 {"success":true}"#);
    assert_snapshot!(version("8.6.1").post(add, body).with("admin").shown(), @"404 404 Not Found");
}

#[test]
fn statistics_follow_the_permission_at_once() {
    for server in [documented(), version("6.13.0"), version("8.6.1")] {
        for path in ["/api/v1/statistics", "/api/v1/statistics.list"] {
            assert_eq!(server.get(path).with("admin").send().status, 200);
            assert_eq!(server.get(path).with("user").send().status, 400);
        }
        grant(&server, "view-statistics", "[]");
        for path in ["/api/v1/statistics", "/api/v1/statistics.list"] {
            for name in ["admin", "stats", "user"] {
                let refused = server.get(path).with(name).shown();
                assert_eq!(refused, r#"400 {"success":false,"error":"error-not-allowed"}"#, "{path} as {name}");
            }
        }
        grant(&server, "view-statistics", r#"["user"]"#);
        for path in ["/api/v1/statistics", "/api/v1/statistics.list"] {
            assert_eq!(server.get(path).with("admin").send().status, 400);
            assert_eq!(server.get(path).with("user").send().status, 200);
        }
    }
}

#[test]
fn an_administrator_can_lock_everybody_out() {
    let server = start(Config::default());
    grant(&server, "access-permissions", "[]");
    let body = r#"{"permissions":[{"_id":"access-permissions","roles":["admin"]}]}"#;
    assert_eq!(server.post(UPDATE, body).with("admin").send().status, 403);
}
