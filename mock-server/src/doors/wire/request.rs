//! A request as the endpoints see it.

use std::net::IpAddr;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;

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
