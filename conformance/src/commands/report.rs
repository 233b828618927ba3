//! `report`: render a recorded result again.

use std::path::Path;

use conformance::report::tell;

use super::output::{finish, outputs};
use super::{Failure, load_result};
use crate::cli::OutputArgs;

/// Ends with the exit code of the run that is rendered, so that a pipeline can render in a later step.
pub(super) fn report(file: &Path, output: &OutputArgs) -> Result<u8, Failure> {
    let result = load_result(file)?;
    let mut outputs = outputs(output)?;
    outputs.replays_from(file);
    let mut text = outputs.stdout();
    tell(&result, text.as_mut());
    finish(&outputs, text, &result)?;
    Ok(result.summary.exit_code)
}
