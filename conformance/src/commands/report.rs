//! `report`: render a recorded result again.

use std::path::Path;

use super::output::Outputs;
use super::{Failure, load_result};
use crate::cli::OutputArgs;

/// Ends with the exit code of the run that is rendered, so that a pipeline can render in a later step.
pub(super) fn report(file: &Path, output: &OutputArgs) -> Result<u8, Failure> {
    let result = load_result(file)?;
    Outputs::new(output)?.finish(&result, false)?;
    Ok(result.summary.exit_code)
}
