//! The one redactor: everything that goes into a result passes through it, so that no report can show what another one
//! hides. Secrets go by value wherever they stand and by the name of the member that holds them; for a target that is
//! not on this machine, texts of the server are reduced to their length.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use serde_json::{Map, Value};

use crate::expect::Shown;
use crate::http::encode;
use crate::json;

/// Members whose values are never shown, compared in lower case and without `-` and `_`.
const SENSITIVE: [&str; 36] = [
    "authtoken",
    "xauthtoken",
    "xuserid",
    "userid",
    "token",
    "tokens",
    "password",
    "pass",
    "digest",
    "secret",
    "statstoken",
    "resume",
    "hashedtoken",
    "authorization",
    "cookie",
    "setcookie",
    "x2facode",
    "totp",
    "email",
    "emails",
    "address",
    "phone",
    "username",
    "host",
    "smtp",
    "smtphost",
    "smtpusername",
    "smtppassword",
    "fromemail",
    "contactname",
    "contactemail",
    "website",
    "sitename",
    "organizationname",
    "deploymentfingerprinthash",
    "cloudworkspaceid",
];

/// Members that hand out a secret, which is hidden from then on wherever it stands, in any case. Upstream: `login`,
/// `users.createToken`, `users.generatePersonalAccessToken`, the `services` of a user, `statistics`, OAuth.
const HANDED_OUT: [&str; 11] = [
    "authToken",
    "auth_token",
    "X-Auth-Token",
    "token",
    "resume",
    "hashedToken",
    "statsToken",
    "accessToken",
    "access_token",
    "refreshToken",
    "secret",
];

/// How a secret is called that no account of the run is known to own.
const OTHER: &str = "RC_OTHER_TOKEN";
const OTHER_SHOWN: &str = "${RC_OTHER_TOKEN}";

/// Members whose texts are part of the protocol and are shown even for a target elsewhere.
const PROTOCOL: [&str; 5] = ["error", "errorType", "message", "status", "version"];

/// Longest text kept.
const LONGEST: usize = 300;

/// Longest body kept.
const LONGEST_BODY: usize = 4000;

/// A secret shorter than this is only replaced where it stands alone: with the password `user`, `userLanguages` must stay
/// readable, and a report that names its places as `${RC_PASSWORD}Languages` would give the password away as well.
const A_WORD: usize = 8;

/// Replaces `word` where no letter or digit stands beside it.
fn replace_word(text: &str, word: &str, shown: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        let joined = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let left = before.chars().next_back().or_else(|| replaced.chars().next_back());
        let inside = joined(left) || joined(after.chars().next());
        replaced.push_str(before);
        replaced.push_str(if inside { word } else { shown });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// Knows the secrets of a run.
#[derive(Debug)]
pub struct Redactor {
    secrets: RefCell<Secrets>,
    shape_only: bool,
}

#[derive(Debug, Default)]
struct Secrets {
    /// Each spelling of each secret with what is shown for it. The longest first, so that a secret inside another one does
    /// not leave the rest of it.
    spellings: Vec<(String, String)>,
    /// The same spellings: a list of records hands out as many tokens, page after page.
    known: HashSet<String>,
}

impl Redactor {
    /// A redactor; `shape_only` for a target that is not on this machine.
    pub fn new(shape_only: bool) -> Self {
        Self { secrets: RefCell::default(), shape_only }
    }

    /// Whether evidence is reduced to shapes.
    pub fn is_shape_only(&self) -> bool {
        self.shape_only
    }

    /// Makes a value known as a secret, shown as `${name}` from now on. Values of one or two characters are left alone:
    /// hiding them would make everything unreadable and protect nothing.
    pub fn learn(&self, name: &str, secret: &str) {
        if secret.len() < 3 {
            return;
        }
        let mut secrets = self.secrets.borrow_mut();
        if name == OTHER && secrets.known.contains(secret) {
            return;
        }
        let json = Value::String(secret.to_owned()).to_string();
        let forms = [
            secret.to_owned(),
            encode::component(secret),
            json.trim_matches('"').to_owned(),
            base64::engine::general_purpose::STANDARD.encode(secret),
        ];
        let shown = format!("${{{name}}}");
        for form in forms {
            if secrets.known.insert(form.clone()) {
                let place = secrets.spellings.partition_point(|(known, _)| known.len() >= form.len());
                secrets.spellings.insert(place, (form, shown.clone()));
            } else if let Some((_, nameless)) =
                secrets.spellings.iter_mut().find(|(known, shown)| *known == form && *shown == OTHER_SHOWN)
            {
                // The token of a login is in its answer before the run has made a session of it.
                nameless.clone_from(&shown);
            }
        }
    }

    /// Learns the secrets an answer hands out. Every answer passes here before anything is shown of it, whatever was asked:
    /// a target that mixes up its answers, or echoes those of others, gives tokens away where nobody expects them.
    pub fn learn_from(&self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::String(text) if HANDED_OUT.iter().any(|known| known.eq_ignore_ascii_case(key)) => {
                            self.learn(OTHER, text);
                        }
                        other => self.learn_from(other),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_from(item)),
            _ => {}
        }
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.replaced(text, true)
    }

    /// A name (of a member, a header, a place) without secrets. Words are left in names: that of a member is the protocol's,
    /// and hiding it would show that the password is this very word.
    pub fn name(&self, name: &str) -> String {
        self.replaced(name, false)
    }

    fn replaced(&self, text: &str, words: bool) -> String {
        let mut text = text.to_owned();
        for (secret, shown) in &self.secrets.borrow().spellings {
            if text.contains(secret.as_str()) {
                text = match secret.len() < A_WORD {
                    true if words => replace_word(&text, secret, shown),
                    true => text,
                    false => text.replace(secret, shown),
                };
            }
        }
        text
    }

    /// A text that may be JSON but is not read as such, without secrets known by value and by the name of their member.
    fn loose(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('"') {
            let (before, from) = rest.split_at(at);
            clean.push_str(before);
            let Some((member, after)) = member(from) else {
                clean.push('"');
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            if is_sensitive(member.name) {
                clean.extend(["\"", member.name, "\"", member.between, "\"[redacted]\""]);
                rest = after;
            } else {
                // What follows the name may be a member itself.
                clean.extend(["\"", member.name, "\""]);
                rest = from.get(member.name.len() + 2..).unwrap_or_default();
            }
        }
        clean.push_str(rest);
        self.text(&clean)
    }

    /// A header's value without secrets.
    pub fn header(&self, name: &str, value: &str) -> String {
        let shown = self.text(value);
        if shown == value && is_sensitive(name) && !value.is_empty() {
            "[redacted]".to_owned()
        } else {
            shorten(&shown, LONGEST)
        }
    }

    /// A value without secrets: members by name, texts by value.
    pub fn value(&self, value: &Value) -> Value {
        self.cleaned(value, is_sensitive)
    }

    fn cleaned(&self, value: &Value, hides: fn(&str) -> bool) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.cleaned(item, hides)).collect()),
            Value::Object(members) => {
                let mut clean = Map::new();
                for (key, member) in members {
                    let hidden = hides(key) && !matches!(member, Value::Null | Value::Bool(_));
                    let shown =
                        if hidden { Value::String("[redacted]".to_owned()) } else { self.cleaned(member, hides) };
                    clean.insert(self.name(key), shown);
                }
                Value::Object(clean)
            }
            other => other.clone(),
        }
    }

    /// What a report shows of a value noted by a case.
    pub fn note(&self, value: &Value) -> Value {
        if !self.shape_only {
            return self.value(value);
        }
        match value {
            Value::Array(items) => Value::Array(items.iter().take(20).map(|item| self.note(item)).collect()),
            Value::Object(_) | Value::String(_) => Value::String(json::shape(value)),
            other => other.clone(),
        }
    }

    /// What a report shows as expected or actual at `pointer`.
    pub fn shown(&self, pointer: &str, shown: &Shown) -> String {
        let last = pointer.rsplit(['/', ' ']).find(|segment| segment.parse::<usize>().is_err()).unwrap_or_default();
        match shown {
            Shown::Words(text) => shorten(&self.text(text), LONGEST),
            Shown::Data(value @ (Value::String(_) | Value::Array(_) | Value::Object(_)))
                if pointer.split('/').any(is_sensitive) =>
            {
                format!("{} [redacted]", json::shape(value))
            }
            Shown::Data(Value::String(text))
                if self.shape_only && !PROTOCOL.contains(&last) && last != "content-type" =>
            {
                json::shape(&Value::String(text.clone()))
            }
            Shown::Data(value @ (Value::Object(_) | Value::Array(_))) if self.shape_only => json::shape(value),
            Shown::Data(value) => shorten(&self.value(value).to_string(), LONGEST),
        }
    }

    /// The body of a request without secrets known by value; what a case spoils on purpose stays as it was sent.
    pub fn request_body(&self, bytes: &[u8]) -> String {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(body) => self.cleaned(&body, |_| false).to_string(),
            Err(_) => self.text(&String::from_utf8_lossy(bytes)),
        }
    }

    /// What a report shows of a body: its beginning, for a target on this machine only.
    pub fn body(&self, bytes: &[u8], parsed: Option<&Value>) -> Option<String> {
        if self.shape_only {
            return None;
        }
        let text = match parsed {
            Some(value) => self.value(value).to_string(),
            None => self.loose(&String::from_utf8_lossy(bytes.get(..LONGEST_BODY).unwrap_or(bytes))),
        };
        Some(shorten(&text, LONGEST_BODY))
    }

    /// Types and lengths by pointer, two levels deep.
    pub fn shape(&self, value: &Value) -> BTreeMap<String, String> {
        const MOST: usize = 40;
        let mut shapes = BTreeMap::new();
        let members: Vec<(String, &Value)> = match value {
            Value::Object(_) | Value::Array(_) => {
                json::find(value, "/*").into_iter().chain(json::find(value, "/*/*")).collect()
            }
            other => vec![(String::new(), other)],
        };
        for (pointer, member) in members.into_iter().take(MOST) {
            shapes.insert(shorten(&self.name(&pointer), LONGEST), json::shape(member));
        }
        shapes
    }
}

/// A member with a text, as it is written.
struct Member<'a> {
    name: &'a str,
    /// The colon and the blanks around it.
    between: &'a str,
}

/// The member that `text`, which begins with a quotation mark, begins with, and what follows it. A value that never ends goes to
/// the end of the text.
fn member(text: &str) -> Option<(Member<'_>, &str)> {
    let (name, rest) = text.get(1..)?.split_once('"')?;
    let value = rest.find('"')?;
    let (between, value) = rest.split_at(value);
    if between.trim() != ":" {
        return None;
    }
    let mut escaped = false;
    let end = value.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    let after = end.and_then(|(end, _)| value.get(end + 1..)).unwrap_or_default();
    Some((Member { name, between }, after))
}

fn is_sensitive(name: &str) -> bool {
    let bare: String = name.chars().filter(|letter| !matches!(letter, '-' | '_')).collect::<String>().to_lowercase();
    SENSITIVE.contains(&bare.as_str())
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_short_secret_is_replaced_where_it_stands_alone() {
        let redactor = Redactor::new(false);
        redactor.learn("RC_PASSWORD", "user");
        assert_eq!(redactor.text("/statistics/3/userLanguages"), "/statistics/3/userLanguages");
        assert_eq!(redactor.text("totaluser user user"), "totaluser ${RC_PASSWORD} ${RC_PASSWORD}");
        assert_eq!(redactor.text(r#"{"password":"user"}"#), r#"{"password":"${RC_PASSWORD}"}"#);
        assert_eq!(redactor.text("useruser"), "useruser");
    }

    #[test]
    fn names_keep_their_words() {
        let redactor = Redactor::new(false);
        redactor.learn("RC_PASSWORD", "user");
        redactor.learn("RC_TOKEN", "a-long-token-of-the-server");
        assert_eq!(redactor.value(&json!({"user": "user"})).to_string(), r#"{"user":"${RC_PASSWORD}"}"#);
        assert_eq!(redactor.name("/user/a-long-token-of-the-server"), "/user/${RC_TOKEN}");
        assert_eq!(redactor.text("give its user_secret"), "give its user_secret");
    }

    #[test]
    fn what_is_no_json_is_redacted_by_name_all_the_same() {
        let redactor = Redactor::new(false);
        let body = "\u{feff}{\"a\":\"b\",\"statsToken\" : \"e\\\"y\",\"n\":1,\"host\":\"mail.example.org";
        let shown = redactor.body(body.as_bytes(), None).unwrap();
        assert_eq!(shown, "\u{feff}{\"a\":\"b\",\"statsToken\" : \"[redacted]\",\"n\":1,\"host\":\"[redacted]\"");
    }

    #[test]
    fn secrets_go_by_value_in_every_encoding() {
        let redactor = Redactor::new(false);
        redactor.learn("RC_TOKEN", "s3cr\"t/+ü");
        for text in ["a s3cr\"t/+ü b", "s3cr%22t%2F%2B%C3%BC", "{\"x\":\"s3cr\\\"t/+ü\"}", "czNjciJ0LyvDvA=="] {
            let shown = redactor.text(text);
            assert!(shown.contains("${RC_TOKEN}") && !shown.contains("s3cr") && !shown.contains("czNj"), "{shown}");
        }
    }

    #[test]
    fn members_go_by_name_and_tokens_are_learnt() {
        let redactor = Redactor::new(false);
        let answer = json!({"data": {"authToken": "abcdefghij", "me": {"emails": [{"address": "a@b.c"}]}}});
        redactor.learn_from(&answer);
        assert_eq!(
            redactor.value(&answer).to_string(),
            r#"{"data":{"authToken":"[redacted]","me":{"emails":"[redacted]"}}}"#
        );
        assert_eq!(redactor.text("again: abcdefghij"), "again: ${RC_OTHER_TOKEN}");
        redactor.learn("RC_TOKEN", "abcdefghij");
        redactor.learn_from(&answer);
        assert_eq!(redactor.text("again: abcdefghij YWJjZGVmZ2hpag=="), "again: ${RC_TOKEN} ${RC_TOKEN}");
        assert_eq!(redactor.header("X-Auth-Token", "unknown"), "[redacted]");
        assert_eq!(redactor.shown("/statistics/0/statsToken", &Shown::Data(json!("jwt"))), "string[3] [redacted]");
    }

    #[test]
    fn elsewhere_only_shapes_leave() {
        let redactor = Redactor::new(true);
        assert_eq!(redactor.shown("/statistics/0/uniqueId", &Shown::Data(json!("wD4EP3M7FeFzJZgk9"))), "string[17]");
        assert_eq!(redactor.shown("/statistics/0", &Shown::Data(json!({"a": "b"}))), "object[1]");
        assert_eq!(redactor.shown("/count", &Shown::Data(json!(250))), "250");
        assert_eq!(redactor.shown("/error", &Shown::Data(json!("unauthorized"))), "\"unauthorized\"");
        assert_eq!(redactor.body(b"{}", None), None);
        assert_eq!(redactor.note(&json!(["a", 1])), json!(["string[1]", 1]));
    }
}
