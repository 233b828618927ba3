//! What a target is judged by: the published page, or the server of a version. Which versions there are is data,
//! `cases/versions.json`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Found;
use crate::case::{Judge, Version, VersionRange};

/// The versions that the contract was read from.
static VERSIONS: LazyLock<Versions> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../cases/versions.json"))
        .unwrap_or_else(|why| unreachable!("the versions inside the binary: {why}"))
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    /// Those that the suite knows something of.
    known: VersionRange,
    /// Each major version, oldest first.
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The last version that was read; what `--profile 6` means.
    last: String,
    /// What was read.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the readers of the file; a test wants one on every line"))]
    source: String,
}

/// What `--profile` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Profile {
    /// The version the target reports.
    #[default]
    Auto,
    /// The published page.
    Documented,
    /// This version, as given.
    Version(Version),
}

/// A profile that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a profile: expected auto, documented, or a version from 0.51 to 9 such as 6 or 6.14.0 (what the suite knows is in docs/case-format.md)"
)]
pub struct UnknownProfile(String);

impl Profile {
    /// Reads `auto`, `documented` or a version. Versions the suite knows nothing of are refused rather than guessed at.
    pub fn parse(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "auto" => Ok(Self::Auto),
            "documented" => Ok(Self::Documented),
            _ => Self::of_version(text).ok_or_else(|| UnknownProfile(text.to_owned())),
        }
    }

    fn of_version(text: &str) -> Option<Self> {
        let bare = text.trim_end_matches(".x");
        let version = Version::parse(bare).ok().filter(known)?;
        let whole_line = !bare.contains('.');
        let last = VERSIONS.lines.get(usize::try_from(version.major()).ok()?);
        match last {
            Some(line) if whole_line => Version::parse(&line.last).ok().map(Self::Version),
            _ => Some(Self::Version(version)),
        }
    }
}

fn known(version: &Version) -> bool {
    // `0` stands for the whole line, as `6` does, though no version of it that is known is as old as 0.0.
    let is_zero_line = version.major() == 0 && Version::parse("0").is_ok_and(|zero| *version == zero);
    is_zero_line || VERSIONS.known.contains(version)
}

/// What the target is judged by, or why that cannot be said.
pub fn judge(profile: &Profile, found: &Found) -> Result<Judge, String> {
    match profile {
        Profile::Documented => Ok(Judge::Documented),
        Profile::Version(version) => Ok(Judge::Version(match &found.version {
            // Within the line asked for, the exact version the target reports is the better judge.
            Some(reported) if reported.major() == version.major() && version.major() > 0 => reported.clone(),
            _ => version.clone(),
        })),
        Profile::Auto => match &found.version {
            Some(version) if known(version) => Ok(Judge::Version(version.clone())),
            Some(version) => Err(format!(
                "the target reports version {version}, which this suite knows nothing of: choose what to judge by with --profile documented or --profile VERSION"
            )),
            None => Err("the target's version could not be found: choose what to judge by with --profile documented or --profile VERSION".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_known_version_and_a_source() {
        for (major, line) in VERSIONS.lines.iter().enumerate() {
            let version = Version::parse(&line.last).unwrap();
            assert_eq!(version.major(), major as u64, "{}", line.last);
            assert!(VERSIONS.known.contains(&version) && !line.source.is_empty(), "{}", line.last);
        }
    }

    #[test]
    fn profiles() {
        assert_eq!(Profile::parse("auto"), Ok(Profile::Auto));
        let Ok(Profile::Version(six)) = Profile::parse("6") else { panic!("6 is a profile") };
        assert_eq!(six.to_string(), "6.13.0");
        let Ok(Profile::Version(exact)) = Profile::parse("6.5.2") else { panic!("6.5.2 is a profile") };
        assert_eq!(exact.to_string(), "6.5.2");
        for text in ["seven", "10", "0.50.0", "6.x.y", ""] {
            assert!(Profile::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_reported_version_judges_within_its_line() {
        let found = |text: &str| Found { version: Version::parse(text).ok(), source: String::new() };
        let judged = |profile: &str, reported: &str| judge(&Profile::parse(profile).unwrap(), &found(reported));
        let version = |text: &str| Ok(Judge::Version(Version::parse(text).unwrap()));
        assert_eq!(judged("6", "6.8.0"), version("6.8.0"));
        assert_eq!(judged("6", "0.61.0"), version("6.13.0"));
        assert_eq!(judged("auto", "0.61.0-develop"), version("0.61.0"));
        assert_eq!(judged("documented", "8.0.0"), Ok(Judge::Documented));
        assert!(judged("auto", "12.0.0").unwrap_err().contains("--profile"));
        assert!(judged("auto", "nonsense").unwrap_err().contains("--profile"));
    }
}
