//! The success envelope: an object of the endpoint's keys, then `"success":true`. No other file writes a success body.

use javascript::stringify;
use mongo_query::{Document, Value};

use crate::doors::wire::StatusCode;
use crate::doors::wire::reply::Reply;
use crate::state::body::Body;
use crate::state::query::Page;

const SUCCESS: &[u8] = br#""success":true}"#;

/// What an answer tells of its list, behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `count`: the length of the page.
    Count,
    /// `offset`: how many documents were left out before it.
    Offset,
    /// `total`: how many match, whatever the page.
    Total,
}

/// How many documents a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// On the page.
    pub count: usize,
    /// That match, whatever the page.
    pub total: usize,
}

/// 200 with `fields` in their order, then `success` (upstream: `API.v1.success`).
pub fn success(mut fields: Document) -> Reply {
    fields.insert("success", true);
    bare(fields)
}

/// As [`success`], for fields that are written already: an object's text.
pub fn success_text(fields: &[u8]) -> Reply {
    let body = match fields.strip_suffix(b"}") {
        Some(b"{") | None => [b"{", SUCCESS].concat(),
        Some(open) => [open, b",", SUCCESS].concat(),
    };
    Reply::json(StatusCode::OK, body)
}

/// 200 with a list, what is told of it, and `success`. `write` appends the documents, commas between them.
///
/// # Errors
/// Those of `write`.
pub fn list<E>(
    key: &str,
    members: &[Member],
    page: &Page,
    write: impl FnOnce(&mut Body) -> Result<Counted, E>,
) -> Result<Reply, E> {
    let mut body = Body::default();
    body.own().extend_from_slice(format!(r#"{{"{key}":["#).as_bytes());
    let counted = write(&mut body)?;
    body.own().extend_from_slice(b"],");
    for member in members {
        let text = match member {
            Member::Count => format!(r#""count":{},"#, counted.count),
            Member::Offset => format!(r#""offset":{},"#, page.offset_json()),
            Member::Total => format!(r#""total":{},"#, counted.total),
        };
        body.own().extend_from_slice(text.as_bytes());
    }
    body.own().extend_from_slice(SUCCESS);
    Ok(Reply::json(StatusCode::OK, body))
}

/// 200 with `body` as it stands: the few answers that have an envelope of their own.
pub fn bare(body: impl Into<Value>) -> Reply {
    let mut text = Vec::new();
    stringify::write_value(&body.into(), &mut text);
    Reply::json(StatusCode::OK, text)
}

/// 200 without a body.
pub fn empty() -> Reply {
    Reply::json(StatusCode::OK, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongo_query::document;

    fn text(reply: Reply) -> String {
        String::from_utf8(reply.body.into_bytes()).unwrap()
    }

    #[test]
    fn success_comes_last_and_once() {
        assert_eq!(text(success(document! { "b": 1, "a": Value::Null })), r#"{"b":1,"a":null,"success":true}"#);
        assert_eq!(text(success(Document::new())), r#"{"success":true}"#);
        assert_eq!(text(success_text(b"{}")), r#"{"success":true}"#);
        assert_eq!(text(success_text(br#"{"a":1}"#)), r#"{"a":1,"success":true}"#);
    }

    #[test]
    fn a_list_tells_what_it_is_asked_to_tell_in_that_order() {
        let page = Page { offset: 3.0, count: 1.0 };
        let written = |members: &[Member]| {
            let reply = list("users", members, &page, |body| {
                body.own().extend_from_slice(b"{}");
                Ok::<_, ()>(Counted { count: 1, total: 9 })
            });
            text(reply.unwrap())
        };
        let all = [Member::Total, Member::Offset, Member::Count];
        assert_eq!(written(&all), r#"{"users":[{}],"total":9,"offset":3,"count":1,"success":true}"#);
        assert_eq!(written(&[]), r#"{"users":[{}],"success":true}"#);
    }
}
