//! Settings: listed, read, changed.

use insta::assert_snapshot;

use crate::client::{Server, documented, version};

const COUNT: &str = "/api/v1/settings/API_Default_Count";

/// The digest of the password `admin`, which passes the second factor.
const ADMIN_DIGEST: &str = "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918";

fn post(server: &Server, path: &str, body: &str) -> String {
    server.post(path, body).header("x-2fa-code", ADMIN_DIGEST).header("x-2fa-method", "password").with("admin").shown()
}

#[test]
fn lists_a_page_of_settings() {
    let first = "/api/v1/settings?count=3&offset=1";
    assert_snapshot!(documented().get(first).with("admin").shown(), @r#"200 {"settings":[{"_id":"API_CORS_Origin","value":"*","enterprise":false},{"_id":"API_Default_Count","value":50,"enterprise":false},{"_id":"API_Enable_CORS","value":false,"enterprise":false}],"count":3,"offset":1,"total":92,"success":true}"#);
    assert_snapshot!(version("2.4.0").get(first).with("admin").shown(), @r#"200 {"settings":[{"_id":"API_CORS_Origin","value":"*"},{"_id":"API_Default_Count","value":50},{"_id":"API_Enable_CORS","value":false}],"count":3,"offset":1,"total":92,"success":true}"#);
    assert_snapshot!(version("8.6.1").get(first).with("admin").shown(), @r#"200 {"settings":[{"_id":"API_CORS_Origin","value":"*","enterprise":false},{"_id":"API_Default_Count","value":50,"enterprise":false},{"_id":"API_Enable_CORS","value":false,"enterprise":false}],"count":3,"offset":1,"total":92,"success":true}"#);
    assert_snapshot!(documented().get(first).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
}

#[test]
fn shows_only_public_settings_without_permission() {
    let server = documented();
    let ids = |answer: crate::client::Answer| -> Vec<String> {
        let json = answer.json();
        json["settings"].as_array().unwrap().iter().map(|one| one["_id"].as_str().unwrap().to_owned()).collect()
    };
    let seen = ids(server.get("/api/v1/settings?count=0").with("user").send());
    let public = ids(server.get("/api/v1/settings.public?count=0").send());
    let all = ids(server.get("/api/v1/settings?count=0").with("admin").send());
    assert_eq!(seen, public);
    assert!(public.len() >= 5 && public.iter().any(|id| id == "Site_Url") && public.len() < all.len());
    assert!(all.is_sorted());
    let query = ids(server.get("/api/v1/settings?query={%22public%22:false}&count=0").with("user").send());
    assert_eq!(query, public);
}

#[test]
fn narrows_public_settings() {
    let server = documented();
    assert_snapshot!(server.get("/api/v1/settings.public?_id=Site_Url,Site_Name").shown(), @r#"200 {"settings":[{"_id":"Site_Name","value":"Rocket.Chat","enterprise":false},{"_id":"Site_Url","value":"http://chat.example","enterprise":false}],"count":2,"offset":0,"total":2,"success":true}"#);
    assert_snapshot!(server.get("/api/v1/settings.public?_id=10").shown(), @r#"200 {"settings":[],"count":0,"offset":0,"total":0,"success":true}"#);
    assert_snapshot!(server.get("/api/v1/settings.public?query={%22_id%22:%22Site_Url%22}&fields={%22type%22:1}").shown(), @r#"200 {"settings":[{"_id":"Site_Url","value":"http://chat.example","enterprise":false,"type":"string"}],"count":1,"offset":0,"total":1,"success":true}"#);
    assert_snapshot!(server.get("/api/v1/settings.public?sort={%22_id%22:-1}&count=1").shown(), @r#"200 {"settings":[{"_id":"uniqueID","value":"wD4EP3M7FeFzJZgk9","enterprise":false}],"count":1,"offset":0,"total":56,"success":true}"#);
    assert_snapshot!(server.get("/api/v1/settings.public?sort={bad").shown(), @r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{bad\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#);
    assert_snapshot!(server.get("/api/v1/settings?includeDefaults=true&count=1").with("admin").shown(), @r#"200 {"settings":[{"_id":"API_Allow_Infinite_Count","value":true,"enterprise":false,"packageValue":true}],"count":1,"offset":0,"total":92,"success":true}"#);
    let gated = version("7.4.0").get("/api/v1/settings.public?query={%22_id%22:%22Site_Url%22}&count=2").send();
    assert_eq!(gated.json()["count"], 2);
    assert_snapshot!(version("8.6.1").get("/api/v1/settings.public?fields={}").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#);
    assert_snapshot!(version("8.6.1").get("/api/v1/settings.public?count=abc").shown(), @r#"400 {"success":false,"errorType":"error-invalid-params","error":"must be number"}"#);
    let deprecated = version("6.13.0").get("/api/v1/settings.public?query={%22_id%22:%22Site_Url%22}").send();
    assert_snapshot!(deprecated.header("x-deprecation-message").unwrap(), @r#"The parameter "query" in the endpoint "/api/v1/settings.public" is deprecated and will be removed on version 7.0.0"#);
}

#[test]
fn reads_one_setting() {
    assert_snapshot!(documented().get(COUNT).with("admin").shown(), @r#"200 {"_id":"API_Default_Count","value":50,"success":true}"#);
    assert_snapshot!(documented().get(COUNT).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    let refused = |server: Server| server.get(COUNT).with("user").shown();
    assert_snapshot!(refused(documented()), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(refused(version("2.4.0")), @r#"403 {"success":false,"error":"unauthorized"}"#);
    assert_snapshot!(refused(version("5.4.0")), @r#"403 {"success":false,"error":"unauthorized"}"#);
    assert_snapshot!(refused(version("6.13.0")), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(refused(version("8.6.1")), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    let unknown = |server: Server| server.get("/api/v1/settings/No_Such_Setting").with("admin").shown();
    assert_snapshot!(unknown(documented()), @r#"400 {"success":false}"#);
    assert_snapshot!(unknown(version("3.18.0")), @r#"200 {"success":true}"#);
    assert_snapshot!(unknown(version("4.1.0")), @r#"200 {"success":true}"#);
    assert_snapshot!(unknown(version("4.2.0")), @r#"400 {"success":false}"#);
    assert_snapshot!(unknown(version("5.4.0")), @r#"400 {"success":false}"#);
    assert_snapshot!(unknown(version("8.6.1")), @r#"400 {"success":false}"#);
}

#[test]
fn changes_one_setting_at_once() {
    for server in [documented(), version("2.4.0"), version("6.13.0"), version("8.6.1")] {
        assert_eq!(post(&server, COUNT, r#"{"value":3}"#), r#"200 {"success":true}"#);
        assert_eq!(server.get("/api/v1/statistics.list").with("admin").send().json()["count"], 3);
        assert_eq!(server.get(COUNT).with("admin").send().json()["value"], 3);
    }
}

#[test]
fn a_change_takes_a_second_factor_and_permission() {
    let body = r#"{"value":3}"#;
    let bare = |server: Server, name: &str| server.post(COUNT, body).with(name).shown();
    assert_snapshot!(bare(documented(), "admin"), @r#"400 {"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required","details":{"method":"password","codeGenerated":false,"availableMethods":[]}}"#);
    assert_snapshot!(bare(version("2.4.0"), "admin"), @r#"200 {"success":true}"#);
    assert_snapshot!(bare(version("8.6.1"), "user"), @r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#);
    assert_snapshot!(bare(version("2.4.0"), "user"), @r#"403 {"success":false,"error":"unauthorized"}"#);
    assert_snapshot!(documented().post(COUNT, body).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
}

#[test]
fn a_number_out_of_range_is_refused_by_8() {
    let volume = "/api/v1/settings/Accounts_Default_User_Preferences_masterVolume";
    let server = version("8.7.0");
    assert_snapshot!(post(&server, volume, r#"{"value":"-1"}"#), @r#"400 {"success":false,"error":"Value for setting Accounts_Default_User_Preferences_masterVolume must be greater than or equal to 0 [error-invalid-setting-value]","errorType":"error-invalid-setting-value","details":{"method":"saveSettings"}}"#);
    assert_snapshot!(post(&server, volume, r#"{"value":101}"#), @r#"400 {"success":false,"error":"Value for setting Accounts_Default_User_Preferences_masterVolume must be less than or equal to 100 [error-invalid-setting-value]","errorType":"error-invalid-setting-value","details":{"method":"saveSettings"}}"#);
    assert_eq!(post(&server, volume, r#"{"value":100}"#), r#"200 {"success":true}"#);
    assert_eq!(post(&version("7.4.0"), volume, r#"{"value":101}"#), r#"200 {"success":true}"#);
}

#[test]
fn preferences_start_as_the_settings_say() {
    let server = documented();
    let shown = || server.get("/api/v1/me").with("user").send().json()["settings"]["preferences"].clone();
    let preferences = shown();
    assert_eq!(preferences.as_object().unwrap().len(), 37);
    assert_eq!((&preferences["masterVolume"], &preferences["sidebarSortby"]), (&100.into(), &"activity".into()));
    post(&server, "/api/v1/settings/Accounts_Default_User_Preferences_sidebarSortby", r#"{"value":"name"}"#);
    assert_eq!(shown()["sidebarSortby"], "name");
}

#[test]
fn a_change_needs_a_setting_and_a_value() {
    for server in [documented(), version("4.8.0"), version("8.6.1")] {
        assert_eq!(post(&server, COUNT, "{}"), r#"400 {"success":false}"#);
        assert_eq!(post(&server, "/api/v1/settings/No_Such_Setting", r#"{"value":1}"#), r#"400 {"success":false}"#);
    }
    assert_snapshot!(post(&version("2.4.0"), COUNT, "{}"), @r#"400 {"success":false,"error":"Match error: Missing key 'value'"}"#);
    assert_snapshot!(post(&version("2.4.0"), "/api/v1/settings/No_Such_Setting", r#"{"value":1}"#), @r#"400 {"success":false}"#);
}
