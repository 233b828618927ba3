//! Finding out what the target is: Rocket.Chat or not, which version, and logging in to it.

use serde_json::{Value, json};
use totp_rs::Builder;

use crate::case::{Caller, Judge, Role, Version, VersionRange};
use crate::credentials::Account;
use crate::event::Sink;
use crate::http::{Answer, HttpError, Message};
use crate::model::{StopReason, Stopped};
use crate::redact::Redactor;
use crate::sender::{SendError, Sender, Sending};

/// What `--profile` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Profile {
    /// The version the target reports.
    #[default]
    Auto,
    /// The published page.
    Documented,
    /// This version, as given.
    Version(Version),
}

/// A profile that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a profile: expected auto, documented, or a version from 0.51 to 9 such as 6 or 6.14.0 (what the suite knows is in docs/case-format.md)"
)]
pub struct UnknownProfile(String);

/// The last version of each line that the contract was read from; what `--profile 6` means.
const LAST_OF_LINE: [&str; 10] =
    ["0.61.0", "1.3.0", "2.4.0", "3.10.0", "4.8.0", "5.3.0", "6.13.0", "7.10.0", "8.6.1", "9.0.0"];

impl Profile {
    /// Reads `auto`, `documented` or a version. Versions the suite knows nothing of are refused rather than guessed at.
    pub fn parse(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "auto" => Ok(Self::Auto),
            "documented" => Ok(Self::Documented),
            _ => {
                let bare = text.trim_end_matches(".x");
                let version = Version::parse(bare).ok().filter(known).ok_or_else(|| UnknownProfile(text.to_owned()))?;
                let whole_line = !bare.contains('.');
                let last = LAST_OF_LINE.get(usize::try_from(version.major()).unwrap_or(usize::MAX));
                match last {
                    Some(last) if whole_line => {
                        Version::parse(last).map(Self::Version).map_err(|_| UnknownProfile(text.to_owned()))
                    }
                    _ => Ok(Self::Version(version)),
                }
            }
        }
    }
}

fn known(version: &Version) -> bool {
    let is_zero_line = version.major() == 0 && Version::parse("0").is_ok_and(|zero| *version == zero);
    is_zero_line || VersionRange::parse(">=0.51.0 <10.0.0").is_ok_and(|range| range.contains(version))
}

/// What was found out about the target.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Its version.
    pub version: Option<Version>,
    /// How that was found.
    pub source: String,
}

/// Who a role is after logging in.
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

fn get(path: &str, session: Option<&Session>) -> Message {
    Message {
        method: "GET".to_owned(),
        target: path.to_owned(),
        headers: session.map(headers).unwrap_or_default(),
        body: None,
        raw: false,
    }
}

/// The two headers that carry a session.
pub fn headers(session: &Session) -> Vec<(String, String)> {
    vec![("X-Auth-Token".to_owned(), session.token.clone()), ("X-User-Id".to_owned(), session.user_id.clone())]
}

/// Asks the target what it is. Fails when it cannot be reached or is not Rocket.Chat.
pub fn detect(sender: &mut Sender, sink: &mut dyn Sink) -> Result<Found, Stopped> {
    let answer = match sender.send(&get("/api/info", None), Sending::by(Caller::None), sink) {
        Ok(sent) => sent.answer,
        Err(SendError::Stop(stopped)) => return Err(stopped),
        Err(SendError::Http(error)) if error.is_bad_answer() => {
            return has_statistics(sender, sink, &error.to_string());
        }
        Err(SendError::Http(error)) => return Err(unreachable(&error)),
    };
    match version_of(&answer) {
        Some(version) => Ok(Found { version: Some(version), source: "GET /api/info without credentials".to_owned() }),
        None => has_statistics(sender, sink, &describe(&answer)),
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
fn has_statistics(sender: &mut Sender, sink: &mut dyn Sink, why: &str) -> Result<Found, Stopped> {
    let not_rocket_chat = |what: &str| Stopped {
        reason: StopReason::NotRocketChat,
        detail: format!(
            "the target does not look like Rocket.Chat: GET /api/info: {what}; is the address the root of the server, without a path of a proxy or of another program?"
        ),
    };
    let found = Ok(Found { version: None, source: format!("not found: GET /api/info: {why}") });
    match sender.send(&get("/api/v1/statistics.list", None), Sending::by(Caller::None), sink) {
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

/// Asks again as the privileged account where strangers are told major and minor only (4.0 and later).
pub fn refine(sender: &mut Sender, sink: &mut dyn Sink, session: &Session, found: &mut Found) {
    let cut = found.version.as_ref().is_none_or(|version| version.to_string().matches('.').count() < 2);
    if !cut {
        return;
    }
    if let Ok(sent) = sender.send(&get("/api/info", Some(session)), Sending::by(Caller::Privileged), sink)
        && let Some(version) = version_of(&sent.answer)
    {
        "GET /api/info as privileged".clone_into(&mut found.source);
        found.version = Some(version);
    }
}

/// What the target is judged by, or why that cannot be said.
pub fn judge(profile: &Profile, found: &Found) -> Result<Judge, String> {
    match profile {
        Profile::Documented => Ok(Judge::Documented),
        Profile::Version(version) => Ok(Judge::Version(match &found.version {
            // Within the line asked for, the exact version the target reports is the better judge.
            Some(reported) if reported.major() == version.major() && version.major() > 0 => reported.clone(),
            _ => version.clone(),
        })),
        Profile::Auto => match &found.version {
            Some(version) if known(version) => Ok(Judge::Version(version.clone())),
            Some(version) => Err(format!(
                "the target reports version {version}, which this suite knows nothing of: choose what to judge by with --profile documented or --profile VERSION"
            )),
            None => Err("the target's version could not be found: choose what to judge by with --profile documented or --profile VERSION".to_owned()),
        },
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

/// Logs an account in, with a two-factor code where one is asked for.
pub fn login(
    sender: &mut Sender,
    sink: &mut dyn Sink,
    role: Role,
    account: &Account,
    redactor: &Redactor,
) -> Result<Login, Stopped> {
    if let (Some(user_id), Some(token)) = (&account.user_id, &account.auth_token) {
        let session = Session { user_id: user_id.clone(), token: token.clone(), logged_in_here: false, limiter: None };
        let sent = match sender.send(&get("/api/v1/me", Some(&session)), Sending::by(Caller::None), sink) {
            Err(SendError::Stop(stopped)) => return Err(stopped),
            // A target without this endpoint, or one that breaks it, says nothing about the token.
            sent => sent.ok(),
        };
        return Ok(if sent.is_some_and(|sent| sent.answer.status == 401) {
            Login::Refused(format!("the target refuses the token of the {} account (status 401)", role.as_str()))
        } else {
            Login::Done(session)
        });
    }
    let mut body = json!({"user": account.user, "password": account.password});
    let code = || account.totp_secret.as_deref().and_then(totp_code);
    if let (Some(code), Some(members)) = (code(), body.as_object_mut()) {
        members.insert("code".to_owned(), Value::String(code));
    }
    let answer = post_login(sender, sink, &body)?;
    let wants_code = |answer: &Result<Answer, HttpError>| {
        answer
            .as_ref()
            .ok()
            .and_then(|answer| answer.json.as_ref().ok())
            .and_then(|body| body.get("error"))
            .and_then(Value::as_str)
            == Some("totp-required")
    };
    if wants_code(&answer) {
        return Ok(Login::Refused(format!(
            "the {} account needs a two-factor code: give its totp_secret",
            role.as_str()
        )));
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Ok(Login::Odd(error.to_string())),
    };
    let body = answer.json.as_ref().ok();
    let text = |pointer: &str| body.and_then(|body| body.pointer(pointer)).and_then(Value::as_str).map(str::to_owned);
    match (text("/data/userId"), text("/data/authToken")) {
        (Some(user_id), Some(token)) if answer.status == 200 => {
            let limiter = answer.header("x-ratelimit-limit");
            Ok(Login::Done(Session { user_id, token, logged_in_here: true, limiter }))
        }
        _ if matches!(answer.status, 400 | 401 | 403) => {
            let said = text("/message").or_else(|| text("/error")).unwrap_or_default();
            let said = redactor.text(&said);
            Ok(Login::Refused(format!(
                "the target refused to log in the {} account (status {}: {said})",
                role.as_str(),
                answer.status
            )))
        }
        _ => Ok(Login::Odd(describe(&answer))),
    }
}

fn post_login(sender: &mut Sender, sink: &mut dyn Sink, body: &Value) -> Result<Result<Answer, HttpError>, Stopped> {
    let message = Message {
        method: "POST".to_owned(),
        target: "/api/v1/login".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(body.to_string().into_bytes()),
        raw: false,
    };
    match sender.send(&message, Sending { repeatable: true, ..Sending::by(Caller::None) }, sink) {
        Ok(sent) => Ok(Ok(sent.answer)),
        Err(SendError::Http(error)) => Ok(Err(error)),
        Err(SendError::Stop(stopped)) => Err(stopped),
    }
}

/// Gives a token back that this run made.
pub fn logout(sender: &mut Sender, sink: &mut dyn Sink, session: &Session) {
    if session.logged_in_here {
        let mut message = get("/api/v1/logout", Some(session));
        "POST".clone_into(&mut message.method);
        message.body = Some(Vec::new());
        // There is nothing left to do about a logout that fails.
        let sending = Sending { wants_429: true, repeatable: true, ..Sending::by(Caller::Privileged) };
        let _ = sender.send(&message, sending, sink);
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
    fn profiles() {
        assert_eq!(Profile::parse("auto"), Ok(Profile::Auto));
        let Ok(Profile::Version(six)) = Profile::parse("6") else { panic!("6 is a profile") };
        assert_eq!(six.to_string(), "6.13.0");
        let Ok(Profile::Version(exact)) = Profile::parse("6.5.2") else { panic!("6.5.2 is a profile") };
        assert_eq!(exact.to_string(), "6.5.2");
        for text in ["seven", "10", "0.50.0", "6.x.y", ""] {
            assert!(Profile::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_reported_version_judges_within_its_line() {
        let found = |text: &str| Found { version: Version::parse(text).ok(), source: String::new() };
        let judged = |profile: &str, reported: &str| judge(&Profile::parse(profile).unwrap(), &found(reported));
        let version = |text: &str| Ok(Judge::Version(Version::parse(text).unwrap()));
        assert_eq!(judged("6", "6.8.0"), version("6.8.0"));
        assert_eq!(judged("6", "0.61.0"), version("6.13.0"));
        assert_eq!(judged("auto", "0.61.0-develop"), version("0.61.0"));
        assert_eq!(judged("documented", "8.0.0"), Ok(Judge::Documented));
        assert!(judged("auto", "12.0.0").unwrap_err().contains("--profile"));
        assert!(judged("auto", "nonsense").unwrap_err().contains("--profile"));
    }

    #[test]
    fn secrets_of_authenticator_apps() {
        assert_eq!(base32("GEZD GNBV gy3t qojq").unwrap(), b"1234567890");
        assert_eq!(base32("1"), None);
        // RFC 6238, appendix B, shortened to six digits.
        let secret = base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(Builder::new().with_secret(secret).build_noncompliant().generate(59).to_string(), "287082");
    }
}
