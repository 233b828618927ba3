//! The canonical report as events, one JSON object a line: `run_started`, one `case` for each case, `run_finished`. The
//! objects in them are those of the canonical report, so a consumer of one can read the other.

use std::io;

use serde::Serialize;

use crate::case::{AccountName, Safety};
use crate::event::{Event, Sink};
use crate::model::{CaseResult, FORMAT, Run, RunResult, StaleExpectation, Suite, Summary, Target};
use crate::report::{ReportError, Reporter, Stream, inert, tell};

/// A line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    RunStarted { format: u32, cases: usize, suite: &'a Suite, target: &'a Target, run: RunHead<'a> },
    Case { index: usize, result: &'a CaseResult },
    RunFinished { complete: bool, run: &'a Run, summary: &'a Summary, stale_expectations: &'a [StaleExpectation] },
}

/// What is known of a run when it begins.
#[derive(Serialize)]
struct RunHead<'a> {
    started: &'a str,
    mode: Safety,
    strict: bool,
    seed: u64,
    selection: &'a [String],
    roles: &'a [AccountName],
    requests_planned: u64,
}

/// The live report.
pub struct Ndjson<W> {
    stream: Stream<W>,
    failed: Option<ReportError>,
}

impl<W: io::Write> Ndjson<W> {
    /// Writes to `writer`, one flushed line an event.
    pub fn new(writer: W) -> Self {
        Self { stream: Stream::new(writer), failed: None }
    }
}

impl<W: io::Write> Sink for Ndjson<W> {
    fn event(&mut self, event: &Event<'_>) {
        let line = match event {
            Event::RunStarted { suite, target, run, cases } => Line::RunStarted {
                format: FORMAT,
                cases: *cases,
                suite,
                target,
                run: RunHead {
                    started: &run.started,
                    mode: run.mode,
                    strict: run.strict,
                    seed: run.seed,
                    selection: &run.selection,
                    roles: &run.roles,
                    requests_planned: run.requests.planned,
                },
            },
            Event::CaseFinished { result, index } => Line::Case { index: *index, result },
            Event::RunFinished { result } => Line::RunFinished {
                complete: result.complete,
                run: &result.run,
                summary: &result.summary,
                stale_expectations: &result.stale_expectations,
            },
            Event::CaseStarted { .. } | Event::Asked { .. } | Event::Waiting { .. } => return,
        };
        match serde_json::to_string(&line) {
            Ok(text) => self.stream.write(&format!("{}\n", inert::json(&text))),
            Err(error) => self.failed = Some(error.into()),
        }
    }
}

impl<W: io::Write> Reporter for Ndjson<W> {
    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.stream.finish(),
        }
    }
}

/// All events of a finished run.
pub(super) fn render(result: &RunResult) -> Result<String, ReportError> {
    let mut text = Vec::new();
    let mut events = Box::new(Ndjson::new(&mut text));
    tell(result, &mut *events);
    events.finish()?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
