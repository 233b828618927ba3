//! Percent-encoding of query strings and forms.

use std::fmt::Write;

/// Text with every byte but letters, digits and `-._~` percent-encoded.
pub fn component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
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
