//! The success envelope: an object of the endpoint's keys, then `"success":true`.

use crate::doors::wire::StatusCode;
use mongo_query::Document;
use serde_json::Value as Json;

use crate::doors::wire::reply::Reply;
use javascript::stringify;

/// 200 with `fields`' keys in their order, then `success` (upstream: `API.v1.success`). `fields` must be an object; anything else
/// counts as an empty one.
pub fn success(fields: Json) -> Reply {
    let mut fields = match fields {
        Json::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    fields.insert("success".to_owned(), Json::Bool(true));
    Reply::json(StatusCode::OK, Json::Object(fields).to_string())
}

/// As [`success`], for fields in the store's own types.
pub fn success_with(mut fields: Document) -> Reply {
    fields.insert("success", true);
    let mut body = Vec::new();
    stringify::write_document(&fields, &mut body);
    Reply::json(StatusCode::OK, body)
}

/// 200 with `body` as it stands: the few answers that have an envelope of their own.
pub fn bare(body: &Document) -> Reply {
    let mut text = Vec::new();
    stringify::write_document(body, &mut text);
    Reply::json(StatusCode::OK, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn success_comes_last_and_once() {
        let reply = success(json!({"b": 1, "a": null, "success": false}));
        assert_eq!(String::from_utf8(reply.body.into_bytes()).unwrap(), r#"{"b":1,"a":null,"success":true}"#);
        assert_eq!(success(json!({})).body.into_bytes(), br#"{"success":true}"#);
    }
}
