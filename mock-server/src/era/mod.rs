//! Version profiles: how a server of one era behaves, as data.
//!
//! A profile file (`fixtures/profiles/<name>.json`, described by `schemas/profile.schema.json`) says which profile it extends and lists
//! its changes, each with the version it came with and its source. Resolving a version applies the chain's changes up to that
//! version and yields [`Switches`], which is all the rest of the program sees.

pub mod diff;
pub mod documented;
pub mod fact;
mod file;
mod switches;
pub mod version;

use std::collections::BTreeMap;

use thiserror::Error;

pub use file::ProfileFile;
pub use switches::{
    ApiHeaders, BrokenBody, DeprecationHeaders, EmptyCount, Endpoints, ErrorDetails, ExcludedFields, ParameterPresence,
    PermissionRefusal, Preflight, QueryAndFields, QueryCleaner, QueryParser, RateLimitOrder, RateLimiter, RefusalDelay,
    SwitchError, Switches, TwoFactor, UnauthorizedBody, UnknownRoute, Validation, ValueChecks, WrongMethod,
    ZeroSettings,
};

use crate::era::version::Version;

/// The profile a server starts with when none is named.
pub const DEFAULT_PROFILE: &str = "documented";

/// Why profiles could not be read or chosen.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// A profile file is not as `schemas/profile.schema.json` says.
    #[error("profile file {file}: {reason}")]
    File {
        /// The file's name.
        file: String,
        /// What is wrong, with the place in the file.
        reason: String,
    },
    /// No profile has the name.
    #[error("there is no profile \"{name}\"; choose one of {known}")]
    UnknownProfile {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// No profile covers the version.
    #[error("no profile covers Rocket.Chat {version}; versions from {first} on, before {last}, are served")]
    UnknownVersion {
        /// The version asked for.
        version: Version,
        /// The earliest version served.
        first: Version,
        /// The first version no longer served.
        last: Version,
    },
    /// A profile and a version were both named and do not belong together.
    #[error(
        "profile \"{profile}\" does not cover Rocket.Chat {version}; leave out --profile, or choose a version from {from} on, before {until}"
    )]
    Mismatch {
        /// The profile asked for.
        profile: String,
        /// The version asked for.
        version: Version,
        /// First version of the profile.
        from: Version,
        /// First version after it.
        until: Version,
    },
}

/// Where the value of a switch comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The profile whose file sets the value.
    pub profile: String,
    /// The version the change came with; `None` for a choice of the profile itself.
    pub since: Option<String>,
    /// Document or server source that shows the behaviour.
    pub source: String,
}

/// A profile resolved for one version: everything the server needs to answer as that version does.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The version the server reports and takes its records and routes from.
    pub version: Version,
    /// Whether the behaviour rests on unreleased code.
    pub preview: bool,
    /// The version whose endpoints it has, where that is not `version`: the profile of the published page, which lists endpoints of all
    /// ages side by side.
    pub stand_in: Option<Version>,
    /// How it behaves.
    pub switches: Switches,
    /// The source of each switch's value, by switch name.
    pub provenance: BTreeMap<String, Provenance>,
}

impl Profile {
    /// The version whose endpoints it has.
    pub fn api_version(&self) -> &Version {
        self.stand_in.as_ref().unwrap_or(&self.version)
    }
}

/// All profiles there are.
#[derive(Debug)]
pub struct Profiles {
    files: Vec<ProfileFile>,
}

impl Profiles {
    /// Reads profiles from `(file name, text)` pairs, and checks every value and every chain.
    ///
    /// # Errors
    /// [`ProfileError::File`] with the file and the place in it.
    pub fn read<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ProfileError> {
        let mut files =
            texts.into_iter().map(|(file, text)| ProfileFile::read(file, text)).collect::<Result<Vec<_>, _>>()?;
        files.sort_by(|a, b| (a.rank(), &a.from).cmp(&(b.rank(), &b.from)));
        let profiles = Self { files };
        for file in &profiles.files {
            profiles.resolve_file(file, &file.reports)?;
        }
        Ok(profiles)
    }

    /// The profiles' files, the default first, then by version.
    pub fn iter(&self) -> impl Iterator<Item = &ProfileFile> {
        self.files.iter()
    }

    /// Chooses by name, by exact version, or both.
    ///
    /// A name alone reports the version its file names. A version alone takes the profile that covers it. Both together
    /// must agree.
    ///
    /// # Errors
    /// [`ProfileError::UnknownProfile`], [`ProfileError::UnknownVersion`] or [`ProfileError::Mismatch`].
    pub fn resolve(&self, name: Option<&str>, version: Option<&Version>) -> Result<Profile, ProfileError> {
        match (name, version) {
            (Some(name), Some(version)) => {
                let file = self.find(name)?;
                if file.covers(version) {
                    return self.resolve_file(file, version);
                }
                let (from, until) = (file.from.clone(), file.until.clone());
                Err(ProfileError::Mismatch { profile: name.to_owned(), version: version.clone(), from, until })
            }
            (None, Some(version)) => {
                let by_version = || self.files.iter().filter(|file| file.by_version);
                let file = by_version().find(|file| file.covers(version)).ok_or_else(|| {
                    let first = by_version().map(|file| &file.from).min().cloned();
                    let last = by_version().map(|file| &file.until).max().cloned();
                    let none = Version::new(0, 0, 0);
                    ProfileError::UnknownVersion {
                        version: version.clone(),
                        first: first.unwrap_or_else(|| none.clone()),
                        last: last.unwrap_or(none),
                    }
                })?;
                self.resolve_file(file, version)
            }
            (name, None) => {
                let file = self.find(name.unwrap_or(DEFAULT_PROFILE))?;
                self.resolve_file(file, &file.reports)
            }
        }
    }

    fn find(&self, name: &str) -> Result<&ProfileFile, ProfileError> {
        self.files.iter().find(|file| file.name == name).ok_or_else(|| ProfileError::UnknownProfile {
            name: name.to_owned(),
            known: self.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn resolve_file(&self, file: &ProfileFile, version: &Version) -> Result<Profile, ProfileError> {
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        let mut provenance = BTreeMap::new();
        for ancestor in self.chain(file)? {
            for change in ancestor.changes.iter().filter(|change| change.applies_to(version)) {
                for (switch, value) in &change.set {
                    values.insert(switch, value);
                    let origin = Provenance {
                        profile: ancestor.name.clone(),
                        since: change.since.as_ref().map(ToString::to_string),
                        source: change.source.clone(),
                    };
                    provenance.insert(switch.clone(), origin);
                }
            }
        }
        let switches = Switches::read(|name| values.get(name).copied()).map_err(|error| ProfileError::File {
            file: file.name.clone(),
            reason: format!("the chain of profiles leaves a switch open: {error}"),
        })?;
        let (name, version, preview) = (file.name.clone(), version.clone(), file.preview);
        let stand_in = file.stand_in.clone();
        Ok(Profile { name, version, preview, stand_in, switches, provenance })
    }

    /// The file and its ancestors, eldest first.
    fn chain<'a>(&'a self, file: &'a ProfileFile) -> Result<Vec<&'a ProfileFile>, ProfileError> {
        let mut chain = vec![file];
        let mut current = file;
        while let Some(parent) = &current.extends {
            current = self.find(parent)?;
            if chain.iter().any(|known| known.name == current.name) {
                let reason = format!("profile \"{}\" extends itself", current.name);
                return Err(ProfileError::File { file: file.name.clone(), reason });
            }
            chain.push(current);
        }
        chain.reverse();
        Ok(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fixtures;

    fn profiles() -> Profiles {
        Profiles::read(Fixtures::embedded().profiles().unwrap().iter().map(|(a, b)| (a.as_str(), b.as_str()))).unwrap()
    }

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn by_version(text: &str) -> Profile {
        profiles().resolve(None, Some(&version(text))).unwrap()
    }

    #[test]
    fn the_default_is_the_published_page() {
        let profile = profiles().resolve(None, None).unwrap();
        assert_eq!(profile.name, "documented");
        assert_eq!(profile.version.to_string(), "0.61.0");
        assert_eq!(profile.switches.error_details, ErrorDetails::Present);
        assert_eq!(profile.switches.query_and_fields, QueryAndFields::Honoured);
    }

    #[test]
    fn an_exact_version_has_that_versions_differences() {
        assert_eq!(by_version("0.72.0").switches.query_parser, QueryParser::Json);
        assert_eq!(by_version("2.4.0").switches.query_parser, QueryParser::Ejson);
        assert_eq!(by_version("3.0.0").switches.error_details, ErrorDetails::Absent);
        assert_eq!(by_version("3.1.0").switches.error_details, ErrorDetails::Present);
        assert_eq!(by_version("3.14.1").switches.query_cleaner, QueryCleaner::None);
        assert_eq!(by_version("3.14.2").switches.query_cleaner, QueryCleaner::TopLevel);
        assert_eq!(by_version("7.4.0").switches.unauthorized_body, UnauthorizedBody::StatusMessage);
        assert_eq!(by_version("7.5.0").switches.unauthorized_body, UnauthorizedBody::FourKeys);
    }

    #[test]
    fn what_does_not_exist_is_refused_with_the_way_out() {
        let profiles = profiles();
        let message =
            |name, text: Option<&str>| profiles.resolve(name, text.map(version).as_ref()).unwrap_err().to_string();
        assert!(message(Some("12"), None).contains("documented, legacy, 3, 4, 5, 6, 7, 8, 9-preview"));
        assert!(message(None, Some("0.12.0")).contains("from 0.60.0 on"));
        assert!(message(Some("6"), Some("7.0.0")).contains("leave out --profile"));
    }
}
