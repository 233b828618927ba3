//! Bad requests: the era's error or a 4xx, bounded memory and time, never a panic or a 500; and the server goes on serving.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::client::{Server, documented, version};

const LIST: &str = "/api/v1/statistics.list";

/// Sends raw bytes on a connection of their own and returns what comes back until the server closes or says no more.
fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.mock.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    // The server may close before it has read all: then the rest has nowhere to go.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            break;
        }
        answer.extend(buffer.iter().take(read));
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn credentials(server: &Server) -> String {
    let admin = server.mock.identity("admin").unwrap();
    format!("host: x\r\nx-user-id: {}\r\nx-auth-token: {}\r\n", admin.id, admin.token.as_ref().unwrap())
}

fn still_serves(server: &Server) {
    assert_eq!(server.get(&format!("{LIST}?count=1")).with("admin").send().status, 200);
}

#[test]
fn thousands_of_parameters_and_deep_json_are_answered() {
    for server in [documented(), version("8.6.1")] {
        let many = (0..5_000).map(|number| format!("a{number}=1")).collect::<Vec<_>>().join("&");
        let brackets = format!("count{}=1", "[a]".repeat(5_000));
        let deep = format!("query={}1{}", "%5B".repeat(8_000), "%5D".repeat(8_000));
        let nested = format!("query={}1{}", "%7B%22a%22:".repeat(2_000), "%7D".repeat(2_000));
        for query in [many, brackets, deep, nested] {
            let status = server.get(&format!("{LIST}?{query}")).with("admin").send().status;
            assert!(matches!(status, 200 | 400), "{status}");
        }
        still_serves(&server);
    }
}

#[test]
fn broken_oversized_and_deep_bodies_are_answered() {
    for (server, broken) in [(documented(), 400), (version("8.6.1"), 401)] {
        let send = |body: &str| server.post("/api/v1/login", body).send().status;
        assert_eq!(send("{\"user\":"), broken);
        assert_eq!(send(&"[".repeat(100_000)), broken);
        let deep = format!("{{\"user\":{}{}}}", "{\"a\":".repeat(400), "1".to_owned() + &"}".repeat(400));
        assert!((400..500).contains(&send(&deep)), "{}", send(&deep));
        let large = format!("{{\"user\":\"{}\"}}", "x".repeat(2_000_000));
        let answer = raw(
            &server,
            format!(
                "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{large}",
                large.len()
            )
            .as_bytes(),
        );
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
        let not_text = raw(
            &server,
            b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n\r\n{\"\xff\xfe",
        );
        assert!(not_text.starts_with("HTTP/1.1 4"), "{not_text}");
        still_serves(&server);
    }
}

#[test]
fn requests_that_are_no_http_are_refused_and_forgotten() {
    let server = documented();
    let huge = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(400_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(500));
    for bytes in [
        b"\x00\x01\x02\x03\r\n\r\n".as_slice(),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/statistics.list?query=a b HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n",
        huge.as_bytes(),
        many.as_bytes(),
    ] {
        let answer = raw(&server, bytes);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4");
        assert!(refused, "{:?}: {answer}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
    still_serves(&server);
}

#[test]
fn bytes_that_are_not_text_are_read_as_node_reads_them() {
    let server = documented();
    let mut request = format!("GET {LIST}?count=1&sort=").into_bytes();
    request.extend_from_slice(b"\xff<\"> HTTP/1.1\r\nconnection: close\r\n");
    request.extend_from_slice(credentials(&server).as_bytes());
    request.extend_from_slice(b"\r\n");
    let answer = raw(&server, &request);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("error-invalid-sort"), "{answer}");
    let mut header = format!("GET {LIST}?count=1 HTTP/1.1\r\nconnection: close\r\nx-note: ").into_bytes();
    header.extend_from_slice(b"\xff\xfe\r\n");
    header.extend_from_slice(credentials(&server).as_bytes());
    header.extend_from_slice(b"\r\n");
    let answer = raw(&server, &header);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn half_closed_and_slow_connections_do_not_hold_the_others_up() {
    let server = documented();
    let mut slow: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(server.mock.address()).unwrap()).collect();
    for stream in &mut slow {
        stream.write_all(b"POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").unwrap();
    }
    still_serves(&server);
    for stream in &mut slow {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    still_serves(&server);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = documented();
    let head = credentials(&server);
    let request = |count| format!("GET {LIST}?count={count}&fields={{\"version\":1}} HTTP/1.1\r\n{head}\r\n");
    let requests = [request(1), request(2), request(3)].concat();
    let answer = raw(&server, requests.as_bytes());
    let places: Vec<_> = (1..=3).map(|count| answer.find(&format!("\"count\":{count},")).unwrap()).collect();
    assert!(places.is_sorted());
}

#[test]
fn a_body_on_a_get_is_ignored() {
    let server = documented();
    let body = "{\"count\":3}";
    let answer = raw(
        &server,
        format!(
            "GET {LIST}?count=1 HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{}\r\n{body}",
            body.len(),
            credentials(&server)
        )
        .as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"count\":1,"), "{answer}");
}
