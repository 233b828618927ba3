//! The grammar of a JavaScript regular expression, and the text it shows of itself.

/// What a JavaScript engine refuses to compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRegExp;

/// How deep a pattern's groups may nest, and how many bytes it may have, to be judged at all. Beyond
/// that it counts as valid here; MongoDB's engine then refuses it or not.
const JUDGED_NESTING: usize = 100;
const JUDGED_LENGTH: usize = 4_000;

/// Checks the grammar of a JavaScript pattern.
///
/// # Errors
/// When JavaScript would refuse the pattern.
pub fn check(pattern: &str, unicode: bool) -> Result<(), InvalidRegExp> {
    let mut depth = 0_usize;
    for byte in pattern.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > JUDGED_NESTING {
            return Ok(());
        }
    }
    if pattern.len() > JUDGED_LENGTH {
        return Ok(());
    }
    let flags = if unicode { "u" } else { "" };
    regress::Regex::with_flags(pattern, flags).map(|_| ()).map_err(|_| InvalidRegExp)
}

/// The `source` of a JavaScript regular expression: slashes outside classes and line ends are escaped, an empty pattern is
/// `(?:)`.
pub fn source(pattern: &str) -> String {
    if pattern.is_empty() {
        return "(?:)".to_owned();
    }
    let mut source = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let escaped = letter == '\\';
        let letter = if escaped { letters.next().unwrap_or('\\') } else { letter };
        match letter {
            '[' if !escaped => in_class = true,
            ']' if !escaped => in_class = false,
            _ => {}
        }
        match letter {
            '\n' => source.push_str("\\n"),
            '\r' => source.push_str("\\r"),
            '\u{2028}' => source.push_str("\\u2028"),
            '\u{2029}' => source.push_str("\\u2029"),
            letter => {
                if escaped || (letter == '/' && !in_class) {
                    source.push('\\');
                }
                source.push(letter);
            }
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_javascript_refuses_are_told() {
        for pattern in
            ["(", "a)", "[a", "*a", "a**", "+", "^*", "\\", "a{2,1}", "[b-a]", "(?x)", "(?<n", "(?P<n>a)", "a++"]
        {
            assert_eq!(check(pattern, false), Err(InvalidRegExp), "{pattern}");
        }
        for pattern in ["^0", "a{", "}", "]", "\\8", "\\c", "[[:alpha:]]", "(?=a)*", "\\p{L}", "(?<!a)b", "[]"] {
            assert_eq!(check(pattern, false), Ok(()), "{pattern}");
        }
        assert_eq!(check("a{", true), Err(InvalidRegExp));
    }

    #[test]
    fn hostile_patterns_are_judged_on_a_small_stack() {
        let judge = || {
            for pattern in [
                "(".repeat(50_000),
                format!("{}a{}", "(".repeat(100), ")".repeat(100)),
                format!("{}a{}", "(?=".repeat(50_000), ")".repeat(50_000)),
                "(((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000}){1,1000}".to_owned(),
                "a|".repeat(2_000),
                "a|".repeat(100_000),
                "()".repeat(2_000),
                "[a-z]".repeat(800),
            ] {
                assert_eq!(check(&pattern, false), Ok(()));
            }
        };
        std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(judge).unwrap().join().unwrap();
    }
}
