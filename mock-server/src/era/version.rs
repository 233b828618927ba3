//! Rocket.Chat server versions.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A server version such as `6.13.1` or `0.61.0-develop`.
///
/// Versions compare by their three numbers alone: a development or candidate build of 0.61.0 behaves as 0.61.0.
#[derive(Debug, Clone)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
    /// What follows the numbers, with its dash (`-develop`, `-rc.3`); usually empty.
    tail: Box<str>,
}

/// Why a text is not a version.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("\"{0}\" is not a version; expected numbers such as 6.13.1 or 6.13, with an optional tail such as -rc.3")]
pub struct VersionError(String);

impl Version {
    /// The version of these three numbers.
    pub fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch, tail: "".into() }
    }

    /// Whether this version is `major.minor.patch` or later.
    pub fn at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.numbers() >= (major, minor, patch)
    }

    /// Whether this version is `since` or later, and before `until`.
    pub fn is_within(&self, since: (u32, u32, u32), until: Option<(u32, u32, u32)>) -> bool {
        self.numbers() >= since && until.is_none_or(|until| self.numbers() < until)
    }

    /// The first two numbers, as `/api/info` tells them to everybody from 4.0 on.
    pub fn two_part(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }

    fn numbers(&self) -> (u32, u32, u32) {
        (self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// A third number that is left out is 0.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let refused = || VersionError(text.to_owned());
        let (numbers, tail) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
        let mut parts = numbers.split('.').map(|part| {
            let plain = !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain { part.parse::<u32>().map_err(|_| refused()) } else { Err(refused()) }
        });
        let (major, minor) = (parts.next().ok_or_else(refused)??, parts.next().ok_or_else(refused)??);
        let patch = parts.next().transpose()?.unwrap_or(0);
        let version = Self { major, minor, patch, tail: tail.into() };
        if parts.next().is_some() || tail.len() == 1 || !tail.chars().all(|c| c.is_ascii_graphic()) {
            return Err(refused());
        }
        Ok(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}{}", self.major, self.minor, self.patch, self.tail)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.numbers() == other.numbers()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers().cmp(&other.numbers())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_releases_and_development_builds() {
        for text in ["0.61.0", "6.13.1", "0.61.0-develop", "8.7.0-rc.3"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        assert_eq!("6.8".parse::<Version>().unwrap().to_string(), "6.8.0");
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in
            ["", "6", "6.", "6.1.", "6.1.2.3", "v6.1.2", "6.x.0", "6.1.-2", "6.1.2-", "99999999.1.1", "6.1.2-\n"]
        {
            assert_eq!(text.parse::<Version>(), Err(VersionError(text.to_owned())));
        }
    }

    #[test]
    fn compares_part_by_part_as_numbers() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("0.9.0") < version("0.61.0"));
        assert!(version("6.13.0") > version("6.2.9"));
        assert_eq!(version("0.61.0-develop"), version("0.61.0"));
        assert!(version("3.14.2").at_least(3, 14, 2) && !version("3.14.1").at_least(3, 14, 2));
    }
}
