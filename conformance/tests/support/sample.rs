//! A made-up result that has everything in it, for the tests of reports: every outcome, every level, every kind of
//! finding, and text as a hostile server would send it.

use std::collections::BTreeMap;

use conformance::case::{Contract, Finding, FindingKind, Level, Place, Safety, Source, SourceKind};
use conformance::model::{
    AlternativeMet, AppliedExpectation, CaseResult, CheckFailure, Exchange, FORMAT, Note, ReceivedResponse, Requests,
    Run, RunResult, SentRequest, SettingInUse, Skip, StaleExpectation, Suite, Summary, Target,
};
use conformance::outcome::{Outcome, SkipReason};
use serde_json::json;

/// Text that tries to break out of every format: HTML, CDATA, workflow commands, terminal escapes, Markdown tables,
/// YAML, NUL, invisible direction marks, lone line separators, a very long tail.
pub(crate) const HOSTILE: &str = "<script>alert('x')</script>]]>\n::error::pwned\r\n%0A::set-output name=a::b\u{1b}[31mred\u{1b}]8;;http://evil\u{7} | a | b |\n...\n--- # TODO\nnot ok 1\0end\u{202e}\u{2028}</style><!-- \" ' ` & &lt; ${RC_TOKEN} \\";

/// The result.
pub(crate) fn run_result() -> RunResult {
    let cases = vec![
        passed(),
        failed(),
        hostile(),
        should_failed(),
        error(),
        skipped("RCS-LIST-PERM-001", "denied without view-statistics", SkipReason::NeedsUnprivilegedCredential),
        skipped("RCS-LIST-QUERY-090", "query is ignored from 7.0 on", SkipReason::NotApplicable),
        skipped("RCS-LAST-FRESH-001", "refresh makes a newer record", SkipReason::NeedsMode),
        expected_failure(),
        unexpected_pass(),
        flaky(),
        disabled(),
        sources_disagree(),
        observed(),
        document(),
    ];
    let mut summary = Summary::of(&cases);
    summary.exit_code = 1;
    "2 MUST cases failed; 2 cases are not proven".clone_into(&mut summary.verdict);
    RunResult {
        format: FORMAT,
        complete: true,
        suite: Suite {
            name: "conformance".to_owned(),
            version: "0.1.0".to_owned(),
            cases: format!("sha256:{}", "5f".repeat(32)),
            registered: 180,
            folder: None,
        },
        target: Target {
            url: "http://127.0.0.1:3000".to_owned(),
            loopback: true,
            server_version: Some("0.61.0".to_owned()),
            version_source: "GET /api/info without credentials".to_owned(),
            profile: "0.61.0".to_owned(),
            contract: Contract::Server,
            settings: BTreeMap::from([
                ("API_Upper_Count_Limit".to_owned(), SettingInUse { value: json!(100), source: "default".to_owned() }),
                ("API_Default_Count".to_owned(), SettingInUse { value: json!(25), source: "declared".to_owned() }),
            ]),
            capabilities: vec!["query-and-fields-honoured".to_owned()],
        },
        run: Run {
            started: "2026-11-24T03:00:00Z".to_owned(),
            duration_ms: 143.5,
            mode: Safety::Observe,
            strict: false,
            seed: 42,
            selection: Vec::new(),
            requests: Requests { planned: 31, sent: 32, shared: 4, rate_limited: 1, retried: 1, waited_ms: 1200 },
            roles: vec!["privileged".into()],
            stopped: None,
            notices: vec![format!("the target's Server header says {HOSTILE}")],
        },
        summary,
        cases,
        stale_expectations: vec![
            StaleExpectation {
                id: "RCS-LIST-SORT-004".to_owned(),
                kind: "unexpected-pass".to_owned(),
                detail: "expected to fail, but passed: remove the entry".to_owned(),
            },
            StaleExpectation {
                id: "RCS-LIST-PAGE-011".to_owned(),
                kind: "expired".to_owned(),
                detail: "held until 2026-06-30: renew it with a reason or remove it".to_owned(),
            },
        ],
    }
}

fn source(kind: SourceKind, reference: &str, rev: &str) -> Source {
    Source { kind, reference: reference.to_owned(), rev: rev.to_owned() }
}

/// The case file of an id.
fn file_of(id: &str) -> String {
    let topic = id.trim_start_matches("RCS-").rsplit_once('-').map_or(id, |(topic, _)| topic);
    format!("conformance/cases/{}.json", topic.replace('-', "/").to_lowercase())
}

fn base(id: &str, title: &str, level: Level, outcome: Outcome) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: title.to_owned(),
        requirement: format!("The server does what the title says: {title}."),
        level,
        safety: Safety::Observe,
        outcome,
        skip: None,
        error: None,
        failures: Vec::new(),
        alternatives: Vec::new(),
        findings: Vec::new(),
        notes: Vec::new(),
        sources: vec![
            source(
                SourceKind::Doc,
                "Rocket.Chat-Open-API statistics.yaml#/paths/~1api~1v1~1statistics.list",
                "c9aec5a",
            ),
            source(SourceKind::Server, "apps/meteor/app/api/server/helpers/getPaginationItems.ts", "8.6.1"),
        ],
        place: Some(Place { file: file_of(id), line: 68 }),
        likely_cause: None,
        remediation: None,
        exchanges: Vec::new(),
        curl: None,
        duration_ms: 4.25,
        attempts: 1,
        expectation: None,
    }
}

fn exchange(path: &str, status: u16, body: &str) -> Exchange {
    Exchange {
        step: "step 1".to_owned(),
        request: SentRequest {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: vec![
                ("x-auth-token".to_owned(), "${RC_TOKEN}".to_owned()),
                ("x-user-id".to_owned(), "${RC_USER_ID}".to_owned()),
            ],
            body: None,
        },
        response: Some(ReceivedResponse {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body_bytes: body.len() as u64,
            body: Some(body.to_owned()),
            shape: BTreeMap::from([
                ("/statistics".to_owned(), "array[250]".to_owned()),
                ("/count".to_owned(), "integer".to_owned()),
            ]),
        }),
        error: None,
        duration_ms: 3.5,
        shared: false,
    }
}

fn server_fails(text: &str) -> Finding {
    Finding { kind: FindingKind::ServerFails, text: text.to_owned() }
}

fn passed() -> CaseResult {
    base("RCS-LIST-AUTH-001", "no credentials are refused with 401", Level::Must, Outcome::Pass)
}

fn failed() -> CaseResult {
    CaseResult {
        failures: vec![
            CheckFailure {
                step: "step 1".to_owned(),
                check: "value".to_owned(),
                pointer: "/count".to_owned(),
                expected: "at most 100".to_owned(),
                actual: "250".to_owned(),
                message: None,
            },
            CheckFailure {
                step: "step 1".to_owned(),
                check: "compare".to_owned(),
                pointer: "/statistics".to_owned(),
                expected: "250".to_owned(),
                actual: "249".to_owned(),
                message: Some("`count` is not the number of records in the answer".to_owned()),
            },
        ],
        findings: vec![server_fails("`count` above the upper limit is not clamped")],
        likely_cause: Some("API_Upper_Count_Limit is raised on this workspace: declare it with --setting".to_owned()),
        remediation: Some("Clamp `count` to API_Upper_Count_Limit before the database is asked.".to_owned()),
        exchanges: vec![exchange("/api/v1/statistics.list?count=250", 200, r#"{"statistics":[],"count":250}"#)],
        curl: Some(
            "curl -sS -H \"X-Auth-Token: $RC_TOKEN\" -H \"X-User-Id: $RC_USER_ID\" 'http://127.0.0.1:3000/api/v1/statistics.list?count=250'"
                .to_owned(),
        ),
        ..base("RCS-LIST-PAGE-004", "count above the upper limit is clamped", Level::Must, Outcome::Fail)
    }
}

fn hostile() -> CaseResult {
    CaseResult {
        failures: vec![CheckFailure {
            step: "step 1".to_owned(),
            check: "value".to_owned(),
            pointer: format!("/error/{HOSTILE}"),
            expected: "\"error-not-allowed\"".to_owned(),
            actual: HOSTILE.to_owned(),
            message: Some(HOSTILE.to_owned()),
        }],
        findings: vec![server_fails(HOSTILE)],
        notes: vec![Note { name: "error text".to_owned(), value: json!(HOSTILE) }],
        exchanges: vec![exchange("/api/v1/statistics?x=%3Cscript%3E", 400, HOSTILE)],
        curl: Some("curl -sS 'http://127.0.0.1:3000/api/v1/statistics?x=%3Cscript%3E'".to_owned()),
        ..base("RCS-LAST-PERM-001", "denied without view-statistics", Level::Must, Outcome::Fail)
    }
}

fn should_failed() -> CaseResult {
    CaseResult {
        failures: vec![CheckFailure {
            step: "sorted".to_owned(),
            check: "sorted".to_owned(),
            pointer: "/statistics/3/createdAt".to_owned(),
            expected: "not before \"2018-02-24T14:13:00.312Z\"".to_owned(),
            actual: "\"2018-02-24T13:13:00.236Z\"".to_owned(),
            message: None,
        }],
        findings: vec![server_fails("sort is not honoured")],
        ..base("RCS-LIST-SORT-001", "sort by createdAt ascending", Level::Should, Outcome::Fail)
    }
}

fn error() -> CaseResult {
    let mut lost = exchange("/api/v1/statistics.list?count=0", 200, "");
    lost.response = None;
    lost.error = Some("no complete answer within 10 s".to_owned());
    CaseResult {
        error: Some("no complete answer within 10 s".to_owned()),
        exchanges: vec![lost],
        attempts: 3,
        ..base("RCS-LIST-PAGE-005", "count=0 is everything", Level::Must, Outcome::Error)
    }
}

fn skipped(id: &str, title: &str, reason: SkipReason) -> CaseResult {
    CaseResult {
        skip: Some(Skip { reason, detail: format!("made up for the test: {}", reason.as_str()) }),
        attempts: 0,
        duration_ms: 0.0,
        ..base(id, title, Level::Must, Outcome::Skip)
    }
}

fn expectation() -> AppliedExpectation {
    AppliedExpectation {
        outcome: "fail".to_owned(),
        reason: "a proxy in front strips the header".to_owned(),
        link: Some("https://example.org/issues/1".to_owned()),
        owner: Some("team-integrations".to_owned()),
        until: "2027-03-01".to_owned(),
    }
}

fn expected_failure() -> CaseResult {
    CaseResult {
        failures: vec![CheckFailure {
            step: "step 1".to_owned(),
            check: "header".to_owned(),
            pointer: "header content-type".to_owned(),
            expected: "a text that matches ^application/json".to_owned(),
            actual: "absent".to_owned(),
            message: None,
        }],
        expectation: Some(expectation()),
        ..base("RCS-HTTP-HTTP-001", "answers are labelled as JSON", Level::Must, Outcome::Xfail)
    }
}

fn unexpected_pass() -> CaseResult {
    CaseResult {
        expectation: Some(expectation()),
        ..base("RCS-LIST-SORT-004", "two keys", Level::Must, Outcome::Xpass)
    }
}

fn flaky() -> CaseResult {
    CaseResult { attempts: 2, ..base("RCS-LAST-SHAPE-001", "a flat record", Level::Must, Outcome::Flaky) }
}

fn disabled() -> CaseResult {
    CaseResult { attempts: 0, ..base("RCS-HTTP-RATE-001", "limiter headers go down", Level::Should, Outcome::Disabled) }
}

fn sources_disagree() -> CaseResult {
    CaseResult {
        alternatives: vec![AlternativeMet {
            step: "step 1".to_owned(),
            met: "server source before 3.0".to_owned(),
            contracts: vec![Contract::Server],
            others: vec!["published page".to_owned()],
        }],
        findings: vec![Finding {
            kind: FindingKind::SourcesDisagree,
            text: "published page and server source differ; the server shows: server source before 3.0".to_owned(),
        }],
        ..base("RCS-LIST-PERM-002", "denial body", Level::Must, Outcome::Pass)
    }
}

fn observed() -> CaseResult {
    CaseResult {
        notes: vec![Note { name: "default order".to_owned(), value: json!(["a", "b", 3, null]) }],
        ..base("RCS-LIST-SORT-002", "order without sort", Level::Observe, Outcome::Pass)
    }
}

fn document() -> CaseResult {
    CaseResult {
        findings: vec![Finding {
            kind: FindingKind::DocumentIsWrong,
            text: "43 fields of the published example are null where the published schema says string".to_owned(),
        }],
        ..base("RCS-DOC-STAT-001", "the published example fits the published schema", Level::Doc, Outcome::Pass)
    }
}
