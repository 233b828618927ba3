//! Requests and answers as a fault sees and spoils them.

use std::cell::OnceCell;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use crate::http::encode;

/// A request on its way to the faithful server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path, without the query string.
    pub path: String,
    /// The text after `?`, as it came.
    pub query: Option<String>,
    /// Headers, spelled as they came.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// Whether it asks for `path` with `method`.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// Whether it is `GET /api/v1/statistics.list`.
    pub fn is_list(&self) -> bool {
        self.is("GET", LIST)
    }

    /// Whether it is `GET /api/v1/statistics`.
    pub fn is_last(&self) -> bool {
        self.is("GET", LAST)
    }

    /// Whether it asks for statistics either way.
    pub fn is_statistics(&self) -> bool {
        self.is_list() || self.is_last()
    }

    /// Whether it is a login.
    pub fn is_login(&self) -> bool {
        self.is("POST", "/api/v1/login")
    }

    /// Whether it is a logout.
    pub fn is_logout(&self) -> bool {
        self.path == "/api/v1/logout"
    }

    /// Whether it asks who the caller is.
    pub fn is_me(&self) -> bool {
        self.is("GET", "/api/v1/me")
    }

    /// Whether it asks what the server is.
    pub fn is_info(&self) -> bool {
        self.is("GET", "/api/info")
    }

    /// A header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A copy with a header set to `value`.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut copy = self.without_header(name);
        copy.headers.push((name.to_owned(), value.to_owned()));
        copy
    }

    /// A copy without a header.
    #[must_use]
    pub fn without_header(&self, name: &str) -> Self {
        let mut copy = self.clone();
        copy.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        copy
    }

    /// The parameters, decoded, in order.
    pub fn params(&self) -> Vec<(String, String)> {
        let query = self.query.as_deref().unwrap_or_default();
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect()
    }

    /// The first parameter of a name.
    pub fn param(&self, name: &str) -> Option<String> {
        self.params().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// A parameter as a whole number, as JavaScript's `parseInt` would read plain ones.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.param(name)?.parse().ok()
    }

    /// A parameter as JSON.
    pub fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&self.param(name)?).ok()
    }

    /// A copy with a parameter set to `value`, at the place of the first of the name or at the end.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers write the value in place")]
    pub fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut params = self.params();
        let place = params.iter().position(|(found, _)| found == name).unwrap_or(params.len());
        params.retain(|(found, _)| found != name);
        params.insert(place.min(params.len()), (name.to_owned(), value.to_string()));
        self.with_params(&params)
    }

    /// A copy without a parameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut params = self.params();
        params.retain(|(found, _)| found != name);
        self.with_params(&params)
    }

    /// A copy with these parameters.
    #[must_use]
    pub fn with_params(&self, params: &[(String, String)]) -> Self {
        let query = encode::pairs(params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Self { query: (!query.is_empty()).then_some(query), ..self.clone() }
    }

    /// A copy in which a JSON parameter was changed; unchanged if there is none or it is no JSON.
    #[must_use]
    pub fn changing(&self, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let Some(mut value) = self.json(name) else { return self.clone() };
        change(&mut value);
        self.with(name, value)
    }

    /// The body as JSON.
    pub fn body_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A copy with a JSON body.
    #[must_use]
    pub fn with_body(&self, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..self.clone() }
    }
}

const LIST: &str = "/api/v1/statistics.list";
const LAST: &str = "/api/v1/statistics";

/// Undoes percent-encoding and `+`; what is no percent-encoding stays.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// What a proxy does with the bytes of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Sends them with their length.
    #[default]
    Plain,
    /// Sends them in chunks of so many bytes.
    Chunked(usize),
    /// Says a length that is so many bytes more than what it sends, then closes.
    Missing(usize),
    /// Says a length that is so many bytes less than what it sends.
    Surplus(usize),
    /// Closes the connection without a word.
    Nothing,
    /// Sends a line that is no status line.
    Garbage,
}

/// An answer on its way back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case; the length is added when it is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it is sent.
    pub wire: Wire,
    /// The body as JSON, read when first asked for: most answers pass through unread.
    json: OnceCell<Option<Value>>,
}

impl Reply {
    /// An answer from its parts.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status, headers, body, wire: Wire::Plain, json: OnceCell::new() }
    }

    /// A JSON answer.
    pub fn of(status: u16, json: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::new(status, headers, json.to_string().into_bytes())
    }

    /// Whether it is a success with JSON.
    pub fn is_ok(&self) -> bool {
        self.status == 200 && self.json().is_some()
    }

    /// The body, if it is JSON.
    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_slice(&self.body).ok()).as_ref()
    }

    /// The value at a pointer of a JSON body.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.json()?.pointer(pointer)
    }

    /// Changes a JSON body; does nothing to another.
    #[must_use]
    pub fn edit(mut self, change: impl FnOnce(&mut Value)) -> Self {
        self.json();
        if let Some(Some(json)) = self.json.get_mut() {
            change(json);
            self.body = json.to_string().into_bytes();
        }
        self
    }

    /// Sets a member of a JSON body.
    #[must_use]
    pub fn set(self, name: &str, value: Value) -> Self {
        self.edit(|body| {
            if let Some(members) = body.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        })
    }

    /// Removes a member of a JSON body.
    #[must_use]
    pub fn remove(self, name: &str) -> Self {
        self.edit(|body| {
            if let Some(members) = body.as_object_mut() {
                members.shift_remove(name);
            }
        })
    }

    /// The records of a page.
    pub fn records(&self) -> Vec<Value> {
        self.at("/statistics").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// Changes every record of a page, and the record of `GET /statistics`, wrapped or not.
    #[must_use]
    pub fn each_record(self, change: impl Fn(&mut Value)) -> Self {
        self.each_record_of("statistics", "_id", change)
    }

    /// Changes every record that a list's page holds under `key`, or the one record that stands there or is the whole body,
    /// which it is when it has an `id`.
    #[must_use]
    pub fn each_record_of(self, key: &str, id: &str, change: impl Fn(&mut Value)) -> Self {
        let has = |name: &str| self.json().is_some_and(|body| body.get(name).is_some());
        let bare = !has(key) && has(id);
        self.edit(|body| match body.get_mut(key) {
            Some(Value::Array(records)) => records.iter_mut().for_each(change),
            Some(record @ Value::Object(_)) => change(record),
            _ if bare => change(body),
            _ => {}
        })
    }

    /// Puts other records on a page and counts them.
    #[must_use]
    pub fn with_records(self, records: Vec<Value>) -> Self {
        let count = records.len();
        self.set("statistics", Value::Array(records)).set("count", Value::from(count))
    }

    /// Changes the text of the body.
    #[must_use]
    pub fn text(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.body = change(String::from_utf8_lossy(&self.body).into_owned()).into_bytes();
        self
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a header out.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets how it is sent.
    #[must_use]
    pub fn wire(mut self, wire: Wire) -> Self {
        self.wire = wire;
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(query: &str) -> Request {
        Request { method: "GET".to_owned(), path: LIST.to_owned(), query: Some(query.to_owned()), ..Request::default() }
    }

    #[test]
    fn parameters_are_read_and_replaced_in_place() {
        let request = request("count=%35&sort=%7B%22a%22%3A1%7D&x=a+b&%zz");
        assert_eq!(request.number("count"), Some(5));
        assert_eq!(request.param("x").as_deref(), Some("a b"));
        assert_eq!(request.json("sort"), Some(json!({"a": 1})));
        let changed = request.with("count", 7).changing("sort", |sort| *sort = json!({})).without("x");
        assert_eq!(changed.query.as_deref(), Some("count=7&sort=%7B%7D&%25zz="));
    }

    #[test]
    fn records_are_found_in_every_form() {
        let marked = |body: Value| {
            Reply::of(200, &body).each_record(|record| record["seen"] = json!(1)).json().cloned().unwrap()
        };
        assert_eq!(marked(json!({"statistics": [{}, {}]}))["statistics"][1]["seen"], 1);
        assert_eq!(marked(json!({"statistics": {"_id": "x"}}))["statistics"]["seen"], 1);
        assert_eq!(marked(json!({"_id": "x", "success": true}))["seen"], 1);
        assert_eq!(marked(json!({"success": false})), json!({"success": false}));
    }
}
