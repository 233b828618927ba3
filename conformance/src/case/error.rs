//! Why case files cannot be used.

use std::path::PathBuf;

use serde_json::Value;

use super::FORMAT;

/// A case file, or a file beside case files, that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file is not JSON.
    #[error("{file}: not JSON: {source}")]
    Json {
        /// The file.
        file: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A file of another format.
    #[error("{file}: format {found} is not supported, this build reads format {FORMAT}")]
    Format {
        /// The file.
        file: String,
        /// What it says.
        found: Value,
    },
    /// A file that breaks a rule of `docs/case-format.md`.
    #[error("{file}{pointer}: {message}")]
    Rule {
        /// The file.
        file: String,
        /// JSON pointer into it, after a `#`.
        pointer: String,
        /// The rule.
        message: String,
    },
    /// The folder holds no case file.
    #[error("{} holds no case files (expected <area>/<topic>.json)", .0.display())]
    Empty(PathBuf),
}
