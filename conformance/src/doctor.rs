//! A first look at a target in at most three requests, each finding with advice.

use std::fmt;

use crate::case::{AccountRow, Resources};
use crate::credentials::Credentials;
use crate::event::Event;
use crate::http::client::Client;
use crate::http::{Answer, HttpError, Limits, Message};
use crate::interrupt::Interrupt;
use crate::redact::Redactor;
use crate::sender::{Policy, Sender};
use crate::target::{Login, Session};
use crate::url::Url;

/// How good a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// A run cannot work like this.
    Bad,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How good it is.
    pub grade: Grade,
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What to do, if anything.
    pub advice: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Good => "ok",
            Grade::Note => "note",
            Grade::Bad => "bad",
        };
        write!(f, "{grade:<5} {:<12} {}", self.what, self.found)?;
        match &self.advice {
            Some(advice) => write!(f, "\n      {:<12} {advice}", ""),
            None => Ok(()),
        }
    }
}

fn good(what: &'static str, found: impl Into<String>) -> Finding {
    Finding { grade: Grade::Good, what, found: found.into(), advice: None }
}

fn note(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { grade: Grade::Note, what, found: found.into(), advice: Some(advice.into()) }
}

fn bad(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { grade: Grade::Bad, what, found: found.into(), advice: Some(advice.into()) }
}

/// Looks at the target: `/api/info`, and with a privileged password one login and its logout, with a token one page of the list.
pub fn examine(url: &Url, credentials: &Credentials, limits: Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match (url.tls, url.loopback) {
        (true, _) => good("transport", "https"),
        (false, true) => good("transport", "plain HTTP on this machine"),
        (false, false) => {
            note("transport", "plain HTTP to another machine", "credentials are refused without --allow-plain-http")
        }
    });
    let client = Client::new(&url.base, limits, url.loopback, 1);
    let info = Message {
        method: "GET".to_owned(),
        target: "/api/info".to_owned(),
        headers: Vec::new(),
        body: None,
        raw: false,
    };
    let answer = match client.send(&info) {
        Ok(answer) => answer,
        Err(error) => {
            findings.push(bad("connection", error.to_string(), advice_on(&error)));
            return findings;
        }
    };
    findings.push(good("connection", format!("answered in {} ms", answer.took.as_millis())));
    look_at_info(&answer, &mut findings);
    look_at_clock(&answer, &mut findings);
    look_at_credentials(url, credentials, limits, &mut findings);
    findings
}

fn advice_on(error: &HttpError) -> &'static str {
    match error {
        HttpError::Connect(_) => "is the server running, and is the port right?",
        HttpError::UnknownHost => "is the host name right?",
        HttpError::Tls(_) => "is the certificate valid for this host? is it https at all?",
        HttpError::Timeout(_) => {
            "is it an HTTP server? a proxy that cannot reach the server behind it also looks like this"
        }
        _ => "is it an HTTP server?",
    }
}

fn look_at_info(answer: &Answer, findings: &mut Vec<Finding>) {
    match &answer.json {
        Err(why) => findings.push(bad(
            "api",
            format!("GET /api/info: status {}, {why}", answer.status),
            "is this the root of the server? a web page here means another program, or a base path that is missing",
        )),
        Ok(body) => {
            let version =
                body.pointer("/info/version").or_else(|| body.get("version")).and_then(serde_json::Value::as_str);
            match version {
                Some(version) => {
                    findings.push(good("api", "JSON"));
                    let shown: String = version.chars().filter(|letter| !letter.is_control()).take(40).collect();
                    findings.push(good("version", shown));
                }
                None => findings.push(bad(
                    "api",
                    "JSON without a version",
                    "is it Rocket.Chat? then choose --profile yourself",
                )),
            }
        }
    }
}

fn look_at_clock(answer: &Answer, findings: &mut Vec<Finding>) {
    let Some(date) = answer.header("date").and_then(|text| jiff::fmt::rfc2822::parse(&text).ok()) else {
        findings.push(note(
            "clock",
            "the target does not say what time it is",
            "waits for the rate limiter go by this machine's clock",
        ));
        return;
    };
    let skew = date.timestamp().as_second() - jiff::Timestamp::now().as_second();
    findings.push(if skew.abs() <= 5 {
        good("clock", "agrees with this machine")
    } else {
        note(
            "clock",
            format!("{skew} s from this machine"),
            "two-factor codes and cases about the age of records depend on it",
        )
    });
}

/// What an answer told of the limiter.
fn limiter(limit: Option<&str>) -> Finding {
    match limit {
        Some(limit) => note(
            "limiter",
            format!("{} calls a window", limit.chars().take(10).collect::<String>()),
            "a full run waits for it; `conformance plan` says how long",
        ),
        None => good("limiter", "off"),
    }
}

fn look_at_credentials(url: &Url, credentials: &Credentials, limits: Limits, findings: &mut Vec<Finding>) {
    let resources = Resources::built_in();
    let missing = resources.accounts.iter().filter(|row| row.is_refused() && credentials.of(&row.name).is_none());
    findings.extend(missing.map(|row| {
        let (name, permissions) = (row.name.as_str(), row.permissions());
        note("denial", format!("no {name} account given"), format!("that {permissions} is needed will not be proven"))
    }));
    let reader = &resources.first().reader;
    let name = reader.as_str();
    let Some(account) = credentials.of(reader) else {
        let variable = name.to_uppercase();
        findings.push(note(
            "credentials",
            format!("no {name} account given"),
            format!("--auth-file, or CONFORMANCE_{variable}_USER and _PASSWORD"),
        ));
        return;
    };
    if !url.tls && !url.loopback {
        findings.push(note("credentials", "not tried over plain HTTP", "use https"));
        return;
    }
    let redactor = Redactor::new(true);
    for secret in [&account.password, &account.auth_token, &account.user_id].into_iter().flatten() {
        redactor.learn("RC_SECRET", secret);
    }
    let policy = Policy { limits, retries: 0, ..Policy::default() };
    let mut ignore = |_: &Event<'_>| {};
    let mut sender = Sender::new(url, policy, Interrupt::default(), &redactor, &mut ignore);
    match Session::open(&mut sender, reader, account, &redactor) {
        Err(stopped) => findings.push(bad("credentials", stopped.detail, "the target stopped answering")),
        Ok(Login::Refused(why)) => findings.push(bad(
            "credentials",
            why,
            "check user name and password; five wrong ones in a row may block the account",
        )),
        Ok(Login::Odd(why)) => {
            findings.push(bad("credentials", why, "the login endpoint does not answer as Rocket.Chat does"));
        }
        Ok(Login::Done(session)) if session.logged_in_here => {
            findings.push(good("credentials", "logged in"));
            findings.push(limiter(session.limiter.as_deref()));
            session.close(&mut sender, reader);
        }
        Ok(Login::Done(session)) => look_at_token(&Client::new(&url.base, limits, url.loopback, 1), &session, findings),
    }
}

/// A token says who it is, not what it may do: one page of the list does.
fn look_at_token(client: &Client, session: &Session, findings: &mut Vec<Finding>) {
    let resources = Resources::built_in();
    let list = resources.first();
    let permissions = resources.account(&list.reader).map(AccountRow::permissions).unwrap_or_default();
    let page = Message {
        method: "GET".to_owned(),
        target: format!("{}?count=1", list.path),
        headers: session.headers(),
        body: None,
        raw: false,
    };
    match client.send(&page) {
        Ok(answer) if answer.status == 200 => {
            findings.push(good("credentials", format!("the token is valid and has {permissions}")));
            findings.push(match answer.header("x-ratelimit-limit") {
                None => good("limiter", "does not apply to this account"),
                limit => limiter(limit.as_deref()),
            });
        }
        Ok(answer) => findings.push(bad(
            "credentials",
            format!("status {}", answer.status),
            format!("401: the token or the id is wrong; 400 or 403: the account lacks {permissions}"),
        )),
        Err(error) => findings.push(bad("credentials", error.to_string(), "the list could not be fetched")),
    }
}
