//! The engagement dashboard: refused without its licence, counted from the seeded days with it.

use insta::assert_snapshot;
use mock_server::Config;
use serde_json::Value as Json;

use crate::client::{Server, documented, start, version};

const BASE: &str = "/api/v1/engagement-dashboard/";

const ALL: [&str; 9] = [
    "channels/list",
    "messages/messages-sent",
    "messages/origin",
    "messages/top-five-popular-channels",
    "users/active-users",
    "users/chat-busier/hourly-data",
    "users/chat-busier/weekly-data",
    "users/new-users",
    "users/users-by-time-of-the-day-in-a-week",
];

/// The three days up to the test's.
const DAYS: &str = "start=2018-02-22T00:00:00.000Z&end=2018-02-24T12:00:00.000Z";

fn licensed(version: &str) -> Server {
    start(Config { version: Some(version.parse().unwrap()), licensed: true, ..Config::default() })
}

fn licensed_documented() -> Server {
    start(Config { licensed: true, ..Config::default() })
}

fn ask(server: &Server, path: &str, query: &str) -> String {
    server.get(&format!("{BASE}{path}?{query}")).with("admin").shown()
}

fn json(server: &Server, path: &str, query: &str) -> Json {
    let answer = server.get(&format!("{BASE}{path}?{query}")).with("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn is_refused_without_a_licence() {
    for path in ALL {
        for server in [documented(), version("7.4.0"), version("8.6.1")] {
            let path = format!("{BASE}{path}");
            assert_eq!(server.get(&path).send().status, 401);
            assert_eq!(
                server.get(&path).with("user").shown(),
                r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#
            );
            assert_eq!(
                server.get(&path).with("admin").shown(),
                r#"400 {"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#
            );
        }
    }
    // Before 7.0 its routes are only there with a licence: what answers is not the API.
    assert!(ask(&version("6.13.0"), "messages/origin", DAYS).starts_with("200 <!DOCTYPE html>"));
    assert!(ask(&licensed("6.13.0"), "messages/origin", DAYS).starts_with(r#"200 {"origins":"#));
    assert_eq!(version("3.0.0").get(&format!("{BASE}messages/origin")).with("admin").send().status, 200);
}

#[test]
fn the_licence_is_asked_for_in_front_of_the_handler() {
    let path = format!("/api/v1/engagement-dashboard/messages/origin?{DAYS}");
    for (server, cached) in [(version("7.4.0"), Some("no-store")), (version("7.10.0"), None), (version("8.6.1"), None)]
    {
        let answer = server.get(&path).with("admin").send();
        assert_eq!(
            (answer.status, answer.header("cache-control"), answer.header("pragma").is_some()),
            (400, cached, cached.is_some())
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[test]
fn asks_for_a_permission_since_4_2() {
    let path = format!("{BASE}messages/origin?{DAYS}");
    assert_eq!(licensed("3.18.0").get(&path).with("user").send().status, 200);
    assert_eq!(licensed("4.2.0").get(&path).with("user").send().status, 403);
    assert_eq!(licensed("8.6.1").get(&path).with("user").send().status, 403);
}

#[test]
fn takes_exact_dates_only() {
    let server = licensed("8.6.1");
    let now = "2018-02-24T12:00:00.000Z";
    for path in ALL {
        assert_eq!(
            ask(&server, path, ""),
            r#"400 {"success":false,"error":"Match error: Missing key 'start'"}"#,
            "{path}"
        );
        let bad = ask(&server, path, &format!("start=2018-02-22&end={now}"));
        assert_eq!(
            bad, r#"400 {"success":false,"error":"Match error: Failed Match.Where validation in field start"}"#,
            "{path}"
        );
        assert!(ask(&server, path, &format!("start={now}&end={now}&offset=0&count=25")).starts_with("200"), "{path}");
    }
    assert_snapshot!(ask(&server, "channels/list", "start=2018-02-22T00:00:00.000Z"), @r#"400 {"success":false,"error":"Match error: Missing key 'end'"}"#);
    assert_snapshot!(ask(&server, "channels/list", "start=2018-02-22T00:00:00.000Z&end=invalid-date"), @r#"400 {"success":false,"error":"Match error: Failed Match.Where validation in field end"}"#);
    assert_snapshot!(ask(&server, "channels/list", "end=2018-02-22T00:00:00.000Z"), @r#"400 {"success":false,"error":"Match error: Missing key 'start'"}"#);
    assert_snapshot!(ask(&licensed_documented(), "users/new-users", ""), @r#"400 {"success":false,"error":"Match error: Missing key 'start'"}"#);
    let old = licensed("3.18.0");
    assert_snapshot!(ask(&old, "users/new-users", ""), @r#"400 {"success":false,"error":"Match error: Expected string, got undefined"}"#);
    assert_snapshot!(ask(&old, "users/new-users", "start=invalid&end=2018-02-22"), @r#"400 {"success":false,"error":"The \"start\" query parameter must be a valid date."}"#);
    assert!(ask(&old, "users/new-users", "start=2018-02-20&end=2018-02-22").starts_with("200"));
}

#[test]
fn counts_days_and_compares_them() {
    let server = licensed_documented();
    assert_snapshot!(ask(&server, "users/new-users", DAYS), @r#"200 {"days":[{"day":"2018-02-24T00:00:00.000Z","users":1},{"day":"2018-02-23T00:00:00.000Z","users":3}],"period":{"count":4,"variation":1},"yesterday":{"count":3,"variation":-2},"success":true}"#);
    assert_snapshot!(ask(&server, "messages/messages-sent", DAYS), @r#"200 {"days":[{"day":"2018-02-24T00:00:00.000Z","messages":69},{"day":"2018-02-23T00:00:00.000Z","messages":70},{"day":"2018-02-22T00:00:00.000Z","messages":65}],"period":{"count":204,"variation":23},"yesterday":{"count":70,"variation":-1},"success":true}"#);
    for (path, name) in [("users/new-users", "users"), ("messages/messages-sent", "messages")] {
        let now = json(&server, path, DAYS);
        let days = now["days"].as_array().unwrap();
        assert_eq!(now["period"]["count"], days.iter().map(|day| day[name].as_i64().unwrap()).sum::<i64>());
    }
    // Three days are compared with the three before; the fourth is beyond the limit.
    let count = |days: &str| json(&server, "messages/messages-sent", days)["period"]["count"].as_i64().unwrap();
    let change = count(DAYS) - count("start=2018-02-19T00:00:00.000Z&end=2018-02-21T12:00:00.000Z");
    assert_eq!(json(&server, "messages/messages-sent", DAYS)["period"]["variation"], change);
    assert_snapshot!(ask(&server, "users/new-users", "start=2018-02-24T00:00:00.000Z&end=2018-02-20T00:00:00.000Z"), @r#"400 {"success":false,"error":"the limit must be positive"}"#);
}

#[test]
fn counts_where_messages_come_from() {
    let server = licensed_documented();
    assert_snapshot!(ask(&server, "messages/origin", DAYS), @r#"200 {"origins":[{"messages":11,"t":"d"},{"messages":40,"t":"p"},{"messages":153,"t":"c"}],"success":true}"#);
    assert_snapshot!(ask(&server, "messages/origin", "start=2017-02-22T00:00:00.000Z&end=2017-02-24T12:00:00.000Z"), @r#"200 {"origins":[{"messages":0,"t":"d"},{"messages":0,"t":"p"},{"messages":0,"t":"c"}],"success":true}"#);
    assert_snapshot!(ask(&server, "messages/top-five-popular-channels", DAYS), @r#"200 {"channels":[{"messages":99,"t":"c","name":"general","usernames":[]},{"messages":38,"t":"p","name":"release-planning","usernames":[]},{"messages":30,"t":"c","name":"random","usernames":[]},{"messages":24,"t":"c","name":"support","usernames":[]},{"messages":6,"t":"d","usernames":["stats","user"]}],"success":true}"#);
    let sent = json(&server, "messages/messages-sent", DAYS)["period"]["count"].as_i64().unwrap();
    let origins = json(&server, "messages/origin", DAYS);
    assert_eq!(
        origins["origins"].as_array().unwrap().iter().map(|one| one["messages"].as_i64().unwrap()).sum::<i64>(),
        sent
    );
}

#[test]
fn counts_who_was_there() {
    let server = licensed_documented();
    assert_snapshot!(ask(&server, "users/active-users", DAYS), @r#"200 {"month":[{"usersList":["adminXXaccount222","statsXXaccount222","twofaXXaccount222","usersXXaccount222"],"users":4,"day":23,"month":2,"year":2018},{"usersList":["adminXXaccount222","statsXXaccount222","usersXXaccount222"],"users":3,"day":22,"month":2,"year":2018}],"success":true}"#);
    assert_snapshot!(ask(&server, "users/chat-busier/hourly-data", "start=2018-02-24T00:00:00.000Z"), @r#"200 {"hours":[{"users":1,"hour":22},{"users":1,"hour":20},{"users":1,"hour":18},{"users":3,"hour":16},{"users":3,"hour":14},{"users":2,"hour":12},{"users":3,"hour":10},{"users":2,"hour":8},{"users":1,"hour":6},{"users":0,"hour":4},{"users":0,"hour":2},{"users":0,"hour":0}],"success":true}"#);
    assert_snapshot!(ask(&server, "users/chat-busier/weekly-data", "start=2018-02-24T00:00:00.000Z"), @r#"200 {"month":[{"users":4,"day":23,"month":2,"year":2018},{"users":3,"day":22,"month":2,"year":2018},{"users":1,"day":21,"month":2,"year":2018},{"users":2,"day":20,"month":2,"year":2018},{"users":3,"day":19,"month":2,"year":2018},{"users":3,"day":18,"month":2,"year":2018},{"users":3,"day":17,"month":2,"year":2018}],"success":true}"#);
    assert_snapshot!(ask(&server, "users/users-by-time-of-the-day-in-a-week", "start=2018-02-23T00:00:00.000Z&end=2018-02-23T09:00:00.000Z"), @r#"200 {"week":[{"users":1,"hour":17,"day":23,"month":2,"year":2018},{"users":2,"hour":16,"day":23,"month":2,"year":2018},{"users":2,"hour":15,"day":23,"month":2,"year":2018},{"users":2,"hour":14,"day":23,"month":2,"year":2018},{"users":2,"hour":13,"day":23,"month":2,"year":2018},{"users":2,"hour":12,"day":23,"month":2,"year":2018},{"users":3,"hour":11,"day":23,"month":2,"year":2018},{"users":3,"hour":10,"day":23,"month":2,"year":2018},{"users":3,"hour":9,"day":23,"month":2,"year":2018},{"users":2,"hour":8,"day":23,"month":2,"year":2018},{"users":1,"hour":7,"day":23,"month":2,"year":2018},{"users":1,"hour":6,"day":23,"month":2,"year":2018}],"success":true}"#);
    assert_snapshot!(ask(&server, "users/chat-busier/hourly-data", "start=2010-02-24T00:00:00.000Z"), @r#"200 {"hours":[],"success":true}"#);
}

#[test]
fn lists_channels_with_their_messages() {
    assert_snapshot!(ask(&licensed_documented(), "channels/list", &format!("{DAYS}&count=2&offset=1")), @r#"200 {"channels":[{"room":{"_id":"Rk4vUpqQ7yKd3HcWn","name":"release-planning","ts":"2017-07-29T00:00:00.000Z","t":"p","_updatedAt":"2018-02-24T00:00:00.000Z"},"messages":38,"lastWeekMessages":29,"diffFromLastWeek":9},{"room":{"_id":"hG7cPd9RkT3vMw6Zs","name":"random","ts":"2017-01-30T00:00:00.000Z","t":"c","_updatedAt":"2018-02-24T00:00:00.000Z"},"messages":30,"lastWeekMessages":70,"diffFromLastWeek":-40}],"total":8,"offset":1,"count":2,"success":true}"#);
    assert_snapshot!(ask(&licensed("3.18.0"), "channels/list", &format!("{DAYS}&count=1")), @r#"200 {"channels":[{"room":{"_id":"GENERAL","name":"general","ts":"2017-01-20T00:00:00.000Z","t":"c","_updatedAt":"2018-02-24T00:00:00.000Z"},"messages":99,"lastWeekMessages":63,"diffFromLastWeek":36}],"count":1,"offset":0,"total":8,"success":true}"#);
    let quiet = |server: &Server, query: &str| {
        let channels = json(server, "channels/list", query);
        channels["channels"].as_array().unwrap().iter().any(|one| one["room"]["name"] == "archive-of-ideas")
    };
    let hide = format!("{DAYS}&hideRoomsWithNoActivity=true");
    let server = licensed("6.13.0");
    assert!(quiet(&server, DAYS) && !quiet(&server, &hide));
    let warned = server.get(&format!("{BASE}channels/list?{DAYS}")).with("admin").send();
    assert_snapshot!(warned.header("x-deprecation-message").unwrap(), @"Returning rooms that had no activity in /api/v1/engagement-dashboard/channels/list is deprecated and will be removed on version 7.0.0 along with the `hideRoomsWithNoActivity` param. Set `hideRoomsWithNoActivity` as `true` to check how the endpoint will behave starting on 7.0.0");
    let silent = server.get(&format!("{BASE}channels/list?{hide}")).with("admin").send();
    assert_eq!(silent.header("x-deprecation-message"), None);
    assert!(!quiet(&licensed("8.6.1"), DAYS) && quiet(&licensed_documented(), DAYS));
    let list = json(&licensed("8.6.1"), "channels/list", DAYS);
    for one in list["channels"].as_array().unwrap() {
        let number = |name: &str| one[name].as_i64().unwrap();
        assert_eq!(number("diffFromLastWeek"), number("messages") - number("lastWeekMessages"));
        assert!(
            one["room"]["_id"].is_string() && one["room"]["ts"].is_string() && one["room"]["_updatedAt"].is_string()
        );
    }
    let empty = "start=2010-02-22T00:00:00.000Z&end=2010-02-24T12:00:00.000Z";
    assert_snapshot!(ask(&licensed("8.6.1"), "channels/list", empty), @r#"200 {"channels":[],"total":0,"offset":0,"count":0,"success":true}"#);
    assert_snapshot!(ask(&licensed("8.6.1"), "channels/list", &format!("{DAYS}&offset=-1")), @r#"400 {"success":false,"error":"BSON field 'skip' value must be >= 0, actual value '-1'"}"#);
}
