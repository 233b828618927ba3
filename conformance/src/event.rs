//! What the runner tells while it runs. Live reports consume these events, all other reports the finished
//! [`RunResult`]; no report ever calls the runner.

use crate::http::Message;
use crate::model::{CaseResult, Run, RunResult, Suite, Target};

/// Something that happened, in this order: one `RunStarted`, for each case a `CaseStarted` and a `CaseFinished`, one `RunFinished`.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// The target is known and the cases are chosen.
    RunStarted {
        /// The suite.
        suite: &'a Suite,
        /// The target.
        target: &'a Target,
        /// How it is run; counts of requests sent and the duration are still zero.
        run: &'a Run,
        /// How many cases were selected.
        cases: usize,
    },
    /// A case is about to run (or to be skipped).
    CaseStarted {
        /// Its id.
        id: &'a str,
        /// A few words.
        title: &'a str,
        /// How many cases came before it.
        index: usize,
    },
    /// A case asks for something, or is given the answer to the same question of a case before it.
    Asked {
        /// The step; `facts` and `probe` for what cases have in common.
        step: &'a str,
        /// The request.
        message: &'a Message,
    },
    /// The run waits for the limiter.
    Waiting {
        /// For so long, in milliseconds.
        milliseconds: u64,
    },
    /// A case is done.
    CaseFinished {
        /// The result, already redacted.
        result: &'a CaseResult,
        /// How many cases came before it.
        index: usize,
    },
    /// All is done.
    RunFinished {
        /// The whole result.
        result: &'a RunResult,
    },
}

/// Something that listens to a run.
pub trait Sink {
    /// Takes one event. A sink keeps its own errors and reports them when the run is over: a full disk must not end a run.
    fn event(&mut self, event: &Event<'_>);
}

impl<F: FnMut(&Event<'_>)> Sink for F {
    fn event(&mut self, event: &Event<'_>) {
        self(event);
    }
}
