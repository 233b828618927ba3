//! Percent-encoding of query strings and forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text with every byte but letters, digits and `-._~` percent-encoded.
pub fn component(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A query string or form body of these pairs, in order.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut encoded = String::new();
    for (name, value) in pairs {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encoded.push_str(&component(name));
        encoded.push('=');
        encoded.push_str(&component(value));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_with_a_meaning_is_encoded() {
        assert_eq!(pairs([("sort", r#"{"a":-1}"#), ("x y", "ü&+")]), "sort=%7B%22a%22%3A-1%7D&x%20y=%C3%BC%26%2B");
        assert_eq!(pairs([]), "");
    }
}
