//! A request as the endpoints see it.

use std::net::IpAddr;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;

/// The parts of one request, body read whole.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as sent, without the query string.
    pub path: &'a str,
    /// The query string as sent, without the question mark; empty when there is none.
    pub query: &'a [u8],
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body's bytes; empty when there is none.
    pub body: &'a [u8],
    /// The other end of the connection.
    pub peer: Option<IpAddr>,
}

impl<'a> Request<'a> {
    /// The header `name` (lower case) as text; `None` when absent or not ASCII.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The header `name` when it is there and not empty: what the real server's authentication counts as present.
    pub fn present_header(&self, name: &str) -> Option<&'a str> {
        self.header(name).filter(|value| !value.is_empty())
    }

    /// The caller's address as the rate limiter and the login guard see it: `x-real-ip`, else the connection's
    /// (upstream: `getRequestIP`; `x-forwarded-for` counts only with `HTTP_FORWARDED_COUNT`, which is not set here).
    pub fn client_ip(&self) -> String {
        match self.present_header("x-real-ip") {
            Some(address) => address.to_owned(),
            None => self.peer.map(|address| address.to_string()).unwrap_or_default(),
        }
    }
}

/// A request of its own, for a thread that does not have the one it came as.
#[derive(Debug)]
pub struct OwnedRequest {
    method: Method,
    path: String,
    query: Vec<u8>,
    headers: HeaderMap,
    body: Bytes,
    peer: Option<IpAddr>,
}

impl OwnedRequest {
    /// A copy of `request`, whose body is `body`.
    pub fn new(request: &Request<'_>, body: Bytes) -> Self {
        Self {
            method: request.method.clone(),
            path: request.path.to_owned(),
            query: request.query.to_owned(),
            headers: request.headers.clone(),
            body,
            peer: request.peer,
        }
    }

    /// The request as the endpoints see it.
    pub fn borrowed(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            peer: self.peer,
        }
    }
}
