//! Where results are written, as the arguments have it.

use std::io;

use anstream::ColorChoice;
use conformance::model::RunResult;
use conformance::report::output::{GithubActions, Outputs};
use conformance::report::{Options, Reporter, Verbosity};

use super::Failure;
use crate::cli::{Color, OutputArgs};

/// The outputs of a command. Fails on what could not be written in the end.
pub(super) fn outputs(args: &OutputArgs) -> Result<Outputs, Failure> {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, false) => Verbosity::Normal,
        (false, true) => Verbosity::Verbose,
    };
    let color = match args.color {
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
        Color::Auto => ColorChoice::Auto,
    };
    let options = Options { verbosity, ..Options::default() };
    Ok(Outputs::new(&args.formats, args.overwrite, &GithubActions::from_env(), color, options)?)
}

/// Ends the live report and writes the files, which are tried even if standard output failed.
pub(super) fn finish(outputs: &Outputs, live: Box<dyn Reporter>, result: &RunResult) -> Result<(), Failure> {
    let shown = live.finish();
    outputs.write(result, &mut io::stderr())?;
    Ok(shown?)
}
