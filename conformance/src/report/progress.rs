//! A progress bar around another live report, for terminals. It draws on standard error and leaves nothing behind.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::{Event, Sink};
use crate::report::inert::terminal;
use crate::report::{ReportError, Reporter};

/// A run that is over sooner gets no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(400);

/// The bar and the report it makes room for.
pub struct Progress<'a> {
    inner: Box<dyn Reporter + 'a>,
    bar: ProgressBar,
}

impl<'a> Progress<'a> {
    /// Puts a bar around `inner`. Where standard error is no terminal, or cannot draw, nothing is drawn.
    pub fn new(inner: Box<dyn Reporter + 'a>) -> Self {
        Self { inner, bar: ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()) }
    }
}

impl Progress<'_> {
    fn show_if_slow(&self) {
        if self.bar.is_hidden() && self.bar.elapsed() >= PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Sink for Progress<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { cases, .. } => {
                self.inner.event(event);
                self.bar.set_length(u64::try_from(*cases).unwrap_or(u64::MAX));
                if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {elapsed}  {msg}") {
                    self.bar.set_style(style);
                }
            }
            Event::CaseStarted { id, .. } => {
                self.show_if_slow();
                self.bar.set_message(terminal(id));
            }
            Event::Asked { .. } => {}
            Event::Waiting { milliseconds } => {
                self.show_if_slow();
                self.bar.set_message(format!("waiting {} s for the rate limiter", milliseconds.div_ceil(1000)));
            }
            Event::CaseFinished { .. } => {
                let Self { inner, bar } = self;
                bar.suspend(|| inner.event(event));
                bar.inc(1);
            }
            Event::RunFinished { .. } => {
                self.bar.finish_and_clear();
                self.inner.event(event);
            }
        }
    }
}

impl Reporter for Progress<'_> {
    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        self.bar.finish_and_clear();
        self.inner.finish()
    }
}
