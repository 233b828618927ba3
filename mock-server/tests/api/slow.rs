//! Slow queries: they end within their budget, and hold up nobody else.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mock_server::Config;

use crate::client::{Server, start};

const LIST: &str = "/api/v1/statistics.list";

/// `parameter=json`, encoded as it has to be.
fn encoded(parameter: &str, json: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    format!("{parameter}={}", json.bytes().map(byte).collect::<String>())
}

/// Takes some hundred thousand steps with each record, and finds none.
fn slow_query() -> String {
    format!("{LIST}?{}", encoded("query", r#"{"uniqueId":{"$regex":"^...(.|.)*(?<!.)"}}"#))
}

fn records(records: usize, query_budget: u64) -> Server {
    start(Config { records: Some(records), query_budget, ..Config::default() })
}

#[test]
fn a_query_over_budget_ends_as_mongodb_ends_it() {
    let server = records(100, 300);
    let shown = |query: &str| server.get(&format!("{LIST}?{query}")).with("admin").shown();
    let expired = r#"400 {"success":false,"error":"operation exceeded time limit"}"#;
    // A hundred records, each with a path and a value to test.
    let found = shown(&encoded("query", r#"{"version":"none"}"#));
    assert!(found.starts_with(r#"200 {"statistics":[],"count":0"#), "{found}");
    for query in [
        encoded("query", r#"{"$or":[{"a":1},{"version":"none"}]}"#),
        encoded("query", r#"{"version":{"$regex":"^0"}}"#),
        encoded("sort", r#"{"version":1,"totalUsers":1,"uniqueId":1}"#),
    ] {
        assert_eq!(shown(&query), expired, "{query}");
        // Neither what was asked before nor an order that was made changes that.
        assert_eq!(shown(&query), expired, "{query}");
    }
    // Pages in the order of insertion or creation are no scans.
    for query in ["", "count=0", &encoded("sort", r#"{"createdAt":-1}"#)] {
        assert!(shown(query).starts_with("200 "), "{query}");
    }
    let users = format!("/api/v1/users.list?{}", encoded("query", r#"{"username":{"$regex":"a"}}"#));
    assert_eq!(server.get(&users).with("admin").shown(), expired);
    let settings = format!("/api/v1/settings?{}", encoded("query", r#"{"_id":{"$regex":"a"}}"#));
    assert_eq!(server.get(&settings).with("admin").shown(), expired);
}

#[test]
fn a_budget_of_nothing_is_none() {
    let server = records(3, 0);
    assert!(server.get(&slow_query()).with("admin").shown().starts_with(r#"200 {"statistics":[],"count":0"#));
}

/// One worker reads all sockets here, and eight slow queries are at work.
#[test]
fn others_are_answered_while_slow_queries_run() {
    const SLOW: usize = 8;
    let server = records(50, Config::default().query_budget);
    let (query, ended) = (slow_query(), AtomicUsize::new(0));
    let mut waits = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..SLOW {
            scope.spawn(|| {
                let answer = server.get(&query).with("admin").shown();
                ended.fetch_add(1, Ordering::SeqCst);
                assert!(answer.starts_with(r#"200 {"statistics":[],"count":0"#), "{answer}");
            });
        }
        // All of them are sent by then.
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(server.get("/api/v1/me").with("user").send().status, 200);
        // A record that comes waits for no scan.
        let before = server.get(&format!("{LIST}?count=1")).with("admin").send().json()["total"].clone();
        assert_eq!(server.get("/api/v1/statistics?refresh=true").with("admin").send().status, 200);
        let after = server.get(&format!("{LIST}?count=1")).with("admin").send().json()["total"].clone();
        assert_eq!((before, after), (50.into(), 51.into()));
        assert_eq!(ended.load(Ordering::SeqCst), 0, "the slow queries ended before anybody else was answered");
        while ended.load(Ordering::SeqCst) < SLOW {
            let begun = Instant::now();
            assert_eq!(server.get("/api/v1/me").with("user").send().status, 200);
            waits.push(begun.elapsed());
        }
    });
    waits.sort();
    let percent = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    // For whoever measures; how punctual it is depends on the machine.
    println!("{} answers: p50 {:?}, p99 {:?}, slowest {:?}", waits.len(), percent(50), percent(99), percent(100));
}

#[test]
fn a_server_ends_although_a_query_runs() {
    // The query would take longer than that.
    const SOON: Duration = Duration::from_secs(3);
    let server = records(300, 0);
    let admin = server.mock.identity("admin").unwrap();
    let (id, token) = (&admin.id, admin.token.as_ref().unwrap());
    let request =
        format!("GET {} HTTP/1.1\r\nhost: x\r\nx-user-id: {id}\r\nx-auth-token: {token}\r\n\r\n", slow_query());
    let mut stream = TcpStream::connect(server.mock.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    drop(server);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}
