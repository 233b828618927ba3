//! What one endpoint or rule does differently from version to version, told where it is done.
//!
//! Switches ([`super::Switches`]) are of the protocol: many endpoints feel them, and profile files set them. A fact is of one endpoint or
//! of one rule. It stands beside the code that asks it, every change of its value with version and source, and an endpoint lists the
//! facts it knows in its declaration, so that `mock-server profiles diff` prints them beside the switches.

use std::fmt::Debug;

use super::Profile;

/// Something whose value depends on the version. Made by [`facts!`](crate::era::facts).
#[derive(Debug)]
pub struct Fact<T: 'static> {
    /// What the value says, in a few words.
    pub about: &'static str,
    /// The value before the first step.
    pub first: T,
    /// The value in a profile that stands in for a version ([`Profile::stand_in`]) where it is not that version's, with its source.
    pub documented: Option<(T, &'static str)>,
    /// The changes, oldest first.
    pub steps: &'static [Step<T>],
}

/// One change of a fact's value.
#[derive(Debug)]
pub struct Step<T> {
    /// The version that brought it.
    pub since: (u32, u32, u32),
    /// The value from then on.
    pub value: T,
    /// The server source or document that shows it.
    pub source: &'static str,
}

impl<T: Copy> Fact<T> {
    /// The value a server of `profile` has.
    pub fn of(&self, profile: &Profile) -> T {
        match &self.documented {
            Some((value, _)) if profile.stand_in.is_some() => *value,
            _ => self.step(profile).map_or(self.first, |step| step.value),
        }
    }
}

impl<T> Fact<T> {
    fn step(&self, profile: &Profile) -> Option<&Step<T>> {
        let version = profile.api_version();
        self.steps.iter().rev().find(|step| version.at_least(step.since.0, step.since.1, step.since.2))
    }
}

/// A fact's value as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The value.
    pub value: String,
    /// The version the value came with; `None` for the first value and for a stand-in's own.
    pub since: Option<String>,
    /// Where it is shown; `None` for the first value.
    pub source: Option<&'static str>,
}

/// A fact of any type, to be listed.
pub trait AnyFact: Sync {
    /// What the value says.
    fn about(&self) -> &'static str;
    /// The value a server of `profile` has, and where it comes from.
    fn shown(&self, profile: &Profile) -> Shown;
}

impl<T: Copy + Debug + Sync> AnyFact for Fact<T> {
    fn about(&self) -> &'static str {
        self.about
    }

    fn shown(&self, profile: &Profile) -> Shown {
        let show = |value: &T| format!("{value:?}");
        match (&self.documented, self.step(profile)) {
            (Some((value, source)), _) if profile.stand_in.is_some() => {
                Shown { value: show(value), since: None, source: Some(source) }
            }
            (_, Some(step)) => {
                let (major, minor, patch) = step.since;
                let since = Some(format!("{major}.{minor}.{patch}"));
                Shown { value: show(&step.value), since, source: Some(step.source) }
            }
            (_, None) => Shown { value: show(&self.first), since: None, source: None },
        }
    }
}

/// Declares facts. The documentation comment becomes what `profiles diff` prints.
///
/// ```text
/// facts! {
///     /// tells which of name and address is taken
///     pub TELLS_EARLY: bool = false {
///         documented => true, "the page lists both texts";
///         (7, 0, 0) => true, "apps/meteor/server/methods/registerUser.ts @ 7.0.0";
///     }
/// }
/// ```
macro_rules! facts {
    ($(
        #[doc = $about:literal]
        $visibility:vis $name:ident: $kind:ty = $first:expr => {
            $( documented => $documented:expr, $documented_source:literal; )?
            $( ($major:literal, $minor:literal, $patch:literal) => $value:expr, $source:literal; )+
        }
    )+) => { $(
        #[doc = $about]
        $visibility static $name: $crate::era::fact::Fact<$kind> = $crate::era::fact::Fact {
            about: $crate::era::fact::trimmed($about),
            first: $first,
            documented: $crate::era::fact::facts!(@documented $( $documented, $documented_source )?),
            steps: &[ $( $crate::era::fact::Step { since: ($major, $minor, $patch), value: $value, source: $source } ),+ ],
        };
    )+ };
    (@documented) => { None };
    (@documented $value:expr, $source:literal) => { Some(($value, $source)) };
}
pub(crate) use facts;

/// A documentation comment without the blank it begins with.
pub const fn trimmed(comment: &'static str) -> &'static str {
    match (comment.as_bytes().first(), comment.split_at_checked(1)) {
        (Some(b' '), Some((_, rest))) => rest,
        _ => comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fixtures;
    use crate::era::Profiles;

    facts! {
        /// what it answers
        ANSWERS: u8 = 1 => {
            documented => 9, "the page";
            (3, 0, 0) => 2, "source of 3.0";
            (6, 2, 1) => 3, "source of 6.2.1";
        }
        /// whether it is there
        THERE: bool = false => { (6, 13, 0) => true, "source of 6.13"; }
    }

    fn profile(name: &str) -> Profile {
        let texts = Fixtures::embedded().profiles().unwrap();
        let profiles = Profiles::read(texts.iter().map(|(file, text)| (file.as_str(), text.as_str()))).unwrap();
        match name.parse() {
            Ok(version) => profiles.resolve(None, Some(&version)).unwrap(),
            Err(_) => profiles.resolve(Some(name), None).unwrap(),
        }
    }

    #[test]
    fn the_last_step_that_the_version_reached_counts() {
        for (version, value) in
            [("2.4.0", 1), ("3.0.0", 2), ("6.2.0", 2), ("6.2.1", 3), ("8.7.0", 3), ("documented", 9)]
        {
            assert_eq!(ANSWERS.of(&profile(version)), value, "{version}");
        }
    }

    #[test]
    fn a_stand_in_has_the_facts_of_the_version_it_names() {
        assert!(THERE.of(&profile("documented")));
        assert!(!THERE.of(&profile("0.61.0")));
    }

    #[test]
    fn what_is_shown_names_version_and_source() {
        let shown = |value: &str, since: Option<&str>, source| Shown {
            value: value.into(),
            since: since.map(Into::into),
            source,
        };
        assert_eq!(ANSWERS.shown(&profile("3")), shown("2", Some("3.0.0"), Some("source of 3.0")));
        assert_eq!(ANSWERS.shown(&profile("documented")), shown("9", None, Some("the page")));
        assert_eq!(THERE.shown(&profile("3")), shown("false", None, None));
        assert_eq!(THERE.about(), "whether it is there");
    }
}
