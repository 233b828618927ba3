//! Where a case is written: its file, the line on which its entry begins, the folder it came from.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The place of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file: below `conformance/cases` of the repository, or below the folder given with `--cases`, as that was given.
    pub file: String,
    /// The line on which the entry begins, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A folder of cases given with `--cases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFolder {
    /// Its path, as it was given.
    pub path: String,
    /// Whether its cases are the only ones (`--replace-cases`).
    pub replaces: bool,
}

/// The lines on which the entries of `cases` begin. Fails on what is not JSON; the rest of the file is not looked at.
pub(super) fn lines_of_cases(text: &str) -> Result<Vec<usize>, serde_json::Error> {
    // Borrowed raw values are slices of `text`, so that their addresses tell where they stand in it.
    #[derive(Deserialize)]
    struct Entries<'a> {
        #[serde(borrow, default)]
        cases: Vec<&'a RawValue>,
    }
    let entries: Entries<'_> = serde_json::from_str(text)?;
    let (mut line, mut from) = (1, 0);
    let line_of = |entry: &&RawValue| {
        let at = entry.get().as_ptr().addr() - text.as_ptr().addr();
        line += text.get(from..at).unwrap_or_default().matches('\n').count();
        from = at;
        line
    };
    Ok(entries.cases.iter().map(line_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_begins_where_its_brace_stands() {
        let text = "{\"format\": 1,\n\"note\": \"{\\\"cases\\\": [\", \"cases\": [\n  {\n\"a\": [{}] }, {},\r\n\n  { \"b\": 1 }\n]}";
        assert_eq!(lines_of_cases(text).unwrap(), [3, 4, 6]);
        assert_eq!(lines_of_cases("{}").unwrap(), Vec::<usize>::new());
        assert!(lines_of_cases("{\"cases\": [").is_err());
    }
}
