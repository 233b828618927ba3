//! `statistics.list`: the documented call, refusals, paging, sorting, projecting, filtering, era by era.

use insta::assert_snapshot;
use mock_server::Config;
use mock_server::SeedName;
use serde_json::Value as Json;

use crate::client::{Server, documented, start, version};

const LIST: &str = "/api/v1/statistics.list";

/// The whole answer to a list request of the admin.
fn list(server: &Server, query: &str) -> Json {
    let answer = server.get(&format!("{LIST}?{query}")).with("admin").send();
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer.json()
}

fn ids(page: &Json) -> Vec<String> {
    page["statistics"].as_array().unwrap().iter().map(|record| record["_id"].as_str().unwrap().to_owned()).collect()
}

fn values(page: &Json, field: &str) -> Vec<Json> {
    page["statistics"].as_array().unwrap().iter().map(|record| record[field].clone()).collect()
}

#[test]
fn the_documentations_own_call_gets_the_documented_answer() {
    let server = documented();
    let call = "/api/v1/statistics.list?query=%7B%22_id%22:%22v3D4mvobwfznKozH8%22%7D\
        &fields=%7B%22os%22:0,%22migration%22:0,%22deploy%22:0,%22process%22:0%7D";
    let answer = server.get(call).with("admin").send();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_snapshot!(answer.shown(), @r#"200 {"statistics":[{"_id":"v3D4mvobwfznKozH8","uniqueId":"wD4EP3M7FeFzJZgk9","installedAt":"2018-02-18T19:40:45.369Z","version":"0.61.0-develop","totalUsers":88,"activeUsers":88,"nonActiveUsers":0,"onlineUsers":0,"awayUsers":1,"offlineUsers":87,"totalRooms":81,"totalChannels":41,"totalPrivateGroups":37,"totalDirect":3,"totlalLivechat":0,"totalMessages":2408,"totalChannelMessages":730,"totalPrivateGroupMessages":1869,"totalDirectMessages":25,"totalLivechatMessages":0,"lastLogin":"2018-02-24T12:44:45.045Z","lastMessageSentAt":"2018-02-23T18:14:03.490Z","lastSeenSubscription":"2018-02-23T17:58:54.779Z","instanceCount":1,"createdAt":"2018-02-24T15:13:00.312Z","_updatedAt":"2018-02-24T15:13:00.312Z"}],"count":1,"offset":0,"total":1,"success":true}"#);
    assert_snapshot!(server.get(call).with("user").shown(), @r#"400 {"success":false,"error":"error-not-allowed"}"#);
    assert_snapshot!(server.get(call).shown(), @r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
}

#[test]
fn a_bare_json_query_as_curl_sends_it_is_read() {
    use std::io::{Read, Write};
    let server = documented();
    let admin = server.mock.identity("admin").unwrap();
    let mut stream = std::net::TcpStream::connect(server.mock.address()).unwrap();
    write!(
        stream,
        "GET {LIST}?count=1&query={{\"version\":{{\"$gt\":\"0\"}}}}&fields={{\"version\":1}} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-user-id: {}\r\nx-auth-token: {}\r\n\r\n",
        admin.id,
        admin.token.as_ref().unwrap()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(r#""count":1,"offset":0,"total":240,"success":true}"#), "{answer}");
}

#[test]
fn every_way_of_not_being_logged_in_is_the_same_401() {
    let server = documented();
    let (admin, user) = (server.mock.identity("admin").unwrap(), server.mock.identity("user").unwrap());
    let (admin_token, user_token) = (admin.token.clone().unwrap(), user.token.clone().unwrap());
    let attempts = [
        server.get(LIST),
        server.get(LIST).header("x-user-id", &admin.id),
        server.get(LIST).header("x-auth-token", &admin_token),
        server.get(LIST).with_token(&admin.id, "wrong"),
        server.get(LIST).with_token("wrong", &admin_token),
        server.get(LIST).with_token(&admin.id, &user_token),
        server.get(LIST).with_token(&user.id, &admin_token),
        server.get(LIST).with_token("", ""),
        server.get(LIST).with_token(&admin.id, ""),
    ];
    for attempt in attempts {
        assert_eq!(attempt.shown(), r#"401 {"status":"error","message":"You must be logged in to do this."}"#);
    }
}

#[test]
fn the_401_by_era() {
    for (text, body) in [
        ("0.61.0", r#"{"status":"error","message":"You must be logged in to do this."}"#),
        ("7.4.0", r#"{"status":"error","message":"You must be logged in to do this."}"#),
        (
            "7.5.0",
            r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
        ),
        (
            "8.6.1",
            r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
        ),
        ("9.0.0", r#"{"success":false,"error":"You must be logged in to do this."}"#),
    ] {
        assert_eq!(version(text).get(LIST).shown(), format!("401 {body}"), "{text}");
    }
}

#[test]
fn the_refusal_by_era_and_what_beats_it() {
    for (text, refusal, malformed_sort) in [
        (
            "0.61.0",
            r#"403 {"success":false,"error":"unauthorized"}"#,
            r#"403 {"success":false,"error":"unauthorized"}"#,
        ),
        ("2.4.0", r#"403 {"success":false,"error":"unauthorized"}"#, r#"403 {"success":false,"error":"unauthorized"}"#),
        (
            "3.0.0",
            r#"400 {"success":false,"error":"error-not-allowed"}"#,
            r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{bad\" [error-invalid-sort]","errorType":"error-invalid-sort"}"#,
        ),
        (
            "6.13.0",
            r#"400 {"success":false,"error":"error-not-allowed"}"#,
            r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{bad\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#,
        ),
        (
            "8.6.1",
            r#"400 {"success":false,"error":"error-not-allowed"}"#,
            r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{bad\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#,
        ),
    ] {
        let server = version(text);
        assert_eq!(server.get(LIST).with("user").shown(), refusal, "{text}");
        let malformed = format!("{LIST}?sort=%7Bbad");
        assert_eq!(server.get(&malformed).with("user").shown(), malformed_sort, "{text}");
        // A page out of the database's range is only found out after the permission.
        let negative = format!("{LIST}?offset=-1");
        assert_eq!(server.get(&negative).with("user").shown(), refusal, "{text}");
    }
}

#[test]
fn pages_tile_the_whole_and_the_totals_stay() {
    let server = documented();
    let whole = list(&server, "count=0");
    assert_eq!((whole["count"].as_u64(), whole["total"].as_u64()), (Some(240), Some(240)));
    let mut seen = Vec::new();
    while seen.len() < 240 {
        let page = list(&server, &format!("count=100&offset={}", seen.len()));
        assert_eq!(page["total"], 240);
        assert_eq!(page["offset"], seen.len());
        assert_eq!(page["count"], ids(&page).len());
        seen.extend(ids(&page));
    }
    assert_eq!(seen, ids(&whole));
    let past = server.get(&format!("{LIST}?offset=240")).with("admin").shown();
    assert_eq!(past, r#"200 {"statistics":[],"count":0,"offset":240,"total":240,"success":true}"#);
}

#[test]
fn the_table_of_odd_pages() {
    let server = documented();
    for (query, count, offset) in [
        ("", 50, "0"),
        ("count=", 240, "0"),
        ("count=0", 240, "0"),
        ("count=5", 5, "0"),
        ("count=101", 100, "0"),
        ("count=1000", 100, "0"),
        ("count=-1", 1, "0"),
        ("count=-5", 5, "0"),
        ("count=abc", 240, "0"),
        ("count=Infinity", 240, "0"),
        ("count=1.9", 1, "0"),
        ("count=1e3", 1, "0"),
        ("count=0x10", 16, "0"),
        ("count=7abc", 7, "0"),
        ("count=+7", 7, "0"),
        ("count=-0", 240, "0"),
        ("count=1&count=2", 1, "0"),
        ("count[]=5", 5, "0"),
        ("count[a]=1", 240, "0"),
        ("offset=", 50, "0"),
        ("offset=5", 50, "5"),
        ("offset=abc", 50, "null"),
        ("offset=null", 50, "null"),
        ("offset=1.9", 50, "1"),
        ("offset=0x10", 50, "16"),
        ("offset=-0", 50, "0"),
        ("offset=1&offset=2", 50, "1"),
        ("offset=230", 10, "230"),
        ("?", 50, "0"),
    ] {
        let body = server.get(&format!("{LIST}?{query}")).with("admin").send().body;
        let tail = format!(r#"],"count":{count},"offset":{offset},"total":240,"success":true}}"#);
        assert!(body.ends_with(&tail), "{query}: {}", &body[body.len().saturating_sub(90)..]);
    }
    let negative = server.get(&format!("{LIST}?offset=-1")).with("admin").shown();
    assert_snapshot!(negative, @r#"400 {"success":false,"error":"BSON field 'skip' value must be >= 0, actual value '-1'"}"#);
}

#[test]
fn paging_settings_count_from_the_next_request_on() {
    let server = documented();
    let counted = |query: &str| list(&server, query)["count"].as_u64().unwrap();
    server.set("API_Default_Count", 7);
    server.set("API_Upper_Count_Limit", 20);
    assert_eq!((counted(""), counted("count=30"), counted("count=0")), (7, 20, 240));
    server.set("API_Allow_Infinite_Count", false);
    assert_eq!((counted("count=0"), counted("count=")), (7, 7));
    // Quirk: a limit of exactly 0 stands and turns every positive count into everything.
    server.set("API_Allow_Infinite_Count", true);
    server.set("API_Upper_Count_Limit", 0);
    assert_eq!(counted("count=5"), 240);
    server.set("API_Upper_Count_Limit", -3);
    assert_eq!(counted("count=500"), 100);
}

#[test]
fn sorts_numbers_as_numbers_and_keeps_ties_in_insertion_order() {
    let server = documented();
    let whole = list(&server, "count=0");
    let mut expected: Vec<(i64, usize)> = values(&whole, "totalMessages")
        .iter()
        .enumerate()
        .map(|(index, value)| (value.as_i64().unwrap(), index))
        .collect();
    expected.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
    let ordered: Vec<String> = expected.iter().map(|(_, index)| ids(&whole)[*index].clone()).collect();
    let descending = list(&server, "count=0&sort=%7B%22totalMessages%22:-1%7D");
    assert_eq!(ids(&descending), ordered);
    let second = list(&server, "count=40&offset=40&sort=%7B%22totalMessages%22:-1%7D");
    assert_eq!(ids(&second), ordered[40..80]);
}

#[test]
fn odd_sorts_by_era() {
    let server = documented();
    let natural = ids(&list(&server, "count=0"));
    for odd in ["%7B%7D", "[]", "%22%22", "0", "false", "[1]"] {
        assert_eq!(ids(&list(&server, &format!("count=0&sort={odd}"))), natural, "{odd}");
    }
    let refused = |server: &Server, value: &str| server.get(&format!("{LIST}?sort={value}")).with("admin").shown();
    assert_snapshot!(refused(&server, "1"), @r#"400 {"success":false,"error":"Invalid sort format: 1 Sort must be a valid object"}"#);
    assert_snapshot!(refused(&server, "%7B%22a%22:2%7D"), @r#"400 {"success":false,"error":"Invalid sort parameter provided: \"{\"a\":2}\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#);
    assert_snapshot!(refused(&server, "null"), @r#"400 {"success":false,"error":"Invalid sort parameter provided: \"null\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#);
    let eight = version("8.6.1");
    assert_snapshot!(refused(&eight, ""), @r#"400 {"success":false,"error":"Invalid sort parameter provided: \"\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#);
    assert_eq!(eight.get(&format!("{LIST}?sort=1&sort=2")).with("admin").send().status, 200);
}

#[test]
fn projects_as_upstream_merges_projections() {
    let server = documented();
    let first = |fields: &str| {
        let page = list(&server, &format!("count=1&offset=239&fields={fields}"));
        page["statistics"][0].to_string()
    };
    assert_snapshot!(first(r"%7B%22version%22:1%7D"), @r#"{"_id":"v3D4mvobwfznKozH8","version":"0.61.0-develop"}"#);
    // Quirk: with any 1 every 0 is dropped, `_id` too.
    assert_snapshot!(first(r"%7B%22_id%22:0,%22totalUsers%22:1%7D"), @r#"{"_id":"v3D4mvobwfznKozH8","totalUsers":88}"#);
    assert_snapshot!(first(r"%7B%22os.loadavg%22:1,%22process.pid%22:1,%22totalUsers%22:0%7D"), @r#"{"_id":"v3D4mvobwfznKozH8","os":{"loadavg":[0.12,0.08,0.05]},"process":{"pid":9}}"#);
    assert_snapshot!(first(r"%7B%22os.cpus.times.user%22:1%7D"), @r#"{"_id":"v3D4mvobwfznKozH8","os":{"cpus":[{"times":{"user":9120300}},{"times":{"user":9098700}}]}}"#);
    assert!(!first(r"%7B%22_id%22:0%7D").contains("_id\":\"v3D4"));
    assert!(first(r"%7B%22joinCode%22:1%7D").contains("totalUsers"));
    let refused = |fields: &str| server.get(&format!("{LIST}?fields={fields}")).with("admin").shown();
    assert_snapshot!(refused("%7B%22a%22:2%7D"), @r#"400 {"success":false,"error":"Invalid fields parameter provided: \"{\"a\":2}\" [error-invalid-fields]","errorType":"error-invalid-fields","details":{"helperMethod":"parseJsonQuery"}}"#);
    assert_snapshot!(refused("%7B%22a%22:1,%22a.b%22:1%7D"), @r#"400 {"success":false,"error":"Path collision at a.b remaining portion b"}"#);
}

#[test]
fn filters_as_mongodb_does_with_dates_typed() {
    let server = documented();
    let total = |query: &str| {
        let encoded = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace('^', "%5E");
        list(&server, &format!("count=1&query={encoded}"))["total"].as_u64().unwrap()
    };
    let all = 240;
    assert_eq!(total("{}"), all);
    let above = total(r#"{"totalUsers":{"$gt":40}}"#);
    assert!(above > 0 && above < all);
    assert_eq!(total(r#"{"totalUsers":{"$not":{"$gt":40}}}"#), all - above);
    // Text on a date field finds nothing; EJSON does.
    assert_eq!(total(r#"{"createdAt":{"$gt":"2018-01-01T00:00:00.000Z"}}"#), 0);
    assert_eq!(total(r#"{"createdAt":{"$lte":{"$date":1519485180312}}}"#), all);
    assert_eq!(total(r#"{"createdAt":{"$gte":{"$date":"2018-02-24T15:13:00.312Z"}}}"#), 1);
    assert_eq!(total(r#"{"totalUsers":"88"}"#), 0);
    // Dropped at the top, honoured below.
    assert_eq!(total(r#"{"$nor":[{"totalUsers":{"$gt":40}}]}"#), all);
    assert_eq!(total(r#"{"$and":[{"$nor":[{"totalUsers":{"$gt":40}}]}]}"#), all - above);
    assert_eq!(
        total(r#"{"version":{"$regex":"^0\\.61","$options":"i"}}"#),
        total(r#"{"version":{"$regexp":"^0\\.61","$flags":"i"}}"#)
    );

    let refused = |query: &str| {
        let encoded = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        server.get(&format!("{LIST}?query={encoded}")).with("admin").shown()
    };
    assert_snapshot!(refused("{bad"), @r#"400 {"success":false,"error":"Invalid query parameter provided: \"{bad\" [error-invalid-query]","errorType":"error-invalid-query","details":{"helperMethod":"parseJsonQuery"}}"#);
    assert_snapshot!(refused(r#"{"a":{"$foo":1}}"#), @r#"400 {"success":false,"error":"unknown operator: $foo"}"#);
    assert_snapshot!(refused(r#"{"$or":[{"$where":"1"}]}"#), @r#"400 {"success":false,"error":"$where is not allowed in this context"}"#);
    let nested = |levels: usize| refused(&format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels)));
    for levels in [120, 3_000] {
        assert_eq!(
            nested(levels),
            r#"400 {"success":false,"error":"BSONObj exceeded maximum nested object depth: 100"}"#
        );
    }
    let hostile = refused(r#"{"os.release":{"$regex":"^(([a-z0-9.-])+)+$"}}"#);
    assert!(hostile.starts_with("400 ") || hostile.starts_with("200 "), "{hostile}");
}

#[test]
fn later_versions_ignore_query_and_fields_unless_told_otherwise() {
    let call = format!("{LIST}?count=1&query=%7Bbad&fields=%7Bbad");
    for text in ["7.0.0", "8.6.1", "9.0.0"] {
        let answer = version(text).get(&call).with("admin").send();
        assert_eq!((answer.status, &answer.json()["count"]), (200, &Json::from(1)), "{text}");
    }
    let told = |text: &str| {
        start(Config { version: Some(text.parse().unwrap()), unsafe_query_params: Some(true), ..Config::default() })
    };
    assert_eq!(told("8.6.1").get(&call).with("admin").send().status, 400);
    // Removed for good.
    assert_eq!(told("9.0.0").get(&call).with("admin").send().status, 200);
}

#[test]
fn deprecated_parameters_are_announced_in_headers() {
    let call = format!("{LIST}?count=1&query=%7B%7D");
    let headers = |text: &str| {
        let config =
            Config { version: Some(text.parse().unwrap()), unsafe_query_params: Some(true), ..Config::default() };
        let answer = start(config).get(&call).with("admin").send();
        let header = |name: &str| answer.header(name).unwrap_or("-").to_owned();
        [header("x-deprecation-type"), header("x-deprecation-version"), header("x-deprecation-message")].join(" | ")
    };
    assert_snapshot!(headers("6.2.0"), @"- | - | -");
    assert_snapshot!(headers("6.3.0"), @r#"parameter-deprecation | 7.0.0 | The parameter "query" in the endpoint "/api/v1/statistics.list" is deprecated and will be removed on version 7.0.0"#);
    assert_snapshot!(headers("8.6.1"), @r#"parameter-deprecation | 9.0.0 | The usage of the "query" parameter in endpoint "/api/v1/statistics.list" breaks the security of the API and can lead to data exposure. It has been deprecated and will be removed in the version 9.0.0."#);
}

#[test]
fn the_other_seeds_and_sizes() {
    let with = |seed_name, records| start(Config { seed_name, records, ..Config::default() });
    let empty = with(SeedName::Empty, None).get(LIST).with("admin").shown();
    assert_eq!(empty, r#"200 {"statistics":[],"count":0,"offset":0,"total":0,"success":true}"#);
    let one = list(&with(SeedName::Documented, None), "");
    assert_eq!(ids(&one), ["v3D4mvobwfznKozH8"]);
    let many = with(SeedName::History, Some(1_000));
    assert_eq!(list(&many, "count=1&offset=999")["statistics"][0]["_id"], "v3D4mvobwfznKozH8");
    assert_eq!(list(&many, "")["total"], 1_000);
}

#[test]
fn the_same_seed_clock_and_profile_give_the_same_bytes() {
    for profile in ["documented", "3", "4", "5", "6", "7", "8"] {
        let body = |seed| {
            let server = start(Config { profile: Some(profile.to_owned()), seed, ..Config::default() });
            server.get(&format!("{LIST}?count=0")).with("admin").send().body
        };
        assert_eq!(body(1), body(1), "{profile}");
        assert_ne!(body(1), body(2), "{profile}");
    }
}
