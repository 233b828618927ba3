//! Being logged in to a target: with a password, with a two-factor code, with a token that is already there.

use serde_json::{Value, json};
use totp_rs::Builder;

use super::{describe, get};
use crate::case::AccountName;
use crate::credentials::Account;
use crate::http::{Answer, HttpError, Message};
use crate::model::Stopped;
use crate::redact::Redactor;
use crate::sender::{SendError, Sender, Sending};

/// Who an account is after logging in.
#[derive(Debug, Clone)]
pub struct Session {
    /// User id.
    pub user_id: String,
    /// Token.
    pub token: String,
    /// Whether this run made the token and has to give it back.
    pub logged_in_here: bool,
    /// The calls in a window that the limiter allows, as the answer to the login told.
    pub limiter: Option<String>,
}

impl Session {
    /// The two headers that carry it.
    pub fn headers(&self) -> Vec<(String, String)> {
        vec![("X-Auth-Token".to_owned(), self.token.clone()), ("X-User-Id".to_owned(), self.user_id.clone())]
    }

    /// Logs `account` in, with a two-factor code where one is asked for.
    pub fn open(
        sender: &mut Sender<'_>,
        name: &AccountName,
        account: &Account,
        redactor: &Redactor,
    ) -> Result<Login, Stopped> {
        match (&account.user_id, &account.auth_token) {
            (Some(user_id), Some(token)) => {
                let session =
                    Self { user_id: user_id.clone(), token: token.clone(), logged_in_here: false, limiter: None };
                with_token(sender, name, session)
            }
            _ => with_password(sender, name, account, redactor),
        }
    }

    /// Gives the token back, if this run made it.
    pub fn close(&self, sender: &mut Sender<'_>, name: &AccountName) {
        if self.logged_in_here {
            let mut message = get("/api/v1/logout", Some(self));
            "POST".clone_into(&mut message.method);
            message.body = Some(Vec::new());
            // There is nothing left to do about a logout that fails.
            let sending = Sending { wants_429: true, repeatable: true, ..Sending::by(Some(name)) };
            let _ = sender.send(&message, sending);
        }
    }
}

/// How logging in ended.
#[derive(Debug)]
pub enum Login {
    /// Logged in.
    Done(Session),
    /// The target refused the credentials.
    Refused(String),
    /// The answer was not one of a login: the cases about logging in will say more.
    Odd(String),
}

fn with_token(sender: &mut Sender<'_>, name: &AccountName, session: Session) -> Result<Login, Stopped> {
    let sent = match sender.send(&get("/api/v1/me", Some(&session)), Sending::by(None)) {
        Err(SendError::Stop(stopped)) => return Err(stopped),
        // A target without this endpoint, or one that breaks it, says nothing about the token.
        sent => sent.ok(),
    };
    Ok(if sent.is_some_and(|sent| sent.answer.status == 401) {
        Login::Refused(format!("the target refuses the token of the {} account (status 401)", name.as_str()))
    } else {
        Login::Done(session)
    })
}

fn with_password(
    sender: &mut Sender<'_>,
    name: &AccountName,
    account: &Account,
    redactor: &Redactor,
) -> Result<Login, Stopped> {
    let name = name.as_str();
    let mut body = json!({"user": account.user, "password": account.password});
    let code = account.totp_secret.as_deref().and_then(totp_code);
    if let (Some(code), Some(members)) = (code, body.as_object_mut()) {
        members.insert("code".to_owned(), Value::String(code));
    }
    let answer = match post_login(sender, &body)? {
        Ok(answer) => answer,
        Err(error) => return Ok(Login::Odd(error.to_string())),
    };
    let body = answer.json.as_ref().ok();
    let text = |pointer: &str| body.and_then(|body| body.pointer(pointer)).and_then(Value::as_str).map(str::to_owned);
    if text("/error").as_deref() == Some("totp-required") {
        return Ok(Login::Refused(format!("the {name} account needs a two-factor code: give its totp_secret")));
    }
    Ok(match (text("/data/userId"), text("/data/authToken")) {
        (Some(user_id), Some(token)) if answer.status == 200 => {
            let limiter = answer.header("x-ratelimit-limit");
            Login::Done(Session { user_id, token, logged_in_here: true, limiter })
        }
        _ if matches!(answer.status, 400 | 401 | 403) => {
            let said = redactor.text(&text("/message").or_else(|| text("/error")).unwrap_or_default());
            let status = answer.status;
            Login::Refused(format!("the target refused to log in the {name} account (status {status}: {said})"))
        }
        _ => Login::Odd(describe(&answer)),
    })
}

fn post_login(sender: &mut Sender<'_>, body: &Value) -> Result<Result<Answer, HttpError>, Stopped> {
    let message = Message {
        method: "POST".to_owned(),
        target: "/api/v1/login".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(body.to_string().into_bytes()),
        raw: false,
    };
    match sender.send(&message, Sending { repeatable: true, ..Sending::by(None) }) {
        Ok(sent) => Ok(Ok(sent.answer)),
        Err(SendError::Http(error)) => Ok(Err(error)),
        Err(SendError::Stop(stopped)) => Err(stopped),
    }
}

/// The code of an authenticator app right now.
fn totp_code(secret: &str) -> Option<String> {
    let seconds = u64::try_from(jiff::Timestamp::now().as_second()).ok()?;
    Some(Builder::new().with_secret(base32(secret)?).build_noncompliant().generate(seconds).to_string())
}

/// Decodes base32 as authenticator apps write secrets: any case, blanks and padding ignored.
fn base32(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut count, mut bytes) = (0u32, 0u32, Vec::new());
    for letter in text.bytes().filter(|letter| !matches!(letter, b' ' | b'-' | b'=')) {
        let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_authenticator_apps() {
        assert_eq!(base32("GEZD GNBV gy3t qojq").unwrap(), b"1234567890");
        assert_eq!(base32("1"), None);
        // RFC 6238, appendix B, shortened to six digits.
        let secret = base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(Builder::new().with_secret(secret).build_noncompliant().generate(59).to_string(), "287082");
    }
}
