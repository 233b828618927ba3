//! Looks for secrets in every report of a result, in every spelling a format or a URL could give them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conformance::model::RunResult;
use conformance::report::{self, Format, Options, Verbosity};

/// Fails if any report of the result shows one of the canaries.
pub(crate) fn assert_absent(result: &RunResult, canaries: &[&str]) {
    let found = find(result, canaries);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Where canaries show: one line a report and spelling.
pub(crate) fn find(result: &RunResult, canaries: &[&str]) -> Vec<String> {
    let options = Options { report_file: None, color: false, verbosity: Verbosity::Verbose };
    let mut found = Vec::new();
    for format in Format::ALL {
        let text = report::render(format, result, &options).unwrap();
        found.extend(find_in(&format!("the {format} report"), &text, canaries));
    }
    found
}

/// Where canaries show in one text, for sinks that are no reports (a log, standard error).
pub(crate) fn find_in(sink: &str, text: &str, canaries: &[&str]) -> Vec<String> {
    let shows = |spelling: &String| text.contains(spelling.as_str());
    canaries
        .iter()
        .flat_map(|canary| spellings(canary))
        .filter(shows)
        .map(|spelling| format!("{sink} shows {spelling}"))
        .collect()
}

/// The ways a value could be written.
pub(crate) fn spellings(canary: &str) -> Vec<String> {
    let json = serde_json::to_string(canary).unwrap().trim_matches('"').to_owned();
    let xml = canary.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let html = xml.replace('\'', "&#39;");
    let hex: Vec<_> = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = |keep: &dyn Fn(u8) -> bool| {
        let units = canary.bytes();
        let units = units.map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
        units.collect::<Vec<_>>().concat()
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut all = vec![
        canary.to_owned(),
        json,
        xml.replace('\'', "&apos;"),
        html,
        hex.concat(),
        percent(&unreserved),
        percent(&|byte| unreserved(byte) || b"/+='\"<&".contains(&byte)),
        STANDARD.encode(canary),
        URL_SAFE_NO_PAD.encode(canary),
        canary.chars().rev().collect(),
    ];
    all.sort();
    all.dedup();
    all
}
