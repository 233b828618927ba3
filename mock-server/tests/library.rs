//! The library as a test crate uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::net::TcpStream;
use std::time::{Duration, Instant};

use mock_server::{Clock, Config, MockServer, StartError};

fn call(server: &MockServer, account: &str) -> (u16, String) {
    let identity = server.identity(account).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent
        .get(format!("{}/api/v1/statistics.list?count=1", server.base_url()))
        .header("x-user-id", &identity.id)
        .header("x-auth-token", identity.token.as_ref().unwrap())
        .call()
        .unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

#[test]
fn starts_with_tokens_ready_and_stops_when_dropped() {
    let server = MockServer::start(Config::default()).unwrap();
    assert_eq!(call(&server, "admin").0, 200);
    assert_eq!(call(&server, "stats").0, 200);
    assert_eq!(call(&server, "user").0, 400);
    assert_eq!(call(&server, "totp").0, 400);
    assert!(server.identity("deactivated").unwrap().token.is_none());
    let address = server.address();
    let _open = TcpStream::connect(address).unwrap();
    let begun = Instant::now();
    drop(server);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn more_records_than_there_is_room_for_are_refused() {
    let refused = MockServer::start(Config { records: Some(usize::MAX), ..Config::default() });
    assert!(matches!(refused, Err(StartError::TooManyRecords(usize::MAX))), "{refused:?}");
}

#[test]
fn works_from_an_async_test() {
    actix_rt::System::new().block_on(async {
        let server = MockServer::start(Config::default()).unwrap();
        assert_eq!(call(&server, "admin").0, 200);
    });
}

#[test]
fn servers_side_by_side_do_not_know_of_each_other() {
    let servers: Vec<_> = ["documented", "6", "8"]
        .map(|profile| {
            let profile = Some(profile.to_owned());
            MockServer::start(Config { profile, workers: Some(1), ..Config::default() }).unwrap()
        })
        .into();
    let bodies: Vec<_> = servers.iter().map(|server| call(server, "admin").1).collect();
    assert!(bodies[0] != bodies[1] && bodies[1] != bodies[2]);
    servers[0].set_permission("view-statistics", &[]);
    assert_eq!([call(&servers[0], "admin").0, call(&servers[1], "admin").0], [400, 200]);
}

#[test]
fn a_fixed_clock_is_moved_by_the_test() {
    let server = MockServer::start(Config { clock: Clock::fixed(1_000), ..Config::default() }).unwrap();
    server.clock().advance(500);
    assert_eq!(server.clock().now_ms(), 1_500);
}

#[test]
fn what_cannot_start_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    assert!(matches!(MockServer::start(Config { listen, ..Config::default() }), Err(StartError::Listen { .. })));
}
