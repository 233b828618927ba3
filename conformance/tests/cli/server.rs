//! Small servers for the tests of the command line: a faithful one of a few lines, and ways to spoil it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// A request as the server read it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What a handler wants done.
pub(crate) enum Reply {
    /// Send a JSON answer.
    Json(u16, Value),
    /// The same with further headers.
    With(u16, Vec<(String, String)>, Value),
    /// Send these bytes and close.
    Bytes(Vec<u8>),
    /// Do something with the connection and close.
    Custom(Box<dyn FnOnce(&mut TcpStream) + Send>),
}

/// A server that stops when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) requests: Arc<AtomicUsize>,
    pub(crate) seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    authority: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.authority);
    }
}

/// Serves with a handler on a free port.
pub(crate) fn serve(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let (stop, requests, seen) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let handler = Arc::new(handler);
    let server = Server {
        url: format!("http://{authority}"),
        requests: requests.clone(),
        seen: seen.clone(),
        stop: stop.clone(),
        authority,
    };
    thread::spawn(move || {
        for stream in listener.incoming() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let (handler, requests, seen) = (handler.clone(), requests.clone(), seen.clone());
            if let Ok(stream) = stream {
                thread::spawn(move || connection(stream, &*handler, &requests, &seen));
            }
        }
    });
    server
}

fn connection(
    mut stream: TcpStream,
    handler: &dyn Fn(&Request) -> Reply,
    requests: &AtomicUsize,
    seen: &Mutex<Vec<Request>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        requests.fetch_add(1, Ordering::Relaxed);
        seen.lock().unwrap().push(request.clone());
        let (status, headers, body) = match handler(&request) {
            Reply::Json(status, body) => (status, Vec::new(), body),
            Reply::With(status, headers, body) => (status, headers, body),
            Reply::Bytes(bytes) => {
                let _ = stream.write_all(&bytes);
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            Reply::Custom(action) => {
                action(&mut stream);
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        };
        let body = body.to_string();
        let mut head =
            format!("HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.extend([&name, ": ", &value, "\r\n"]);
        }
        if stream.write_all(format!("{head}\r\n{body}").as_bytes()).is_err() {
            return;
        }
        if request.header("connection") == Some("close") {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let target = line.split_once(' ')?.1.rsplit_once(' ')?.0.to_owned();
    let method = line.split(' ').next()?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Request { method, path: path.to_owned(), query: query.to_owned(), headers, body: String::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

pub(crate) const TOKEN: &str = "canary-token-of-the-admin-0123456789";
pub(crate) const USER_ID: &str = "canaryUserId";
pub(crate) const PASSWORD: &str = "canary-password";

fn records() -> Vec<Value> {
    (0..25u32)
        .map(|number| {
            let time = format!("2018-02-{:02}T15:13:00.312Z", number + 1);
            json!({"_id": format!("record-{number:02}"), "version": "0.61.0", "totalUsers": 80 + number % 7, "createdAt": time, "statsToken": "canary-stats-token"})
        })
        .collect()
}

/// A workspace of 25 records as a 0.61 server behind the published page would answer, as far as the test suite looks.
pub(crate) fn faithful(request: &Request) -> Reply {
    let admin = request.header("x-auth-token") == Some(TOKEN) && request.header("x-user-id") == Some(USER_ID);
    let refused = || Reply::Json(401, json!({"status": "error", "message": "You must be logged in to do this."}));
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/info") => Reply::Json(200, json!({"version": "0.61.0", "success": true})),
        ("POST", "/api/v1/login") if request.body.contains(PASSWORD) => {
            Reply::Json(200, json!({"status": "success", "data": {"userId": USER_ID, "authToken": TOKEN}}))
        }
        ("POST", "/api/v1/login") => {
            Reply::Json(401, json!({"status": "error", "error": "Unauthorized", "message": "Unauthorized"}))
        }
        ("POST", "/api/v1/logout") if admin => Reply::Json(200, json!({"status": "success"})),
        ("GET", "/api/v1/statistics.list") if admin => {
            let number =
                |name: &str, default: usize| request.param(name).and_then(|text| text.parse().ok()).unwrap_or(default);
            let mut all = records();
            if request.query.contains("createdAt%22%3A-1") {
                all.reverse();
            }
            let offset = number("offset", 0);
            let page: Vec<Value> = all.iter().skip(offset).take(number("count", 50).min(100)).cloned().collect();
            Reply::Json(
                200,
                json!({"statistics": page, "count": page.len(), "offset": offset, "total": all.len(), "success": true}),
            )
        }
        _ => refused(),
    }
}

/// The faithful server with its list replaced.
pub(crate) fn with_list(list: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    serve(move |request| {
        if request.path == "/api/v1/statistics.list" && request.header("x-auth-token").is_some() {
            list(request)
        } else {
            faithful(request)
        }
    })
}

/// A head with a content length, and the body.
pub(crate) fn http(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Waits, but not longer than a test may take.
pub(crate) fn hang() {
    thread::sleep(Duration::from_secs(20));
}
