//! Sends requests for a run: within its budget, at the target's pace, again after network errors, and not at all once the
//! target has stopped answering.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::case::AccountName;
use crate::event::{Event, Sink};
use crate::http::client::Client;
use crate::http::{Answer, HttpError, Limits, Message, Received, raw};
use crate::interrupt::Interrupt;
use crate::model::{Requests, StopReason, Stopped};
use crate::pace::Pacer;
use crate::redact::Redactor;
use crate::url::Url;

/// So many refusals in a row by the limiter, each after the wait it asked for, end a run.
const MOST_REFUSALS: u32 = 4;

/// After so many requests in a row that were sent again in vain, what fails is not sent again.
const MOST_FUTILE: u32 = 2;

/// So many times a target that left requests without an answer is found to answer others; then the run ends all the same.
const MOST_RESCUES: u32 = 3;

/// What a sender is allowed and told to do.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Limits on time and size.
    pub limits: Limits,
    /// How often a request is sent again after a network error.
    pub retries: u32,
    /// The most requests of the run.
    pub max_requests: Option<u64>,
    /// The least time between two requests.
    pub interval: Option<Duration>,
    /// After so many requests in a row without an answer the target counts as lost.
    pub give_up_after: u32,
    /// The most requests under way at once.
    pub jobs: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { limits: Limits::default(), retries: 2, max_requests: None, interval: None, give_up_after: 3, jobs: 1 }
    }
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum SendError {
    /// This request failed; others may do better.
    Http(HttpError),
    /// The run is over.
    Stop(Stopped),
}

/// How a request is to be sent.
#[derive(Debug)]
pub struct Sending<'a> {
    /// The account it is sent as, if any.
    pub account: Option<&'a AccountName>,
    /// Whether its case is about being refused by the limiter.
    pub wants_429: bool,
    /// Whether it may be sent again although its method is none of the safe ones. A login that is meant to fail may not: the
    /// server counts it.
    pub repeatable: bool,
    /// What came of it when it was sent ahead.
    pub first: Option<Result<Answer, HttpError>>,
}

impl<'a> Sending<'a> {
    /// A request of `account` about which there is nothing to say.
    pub fn by(account: Option<&'a AccountName>) -> Self {
        Self { account, wants_429: false, repeatable: false, first: None }
    }
}

/// An answer and what it took.
#[derive(Debug)]
pub struct Sent {
    /// The answer.
    pub answer: Answer,
    /// How often it was sent again after network errors.
    pub retried: u32,
}

/// What the limiter counts by: method and path.
fn route(message: &Message) -> String {
    let path = message.target.split('?').next().unwrap_or_default();
    format!("{} {path}", message.method)
}

/// Sends requests, and tells whoever listens to the run.
pub struct Sender<'a> {
    sink: &'a mut dyn Sink,
    redactor: &'a Redactor,
    client: Client,
    url: Url,
    policy: Policy,
    pacer: Pacer,
    interrupt: Interrupt,
    /// Counts so far.
    pub requests: Requests,
    /// Requests in a row without an answer.
    silent: u32,
    /// Requests in a row that were sent again in vain.
    futile: u32,
    /// How often requests to a route timed out.
    timeouts: HashMap<String, u32>,
    /// Requests that must still be possible when the budget is used up: the logouts of the sessions that are open.
    pub reserved: u64,
    /// How often a target that seemed lost was not.
    rescues: u32,
    /// Set while a run is tidying up: it must finish even when interrupted or out of budget.
    pub winding_up: bool,
}

impl<'a> Sender<'a> {
    /// A sender for the target at `url`. The redactor learns what answers hand out.
    pub fn new(
        url: &Url,
        policy: Policy,
        interrupt: Interrupt,
        redactor: &'a Redactor,
        sink: &'a mut dyn Sink,
    ) -> Self {
        Self {
            sink,
            redactor,
            client: Client::new(&url.base, policy.limits, url.loopback, policy.jobs),
            url: url.clone(),
            policy,
            pacer: Pacer::new(policy.interval),
            interrupt,
            requests: Requests::default(),
            silent: 0,
            futile: 0,
            timeouts: HashMap::new(),
            reserved: 0,
            rescues: 0,
            winding_up: false,
        }
    }

    /// Tells whoever listens to the run.
    pub fn tell(&mut self, event: &Event<'_>) {
        self.sink.event(event);
    }

    /// Sends a request until it has an answer, or none is to be had.
    pub fn send(&mut self, message: &Message, how: Sending<'_>) -> Result<Sent, SendError> {
        let route = route(message);
        let Sending { account, wants_429, repeatable, mut first } = how;
        let repeatable = repeatable || matches!(message.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let (mut retried, mut refused) = (0, 0);
        loop {
            let result = if let Some(result) = first.take() {
                result
            } else {
                self.wait(self.pacer.wait(&route, account, Instant::now()));
                self.may_send()?;
                self.requests.sent += 1;
                self.pacer.sent(Instant::now());
                self.send_once(message)
            };
            match result {
                Ok(answer) => {
                    if let Ok(body) = &answer.json {
                        self.redactor.learn_from(body);
                    }
                    self.silent = 0;
                    self.futile = 0;
                    let refusal = self.pacer.answered(&route, account, &answer, Instant::now());
                    if refusal.is_some() {
                        self.requests.rate_limited += 1;
                    }
                    if refusal.is_none() || wants_429 {
                        return Ok(Sent { answer, retried });
                    }
                    refused += 1;
                    if refused >= MOST_REFUSALS {
                        let detail = format!("{route} was refused by the rate limiter {refused} times in a row");
                        return Err(SendError::Stop(Stopped { reason: StopReason::RateLimited, detail }));
                    }
                }
                Err(error) => {
                    let may_help = error.is_worth_a_retry() && self.futile < MOST_FUTILE;
                    if may_help && repeatable && retried < self.policy.retries {
                        retried += 1;
                        self.requests.retried += 1;
                        self.interrupt.sleep(Duration::from_millis(100 * u64::from(retried)));
                        continue;
                    }
                    return Err(self.unanswered(&route, error, retried));
                }
            }
        }
    }

    /// What a request without an answer, sent again `retried` times, means for the run.
    fn unanswered(&mut self, route: &str, error: HttpError, retried: u32) -> SendError {
        if retried > 0 {
            self.futile += 1;
        }
        if error.is_network() {
            self.silent += 1;
        } else {
            self.silent = 0;
        }
        let mut ended = Ok(());
        if error.is_timeout() {
            ended = self.route_timed_out(route, &error);
        }
        if ended.is_ok() && self.silent >= self.policy.give_up_after {
            ended = self.give_up_or_go_on(&error);
        }
        ended.err().unwrap_or(SendError::Http(error))
    }

    /// Requests that time out cost most of all. A route that lets them is not waited for again and again, even where the
    /// target answers others in between.
    fn route_timed_out(&mut self, route: &str, error: &HttpError) -> Result<(), SendError> {
        let times = self.timeouts.entry(route.to_owned()).or_default();
        *times += 1;
        if *times < self.policy.give_up_after {
            return Ok(());
        }
        let detail = format!("the target leaves {route} without an answer again and again: {error}");
        // Whether it answers anything else decides between a target that is lost and one that breaks this route.
        let reason = match self.ask_what_it_is() {
            Ok(_) => StopReason::KeepsFailing,
            Err(_) => StopReason::TargetLost,
        };
        Err(SendError::Stop(Stopped { reason, detail }))
    }

    /// Whether the target still says what it is.
    fn ask_what_it_is(&mut self) -> Result<Answer, HttpError> {
        let info = Message {
            method: "GET".to_owned(),
            target: "/api/info".to_owned(),
            headers: Vec::new(),
            body: None,
            raw: false,
        };
        self.requests.sent += 1;
        self.send_once(&info)
    }

    /// How many requests may be under way at once now. One where the target or the user sets a pace, since only what one answer
    /// says tells when the next request may go; one, too, while a target leaves requests without an answer.
    pub fn room(&self) -> usize {
        if self.winding_up || self.silent > 0 || self.interrupt.asked().is_some() || self.pacer.is_pacing() {
            return 1;
        }
        let left =
            self.policy.max_requests.map_or(u64::MAX, |most| most.saturating_sub(self.requests.sent + self.reserved));
        self.policy.jobs.min(usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Sends requests side by side, as many as [`Sender::room`] allows, none of which depends on another. What comes of them,
    /// in their order, is the first attempt of [`Sender::send`], which knows how to wait, to try again and to give up.
    pub fn send_together(&mut self, messages: &[&Message]) -> Vec<Result<Answer, HttpError>> {
        let client = &self.client;
        let lost = || Err(HttpError::Broken("the thread that sent it ended".to_owned()));
        let results = thread::scope(|scope| {
            let sent: Vec<_> = messages.iter().map(|message| scope.spawn(move || client.fetch(message))).collect();
            sent.into_iter().map(|sent| sent.join().unwrap_or_else(|_| lost())).collect::<Vec<_>>()
        });
        self.pacer.sent(Instant::now());
        self.requests.sent += messages.len() as u64;
        // Read here and not by the threads: each of them would keep a heap of its own for what it made.
        results.into_iter().map(|result| result.map(Received::read)).collect()
    }

    /// A target that stopped answering ends the run. One that still says what it is has not stopped: it breaks what it was
    /// asked, which is for the cases to say, but not without end.
    fn give_up_or_go_on(&mut self, error: &HttpError) -> Result<(), SendError> {
        let stop = |reason, detail| Err(SendError::Stop(Stopped { reason, detail }));
        let silent = self.silent;
        if self.ask_what_it_is().is_err() {
            return stop(
                StopReason::TargetLost,
                format!("the target stopped answering ({silent} requests in a row): {error}"),
            );
        }
        self.silent = 0;
        self.rescues += 1;
        if self.rescues < MOST_RESCUES {
            return Ok(());
        }
        let detail =
            format!("the target answers GET /api/info, but leaves others without an answer again and again: {error}");
        stop(StopReason::KeepsFailing, detail)
    }

    fn send_once(&self, message: &Message) -> Result<Answer, HttpError> {
        if !message.raw {
            return self.client.send(message);
        }
        if self.url.tls {
            return Err(HttpError::Unsendable("raw requests need plain HTTP".to_owned()));
        }
        let mut message = message.clone();
        message.target.insert_str(0, &self.url.path);
        raw::send(&self.url.authority, &message, self.policy.limits)
    }

    fn wait(&mut self, time: Duration) {
        if time.is_zero() || self.winding_up {
            return;
        }
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.requests.waited_ms = self.requests.waited_ms.saturating_add(milliseconds);
        if milliseconds >= 1000 {
            self.tell(&Event::Waiting { milliseconds });
        }
        self.interrupt.sleep(time);
    }

    fn may_send(&self) -> Result<(), SendError> {
        if self.winding_up {
            return Ok(());
        }
        if let Some(reason) = self.interrupt.asked() {
            let detail = if reason == StopReason::Interrupted { "interrupted" } else { "terminated" };
            return Err(SendError::Stop(Stopped { reason, detail: detail.to_owned() }));
        }
        match self.policy.max_requests {
            Some(most) if self.requests.sent + self.reserved >= most => {
                let detail = format!("the budget of {most} requests is used up (--max-requests)");
                Err(SendError::Stop(Stopped { reason: StopReason::BudgetExhausted, detail }))
            }
            _ => Ok(()),
        }
    }
}
