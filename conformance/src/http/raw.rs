//! Sending bytes as written on a connection of their own: header names keep their spelling, and a request line may hold
//! what no client would send. Plain HTTP only. Reads just enough HTTP/1.1 to find the end of an answer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::{Answer, HttpError, Limits, Message};

const LARGEST_HEAD: usize = 64 * 1024;

/// Sends `message` to `authority` (host and port) and reads the answer.
pub fn send(authority: &str, message: &Message, limits: Limits) -> Result<Answer, HttpError> {
    let started = Instant::now();
    let mut connection = Connection { stream: connect(authority, limits)?, deadline: started + limits.request, limits };
    connection.write(&request_bytes(authority, message))?;
    let (status, headers, rest) = connection.head()?;
    let no_body = message.method == "HEAD" || status == 204 || status == 304;
    let body = if no_body { Vec::new() } else { connection.body(&headers, rest)? };
    Answer::new(status, headers, body, started.elapsed()).decoded(&[])
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
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let mut lines = text.lines();
        let status = lines
            .next()
            .filter(|line| line.starts_with("HTTP/1."))
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| HttpError::Protocol("no status line".to_owned()))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
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

    #[test]
    fn chunks_are_put_together() {
        let (answer, _) =
            exchange(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");
        assert_eq!(answer.unwrap().bytes, b"{}");
    }

    #[test]
    fn lies_about_length_are_seen() {
        let (answer, _) = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}");
        assert_eq!(answer.unwrap_err(), HttpError::Broken("closed after 2 of the 20 bytes it announced".to_owned()));
        let (answer, _) = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}");
        assert_eq!(answer.unwrap_err(), HttpError::TooLarge(1000));
        let (answer, _) = exchange(b"nonsense\r\n\r\n");
        assert_eq!(answer.unwrap_err(), HttpError::Protocol("no status line".to_owned()));
    }
}
