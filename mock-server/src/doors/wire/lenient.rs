//! A TCP stream that accepts request targets as Node.js does.
//!
//! The real server sits behind Node's HTTP parser, which takes a target with bare `"`, `<`, `>`, a backtick or bytes beyond
//! ASCII; `curl -g` sends pasted JSON that way. The URI type below actix refuses these bytes before any handler runs. This
//! stream percent-encodes exactly those bytes of each request line on their way in, which is what the query-string reader
//! undoes later. It follows the framing of every request (`content-length`, chunked) to know where the next request line
//! starts; all else passes unchanged.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use actix_rt::net::{ActixStream, Ready, TcpStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::closing::{Closing, Connection, InFlight, Notice};

/// The stream; reads go through a request-line encoder, writes go straight through.
#[derive(Debug)]
pub(super) struct LenientStream {
    stream: TcpStream,
    notice: Notice,
    lines: RequestLines,
    /// Encoded bytes the last reader had no room for, and how many of them were taken since.
    pending: Vec<u8>,
    taken: usize,
}

impl LenientStream {
    pub(super) fn new(stream: TcpStream, closing: &Arc<Closing>) -> Self {
        let lines = RequestLines::default();
        let notice = Notice::new(closing, lines.in_flight.clone());
        Self { stream, notice, lines, pending: Vec::new(), taken: 0 }
    }

    /// The connection as those see it that answer its requests.
    pub(super) fn connection(&self) -> Connection {
        self.notice.connection.clone()
    }

    fn take_pending(&mut self, buf: &mut ReadBuf<'_>) {
        let rest = self.pending.get(self.taken..).unwrap_or_default();
        let fits = rest.get(..rest.len().min(buf.remaining())).unwrap_or_default();
        buf.put_slice(fits);
        self.taken += fits.len();
        if self.taken >= self.pending.len() {
            self.pending.clear();
            self.taken = 0;
        }
    }
}

impl AsyncRead for LenientStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.pending.is_empty() {
            this.take_pending(buf);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {}
            // Nothing read is the end of the stream, at which an idle connection closes.
            Poll::Pending if this.notice.says_stop(cx) && this.lines.line.is_empty() => return Poll::Ready(Ok(())),
            other => return other,
        }
        let fresh = buf.filled().get(before..).unwrap_or_default();
        if let Some(encoded) = this.lines.encode(fresh) {
            this.pending = encoded;
            buf.set_filled(before);
            this.take_pending(buf);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LenientStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl ActixStream for LenientStream {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.stream, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.stream, cx)
    }
}

/// Longest header line looked at whole when it arrives in pieces; those that frame a body are far shorter.
const LINE_KEPT: usize = 256;

/// Where in the stream of requests the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    RequestLine,
    Headers,
    /// Bytes of body (or of one chunk with its line end) still to come.
    Body(u64),
    ChunkSize,
    ChunkData(u64),
    Trailers,
    /// An upgraded connection: no more requests.
    Foreign,
}

/// Follows the framing of requests and encodes request lines.
#[derive(Debug)]
struct RequestLines {
    place: Place,
    /// The part of the current line that came with earlier reads.
    line: Vec<u8>,
    length: u64,
    chunked: bool,
    upgraded: bool,
    /// Requests that have begun; whoever answers them counts them off.
    in_flight: InFlight,
}

impl Default for RequestLines {
    fn default() -> Self {
        Self {
            place: Place::RequestLine,
            line: Vec::new(),
            length: 0,
            chunked: false,
            upgraded: false,
            in_flight: InFlight::default(),
        }
    }
}

impl RequestLines {
    /// Follows `input`, the next bytes of the stream. Returns the bytes to hand on in their place when one had to be encoded.
    fn encode(&mut self, input: &[u8]) -> Option<Vec<u8>> {
        let mut encoded: Option<Vec<u8>> = None;
        let mut copied = 0;
        let mut at = 0;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            match self.place {
                Place::Foreign => break,
                Place::Body(left) | Place::ChunkData(left) => {
                    let step = left.min(rest.len() as u64);
                    self.pass(left - step);
                    at += usize::try_from(step).unwrap_or(rest.len());
                }
                Place::RequestLine | Place::Headers | Place::ChunkSize | Place::Trailers => {
                    let end = memchr::memchr(b'\n', rest);
                    let piece = end.and_then(|end| rest.get(..=end)).unwrap_or(rest);
                    let next = at + piece.len();
                    if self.place == Place::RequestLine && piece.iter().any(|byte| must_encode(*byte)) {
                        let out = encoded.get_or_insert_with(|| Vec::with_capacity(input.len() + 64));
                        out.extend_from_slice(input.get(copied..at).unwrap_or_default());
                        encode_into(piece, out);
                        copied = next;
                    }
                    self.read_line(piece, end.is_some());
                    at = next;
                }
            }
        }
        if let Some(out) = &mut encoded {
            out.extend_from_slice(input.get(copied..).unwrap_or_default());
        }
        encoded
    }

    /// Notes that `left` bytes of the body or chunk remain.
    fn pass(&mut self, left: u64) {
        self.place = match (self.place, left) {
            (Place::ChunkData(_), 0) => Place::ChunkSize,
            (Place::ChunkData(_), left) => Place::ChunkData(left),
            (_, 0) => Place::RequestLine,
            (_, left) => Place::Body(left),
        };
    }

    /// Takes a line or, when it is not `complete`, the part of it that this read brought.
    fn read_line(&mut self, piece: &[u8], complete: bool) {
        if !complete {
            let room = LINE_KEPT.saturating_sub(self.line.len());
            self.line.extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
            return;
        }
        if self.line.is_empty() {
            self.end_line(piece);
        } else {
            let mut line = mem::take(&mut self.line);
            line.extend_from_slice(piece);
            self.end_line(&line);
            line.clear();
            self.line = line;
        }
    }

    fn end_line(&mut self, line: &[u8]) {
        let line = line.trim_ascii();
        self.place = match self.place {
            // Blank lines before a request line are skipped by every HTTP/1 parser.
            Place::RequestLine if line.is_empty() => Place::RequestLine,
            Place::RequestLine => {
                (self.length, self.chunked, self.upgraded) = (0, false, false);
                self.in_flight.fetch_add(1, Ordering::SeqCst);
                Place::Headers
            }
            Place::Headers if !line.is_empty() => {
                self.read_header(line);
                Place::Headers
            }
            Place::Headers if self.upgraded => Place::Foreign,
            Place::Headers if self.chunked => Place::ChunkSize,
            Place::Headers if self.length > 0 => Place::Body(self.length),
            Place::ChunkSize => match chunk_size(line) {
                Some(0) => Place::Trailers,
                // Two bytes of line end follow the data.
                Some(size) => Place::ChunkData(size.saturating_add(2)),
                // Not a chunk: the HTTP parser behind this stream refuses the request.
                None => Place::Foreign,
            },
            Place::Trailers if !line.is_empty() => Place::Trailers,
            _ => Place::RequestLine,
        };
    }

    fn read_header(&mut self, line: &[u8]) {
        if let Some(value) = header_value(line, b"content-length:") {
            self.length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        } else if let Some(value) = header_value(line, b"transfer-encoding:") {
            self.chunked = value.to_ascii_lowercase().ends_with(b"chunked");
        } else if header_value(line, b"upgrade:").is_some() {
            self.upgraded = true;
        }
    }
}

fn header_value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Whether Node takes the byte in a request target and the URI type below actix does not.
fn must_encode(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`' | 0x7f..)
}

fn encode_into(line: &[u8], out: &mut Vec<u8>) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    for &byte in line {
        if must_encode(byte) {
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the stream hands on for `input` read in pieces of `size` bytes.
    fn pass_through(input: &[u8], size: usize) -> String {
        let mut lines = RequestLines::default();
        let mut out = Vec::new();
        for piece in input.chunks(size) {
            match lines.encode(piece) {
                Some(encoded) => out.extend_from_slice(&encoded),
                None => out.extend_from_slice(piece),
            }
        }
        String::from_utf8(out).unwrap()
    }

    fn in_all_pieces(input: &str, expected: &str) {
        for size in 1..=input.len() {
            assert_eq!(pass_through(input.as_bytes(), size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn encodes_bare_json_in_the_request_line_only() {
        in_all_pieces(
            "GET /a?query={\"b\":\"<c>\"} HTTP/1.1\r\nx-note: \"<kept>\"\r\n\r\n",
            "GET /a?query={%22b%22:%22%3Cc%3E%22} HTTP/1.1\r\nx-note: \"<kept>\"\r\n\r\n",
        );
    }

    #[test]
    fn leaves_bodies_alone_and_finds_the_next_request() {
        in_all_pieces(
            "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"a\":\"\n\"}GET /\" HTTP/1.1\r\n\r\nGET /< HTTP/1.1\r\n\r\n",
            "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"a\":\"\n\"}GET /%22 HTTP/1.1\r\n\r\nGET /%3C HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn follows_chunked_bodies_with_trailers() {
        in_all_pieces(
            "POST /a HTTP/1.1\r\ntransfer-encoding: gzip, Chunked\r\n\r\n3;x=\"\r\n\"\"\"\r\n0\r\nt: \"\r\n\r\nGET /\" HTTP/1.1\r\n\r\n",
            "POST /a HTTP/1.1\r\ntransfer-encoding: gzip, Chunked\r\n\r\n3;x=\"\r\n\"\"\"\r\n0\r\nt: \"\r\n\r\nGET /%22 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn passes_ordinary_requests_without_a_copy() {
        let mut lines = RequestLines::default();
        assert_eq!(lines.encode(b"GET /a?b=%22 HTTP/1.1\r\nhost: x\r\n\r\n"), None);
        assert_eq!(lines.place, Place::RequestLine);
    }

    #[test]
    fn gives_up_following_an_upgraded_connection() {
        let mut lines = RequestLines::default();
        assert_eq!(lines.encode(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n\"\n\""), None);
        assert_eq!(lines.place, Place::Foreign);
    }
}
