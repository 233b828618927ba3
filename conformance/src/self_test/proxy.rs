//! A small HTTP/1.1 proxy on a free port of this machine: every request goes through one fault. It reads no more HTTP than
//! the tester writes: bodies with a length or in chunks, connections kept or closed.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::message::{Reply, Request, Wire};
use super::server::Server;
use crate::url::Url;

/// The most bytes of a request's body.
const LARGEST_BODY: u64 = 1024 * 1024;

/// What stands between the tester and the faithful server: makes the answer to a request.
pub type Between = dyn Fn(&Server, &Request) -> Reply + Send + Sync;

/// A running proxy; it takes no new connection once dropped.
pub struct Proxy {
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The server behind it.
    pub server: Arc<Server>,
    authority: String,
    stop: Arc<AtomicBool>,
}

impl Proxy {
    /// Puts a fault before the server at `url`.
    pub fn start(url: &Url, spoil: Arc<Between>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let authority = listener.local_addr()?.to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let server = Arc::new(Server::new(url));
        let proxy = Self {
            url: format!("http://{authority}"),
            server: Arc::clone(&server),
            authority,
            stop: Arc::clone(&stop),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (server, spoil) = (Arc::clone(&server), Arc::clone(&spoil));
                if let Ok(stream) = stream {
                    // A connection that breaks is the tester's to notice.
                    thread::spawn(move || drop(serve(&stream, &server, &*spoil)));
                }
            }
        });
        Ok(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees the flag.
        drop(TcpStream::connect(&self.authority));
    }
}

fn serve(stream: &TcpStream, server: &Server, spoil: &Between) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let closes = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let reply = spoil(server, &request);
        let kept = write(stream, &request, &reply)?;
        if closes || !kept {
            return stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if reader.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(first) = line(reader)? else { return Ok(None) };
    // The target may hold blanks: the tester writes some requests as no client would.
    let (method, rest) = first.split_once(' ').unwrap_or((&first, ""));
    let target = rest.rsplit_once(' ').map_or(rest, |(target, _)| target);
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.to_owned())));
    let mut request = Request { method: method.to_owned(), path: path.to_owned(), query, ..Request::default() };
    while let Some(header) = line(reader)?.filter(|header| !header.is_empty()) {
        if let Some((name, value)) = header.split_once(':') {
            request.headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    if let Some(length) = request.header("content-length").and_then(|text| text.parse::<u64>().ok()) {
        reader.take(length.min(LARGEST_BODY)).read_to_end(&mut request.body)?;
    } else if request.header("transfer-encoding").is_some() {
        loop {
            let size = line(reader)?.unwrap_or_default();
            let size = u64::from_str_radix(size.trim(), 16).unwrap_or_default().min(LARGEST_BODY);
            reader.take(size).read_to_end(&mut request.body)?;
            line(reader)?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(Some(request))
}

/// Writes an answer; says whether the connection can be kept.
fn write(mut stream: &TcpStream, request: &Request, reply: &Reply) -> io::Result<bool> {
    if reply.wire == Wire::Nothing {
        return Ok(false);
    }
    if reply.wire == Wire::Garbage {
        stream.write_all(b"this is not HTTP\r\n\r\n")?;
        return Ok(false);
    }
    let mut bytes = format!("HTTP/1.1 {} Status\r\n", reply.status);
    for (name, value) in &reply.headers {
        bytes.extend([name, ": ", value, "\r\n"]);
    }
    let length = reply.body.len();
    let said = match reply.wire {
        Wire::Missing(bytes) => length + bytes,
        Wire::Surplus(bytes) => length.saturating_sub(bytes),
        _ => length,
    };
    if matches!(reply.wire, Wire::Chunked(_)) {
        bytes.push_str("transfer-encoding: chunked\r\n\r\n");
    } else {
        bytes.extend(["content-length: ", &said.to_string(), "\r\n\r\n"]);
    }
    let mut bytes = bytes.into_bytes();
    if request.method != "HEAD" {
        if let Wire::Chunked(size) = reply.wire {
            for chunk in reply.body.chunks(size.max(1)) {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        } else {
            bytes.extend_from_slice(&reply.body);
        }
    }
    stream.write_all(&bytes)?;
    Ok(matches!(reply.wire, Wire::Plain | Wire::Chunked(_)))
}
