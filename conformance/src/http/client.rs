//! Sending through an ordinary HTTP client: connections are kept, gzip is undone, redirects are never followed.

use std::io;
use std::time::Instant;

use ureq::http::Request;
use ureq::{Agent, Error};

use super::{Answer, HttpError, Limits, Message, Received};

/// The client with its kept connections.
pub struct Client {
    agent: Agent,
    base: String,
    limits: Limits,
}

impl Client {
    /// A client for the server at `base` (scheme, host and port, and perhaps a path; no slash at the end) that keeps as
    /// many connections as `jobs` requests under way at once need.
    pub fn new(base: &str, limits: Limits, loopback: bool, jobs: usize) -> Self {
        let mut config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .user_agent(concat!("rocketchat-conformance/", env!("CARGO_PKG_VERSION")))
            .accept("application/json, */*")
            .max_idle_connections(jobs)
            .max_idle_connections_per_host(jobs)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.request));
        if loopback {
            // A proxy from the environment is never meant for this machine.
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), base: base.to_owned(), limits }
    }

    /// Sends one request and reads the whole answer.
    pub fn send(&self, message: &Message) -> Result<Answer, HttpError> {
        self.fetch(message).map(Received::read)
    }

    /// Sends one request and receives the whole answer, whose body is left for its reader to parse.
    pub fn fetch(&self, message: &Message) -> Result<Received, HttpError> {
        let mut request =
            Request::builder().method(message.method.as_str()).uri(format!("{}{}", self.base, message.target));
        for (name, value) in &message.headers {
            request = request.header(name, value);
        }
        let unsendable = |error: ureq::http::Error| {
            HttpError::Unsendable(format!("{error} (a request like this needs `\"raw\": true` in the case)"))
        };
        let started = Instant::now();
        let response = match &message.body {
            Some(body) => self.agent.run(request.body(body.as_slice()).map_err(unsendable)?),
            None if matches!(message.method.as_str(), "GET" | "HEAD" | "OPTIONS") => {
                self.agent.run(request.body(()).map_err(unsendable)?)
            }
            // Said to be empty: without a length it would go out in chunks, which simple servers do not read, and the
            // last chunk would then stand in the way of the next request on the connection.
            None => self.agent.run(request.body([].as_slice()).map_err(unsendable)?),
        };
        let (parts, mut body) = response.map_err(|error| self.explain(error))?.into_parts();
        let headers: Vec<(String, String)> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let bytes = body
            .with_config()
            .limit(self.limits.body)
            .read_to_vec()
            .map_err(|error| self.explain(error).in_body(&headers))?;
        Ok(Received { status: parts.status.as_u16(), headers, bytes, took: started.elapsed() })
    }

    fn explain(&self, error: Error) -> HttpError {
        match error {
            Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                HttpError::Connect(format!("no answer within {:?}", self.limits.connect))
            }
            Error::Timeout(_) => HttpError::Timeout(self.limits.request),
            Error::HostNotFound => HttpError::UnknownHost,
            Error::ConnectionFailed => HttpError::Connect("connection refused".to_owned()),
            Error::BodyExceedsLimit(_) => HttpError::TooLarge(self.limits.body),
            Error::Decompress(_, source) => HttpError::Encoding(source.to_string()),
            Error::LargeResponseHeader(..) => HttpError::Protocol("the headers are too large".to_owned()),
            Error::Tls(text) => HttpError::Tls(text.to_owned()),
            Error::Rustls(source) => HttpError::Tls(source.to_string()),
            Error::Io(source) => Self::explain_io(&source),
            Error::BadUri(text) => HttpError::Unsendable(text),
            Error::Protocol(source) => HttpError::Protocol(source.to_string()),
            other => HttpError::Protocol(other.to_string()),
        }
    }

    fn explain_io(source: &io::Error) -> HttpError {
        match source.kind() {
            io::ErrorKind::ConnectionRefused => HttpError::Connect("connection refused".to_owned()),
            // The names the TLS library gives to a certificate it does not trust, and to a peer that does not speak TLS.
            io::ErrorKind::InvalidData
                if ["certificate", "corrupt message"].iter().any(|part| source.to_string().contains(part)) =>
            {
                HttpError::Tls(source.to_string())
            }
            _ if source.to_string().contains("failed to lookup address") => HttpError::UnknownHost,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => HttpError::Encoding(source.to_string()),
            _ => HttpError::Broken(source.to_string()),
        }
    }
}
