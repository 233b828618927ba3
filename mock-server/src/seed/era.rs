//! Which shape the statistics record has in a server version.

use std::sync::LazyLock;

use record_schema::{Era, Table};
use serde_json::Value as Json;

use super::counts::Counting;
use super::fields::{self, FIELDS, Field};
use crate::era::version::Version;

/// Eras and fields of the record. The oldest era serves older versions too.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "both texts are part of the program, and every test here reads them")]
    Table::parse(
        include_str!("../../../schemas/api/statistics/record.json"),
        include_str!("../../../schemas/api/statistics/fields.tsv"),
    )
    .expect("the table of fields that the program carries")
});

/// Dates to 5.2.
static DATES_AT_FIRST: &[&str] = &[
    "installedAt",
    "lastLogin",
    "lastMessageSentAt",
    "lastSeenSubscription",
    "migration.lockedAt",
    "createdAt",
    "_updatedAt",
];
/// Dates from 5.3 to 6.1: `installedAt` is stored as ISO text.
static DATES_FROM_5_3: &[&str] = &[
    "lastLogin",
    "lastMessageSentAt",
    "lastSeenSubscription",
    "migration.lockedAt",
    "migration._updatedAt",
    "createdAt",
    "_updatedAt",
];
/// Dates from 6.2: `lastLogin` and `lastSeenSubscription` are JavaScript date text.
static DATES_FROM_6_2: &[&str] =
    &["lastMessageSentAt", "migration.lockedAt", "migration._updatedAt", "createdAt", "_updatedAt"];

/// The shape of the records of one server version: fields and their order, types, ids, schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEra {
    version: Version,
}

/// What the ids of records look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdKind {
    /// 17 characters of Meteor's random alphabet.
    Meteor,
    /// 24 hexadecimal digits, the first eight the second of the insert.
    ObjectId,
}

/// How often the server makes a record by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
}

impl Schedule {
    /// Milliseconds between two records.
    pub(super) fn period_ms(self) -> i64 {
        match self {
            Self::Hourly => 3_600_000,
            Self::Daily => 86_400_000,
        }
    }
}

impl RecordEra {
    /// The shape of the records that a server of this version writes. Known from 0.51 to 8.8; older versions are taken
    /// for 0.51, newer ones for 8.8.
    pub fn for_version(version: Version) -> Self {
        Self { version }
    }

    /// The version the shape belongs to.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Dotted paths of what is stored as a date; everything else that looks like one is stored as text.
    ///
    /// `installedAt` became text in 5.3, `lastLogin` and `lastSeenSubscription` in 6.2. `migration.buildAt` always was: it
    /// is copied from the build's own information (upstream: `server/lib/migrations.ts`).
    pub fn date_paths(&self) -> &'static [&'static str] {
        if self.has_date_text() {
            DATES_FROM_6_2
        } else if self.version.at_least(5, 3, 0) {
            DATES_FROM_5_3
        } else {
            DATES_AT_FIRST
        }
    }

    /// The JSON schema (2020-12) of the records as they leave the server, built from `schemas/api/statistics/fields.tsv`.
    pub fn schema(&self) -> Json {
        TABLE.schema(self.schema_era())
    }

    /// The schema's name: the first version it describes.
    pub fn schema_name(&self) -> &'static str {
        self.schema_era().name()
    }

    /// The era of each schema's first version that the mock serves, oldest first.
    pub(super) fn of_each_schema() -> impl DoubleEndedIterator<Item = Self> {
        TABLE.eras().iter().map(|era| {
            let (major, minor, patch) = era.since().max((0, 61, 0));
            Self::for_version(Version::new(major, minor, patch))
        })
    }

    fn schema_era(&self) -> &'static Era {
        let reached = |era: &&Era| {
            let (major, minor, patch) = era.since();
            self.version.at_least(major, minor, patch)
        };
        #[expect(clippy::indexing_slicing, reason = "a table has eras")]
        TABLE.eras().iter().rev().find(reached).unwrap_or(&TABLE.eras()[0])
    }

    /// The fields that this version writes, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(|field| field.is_written_by(&self.version))
    }

    /// Whether this version writes the field `inner` of the field `outer`, which it writes.
    pub(super) fn has_nested(&self, outer: &str, inner: &str) -> bool {
        fields::is_nested_written_by(outer, inner, &self.version)
    }

    /// What ids look like. `ObjectId` text since records are inserted through the raw model (4.2.0).
    pub(super) fn id_kind(&self) -> IdKind {
        if self.version.at_least(4, 2, 0) { IdKind::ObjectId } else { IdKind::Meteor }
    }

    /// Whether `lastLogin` and `lastSeenSubscription` are JavaScript date text (6.2.0).
    pub(super) fn has_date_text(&self) -> bool {
        self.version.at_least(6, 2, 0)
    }

    /// Whether the collector's token is kept in the record (6.5.0).
    pub(super) fn has_token(&self) -> bool {
        self.version.at_least(6, 5, 0)
    }

    /// What is counted, and how: people alone as active or inactive since 3.0.0, the sum of messages since 3.1.0, busy users since 3.11.0,
    /// messages of discussions since 6.5.0.
    pub(super) fn counting(&self) -> Counting {
        Counting {
            people_only: self.version.at_least(3, 0, 0),
            message_sums: self.version.at_least(3, 1, 0),
            busy_users: self.version.at_least(3, 11, 0),
            discussion_messages: self.version.at_least(6, 5, 0),
        }
    }

    /// Whether `oplogEnabled` is written when false, too (1.0.3).
    pub(super) fn always_tells_change_watcher(&self) -> bool {
        self.version.at_least(1, 0, 3)
    }

    /// How often records are made: daily since 5.0.0.
    pub(super) fn schedule(&self) -> Schedule {
        if self.version.at_least(5, 0, 0) { Schedule::Daily } else { Schedule::Hourly }
    }

    /// Whether the cron's minute is that of the server's start (to 2.3); later it is minute 12 (of the hour of the
    /// start, where daily).
    pub(super) fn schedule_follows_start(&self) -> bool {
        !self.version.at_least(2, 4, 0)
    }

    /// Whether records of both eras can stand in one collection and be read alike: same schema, dates and ids.
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        self.schema_name() == other.schema_name()
            && std::ptr::eq(self.date_paths(), other.date_paths())
            && self.id_kind() == other.id_kind()
    }

    /// The versions a workspace had on its way to this one, oldest first, this one last; all with records that
    /// [read alike](Self::reads_like).
    pub(super) fn upgrade_path(&self) -> Vec<Version> {
        let Version { major, minor, .. } = self.version;
        let mut path: Vec<Version> = (1..=2)
            .rev()
            .filter_map(|step| Some(Version::new(major, minor.checked_sub(step)?, 0)))
            .chain([Version::new(major, minor, 0)])
            .filter(|earlier| *earlier < self.version && Self::for_version(earlier.clone()).reads_like(self))
            .collect();
        if path.is_empty() {
            path.extend(format!("{major}.{minor}.0-rc.1").parse());
            path.retain(|earlier| Self::for_version(earlier.clone()).reads_like(self));
        }
        path.push(self.version.clone());
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn era(version: &str) -> RecordEra {
        RecordEra::for_version(version.parse().unwrap())
    }

    #[test]
    fn every_version_has_the_newest_schema_that_describes_it() {
        for (version, name) in [
            ("0.51.0", "0.55"),
            ("0.61.0-develop", "0.55"),
            ("0.66.0", "0.66"),
            ("2.4.14", "1.3"),
            ("3.9.9", "3.2"),
            ("4.1.0", "3.18"),
            ("6.4.9", "6.2"),
            ("7.1.0", "6.5"),
            ("7.13.0", "7.2"),
            ("8.7.0-rc.3", "8.0"),
            ("9.0.0", "8.0"),
        ] {
            assert_eq!(era(version).schema_name(), name, "{version}");
        }
    }

    #[test]
    fn a_workspace_was_upgraded_through_versions_that_read_alike() {
        let path = |version: &str| era(version).upgrade_path().iter().map(Version::to_string).collect::<Vec<_>>();
        assert_eq!(path("6.13.1"), ["6.11.0", "6.12.0", "6.13.0", "6.13.1"]);
        assert_eq!(path("5.4.0"), ["5.3.0", "5.4.0"], "5.2 stored installedAt as a date");
        assert_eq!(path("3.0.0"), ["3.0.0-rc.1", "3.0.0"]);
        assert_eq!(path("7.2.0"), ["7.2.0-rc.1", "7.2.0"], "7.1 has another schema");
    }
}
