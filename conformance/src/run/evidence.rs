//! What a result shows of a case: all of it through the redactor.

use super::exchange::Trade;
use super::milliseconds;
use crate::case::Case;
use crate::expect::Mismatch;
use crate::http::Message;
use crate::model::{CaseResult, CheckFailure, Exchange, ReceivedResponse, SentRequest, Skip};
use crate::outcome::Outcome;
use crate::redact::Redactor;
use crate::url::Url;

/// At most so many exchanges of a case are kept: the first ones and the last.
const MOST_EXCHANGES: usize = 8;

/// A result that says nothing but what the case is.
pub(super) fn untried(case: &Case, outcome: Outcome, skip: Option<Skip>) -> CaseResult {
    let tried = !matches!(outcome, Outcome::Skip | Outcome::Disabled);
    CaseResult {
        id: case.id.clone(),
        title: case.title.clone(),
        requirement: case.requirement.clone(),
        level: case.level,
        safety: case.safety,
        outcome,
        skip,
        error: None,
        failures: Vec::new(),
        alternatives: Vec::new(),
        findings: if tried { case.finding.iter().cloned().collect() } else { Vec::new() },
        notes: Vec::new(),
        sources: case.sources.clone(),
        place: Some(case.place.clone()),
        likely_cause: case.likely_cause.clone(),
        remediation: case.remediation.clone(),
        exchanges: Vec::new(),
        curl: None,
        duration_ms: 0.0,
        attempts: 0,
        expectation: None,
    }
}

/// A failed check for the report.
pub(super) fn failure(redactor: &Redactor, step: String, mismatch: Mismatch) -> CheckFailure {
    CheckFailure {
        step,
        check: mismatch.check.to_owned(),
        expected: redactor.shown(&mismatch.pointer, &mismatch.expected),
        actual: redactor.shown(&mismatch.pointer, &mismatch.actual),
        pointer: redactor.name(&mismatch.pointer),
        message: mismatch.message.map(|message| redactor.text(&message)),
    }
}

/// What was sent and answered.
pub(super) fn exchanges(redactor: &Redactor, trades: &[Trade]) -> Vec<Exchange> {
    let skip = trades.len().saturating_sub(MOST_EXCHANGES);
    trades
        .iter()
        .enumerate()
        .filter(|(index, _)| *index == 0 || *index > skip)
        .map(|(_, trade)| exchange(redactor, trade))
        .collect()
}

fn exchange(redactor: &Redactor, trade: &Trade) -> Exchange {
    let headers = |headers: &[(String, String)]| {
        headers.iter().map(|(name, value)| (redactor.name(name), redactor.header(name, value))).collect()
    };
    let message = &trade.message;
    let body_of_request = |bytes: &Vec<u8>| {
        let parsed = serde_json::from_slice(bytes).ok();
        match &parsed {
            Some(value) => redactor.value(value).to_string(),
            None => redactor.text(&String::from_utf8_lossy(bytes)),
        }
    };
    Exchange {
        step: trade.step.clone(),
        request: SentRequest {
            method: message.method.clone(),
            path: redactor.text(&message.target),
            headers: headers(&message.headers),
            body: message.body.as_ref().map(body_of_request),
        },
        response: trade.result.as_ref().ok().map(|answer| ReceivedResponse {
            status: answer.status,
            headers: headers(&answer.headers),
            body_bytes: answer.bytes.len() as u64,
            body: redactor.body(&answer.bytes, answer.json.as_ref().ok()),
            shape: answer.json.as_ref().map(|body| redactor.shape(body)).unwrap_or_default(),
        }),
        error: trade.result.as_ref().err().map(|error| redactor.text(&error.to_string())),
        duration_ms: trade.result.as_ref().map(|answer| milliseconds(answer.took)).unwrap_or_default(),
        shared: trade.shared,
    }
}

/// A command line that sends the request again, with secrets as shell variables.
pub(super) fn curl(redactor: &Redactor, url: &Url, message: &Message) -> String {
    let mut words = vec!["curl -sS -i -g".to_owned()];
    if message.method != "GET" {
        words.push(format!("-X {}", quote(&message.method)));
    }
    for (name, value) in &message.headers {
        // Only known secrets are hidden here: a header that a case spoils on purpose has to be sent as it was.
        words.push(format!("-H {}", quote(&format!("{}: {}", redactor.name(name), redactor.text(value)))));
    }
    if let Some(body) = &message.body {
        words.push(format!("--data-binary {}", quote(&redactor.request_body(body))));
    }
    words.push(quote(&format!("{}{}", url.base, redactor.text(&message.target))));
    words.join(" ")
}

/// A word for a POSIX shell. Only names the redactor made (`${RC_…}`) stay variables.
fn quote(text: &str) -> String {
    if !text.contains("${RC_") {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut quoted = String::from("\"");
    let mut rest = text;
    while let Some(at) = rest.find("${RC_") {
        let (before, variable) = rest.split_at(at);
        let end = variable.find('}').map_or(variable.len(), |end| end + 1);
        let (name, after) = variable.split_at(end);
        quoted.push_str(&escape(before));
        let inner = name.trim_start_matches("${").trim_end_matches('}');
        if inner.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            quoted.push_str(name);
        } else {
            quoted.push_str(&escape(name));
        }
        rest = after;
    }
    quoted.push_str(&escape(rest));
    quoted.push('"');
    quoted
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, '"' | '$' | '`' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_sees_what_was_sent() {
        assert_eq!(quote("it's $x"), r"'it'\''s $x'");
        assert_eq!(quote("X-Auth-Token: ${RC_TOKEN}"), "\"X-Auth-Token: ${RC_TOKEN}\"");
        assert_eq!(quote("${RC_TOKEN}`$(x)\""), "\"${RC_TOKEN}\\`\\$(x)\\\"\"");
        assert_eq!(quote("${RC_$(reboot)}"), "\"\\${RC_\\$(reboot)}\"");
    }
}
