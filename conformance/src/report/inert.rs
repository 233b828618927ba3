//! Makes text that a server controls inert: one function for each kind of place it can land in.
//!
//! The result model holds text as it came (less the secrets). Markup, terminal escapes, workflow commands, invisible
//! direction marks and the like must not act on whoever reads a report, so no report writes such text except through
//! this module. Only the canonical JSON keeps every character, written as escapes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How many characters of one value the text reports show.
pub const TEXT_LIMIT: usize = 600;

/// How many characters of one value the HTML page shows: there is room to fold.
pub const PAGE_LIMIT: usize = 8_000;

/// Whether a character could act on its reader instead of being read: controls (line ends among them), direction marks
/// and other invisible format characters, line separators, code points that XML forbids.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(character) & 0xfffe == 0xfffe
}

/// One line of readable text of at most `limit` characters: what could act is written as an escape (`\n`, `\u{1b}`), what
/// is over the limit is counted.
pub fn visible(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit && !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len().min(limit) + 16);
    let mut characters = text.chars();
    for character in characters.by_ref().take(limit) {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            _ if acts(character) => push_escape(&mut line, character),
            _ => line.push(character),
        }
    }
    let left = characters.count();
    if left > 0 {
        // Writing to a string cannot fail.
        let _ = write!(line, "… ({left} more characters)");
    }
    Cow::Owned(line)
}

fn push_escape(line: &mut String, character: char) {
    let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
}

/// For a terminal, a log, XML or TAP text. CI servers look for commands such as `##[error]` and `##vso[` anywhere in a
/// logged line, so a double number sign is broken up; commands that must begin a line (`::error::`) cannot, because
/// [`visible`] leaves no line ends and every report begins its lines itself.
pub fn terminal(text: &str) -> String {
    visible(text, TEXT_LIMIT).replace("##", "#\\u{23}")
}

/// Like [`terminal`], for a line to be copied into a shell: longer, and otherwise untouched.
pub fn command(text: &str) -> String {
    visible(text, PAGE_LIMIT).replace("##", "#\\u{23}")
}

/// For HTML, as text or inside a quoted attribute.
pub fn html(text: &str) -> String {
    let visible = visible(text, PAGE_LIMIT);
    let mut out = String::with_capacity(visible.len() + 16);
    for character in visible.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            // See `terminal`: a page may be written to a log as well.
            '#' if out.ends_with('#') => out.push_str("&#35;"),
            _ => out.push(character),
        }
    }
    out
}

/// For Markdown, as a code span. Nothing inside a span is read as Markdown, HTML, a link or a mention, as long as its
/// fence is longer than any run of backticks in it. Not for table cells: a bar would end the cell inside a span too.
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text);
    if text.is_empty() {
        return "*(empty)*".to_owned();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // A span loses one space at either end if both are there, and a backtick may not touch the fence.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// For Markdown, as running text or in a table cell: every sign that Markdown reads is escaped. For text of the suite's
/// own (titles, requirements); mentions and bare links of a server's text would still be picked up.
pub fn markdown_text(text: &str) -> String {
    let text = terminal(text);
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// For a TAP description or reason: `#` would begin a directive.
pub fn tap(text: &str) -> String {
    terminal(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// For YAML, as a double-quoted scalar.
pub fn yaml(text: &str) -> String {
    format!("\"{}\"", terminal(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// For the message of a GitHub workflow command. The text may hold line ends of our own making.
pub fn github_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For a property (`title=`) of a GitHub workflow command.
pub fn github_property(text: &str) -> String {
    github_message(&terminal(text)).replace(':', "%3A").replace(',', "%2C")
}

/// Makes serialised JSON inert without changing its meaning: what could act is written as an escape. Such characters
/// occur in strings only, where an escape stands for the same character.
pub fn json(serialised: &str) -> String {
    let mut out = String::with_capacity(serialised.len());
    for character in serialised.chars() {
        match character {
            // Line ends between members are the serialiser's own; inside strings it has escaped them.
            '\n' => out.push('\n'),
            // `</script>` and `<!--`, should the report be put into a page.
            '<' => out.push_str("\\u003c"),
            '#' if out.ends_with('#') => out.push_str("\\u0023"),
            _ if acts(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::HOSTILE;

    #[test]
    fn visible_text_is_one_line_without_anything_that_acts() {
        let line = visible(HOSTILE, TEXT_LIMIT);
        assert!(!line.chars().any(acts), "{line}");
        assert!(
            line.contains("]]>\\n::error::pwned\\r\\n")
                && line.contains("\\u{1b}[31m")
                && line.contains("\\u{202e}\\u{2028}")
        );
        assert!(matches!(visible("plain → text", 100), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut_by_characters_and_counted() {
        assert_eq!(visible("äöüß", 2), "äö… (2 more characters)");
        assert_eq!(visible("äöüß", 4), "äöüß");
    }

    #[test]
    fn html_has_no_markup_left() {
        let text = html(HOSTILE);
        assert!(!text.contains(['<', '>', '"', '\'', '`']), "{text}");
        assert_eq!(html("a ##[error] b"), "a #&#35;[error] b");
    }

    #[test]
    fn code_spans_cannot_be_closed_from_inside() {
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("a``b"), "```a``b```");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(markdown_code(""), "*(empty)*");
    }

    #[test]
    fn markdown_text_keeps_table_cells_whole() {
        assert_eq!(markdown_text("a|b\n<c> *d* \\|"), "a\\|b\\\\n&lt;c&gt; \\*d\\* \\\\\\|");
    }

    #[test]
    fn tap_and_yaml_take_no_directives() {
        assert_eq!(tap("x # TODO \\"), "x \\# TODO \\\\");
        assert_eq!(yaml("a\"b\\\n..."), r#""a\"b\\\\n...""#);
    }

    #[test]
    fn workflow_commands_are_escaped() {
        assert_eq!(github_message("50%\nnext"), "50%25%0Anext");
        assert_eq!(github_property("a: b, c%0A"), "a%3A b%2C c%250A");
        assert_eq!(terminal("##[error] ##vso[x] ###"), "#\\u{23}[error] #\\u{23}vso[x] #\\u{23}#");
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_one_line_of_bounded_length(text in "\\PC*|.*|[\\x00-\\x{ffff}]*", limit in 0_usize..40) {
            let line = visible(&text, limit);
            proptest::prop_assert!(!line.chars().any(acts));
            // An escape is at most `\u{10ffff}`, the count of what is left at most some dozens.
            proptest::prop_assert!(line.chars().count() <= limit * 10 + 60);
        }

        #[test]
        fn any_json_means_the_same(text in "(##|<|\\PC|.|[\\x00-\\x{10ffff}])*") {
            let inert = json(&serde_json::to_string(&text).unwrap());
            proptest::prop_assert!(!inert.contains("##") && !inert.contains('<') && !inert.chars().any(acts));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&inert).unwrap(), text);
        }

        #[test]
        fn any_code_span_is_closed_by_its_own_fence_only(text in "[`a |\\\\]{1,20}") {
            let span = markdown_code(&text);
            let fence: String = span.chars().take_while(|character| *character == '`').collect();
            let inside = &span[fence.len()..span.len() - fence.len()];
            let longest = inside.split(|character| character != '`').map(str::len).max().unwrap_or_default();
            proptest::prop_assert!(span.ends_with(&fence) && longest < fence.len());
            proptest::prop_assert!(!inside.starts_with('`') && !inside.ends_with('`'));
        }
    }

    #[test]
    fn inert_json_means_the_same() {
        let nasty = format!("{HOSTILE}##[error]###\u{e0041}\u{7f}\u{9b}");
        let inert = json(&serde_json::to_string_pretty(&serde_json::json!({ "text": nasty })).unwrap());
        assert!(!inert.chars().any(|character| acts(character) && character != '\n'));
        assert!(!inert.contains("##") && !inert.contains('<'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&inert).unwrap()["text"], nasty);
    }
}
