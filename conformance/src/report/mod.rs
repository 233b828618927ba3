//! Reports: renderings of one [`RunResult`]. Every format shows the same totals, and the same model always gives the
//! same bytes: nothing here looks at the clock, the environment or the target.
//!
//! [`render`] makes a whole report. [`live`] makes a [`Reporter`] that writes to a stream while the run goes on, for the
//! formats that can. [`output::Outputs`] decides which report goes where. `docs/report-format.md` describes each format.

mod badge;
pub mod compare;
mod github;
mod html;
mod human;
pub mod inert;
pub mod json;
mod junit;
mod markdown;
mod ndjson;
pub mod output;
mod progress;
mod sarif;
mod tap;
mod view;

use std::io;

pub use github::SUMMARY_LIMIT;
pub use human::Human;
pub use ndjson::Ndjson;
pub use progress::Progress;

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::event::{Event, Sink};
use crate::model::RunResult;
use crate::words::words;

words!(Format);

/// A kind of report.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownFormat, parse_err_fn = UnknownFormat::new)]
pub enum Format {
    /// Text for people at a terminal or in a log; live.
    Human,
    /// The canonical report, from which every other can be rendered again.
    Json,
    /// The canonical report as a stream of events, one JSON object a line; live.
    Ndjson,
    /// JUnit XML.
    Junit,
    /// TAP version 14.
    Tap,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands that make annotations.
    Github,
    /// Markdown for the job summary of GitHub Actions: failures first, within the size limit.
    GithubSummary,
    /// Markdown.
    Markdown,
    /// One HTML page that needs nothing else.
    Html,
    /// JSON for the endpoint badge of shields.io.
    Badge,
}

/// A format name that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown report format {0:?}; use one of {names}", names = Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat(String);

impl UnknownFormat {
    fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// What a report may be told besides the result. None of it changes totals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The file the canonical report is in, for the replay commands. Without it they name the target instead.
    pub report_file: Option<String>,
    /// Whether human text carries colours.
    pub color: bool,
    /// How much human text says about cases that are as they should be.
    pub verbosity: Verbosity,
}

/// How much human text says about cases that are as they should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only what is not as it should be, and the totals.
    Quiet,
    /// A line for every case that was tried or is not proven; skips that leave no gap are counted only.
    #[default]
    Normal,
    /// A line for every case.
    Verbose,
}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The result could not be written as JSON.
    #[error("write the result as JSON")]
    Json(#[from] serde_json::Error),
    /// The result could not be written as XML.
    #[error("write the result as XML")]
    Xml(#[from] quick_junit::SerializeError),
    /// The stream a live report goes to failed.
    #[error("write the report")]
    Write(#[from] io::Error),
}

/// Renders a whole report, ending in a line end.
pub fn render(format: Format, result: &RunResult, options: &Options) -> Result<String, ReportError> {
    match format {
        Format::Human => Ok(human::render(result, options)),
        Format::Json => json::render(result),
        Format::Ndjson => ndjson::render(result),
        Format::Junit => junit::render(result, options),
        Format::Tap => Ok(tap::render(result, options)),
        Format::Sarif => sarif::render(result, options),
        Format::Github => Ok(github::annotations(result, options)),
        Format::GithubSummary => Ok(github::summary(result, options)),
        Format::Markdown => Ok(markdown::render(result, options)),
        Format::Html => Ok(html::render(result, options)),
        Format::Badge => badge::render(result),
    }
}

/// Tells a finished run to a live report, event by event, as it was told while it ran.
pub fn tell(result: &RunResult, sink: &mut dyn Sink) {
    sink.event(&Event::RunStarted {
        suite: &result.suite,
        target: &result.target,
        run: &result.run,
        cases: result.cases.len(),
    });
    for (index, case) in result.cases.iter().enumerate() {
        sink.event(&Event::CaseStarted { id: &case.id, title: &case.title, index });
        sink.event(&Event::CaseFinished { result: case, index });
    }
    sink.event(&Event::RunFinished { result });
}

/// A report that is made while the run goes on.
pub trait Reporter: Sink {
    /// Ends the report and tells the first error met. A reader that went away (a closed pipe) is none.
    fn finish(self: Box<Self>) -> Result<(), ReportError>;
}

/// A live report on `writer`. Formats that need the whole result are written when the run is over.
pub fn live<'a, W: io::Write + 'a>(format: Format, writer: W, options: &Options) -> Box<dyn Reporter + 'a> {
    match format {
        Format::Human => Box::new(Human::new(writer, options.clone())),
        Format::Ndjson => Box::new(Ndjson::new(writer)),
        _ => Box::new(AtTheEnd { format, options: options.clone(), stream: Stream::new(writer), failed: None }),
    }
}

/// A report written once the run is over.
struct AtTheEnd<W> {
    format: Format,
    options: Options,
    stream: Stream<W>,
    failed: Option<ReportError>,
}

impl<W: io::Write> Sink for AtTheEnd<W> {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::RunFinished { result } = event {
            match render(self.format, result, &self.options) {
                Ok(text) => self.stream.write(&text),
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

impl<W: io::Write> Reporter for AtTheEnd<W> {
    fn finish(self: Box<Self>) -> Result<(), ReportError> {
        match self.failed {
            Some(error) => Err(error),
            None => self.stream.finish(),
        }
    }
}

/// A stream that keeps its first error, so that a full disk does not end a run, and that takes a reader's leaving for
/// the end of the output.
struct Stream<W> {
    writer: W,
    error: Option<io::Error>,
}

impl<W: io::Write> Stream<W> {
    fn new(writer: W) -> Self {
        Self { writer, error: None }
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none()
            && let Err(error) = self.writer.write_all(text.as_bytes()).and_then(|()| self.writer.flush())
        {
            self.error = Some(error);
        }
    }

    fn finish(self) -> Result<(), ReportError> {
        match self.error {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_of_its_own_and_the_refusal_lists_it() {
        let refusal = "xml".parse::<Format>().unwrap_err().to_string();
        for format in Format::ALL {
            assert_eq!(format.as_str().parse::<Format>(), Ok(format));
            assert!(refusal.contains(format.as_str()));
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_but_a_full_disk_is() {
        struct Broken(io::ErrorKind);
        impl io::Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for (kind, fine) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
            for format in Format::ALL {
                let mut reporter = live(format, Broken(kind), &Options::default());
                let result = crate::sample::run_result();
                tell(&result, &mut *reporter);
                assert_eq!(reporter.finish().is_ok(), fine, "{format}");
            }
        }
    }
}
