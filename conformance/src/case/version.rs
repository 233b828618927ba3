//! Server versions and version ranges, compared part by part as numbers.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A server version such as `0.61.0`, `6.14` or `8.7.0-rc.3`.
///
/// Parts that are not written count as zero (anonymous callers of 4.0 and later are told `6.14`, not `6.14.2`), and
/// whatever follows a hyphen is ignored: a `-develop` build is judged as the release it becomes.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    parts: Vec<u64>,
}

/// Why a version or a range could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The text is not numbers separated by dots.
    #[error("`{0}` is not a version: expected numbers separated by dots, such as 6.14.0")]
    NotAVersion(String),
    /// A term of a range does not start with a comparison.
    #[error("`{0}` is not a version range: expected terms such as `>=3.0.0 <7.0.0`")]
    NotARange(String),
}

impl Version {
    /// Reads a version. Fails when a part before the hyphen is not a number.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let bare = text.trim().split(['-', '+']).next().unwrap_or_default();
        let parts: Option<Vec<u64>> = bare.split('.').map(|part| part.parse().ok()).collect();
        match parts {
            Some(parts) if parts.len() <= 4 => Ok(Self { text: text.trim().to_owned(), parts }),
            _ => Err(VersionError::NotAVersion(text.to_owned())),
        }
    }

    /// The first part: `6` of `6.14.0`.
    pub fn major(&self) -> u64 {
        self.parts.first().copied().unwrap_or_default()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.parts.len().max(other.parts.len());
        let part = |parts: &[u64], at: usize| parts.get(at).copied().unwrap_or_default();
        (0..longest)
            .map(|at| part(&self.parts, at).cmp(&part(&other.parts, at)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// A version range: terms separated by blanks must all hold (`>=3.0.0 <7.0.0`), ` || ` separates alternatives, and the
/// empty text or `*` holds for every version.
#[derive(Debug, Clone, Default)]
pub struct VersionRange {
    text: String,
    alternatives: Vec<Vec<(Comparison, Version)>>,
}

impl VersionRange {
    /// Reads a range. Fails on a term without a comparison sign or without a version.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let bare = text.trim();
        let mut alternatives = Vec::new();
        if !bare.is_empty() && bare != "*" {
            for alternative in bare.split("||") {
                let terms: Vec<_> =
                    alternative.split_whitespace().map(|term| Self::term(text, term)).collect::<Result<_, _>>()?;
                if terms.is_empty() {
                    return Err(VersionError::NotARange(text.to_owned()));
                }
                alternatives.push(terms);
            }
        }
        Ok(Self { text: bare.to_owned(), alternatives })
    }

    fn term(whole: &str, term: &str) -> Result<(Comparison, Version), VersionError> {
        const SIGNS: [(&str, Comparison); 5] = [
            (">=", Comparison::GreaterOrEqual),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            ("<", Comparison::Less),
            ("=", Comparison::Equal),
        ];
        for (sign, comparison) in SIGNS {
            if let Some(version) = term.strip_prefix(sign) {
                return Ok((comparison, Version::parse(version)?));
            }
        }
        Err(VersionError::NotARange(whole.to_owned()))
    }

    /// Whether the version lies in the range.
    pub fn contains(&self, version: &Version) -> bool {
        let holds = |(comparison, bound): &(Comparison, Version)| {
            let order = version.cmp(bound);
            match comparison {
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
                Comparison::Equal => order.is_eq(),
            }
        };
        self.alternatives.is_empty() || self.alternatives.iter().any(|terms| terms.iter().all(holds))
    }

    /// Whether the range holds for every version.
    pub fn is_any(&self) -> bool {
        self.alternatives.is_empty()
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_any() { "*" } else { &self.text })
    }
}

impl<'de> Deserialize<'de> for VersionRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for VersionRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn parts_compare_as_numbers() {
        assert!(v("6.9.0") < v("6.14.0"));
        assert!(v("10.0") > v("9.99.99"));
        assert_eq!(v("6.14"), v("6.14.0"));
        assert_eq!(v("0.61.0-develop"), v("0.61.0"));
    }

    #[test]
    fn a_range_needs_all_its_terms() {
        let range = VersionRange::parse(">=3.0.0 <7.0.0").unwrap();
        for (version, inside) in [("2.4.0", false), ("3.0.0", true), ("6.14", true), ("7.0.0", false)] {
            assert_eq!(range.contains(&v(version)), inside, "{version}");
        }
    }

    #[test]
    fn alternatives_and_any() {
        let range = VersionRange::parse("<0.59.0 || >=0.69.0").unwrap();
        assert!(range.contains(&v("0.58.4")) && !range.contains(&v("0.61.0")) && range.contains(&v("1.0")));
        assert!(VersionRange::parse("*").unwrap().contains(&v("0.1")));
        assert!(VersionRange::default().contains(&v("9.0.0")));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["3.0.0", ">=x", ">=1.0 ||", "~1.0"] {
            assert!(VersionRange::parse(text).is_err(), "{text}");
        }
        for text in ["", "six", "1..2", "1.2.3.4.5"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }
}
