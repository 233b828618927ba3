//! One profile file, read and checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ProfileError, Switches};
use crate::era::version::Version;

/// A profile as its file says it.
#[derive(Debug)]
pub struct ProfileFile {
    /// The profile's name.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// The profile it starts from.
    pub extends: Option<String>,
    /// First version it covers.
    pub from: Version,
    /// First version it no longer covers.
    pub until: Version,
    /// The version it reports when none is asked for.
    pub reports: Version,
    /// Whether an exact version may choose it.
    pub by_version: bool,
    /// The version whose endpoints it has, where that is not the one it reports.
    pub stand_in: Option<Version>,
    /// Whether it rests on unreleased code.
    pub preview: bool,
    /// What it changes, in order.
    pub changes: Vec<Change>,
}

/// Switches that changed together.
#[derive(Debug)]
pub struct Change {
    /// The version the change came with; `None` for a choice of the profile that holds for all its versions.
    pub since: Option<Version>,
    /// Document or server source that shows it.
    pub source: String,
    /// New values by switch name.
    pub set: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    name: String,
    title: String,
    #[serde(default)]
    extends: Option<String>,
    from: String,
    until: String,
    reports: String,
    #[serde(default)]
    by_version: bool,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    stand_in: Option<String>,
    changes: Vec<RawChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChange {
    #[serde(default)]
    since: Option<String>,
    source: String,
    set: BTreeMap<String, String>,
}

impl ProfileFile {
    /// Reads a profile file's text.
    ///
    /// # Errors
    /// [`ProfileError::File`] with line and column for broken JSON and unknown keys, with a JSON pointer for everything else.
    pub fn read(file: &str, text: &str) -> Result<Self, ProfileError> {
        let refuse = |reason: String| ProfileError::File { file: file.to_owned(), reason };
        let raw: RawProfile = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        let version = |pointer: &str, text: &str| {
            text.parse::<Version>().map_err(|error| refuse(format!("at {pointer}: {error}")))
        };
        let mut changes = Vec::with_capacity(raw.changes.len());
        for (index, change) in raw.changes.into_iter().enumerate() {
            for (switch, value) in &change.set {
                Switches::check(switch, value)
                    .map_err(|error| refuse(format!("at /changes/{index}/set/{switch}: {error}")))?;
            }
            let since = change.since.map(|since| version(&format!("/changes/{index}/since"), &since)).transpose()?;
            changes.push(Change { since, source: change.source, set: change.set });
        }
        let profile = Self {
            from: version("/from", &raw.from)?,
            until: version("/until", &raw.until)?,
            reports: version("/reports", &raw.reports)?,
            stand_in: raw.stand_in.map(|text| version("/stand_in", &text)).transpose()?,
            name: raw.name,
            title: raw.title,
            extends: raw.extends,
            by_version: raw.by_version,
            preview: raw.preview,
            changes,
        };
        if !profile.covers(&profile.reports) {
            let (from, until) = (&profile.from, &profile.until);
            return Err(refuse(format!("at /reports: {} is not from {from} on, before {until}", profile.reports)));
        }
        Ok(profile)
    }

    /// Whether `version` lies in the profile's range.
    pub fn covers(&self, version: &Version) -> bool {
        self.from <= *version && *version < self.until
    }

    /// Sorts the profiles no version chooses (the published page) before the eras.
    pub(super) fn rank(&self) -> u8 {
        u8::from(self.by_version)
    }
}

impl Change {
    /// Whether a server of `version` has the change.
    pub fn applies_to(&self, version: &Version) -> bool {
        self.since.as_ref().is_none_or(|since| since <= version)
    }
}
