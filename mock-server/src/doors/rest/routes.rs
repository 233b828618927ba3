//! From a path and a method to an endpoint.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::doors::rest::endpoint::Endpoint;
use crate::doors::rest::{docs_json, endpoints};
use crate::doors::wire::Method;
use crate::era::{Profile, UnknownRoute};

/// Every endpoint the mock serves, whatever the version, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    // The document about all endpoints cannot be one of those it is about.
    endpoints::all().chain(docs_json::ENDPOINTS)
}

/// What a path and method lead to.
pub enum Found<'p> {
    /// An endpoint, its number (for the limiter) and what its path parameter stands for.
    Endpoint {
        /// The endpoint.
        endpoint: &'static Endpoint,
        /// Its place among [`all`].
        number: usize,
        /// The value of its path parameter.
        parameter: Option<&'p str>,
    },
    /// The path exists for other methods; the value of an `allow` header.
    OtherMethods(String),
    /// No such path.
    Nothing,
}

/// Endpoints with their numbers.
type Numbered = Vec<(usize, &'static Endpoint)>;

/// All endpoints by path. Which of them a version has is asked of each when it is found, so that one table serves all workspaces.
struct Table {
    exact: HashMap<&'static str, Numbered>,
    /// Paths with a parameter.
    with_parameter: Vec<(&'static str, Numbered)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { exact: HashMap::new(), with_parameter: Vec::new() };
    for (number, endpoint) in all().enumerate() {
        if !endpoint.path.contains(':') {
            table.exact.entry(endpoint.path).or_default().push((number, endpoint));
            continue;
        }
        match table.with_parameter.iter_mut().find(|(known, _)| *known == endpoint.path) {
            Some((_, endpoints)) => endpoints.push((number, endpoint)),
            None => table.with_parameter.push((endpoint.path, vec![(number, endpoint)])),
        }
    }
    table
});

/// What `path` and `method` lead to on a server of `profile`. Paths are compared letter by letter: case and a trailing slash matter.
pub fn find<'p>(profile: &Profile, licensed: bool, path: &'p str, method: &Method) -> Found<'p> {
    let served = |endpoints: &'static Numbered| {
        endpoints.iter().copied().filter(|(_, endpoint)| endpoint.exists_in(profile, licensed))
    };
    let exact = TABLE.exact.get(path).map(|endpoints| (endpoints, None));
    let exact = exact.filter(|(endpoints, _)| served(endpoints).next().is_some());
    let with_parameter = || {
        let mut patterns = TABLE.with_parameter.iter();
        patterns.find_map(|(pattern, endpoints)| {
            let parameter = parameter(pattern, path)?;
            served(endpoints).next().map(|_| (endpoints, Some(parameter)))
        })
    };
    let Some((endpoints, parameter)) = exact.or_else(with_parameter) else { return Found::Nothing };
    // Restivus knows no HEAD; Express and Hono answer it as GET without the body.
    let head_as_get = *method == Method::HEAD && profile.switches.unknown_route == UnknownRoute::Text404;
    let wanted = if head_as_get { "GET" } else { method.as_str() };
    match served(endpoints).find(|(_, endpoint)| endpoint.method.as_str() == wanted) {
        Some((number, endpoint)) => Found::Endpoint { endpoint, number, parameter },
        // Restivus leaves HEAD to whatever comes after the API.
        None if *method == Method::HEAD => Found::Nothing,
        None => {
            let mut methods: Vec<_> = served(endpoints).map(|(_, endpoint)| endpoint.method.as_str()).collect();
            methods.sort_unstable();
            methods.dedup();
            methods.push("OPTIONS");
            Found::OtherMethods(methods.join(", "))
        }
    }
}

/// Whether the mock has the endpoint in any version.
pub fn implemented(method: &Method, path: &str) -> bool {
    all().any(|endpoint| {
        let same_path = endpoint.path == path || parameter(endpoint.path, path).is_some();
        same_path && endpoint.method.as_str() == method.as_str()
    })
}

/// What the segment `:name` of `pattern` stands for in `path`; `None` when they do not match.
fn parameter<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let (before, name_on) = pattern.split_once(':')?;
    let after = name_on.find('/').map_or("", |end| name_on.get(end..).unwrap_or_default());
    let value = path.strip_prefix(before)?.strip_suffix(after)?;
    (!value.is_empty() && !value.contains('/')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_one_segment_wherever_it_stands() {
        assert_eq!(parameter("/a/:id", "/a/x"), Some("x"));
        assert_eq!(parameter("/a/:id/b", "/a/x/b"), Some("x"));
        for (pattern, path) in
            [("/a/:id", "/a/"), ("/a/:id", "/a/x/y"), ("/a/:id/b", "/a/x"), ("/a/:id/b", "/a//b"), ("/a", "/a")]
        {
            assert_eq!(parameter(pattern, path), None, "{pattern} {path}");
        }
    }

    #[test]
    fn no_endpoint_is_declared_twice_for_one_version() {
        for (number, endpoint) in all().enumerate() {
            for other in all().skip(number + 1) {
                let apart = endpoint.until.is_some_and(|until| until <= other.since)
                    || other.until.is_some_and(|until| until <= endpoint.since);
                assert!(endpoint.path != other.path || endpoint.method != other.method || apart, "{}", endpoint.name());
            }
        }
    }
}
