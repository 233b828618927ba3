//! What the documentation lists: so that a documented endpoint the mock does not have is named, never imitated.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use crate::era::version::Version;
use crate::era::{Endpoints, Profile};

/// One documented endpoint.
#[derive(Debug, Clone)]
pub struct Documented {
    /// GET, POST, PUT or DELETE.
    pub method: String,
    /// The path; `{name}` or `:name` segments stand for anything.
    pub path: String,
    /// The version the documentation says it came with.
    pub added: Option<Version>,
}

/// Why the list of documented endpoints could not be read.
#[derive(Debug, Error)]
#[error("line {line}: expected method, path and version apart by tabs")]
pub struct CatalogueError {
    line: usize,
}

/// The documented endpoints.
#[derive(Debug, Default)]
pub struct Catalogue {
    entries: Vec<Documented>,
    /// Those that were asked for, so that each is logged once.
    asked: Mutex<HashSet<String>>,
}

impl Catalogue {
    /// Reads `fixtures/endpoints.tsv`: a head line, then method, path, version added and more, apart by tabs.
    ///
    /// # Errors
    /// [`CatalogueError`] with the line.
    pub fn read(text: &str) -> Result<Self, CatalogueError> {
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate().skip(1) {
            let mut columns = line.split('\t');
            let (Some(method), Some(path)) = (columns.next(), columns.next()) else {
                return Err(CatalogueError { line: index + 1 });
            };
            let added = columns.next().and_then(|version| version.parse().ok());
            entries.push(Documented { method: method.to_owned(), path: path.to_owned(), added });
        }
        Ok(Self { entries, asked: Mutex::default() })
    }

    /// Whether the documentation has the endpoint, in whatever version.
    pub fn lists(&self, method: &str, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.method == method && matches(&entry.path, path))
    }

    /// Method and path of the documented endpoint a request is for, as documented; `None` when the documentation has none such in
    /// this version. Logged the first time.
    pub fn documented(&self, method: &str, path: &str, profile: &Profile) -> Option<String> {
        let all = profile.switches.endpoints == Endpoints::AllDocumented;
        let found = self.entries.iter().find(|entry| {
            entry.method == method
                && matches(&entry.path, path)
                && (all || entry.added.as_ref().is_none_or(|added| *added <= profile.version))
        })?;
        let name = format!("{} {}", found.method, found.path);
        if self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone()) {
            tracing::warn!(endpoint = name, "a documented endpoint that the mock does not serve was asked for");
        }
        Some(name)
    }
}

/// Compares segment by segment; `{name}` and `:name` match anything but nothing.
fn matches(documented: &str, path: &str) -> bool {
    let mut wanted = documented.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) => {
                let open = wanted.starts_with(':') || (wanted.starts_with('{') && wanted.ends_with('}'));
                if !(wanted == given || open && !given.is_empty()) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_match_one_segment() {
        assert!(matches("/api/apps/{appId}", "/api/apps/x"));
        assert!(matches("/api/v1/abac/rooms/:rid/attributes", "/api/v1/abac/rooms/x/attributes"));
        assert!(!matches("/api/apps/{appId}", "/api/apps/"));
        assert!(!matches("/api/apps/{appId}", "/api/apps/x/y"));
        assert!(!matches("/api/apps", "/api/Apps"));
    }

    #[test]
    fn the_embedded_list_is_readable() {
        let text = crate::data::Fixtures::embedded().text("endpoints.tsv").unwrap();
        let catalogue = Catalogue::read(&text).unwrap();
        assert_eq!(catalogue.entries.len(), text.lines().count() - 1);
        for method in ["GET", "POST", "PUT", "DELETE"] {
            assert!(catalogue.entries.iter().any(|entry| entry.method == method), "{method}");
        }
        assert!(
            catalogue.lists("DELETE", "/api/v1/abac/attributes/x")
                && catalogue.lists("PUT", "/api/v1/abac/attributes/x")
        );
        assert!(catalogue.entries.iter().any(|entry| entry.path == "/api/v1/statistics.list"));
    }
}
