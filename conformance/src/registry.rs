//! The ids ever handed out: `cases/registry.json`, a list in the order of handing out. A retired id keeps its row as
//! `RCS-LIST-PAGE-007 retired: why`. Nothing is removed, renumbered or used again.

use std::collections::{BTreeMap, BTreeSet};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// The id.
    pub id: &'a str,
    /// Why it is retired, if it is.
    pub retired: Option<&'a str>,
}

/// Reads a row.
pub fn row(text: &str) -> Row<'_> {
    match text.split_once(" retired: ") {
        Some((id, why)) => Row { id, retired: Some(why) },
        None => Row { id: text, retired: None },
    }
}

/// Every rule the registry and the cases break together, a sentence each.
pub fn problems(registry: &[String], cases: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    let mut current = BTreeSet::new();
    for text in registry {
        let row = row(text);
        let Some((group, number)) =
            row.id.rsplit_once('-').and_then(|(group, number)| Some((group, number.parse::<u32>().ok()?)))
        else {
            problems.push(format!("`{text}` is not an id"));
            continue;
        };
        // Numbers without gaps make a row that was taken out show.
        let expected = last.get(group).copied().unwrap_or_default() + 1;
        if number != expected {
            problems.push(format!(
                "{} comes where {group}-{expected:03} is due: ids are appended in order and never removed",
                row.id
            ));
        }
        last.insert(group, number);
        if row.retired.is_none() {
            current.insert(row.id);
        }
    }
    for id in cases {
        if !current.contains(id) {
            problems.push(format!(
                "{id} is not registered, or retired: append new ids to cases/registry.json and never reuse one"
            ));
        }
    }
    let used: BTreeSet<&str> = cases.iter().copied().collect();
    for id in current.difference(&used) {
        problems.push(format!("{id} has no case: a retired id keeps its row as `{id} retired: why`"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::load::{Folder, load};

    fn tried(registry: &[&str], cases: &[&str]) -> usize {
        let registry: Vec<String> = registry.iter().map(|row| (*row).to_owned()).collect();
        problems(&registry, cases).len()
    }

    #[test]
    fn removal_renumbering_and_reuse_are_caught() {
        let (a, b, c) = ("RCS-LIST-PAGE-001", "RCS-LIST-PAGE-002", "RCS-LIST-PAGE-003");
        assert_eq!(tried(&[a, b, c], &[a, b, c]), 0);
        assert_eq!(tried(&[a, "RCS-LIST-PAGE-002 retired: merged into 001", c], &[a, c]), 0);
        assert_eq!(tried(&[a, c], &[a, c]), 1, "a row taken out");
        assert_eq!(tried(&[a, b], &[a]), 1, "a case taken out");
        assert_eq!(tried(&[a, "RCS-LIST-PAGE-002 retired: wrong"], &[a, b]), 1, "an id used again");
        assert_eq!(tried(&[a, a], &[a]), 1, "a row twice");
        assert_eq!(tried(&[a], &[a, b]), 1, "a case that is not registered");
    }

    #[test]
    fn the_registry_is_in_order() {
        let suite = load(Folder::None).unwrap();
        let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(problems(&suite.registry, &ids), Vec::<String>::new());
    }
}
