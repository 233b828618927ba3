//! `compare`: what changed between two results.

use std::path::Path;

use conformance::report::compare;

use super::{Failure, load_result, say};
use crate::cli::CompareFormat;

/// Ends with 1 if a case that counts has regressed.
pub(super) fn compare(old: &Path, new: &Path, format: CompareFormat) -> Result<u8, Failure> {
    let comparison = compare::compare(&load_result(old)?, &load_result(new)?);
    say(&match format {
        CompareFormat::Human => compare::human(&comparison),
        CompareFormat::Markdown => compare::markdown(&comparison),
        CompareFormat::Json => compare::json(&comparison)?,
    })?;
    Ok(comparison.exit_code)
}
