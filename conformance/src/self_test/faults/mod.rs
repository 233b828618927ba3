//! The catalogue of faults. Each is an entry of a file in `conformance/faults`, which says what it spoils, where the report
//! must point, which cases must notice, and how it is made; what data cannot say, a function here makes under the same id.

mod authentication;
mod info;
mod latest;
mod login;
mod paging;
mod parameters;
mod permission;
mod projection;
mod query;
mod records;
mod sort;
mod transport;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::Spoil;
use super::list::List;
use super::message::{Reply, Request};
use super::recipe::{Answered, Ask, Change, Instead, Recipe, When};
use super::server::Server;
use crate::case::load::Folder;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/faults");

/// The format of fault files that this build reads.
const FORMAT: u32 = 1;

/// A fault's id, and what makes it.
type Made = (&'static str, Spoil);

/// The faults that are made by functions, family by family.
const MADE: [&[Made]; 12] = [
    authentication::MADE,
    info::MADE,
    latest::MADE,
    login::MADE,
    paging::MADE,
    parameters::MADE,
    permission::MADE,
    projection::MADE,
    query::MADE,
    records::MADE,
    sort::MADE,
    transport::MADE,
];

/// A deliberate fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// `FAULT-<WHERE>-<WHAT>-<NNN>`.
    pub id: String,
    /// What it spoils, as a phrase.
    pub what: String,
    /// The place the report must name: a JSON pointer (`*` for any one segment; deeper places count as well), `status`,
    /// `body`, `answer` or `header NAME`; several of them joined by ` or `.
    pub place: String,
    /// The cases that must catch it at least, without their `RCS-`; those that are not about the target's version aside.
    pub catches: Vec<String>,
    /// The requests it is about: those of its file, and of these its own. All others are answered faithfully.
    when: [Arc<When>; 2],
    /// The list whose records it spoils.
    list: Option<Arc<List>>,
    means: Means,
}

/// How a fault is made.
#[derive(Debug, Clone)]
enum Means {
    Data(Box<Recipe>),
    Function(Spoil),
}

impl Fault {
    /// The full ids of the cases that must catch it.
    pub fn cases(&self) -> impl Iterator<Item = String> {
        self.catches.iter().map(|id| format!("RCS-{id}"))
    }

    /// The answer to a request, spoiled where the fault is about it.
    pub fn reply(&self, server: &Server, request: &Request) -> Reply {
        if !self.when.iter().all(|when| when.holds(request)) {
            return server.ask(request);
        }
        match &self.means {
            Means::Data(recipe) => recipe.reply(self.list.as_deref(), server, request),
            Means::Function(spoil) => spoil(server, request),
        }
    }

    /// Whether an answer to a request, as a case says it, can be another than the faithful one.
    pub fn may_touch(&self, request: &Request) -> bool {
        self.when.iter().all(|when| when.may_hold(request))
            && match &self.means {
                Means::Data(recipe) => recipe.may_touch(request),
                Means::Function(_) => true,
            }
    }
}

/// A fault file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file is no JSON, or not the JSON of a fault file.
    #[error("{file}: {source} (docs/case-format.md, \"A fault is an entry\", has the members and their values)")]
    Json {
        /// The file.
        file: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A file of another format.
    #[error("{file}: format {found} is not supported, this build reads format {FORMAT}")]
    Format {
        /// The file.
        file: String,
        /// What it says.
        found: u32,
    },
    /// An entry that breaks a rule.
    #[error("{file}: {id}: {message}")]
    Rule {
        /// The file.
        file: String,
        /// The fault.
        id: String,
        /// The rule, and what to do.
        message: String,
    },
    /// The folder holds no fault file.
    #[error("{} holds no fault files (expected <name>.json)", .0.display())]
    Empty(PathBuf),
}

/// A file of faults.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For editors: where the schema lies.
    #[serde(default, rename = "$schema")]
    _schema: Option<String>,
    format: u32,
    /// What its faults have in common, for readers.
    #[serde(rename = "about")]
    _about: String,
    /// Conditions on the request that hold for each of its faults.
    #[serde(default)]
    when: When,
    /// The list whose records its faults spoil.
    #[serde(default)]
    list: Option<List>,
    faults: Vec<Entry>,
}

/// An entry of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    what: String,
    place: String,
    catches: Vec<String>,
    /// A reason, for readers.
    #[serde(default, rename = "note")]
    _note: Option<String>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    answered: Option<Answered>,
    #[serde(default)]
    ask: Option<Ask>,
    #[serde(default)]
    instead: Option<Instead>,
    #[serde(default)]
    change: Change,
    /// Whether a function makes it.
    #[serde(default)]
    rust: bool,
}

/// The faults inside the binary, those of a folder, or both.
pub fn load(folder: Folder<'_>) -> Result<Vec<Fault>, FaultError> {
    let mut texts = Vec::new();
    if !matches!(folder, Folder::Replaces(_)) {
        let name = |path: &Path| format!("faults/{}", path.display());
        texts.extend(EMBEDDED.files().map(|file| (name(file.path()), file.contents().to_vec())));
        texts.sort();
    }
    if let Folder::Extends(path) | Folder::Replaces(path) = folder {
        texts.extend(read(path)?);
    }
    let functions: BTreeMap<&str, Spoil> = MADE.into_iter().flatten().copied().collect();
    let mut faults: Vec<Fault> = Vec::new();
    for (name, bytes) in texts {
        add(&mut faults, &functions, &name, &bytes)?;
    }
    Ok(faults)
}

fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, FaultError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FaultError::Read { path, source }
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(failed(folder))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed(folder))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if paths.is_empty() {
        return Err(FaultError::Empty(folder.to_owned()));
    }
    paths.into_iter().map(|path| Ok((path.display().to_string(), fs::read(&path).map_err(failed(&path))?))).collect()
}

fn add(faults: &mut Vec<Fault>, functions: &BTreeMap<&str, Spoil>, name: &str, bytes: &[u8]) -> Result<(), FaultError> {
    let file: File =
        serde_json::from_slice(bytes).map_err(|source| FaultError::Json { file: name.to_owned(), source })?;
    if file.format != FORMAT {
        return Err(FaultError::Format { file: name.to_owned(), found: file.format });
    }
    let (when, list) = (Arc::new(file.when), file.list.map(Arc::new));
    for entry in file.faults {
        let rule = |message: &str| FaultError::Rule {
            file: name.to_owned(),
            id: entry.id.clone(),
            message: message.to_owned(),
        };
        if !entry.id.starts_with("FAULT-") {
            return Err(rule("an id begins with FAULT-"));
        }
        if faults.iter().any(|fault| fault.id == entry.id) {
            return Err(rule("this id is taken: give it the next free number"));
        }
        if entry.catches.is_empty() {
            return Err(rule("`catches` names no case: name at least one that must notice it"));
        }
        let recipe = Recipe { answered: entry.answered, ask: entry.ask, instead: entry.instead, change: entry.change };
        let function = functions.get(entry.id.as_str()).filter(|_| entry.rust);
        let means = match function {
            None if entry.rust => {
                return Err(rule("`rust` is set, and no function makes it: say how it is made instead"));
            }
            Some(_) if !recipe.is_nothing() => return Err(rule("`rust` is set: nothing else may say how it is made")),
            Some(spoil) => Means::Function(*spoil),
            None if recipe.is_nothing() => return Err(rule("it spoils nothing: add `ask`, `instead` or `change`")),
            None => Means::Data(Box::new(recipe)),
        };
        if matches!(&means, Means::Data(recipe) if recipe.change.records.is_some()) && list.is_none() {
            return Err(rule("`records` needs to know their list: add `list` to the file"));
        }
        faults.push(Fault {
            id: entry.id,
            what: entry.what,
            place: entry.place,
            catches: entry.catches,
            when: [Arc::clone(&when), Arc::new(entry.when)],
            list: list.clone(),
            means,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::schemas::violations_of;

    #[test]
    fn every_function_makes_a_fault() {
        let made: BTreeSet<&str> = MADE.into_iter().flatten().map(|(id, _)| *id).collect();
        let told: Vec<Fault> = load(Folder::None).unwrap();
        let used: BTreeSet<&str> = told
            .iter()
            .filter(|fault| matches!(fault.means, Means::Function(_)))
            .map(|fault| fault.id.as_str())
            .collect();
        assert_eq!(made, used);
    }

    #[test]
    fn every_file_fits_its_schema() {
        let schema: Value = serde_json::from_str(include_str!("../../../../schemas/fault.schema.json")).unwrap();
        for file in EMBEDDED.files() {
            let value: Value = serde_json::from_slice(file.contents()).unwrap();
            let violations = violations_of(&schema, &value).unwrap();
            assert!(violations.is_empty(), "{}: {violations:?}", file.path().display());
        }
        assert!(!violations_of(&schema, &json!({"format": 1, "about": "x", "faults": [{}]})).unwrap().is_empty());
    }

    /// The message about a file with one entry, which these members are put over.
    fn message(members: &Value) -> String {
        let mut entry = json!({"id": "FAULT-X-001", "what": "x", "place": "status", "catches": ["X-PERM-001"],
            "change": {"status": 500}});
        for (name, value) in members.as_object().unwrap() {
            entry[name] = value.clone();
        }
        let file = json!({"format": 1, "about": "x", "faults": [entry]});
        let mut faults = Vec::new();
        add(&mut faults, &BTreeMap::new(), "mine.json", file.to_string().as_bytes())
            .map_or_else(|error| error.to_string(), |()| format!("{} faults", faults.len()))
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_said_with_its_file_and_id() {
        assert_eq!(message(&json!({})), "1 faults");
        assert!(message(&json!({"change": {}})).starts_with("mine.json: FAULT-X-001: it spoils nothing: add"));
        assert!(message(&json!({"catches": []})).contains("name at least one"));
        assert!(message(&json!({"rust": true})).contains("no function makes it"));
        assert!(message(&json!({"change": {"records": {"edits": []}}})).contains("add `list`"));
        assert!(message(&json!({"chang": 1})).starts_with("mine.json: unknown field `chang`"));
        assert!(message(&json!({"change": {"body": [{"do": "explode"}]}})).contains("unknown variant `explode`"));
    }
}
