//! The data the program carries: profiles, seeds, schemas. A folder given with `--fixtures` replaces `fixtures/`.

use std::any::Any;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use include_dir::{Dir, include_dir};
use thiserror::Error;

static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures");

/// Why fixture files could not be read.
#[derive(Debug, Error)]
pub enum DataError {
    /// A file or folder could not be read.
    #[error("{path}: {source}; the folder given with --fixtures must hold what the project's fixtures/ holds")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{file}: {source}")]
    Json {
        /// The file.
        file: String,
        /// Line, column and reason.
        source: serde_json::Error,
    },
    /// An embedded or read file is not UTF-8 text.
    #[error("{0} is not UTF-8 text")]
    NotText(PathBuf),
}

/// Where fixtures come from: the ones built in, or a folder laid out like them.
#[derive(Debug, Clone, Default)]
pub struct Fixtures {
    folder: Option<PathBuf>,
    /// Parsed files by path, where each is to be read once.
    read: Option<Arc<Parsed>>,
}

type Parsed = Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>;

impl Fixtures {
    /// The fixtures built into the program.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The fixtures in `folder`.
    pub fn from_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), read: None }
    }

    /// The folder that replaces the fixtures built in, if one does.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Every profile file as `(file name, text)`, by name.
    ///
    /// # Errors
    /// [`DataError`] when the folder or a file cannot be read.
    pub fn profiles(&self) -> Result<Vec<(String, String)>, DataError> {
        self.json_files("profiles")
    }

    /// One file by its path below `fixtures/`.
    ///
    /// # Errors
    /// [`DataError`] when it cannot be read.
    pub fn text(&self, path: &str) -> Result<String, DataError> {
        match &self.folder {
            Some(folder) => read(&folder.join(path)),
            None => match FIXTURES.get_file(path) {
                Some(file) => file.contents_utf8().map(str::to_owned).ok_or_else(|| DataError::NotText(path.into())),
                None => Err(DataError::Read { path: path.into(), source: std::io::ErrorKind::NotFound.into() }),
            },
        }
    }

    /// One JSON file by its path below `fixtures/`.
    ///
    /// # Errors
    /// [`DataError`] when it cannot be read or is not what it should be.
    pub fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, DataError> {
        serde_json::from_str(&self.text(path)?).map_err(|source| DataError::Json { file: self.shown(path), source })
    }

    /// The same fixtures, of which [`Fixtures::shared`] reads each file once, now or later. Clones share what was read.
    pub(crate) fn read_once(&self) -> Self {
        Self { folder: self.folder.clone(), read: Some(Arc::default()) }
    }

    /// One JSON file by its path below `fixtures/`, which others may have as well.
    ///
    /// # Errors
    /// As [`Fixtures::json`].
    pub(crate) fn shared<T>(&self, path: &str) -> Result<Arc<T>, DataError>
    where
        T: serde::de::DeserializeOwned + Any + Send + Sync,
    {
        let Some(read) = &self.read else { return Ok(Arc::new(self.json(path)?)) };
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(known)) = read.get(path).cloned().map(Arc::downcast) {
            return Ok(known);
        }
        let file: Arc<T> = Arc::new(self.json(path)?);
        read.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    /// How messages call the file `path` below `fixtures/`: with the folder's path where one was given.
    pub fn shown(&self, path: &str) -> String {
        self.folder.as_ref().map_or_else(|| path.to_owned(), |folder| folder.join(path).display().to_string())
    }

    fn json_files(&self, below: &str) -> Result<Vec<(String, String)>, DataError> {
        let mut files = Vec::new();
        match &self.folder {
            Some(folder) => {
                let folder = folder.join(below);
                let refuse = |source| DataError::Read { path: folder.clone(), source };
                for entry in folder.read_dir().map_err(refuse)? {
                    let path = entry.map_err(refuse)?.path();
                    if path.extension().is_some_and(|extension| extension == "json") {
                        files.push((path.display().to_string(), read(&path)?));
                    }
                }
            }
            None => {
                for file in FIXTURES.get_dir(below).into_iter().flat_map(Dir::files) {
                    let text = file.contents_utf8().ok_or_else(|| DataError::NotText(file.path().to_owned()))?;
                    files.push((file.path().display().to_string(), text.to_owned()));
                }
            }
        }
        files.sort();
        Ok(files)
    }
}

/// A file's JSON as documents hold it.
pub fn from_json(json: &serde_json::Value) -> mongo_query::Value {
    // What was JSON once is JSON again.
    javascript::json::parse(&json.to_string()).unwrap_or(mongo_query::Value::Null)
}

/// A document's value as JSON: what the library shows of itself.
pub fn to_json(value: &mongo_query::Value) -> serde_json::Value {
    serde_json::from_str(&javascript::stringify::value(value)).unwrap_or_default()
}

/// Reads a member of a file as documents hold it (for `#[serde(deserialize_with)]`).
///
/// # Errors
/// Those of the file's format.
pub fn value<'de, D: serde::Deserializer<'de>>(file: D) -> Result<mongo_query::Value, D::Error> {
    serde::Deserialize::deserialize(file).map(|json| from_json(&json))
}

/// As [`value`], for an object.
///
/// # Errors
/// Those of the file's format.
pub fn document<'de, D: serde::Deserializer<'de>>(file: D) -> Result<mongo_query::Document, D::Error> {
    let fields: serde_json::Map<String, serde_json::Value> = serde::Deserialize::deserialize(file)?;
    Ok(fields.iter().map(|(name, json)| (name.as_str().into(), from_json(json))).collect())
}

fn read(path: &Path) -> Result<String, DataError> {
    std::fs::read_to_string(path).map_err(|source| DataError::Read { path: path.to_owned(), source })
}
