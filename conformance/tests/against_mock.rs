//! Every case against the mock, in every profile: nothing fails, nothing errs, and as many cases are skipped, for each reason, as
//! `tests/data/skips.tsv` says (`.ci/run update` writes it).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::Path;

use conformance::case::Safety;
use conformance::case::load::{Folder, Suite, load};
use conformance::credentials::{Account, Credentials};
use conformance::event::Event;
use conformance::expectations::Expectations;
use conformance::interrupt::Interrupt;
use conformance::model::RunResult;
use conformance::outcome::{Outcome, SkipReason};
use conformance::plan::Choice;
use conformance::run::{self, Config};
use conformance::sender::Policy;
use conformance::target::Profile;
use conformance::url::Url;
use mock_server::MockServer;

/// The runs: a name, the mock's profile, whether it honours `query` and `fields` where they are gated, what the tester judges by.
const RUNS: [(&str, &str, Option<bool>, &str); 12] = [
    ("documented", "documented", None, "auto"),
    ("documented-page", "documented", None, "documented"),
    ("legacy", "legacy", None, "auto"),
    ("3", "3", None, "auto"),
    ("4", "4", None, "auto"),
    ("5", "5", None, "auto"),
    ("6", "6", None, "auto"),
    ("7", "7", None, "auto"),
    ("7-unsafe", "7", Some(true), "auto"),
    ("8", "8", None, "auto"),
    ("8-unsafe", "8", Some(true), "auto"),
    ("9-preview", "9-preview", None, "auto"),
];

fn mock(profile: &str, unsafe_query_params: Option<bool>) -> MockServer {
    let profile = Some(profile.to_owned());
    MockServer::start(mock_server::Config { profile, unsafe_query_params, ..mock_server::Config::default() }).unwrap()
}

fn account(name: &str) -> Account {
    Account { user: Some(name.to_owned()), password: Some(name.to_owned()), ..Account::default() }
}

fn judged(suite: &Suite, mock: &MockServer, profile: &str, mode: Safety) -> RunResult {
    let config = Config {
        url: Url::parse(&mock.base_url()).unwrap(),
        profile: Profile::parse(profile).unwrap(),
        choice: Choice::default(),
        mode,
        own_server: true,
        strict: true,
        credentials: Credentials::of_accounts([("privileged", account("admin")), ("unprivileged", account("user"))]),
        allow_plain_http: false,
        policy: Policy::default(),
        max_records: 2_000,
        settings: BTreeMap::new(),
        expectations: Expectations::default(),
        seed: 1,
    };
    run::run(suite, &config, &Interrupt::default(), &mut |_: &Event<'_>| {}).unwrap()
}

/// The cases that neither passed nor were skipped, with what was wrong.
fn broken(result: &RunResult) -> Vec<String> {
    let bad = result.cases.iter().filter(|case| !matches!(case.outcome, Outcome::Pass | Outcome::Skip));
    bad.map(|case| format!("{} {}: {:?} {:?}", case.id, case.outcome.as_str(), case.failures, case.error)).collect()
}

#[test]
fn the_mock_is_faithful_in_every_profile() {
    let suite = load(Folder::None).unwrap();
    let mut skips: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, profile, unsafe_query_params, judge) in RUNS {
        let mock = mock(profile, unsafe_query_params);
        let result = judged(&suite, &mock, judge, Safety::Observe);
        assert_eq!(broken(&result), Vec::<String>::new(), "{name}");
        assert_eq!(result.summary.exit_code, 0, "{name}");
        for case in result.cases.iter().filter(|case| case.outcome == Outcome::Skip) {
            let skip = case.skip.as_ref().unwrap();
            assert!(
                skip.reason != SkipReason::NeedsData,
                "{name}: the seed does not decide {}: {}",
                case.id,
                skip.detail
            );
            skips.entry(format!("{name}\t{}", skip.reason.as_str())).or_default().push(case.id.clone());
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/skips.tsv");
    let line = |(of, ids): (&String, &Vec<String>)| format!("{of}\t{}\n", ids.len());
    let counts: String = skips.iter().map(line).collect();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &counts).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    // Counts alone would not tell which cases to look at.
    let other: Vec<_> = skips.iter().filter(|skipped| !listed.contains(&line(*skipped))).collect();
    assert!(listed == counts, "tests/data/skips.tsv says\n{listed}but it is\n{counts}those that differ: {other:#?}");
}

#[test]
fn what_costs_and_what_writes_holds_too_and_leaves_no_trace() {
    let suite = load(Folder::None).unwrap();
    for profile in ["documented", "legacy", "4", "6", "8"] {
        let mock = mock(profile, None);
        // Whether query, fields, accounts, roles and permissions are as they were.
        let state = || {
            let mut state = mock.state();
            // Logins of the run may be remembered; what is asked is whether the workspace is as it was.
            state["users"].as_array_mut().unwrap().iter_mut().for_each(|user| user["tokens"] = 0.into());
            state
        };
        let before = state();
        for mode in [Safety::Costly, Safety::Mutating] {
            let result = judged(&suite, &mock, "auto", mode);
            assert_eq!(broken(&result), Vec::<String>::new(), "{profile} {}", mode.as_str());
        }
        assert_eq!(state(), before, "{profile}");
    }
}

#[test]
fn the_run_gives_back_the_tokens_it_took() {
    let suite = load(Folder::None).unwrap();
    let mock = mock("documented", None);
    let tokens = || {
        let state = mock.state();
        state["users"].as_array().unwrap().iter().map(|user| user["tokens"].as_u64().unwrap()).sum::<u64>()
    };
    let before = tokens();
    judged(&suite, &mock, "auto", Safety::Observe);
    assert_eq!(tokens(), before);
}
