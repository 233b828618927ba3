//! The address of a target, taken apart as far as the tester needs it.

use std::net::IpAddr;

/// A target's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Scheme, authority and path without a slash at the end.
    pub base: String,
    /// Host and port.
    pub authority: String,
    /// Path before `/api`, without a slash at the end.
    pub path: String,
    /// Whether it is HTTPS.
    pub tls: bool,
    /// Whether the host is this machine.
    pub loopback: bool,
}

/// An address that cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not HTTP or HTTPS.
    #[error("`{0}` is not an address of a server: expected http://HOST[:PORT] or https://HOST[:PORT]")]
    Scheme(String),
    /// A user name or password inside.
    #[error("the target's address must not contain credentials: use --auth-file")]
    Credentials,
    /// Something after the path.
    #[error("the target's address must not contain a query string or a fragment")]
    Extra,
    /// It names an endpoint.
    #[error("`{0}` names an endpoint: give the address of the server, without /api")]
    Endpoint(String),
}

impl Url {
    /// Reads an address. Fails on anything that is not the root of a server.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(UrlError::Scheme(text.to_owned())),
        };
        if rest.contains(['?', '#']) {
            return Err(UrlError::Extra);
        }
        let (host_and_port, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if host_and_port.contains('@') {
            return Err(UrlError::Credentials);
        }
        let path = path.trim_end_matches('/');
        if path.split('/').any(|segment| segment == "api") {
            return Err(UrlError::Endpoint(text.to_owned()));
        }
        let (host, port) = split_port(host_and_port);
        let bad = host.is_empty()
            || host.contains(char::is_whitespace)
            || port.is_some_and(|port| port.parse::<u16>().is_err());
        if bad {
            return Err(UrlError::Scheme(text.to_owned()));
        }
        let port = port.unwrap_or(if tls { "443" } else { "80" });
        let loopback = is_loopback(host);
        Ok(Self {
            base: format!("{}://{host_and_port}{path}", scheme.to_ascii_lowercase()),
            authority: format!("{host}:{port}"),
            path: path.to_owned(),
            tls,
            loopback,
        })
    }
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let url = Url::parse("http://127.0.0.1:3000/").unwrap();
        assert_eq!(
            (url.base.as_str(), url.authority.as_str(), url.loopback),
            ("http://127.0.0.1:3000", "127.0.0.1:3000", true)
        );
        let url = Url::parse("https://chat.example.org/chat").unwrap();
        assert_eq!((url.authority.as_str(), url.path.as_str(), url.loopback), ("chat.example.org:443", "/chat", false));
        assert!(Url::parse("http://[::1]:3000").unwrap().loopback);
        assert!(Url::parse("http://localhost").unwrap().loopback);
        assert!(!Url::parse("http://localhost.example.org").unwrap().loopback);
    }

    #[test]
    fn what_is_no_target() {
        for text in [
            "127.0.0.1:3000",
            "ftp://x",
            "http://",
            "http://a b",
            "http://x:99999",
            "http://u:p@x",
            "http://x/?a",
            "http://x/api/v1",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
