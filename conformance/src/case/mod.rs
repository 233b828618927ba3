//! Cases as data: what a case file may say, as Rust types, once its names are expanded. `docs/case-format.md` explains it to the people who write
//! cases, `schemas/case.schema.json` states it for machines, and a test keeps the three in step.

mod check;
mod error;
mod expand;
mod lint;
pub mod load;
mod place;
mod resources;
mod select;
mod version;

pub use check::{Alternative, Check, CompareOp, Is, JsonType, Predicate, PredicateOp, SortKey, Term, TermKind};
pub use error::LoadError;
pub use place::{CaseFolder, Place};
pub use resources::{AccountName, AccountRow, Capability, CapabilityRow, Probe, Resource, Resources};
pub use select::{Capture, Select, Take, Transform};
pub use version::{Version, VersionError, VersionRange};

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::words::{serde_words, words};

words!(Level, Safety, SourceKind);
serde_words!(Level, Safety, SourceKind);

/// The case-file format this build reads. A file of another format is refused.
pub const FORMAT: u32 = 1;

/// One file of cases: `conformance/cases/<area>/<topic>.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Version of the file format, [`FORMAT`].
    pub format: u32,
    /// The area all ids of the file share.
    pub area: String,
    /// The topic all ids of the file share.
    pub topic: String,
    /// The cases, in the order in which they run.
    pub cases: Vec<Case>,
}

/// How much weight a case has.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    /// Confirmed by server source or observation, no document says otherwise: breaking it fails the run.
    Must,
    /// Documented but unconfirmed, or known from a source that is not sure: fails the run under `--strict` only.
    Should,
    /// Undocumented behaviour that is recorded; cannot fail.
    Observe,
    /// A finding about the documents themselves; cannot fail the run.
    Doc,
}

/// What a case does to the target.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum Safety {
    /// Writes nothing that stays and costs nothing worth mentioning. Logging in and out of an account the run was
    /// given counts as this.
    #[default]
    Observe,
    /// Makes the target compute or store something, such as `refresh=true`.
    Costly,
    /// Changes users, roles, permissions or settings, and restores them.
    Mutating,
}

/// Which contract an expectation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// The published page, which knows no versions: what `--profile documented` judges by.
    Documented,
    /// The server of a version, as its source and observations show it: what a version profile judges by.
    Server,
}

/// The servers a case, a step or an alternative is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesTo {
    /// Versions of the server; looked at by version profiles only.
    pub versions: VersionRange,
    /// Contracts that state it.
    pub contracts: Vec<Contract>,
}

impl Default for AppliesTo {
    fn default() -> Self {
        Self { versions: VersionRange::default(), contracts: vec![Contract::Documented, Contract::Server] }
    }
}

/// What the target is judged by: the published page, or the server of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judge {
    /// The page alone; versions do not matter.
    Documented,
    /// A server version. Where an expectation offers alternatives, the page's form passes too.
    Version(Version),
}

impl AppliesTo {
    /// Whether a case or step with this range is part of what `judge` asks for.
    pub fn covers(&self, judge: &Judge) -> bool {
        match judge {
            Judge::Documented => self.contracts.contains(&Contract::Documented),
            Judge::Version(version) => self.contracts.contains(&Contract::Server) && self.versions.contains(version),
        }
    }

    /// Whether an alternative with this range may be met under `judge`: under a version both the server's form of that
    /// version and the page's form are admissible, under `documented` the page's alone.
    pub fn admits(&self, judge: &Judge) -> bool {
        match judge {
            Judge::Documented => self.contracts.contains(&Contract::Documented),
            Judge::Version(version) => self.versions.contains(version),
        }
    }
}

/// What must be there for a case to be decidable; where it is not, the case is skipped with the reason.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Needs {
    /// Accounts. Those that requests are sent `as` need not be repeated.
    pub roles: Vec<AccountName>,
    /// Accounts whose password must be known (not only a token).
    pub passwords: Vec<AccountName>,
    /// The least number of records in the target's list.
    pub records: Option<usize>,
    /// The most records the target's list may have.
    pub max_records: Option<usize>,
    /// Fields that must show a number of distinct values among the target's records.
    pub distinct: Vec<Distinct>,
    /// Settings that must have these values (declared with `--setting`, or the server's default).
    pub settings: BTreeMap<String, Value>,
    /// Capabilities the target must have.
    pub capabilities: Vec<Capability>,
}

/// A field and how many distinct values it must show.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distinct {
    /// Dotted path of the field.
    pub field: String,
    /// The least number of distinct values that are neither null nor missing.
    pub at_least: usize,
}

/// Where an expectation comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Path of the file or page, and the place in it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Revision, tag or date it was read at.
    pub rev: String,
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum SourceKind {
    /// A published page or OpenAPI file.
    Doc,
    /// Source code of the server.
    Server,
    /// A dated observation of a running server.
    Observation,
}

/// What kind of finding a case reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The server breaks a requirement. The only kind that changes the exit code.
    ServerFails,
    /// A document contradicts itself or what servers do.
    DocumentIsWrong,
    /// Two sources state different things and both forms are accepted.
    SourcesDisagree,
}

/// A finding about the sources that a case states by itself, whatever the target does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// One or two sentences: what disagrees with what.
    pub text: String,
}

/// One case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `RCS-<AREA>-<TOPIC>-<NNN>`, registered in `conformance/cases/registry.json`.
    pub id: String,
    /// A few words for lists.
    pub title: String,
    /// The requirement as one sentence.
    pub requirement: String,
    /// Its weight.
    pub level: Level,
    /// The servers it is about.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// The list it is about, by its name in `cases/resources.json`: what `needs` and its captures from the facts mean. Left
    /// out: that of the first step that asks for one, else the statistics.
    #[serde(default)]
    pub resource: Option<String>,
    /// What it takes to decide it.
    #[serde(default)]
    pub needs: Needs,
    /// What it does to the target.
    #[serde(default)]
    pub safety: Safety,
    /// Where the requirement comes from; at least one.
    pub sources: Vec<Source>,
    /// What to do about a failure.
    #[serde(default)]
    pub remediation: Option<String>,
    /// What is usually behind a failure.
    #[serde(default)]
    pub likely_cause: Option<String>,
    /// A finding about the sources themselves.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// Values taken from the shared facts before the first step, for use in requests.
    #[serde(default)]
    pub captures: Vec<Capture>,
    /// What is done and expected, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Steps that always run at the end once the first step was sent, also after failures and interruption.
    #[serde(default)]
    pub cleanup: Vec<Step>,
    /// Where it is written; the loader knows.
    #[serde(skip)]
    pub place: Place,
}

/// One step: exactly one of `request`, `walk`, `facts`, `answers` and `document`, then captures and expectations about its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name by which later steps refer to the answer (`from`).
    #[serde(default)]
    pub name: Option<String>,
    /// Send one request.
    #[serde(default)]
    pub request: Option<Request>,
    /// Walk a list page by page.
    #[serde(default)]
    pub walk: Option<Walk>,
    /// Judge the shared full walk of a list; sends nothing of its own.
    #[serde(default, deserialize_with = "facts_of")]
    pub facts: Option<FactsOf>,
    /// Judge what the run has noted of all answers so far; sends nothing.
    #[serde(default)]
    pub answers: bool,
    /// Judge a published document kept in `conformance/cases/documents/<name>.json`; sends nothing.
    #[serde(default)]
    pub document: Option<String>,
    /// What is expected.
    #[serde(default)]
    pub expect: Vec<Check>,
    /// Values kept for later steps.
    #[serde(default)]
    pub captures: Vec<Capture>,
}

/// Whose facts a step judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Value")]
pub enum FactsOf {
    /// The list the case is about: `true`.
    Case,
    /// The list of this name.
    List(String),
}

impl From<FactsOf> for Value {
    fn from(facts: FactsOf) -> Self {
        match facts {
            FactsOf::Case => Self::Bool(true),
            FactsOf::List(name) => Self::String(name),
        }
    }
}

fn facts_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<FactsOf>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(FactsOf::Case)),
        Value::String(name) => Ok(Some(FactsOf::List(name))),
        _ => Err(serde::de::Error::custom("`facts` is true or the name of a list")),
    }
}

/// The word for a request that no account sends.
const NOBODY: &str = "none";

fn from_account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccountName>, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok((name != NOBODY).then(|| name.as_str().into()))
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn to_account<S: Serializer>(account: &Option<AccountName>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(account.as_ref().map_or(NOBODY, AccountName::as_str))
}

/// One request. Strings may hold `${name}`: a capture, or a built-in variable.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Method, `GET` when left out.
    #[serde(default = "get")]
    pub method: String,
    /// Path from the root of the target, `/api/v1/statistics.list`.
    pub path: String,
    /// Parameters, in order, encoded by the tester.
    #[serde(default)]
    pub query: Vec<Param>,
    /// The query string as it goes on the wire, unencoded and unchecked; needs `"raw": true` for bytes no client sends.
    #[serde(default)]
    pub raw_query: Option<String>,
    /// Further headers, in order. Spelling of names is kept when `raw` is set.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// Body.
    #[serde(default)]
    pub body: Option<Body>,
    /// The account that sends it; `none` adds no credential headers. Cases that spoil credentials start from there and write
    /// the headers.
    #[serde(rename = "as", serialize_with = "to_account", deserialize_with = "from_account")]
    pub account: Option<AccountName>,
    /// Write the bytes on a connection of their own instead of using the HTTP client, so that header spelling, bare
    /// quotes and other things clients normalise reach the server as written.
    #[serde(default)]
    pub raw: bool,
    /// Send it even though the same request was sent before in this run (identical GETs are shared otherwise).
    #[serde(default)]
    pub fresh: bool,
}

fn get() -> String {
    "GET".to_owned()
}

/// A query or form parameter: exactly one of `value` and `json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its text.
    #[serde(default)]
    pub value: Option<String>,
    /// A JSON value, written compactly. A string that is nothing but `${name}` becomes the captured value with its type.
    #[serde(default, deserialize_with = "check::present")]
    pub json: Option<Value>,
}

/// A request header.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A request body: exactly one of `json`, `form` and `text`. The content type follows from it unless a header says so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// A JSON value.
    #[serde(default, deserialize_with = "check::present")]
    pub json: Option<Value>,
    /// Form fields.
    #[serde(default)]
    pub form: Option<Vec<Param>>,
    /// Any text; no content type is added.
    #[serde(default)]
    pub text: Option<String>,
}

/// A walk through a list: `request` again and again with `count` = `page` and `offset` = the number of records received
/// so far, until `total` is reached or a page comes back empty. Its answer is one JSON object: the list's own member (all
/// records in the order received), `total` (of the first page), and `pages` (of each page: `requested_offset`, `offset`, `count`, `total`, `length`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// The request, without `count` and `offset`.
    pub request: Request,
    /// The number of records asked for each time.
    pub page: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies(versions: &str, contracts: &[Contract]) -> AppliesTo {
        AppliesTo { versions: VersionRange::parse(versions).unwrap(), contracts: contracts.to_vec() }
    }

    #[test]
    fn the_page_knows_no_versions() {
        let modern = applies(">=7.0.0", &[Contract::Documented]);
        let old = Judge::Version(Version::parse("0.61.0").unwrap());
        assert!(modern.covers(&Judge::Documented));
        assert!(!modern.covers(&old));
    }

    #[test]
    fn a_version_admits_the_form_of_the_page_too() {
        let page = applies("*", &[Contract::Documented]);
        let source = applies("<3.0.0", &[Contract::Server]);
        let old = Judge::Version(Version::parse("0.61.0").unwrap());
        assert!(page.admits(&old) && source.admits(&old));
        assert!(page.admits(&Judge::Documented) && !source.admits(&Judge::Documented));
    }
}
