//! Requests and answers as the tester sees them, and the two ways of sending: `client` (an ordinary HTTP client on one kept
//! connection) and `raw` (bytes as written, for what no client will send). Knows nothing of cases.

pub mod client;
pub mod encode;
mod parse;
pub mod raw;

use std::time::Duration;

use serde_json::Value;

/// Limits on what a target can cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the first byte sent to the last one received, however slowly they drip.
    pub request: Duration,
    /// Size of a body in bytes, after decompression.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), request: Duration::from_secs(10), body: 16 * 1024 * 1024 }
    }
}

/// A request with nothing left to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Method.
    pub method: String,
    /// Path and query string.
    pub target: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Whether the bytes are to be written as they stand.
    pub raw: bool,
}

/// An answer, complete.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body after decompression.
    pub bytes: Vec<u8>,
    /// The body as JSON, or why it is none.
    pub json: Result<Value, String>,
    /// From sending to the last byte.
    pub took: Duration,
}

/// An answer as it came over the wire, its body not read as JSON yet.
#[derive(Debug)]
pub struct Received {
    status: u16,
    headers: Vec<(String, String)>,
    bytes: Vec<u8>,
    took: Duration,
}

impl Received {
    /// Status, headers and body, the body left as it came.
    pub fn into_parts(self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        (self.status, self.headers, self.bytes)
    }

    /// The answer with its body read.
    pub fn read(self) -> Answer {
        Answer::new(self.status, self.headers, self.bytes, self.took)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The name of the host is unknown.
    #[error("the host name cannot be resolved")]
    UnknownHost,
    /// TLS failed.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// Not complete in time.
    #[error("no complete answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke off.
    #[error("the connection broke off: {0}")]
    Broken(String),
    /// Not HTTP, or an impossible answer.
    #[error("the answer is not valid HTTP: {0}")]
    Protocol(String),
    /// A body above the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// A body that does not decompress.
    #[error("the body does not decompress: {0}")]
    Encoding(String),
    /// The answer began, but its body did not come as its head said.
    #[error("{cause}")]
    InBody {
        /// Whether the head announces JSON, which sets a spoilt API apart from something that is none.
        announces_json: bool,
        /// What is wrong with the body.
        cause: Box<HttpError>,
    },
    /// The request cannot be sent this way.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
}

impl HttpError {
    /// Whether no answer was seen, which may be the network's fault.
    pub fn is_network(&self) -> bool {
        match self {
            Self::Connect(_) | Self::UnknownHost | Self::Tls(_) | Self::Timeout(_) | Self::Broken(_) => true,
            Self::InBody { cause, .. } => matches!(**cause, Self::Timeout(_)),
            Self::Protocol(_) | Self::TooLarge(_) | Self::Encoding(_) | Self::Unsendable(_) => false,
        }
    }

    /// Whether sending again may help: the only errors `--retries` is about. A request that timed out once has cost enough.
    pub fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::InBody { cause, .. } => matches!(**cause, Self::Broken(_)),
            other => other.is_network() && !other.is_timeout(),
        }
    }

    /// Whether the time for a request ran out.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout(_) => true,
            Self::InBody { cause, .. } => cause.is_timeout(),
            _ => false,
        }
    }

    /// Whether the server answered, but with something that is no valid HTTP answer: its fault, not the network's.
    pub fn is_bad_answer(&self) -> bool {
        match self {
            Self::Protocol(_) | Self::TooLarge(_) | Self::Encoding(_) => true,
            Self::InBody { .. } => !self.is_timeout(),
            _ => false,
        }
    }

    /// What is wrong with the body of an answer that began.
    #[must_use]
    pub fn in_body(self, headers: &[(String, String)]) -> Self {
        Self::InBody { announces_json: announces_json(headers), cause: Box::new(self) }
    }
}

/// Whether headers, their names in lower case, say that a body is JSON.
fn announces_json(headers: &[(String, String)]) -> bool {
    headers.iter().any(|(name, value)| name == "content-type" && value.to_ascii_lowercase().contains("json"))
}

/// Whether the value of `Content-Encoding` is the one encoding that is undone.
fn is_gzip(encoding: &str) -> bool {
    matches!(encoding.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip")
}

impl Answer {
    /// An answer from what came over the wire. A body in an encoding that no request asked for is not looked into, since a
    /// client that believes the header could not either.
    pub fn new(status: u16, headers: Vec<(String, String)>, bytes: Vec<u8>, took: Duration) -> Self {
        let strange = headers
            .iter()
            .filter(|(name, _)| name == "content-encoding")
            .find(|(_, value)| !is_gzip(value) && !value.trim().eq_ignore_ascii_case("identity"));
        let json = match strange {
            Some((_, encoding)) => {
                Err(format!("the body is said to be encoded as `{encoding}`, which was not asked for"))
            }
            None => parse(&bytes),
        };
        Self { status, headers, bytes, json, took }
    }

    /// An answer that is nothing but a JSON value, for walks, facts and documents.
    pub fn of_json(value: Value) -> Self {
        Self { status: 200, headers: Vec::new(), bytes: Vec::new(), json: Ok(value), took: Duration::ZERO }
    }

    /// Whether the answer says that it is JSON, whatever it is.
    pub fn announces_json(&self) -> bool {
        announces_json(&self.headers)
    }

    /// A header's value; of several with the name, joined by commas.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// The most values a body may hold. In memory a value takes many times its text, so the limit on bytes is not enough; a page
/// of a hundred records holds some fifty thousand.
const MOST_VALUES: usize = 1_000_000;

/// Parses a body.
fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Err("the body is empty".to_owned());
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err("the body begins with a byte order mark, which JSON does not allow".to_owned());
    }
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if start == Some(&b'<') {
        return Err("the body looks like HTML or XML, not JSON".to_owned());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err("the body is not valid UTF-8".to_owned());
    };
    // Each value but the first follows one of these, so this is never too few, and too many only for text full of them.
    let most = bytes.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    if most > MOST_VALUES {
        return Err(format!("the body is JSON of more than {MOST_VALUES} values"));
    }
    parse::strictly(text).map_err(|error| {
        if error.to_string().contains("recursion limit") {
            "the body is JSON nested deeper than 128 levels".to_owned()
        } else {
            format!("the body is not JSON: {error}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err()
    }

    #[test]
    fn a_body_in_an_encoding_that_nobody_asked_for_is_not_looked_into() {
        let json = |encoding: &str| {
            let headers = vec![("content-encoding".to_owned(), encoding.to_owned())];
            Answer::new(200, headers, b"{}".to_vec(), Duration::ZERO).json
        };
        assert!(json("identity").is_ok() && json("GZIP").is_ok());
        assert!(json("br").is_err_and(|why| why.contains("`br`")));
        assert!(json("gzip, br").is_err());
    }

    #[test]
    fn what_is_no_json_is_named() {
        assert!(why(b"").contains("empty"));
        assert!(why(b"\xEF\xBB\xBF{}").contains("byte order mark"));
        assert!(why(b"  <!DOCTYPE html>").contains("HTML"));
        assert!(why(b"{\"a\":\"\xff\"}").contains("UTF-8"));
        assert!(why(b"{\"a\":").contains("not JSON"));
        assert!(why("[".repeat(100_000).as_bytes()).contains("deeper"));
        assert!(parse(b"{}").is_ok());
        assert!(why(br#"{"a":{"b":1,"c":":","b":2}}"#).contains("twice"));
        assert!(parse(br#"{"a:\\":{"b\"::":":,:"},"c":[{},{"a":null}]}"#).is_ok());
        let long = format!("[{}0]", "0,".repeat(MOST_VALUES + 1));
        assert!(why(long.as_bytes()).contains("1000000 values"));
    }
}
