//! Where results are written: `--format NAME[=PATH]`.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anstream::ColorChoice;
use conformance::event::{Event, Sink};
use conformance::exit::Exit;
use conformance::model::RunResult;
use conformance::report::{self, Style};

use super::Failure;
use crate::cli::{Color, OutputArgs};

/// The outputs of a run.
pub(super) struct Outputs {
    /// The format on standard output.
    stdout: String,
    files: Vec<(String, PathBuf)>,
    overwrite: bool,
    style: Style,
}

impl Outputs {
    /// Reads the arguments. Fails on unknown formats, on two formats for standard output, and on files that are there.
    pub(super) fn new(args: &OutputArgs) -> Result<Self, Failure> {
        let (mut stdout, mut files) = (None, Vec::new());
        for format in &args.formats {
            let (name, path) = match format.split_once('=') {
                Some((name, path)) => (name, Some(PathBuf::from(path))),
                None => (format.as_str(), None),
            };
            if !report::NAMES.contains(&name) {
                return Err(report::ReportError::Unknown(name.to_owned()).into());
            }
            match path {
                Some(path) if path.as_os_str().is_empty() => {
                    return Err(Failure::new(Exit::Usage, format!("--format {format}: the path is empty")));
                }
                Some(path) if path.exists() && !args.overwrite => {
                    return Err(Failure::new(
                        Exit::Usage,
                        format!("{} is there already: add --overwrite to replace it", path.display()),
                    ));
                }
                Some(path) => files.push((name.to_owned(), path)),
                None if stdout.is_some() => {
                    return Err(Failure::new(
                        Exit::Usage,
                        "only one format can go to standard output: give the others a path, --format NAME=PATH",
                    ));
                }
                None => stdout = Some(name.to_owned()),
            }
        }
        let terminal = std::io::stdout().is_terminal();
        let color = match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never,
        };
        let style = Style { color, terminal, verbose: args.verbose };
        Ok(Self { stdout: stdout.unwrap_or_else(|| "human".to_owned()), files, overwrite: args.overwrite, style })
    }

    /// The view that writes to standard output while a run goes on, if its format has one.
    pub(super) fn live(&self) -> Option<Box<dyn Sink>> {
        report::live(&self.stdout, Box::new(std::io::stdout()), self.style)
    }

    /// Writes everything that is written at the end. `shown_live` when standard output has been served already.
    pub(super) fn finish(&self, result: &RunResult, shown_live: bool) -> Result<(), Failure> {
        if !shown_live {
            let text = report::render(&self.stdout, result, self.style)?;
            // A closed pipe is the reader's business.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
        for (name, path) in &self.files {
            let style = Style { color: false, terminal: false, verbose: true };
            let text = report::render(name, result, style)?;
            let written = if self.overwrite {
                fs::write(path, text)
            } else {
                fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()))
            };
            written.map_err(|error| Failure::new(Exit::Usage, format!("cannot write {}: {error}", path.display())))?;
        }
        Ok(())
    }
}

/// A sink for runs that show nothing while they go on.
pub(super) fn silent(_: &Event<'_>) {}
