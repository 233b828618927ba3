//! `statistics` and `statistics.telemetry`, era by era.

use insta::assert_snapshot;
use mock_server::SeedName;
use mock_server::{Clock, Config};
use serde_json::Value as Json;

use crate::client::{documented, start, version};

const STATISTICS: &str = "/api/v1/statistics";
const LIST: &str = "/api/v1/statistics.list";

#[test]
fn is_the_newest_of_the_list() {
    for text in ["2.4.0", "3.0.0", "6.13.0", "8.6.1"] {
        let server = version(text);
        let list = server.get(&format!("{LIST}?count=1&sort=%7B%22createdAt%22:-1%7D")).with("admin").send().json();
        let newest = &list["statistics"][0];
        let mut answer = server.get(STATISTICS).with("admin").send().json();
        if text == "2.4.0" {
            assert_eq!(&answer["statistics"], newest);
            assert_eq!(answer["success"], true);
        } else {
            answer.as_object_mut().unwrap().remove("success");
            assert_eq!(&answer, newest, "{text}");
        }
    }
}

#[test]
fn the_refusal_by_era() {
    let refused = |text: &str| version(text).get(STATISTICS).with("user").shown();
    assert_snapshot!(refused("2.4.0"), @r#"400 {"success":false,"error":"Not allowed [error-not-allowed]","errorType":"error-not-allowed"}"#);
    assert_snapshot!(refused("3.0.0"), @r#"400 {"success":false,"error":"error-not-allowed"}"#);
    assert_snapshot!(refused("8.6.1"), @r#"400 {"success":false,"error":"error-not-allowed"}"#);
    assert_snapshot!(documented().get(STATISTICS).with("user").shown(), @r#"400 {"success":false,"error":"error-not-allowed"}"#);
}

#[test]
fn without_a_record_there_is_only_success() {
    let empty = |profile: &str| {
        let profile = Some(profile.to_owned());
        start(Config { profile, seed_name: SeedName::Empty, ..Config::default() }).get(STATISTICS).with("admin").shown()
    };
    for profile in ["documented", "legacy", "6", "8"] {
        assert_eq!(empty(profile), r#"200 {"success":true}"#, "{profile}");
    }
}

#[test]
fn refresh_counts_only_as_the_exact_text() {
    let server = documented();
    let total = || server.get(&format!("{LIST}?count=1")).with("admin").send().json()["total"].clone();
    for text in
        ["refresh=TRUE", "refresh=1", "refresh=", "refresh=true&refresh=true", "refresh[]=true", "refresh=%20true"]
    {
        assert_eq!(server.get(&format!("{STATISTICS}?{text}")).with("admin").send().status, 200);
        assert_eq!(total(), 240, "{text}");
    }
    server.get(&format!("{STATISTICS}?refresh=true")).with("admin").send();
    assert_eq!(total(), 241);
}

#[test]
fn refresh_stores_a_record_with_another_uptime_and_shows_it_in_the_eras_shape() {
    for text in ["0.61.0", "3.18.0", "4.8.0", "6.13.0", "8.6.1"] {
        // After the last record of every era's history.
        let clock = Clock::fixed(1_830_000_000_000);
        let server = start(Config { version: Some(text.parse().unwrap()), clock, ..Config::default() });
        let refresh = || {
            let answer = server.get(&format!("{STATISTICS}?refresh=true")).with("admin").send().json();
            if text == "0.61.0" { answer["statistics"].clone() } else { answer }
        };
        let before = server.get(STATISTICS).with("admin").send().json();
        let (first, second) = (refresh(), refresh());
        assert_ne!(first["process"]["uptime"], second["process"]["uptime"], "{text}");
        assert_ne!(before["process"]["uptime"], first["process"]["uptime"], "{text}");
        let keys: Vec<&String> = second.as_object().unwrap().keys().collect();
        match text {
            "0.61.0" | "3.18.0" => {
                assert!(keys.contains(&&"_id".to_owned()) && keys.contains(&&"_updatedAt".to_owned()));
            }
            "4.8.0" => assert!(!keys.contains(&&"_id".to_owned()) && !keys.contains(&&"_updatedAt".to_owned())),
            _ => assert_eq!(keys[keys.len() - 3..], ["createdAt", "_id", "success"], "{text}"),
        }
        // The stored copy is whole, and the newest.
        let stored = server.get(&format!("{LIST}?count=1&sort=%7B%22createdAt%22:-1%7D")).with("admin").send().json();
        let stored = stored["statistics"][0].as_object().unwrap();
        assert_eq!(stored.keys().next().unwrap(), "_id", "{text}");
        assert!(stored.contains_key("_updatedAt"), "{text}");
        assert_eq!(stored["createdAt"], second["createdAt"]);
    }
}

#[test]
fn nobody_sees_statistics_while_nobody_has_the_permission() {
    let server = documented();
    let set = |roles: &[&str]| {
        let roles = Json::from(roles.to_vec());
        let body = format!(r#"{{"permissions":[{{"_id":"view-statistics","roles":{roles}}}]}}"#);
        assert_eq!(server.post("/api/v1/permissions.update", &body).with("admin").send().status, 200);
    };
    let statuses = |account: &str| [STATISTICS, LIST].map(|path| server.get(path).with(account).send().status);
    set(&[]);
    for account in ["admin", "stats", "user"] {
        assert_eq!(statuses(account), [400, 400], "{account}");
    }
    set(&["admin", "user"]);
    for account in ["admin", "stats", "user"] {
        assert_eq!(statuses(account), [200, 200], "{account}");
    }
}

#[test]
fn telemetry_raises_counters() {
    let server = version("8.6.1");
    let send = |body: &str| server.post("/api/v1/statistics.telemetry", body).with("user").shown();
    let counter = || server.mock.state()["settings"]["Jitsi_Start_SlashCommands_Count"].as_i64().unwrap();
    let jitsi = r#"{"params":[{"eventName":"slashCommandsStats","command":"jitsi"}]}"#;
    assert_snapshot!(send(jitsi), @r#"200 {"success":true}"#);
    assert_eq!(counter(), 1);
    // Events before an unknown one stay counted.
    let update = r#"{"params":[{"eventName":"updateCounter","settingsId":"Jitsi_Start_SlashCommands_Count"},{"eventName":"x"}]}"#;
    assert_snapshot!(send(update), @r#"400 {"success":false,"error":"event not found"}"#);
    assert_eq!(counter(), 2);
    assert_snapshot!(send("{}"), @r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'params'"}"#);
    assert_snapshot!(send(r#"{"params":1}"#), @r#"400 {"success":false,"errorType":"invalid-params","error":"must be array"}"#);
    assert_snapshot!(send(r#"{"params":[{}]}"#), @r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'eventName'"}"#);
    assert_snapshot!(send(r#"{"params":[1]}"#), @r#"400 {"success":false,"errorType":"invalid-params","error":"must be object"}"#);
    assert_eq!(server.post("/api/v1/statistics.telemetry", jitsi).send().status, 401);
    assert_eq!(version("4.5.0").post("/api/v1/statistics.telemetry", jitsi).with("user").send().status, 200);
}
