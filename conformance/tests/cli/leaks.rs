//! Secrets and personal values, planted wherever a server can send them back, show in no report.

use std::fs;

use crate::support::sample::HOSTILE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::report::Format;
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

/// Whatever was asked, and whatever status it comes with: what an answer hands out is hidden in that answer and in all others.
#[test]
fn a_token_in_an_unexpected_answer_shows_in_no_report() {
    const HANDED_OUT: [(&str, &str); 3] = [
        ("authToken", "canary-token-nobody-asked-for"),
        ("access_token", "canary-access-0123456789"),
        ("hashedToken", "Y2FuYXJ5LWhhc2g="),
    ];
    let server = with_list(|_| {
        let said: Vec<&str> = HANDED_OUT.iter().map(|(_, secret)| *secret).collect();
        let mut body = json!({"success": false, "error": said.join(" and "), "statistics": said});
        for (member, secret) in HANDED_OUT {
            body["data"][member] = json!(secret);
        }
        Reply::With(418, vec![("X-Echo".to_owned(), said.join(","))], body)
    });
    let canaries = HANDED_OUT.map(|(_, secret)| secret);
    let folder = tempfile::tempdir().unwrap();
    let mut command = run_command(&server, &["--verbose"]);
    for format in Format::ALL {
        command.arg("--format").arg(format!("{format}={}", folder.path().join(format.as_str()).display()));
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let mut found = leaks::find_in("the terminal", &text(&output), &canaries);
    for format in Format::ALL {
        let report = fs::read_to_string(folder.path().join(format.as_str())).unwrap();
        found.extend(leaks::find_in(format.as_str(), &report, &canaries));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let json = fs::read_to_string(folder.path().join("json")).unwrap();
    assert!(json.contains("RC_OTHER_TOKEN"), "the report shows where they stood");
}

#[test]
fn credentials_in_an_address_are_not_repeated() {
    let output = conformance(&["run", "--target", "http://admin:canary-in-url@127.0.0.1:9"]).output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(!text(&output).contains("canary-in-url"), "{}", text(&output));
}
