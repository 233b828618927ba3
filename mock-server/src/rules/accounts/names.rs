//! What user names, shown names and addresses may be.

use mongo_query::document;
use percent_encoding::percent_decode_str;

use crate::era::fact::facts;
use crate::rules::fault::Fault;
use crate::state::tx::Tx;

facts! {
    /// refuses shown names that could be read as markup or a path
    pub CHECKED: bool = false => {
        (6, 13, 0) => true, "apps/meteor/app/lib/server/functions/validateNameChars.ts (#34911), in 6.13.0 at the latest";
    }
    /// gives nobody the names of roles and mentions, such as `admin` and `all`
    pub RESERVED: bool = false => {
        (4, 0, 0) => true, "Accounts_SystemBlockedUsernameList in app/lib/server/functions/checkUsernameAvailability.js, in 4.0.0 at the latest";
    }
}

/// Names nobody may take.
const TAKEN_WORDS: &[&str] = &["all", "here", "admin", "administrator", "system", "user"];

/// Refuses a shown name that could be read as markup or a path (upstream: `validateNameChars.ts`).
///
/// # Errors
/// For such a name.
pub fn check_shown(tx: &Tx<'_>, name: Option<&str>) -> Result<(), Fault> {
    match name.filter(|name| tx.fact(&CHECKED) && !has_name_letters(name)) {
        Some(_) => Err(Fault::thrown("Name contains invalid characters")),
        None => Ok(()),
    }
}

/// Whether upstream's default pattern for user names, `[0-9a-zA-Z-_.]+`, matches.
pub fn is_username(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether the name is one nobody may take (upstream: `Accounts_BlockedUsernameList` and the reserved words of `usernameIsBlocked`).
pub fn is_reserved(tx: &Tx<'_>, name: &str) -> bool {
    tx.fact(&RESERVED) && TAKEN_WORDS.contains(&name.to_lowercase().as_str())
}

/// Refuses what is no address by upstream's lax pattern: one `@` with something on both sides (upstream: `validateEmailDomain`).
///
/// # Errors
/// For what is none.
pub fn check_address(address: &str) -> Result<(), Fault> {
    if is_address(address) {
        return Ok(());
    }
    let details = document! { "function": "RocketChat.validateEmailDomain", "email": address };
    Err(Fault::meteor_with("error-invalid-email", format!("Invalid email {address}"), details))
}

fn is_address(address: &str) -> bool {
    matches!(address.split_once('@'), Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// `text` as Underscore's `_.escape` shows it.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#x27;"),
            '`' => shown.push_str("&#x60;"),
            letter => shown.push(letter),
        }
    }
    shown
}

/// Whether a name has none of `<`, `>`, `\`, `/`, also not once it went through `decodeURI`, which must take it.
fn has_name_letters(name: &str) -> bool {
    if name.contains(['<', '>', '\\', '/']) {
        return false;
    }
    // `decodeURI` throws at a `%` without its two digits, which percent-decoding would let pass. It also leaves `%2F` encoded;
    // decoded it is no letter looked for below.
    let is_byte =
        |after: &str| after.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    name.split('%').skip(1).all(is_byte)
        && percent_decode_str(name).decode_utf8().is_ok_and(|decoded| !decoded.contains(['<', '>', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_markup_and_no_paths() {
        for name in ["Kim", "Kim & Lee; 50", "é😀", "%C3%A9", "a%2Fb", "%20"] {
            assert!(has_name_letters(name), "{name}");
        }
        for name in ["<b>", "a/b", "a\\b", ">", "%3Cb", "%3e", "%5c", "100%", "%zz", "%C3", "%+1"] {
            assert!(!has_name_letters(name), "{name}");
        }
    }

    #[test]
    fn names_and_addresses_are_judged_by_the_default_patterns() {
        for (name, valid) in [("a.B-9_", true), ("", false), ("a b", false), ("ä", false), ("a@b", false)] {
            assert_eq!(is_username(name), valid, "{name}");
        }
        for (address, valid) in [("a@b", true), ("a@b@c", false), ("@b", false), ("a@", false), ("ab", false)] {
            assert_eq!(is_address(address), valid, "{address}");
        }
        assert_eq!(escaped("<a>&'b'"), "&lt;a&gt;&amp;&#x27;b&#x27;");
    }
}
