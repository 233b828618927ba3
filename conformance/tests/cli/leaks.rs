//! Secrets and personal values, planted wherever a server can send them back, show in no report.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::report::Format;
use conformance::sample::HOSTILE;
use serde_json::json;

use crate::server::{PASSWORD, Reply, TOKEN, USER_ID, faithful, with_list};
use crate::support::leaks;
use crate::{conformance, run_command, text};

const STATS_TOKEN: &str = "canary-stats-token";
const SMTP_HOST: &str = "canary-smtp-host.example.org";

#[test]
fn planted_values_show_in_no_report() {
    let server = with_list(|request| match faithful(request) {
        Reply::Json(_, mut body) => {
            let encoded = STANDARD.encode(TOKEN);
            body["echo"] = json!({"authToken": TOKEN, "said": format!("{HOSTILE} {TOKEN}/{USER_ID}/{PASSWORD}")});
            body["encoded"] = json!(format!("{encoded} %63anary {}", TOKEN.replace('-', "%2D")));
            body["count"] = json!(format!("{TOKEN} {PASSWORD}"));
            body["total"] = json!({"statsToken": STATS_TOKEN, "smtpHost": SMTP_HOST});
            body[TOKEN] = json!(USER_ID);
            body["error"] = json!(format!("{HOSTILE}, {PASSWORD}"));
            let headers = vec![
                ("X-Echo".to_owned(), format!("{TOKEN} {USER_ID}")),
                ("Set-Cookie".to_owned(), format!("rc_token={TOKEN}; rc_uid={USER_ID}")),
                ("Location".to_owned(), format!("http://evil.example/?token={TOKEN}")),
                (TOKEN.to_owned(), "named".to_owned()),
            ];
            Reply::With(500, headers, body)
        }
        other => other,
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = run_command(&server, &["--verbose"]);
    for format in Format::ALL {
        command.arg("--format").arg(format!("{format}={}", folder.path().join(format.as_str()).display()));
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));

    let canaries = [TOKEN, USER_ID, PASSWORD, STATS_TOKEN, SMTP_HOST];
    let mut found = leaks::find_in("the terminal", &text(&output), &canaries);
    for format in Format::ALL {
        let report = fs::read_to_string(folder.path().join(format.as_str())).unwrap();
        if !matches!(format, Format::Badge) {
            assert!(report.contains("RCS-LIST-PAGE-"), "{format} is a report of the run");
        }
        found.extend(leaks::find_in(format.as_str(), &report, &canaries));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn credentials_in_an_address_are_not_repeated() {
    let output = conformance(&["run", "--target", "http://admin:canary-in-url@127.0.0.1:9"]).output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(!text(&output).contains("canary-in-url"), "{}", text(&output));
}
