//! The target: what it is ([`detect`], [`refine`]), what it is judged by ([`Profile`]), and being logged in to it ([`Session`]).

mod profile;
mod session;

pub use profile::{Profile, UnknownProfile, judge};
pub use session::{Login, Session};

use serde_json::Value;

use crate::case::{AccountName, Version};
use crate::http::{Answer, HttpError, Message};
use crate::model::{StopReason, Stopped};
use crate::sender::{SendError, Sender, Sending};

/// What was found out about the target.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Its version.
    pub version: Option<Version>,
    /// How that was found.
    pub source: String,
}

fn get(path: &str, session: Option<&Session>) -> Message {
    Message {
        method: "GET".to_owned(),
        target: path.to_owned(),
        headers: session.map(Session::headers).unwrap_or_default(),
        body: None,
        raw: false,
    }
}

/// Asks the target what it is. Fails when it cannot be reached or is not Rocket.Chat.
pub fn detect(sender: &mut Sender<'_>) -> Result<Found, Stopped> {
    let answer = match sender.send(&get("/api/info", None), Sending::by(None)) {
        Ok(sent) => sent.answer,
        Err(SendError::Stop(stopped)) => return Err(stopped),
        Err(SendError::Http(error)) if error.is_bad_answer() => {
            return has_statistics(sender, &error.to_string());
        }
        Err(SendError::Http(error)) => return Err(unreachable(&error)),
    };
    match version_of(&answer) {
        Some(version) => Ok(Found { version: Some(version), source: "GET /api/info without credentials".to_owned() }),
        None => has_statistics(sender, &describe(&answer)),
    }
}

/// The sentence about a target that cannot be reached.
pub fn unreachable(error: &HttpError) -> Stopped {
    let advice = match error {
        HttpError::Connect(_) => "is the server running, and is the port right?",
        HttpError::UnknownHost => "is the host name right?",
        HttpError::Tls(_) => "is the certificate valid for this host, and is it https at all?",
        HttpError::Timeout(_) => "is it an HTTP server? --timeout gives it longer",
        _ => "is it an HTTP server?",
    };
    Stopped { reason: StopReason::TargetLost, detail: format!("the target cannot be reached: {error}; {advice}") }
}

/// A target without a usable `/api/info` may still be Rocket.Chat: its statistics refuse a stranger in JSON.
fn has_statistics(sender: &mut Sender<'_>, why: &str) -> Result<Found, Stopped> {
    let not_rocket_chat = |what: &str| Stopped {
        reason: StopReason::NotRocketChat,
        detail: format!(
            "the target does not look like Rocket.Chat: GET /api/info: {what}; is the address the root of the server, without a path of a proxy or of another program?"
        ),
    };
    let found = Ok(Found { version: None, source: format!("not found: GET /api/info: {why}") });
    match sender.send(&get("/api/v1/statistics.list", None), Sending::by(None)) {
        Ok(sent) => {
            let members = sent.answer.json.as_ref().ok().and_then(Value::as_object);
            let refuses =
                members.is_some_and(|members| members.contains_key("success") || members.contains_key("status"));
            // One that spoils its JSON (a byte order mark, half of it missing) is an API all the same, and the cases will say
            // what it spoils.
            let is_spoilt = sent.answer.json.is_err() && sent.answer.announces_json() && !sent.answer.bytes.is_empty();
            let says_so = || String::from_utf8_lossy(&sent.answer.bytes).contains("You must be logged in to do this.");
            if refuses || is_spoilt || says_so() { found } else { Err(not_rocket_chat(why)) }
        }
        Err(SendError::Http(HttpError::InBody { announces_json: true, .. })) => found,
        Err(SendError::Stop(stopped)) => Err(stopped),
        Err(SendError::Http(_)) => Err(not_rocket_chat(why)),
    }
}

fn describe(answer: &Answer) -> String {
    match &answer.json {
        Ok(_) => format!("status {} and JSON without a version", answer.status),
        Err(why) => format!("status {}, {why}", answer.status),
    }
}

fn version_of(answer: &Answer) -> Option<Version> {
    let body = answer.json.as_ref().ok()?;
    let text = body.pointer("/info/version").or_else(|| body.get("version")).and_then(Value::as_str)?;
    Version::parse(text).ok()
}

/// Asks again as `account` where strangers are told major and minor only (4.0 and later).
pub fn refine(sender: &mut Sender<'_>, account: &AccountName, session: &Session, found: &mut Found) {
    let cut = found.version.as_ref().is_none_or(|version| version.to_string().matches('.').count() < 2);
    if !cut {
        return;
    }
    if let Ok(sent) = sender.send(&get("/api/info", Some(session)), Sending::by(Some(account)))
        && let Some(version) = version_of(&sent.answer)
    {
        found.source = format!("GET /api/info as {}", account.as_str());
        found.version = Some(version);
    }
}
