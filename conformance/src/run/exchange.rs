//! From a request in a case to an answer: variables filled in, credentials added, identical GETs shared.

use std::rc::Rc;

use crate::case::{Param, Request, Step};
use crate::event::Event;
use crate::http::{Answer, HttpError, Message, encode};
use crate::plan;
use crate::sender::{SendError, Sending};
use crate::target::Session;
use crate::template::{UnknownVariable, Variables};

use super::runner::Runner;

/// A request that was sent (or answered from an identical one) and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Trade {
    /// The step: its name, or `step 1`.
    pub(super) step: String,
    pub(super) message: Message,
    pub(super) result: Result<Rc<Answer>, HttpError>,
    pub(super) shared: bool,
    pub(super) retried: u32,
}

/// Why a request of a case was not traded at all.
pub(super) enum NoTrade {
    /// A variable has no value.
    Variable(UnknownVariable),
    /// The run is over.
    Stop(crate::model::Stopped),
}

impl From<UnknownVariable> for NoTrade {
    fn from(unknown: UnknownVariable) -> Self {
        Self::Variable(unknown)
    }
}

/// The words by which a step is called in reports.
pub(super) fn label(step: &Step, index: usize) -> String {
    step.name.clone().unwrap_or_else(|| format!("step {}", index + 1))
}

fn params(params: &[Param], variables: &Variables) -> Result<String, UnknownVariable> {
    let mut pairs = Vec::with_capacity(params.len());
    for param in params {
        let value = match (&param.value, &param.json) {
            (Some(text), _) => variables.fill_text(text)?,
            (None, Some(json)) => variables.fill(json)?.to_string(),
            (None, None) => String::new(),
        };
        pairs.push((variables.fill_text(&param.name)?, value));
    }
    Ok(encode::pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

impl Runner<'_> {
    /// The message a request becomes, with `extra` parameters at the end of its query.
    pub(super) fn message(
        &self,
        request: &Request,
        variables: &Variables,
        extra: &[(&str, String)],
    ) -> Result<Message, UnknownVariable> {
        let mut query = match &request.raw_query {
            Some(raw) => variables.fill_text(raw)?,
            None => params(&request.query, variables)?,
        };
        for (name, value) in extra {
            if !query.is_empty() {
                query.push('&');
            }
            query.extend([*name, "=", &encode::component(value)]);
        }
        let mut target = variables.fill_text(&request.path)?;
        if !query.is_empty() || request.raw_query.is_some() {
            target.push('?');
            target.push_str(&query);
        }
        let session = request.account.as_ref().and_then(|name| self.opened.sessions.get(name));
        let mut headers = session.map(Session::headers).unwrap_or_default();
        for header in &request.headers {
            headers.push((header.name.clone(), variables.fill_text(&header.value)?));
        }
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let mut content_type = None;
        let body = match &request.body {
            None => None,
            Some(body) => Some(if let Some(json) = &body.json {
                content_type = Some("application/json");
                variables.fill(json)?.to_string().into_bytes()
            } else if let Some(form) = &body.form {
                content_type = Some("application/x-www-form-urlencoded");
                params(form, variables)?.into_bytes()
            } else {
                variables.fill_text(body.text.as_deref().unwrap_or_default())?.into_bytes()
            }),
        };
        if let (Some(content_type), false) = (content_type, has_type) {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        Ok(Message { method: request.method.clone(), target, headers, body, raw: request.raw })
    }

    /// Sends a step's request, or takes the answer of an identical one.
    pub(super) fn trade(
        &mut self,
        label: &str,
        request: &Request,
        variables: &Variables,
        wants_429: bool,
    ) -> Result<Trade, NoTrade> {
        let message = self.message(request, variables, &[])?;
        let key = plan::sharing_key(request);
        if let Some(answer) = key.as_ref().and_then(|key| self.take_shared(key)) {
            self.sender.requests.shared += 1;
            self.sender.tell(&Event::Asked { step: label, message: &message });
            return Ok(Trade { step: label.to_owned(), message, result: Ok(answer), shared: true, retried: 0 });
        }
        let first = key.as_ref().and_then(|key| self.fetched_ahead(key, &message));
        let sending = Sending { wants_429, first, ..Sending::by(request.account.as_ref()) };
        let trade = self.send(label, message, sending)?;
        if let (Some(key), Ok(answer)) = (key, &trade.result) {
            self.keep_shared(key, answer);
        }
        Ok(trade)
    }

    /// Sends a message as it is.
    pub(super) fn send(&mut self, label: &str, message: Message, sending: Sending<'_>) -> Result<Trade, NoTrade> {
        self.sender.tell(&Event::Asked { step: label, message: &message });
        let (result, retried) = match self.sender.send(&message, sending) {
            Ok(sent) => (Ok(Rc::new(sent.answer)), sent.retried),
            Err(SendError::Http(error)) => (Err(error), 0),
            Err(SendError::Stop(stopped)) => return Err(NoTrade::Stop(stopped)),
        };
        if let Ok(answer) = &result {
            self.tally.note(&message, answer);
        }
        Ok(Trade { step: label.to_owned(), message, result, shared: false, retried })
    }

    fn take_shared(&mut self, key: &str) -> Option<Rc<Answer>> {
        let answer = self.shared.get(key)?;
        let left = self.planned_uses.get_mut(key)?;
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.shared.forget(key);
        }
        Some(answer)
    }

    fn keep_shared(&mut self, key: String, answer: &Rc<Answer>) {
        let left = self.planned_uses.entry(key.clone()).or_default();
        *left = left.saturating_sub(1);
        if *left > 0 {
            self.shared.keep(key, answer);
        }
    }
}
