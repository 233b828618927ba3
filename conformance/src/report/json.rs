//! The canonical report: the result model as JSON, and back. Described by `schemas/report.schema.json`.

use serde::Deserialize;

use crate::model::{FORMAT, RunResult};
use crate::report::{ReportError, inert};

/// Why a file is not a report this build can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or not a report.
    #[error("not a report of this tester: {0}")]
    NotAReport(#[from] serde_json::Error),
    /// It is a report of a format this build does not know.
    #[error(
        "report format {0} is not known to this version, which reads format {FORMAT}: use the version that wrote it"
    )]
    Format(u32),
}

/// The canonical report.
pub(super) fn render(result: &RunResult) -> Result<String, ReportError> {
    let mut text = inert::json(&serde_json::to_string_pretty(result)?);
    text.push('\n');
    Ok(text)
}

/// Reads a canonical report. Members it does not know are skipped, since a format only ever gains members.
pub fn read(text: &str) -> Result<RunResult, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_str(text)?;
    if head.format != FORMAT {
        return Err(ReadError::Format(head.format));
    }
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_report_reads_back_as_it_was() {
        let result = sample::run_result();
        assert_eq!(read(&render(&result).unwrap()).unwrap(), result);
    }

    #[test]
    fn other_formats_and_other_files_are_refused_with_the_reason() {
        let newer = render(&sample::run_result()).unwrap().replacen("\"format\": 1", "\"format\": 2", 1);
        assert!(read(&newer).unwrap_err().to_string().contains("format 2 is not known"));
        assert!(read("{}").unwrap_err().to_string().starts_with("not a report of this tester"));
        assert!(read("<html>").is_err());
    }

    #[test]
    fn members_of_later_versions_are_skipped() {
        let later = render(&sample::run_result()).unwrap().replacen('{', "{\"added_later\": [1],", 1);
        assert_eq!(read(&later).unwrap(), sample::run_result());
    }
}
