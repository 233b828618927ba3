//! Runs that go as they should, and runs that cannot.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::server::{PASSWORD, Reply, TOKEN, USER_ID, faithful, serve, with_list};
use crate::{admin, auth_file, case, code, conformance, folder, result, run, run_command, suite, text};

#[test]
fn a_faithful_server_passes() {
    let server = serve(faithful);
    for profile in ["auto", "documented"] {
        let output = run(&server, &["--format", "json", "--profile", profile]);
        assert_eq!(code(&output), 0, "{}", text(&output));
        let result = result(&output);
        assert_eq!(result["complete"], true);
        assert_eq!(result["summary"]["totals"]["pass"], 6, "{result:#}");
        assert_eq!(case(&result, "RCS-LIST-PAGE-003")["skip"]["reason"], "needs-data");
        assert_eq!(case(&result, "RCS-LIST-AUTH-003")["skip"]["reason"], "needs-unprivileged-credential");
        assert_eq!(result["summary"]["not_proven"].as_array().unwrap().len(), 2);
        assert_eq!(case(&result, "RCS-LIST-AUTH-001")["alternatives"][0]["met"], "published page");
        let disagree = usize::from(profile == "auto");
        assert_eq!(result["summary"]["findings"]["sources_disagree"], disagree);
        assert_eq!(result["target"]["server_version"], "0.61.0");
    }
}

#[test]
fn identical_gets_are_sent_once_and_what_logged_in_logs_out() {
    let server = serve(faithful);
    let output = run(&server, &["--format", "json"]);
    let result = result(&output);
    assert_eq!(result["run"]["requests"]["shared"], 1);
    let sent = result["run"]["requests"]["sent"].as_u64().unwrap();
    assert_eq!(sent, server.requests.load(Ordering::Relaxed) as u64);
    let last = server.seen.lock().unwrap().last().cloned().unwrap();
    assert_eq!((last.path.as_str(), last.header("x-auth-token")), ("/api/v1/logout", Some(TOKEN)));
}

#[test]
fn a_broken_requirement_is_shown_with_everything_needed() {
    let server = with_list(|request| match faithful(request) {
        Reply::Json(status, mut body) => {
            body["count"] = json!(3);
            Reply::Json(status, body)
        }
        other => other,
    });
    let output = run(&server, &["RCS-LIST-PAGE-001"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let shown = text(&output);
    for part in [
        "FAIL",
        "RCS-LIST-PAGE-001",
        "must",
        "/count",
        "expected 5",
        "actual 3",
        "statistics.yaml",
        "made up for the test",
        "curl ",
        "${RC_TOKEN}",
        "count=5",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let output = run(&server, &["RCS-LIST-PAGE-004"]);
    assert_eq!(code(&output), 0, "offset is not about count: {}", text(&output));
}

#[test]
fn a_should_case_fails_the_run_only_when_strict() {
    let server = with_list(|request| match faithful(request) {
        Reply::Json(status, mut body) => {
            body["offset"] = json!("0");
            Reply::Json(status, body)
        }
        other => other,
    });
    assert_eq!(code(&run(&server, &["RCS-LIST-PAGE-004"])), 0);
    assert_eq!(code(&run(&server, &["RCS-LIST-PAGE-004", "--strict"])), 1);
}

#[test]
fn secrets_appear_nowhere() {
    let server = with_list(|request| match faithful(request) {
        Reply::Json(_, mut body) => {
            body["echo"] =
                json!({"token": TOKEN, "said": format!("{TOKEN} {USER_ID} {PASSWORD}"), "host": "canary-smtp-host"});
            body["count"] = json!(format!("{TOKEN} {PASSWORD}"));
            body["statistics"][0]["statsToken"] = json!(["canary-stats-token"]);
            Reply::Json(500, body)
        }
        other => other,
    });
    for format in ["json", "human"] {
        let output = run(&server, &["--format", format, "--verbose"]);
        assert_eq!(code(&output), 1);
        let shown = text(&output);
        for canary in ["canary-token", "canaryUserId", "canary-password", "canary-stats", "canary-smtp"] {
            assert!(!shown.contains(canary), "{canary} in {format}: {shown}");
        }
    }
}

#[test]
fn a_wrong_address_is_exit_3_with_advice() {
    let output = conformance(&[
        "run",
        "--target",
        "http://127.0.0.1:1",
        "--cases",
        &suite(),
        "--replace-cases",
        "--retries",
        "0",
    ])
    .output()
    .unwrap();
    assert_eq!(code(&output), 3);
    assert!(text(&output).contains("is the server running"), "{}", text(&output));
}

#[test]
fn a_web_page_is_not_rocket_chat() {
    let page = b"<!DOCTYPE html><title>It works</title>";
    let server = serve(move |_| {
        Reply::Bytes([&b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"[..], page].concat())
    });
    let output = run(&server, &[]);
    assert_eq!(code(&output), 3);
    assert!(text(&output).contains("does not look like Rocket.Chat"), "{}", text(&output));
    let output = run(&server, &["--format", "json"]);
    let result = result(&output);
    assert_eq!(result["run"]["stopped"]["reason"], "not-rocket-chat");
    assert!(result["cases"].as_array().unwrap().iter().all(|case| case["skip"]["reason"] == "not-reached"));
}

#[test]
fn a_wrong_password_is_exit_3() {
    let server = serve(faithful);
    let output = run_command(&server, &[]).env("CONFORMANCE_PRIVILEGED_PASSWORD", "wrong").output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(text(&output).contains("refused to log in the privileged account"), "{}", text(&output));
}

#[test]
fn nothing_to_test_has_codes_of_its_own() {
    let server = serve(faithful);
    let output = run(&server, &["RCS-LIST-PAGE-999"]);
    assert_eq!((code(&output), text(&output).contains("no case is called")), (2, true));
    assert_eq!(code(&run(&server, &["--level", "doc"])), 4);
    let suite = suite();
    let nobody = conformance(&["run", "--target", &server.url, "--cases", &suite, "--replace-cases", "RCS-LIST-PAGE"])
        .output()
        .unwrap();
    assert_eq!(code(&nobody), 4, "{}", text(&nobody));
}

#[test]
fn unknown_profiles_and_versions_say_what_to_do() {
    let server = serve(faithful);
    let output = run(&server, &["--profile", "12"]);
    assert_eq!((code(&output), text(&output).contains("expected auto, documented, or a version")), (2, true));
    let future = serve(|request| {
        if request.path == "/api/info" {
            Reply::Json(200, json!({"version": "14.0.0", "success": true}))
        } else {
            faithful(request)
        }
    });
    let output = run(&future, &[]);
    assert_eq!((code(&output), text(&output).contains("--profile documented")), (2, true), "{}", text(&output));
}

#[test]
fn what_is_not_safe_is_refused() {
    let file = auth_file(&admin());
    let path = file.path().display().to_string();
    let refused = |more: &[&str]| conformance(&[&["run", "--auth-file", &path], more].concat()).output().unwrap();
    let output = refused(&["--target", "http://chat.example.invalid", "--cases", &suite(), "--replace-cases"]);
    assert_eq!((code(&output), text(&output).contains("--allow-plain-http")), (6, true), "{}", text(&output));
    let server = serve(faithful);
    let output = run(&server, &["--mode", "mutating"]);
    assert_eq!((code(&output), text(&output).contains("--i-own-this-server")), (6, true));
    assert_eq!(server.requests.load(Ordering::Relaxed), 0);
}

#[test]
fn a_budget_of_requests_is_kept() {
    let server = serve(faithful);
    let output = run(&server, &["--max-requests", "4", "--format", "json"]);
    assert_eq!(code(&output), 6);
    // The last one logs out: a token is not left behind for the sake of a budget.
    assert_eq!(server.requests.load(Ordering::Relaxed), 4);
    assert_eq!(server.seen.lock().unwrap().last().unwrap().path, "/api/v1/logout");
    assert_eq!(result(&output)["complete"], false);
}

#[test]
fn a_limiter_loses_no_case() {
    let calls = AtomicUsize::new(0);
    let server = with_list(move |request| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        let reset = jiff::Timestamp::now().as_millisecond() - 900;
        let headers = |left: usize| {
            vec![
                ("X-RateLimit-Remaining".to_owned(), left.to_string()),
                ("X-RateLimit-Reset".to_owned(), reset.to_string()),
            ]
        };
        match (call, faithful(request)) {
            (3, _) => Reply::With(
                429,
                headers(0),
                json!({"success": false, "error": "Error, too many requests. Please slow down. You must wait 1 seconds before trying this endpoint again. [error-too-many-requests]"}),
            ),
            (_, Reply::Json(status, body)) => Reply::With(status, headers(1), body),
            (_, other) => other,
        }
    });
    let output = run(&server, &["--format", "json"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert_eq!(result(&output)["run"]["requests"]["rate_limited"], 1);
}

#[test]
fn a_target_that_goes_away_ends_the_run() {
    let calls = AtomicUsize::new(0);
    let server =
        serve(
            move |request| {
                if calls.fetch_add(1, Ordering::Relaxed) < 4 { faithful(request) } else { Reply::Bytes(Vec::new()) }
            },
        );
    let output = run(&server, &["--format", "json", "--retries", "0", "RCS-LIST", "RCS-AUTH"]);
    assert_eq!(code(&output), 3, "{}", text(&output));
    let result = result(&output);
    assert_eq!(result["run"]["stopped"]["reason"], "target-lost");
    assert!(result["cases"].as_array().unwrap().iter().any(|case| case["skip"]["reason"] == "not-reached"));
}

#[test]
fn a_target_that_leaves_some_requests_without_an_answer_fails_them() {
    let server = with_list(|_| Reply::Bytes(Vec::new()));
    let output = run(&server, &["--format", "json", "--retries", "0", "--give-up-after", "1"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let result = result(&output);
    assert_eq!(result["run"]["stopped"]["reason"], "keeps-failing");
    assert!(result["summary"]["totals"]["fail"].as_u64().unwrap() > 0);
}

#[test]
fn a_login_without_a_token_fails_its_cases() {
    let server = serve(|request| match request.path.as_str() {
        "/api/v1/login" => Reply::Json(200, json!({"status": "success", "data": {"userId": USER_ID}})),
        _ => faithful(request),
    });
    let output = run(&server, &["--format", "json"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let result = result(&output);
    assert_eq!(case(&result, "RCS-AUTH-AUTH-001")["failures"][0]["pointer"], "/data/authToken");
    assert_eq!(case(&result, "RCS-LIST-PAGE-001")["outcome"], "error");
}

#[test]
fn a_network_error_that_passes_is_flaky() {
    let calls = AtomicUsize::new(0);
    let server = with_list(move |request| {
        if calls.fetch_add(1, Ordering::Relaxed) == 0 { Reply::Bytes(Vec::new()) } else { faithful(request) }
    });
    let output = run(&server, &["--format", "json", "RCS-LIST-PAGE-001"]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert_eq!(case(&result(&output), "RCS-LIST-PAGE-001")["outcome"], "flaky");
}

#[test]
fn an_interrupted_run_reports_what_it_did() {
    let server = serve(faithful);
    let mut command = run_command(&server, &["--format", "json", "--rate", "1/1s"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.requests.load(Ordering::Relaxed) < 3 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", text(&output));
    let result = result(&output);
    assert_eq!(result["run"]["stopped"]["reason"], "interrupted");
    assert_eq!(server.seen.lock().unwrap().last().unwrap().path, "/api/v1/logout");
}

/// Interrupts a run as soon as the server has seen `path`; gives the exit code.
fn interrupted_after(server: &crate::server::Server, mut command: std::process::Command, path: &str) -> i32 {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !server.seen.lock().unwrap().iter().any(|request| request.path == path) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    code(&child.wait_with_output().unwrap())
}

#[test]
fn what_a_mutating_case_changed_is_put_back_even_when_interrupted() {
    let server = serve(|request| match request.path.as_str() {
        "/api/v1/permissions.update" => Reply::Json(200, json!({"success": true})),
        _ => faithful(request),
    });
    let cases = folder("mutating");
    let command = |more: &[&str]| {
        let mut command = conformance(&["run", "--target", &server.url, "--cases", &cases, "--replace-cases"]);
        command.args(more);
        command.env("CONFORMANCE_PRIVILEGED_USER", "admin").env("CONFORMANCE_PRIVILEGED_PASSWORD", PASSWORD);
        command
    };
    assert_eq!(code(&command(&[]).output().unwrap()), 4, "without --mode it is skipped");
    let mutating = ["--mode", "mutating", "--i-own-this-server", "--rate", "1/1s"];
    assert_eq!(interrupted_after(&server, command(&mutating), "/api/v1/permissions.update"), 130);
    let seen = server.seen.lock().unwrap();
    let updates: Vec<&str> =
        seen.iter().filter(|request| request.path.ends_with("update")).map(|request| request.body.as_str()).collect();
    assert_eq!(
        updates,
        [
            r#"{"permissions":[{"_id":"view-statistics","roles":[]}]}"#,
            r#"{"permissions":[{"_id":"view-statistics","roles":["admin"]}]}"#
        ]
    );
    assert!(
        !seen.iter().any(|request| request.path == "/api/v1/statistics"),
        "the step after the interruption was sent"
    );
}

#[test]
fn a_plan_sends_nothing_and_a_doctor_little() {
    let server = serve(faithful);
    let file = auth_file(&admin());
    let path = file.path().display().to_string();
    let output =
        conformance(&["plan", "--target", &server.url, "--auth-file", &path, "--cases", &suite(), "--replace-cases"])
            .output()
            .unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert!(text(&output).contains("GET /api/v1/statistics.list?count=5 as privileged"), "{}", text(&output));
    assert_eq!(server.requests.load(Ordering::Relaxed), 0);
    let output = conformance(&["doctor", "--target", &server.url, "--auth-file", &path]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert!(text(&output).contains("0.61.0") && text(&output).contains("logged in"));
    assert!(server.requests.load(Ordering::Relaxed) <= 3);
}

#[test]
fn recorded_results_can_be_rendered_replayed_and_compared() {
    let good = serve(faithful);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (old, new) = (path("old.json"), path("new.json"));
    assert_eq!(code(&run(&good, &["--format", &format!("json={old}")])), 0);
    let output = run(&good, &["--format", &format!("json={old}")]);
    assert_eq!((code(&output), text(&output).contains("--overwrite")), (2, true));
    let bad = with_list(|_| Reply::Json(500, json!({"success": false})));
    assert_eq!(code(&run(&bad, &["--format", &format!("json={new}"), "--format", "human"])), 1);
    assert_eq!(code(&conformance(&["report", &new, "--format", "human"]).output().unwrap()), 1);
    let output = conformance(&["compare", &old, &new]).output().unwrap();
    assert_eq!((code(&output), text(&output).contains("regressed  RCS-LIST-PAGE-001")), (1, true), "{}", text(&output));
    assert_eq!(code(&conformance(&["compare", &new, &old]).output().unwrap()), 0);
    let suite = suite();
    let mut replay = conformance(&["replay", &old, "RCS-LIST-PAGE-001", "--cases", &suite, "--replace-cases"]);
    replay.env("CONFORMANCE_PRIVILEGED_USER", "admin").env("CONFORMANCE_PRIVILEGED_PASSWORD", PASSWORD);
    let output = replay.output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output));
    assert_eq!(code(&conformance(&["report", &path("none.json")]).output().unwrap()), 2);
    assert_eq!(code(&conformance(&["replay", &old, "RCS-LIST-PAGE-099"]).output().unwrap()), 2);
}

/// The faithful server with a slow list; the second value is the most list requests that were under way at once.
fn slow(limited: bool) -> (crate::server::Server, Arc<AtomicUsize>) {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let server = serve(move |request| {
        let slow = request.path == "/api/v1/statistics.list";
        if slow {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(100));
            now.fetch_sub(1, Ordering::SeqCst);
        }
        match faithful(request) {
            Reply::Json(status, body) if limited => {
                let headers = [("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "9"), ("X-RateLimit-Reset", "0")];
                let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
                Reply::With(status, headers.to_vec(), body)
            }
            other => other,
        }
    });
    (server, seen)
}

#[test]
fn jobs_send_side_by_side_and_change_nothing_else() {
    let outcomes = |result: &serde_json::Value| {
        let cases = result["cases"].as_array().unwrap();
        cases.iter().map(|case| (case["id"].clone(), case["outcome"].clone())).collect::<Vec<_>>()
    };
    let (one_by_one, most) = slow(false);
    let alone = result(&run(&one_by_one, &["--format", "json", "--jobs", "1"]));
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let (together, most) = slow(false);
    let side_by_side = result(&run(&together, &["--format", "json", "--jobs", "3"]));
    assert!((2..=3).contains(&most.load(Ordering::SeqCst)), "{} at once", most.load(Ordering::SeqCst));
    assert_eq!(outcomes(&alone), outcomes(&side_by_side));
    assert_eq!(alone["run"]["requests"]["sent"], side_by_side["run"]["requests"]["sent"]);
    assert_eq!(side_by_side["run"]["requests"]["sent"], together.requests.load(Ordering::Relaxed) as u64);
}

#[test]
fn a_limiter_or_a_rate_makes_jobs_one() {
    let (limited, most) = slow(true);
    assert_eq!(code(&run(&limited, &["--jobs", "8"])), 0);
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let (free, most) = slow(false);
    assert_eq!(code(&run(&free, &["--jobs", "8", "--rate", "1000/1s"])), 0);
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn the_budget_holds_for_requests_side_by_side() {
    let (server, _) = slow(false);
    let output = run(&server, &["--jobs", "8", "--max-requests", "5", "--format", "json"]);
    assert_eq!(code(&output), 6, "{}", text(&output));
    let list = server.seen.lock().unwrap().iter().filter(|request| request.path.ends_with("statistics.list")).count();
    assert!((1..=4).contains(&list), "{list} requests for the list");
}

#[test]
fn a_token_the_target_refuses_is_no_fault_of_the_target() {
    let server = serve(|request| match (request.path.as_str(), request.header("x-auth-token")) {
        ("/api/v1/me", Some(token)) => Reply::Json(if token == TOKEN { 200 } else { 401 }, json!({"status": "error"})),
        _ => faithful(request),
    });
    let with = |token: &str| {
        let auth = auth_file(&json!({"privileged": {"user_id": USER_ID, "auth_token": token}}));
        let suite = suite();
        let path = auth.path().display().to_string();
        let arguments = ["run", "--target", &server.url, "--cases", &suite, "--replace-cases", "--auth-file", &path];
        conformance(&arguments).output().unwrap()
    };
    assert_eq!(code(&with(TOKEN)), 0);
    let output = with("canary-token-nobody-knows");
    assert_eq!(code(&output), 3, "{}", text(&output));
    assert!(text(&output).contains("refuses the token of the privileged account"), "{}", text(&output));
    assert!(!text(&output).contains("nobody-knows"));
}

#[test]
fn a_setting_no_case_looks_at_is_a_mistake() {
    let server = serve(faithful);
    let output = run(&server, &["--setting", "API_Upper_Limit=5"]);
    assert_eq!((code(&output), text(&output).contains("API_Upper_Count_Limit")), (2, true), "{}", text(&output));
}

#[test]
fn a_case_that_only_looks_is_replayed_from_a_run_that_changed_things() {
    let server = serve(faithful);
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("run.json").display().to_string();
    let json = format!("json={kept}");
    let output = run(&server, &["--mode", "mutating", "--i-own-this-server", "--format", &json]);
    assert_eq!(code(&output), 0, "{}", text(&output));
    let suite = suite();
    let mut replay = conformance(&["replay", &kept, "RCS-LIST-PAGE-001", "--cases", &suite, "--replace-cases"]);
    replay.env("CONFORMANCE_PRIVILEGED_USER", "admin").env("CONFORMANCE_PRIVILEGED_PASSWORD", PASSWORD);
    let output = replay.output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output));
}
