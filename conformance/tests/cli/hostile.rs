//! Targets that mean harm: each costs bounded time and memory and ends in a clear result.

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{Reply, hang, http, serve, with_list};
use crate::{case, code, result, run, text};

/// Runs one case against a list that misbehaves so; gives the place and the words of the first failure.
fn judged(misbehave: impl Fn() -> Reply + Send + Sync + 'static) -> (String, String) {
    let server = with_list(move |_| misbehave());
    let started = Instant::now();
    let output = run(
        &server,
        &["--format", "json", "--timeout", "1s", "--max-body", "1M", "--retries", "0", "RCS-LIST-PAGE-001"],
    );
    assert!(started.elapsed() < Duration::from_secs(10), "took {:?}", started.elapsed());
    assert_eq!(code(&output), 1, "{}", text(&output));
    let result = result(&output);
    let failure = &case(&result, "RCS-LIST-PAGE-001")["failures"][0];
    (failure["pointer"].as_str().unwrap().to_owned(), failure["actual"].as_str().unwrap().to_owned())
}

/// The words about a body that is not as it should be.
fn about_body(bytes: &'static [u8]) -> String {
    judged(move || Reply::Bytes(http(&format!("Content-Length: {}\r\n", bytes.len()), bytes))).1
}

#[test]
fn it_hangs() {
    let (pointer, actual) = judged(|| Reply::Custom(Box::new(|_| hang())));
    assert_eq!((pointer.as_str(), actual.as_str()), ("answer", "no complete answer within 1s"));
}

#[test]
fn it_drips() {
    let drip = || {
        Reply::Custom(Box::new(|stream| {
            let _ = stream.write_all(&http("Content-Length: 100000\r\n", b"{"));
            for _ in 0..200 {
                if stream.write_all(b" ").is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }))
    };
    assert_eq!(judged(drip).1, "no complete answer within 1s");
}

#[test]
fn it_resets() {
    assert_eq!(judged(|| Reply::Bytes(Vec::new())).0, "answer");
}

#[test]
fn it_sends_without_end() {
    let flood = || {
        Reply::Custom(Box::new(|stream| {
            let _ = stream.write_all(&http("Transfer-Encoding: chunked\r\n", b""));
            let chunk = [&b"10000\r\n"[..], &vec![b' '; 0x10000], b"\r\n"].concat();
            while stream.write_all(&chunk).is_ok() {}
        }))
    };
    assert_eq!(judged(flood).1, "the body is larger than 1048576 bytes");
}

#[test]
fn a_little_gzip_becomes_a_lot() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 32 * 1024 * 1024]).unwrap();
    let bomb = encoder.finish().unwrap();
    let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", bomb.len());
    assert_eq!(judged(move || Reply::Bytes(http(&headers, &bomb))).1, "the body is larger than 1048576 bytes");
}

#[test]
fn gzip_that_is_none() {
    let (pointer, actual) = judged(|| Reply::Bytes(http("Content-Encoding: gzip\r\nContent-Length: 2\r\n", b"{}")));
    assert_eq!(pointer, "answer", "{actual}");
}

#[test]
fn it_nests_without_end() {
    let deep = "[".repeat(100_000).into_bytes();
    let (pointer, actual) = judged(move || Reply::Bytes(http(&format!("Content-Length: {}\r\n", deep.len()), &deep)));
    assert_eq!((pointer.as_str(), actual.as_str()), ("body", "the body is JSON nested deeper than 128 levels"));
}

#[test]
fn bodies_that_are_no_json() {
    assert!(about_body(b"{\"a\":\"\xff\"}").contains("UTF-8"));
    assert!(about_body(b"\xEF\xBB\xBF{}").contains("byte order mark"));
    assert!(about_body(b"<html></html>").contains("HTML"));
    assert!(about_body(b"").contains("empty"));
}

#[test]
fn it_lies_about_the_length() {
    let (pointer, _) = judged(|| Reply::Bytes(http("Content-Length: 500\r\n", b"{}")));
    assert_eq!(pointer, "answer");
    let short = judged(|| Reply::Bytes(http("Content-Length: 5\r\n", br#"{"statistics":[]}"#))).1;
    assert!(short.contains("not JSON"), "{short}");
}

#[test]
fn it_does_not_speak_http() {
    assert_eq!(judged(|| Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).0, "answer");
    let endless = || {
        Reply::Custom(Box::new(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while stream.write_all(b"X-Filler: 0123456789012345678901234567890123456789\r\n").is_ok() {}
        }))
    };
    assert_eq!(judged(endless).0, "answer");
}

#[test]
fn it_sends_elsewhere() {
    let elsewhere = serve(|_| Reply::Json(200, serde_json::json!({})));
    let location = elsewhere.url.clone();
    let requests = elsewhere.requests.clone();
    let redirect = move || {
        Reply::Bytes(format!("HTTP/1.1 302 Found\r\nLocation: {location}/api/v1/statistics.list\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes())
    };
    let server = with_list(move |_| redirect());
    let output = run(&server, &["--format", "json", "RCS-LIST-PAGE-001"]);
    assert_eq!(code(&output), 1);
    assert_eq!(case(&result(&output), "RCS-LIST-PAGE-001")["failures"][0]["actual"], "302");
    assert_eq!(requests.load(Ordering::Relaxed), 0, "a redirect was followed");
}

#[test]
fn a_target_that_hangs_from_the_start_costs_one_timeout() {
    let server = serve(|_| {
        Reply::Custom(Box::new(|stream| {
            let _ = stream.read(&mut [0; 10]);
            hang();
        }))
    });
    let started = Instant::now();
    let output = run(&server, &["--timeout", "1s"]);
    assert_eq!(code(&output), 3, "{}", text(&output));
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// The faithful server, each answer of which is spoilt on its way.
fn spoilt(spoil: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> crate::server::Server {
    serve(move |request| match crate::server::faithful(request) {
        Reply::Json(status, body) => {
            let body = spoil(&body.to_string());
            let head = String::from_utf8(http(&format!("Content-Length: {}\r\n", body.len()), b"")).unwrap();
            let head = head.replacen("200 OK", &format!("{status} Status"), 1);
            Reply::Bytes([head.as_bytes(), &body].concat())
        }
        other => other,
    })
}

#[test]
fn a_target_that_spoils_every_answer_fails_and_is_not_taken_for_another_program() {
    let halved = |body: &str| body.as_bytes()[..body.len() / 2].to_vec();
    let wide = |body: &str| body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for server in [spoilt(halved), spoilt(wide)] {
        let output = run(&server, &["--profile", "documented", "RCS-LIST-AUTH-001"]);
        assert_eq!(code(&output), 1, "{}", text(&output));
        assert!(text(&output).contains("FAIL"), "{}", text(&output));
    }
    let gzip = serve(|request| match crate::server::faithful(request) {
        Reply::Json(status, body) => {
            let headers = vec![("Content-Encoding".to_owned(), "gzip".to_owned())];
            Reply::With(status, headers, body)
        }
        other => other,
    });
    let output = run(&gzip, &["--profile", "documented", "RCS-LIST-AUTH-001"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let page = serve(|_| Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hello".to_vec()));
    assert_eq!(
        code(&run(&page, &["--profile", "documented"])),
        3,
        "a web page is no Rocket.Chat, whatever is asked for"
    );
}

#[test]
fn a_route_that_hangs_is_not_waited_for_again_and_again() {
    let server = with_list(|request| {
        if request.query.contains("count") {
            Reply::Custom(Box::new(|_| hang()))
        } else {
            crate::server::faithful(request)
        }
    });
    let started = Instant::now();
    let more = ["--timeout", "500ms", "--give-up-after", "2", "--jobs", "1", "--format", "json"];
    let output = run(&server, &more);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let result = result(&output);
    let why = result["run"]["stopped"]["detail"].as_str().unwrap();
    assert!(why.contains("GET /api/v1/statistics.list") && why.contains("again and again"), "{why}");
    assert!(started.elapsed() < Duration::from_secs(15), "took {:?}", started.elapsed());
}
