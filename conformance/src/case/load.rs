//! Case files from inside the binary and from `--cases DIR`: read, checked against the schema, expanded, parsed, checked for
//! meaning. Nothing is sent before every file has passed.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::expand::{FORMS, Library, SOURCES};
use super::{Case, CaseFile, CaseFolder, FORMAT, LoadError, Place, Resources, lint, place, resources};
use crate::schemas;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// Where the cases inside the binary are written, from the root of the repository.
const HOME: &str = "conformance/cases";

/// The files of the cases folder that are not case files.
const REGISTRY: &str = "registry.json";
const VERSIONS: &str = "versions.json";
const DOCUMENTS: &str = "documents";

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
    /// The user's folder, if there is one.
    pub folder: Option<CaseFolder>,
    /// What the cases may name: lists, accounts, capabilities, areas and topics.
    pub resources: Resources,
}

/// Where a file came from and what it holds.
struct Text {
    name: String,
    bytes: Vec<u8>,
}

/// Files that belong together, with the user's folder they come from; without one they come from inside the binary.
type Files<'a> = (Vec<Text>, Option<&'a Path>);

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

impl<'a> Folder<'a> {
    fn path(self) -> Option<&'a Path> {
        match self {
            Self::None => None,
            Self::Extends(path) | Self::Replaces(path) => Some(path),
        }
    }
}

/// Loads the cases. Fails on the first file that cannot be used.
///
/// Files inside the binary were checked against the schema by a test, and are not checked again at every start.
pub fn load(folder: Folder<'_>) -> Result<Suite, LoadError> {
    let mut loader = Loader::default();
    for (texts, path) in read(folder)? {
        loader.add(texts, path)?;
    }
    Ok(Suite {
        cases: loader.cases,
        digest: loader.digest.finalize().iter().fold("sha256:".to_owned(), |hex, byte| format!("{hex}{byte:02x}")),
        documents: loader.documents,
        registry: loader.registry,
        resources: loader.resources,
        folder: folder.path().map(|path| CaseFolder {
            path: path.display().to_string(),
            replaces: matches!(folder, Folder::Replaces(_)),
        }),
    })
}

/// A case as one would write it without any name and without defaults: all that applies to it. Nothing if no case has this id.
pub fn expanded(folder: Folder<'_>, id: &str) -> Result<Option<Value>, LoadError> {
    let mut library = Library::default();
    let mut found = None;
    for (texts, _) in read(folder)? {
        for text in &texts {
            library.add(&text.name, &text.bytes)?;
        }
        for text in texts.iter().filter(|text| is_case_file(&text.name)) {
            let value = library.file(&text.name, json(text)?)?;
            let mut cases = value.get("cases").and_then(Value::as_array).into_iter().flatten();
            // A case of a later folder replaces the one of the same id.
            found = cases.rfind(|case| case.get("id").is_some_and(|known| known == id)).cloned().or(found);
        }
    }
    Ok(found)
}

/// The files in use: those inside the binary, then those of the folder, with its path.
fn read(folder: Folder<'_>) -> Result<Vec<Files<'_>>, LoadError> {
    let mut inside = Vec::new();
    collect_embedded(&EMBEDDED, &mut inside);
    if matches!(folder, Folder::Replaces(_)) {
        // Whoever writes cases of their own may still call the sources and forms inside the binary by name.
        inside.retain(|text| is_for_all(&text.name));
    }
    let mut files = vec![(inside, None)];
    if let Some(path) = folder.path() {
        let mut texts = Vec::new();
        collect_folder(path, path, &mut texts)?;
        if !texts.iter().any(|text| is_case_file(&text.name)) {
            return Err(LoadError::Empty(path.to_owned()));
        }
        files.push((texts, Some(path)));
    }
    Ok(files)
}

fn json<T: DeserializeOwned>(text: &Text) -> Result<T, LoadError> {
    serde_json::from_slice(&text.bytes).map_err(|source| LoadError::Json { file: text.name.clone(), source })
}

/// Whether a file holds names that the case files of any folder may use.
fn is_for_all(name: &str) -> bool {
    matches!(name, SOURCES | FORMS)
}

fn is_case_file(name: &str) -> bool {
    ![REGISTRY, VERSIONS, resources::FILE].contains(&name) && !is_for_all(name) && !name.starts_with(DOCUMENTS)
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

/// A suite under way.
struct Loader {
    resources: Resources,
    cases: Vec<Case>,
    digest: Sha256,
    documents: Vec<(String, Value)>,
    registry: Vec<String>,
    library: Library,
}

impl Default for Loader {
    fn default() -> Self {
        Self {
            resources: Resources::built_in().clone(),
            cases: Vec::new(),
            digest: Sha256::new(),
            documents: Vec::new(),
            registry: Vec::new(),
            library: Library::default(),
        }
    }
}

impl Loader {
    /// Adds files of the user's `folder`, or those inside the binary.
    fn add(&mut self, texts: Vec<Text>, folder: Option<&Path>) -> Result<(), LoadError> {
        let mut case_files = Vec::new();
        for text in texts {
            self.digest.update(text.name.as_bytes());
            self.digest.update(&text.bytes);
            if self.library.add(&text.name, &text.bytes)? {
                continue;
            }
            if text.name == REGISTRY {
                self.registry.extend(json::<Vec<String>>(&text)?);
            } else if text.name == resources::FILE {
                // Those inside the binary are there from the start.
                if folder.is_some() {
                    add_resources(&mut self.resources, &text)?;
                }
            } else if text.name == VERSIONS && folder.is_none() {
                // What versions there are is asked before a suite is loaded: `target/profile.rs` reads it.
            } else if let Some(name) = text.name.strip_prefix("documents/").and_then(|name| name.strip_suffix(".json"))
            {
                self.documents.push((name.to_owned(), json(&text)?));
            } else {
                case_files.push(text);
            }
        }
        // Names have to be known, whatever file they stand in, before the first case is read.
        let documents: Vec<&str> = self.documents.iter().map(|(name, _)| name.as_str()).collect();
        let mut cases = Vec::new();
        for text in &case_files {
            let mut file = parse(&self.library, text, folder.is_some())?;
            if folder.is_some() {
                lint::file(&text.name, &file, &lint::Known { documents: &documents, resources: &self.resources })?;
            }
            locate(&mut file, text, folder.unwrap_or(Path::new(HOME)))?;
            cases.extend(file.cases);
        }
        for case in cases {
            match self.cases.iter_mut().find(|known| known.id == case.id) {
                Some(known) if folder.is_some() => *known = case,
                _ => self.cases.push(case),
            }
        }
        Ok(())
    }
}

/// Notes for each case of a file where it is written.
fn locate(file: &mut CaseFile, text: &Text, root: &Path) -> Result<(), LoadError> {
    let broken = |source| LoadError::Json { file: text.name.clone(), source };
    let lines = place::lines_of_cases(&String::from_utf8_lossy(&text.bytes)).map_err(broken)?;
    let path = slashed(&root.join(&text.name));
    for (case, line) in file.cases.iter_mut().zip(lines) {
        case.place = Place { file: path.clone(), line };
    }
    Ok(())
}

/// Takes in the rows of a folder's own file, those of the binary kept.
fn add_resources(resources: &mut Resources, text: &Text) -> Result<(), LoadError> {
    let rule = |message| LoadError::Rule { file: text.name.clone(), pointer: String::new(), message };
    resources.extend(Resources::parse(&text.bytes).map_err(rule)?);
    resources.broken_rule().map_or(Ok(()), |why| Err(rule(why)))
}

/// Reads one case file; a `strict` one as one of a stranger: format and schema are checked, as it is written and once more with
/// all names resolved. Rules about meaning are `lint`'s.
fn parse(library: &Library, text: &Text, strict: bool) -> Result<CaseFile, LoadError> {
    let value: Value = json(text)?;
    let rule = |pointer: &str, message: String| LoadError::Rule {
        file: text.name.clone(),
        pointer: if pointer.is_empty() { String::new() } else { format!("#{pointer}") },
        message,
    };
    if strict {
        let found = value.get("format").cloned().unwrap_or_default();
        if found != FORMAT {
            return Err(LoadError::Format { file: text.name.clone(), found });
        }
        if let Some((pointer, expected)) = worst_violation(&value).map_err(|message| rule("", message))? {
            return Err(rule(&pointer, expected));
        }
    }
    let expanded = library.file(&text.name, value)?;
    if strict && let Some((pointer, expected)) = worst_violation(&expanded).map_err(|message| rule("", message))? {
        // The place is one of the expanded file; in the file as it is written it is somewhere in this case.
        let (case, rest) = pointer.match_indices('/').nth(2).map_or((&*pointer, ""), |(at, _)| pointer.split_at(at));
        let id = expanded.pointer(case).and_then(|case| case.get("id")).and_then(Value::as_str).unwrap_or_default();
        return Err(rule(case, format!("{id}: with all names resolved, {rest}: {expected}")));
    }
    serde_json::from_value(expanded).map_err(|error| rule("", error.to_string()))
}

/// The place that breaks the schema of case files, with what is expected there, if there is one.
fn worst_violation(value: &Value) -> Result<Option<(String, String)>, String> {
    let violations = schemas::case_file_violations(value).map_err(|error| error.to_string())?;
    // The deepest place says most: an outer `anyOf` fails because of it.
    let worst = violations.into_iter().max_by_key(|violation| violation.pointer.matches('/').count());
    Ok(worst.map(|violation| (violation.pointer, violation.expected)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The files inside the binary.
    fn embedded() -> Vec<Text> {
        let mut texts = Vec::new();
        collect_embedded(&EMBEDDED, &mut texts);
        texts
    }

    #[test]
    fn every_case_file_inside_the_binary_is_valid() {
        let mut loader = Loader::default();
        loader.add(embedded(), None).unwrap();
        let documents: Vec<&str> = loader.documents.iter().map(|(name, _)| name.as_str()).collect();
        for text in embedded().iter().filter(|text| is_case_file(&text.name)) {
            let file = parse(&loader.library, text, true).unwrap_or_else(|error| panic!("{error}"));
            let known = lint::Known { documents: &documents, resources: &loader.resources };
            lint::file(&text.name, &file, &known).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn every_source_and_every_form_is_called_by_name() {
        let mut loader = Loader::default();
        loader.add(embedded(), None).unwrap();
        let (sources, forms) = loader.library.names();
        let texts: String = embedded()
            .iter()
            .filter(|text| is_case_file(&text.name) || text.name == FORMS)
            .map(|text| String::from_utf8(text.bytes.clone()).unwrap())
            .collect();
        // A form's own line has a colon behind its name.
        let called = |name: &&str| texts.replace(&format!("\"{name}\":"), "").contains(&format!("\"{name}\""));
        let idle: Vec<&str> = sources.into_iter().chain(forms).filter(|name| !called(name)).collect();
        assert_eq!(idle, Vec::<&str>::new());
    }

    #[test]
    fn a_case_knows_where_it_is_written() {
        let texts = embedded();
        for case in load(Folder::None).unwrap().cases {
            let name = case.place.file.strip_prefix("conformance/cases/").unwrap();
            let text = texts.iter().find(|text| text.name == name).unwrap();
            let text = String::from_utf8(text.bytes.clone()).unwrap();
            // The entry's brace, then its id.
            let entry: Vec<&str> = text.lines().skip(case.place.line - 1).take(2).collect();
            assert!(entry[0].trim() == "{" && entry[1].contains(&format!("\"{}\"", case.id)), "{}: {entry:?}", case.id);
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
