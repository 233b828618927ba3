//! Which requests may take long, and are therefore not answered on the thread that reads sockets.
//!
//! Judged by what a request looks like, as it is asked of every request: the query string is not decoded. What is spelled in an unusual
//! way counts as slow.

use memchr::memmem;

use crate::doors::rest::endpoint::Scans;
use crate::doors::rest::routes::{self, Found};
use crate::doors::wire::request::Request;
use crate::workspace::Workspace;

/// Bytes of a body that are read within a millisecond.
const SHORT_BODY: usize = 64 * 1024;

/// Documents times bytes of the query string, as a measure of tests, that are made within a few milliseconds.
const FEW_TESTS: usize = 1_000_000;

/// Records that are sorted or read back within a few milliseconds.
const FEW_RECORDS: usize = 10_000;

/// Users whose documents are made within a few milliseconds.
const FEW_USERS: usize = 1_000;

/// Whether the answer to `request` may take more than a few milliseconds.
pub fn may_be_slow(workspace: &Workspace, request: &Request<'_>) -> bool {
    if request.body.len() > SHORT_BODY {
        return true;
    }
    let found = routes::find(workspace.profile(), workspace.options.licensed, request.path, request.method);
    let Found::Endpoint { endpoint, .. } = found else { return false };
    let Some(scans) = endpoint.scans else { return false };
    let asked = Asked::of(request.query);
    if asked.matches_text {
        return true;
    }
    // A page in the order kept is no scan, and it is what is asked for most.
    if scans == Scans::Records && asked == Asked::default() {
        return false;
    }
    let state = workspace.state.read();
    let (documents, few) = match scans {
        Scans::Records => (state.statistics.len(), FEW_RECORDS),
        Scans::Users => (state.users.len(), FEW_USERS),
        Scans::Settings => (state.settings.iter().count(), FEW_USERS),
    };
    let scanned = scans != Scans::Records || asked.sorts || asked.all;
    (scanned && documents > few) || (asked.filters && documents.saturating_mul(request.query.len()) > FEW_TESTS)
}

/// What a query string seems to ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Only some documents.
    filters: bool,
    /// Those whose text a regular expression finds: one match may take as long as a thousand other tests.
    matches_text: bool,
    /// An order that may have to be made.
    sorts: bool,
    /// More than a page.
    all: bool,
}

impl Asked {
    fn of(query: &[u8]) -> Self {
        let mut asked = Self::default();
        for parameter in query.split(|byte| *byte == b'&').filter(|parameter| !parameter.is_empty()) {
            let split = memchr::memchr(b'=', parameter).unwrap_or(parameter.len());
            let (name, value) = parameter.split_at(split);
            let value = value.get(1..).unwrap_or_default();
            match name {
                b"offset" | b"fields" => {}
                b"count" => asked.all |= !is_page(value),
                b"sort" => asked.sorts |= !is_by_creation(value),
                _ => {
                    asked.filters = true;
                    asked.matches_text |= may_hold_regex(value) || may_hold_regex(name);
                }
            }
        }
        asked
    }
}

/// One to 999.
fn is_page(count: &[u8]) -> bool {
    matches!(count, [b'1'..=b'9', rest @ ..] if rest.len() < 3 && rest.iter().all(u8::is_ascii_digit))
}

/// The one order beside that of insertion which needs no record to be looked at: `createdAt` and no other name.
fn is_by_creation(sort: &[u8]) -> bool {
    let one = !sort.contains(&b',') && !has_encoded(sort, *b"2C");
    one && memmem::find(sort, b"createdAt").is_some()
}

/// Whether a filter has `regex` in it, or an escape in whose place a letter of it may stand: `%72` or `\u0072`.
fn may_hold_regex(filter: &[u8]) -> bool {
    let letter = |pair: &[u8]| matches!(pair, [b'4' | b'6', _] | [b'5' | b'7', b'0'..=b'9' | b'a' | b'A']);
    let escaped = |at: usize| filter.get(at + 1..at + 3).is_some_and(letter);
    memmem::find(filter, b"regex").is_some()
        || filter.contains(&b'\\')
        || has_encoded(filter, *b"5C")
        || memchr::memchr_iter(b'%', filter).any(escaped)
}

/// Whether the byte whose two digits are `digits` is in `text`, encoded.
fn has_encoded(text: &[u8], digits: [u8; 2]) -> bool {
    memchr::memchr_iter(b'%', text)
        .any(|at| text.get(at + 1..at + 3).is_some_and(|pair| pair.eq_ignore_ascii_case(&digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Asked = Asked { filters: false, matches_text: false, sorts: false, all: false };

    #[test]
    fn a_page_in_a_kept_order_asks_for_nothing_slow() {
        for query in [
            "",
            "count=1",
            "count=100&offset=5000",
            "offset=-1",
            "fields=%7B%22version%22:1%7D&count=50",
            "sort=%7B%22createdAt%22:-1%7D&offset=7",
            "sort={\"createdAt\":-1}",
        ] {
            assert_eq!(Asked::of(query.as_bytes()), NONE, "{query}");
        }
    }

    #[test]
    fn scans_are_seen() {
        for query in ["count=0", "count=", "count=1000", "count=abc", "count=-5", "count", "count=%31"] {
            assert_eq!(Asked::of(query.as_bytes()), Asked { all: true, ..NONE }, "{query}");
        }
        for query in
            ["sort={\"version\":1}", "sort={\"createdAt\":1,\"version\":1}", "sort=%7B%22createdAt%22:1%2C%22v%22:1%7D"]
        {
            assert_eq!(Asked::of(query.as_bytes()), Asked { sorts: true, ..NONE }, "{query}");
        }
        for query in ["query=%7B%22totalUsers%22%3A%7B%22%24gt%22%3A40%7D%7D", "q%75ery={}", "query", "other=1"] {
            assert_eq!(
                Asked::of(query.as_bytes()),
                Asked { filters: true, matches_text: query.contains("75"), ..NONE }
            );
        }
    }

    #[test]
    fn a_regular_expression_is_seen_however_it_is_written() {
        for query in [
            r#"query={"a":{"$regex":"x"}}"#,
            "query=%7B%22a%22%3A%7B%22%24regex%22%3A%22x%22%7D%7D",
            "query={a:{$%72egex:x}}",
            r#"query={"a":{"$\u0072egex":"x"}}"#,
            "query={a:{$%5cu0072egex:x}}",
            r#"query={"a":{"$regexp":"x"}}"#,
            "query[a][$regex]=x",
        ] {
            assert!(Asked::of(query.as_bytes()).matches_text, "{query}");
        }
    }
}
