//! Lists that the tester is told of in data: another area, another account, another member for the records and for their ids.

use std::fs;

use serde_json::{Value, json};

use crate::server::{PASSWORD, Reply, Request, Server, faithful, serve};
use crate::{auth_file, case, code, conformance, result, text};

const MODERATOR_TOKEN: &str = "token-of-the-moderator-0123456789";

/// A list of sounds with ids of their own, for an account that the built-in cases know nothing of.
fn sounds(request: &Request) -> Option<Value> {
    let reader = request.header("x-auth-token") == Some(MODERATOR_TOKEN);
    if request.path != "/api/v1/custom-sounds.list" || !reader {
        return None;
    }
    let number = |name: &str, default: usize| {
        let value = request.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let all: Vec<Value> = (0..7).map(|n| json!({"key": format!("s{n}"), "name": format!("n{}", n % 3)})).collect();
    let offset = number("offset", 0);
    let page: Vec<Value> = all.iter().skip(offset).take(number("count", 50)).cloned().collect();
    Some(json!({"sounds": page, "count": page.len(), "offset": offset, "total": all.len(), "success": true}))
}

fn server(change: impl Fn(&Request, Value) -> Value + Send + Sync + 'static) -> Server {
    serve(move |request| match sounds(request) {
        Some(body) => Reply::Json(200, change(request, body)),
        None if request.path == "/api/v1/login" && request.body.contains("moderator") => {
            let data = json!({"userId": "moderatorId", "authToken": MODERATOR_TOKEN});
            Reply::Json(200, json!({"status": "success", "data": data}))
        }
        None => faithful(request),
    })
}

/// A folder with a list, an account and an area of its own, and a case that walks, tiles, selects, projects and parts that list.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &Value| fs::write(folder.path().join(name), content.to_string()).unwrap();
    write(
        "resources.json",
        &json!({
            "accounts": [{"name": "moderator", "has": ["manage-sounds"]}],
            "resources": [{
                "name": "sounds", "path": "/api/v1/custom-sounds.list", "list": "sounds", "id": "key",
                "order": [{"field": "key", "order": 1}], "page": 3, "as": "moderator"
            }],
            "areas": {"SOUND": "custom-sounds.list"}
        }),
    );
    fs::create_dir(folder.path().join("sound")).unwrap();
    write(
        "sound/page.json",
        &json!({"format": 1, "area": "SOUND", "topic": "PAGE", "cases": [{
            "id": "RCS-SOUND-PAGE-001", "title": "the list of sounds", "requirement": "The list of sounds can be walked.",
            "level": "must", "needs": {"records": 5, "distinct": [{"field": "name", "at_least": 3}]},
            "sources": [{"kind": "server", "ref": "custom-sounds.ts", "rev": "1"}],
            "captures": [{"name": "name", "value": {"from": "facts", "at": "/sounds/*/name", "take": "commonest"}}],
            "steps": [
                {"walk": {"request": {"path": "/api/v1/custom-sounds.list", "as": "moderator"}, "page": 2}, "name": "walk",
                 "expect": [
                    {"check": "status", "is": [200]},
                    {"check": "tiles"},
                    {"check": "sorted", "by": [{"field": "key", "order": 1}]},
                    {"check": "records", "where": [{"field": "key", "op": "matches", "value": "^s"}]},
                    {"check": "projected", "include": ["key", "name"]},
                    {"check": "selects", "where": [{"field": "name", "op": "exists", "value": true}]},
                    {"check": "partition", "whole": {"from": "facts", "at": "/sounds/*/key"},
                     "parts": [{"at": "/sounds/*/key", "then": [{"slice": [0, 3]}]},
                               {"at": "/sounds/*/key", "then": [{"slice": [3, 100]}]}]}
                ]},
                {"facts": true, "expect": [{"check": "tiles"}]},
                {"facts": "sounds", "expect": [{"check": "unique", "at": "/sounds/*/key"}]}
            ]
        }]}),
    );
    folder
}

fn run(server: &Server, folder: &tempfile::TempDir, accounts: &Value) -> Value {
    let auth = auth_file(accounts);
    let paths = [folder.path().display().to_string(), auth.path().display().to_string()];
    let mut command = conformance(&["run", "--target", &server.url, "--replace-cases", "--format", "json"]);
    let output = command.args(["--cases", &paths[0], "--auth-file", &paths[1]]).output().unwrap();
    assert!(code(&output) != 2, "{}", text(&output));
    result(&output)
}

fn with_moderator() -> Value {
    json!({"moderator": {"user": "moderator", "password": "pw-of-the-moderator"}})
}

#[test]
fn a_list_an_account_and_an_area_are_rows() {
    let result = run(&server(|_, body| body), &folder(), &with_moderator());
    let case = case(&result, "RCS-SOUND-PAGE-001");
    assert_eq!(case["outcome"], "pass", "{case:#}");
    assert_eq!(result["run"]["roles"], json!(["moderator"]));
}

#[test]
fn what_is_wrong_with_such_a_list_is_found_and_named() {
    type Fault = fn(&Request, Value) -> Value;
    let faults: [(&str, Fault); 4] = [
        ("/sounds/2/key", |request, mut body| {
            if request.query.contains("offset=2") {
                body["sounds"][0]["key"] = json!("s1");
            }
            body
        }),
        ("/pages/1/offset", |_, mut body| {
            body["offset"] = json!(0);
            body
        }),
        ("/total", |request, mut body| {
            if !request.query.contains("sort=") {
                body["total"] = json!(8);
            }
            body
        }),
        ("/sounds/4/name", |request, mut body| {
            if request.query.contains("offset=4") {
                body["sounds"][0]["name"] = json!("other");
            }
            body
        }),
    ];
    for (pointer, fault) in faults {
        let result = run(&server(fault), &folder(), &with_moderator());
        let case = case(&result, "RCS-SOUND-PAGE-001");
        let named = case["failures"].as_array().unwrap().iter().any(|failure| failure["pointer"] == pointer);
        assert!(case["outcome"] == "fail" && named, "{pointer}: {case:#}");
    }
}

#[test]
fn without_the_account_that_may_read_it_nothing_is_proven() {
    let accounts = json!({"privileged": {"user": "admin", "password": PASSWORD}});
    let result = run(&server(|_, body| body), &folder(), &accounts);
    let case = case(&result, "RCS-SOUND-PAGE-001");
    assert_eq!((&case["outcome"], &case["skip"]["reason"]), (&json!("skip"), &json!("needs-privileged-credential")));
    assert_eq!(result["summary"]["not_proven"][0]["id"], "RCS-SOUND-PAGE-001");
}

#[test]
fn rows_that_cannot_work_are_refused() {
    let folder = folder();
    let rows = json!({"resources": [{
        "name": "sounds", "path": "/s", "list": "sounds", "id": "key", "order": [], "page": 3, "as": "privileged"
    }]});
    fs::write(folder.path().join("resources.json"), rows.to_string()).unwrap();
    let output = conformance(&["list", "--cases", &folder.path().display().to_string()]).output().unwrap();
    assert_eq!((code(&output), text(&output).contains("resources.json: resource `sounds`: `order` must")), (2, true));
}
