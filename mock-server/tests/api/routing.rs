//! Everything between the request line and an endpoint: paths, methods, headers, preflights, the limiter.

use insta::assert_snapshot;
use mock_server::Config;

use crate::client::{Answer, Server, documented, start, version};

const STATISTICS: &str = "/api/v1/statistics";
const PAGE: &str = "200 <!DOCTYPE html>";

/// All headers but those that differ from run to run.
fn headers(answer: &Answer) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-instance-id" | "content-length"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    format!("{}\n{}", answer.status, headers.join("\n"))
}

/// Status, content type and body.
fn typed(answer: &Answer) -> String {
    format!("{} {} {}", answer.status, answer.header("content-type").unwrap_or("-"), answer.body)
}

#[test]
fn unknown_paths_are_the_web_applications_or_404() {
    for path in ["/api/v1/no.such.thing", "/api/v2/statistics", "/api", "/api/", "/api/v1"] {
        for server in [documented(), version("2.4.0"), version("6.13.0"), version("7.4.0"), version("7.5.0")] {
            let answer = server.get(path).with("admin").send();
            assert!(answer.shown().starts_with(PAGE), "{path}: {}", answer.shown());
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        }
        for server in [version("7.6.0"), version("8.6.1")] {
            assert_eq!(
                typed(&server.get(path).with("admin").send()),
                "404 text/plain; charset=UTF-8 404 Not Found",
                "{path}"
            );
        }
    }
}

#[test]
fn what_is_not_the_api_is_the_web_application_in_every_era() {
    for server in [documented(), version("2.4.0"), version("7.5.0"), version("7.6.0"), version("8.6.1")] {
        for path in ["/", "/home", "/apiary", "/home/api/v1"] {
            let answer = server.get(path).send();
            assert!(answer.shown().starts_with(PAGE), "{path}: {}", answer.shown());
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}

#[test]
fn another_case_of_api_gets_no_headers_of_the_api() {
    for server in [version("7.6.0"), version("8.6.1")] {
        let under = server.get("/api/v1/nothing").send();
        assert_eq!((under.status, under.header("access-control-allow-origin")), (404, Some("*")));
        let beside = server.get("/API/v1/statistics").with("admin").send();
        assert_eq!(typed(&beside), "404 text/plain; charset=UTF-8 404 Not Found");
        assert_eq!(beside.header("access-control-allow-origin"), None);
        assert_eq!(beside.header("cache-control"), None);
    }
}

#[test]
fn paths_are_compared_letter_by_letter() {
    for path in [
        "/api/v1/statistics/",
        "/api/v1/Statistics",
        "/API/v1/statistics",
        "/api//v1/statistics",
        "/api/v1/settings/",
        "/api/v1/settings/a/b",
    ] {
        assert!(documented().get(path).with("admin").shown().starts_with(PAGE), "{path}");
        assert_eq!(version("8.6.1").get(path).with("admin").shown(), "404 404 Not Found", "{path}");
    }
    assert_eq!(documented().get("/api/v1/statistics?").with("admin").send().status, 200);
}

#[test]
fn a_wrong_method_is_405_or_404() {
    let call = |server: Server, method: &str, path: &str| {
        let answer = server.call(method, path).with("admin").send();
        format!("{} [{}]", typed(&answer), answer.header("allow").unwrap_or("-"))
    };
    assert_snapshot!(call(documented(), "POST", STATISTICS), @r#"405 application/json {"status":"error","message":"API endpoint does not exist"} [GET, OPTIONS]"#);
    assert_snapshot!(call(version("2.4.0"), "DELETE", "/api/v1/settings/Site_Url"), @r#"405 application/json {"status":"error","message":"API endpoint does not exist"} [GET, POST, OPTIONS]"#);
    assert_snapshot!(call(version("6.13.0"), "GET", "/api/v1/permissions.update"), @r#"405 application/json {"status":"error","message":"API endpoint does not exist"} [POST, OPTIONS]"#);
    assert_snapshot!(call(version("7.4.0"), "PUT", STATISTICS), @r#"405 application/json {"status":"error","message":"API endpoint does not exist"} [GET, OPTIONS]"#);
    assert_snapshot!(call(version("7.5.0"), "PUT", STATISTICS), @"404 text/plain; charset=UTF-8 404 Not Found [-]");
    assert_snapshot!(call(version("8.6.1"), "POST", STATISTICS), @"404 text/plain; charset=UTF-8 404 Not Found [-]");
}

#[test]
fn head_is_get_without_a_body_on_newer_servers() {
    let server = version("8.6.1");
    let get = server.get(STATISTICS).with("admin").send();
    let head = server.call("HEAD", STATISTICS).with("admin").send();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(headers(&head), headers(&get));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(server.call("HEAD", STATISTICS).send().status, 401);
    assert_eq!(
        documented().call("HEAD", STATISTICS).with("admin").send().header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[test]
fn a_documented_endpoint_that_is_not_served_is_named() {
    assert_snapshot!(typed(&documented().get("/api/v1/channels.list").with("admin").send()), @r#"501 application/json {"success":false,"error":"The mock server does not serve GET /api/v1/channels.list [error-not-implemented]","errorType":"error-not-implemented"}"#);
    assert_snapshot!(typed(&version("8.6.1").call("POST", "/api/v1/chat.postMessage").send()), @r#"501 application/json {"success":false,"error":"The mock server does not serve POST /api/v1/chat.postMessage [error-not-implemented]","errorType":"error-not-implemented"}"#);
    assert_snapshot!(typed(&documented().get("/api/apps/6e2c1c2d").send()), @r#"501 application/json {"success":false,"error":"The mock server does not serve GET /api/apps/{appId} [error-not-implemented]","errorType":"error-not-implemented"}"#);
}

#[test]
fn documented_endpoints_of_every_method_are_named() {
    for (method, path, name) in [
        ("PUT", "/api/v1/abac/attributes/x", "PUT /api/v1/abac/attributes/:_id"),
        ("DELETE", "/api/v1/abac/attributes/x", "DELETE /api/v1/abac/attributes/:_id"),
        ("DELETE", "/api/apps/6e2c1c2d", "DELETE /api/apps/{appId}"),
    ] {
        let answer = version("8.6.1").call(method, path).with("admin").send();
        let error = format!("The mock server does not serve {name} [error-not-implemented]");
        assert_eq!((answer.status, answer.json()["error"].as_str().unwrap()), (501, &*error));
    }
    // Before the version that brought it, it is as unknown as to the real server.
    let older = version("7.10.0").call("PUT", "/api/v1/abac/attributes/x").with("admin").send();
    assert_eq!((older.status, older.body.as_str()), (404, "404 Not Found"));
}

#[test]
fn a_documented_method_of_a_served_path_is_named_too() {
    let post = |server: &Server| server.post("/api/v1/settings", "[]").with("admin").shown();
    assert_snapshot!(post(&version("8.6.0")), @r#"501 {"success":false,"error":"The mock server does not serve POST /api/v1/settings [error-not-implemented]","errorType":"error-not-implemented"}"#);
    assert_eq!(post(&documented()), post(&version("8.6.0")));
    assert_snapshot!(post(&version("8.5.0")), @"404 404 Not Found");
    assert_snapshot!(post(&version("6.13.0")), @r#"405 {"status":"error","message":"API endpoint does not exist"}"#);
}

#[test]
fn answers_carry_the_headers_of_their_era() {
    let ok = |server: &Server| headers(&server.get(STATISTICS).with("admin").send());
    let refused = |server: &Server| headers(&server.get(STATISTICS).send());
    assert_snapshot!(ok(&documented()), @r"
200
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-origin: *
cache-control: no-store
content-type: application/json
pragma: no-cache
");
    assert_snapshot!(ok(&version("2.4.0")), @r"
200
cache-control: no-store
content-type: application/json
pragma: no-cache
");
    assert_snapshot!(ok(&version("6.13.0")), @r"
200
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-origin: *
cache-control: no-store
content-type: application/json
pragma: no-cache
");
    assert_snapshot!(ok(&version("8.6.1")), @r"
200
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization
access-control-allow-origin: *
cache-control: no-store
content-type: application/json
pragma: no-cache
x-content-type-options: nosniff
x-frame-options: sameorigin
x-xss-protection: 1
");
    assert_snapshot!(refused(&version("6.13.0")), @r"
401
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-origin: *
cache-control: no-store
content-type: application/json
pragma: no-cache
");
    assert_snapshot!(refused(&version("8.6.1")), @r"
401
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization
access-control-allow-origin: *
content-type: application/json
x-content-type-options: nosniff
x-frame-options: sameorigin
x-xss-protection: 1
");
    let old = version("2.4.0");
    old.set("API_Enable_CORS", true);
    assert_snapshot!(ok(&old), @r"
200
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-origin: *
cache-control: no-store
content-type: application/json
pragma: no-cache
");
    let new = version("8.6.1");
    new.set("Iframe_Restrict_Access", false);
    assert_eq!(new.get(STATISTICS).with("admin").send().header("x-frame-options"), None);
    // Refusals from in front of the handler, and one of the handler's own.
    assert_snapshot!(headers(&new.get("/api/v1/settings/Site_Url").with("user").send()), @r"
403
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization
access-control-allow-origin: *
content-type: application/json
x-content-type-options: nosniff
x-xss-protection: 1
");
    assert_eq!(new.get(STATISTICS).with("user").send().header("cache-control"), Some("no-store"));
}

#[test]
fn every_answer_names_the_process() {
    for server in [documented(), version("2.4.0"), version("8.6.1")] {
        let id = |path: &str| server.get(path).send().header("x-instance-id").unwrap().to_owned();
        assert_eq!(id(STATISTICS).len(), 17);
        assert_eq!(id(STATISTICS), id("/api/v1/no.such.thing"));
    }
}

/// The answer to a preflight of `method` from `origin`.
fn preflight(server: &Server, origin: Option<&str>, method: Option<&str>) -> String {
    let mut call = server.call("OPTIONS", STATISTICS);
    if let Some(origin) = origin {
        call = call.header("origin", origin);
    }
    if let Some(method) = method {
        call = call.header("access-control-request-method", method);
    }
    let answer = call.send();
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("access-control") || name == "vary" || name == "content-type")
        .map(|(name, value)| format!("\n{name}: {value}"))
        .collect();
    headers.sort();
    format!("{} {}{}", answer.status, answer.body, headers.concat())
}

#[test]
fn preflights_depend_on_the_settings() {
    let origin = Some("https://web.example");
    let new = version("8.6.1");
    assert_snapshot!(preflight(&new, None, None), @r"
200 OK
content-type: text/plain; charset=UTF-8
");
    assert_snapshot!(preflight(&new, origin, Some("GET")), @r#"
405 CORS not enabled. Go to "Admin > General > REST Api" to enable it.
content-type: text/plain; charset=UTF-8
"#);
    new.set("API_Enable_CORS", true);
    assert_snapshot!(preflight(&new, origin, Some("GET")), @r"
200 OK
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization
access-control-allow-methods: GET, POST, PUT, DELETE, HEAD, PATCH
access-control-allow-origin: *
content-type: text/plain; charset=UTF-8
");
    new.set("API_CORS_Origin", "https://a.example, https://WEB.example");
    assert_snapshot!(preflight(&new, origin, None), @r"
200 OK
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization
access-control-allow-methods: GET, POST, PUT, DELETE, HEAD, PATCH
access-control-allow-origin: https://web.example
content-type: text/plain; charset=UTF-8
vary: Origin
");
    assert_snapshot!(preflight(&new, Some("https://WEB.example"), Some("GET")), @r"
403 Invalid origin
content-type: text/plain; charset=UTF-8
");

    let middle = version("6.13.0");
    assert_snapshot!(preflight(&middle, None, None), @"200");
    assert_snapshot!(preflight(&middle, None, Some("GET")), @r#"405 CORS not enabled. Go to "Admin > General > REST Api" to enable it."#);
    middle.set("API_Enable_CORS", true);
    assert_snapshot!(preflight(&middle, origin, Some("GET")), @r"
200 
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-methods: GET, POST, PUT, DELETE, HEAD, PATCH
access-control-allow-origin: *
");
    middle.set("API_CORS_Origin", "https://a.example");
    assert_snapshot!(preflight(&middle, origin, Some("GET")), @"200");

    let old = version("0.73.0");
    assert_snapshot!(preflight(&old, origin, None), @"404");
    assert_snapshot!(preflight(&old, origin, Some("GET")), @r#"405 CORS not enabled. Go to "Admin > General > REST Api" to enable it."#);
    old.set("API_Enable_CORS", true);
    assert_snapshot!(preflight(&old, origin, Some("GET")), @r"
200 
access-control-allow-headers: Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token
access-control-allow-origin: *
");
}

fn limited(version: &str) -> Server {
    start(Config { version: Some(version.parse().unwrap()), rate_limit: true, ..Config::default() })
}

/// The limiter's headers.
fn limits(answer: &Answer) -> String {
    let header = |name| answer.header(name).unwrap_or("-");
    format!("{} {} {}", header("x-ratelimit-limit"), header("x-ratelimit-remaining"), header("x-ratelimit-reset"))
}

/// Calls `path` ten times as `name` and returns the eleventh answer.
fn eleventh(server: &Server, path: &str, name: &str) -> Answer {
    for _ in 0..10 {
        server.get(path).with(name).send();
    }
    server.get(path).with(name).send()
}

#[test]
fn the_eleventh_call_is_one_too_many() {
    let default = start(Config { rate_limit: true, ..Config::default() });
    for server in [default, limited("2.4.0"), limited("6.13.0"), limited("7.4.0"), limited("7.10.0"), limited("8.6.1")]
    {
        let first = server.get(STATISTICS).with("stats").send();
        assert_eq!((first.status, limits(&first).as_str()), (200, "10 9 1519488060000"));
        server.mock.clock().advance(18_000);
        for left in (0..9).rev() {
            assert_eq!(limits(&server.get(STATISTICS).with("stats").send()), format!("10 {left} 1519488060000"));
        }
        let refused = server.get(STATISTICS).with("stats").send();
        assert_eq!(
            refused.shown(),
            r#"429 {"success":false,"error":"Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint again. [error-too-many-requests]"}"#
        );
        assert_eq!((limits(&refused).as_str(), refused.header("retry-after")), ("10 0 1519488060000", None));
        assert_eq!(server.get("/api/v1/statistics.list").with("stats").send().status, 200, "counted apart");
        assert_eq!(server.get(STATISTICS).with("user").send().status, 429, "one address, one count");
        assert_eq!(server.get(STATISTICS).with("stats").header("x-real-ip", "10.0.0.9").send().status, 200);
        let admin = server.get(STATISTICS).with("admin").send();
        assert_eq!((admin.status, limits(&admin).as_str()), (200, "- - -"), "exempt");
        server.mock.clock().advance(42_000);
        assert_eq!(limits(&server.get(STATISTICS).with("stats").send()), "10 9 1519488120000");
    }
}

#[test]
fn versions_without_a_limiter_or_with_another_status() {
    let old = limited("0.74.0");
    assert_snapshot!(eleventh(&old, STATISTICS, "stats").shown(), @r#"400 {"success":false,"error":"Error, too many requests. Please slow down. You must wait 60 seconds before trying this endpoint again. [error-too-many-requests]","errorType":"error-too-many-requests"}"#);
    for version in ["0.73.0", "7.5.0", "7.8.0"] {
        let answer = eleventh(&limited(version), STATISTICS, "stats");
        assert_eq!((answer.status, limits(&answer).as_str()), (200, "- - -"), "{version}");
    }
    let off = version("8.6.1");
    assert_eq!(limits(&eleventh(&off, STATISTICS, "stats")), "- - -");
    off.set("API_Enable_Rate_Limiter", true);
    assert_eq!(eleventh(&off, STATISTICS, "stats").status, 429);
    off.set("API_Enable_Rate_Limiter_Limit_Calls_Default", 0);
    assert_eq!(off.get(STATISTICS).with("stats").send().status, 200);
}

#[test]
fn what_counts_as_a_call_depends_on_the_era() {
    // 401 comes before the limiter everywhere; `/api/info` is never limited.
    for server in [limited("6.13.0"), limited("8.6.1")] {
        for _ in 0..12 {
            let answer = server.get(STATISTICS).send();
            assert_eq!((answer.status, limits(&answer).as_str()), (401, "- - -"));
            assert_eq!(limits(&server.get("/api/info").send()), "- - -");
        }
        assert_eq!(limits(&server.get(STATISTICS).with("stats").send()), "10 9 1519488060000");
        let own_refusal = server.get(STATISTICS).with("user").send();
        assert_eq!((own_refusal.status, limits(&own_refusal).as_str()), (400, "10 8 1519488060000"));
    }
    // A declared permission: counted to 7.x, refused before it is counted from 8.0 on.
    let setting = "/api/v1/settings/Site_Url";
    let counted = eleventh(&limited("6.13.0"), setting, "user");
    assert_eq!((counted.status, limits(&counted).as_str()), (429, "10 0 1519488060000"));
    let refused = eleventh(&limited("8.6.1"), setting, "user");
    assert_eq!((refused.status, limits(&refused).as_str()), (403, "- - -"));
    // Validation likewise.
    let bad = "/api/v1/permissions.listAll?x=1";
    let refused = eleventh(&limited("8.6.1"), bad, "user");
    assert_eq!((refused.status, limits(&refused).as_str()), (400, "- - -"));
}

#[test]
fn an_open_endpoint_is_limited_too() {
    let server = limited("8.6.1");
    for _ in 0..10 {
        assert_eq!(server.get("/api/v1/settings.public?count=1").send().status, 200);
    }
    assert_eq!(server.get("/api/v1/settings.public?count=1").send().status, 429);
    let head = server.call("HEAD", "/api/v1/settings.public?count=1").send();
    assert_eq!((head.status, limits(&head).as_str()), (200, "- - -"), "not limited");
}
