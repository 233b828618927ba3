//! Sending bytes as written on a connection of their own: header names keep their spelling, and a request line may hold
//! what no client would send. Plain HTTP only. Reads just enough HTTP/1.1 to find the end of an answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;

use super::{Answer, HttpError, Limits, Message, is_gzip};

const LARGEST_HEAD: usize = 64 * 1024;

/// Sends `message` to `authority` (host and port) and reads the answer.
pub fn send(authority: &str, message: &Message, limits: Limits) -> Result<Answer, HttpError> {
    let started = Instant::now();
    let mut connection = Connection { stream: connect(authority, limits)?, deadline: started + limits.request, limits };
    connection.write(&request_bytes(authority, message))?;
    let (status, headers, rest) = connection.head()?;
    let no_body = message.method == "HEAD" || status == 204 || status == 304;
    let body = if no_body {
        Vec::new()
    } else {
        let body = connection.body(&headers, rest).and_then(|body| decoded(body, &headers, limits));
        body.map_err(|error| error.in_body(&headers))?
    };
    Ok(Answer::new(status, headers, body, started.elapsed()))
}

/// A body without its gzip. It was not asked for here, but a server that compresses all the same is not wrong.
fn decoded(body: Vec<u8>, headers: &[(String, String)], limits: Limits) -> Result<Vec<u8>, HttpError> {
    let encoding = headers.iter().find(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
    if !encoding.is_some_and(is_gzip) {
        return Ok(body);
    }
    let mut plain = Vec::new();
    let most = limits.body.saturating_add(1);
    MultiGzDecoder::new(body.as_slice())
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|error| HttpError::Encoding(error.to_string()))?;
    if plain.len() as u64 >= most { Err(HttpError::TooLarge(limits.body)) } else { Ok(plain) }
}

fn request_bytes(authority: &str, message: &Message) -> Vec<u8> {
    let mut lines = vec![format!("{} {} HTTP/1.1", message.method, message.target)];
    if !message.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        lines.push(format!("Host: {authority}"));
    }
    lines.extend(message.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if let Some(body) = &message.body {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    lines.push("Connection: close\r\n\r\n".to_owned());
    let mut bytes = lines.join("\r\n").into_bytes();
    bytes.extend_from_slice(message.body.as_deref().unwrap_or_default());
    bytes
}

fn connect(authority: &str, limits: Limits) -> Result<TcpStream, HttpError> {
    let addresses = authority.to_socket_addrs().map_err(|_| HttpError::UnknownHost)?;
    let mut last = HttpError::UnknownHost;
    for address in addresses {
        match TcpStream::connect_timeout(&address, limits.connect) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = HttpError::Connect(error.to_string()),
        }
    }
    Err(last)
}

type Head = (u16, Vec<(String, String)>, Vec<u8>);

struct Connection {
    stream: TcpStream,
    deadline: Instant,
    limits: Limits,
}

impl Connection {
    fn left(&self) -> Result<Duration, HttpError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(HttpError::Timeout(self.limits.request)) } else { Ok(left) }
    }

    fn explain(&self, error: &io::Error) -> HttpError {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => HttpError::Timeout(self.limits.request),
            _ => HttpError::Broken(error.to_string()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        let left = self.left()?;
        self.stream
            .set_write_timeout(Some(left))
            .and_then(|()| self.stream.write_all(bytes))
            .map_err(|error| self.explain(&error))
    }

    /// Reads some bytes onto `buffer`; no bytes means that the server closed.
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, HttpError> {
        let mut chunk = [0; 8192];
        let left = self.left()?;
        let read = self
            .stream
            .set_read_timeout(Some(left))
            .and_then(|()| self.stream.read(&mut chunk))
            .map_err(|error| self.explain(&error))?;
        buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        Ok(read)
    }

    /// Status, headers, and what came of the body with them.
    fn head(&mut self) -> Result<Head, HttpError> {
        let mut buffer = Vec::new();
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if buffer.len() > LARGEST_HEAD {
                return Err(HttpError::Protocol("the headers are too large".to_owned()));
            }
            if self.read(&mut buffer)? == 0 {
                return Err(HttpError::Broken("closed before the end of the headers".to_owned()));
            }
        };
        let rest = buffer.split_off(end + 4);
        let (status, headers) = parse_head(&buffer)?;
        Ok((status, headers, rest))
    }

    fn body(&mut self, headers: &[(String, String)], rest: Vec<u8>) -> Result<Vec<u8>, HttpError> {
        let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return self.chunked(rest);
        }
        let length = match header("content-length") {
            Some(text) => Some(text.parse::<u64>().map_err(|_| HttpError::Protocol("bad Content-Length".to_owned()))?),
            None => None,
        };
        let mut body = rest;
        loop {
            let have = body.len() as u64;
            if have > self.limits.body || length.is_some_and(|length| length > self.limits.body) {
                return Err(HttpError::TooLarge(self.limits.body));
            }
            if length.is_some_and(|length| have >= length) {
                body.truncate(usize::try_from(length.unwrap_or(have)).unwrap_or(usize::MAX));
                return Ok(body);
            }
            if self.read(&mut body)? == 0 {
                return match length {
                    None => Ok(body),
                    Some(length) => {
                        Err(HttpError::Broken(format!("closed after {have} of the {length} bytes it announced")))
                    }
                };
            }
        }
    }

    fn chunked(&mut self, rest: Vec<u8>) -> Result<Vec<u8>, HttpError> {
        let mut buffer = rest;
        let mut body = Vec::new();
        let bad = || HttpError::Protocol("bad chunk".to_owned());
        let closed = || HttpError::Broken("closed inside a chunk".to_owned());
        loop {
            let line_end = loop {
                if let Some(at) = buffer.windows(2).position(|window| window == b"\r\n") {
                    break at;
                }
                if buffer.len() > LARGEST_HEAD {
                    return Err(bad());
                }
                if self.read(&mut buffer)? == 0 {
                    return Err(closed());
                }
            };
            let line = String::from_utf8_lossy(buffer.get(..line_end).unwrap_or_default()).into_owned();
            let size =
                line.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok()).ok_or_else(bad)?;
            buffer.drain(..line_end + 2);
            if size == 0 {
                return Ok(body);
            }
            if body.len().saturating_add(size) as u64 > self.limits.body {
                return Err(HttpError::TooLarge(self.limits.body));
            }
            while buffer.len() < size + 2 {
                if self.read(&mut buffer)? == 0 {
                    return Err(closed());
                }
            }
            body.extend(buffer.drain(..size));
            buffer.drain(..2);
        }
    }
}

/// Status and headers, names in lower case, of a head that ends in an empty line.
///
/// Lenient where clients are: a line that is no header is passed over, since what a case says of headers is about those that are
/// there. The status line alone decides whether this is HTTP.
fn parse_head(bytes: &[u8]) -> Result<(u16, Vec<(String, String)>), HttpError> {
    let none = || HttpError::Protocol("no status line".to_owned());
    // httparse skips empty lines before the status line. Nothing was sent here that an answer before this one could have left.
    if !bytes.starts_with(b"HTTP/") {
        return Err(none());
    }
    // Each header has a line of its own, so the head decides how many there may be, and its size is limited.
    let lines = bytes.split(|byte| *byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = httparse::ParserConfig::default()
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .parse_response(&mut response, bytes);
    match parsed {
        Ok(httparse::Status::Complete(_)) => {}
        Err(error @ (httparse::Error::HeaderName | httparse::Error::HeaderValue)) => {
            return Err(HttpError::Protocol(error.to_string()));
        }
        Ok(httparse::Status::Partial) | Err(_) => return Err(none()),
    }
    let status = response.code.ok_or_else(none)?;
    let headers = response
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned()));
    Ok((status, headers.collect()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn exchange(answer: &'static [u8]) -> (Result<Answer, HttpError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).unwrap();
            stream.write_all(answer).unwrap();
            String::from_utf8(request[..read].to_vec()).unwrap()
        });
        let message = Message {
            method: "GET".to_owned(),
            target: "/x?query={\"a\":1}".to_owned(),
            headers: vec![("x-AUTH-token".to_owned(), "t".to_owned())],
            body: None,
            raw: true,
        };
        let limits = Limits { request: Duration::from_secs(2), body: 1000, ..Limits::default() };
        let result = send(&authority, &message, limits);
        (result, server.join().unwrap())
    }

    #[test]
    fn bytes_go_out_as_written() {
        let (answer, request) = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        assert!(request.starts_with("GET /x?query={\"a\":1} HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("x-AUTH-token: t\r\n"));
        assert_eq!(answer.unwrap().json, Ok(serde_json::json!({})));
    }

    /// An answer with this head and the body `{}`, in one piece and closed.
    fn with_head(head: &str) -> Result<Answer, HttpError> {
        let bytes = format!("{head}\r\n\r\n{{}}").into_bytes();
        exchange(Box::leak(bytes.into_boxed_slice())).0
    }

    #[test]
    fn a_head_is_read_as_it_came() {
        for (head, status, headers) in [
            ("HTTP/1.1 200 OK\r\nX-A: 1", 200, &[("x-a", "1")][..]),
            ("HTTP/1.0 404", 404, &[]),
            ("HTTP/1.1 200 \r\nX-A:1\r\nx-b:  2 \t", 200, &[("x-a", "1"), ("x-b", "2")]),
            // A name that comes twice is kept twice, in order; who asks for it sees both.
            ("HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nX-A: 1", 200, &[("x-a", "1"), ("x-a", "2"), ("x-a", "1")]),
            ("HTTP/1.1 200 OK\r\nX-A: \r\nX-B:", 200, &[("x-a", ""), ("x-b", "")]),
            ("HTTP/1.1 200 OK\r\nX-A: a:b, c;d=\"e\"", 200, &[("x-a", "a:b, c;d=\"e\"")]),
            ("HTTP/1.1 200 OK\r\nX-A: grün", 200, &[("x-a", "grün")]),
            // Lines that are no header are passed over, and so is a name's distance from its colon.
            ("HTTP/1.1 200 OK\r\nnonsense\r\nX-A: 1", 200, &[("x-a", "1")]),
            ("HTTP/1.1 200 OK\r\nX-A : 1", 200, &[("x-a", "1")]),
            ("HTTP/1.1 200 OK\r\nX-A: 1\r\n  folded\r\nX-B: 2", 200, &[("x-a", "1"), ("x-b", "2")]),
            ("HTTP/1.1 200 OK\nX-A: 1\nX-B: 2", 200, &[("x-a", "1"), ("x-b", "2")]),
            // An interim answer is not waited out: no request here asks for one, so it is what the server said.
            ("HTTP/1.1 100 Continue", 100, &[]),
            ("HTTP/1.1 103 Early Hints\r\nX-A: 1", 103, &[("x-a", "1")]),
        ] {
            let answer = with_head(head).unwrap_or_else(|error| panic!("{head:?}: {error}"));
            let found: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!((answer.status, found.as_slice()), (status, headers), "{head:?}");
        }
    }

    #[test]
    fn a_status_line_that_is_none_is_seen() {
        for head in [
            "",
            "200 OK",
            "HTTP/2 200 OK",
            "HTTP/1.1",
            "HTTP/1.1 OK",
            "HTTP/1.1  200 OK",
            "\r\nHTTP/1.1 200 OK",
            "http/1.1 200 OK",
            "ICY 200 OK",
            // The ordinary client refuses these too.
            "HTTP/1.2 200 OK",
            "HTTP/1.1 2000 OK",
        ] {
            assert_eq!(with_head(head).unwrap_err(), HttpError::Protocol("no status line".to_owned()), "{head:?}");
        }
        assert_eq!(
            exchange(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n").0.unwrap_err(),
            HttpError::Broken("closed before the end of the headers".to_owned())
        );
        let large = format!("HTTP/1.1 200 OK\r\nX-A: {}", "a".repeat(2 * LARGEST_HEAD));
        assert_eq!(with_head(&large).unwrap_err(), HttpError::Protocol("the headers are too large".to_owned()));
    }

    #[test]
    fn of_two_lengths_the_first_counts() {
        let answer = with_head("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1").unwrap();
        assert_eq!((answer.bytes.as_slice(), answer.header("content-length").as_deref()), (&b"{}"[..], Some("2, 1")));
        let error = with_head("HTTP/1.1 200 OK\r\nContent-Length: two").unwrap_err();
        assert_eq!(error, HttpError::Protocol("bad Content-Length".to_owned()).in_body(&[]));
    }

    #[test]
    fn many_headers_are_no_mistake() {
        let head = format!("HTTP/1.1 200 OK{}", "\r\nX-A: 1".repeat(500));
        assert_eq!(with_head(&head).unwrap().headers.len(), 500);
    }

    #[test]
    fn chunks_are_put_together() {
        let (answer, _) =
            exchange(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");
        assert_eq!(answer.unwrap().bytes, b"{}");
    }

    #[test]
    fn gzip_nobody_asked_for_is_undone_and_other_encodings_are_not_believed() {
        let gzip: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0];
        let with = |encoding: &str, body: &[u8]| {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n", body.len());
            let bytes: Vec<u8> = [head.as_bytes(), body].concat();
            exchange(Box::leak(bytes.into_boxed_slice())).0
        };
        assert_eq!(with("gzip", gzip).unwrap().json, Ok(serde_json::json!({})));
        assert!(matches!(with("gzip", b"{}").unwrap_err(), HttpError::InBody { .. }));
        assert!(with("br", b"{}").unwrap().json.unwrap_err().contains("`br`"));
        assert!(with("identity", b"{}").unwrap().json.is_ok());
    }

    #[test]
    fn lies_about_length_are_seen() {
        let (answer, _) = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}");
        let broken = HttpError::Broken("closed after 2 of the 20 bytes it announced".to_owned());
        assert_eq!(answer.unwrap_err(), broken.in_body(&[]));
        let (answer, _) = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}");
        assert_eq!(answer.unwrap_err(), HttpError::TooLarge(1000).in_body(&[]));
        let (answer, _) = exchange(b"nonsense\r\n\r\n");
        assert_eq!(answer.unwrap_err(), HttpError::Protocol("no status line".to_owned()));
    }
}
