//! Regular expressions of cases, compiled once: a condition on a field meets every record of a list with the same one.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// Whether the pattern is found in the text; never for a pattern that is none.
pub(super) fn is_found(pattern: &str, text: &str) -> bool {
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern) {
            compiled.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        compiled.get(pattern).and_then(Option::as_ref).is_some_and(|regex| regex.is_match(text))
    })
}

#[cfg(test)]
mod tests {
    use super::is_found;

    #[test]
    fn patterns_are_found_anywhere_and_broken_ones_nowhere() {
        assert!(is_found("b+", "abba") && is_found("b+", "abba"));
        assert!(!is_found("^b", "abba"));
        assert!(!is_found("(", "("));
    }
}
