//! The same question to one server of each era.

use crate::client::{Server, documented, version};

/// `documented` and one version of each era.
pub const ERAS: &[&str] = &["0.61.0", "2.4.0", "3.18.0", "6.13.0", "7.4.0", "7.10.0", "8.7.0"];

/// The answer of each era, a line each; eras that answer alike share one.
pub fn by_era(ask: impl Fn(&Server) -> String) -> String {
    let mut lines: Vec<(Vec<&str>, String)> = Vec::new();
    let eras = std::iter::once(("documented", documented())).chain(ERAS.iter().map(|era| (*era, version(era))));
    for (era, server) in eras {
        let answer = without_preferences(&without_page(&ask(&server)));
        match lines.iter_mut().find(|(_, known)| *known == answer) {
            Some((eras, _)) => eras.push(era),
            None => lines.push((vec![era], answer)),
        }
    }
    let lines = lines.into_iter().map(|(eras, answer)| format!("{}: {answer}", eras.join(", ")));
    lines.collect::<Vec<_>>().join("\n")
}

/// The answer with the web application's page shown by name.
fn without_page(answer: &str) -> String {
    match (answer.find("<!DOCTYPE html>"), answer.find("</html>\n")) {
        (Some(start), Some(end)) => {
            format!("{}(the web application){}", &answer[..start], &answer[end + "</html>\n".len()..])
        }
        _ => answer.to_owned(),
    }
}

/// The answer with the many default preferences of a user left out.
pub fn without_preferences(answer: &str) -> String {
    let Some((before, preferences)) = answer.split_once("\"preferences\":{") else { return answer.to_owned() };
    format!("{before}\"preferences\":{{}}{}", preferences.split_once('}').map_or("", |(_, after)| after))
}
