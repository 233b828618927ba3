//! Reports: renderings of one finished result, and live views of a run. Each format is one file; all of them see only
//! `model`, `event` and `outcome`.

mod human;

use std::io::Write;

use crate::event::Sink;
use crate::model::RunResult;

/// What a report may take into account besides the result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Whether terminal colours are wanted.
    pub color: bool,
    /// Whether the output is a terminal, so that a progress bar makes sense.
    pub terminal: bool,
    /// Whether passed cases are listed too.
    pub verbose: bool,
}

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// No such format.
    #[error("unknown format `{0}`: expected one of {names}", names = NAMES.join(", "))]
    Unknown(String),
    /// The result cannot be written in this format.
    #[error("cannot write the result as {0}: {1}")]
    Render(&'static str, String),
}

/// The formats there are.
pub const NAMES: [&str; 2] = ["human", "json"];

/// Renders a finished result in the format called `name`.
pub fn render(name: &str, result: &RunResult, style: Style) -> Result<String, ReportError> {
    match name {
        "human" => Ok(human::render(result, style)),
        "json" => serde_json::to_string_pretty(result)
            .map(|text| text + "\n")
            .map_err(|error| ReportError::Render("json", error.to_string())),
        other => Err(ReportError::Unknown(other.to_owned())),
    }
}

/// A view that writes while the run goes on, for the formats that have one. What it wrote when the run is finished is
/// the whole report, so nothing is rendered afterwards.
pub fn live<'a>(name: &str, out: Box<dyn Write + 'a>, style: Style) -> Option<Box<dyn Sink + 'a>> {
    match name {
        "human" => Some(Box::new(human::Live::new(out, style))),
        _ => None,
    }
}
