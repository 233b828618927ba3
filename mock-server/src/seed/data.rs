//! The data a seed is made of: the record it ends in, and the workspace it tells of (`fixtures/seeds/`).
//!
//! `documented/<since>.json` holds the last record of the versions from `<since>` on, with every field that any of them
//! writes; `history/workspace.json` says how the workspace came there.

use std::collections::BTreeMap;
use std::path::Path;

use mongo_query::{Document, Key, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use super::counts::{number, whole};
use super::encode::{is_object_id, js_date_text, parse_iso, stats_token};
use super::era::{IdKind, RecordEra};
use super::error::SeedError;
use super::file::validator;
use super::json::{Names, document_with, to_json};
use super::{SeedSpec, generate};
use crate::data::Fixtures;
use crate::era::version::Version;

/// The records that histories end in: the first version of each, and its file below `seeds/documented/`.
const LAST_RECORDS: &[((u32, u32, u32), &str)] = &[
    ((0, 51, 0), "0.51"),
    ((0, 64, 2), "0.64"),
    ((1, 0, 0), "1.0"),
    ((3, 0, 0), "3.0"),
    ((4, 0, 0), "4.0"),
    ((5, 0, 0), "5.0"),
    ((6, 0, 0), "6.0"),
    ((7, 0, 0), "7.0"),
    ((8, 0, 0), "8.0"),
];

/// A file of `seeds/documented/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastRecordFile {
    record: serde_json::Map<String, Json>,
    #[serde(default)]
    earlier: Vec<EarlierFile>,
    #[serde(default)]
    upgrades: Vec<UpgradeFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlierFile {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "createdAt")]
    created_at: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UpgradeFile {
    version: String,
    tag: Option<String>,
    branch: Option<String>,
    node_version: Option<String>,
    migration: i32,
}

/// The file `seeds/history/workspace.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WorkspaceFile {
    records: usize,
    most_hours: u32,
    most_days: u32,
    start: BTreeMap<String, u32>,
    unique_id_before_reset: String,
    hosts: Vec<HostFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct HostFile {
    percent: u32,
    instances: i32,
    change_watcher: bool,
    pid: i32,
    deploy: serde_json::Map<String, Json>,
    os: serde_json::Map<String, Json>,
}

/// The data of one era's seeds, read and checked.
#[derive(Debug)]
pub struct SeedData {
    /// Whose records these are.
    pub(super) era: RecordEra,
    /// The record the history ends in, as stored.
    pub(super) last: Document,
    /// Earlier records of the same counts whose id and time are known.
    pub(super) earlier: Vec<Earlier>,
    /// The versions on the way to that of the last record, oldest first, with the last one.
    pub(super) releases: Vec<Release>,
    /// How many records a history has when nobody says.
    pub(super) records: usize,
    /// Most hours, and most days, between the first and the last record.
    pub(super) most_hours: u32,
    pub(super) most_days: u32,
    /// Counts at the beginning.
    pub(super) start: BTreeMap<String, i64>,
    /// The workspace's id before an admin reset it.
    pub(super) unique_id_before_reset: Box<str>,
    /// The hosts before that of the last record, oldest first.
    pub(super) hosts: Vec<Host>,
    /// The names of the era's fields, shared by every record.
    pub(super) names: Names,
}

/// An earlier record with the counts of the last.
#[derive(Debug)]
pub(super) struct Earlier {
    pub(super) id: Box<str>,
    pub(super) created_ms: i64,
}

/// A version that the workspace ran.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) version: Version,
    pub(super) tag: Option<Box<str>>,
    pub(super) branch: Option<Box<str>>,
    pub(super) node_version: Option<Box<str>>,
    pub(super) migration: i32,
}

/// A host the workspace ran on.
#[derive(Debug)]
pub(super) struct Host {
    /// Its share of the history's records, in percent.
    pub(super) percent: u32,
    pub(super) instances: i32,
    pub(super) change_watcher: bool,
    pub(super) pid: i32,
    pub(super) deploy: Document,
    pub(super) os: Document,
}

impl SeedData {
    /// The seed data of `era` in `fixtures`. Data from a folder is tried out, too; that of the program is by its tests.
    ///
    /// # Errors
    /// [`SeedError`] when a file cannot be read or is not what `schemas/seed.schema.json` describes, and when a record made
    /// from a folder's data does not fit the era's schema.
    pub fn load(fixtures: &Fixtures, era: &RecordEra) -> Result<Self, SeedError> {
        Self::build(fixtures, era).map_err(|error| match error {
            SeedError::Layout { file, reason } => SeedError::Layout { file: fixtures.shown(&file), reason },
            other => other,
        })
    }

    fn build(fixtures: &Fixtures, era: &RecordEra) -> Result<Self, SeedError> {
        let workspace_path = "seeds/history/workspace.json";
        let workspace: WorkspaceFile = read(fixtures, workspace_path)?;
        let reached =
            |((major, minor, patch), _): &&((u32, u32, u32), &str)| era.version().at_least(*major, *minor, *patch);
        let stem = LAST_RECORDS.iter().rev().find(reached).or(LAST_RECORDS.first()).map_or("", |(_, stem)| *stem);
        let path = format!("seeds/documented/{stem}.json");
        let file: LastRecordFile = read(fixtures, &path)?;

        let mut names = Names::default();
        for field in era.fields() {
            names.get(field.name);
        }
        let last = last_record(&mut names, file.record, era, &path)?;
        let mut earlier = Vec::with_capacity(file.earlier.len());
        for record in file.earlier {
            let created_ms = parse_iso(&record.created_at)
                .ok_or_else(|| layout(&path, format!("\"{}\" at /earlier is not an ISO date", record.created_at)))?;
            earlier.push(Earlier { id: record.id.into(), created_ms });
        }
        let releases = releases(file.upgrades, &last, era, &path)?;
        let mut hosts = Vec::with_capacity(workspace.hosts.len());
        for host in workspace.hosts {
            hosts.push(Host {
                percent: host.percent,
                instances: host.instances,
                change_watcher: host.change_watcher,
                pid: host.pid,
                deploy: document_with(&mut names, &host.deploy.into(), &[]),
                os: document_with(&mut names, &host.os.into(), &[]),
            });
        }
        if hosts.iter().map(|host| u64::from(host.percent)).sum::<u64>() >= 100 {
            return Err(layout(
                workspace_path,
                "the percents of /hosts leave nothing for the last host; their sum must be below 100".into(),
            ));
        }
        let data = Self {
            era: era.clone(),
            last,
            earlier,
            releases,
            records: workspace.records,
            most_hours: workspace.most_hours,
            most_days: workspace.most_days,
            start: workspace.start.into_iter().map(|(name, count)| (name, count.into())).collect(),
            unique_id_before_reset: workspace.unique_id_before_reset.into(),
            hosts,
            names,
        };
        match fixtures.folder() {
            Some(folder) => data.check(folder).map(|()| data),
            None => Ok(data),
        }
    }

    /// The seed data of `era` that the program carries.
    ///
    /// # Errors
    /// Never for the data as released: a test reads every era's.
    #[cfg(test)]
    pub fn embedded(era: &RecordEra) -> Result<Self, SeedError> {
        Self::load(&Fixtures::embedded(), era)
    }

    /// The seed data of `era` in a folder laid out like `fixtures/`.
    ///
    /// # Errors
    /// As [`SeedData::load`].
    #[cfg(test)]
    pub fn from_dir(folder: &Path, era: &RecordEra) -> Result<Self, SeedError> {
        Self::load(&Fixtures::from_folder(folder), era)
    }

    /// Tries the data out: the records made from it must fit the era's schema.
    fn check(&self, folder: &Path) -> Result<(), SeedError> {
        let validator = validator(&self.era)?;
        // Long enough to have records of every host.
        let spec = SeedSpec { records: Some(100), ..SeedSpec::default() };
        for record in generate(&spec, self) {
            let record = to_json(&record);
            if let Err(complaint) = validator.validate(&record) {
                let name = self.era.schema_name();
                let place = complaint.instance_path().to_string();
                let reason = format!(
                    "a record made from it does not fit schemas/api/statistics/fields.tsv for {name} at \"{place}\": {complaint}"
                );
                return Err(layout(&folder.join("seeds").display().to_string(), reason));
            }
        }
        Ok(())
    }

    /// Whether the last record's own id is of the era's kind.
    pub(super) fn last_has_fitting_id(&self) -> bool {
        let id = self.last.get("_id").and_then(Value::as_str).unwrap_or_default();
        is_object_id(id) == (self.era.id_kind() == IdKind::ObjectId)
    }

    /// The version the last record tells.
    pub(super) fn version_text(&self) -> &str {
        self.last.get("version").and_then(Value::as_str).unwrap_or_default()
    }

    /// A field's name, shared by every record.
    pub(super) fn shared_name(&self, name: &str) -> Key {
        self.names.known(name).unwrap_or_else(|| Key::from(name))
    }

    /// What the count `name` begins with.
    pub(super) fn start_of(&self, name: &str) -> i64 {
        self.start.get(name).copied().unwrap_or_default()
    }

    /// How many records the history has when nobody says.
    pub fn default_records(&self) -> usize {
        self.records
    }
}

fn layout(file: &str, reason: String) -> SeedError {
    SeedError::Layout { file: file.to_owned(), reason }
}

fn read<T: for<'a> Deserialize<'a>>(fixtures: &Fixtures, path: &str) -> Result<T, SeedError> {
    serde_json::from_str(&fixtures.text(path)?).map_err(|error| layout(path, error.to_string()))
}

/// The last record as this era writes it: its fields alone, in its order, with its types.
fn last_record(
    names: &mut Names,
    record: serde_json::Map<String, Json>,
    era: &RecordEra,
    path: &str,
) -> Result<Document, SeedError> {
    let written = era_version_text(&record, era);
    let source = document_with(names, &record.into(), era.date_paths());
    let mut last = Document::with_capacity(source.len());
    for field in era.fields() {
        let Some(value) = source.get(field.name) else { continue };
        let value = match value {
            Value::Object(inner) => inner
                .iter()
                .filter(|(name, _)| era.has_nested(field.name, name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Document>()
                .into(),
            other => other.clone(),
        };
        last.push(names.get(field.name), value);
    }
    last.insert("version", written);
    for name in ["createdAt", "_updatedAt"] {
        if !matches!(last.get(name), Some(Value::Date(_))) {
            return Err(layout(path, format!("expected an ISO date at /record/{name}")));
        }
    }
    if last.get("_id").and_then(Value::as_str).is_none() {
        return Err(layout(path, "expected text at /record/_id".to_owned()));
    }
    if era.has_date_text() {
        for name in ["lastLogin", "lastSeenSubscription"] {
            if let Some(Value::String(text)) = last.get_mut(name)
                && let Some(ms) = parse_iso(text)
            {
                *text = js_date_text(ms).into();
            }
        }
    }
    settle_sums(&mut last, era);
    add_token(names, &mut last, era);
    Ok(last)
}

/// Makes counts add up that add up differently from version to version.
fn settle_sums(last: &mut Document, era: &RecordEra) {
    if era.counting().message_sums {
        let parts = [
            "totalChannelMessages",
            "totalPrivateGroupMessages",
            "totalDirectMessages",
            "totalLivechatMessages",
            "totalDiscussionsMessages",
        ];
        let sum = parts.iter().map(|part| whole(last, part)).sum();
        last.insert("totalMessages", number(sum));
    }
    let busy = if era.counting().busy_users { whole(last, "busyUsers") } else { 0 };
    let offline = whole(last, "totalUsers") - whole(last, "onlineUsers") - whole(last, "awayUsers") - busy;
    last.insert("offlineUsers", number(offline));
}

/// Adds the collector's token, which tells of the record and is written after it.
fn add_token(names: &mut Names, last: &mut Document, era: &RecordEra) {
    if !era.has_token() {
        return;
    }
    let text = |name| last.get(name).and_then(Value::as_str).unwrap_or_default();
    let updated_ms = if let Some(Value::Date(ms)) = last.get("_updatedAt") { *ms } else { 0 };
    let token = stats_token(text("uniqueId"), text("_id"), updated_ms);
    last.insert(names.get("statsToken"), token);
}

/// The version a last record tells: its own when it is a build of the era's version, else the era's.
fn era_version_text(record: &serde_json::Map<String, Json>, era: &RecordEra) -> String {
    let own = record.get("version").and_then(Json::as_str).unwrap_or_default();
    match own.parse::<Version>() {
        Ok(version) if version == *era.version() => own.to_owned(),
        _ => era.version().to_string(),
    }
}

/// The versions on the way: those the file lists when they lead to the era's version, else the era's own path.
fn releases(
    upgrades: Vec<UpgradeFile>,
    last: &Document,
    era: &RecordEra,
    path: &str,
) -> Result<Vec<Release>, SeedError> {
    let migration = last
        .get("migration")
        .and_then(Value::as_object)
        .and_then(|migration| migration.get("version"))
        .and_then(Value::as_f64)
        .unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "migrations are numbered from 1 and stand at a few hundred")]
    let migration = migration as i32;
    let mut listed = Vec::with_capacity(upgrades.len() + 1);
    for upgrade in upgrades {
        let version: Version =
            upgrade.version.parse().map_err(|error| layout(path, format!("{error} at /upgrades")))?;
        if version <= *era.version() && RecordEra::for_version(version.clone()).reads_like(era) {
            listed.push(Release {
                version,
                tag: upgrade.tag.map(Into::into),
                branch: upgrade.branch.map(Into::into),
                node_version: upgrade.node_version.map(Into::into),
                migration: upgrade.migration,
            });
        }
    }
    if listed.is_empty() {
        let on_the_way = era.upgrade_path();
        let steps = i32::try_from(on_the_way.len()).unwrap_or_default();
        listed = (1_i32..)
            .zip(on_the_way)
            .map(|(step, version)| Release {
                tag: Some(version.to_string().into()),
                branch: Some("HEAD".into()),
                node_version: None,
                migration: (migration - 3 * (steps - step)).max(1),
                version,
            })
            .collect();
        listed.pop();
    }
    let text = |name| last.get(name).and_then(Value::as_str).map(Box::from);
    listed.push(Release {
        version: era.version().clone(),
        tag: text("tag"),
        branch: text("branch"),
        node_version: None,
        migration,
    });
    Ok(listed)
}
