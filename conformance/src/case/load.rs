//! Case files from inside the binary and from `--cases DIR`: read, checked against the schema, parsed, checked for
//! meaning. Nothing is sent before every file has passed.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Case, CaseFile, FORMAT, Resources, lint, resources};
use crate::schemas;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// The files of the cases folder that are not case files.
const REGISTRY: &str = "registry.json";
const VERSIONS: &str = "versions.json";
const DOCUMENTS: &str = "documents";

/// A case file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file is not JSON.
    #[error("{file}: not JSON: {source}")]
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
        found: Value,
    },
    /// A file that breaks a rule of `docs/case-format.md`.
    #[error("{file}{pointer}: {message}")]
    Rule {
        /// The file.
        file: String,
        /// JSON pointer into it, after a `#`.
        pointer: String,
        /// The rule.
        message: String,
    },
    /// The folder holds no case file.
    #[error("{} holds no case files (expected <area>/<topic>.json)", .0.display())]
    Empty(PathBuf),
}

/// All cases in use.
#[derive(Debug)]
pub struct Suite {
    /// The cases in the order of files and of entries in them.
    pub cases: Vec<Case>,
    /// `sha256:` and the hex digest of all files.
    pub digest: String,
    /// Published documents by name.
    pub documents: Vec<(String, Value)>,
    /// The ids ever handed out.
    pub registry: Vec<String>,
    /// What the cases may name: lists, accounts, capabilities, areas and topics.
    pub resources: Resources,
}

/// Where a file came from and what it holds.
struct Text {
    name: String,
    bytes: Vec<u8>,
}

/// How a folder given by the user relates to the cases inside the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder<'a> {
    /// Only the cases inside the binary.
    None,
    /// The cases inside the binary and those of the folder; a case of the folder replaces the one with its id.
    Extends(&'a Path),
    /// Only the cases of the folder.
    Replaces(&'a Path),
}

/// Loads the cases. Fails on the first file that cannot be used.
///
/// Files inside the binary were checked against the schema by a test, and are not checked again at every start.
pub fn load(folder: Folder<'_>) -> Result<Suite, LoadError> {
    let mut suite = Suite {
        cases: Vec::new(),
        digest: String::new(),
        documents: Vec::new(),
        registry: Vec::new(),
        resources: Resources::built_in().clone(),
    };
    let mut digest = Sha256::new();
    if !matches!(folder, Folder::Replaces(_)) {
        let mut texts = Vec::new();
        collect_embedded(&EMBEDDED, &mut texts);
        add(&mut suite, &mut digest, texts, false)?;
    }
    if let Folder::Extends(path) | Folder::Replaces(path) = folder {
        let mut texts = Vec::new();
        collect_folder(path, path, &mut texts)?;
        if !texts.iter().any(|text| is_case_file(&text.name)) {
            return Err(LoadError::Empty(path.to_owned()));
        }
        add(&mut suite, &mut digest, texts, true)?;
    }
    suite.digest = digest.finalize().iter().fold("sha256:".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
    Ok(suite)
}

fn is_case_file(name: &str) -> bool {
    ![REGISTRY, VERSIONS, resources::FILE].contains(&name) && !name.starts_with(DOCUMENTS)
}

fn collect_embedded(dir: &Dir<'_>, texts: &mut Vec<Text>) {
    let mut entries: Vec<&DirEntry<'_>> = dir.entries().iter().collect();
    entries.sort_by_key(|entry| entry.path().to_owned());
    for entry in entries {
        match entry {
            DirEntry::Dir(inner) => collect_embedded(inner, texts),
            DirEntry::File(file) if file.path().extension().is_some_and(|extension| extension == "json") => {
                texts.push(Text { name: slashed(file.path()), bytes: file.contents().to_vec() });
            }
            DirEntry::File(_) => {}
        }
    }
}

fn collect_folder(root: &Path, path: &Path, texts: &mut Vec<Text>) -> Result<(), LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect_folder(root, &entry, texts)?;
        } else if entry.extension().is_some_and(|extension| extension == "json") {
            let bytes = fs::read(&entry).map_err(|source| LoadError::Read { path: entry.clone(), source })?;
            texts.push(Text { name: slashed(entry.strip_prefix(root).unwrap_or(&entry)), bytes });
        }
    }
    Ok(())
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn add(suite: &mut Suite, digest: &mut Sha256, texts: Vec<Text>, foreign: bool) -> Result<(), LoadError> {
    let mut files = Vec::new();
    for text in texts {
        digest.update(text.name.as_bytes());
        digest.update(&text.bytes);
        let json = |source| LoadError::Json { file: text.name.clone(), source };
        if text.name == REGISTRY {
            let ids: Vec<String> = serde_json::from_slice(&text.bytes).map_err(json)?;
            suite.registry.extend(ids);
        } else if text.name == resources::FILE {
            if foreign {
                add_resources(&mut suite.resources, &text)?;
            }
        } else if text.name == VERSIONS && !foreign {
            // What versions there are is asked before a suite is loaded: `target/profile.rs` reads it.
        } else if let Some(name) = text.name.strip_prefix("documents/").and_then(|name| name.strip_suffix(".json")) {
            suite.documents.push((name.to_owned(), serde_json::from_slice(&text.bytes).map_err(json)?));
        } else if foreign {
            files.push((text.name.clone(), parse_checked(&text.name, &text.bytes)?));
        } else {
            files.push((text.name.clone(), serde_json::from_slice(&text.bytes).map_err(json)?));
        }
    }
    if foreign {
        let documents: Vec<&str> = suite.documents.iter().map(|(name, _)| name.as_str()).collect();
        for (name, file) in &files {
            lint::file(name, file, &lint::Known { documents: &documents, resources: &suite.resources })?;
        }
    }
    for (_, file) in files {
        for case in file.cases {
            match suite.cases.iter_mut().find(|known| known.id == case.id) {
                Some(known) if foreign => *known = case,
                _ => suite.cases.push(case),
            }
        }
    }
    Ok(())
}

/// Takes in the rows of a folder's own file, those of the binary kept.
fn add_resources(resources: &mut Resources, text: &Text) -> Result<(), LoadError> {
    let rule = |message| LoadError::Rule { file: text.name.clone(), pointer: String::new(), message };
    resources.extend(Resources::parse(&text.bytes).map_err(rule)?);
    resources.broken_rule().map_or(Ok(()), |why| Err(rule(why)))
}

/// Reads one case file as strictly as one of a stranger: format, schema, types. Rules about meaning are `lint`'s.
pub fn parse_checked(name: &str, bytes: &[u8]) -> Result<CaseFile, LoadError> {
    let json = |source| LoadError::Json { file: name.to_owned(), source };
    let value: Value = serde_json::from_slice(bytes).map_err(json)?;
    let found = value.get("format").cloned().unwrap_or_default();
    if found != FORMAT {
        return Err(LoadError::Format { file: name.to_owned(), found });
    }
    let rule = |pointer: &str, message: String| LoadError::Rule {
        file: name.to_owned(),
        pointer: if pointer.is_empty() { String::new() } else { format!("#{pointer}") },
        message,
    };
    match schemas::case_file_violations(&value) {
        Err(error) => return Err(rule("", error.to_string())),
        Ok(violations) => {
            // The deepest place says most: an outer `anyOf` fails because of it.
            if let Some(worst) = violations.into_iter().max_by_key(|violation| violation.pointer.matches('/').count()) {
                return Err(rule(&worst.pointer, worst.expected));
            }
        }
    }
    serde_json::from_value(value).map_err(|error| rule("", error.to_string()))
}

/// The names and bytes of the case files inside the binary, for tests.
#[doc(hidden)]
pub fn embedded_files() -> Vec<(String, Vec<u8>)> {
    let mut texts = Vec::new();
    collect_embedded(&EMBEDDED, &mut texts);
    texts.into_iter().filter(|text| is_case_file(&text.name)).map(|text| (text.name, text.bytes)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_file_inside_the_binary_is_valid() {
        let suite = load(Folder::None).unwrap();
        let documents: Vec<&str> = suite.documents.iter().map(|(name, _)| name.as_str()).collect();
        for (name, bytes) in embedded_files() {
            let file = parse_checked(&name, &bytes).unwrap_or_else(|error| panic!("{error}"));
            let known = lint::Known { documents: &documents, resources: &suite.resources };
            lint::file(&name, &file, &known).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn ids_are_unique_and_registered() {
        let suite = load(Folder::None).unwrap();
        let registered: BTreeSet<&String> = suite.registry.iter().collect();
        assert_eq!(registered.len(), suite.registry.len(), "an id is registered twice");
        let mut seen = BTreeSet::new();
        for case in &suite.cases {
            assert!(seen.insert(&case.id), "{} is used twice", case.id);
            assert!(registered.contains(&case.id), "{} is not in cases/registry.json: append it", case.id);
        }
    }
}
