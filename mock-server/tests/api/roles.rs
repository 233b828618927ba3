//! Roles: listed, made, changed, given, taken, deleted.

use std::sync::Barrier;
use std::thread;

use insta::assert_snapshot;
use mock_server::{Config, MockServer};
use serde_json::json;

use crate::client::{Server, documented, start, version};

const CREATE: &str = "/api/v1/roles.create";
const UPDATE: &str = "/api/v1/roles.update";
const DELETE: &str = "/api/v1/roles.delete";
const ADD: &str = "/api/v1/roles.addUserToRole";
const REMOVE: &str = "/api/v1/roles.removeUserFromRole";
const USERS: &str = "/api/v1/roles.getUsersInRole";

fn licensed(version: &str) -> Server {
    start(Config { version: Some(version.parse().unwrap()), licensed: true, ..Config::default() })
}

/// Sends `body` as admin.
fn post(server: &Server, path: &str, body: &str) -> String {
    server.post(path, body).with("admin").shown()
}

/// Makes the role `auditor` and returns its id.
fn auditor(server: &Server) -> String {
    let answer = server.post(CREATE, r#"{"name":"auditor"}"#).with("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json().pointer("/role/_id").unwrap().as_str().unwrap().to_owned()
}

#[test]
fn lists_all_roles_without_their_dates() {
    let list = |server: Server| server.get("/api/v1/roles.list").with("user").shown();
    assert!(list(documented()).starts_with(
        r#"200 {"roles":[{"_id":"admin","description":"Admin","mandatory2fa":false,"name":"admin","protected":true,"scope":"Users"},{"_id":"moderator","#
    ));
    assert!(list(version("0.72.0")).starts_with(
        r#"200 {"roles":[{"_id":"admin","description":"Admin","name":"admin","protected":true,"scope":"Users"},"#
    ));
    assert!(list(version("8.6.1")).ends_with(r#""scope":"Users"}],"success":true}"#));
    assert_snapshot!(documented().get("/api/v1/roles.list").shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
}

#[test]
fn makes_a_role() {
    let body = r#"{"name":"auditor","scope":"Subscriptions","description":"Looks on","mandatory2fa":true}"#;
    assert_snapshot!(post(&documented(), CREATE, body), @r#"200 {"role":{"_id":"5a918c00d6192660fcd72ba7","description":"Looks on","mandatory2fa":true,"name":"auditor","protected":false,"scope":"Subscriptions","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&version("2.4.0"), CREATE, r#"{"name":"auditor","description":"Looks on"}"#), @r#"200 {"role":{"_id":"auditor","description":"Looks on","mandatory2fa":false,"name":"auditor","protected":false,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&licensed("8.6.1"), CREATE, body), @r#"200 {"role":{"_id":"5a918c00d6192660fcd72ba7","description":"Looks on","mandatory2fa":true,"name":"auditor","protected":false,"scope":"Subscriptions","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&version("6.13.0"), CREATE, body), @r#"400 {"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
    assert_snapshot!(post(&version("8.6.1"), CREATE, body), @r#"400 {"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
}

#[test]
fn refuses_to_make_a_role() {
    let bad = r#"{"name":"auditor","scope":"Everywhere"}"#;
    assert_snapshot!(post(&documented(), CREATE, bad), @r#"400 {"success":false,"error":"The role properties are invalid. [error-invalid-role-properties]","errorType":"error-invalid-role-properties"}"#);
    assert_snapshot!(post(&documented(), CREATE, "{}"), @r#"400 {"success":false,"error":"The role properties are invalid. [error-invalid-role-properties]","errorType":"error-invalid-role-properties"}"#);
    assert_snapshot!(post(&version("2.4.0"), CREATE, "{}"), @r#"400 {"success":false,"error":"Match error: Missing key 'name'"}"#);
    assert_snapshot!(post(&version("2.4.0"), CREATE, r#"{"name":""}"#), @r#"400 {"success":false,"error":"Role name is required [error-role-name-required]","errorType":"error-role-name-required"}"#);
    assert_snapshot!(post(&documented(), CREATE, r#"{"name":"admin"}"#), @r#"400 {"success":false,"error":"Role name already exists [error-duplicate-role-names-not-allowed]","errorType":"error-duplicate-role-names-not-allowed"}"#);
    assert_snapshot!(documented().post(CREATE, r#"{"name":"auditor"}"#).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
    assert_snapshot!(version("3.0.0").post(CREATE, r#"{"name":"auditor"}"#).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
    assert_snapshot!(version("3.1.0").post(CREATE, r#"{"name":"auditor"}"#).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"authorization:saveRole","action":"Accessing_permissions"}}"#);
}

#[test]
fn changes_a_role() {
    let server = documented();
    let id = auditor(&server);
    assert_eq!(id.len(), 24);
    server.mock.clock().advance(1500);
    let body = format!(r#"{{"roleId":"{id}","name":"looker","description":"Looks"}}"#);
    let changed = server.post(UPDATE, &body).with("admin").send().json();
    assert_eq!((&changed["role"]["_id"], &changed["role"]["name"]), (&id.as_str().into(), &"looker".into()));
    assert_eq!(changed["role"]["_updatedAt"], "2018-02-24T16:00:01.500Z");
    assert_snapshot!(post(&server, UPDATE, r#"{"roleId":"admin","name":"boss"}"#), @r#"400 {"success":false,"error":"Role is protected [error-role-protected]","errorType":"error-role-protected"}"#);
    assert_snapshot!(post(&server, UPDATE, r#"{"roleId":"nobody","name":"boss"}"#), @r#"400 {"success":false,"error":"This role does not exist [error-invalid-roleId]","errorType":"error-invalid-roleId"}"#);
    assert_snapshot!(post(&server, UPDATE, &format!(r#"{{"roleId":"{id}","name":"user"}}"#)), @r#"400 {"success":false,"error":"Role name already exists [error-duplicate-role-names-not-allowed]","errorType":"error-duplicate-role-names-not-allowed"}"#);
    assert_snapshot!(post(&server, UPDATE, r#"{"name":"boss"}"#), @r#"400 {"success":false,"error":"The role properties are invalid. [error-invalid-role-properties]","errorType":"error-invalid-role-properties"}"#);
    assert_snapshot!(server.post(UPDATE, &body).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
    assert_snapshot!(post(&version("8.6.1"), UPDATE, r#"{"roleId":"statistics-viewer","name":"looker"}"#), @r#"400 {"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
}

#[test]
fn deletes_a_role_nobody_has() {
    for server in [documented(), licensed("8.6.1")] {
        let id = auditor(&server);
        let grant = format!(r#"{{"permissions":[{{"_id":"view-statistics","roles":["admin","{id}"]}}]}}"#);
        assert!(post(&server, "/api/v1/permissions.update", &grant).starts_with("200"));
        assert!(post(&server, ADD, &format!(r#"{{"username":"user","roleId":"{id}"}}"#)).starts_with("200"));
        assert_eq!(server.get("/api/v1/statistics").with("user").send().status, 200);

        let delete = format!(r#"{{"roleId":"{id}"}}"#);
        let in_use = r#"400 {"success":false,"error":"Cannot delete role because it's in use [error-role-in-use]","errorType":"error-role-in-use"}"#;
        assert_eq!(post(&server, DELETE, &delete), in_use);
        assert!(post(&server, REMOVE, &format!(r#"{{"username":"user","roleId":"{id}"}}"#)).starts_with("200"));
        assert_eq!(server.get("/api/v1/statistics").with("user").send().status, 400);
        assert_eq!(post(&server, DELETE, &delete), r#"200 {"success":true}"#);
        let state = server.mock.state();
        assert!(state["roles"].as_array().unwrap().iter().all(|role| role["_id"] != id));
        assert_eq!(state["permissions"]["view-statistics"], json!(["admin"]));
    }
}

#[test]
fn refuses_to_delete_a_role() {
    let server = documented();
    assert_snapshot!(post(&server, DELETE, r#"{"roleId":"invalid-role"}"#), @r#"400 {"success":false,"error":"This role does not exist [error-invalid-roleId]","errorType":"error-invalid-roleId"}"#);
    assert_snapshot!(post(&server, DELETE, r#"{"roleId":"admin"}"#), @r#"400 {"success":false,"error":"Cannot delete a protected role [error-role-protected]","errorType":"error-role-protected"}"#);
    assert_snapshot!(post(&server, DELETE, "{}"), @r#"400 {"success":false,"error":"The role properties are invalid. [error-invalid-role-properties]","errorType":"error-invalid-role-properties"}"#);
    assert_snapshot!(post(&version("7.10.0"), DELETE, "{}"), @r#"400 {"success":false,"error":"must have required property 'roleId' [invalid-params]","errorType":"invalid-params"}"#);
    assert_snapshot!(server.post(DELETE, r#"{"roleId":"invalid-role"}"#).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(version("4.8.0").post(DELETE, r#"{"roleId":"invalid-role"}"#).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#);
    assert_snapshot!(version("8.6.1").post(DELETE, "{}").with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
}

#[test]
fn gives_a_user_a_role() {
    let body = r#"{"username":"user","roleId":"bot"}"#;
    assert_snapshot!(post(&documented(), ADD, body), @r#"200 {"role":{"_id":"bot","description":"","mandatory2fa":false,"name":"bot","protected":true,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&documented(), ADD, r#"{"username":"user","roleName":"bot"}"#), @r#"200 {"role":{"_id":"bot","description":"","mandatory2fa":false,"name":"bot","protected":true,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&version("2.4.0"), ADD, r#"{"username":"user","roleName":"bot"}"#), @r#"200 {"role":{"_id":"bot","description":"","mandatory2fa":false,"name":"bot","protected":true,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&version("2.4.0"), ADD, body), @r#"400 {"success":false,"error":"Match error: Unknown key in field roleId"}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, body), @r#"200 {"role":{"_id":"bot","description":"","mandatory2fa":false,"name":"bot","protected":true,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, r#"{"username":"user","roleName":"bot"}"#), @r#"400 {"success":false,"error":"must NOT have additional properties [invalid-params]","errorType":"invalid-params"}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, r#"{"username":"user"}"#), @r#"400 {"success":false,"error":"error-invalid-role-properties"}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, r#"{"username":"user","roleId":"nobody"}"#), @r#"400 {"success":false,"error":"error-role-not-found","errorType":"Role not found"}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, r#"{"username":"user","roleId":"user"}"#), @r#"400 {"success":false,"error":"User already in role [error-user-already-in-role]","errorType":"error-user-already-in-role"}"#);
    assert_snapshot!(post(&version("8.6.1"), ADD, r#"{"username":"nobody","roleId":"user"}"#), @r#"400 {"success":false,"error":"The required \"userId\" or \"username\" param provided does not match any users [error-invalid-user]","errorType":"error-invalid-user"}"#);
    assert_snapshot!(post(&documented(), ADD, r#"{"roleId":"user"}"#), @r#"400 {"success":false,"error":"must have required property 'username' [error-invalid-role-properties]","errorType":"error-invalid-role-properties"}"#);
    assert_snapshot!(version("8.6.1").post(ADD, body).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"authorization:addUserToRole","action":"Accessing_permissions"}}"#);
    assert_snapshot!(documented().post(ADD, r#"{"username":"user","roleId":"admin"}"#).with("user").shown(), @r#"400 {"success":false,"error":"Accessing permissions is not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed","details":{"method":"authorization:addUserToRole","action":"Accessing_permissions"}}"#);
}

#[test]
fn takes_a_role_from_a_user() {
    let server = documented();
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"stats","roleId":"statistics-viewer"}"#), @r#"200 {"role":{"_id":"statistics-viewer","description":"A role of the mock's own: may see statistics, nothing else of an admin","mandatory2fa":false,"name":"statistics-viewer","protected":false,"scope":"Users","_updatedAt":"2018-02-24T16:00:00.000Z"},"success":true}"#);
    assert_eq!(server.get("/api/v1/statistics").with("stats").send().status, 400);
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"stats","roleId":"statistics-viewer"}"#), @r#"400 {"success":false,"error":"User is not in this role [error-user-not-in-role]","errorType":"error-user-not-in-role"}"#);
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"invalid-username","roleId":"user"}"#), @r#"400 {"success":false,"error":"There is no user with this username [error-invalid-user]","errorType":"error-invalid-user"}"#);
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"stats","roleId":"invalid-role"}"#), @r#"400 {"success":false,"error":"This role does not exist [error-invalid-roleId]","errorType":"error-invalid-roleId"}"#);
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"stats"}"#), @r#"400 {"success":false,"error":"error-invalid-role-properties"}"#);
    assert_snapshot!(post(&server, REMOVE, r#"{"username":"admin","roleId":"admin"}"#), @r#"400 {"success":false,"error":"You need to have at least one admin [error-admin-required]","errorType":"error-admin-required"}"#);
    assert_snapshot!(server.post(REMOVE, r#"{"username":"stats","roleId":"user"}"#).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(post(&version("8.6.1"), REMOVE, r#"{"roleId":"user"}"#), @r#"400 {"success":false,"error":"must have required property 'username' [invalid-params]","errorType":"invalid-params"}"#);
}

#[test]
fn lists_who_has_a_role() {
    let two = "/api/v1/roles.getUsersInRole?role=user&count=2&offset=1";
    assert_snapshot!(documented().get(two).with("admin").shown(), @r#"200 {"users":[{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"name":"Statistics Viewer","_updatedAt":"2018-02-23T16:00:00.000Z"},{"_id":"twofaXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"totp","emails":[{"address":"totp@example.org","verified":true}],"name":"Two Factor User","_updatedAt":"2018-02-23T16:00:00.000Z"}],"total":4,"success":true}"#);
    assert_snapshot!(version("2.4.0").get(two).with("admin").shown(), @r#"200 {"users":[{"_id":"statsXXaccount222","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"name":"Statistics Viewer"},{"_id":"twofaXXaccount222","username":"totp","emails":[{"address":"totp@example.org","verified":true}],"name":"Two Factor User"}],"success":true}"#);
    assert_snapshot!(version("8.6.1").get(two).with("admin").shown(), @r#"200 {"users":[{"_id":"statsXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"stats","emails":[{"address":"stats@example.org","verified":true}],"name":"Statistics Viewer","_updatedAt":"2018-02-23T16:00:00.000Z"},{"_id":"twofaXXaccount222","createdAt":"2018-02-23T16:00:00.000Z","username":"totp","emails":[{"address":"totp@example.org","verified":true}],"name":"Two Factor User","_updatedAt":"2018-02-23T16:00:00.000Z"}],"total":4,"success":true}"#);
    assert_snapshot!(documented().get(USERS).with("admin").shown(), @r#"400 {"success":false,"error":"Query param \"role\" is required [error-param-not-provided]","errorType":"error-param-not-provided"}"#);
    let unknown = "/api/v1/roles.getUsersInRole?role=invalid-role";
    assert_snapshot!(documented().get(unknown).with("admin").shown(), @r#"400 {"success":false,"error":"[error-invalid-roleId]","errorType":"error-invalid-roleId"}"#);
    assert_snapshot!(version("2.4.0").get(unknown).with("admin").shown(), @r#"200 {"users":[],"success":true}"#);
    assert_snapshot!(documented().get(two).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(version("2.4.0").get(two).with("user").shown(), @r#"400 {"success":false,"error":"Not allowed [error-not-allowed]","errorType":"error-not-allowed"}"#);
    assert_snapshot!(version("8.6.1").get(two).with("user").shown(), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
}

#[test]
fn four_at_a_time_make_one_role() {
    const AT_ONCE: usize = 4;
    const ROUNDS: usize = 250;
    let mock = MockServer::start(Config { workers: Some(2), ..Config::default() }).unwrap();
    let admin = mock.identity("admin").unwrap();
    let barrier = Barrier::new(AT_ONCE);
    // Every connection is kept open, so that nothing but the barrier says when a request is sent.
    let answers = || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut statuses = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            let request = agent
                .post(format!("{}{CREATE}", mock.base_url()))
                .header("x-user-id", &admin.id)
                .header("x-auth-token", admin.token.as_ref().unwrap())
                .header("content-type", "application/json");
            barrier.wait();
            let mut response = request.send(format!(r#"{{"name":"role-{round}"}}"#)).unwrap();
            let body = response.body_mut().read_to_string().unwrap();
            let taken = body.contains("error-duplicate-role-names-not-allowed");
            statuses.push((response.status().as_u16(), taken));
        }
        statuses
    };
    let all: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(answers)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for round in 0..ROUNDS {
        let mut answers: Vec<_> = all.iter().map(|statuses| statuses[round]).collect();
        answers.sort_unstable();
        assert_eq!(answers, [(200, false), (400, true), (400, true), (400, true)], "round {round}");
    }
    let state = mock.state();
    let made =
        state["roles"].as_array().unwrap().iter().filter(|role| role["name"].as_str().unwrap().starts_with("role-"));
    assert_eq!(made.count(), ROUNDS);
}
