//! Every case against the mock server in every profile: nothing fails, and what is skipped is skipped for the reason written
//! in `tests/data/skips.json` (written anew with `UPDATE_DOCS=1`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use conformance::case::Safety;
use conformance::case::load::{self, Folder};
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

const PROFILES: [&str; 9] = ["documented", "legacy", "3", "4", "5", "6", "7", "8", "9-preview"];

fn account(name: &str) -> Option<Account> {
    Some(Account { user: Some(name.to_owned()), password: Some(name.to_owned()), ..Account::default() })
}

fn mock(profile: &str) -> MockServer {
    let config =
        mock_server::Config { profile: Some(profile.to_owned()), workers: Some(2), ..mock_server::Config::default() };
    MockServer::start(config).unwrap()
}

fn judged(server: &MockServer, judged_by: &str, mode: Safety) -> RunResult {
    let suite = load::load(Folder::None).unwrap();
    let config = Config {
        url: Url::parse(&server.base_url()).unwrap(),
        profile: Profile::parse(judged_by).unwrap(),
        choice: Choice::default(),
        mode,
        own_server: mode == Safety::Mutating,
        strict: true,
        credentials: Credentials { privileged: account("admin"), unprivileged: account("user") },
        allow_plain_http: false,
        policy: Policy::default(),
        max_records: 2000,
        settings: BTreeMap::new(),
        expectations: Expectations::default(),
        seed: 1,
    };
    run::run(&suite, &config, &Interrupt::default(), &mut |_: &Event<'_>| {}).unwrap()
}

/// What failed or could not be decided, with the first reason.
fn broken(result: &RunResult) -> Vec<String> {
    let bad = |outcome| matches!(outcome, Outcome::Fail | Outcome::Error | Outcome::Flaky);
    let why = |case: &conformance::model::CaseResult| {
        let failure = case.failures.first().map(|f| format!("{}: {} instead of {}", f.pointer, f.actual, f.expected));
        format!("{} {}", case.id, failure.or_else(|| case.error.clone()).unwrap_or_default())
    };
    let mut broken: Vec<String> = result.cases.iter().filter(|case| bad(case.outcome)).map(why).collect();
    broken.extend(result.run.stopped.iter().map(|stopped| stopped.detail.clone()));
    broken
}

/// Skipped cases by reason; those about other versions are only counted.
fn skips(result: &RunResult) -> BTreeMap<&'static str, Vec<&str>> {
    let mut skips: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for case in &result.cases {
        if let Some(skip) = &case.skip {
            skips.entry(skip.reason.as_str()).or_default().push(&case.id);
        }
    }
    skips
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/skips.json")
}

#[test]
fn every_profile_is_green_and_skips_what_is_listed() {
    let mut runs: Vec<(String, RunResult)> = Vec::new();
    for profile in PROFILES {
        let server = mock(profile);
        runs.push((profile.to_owned(), judged(&server, "auto", Safety::Observe)));
        if profile == "documented" {
            runs.push(("documented, by the page alone".to_owned(), judged(&server, "documented", Safety::Observe)));
        }
    }
    let broken: Vec<String> = runs
        .iter()
        .flat_map(|(name, result)| broken(result).into_iter().map(move |line| format!("{name}: {line}")))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let found: BTreeMap<&str, _> = runs.iter().map(|(name, result)| (name.as_str(), skips(result))).collect();
    let found = format!("{}\n", serde_json::to_string_pretty(&found).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(data().parent().unwrap()).unwrap();
        fs::write(data(), &found).unwrap();
    }
    let listed = fs::read_to_string(data()).unwrap_or_default();
    assert!(
        listed == found,
        "other cases are skipped than tests/data/skips.json lists; UPDATE_DOCS=1 writes it anew:\n{found}"
    );
}

#[test]
fn on_the_default_seed_no_case_lacks_data() {
    let server = mock("documented");
    for judged_by in ["auto", "documented"] {
        let result = judged(&server, judged_by, Safety::Observe);
        let lacking: Vec<&str> = result
            .cases
            .iter()
            .filter(|case| case.skip.as_ref().is_some_and(|skip| skip.reason == SkipReason::NeedsData))
            .map(|case| case.id.as_str())
            .collect();
        assert!(lacking.is_empty(), "judged by {judged_by}: {lacking:?}");
    }
}

/// What mutating cases change and must restore: who may do what, who there is, and who is logged in how often.
fn state(server: &MockServer) -> Vec<String> {
    let workspace = server.app().workspace.read();
    let permissions = workspace.permissions.iter().map(|each| format!("permission {} {:?}", each.id, each.roles));
    let roles = workspace.roles.iter().map(|each| format!("role {}", each.id));
    let users = workspace
        .users
        .iter()
        .map(|each| format!("user {} {:?} {} tokens", each.username, each.roles, each.tokens.len()));
    permissions.chain(roles).chain(users).collect()
}

#[test]
fn what_writes_is_green_as_well_and_restores_what_it_changed() {
    for profile in PROFILES {
        let server = mock(profile);
        let result = judged(&server, "auto", Safety::Costly);
        assert_eq!(broken(&result), Vec::<String>::new(), "profile {profile}, costly");
        let before = state(&server);
        let result = judged(&server, "auto", Safety::Mutating);
        assert_eq!(broken(&result), Vec::<String>::new(), "profile {profile}, mutating");
        assert_eq!(state(&server), before, "profile {profile}: something was not restored");
        assert!(result.cases.iter().any(|case| case.safety == Safety::Mutating && case.outcome == Outcome::Pass));
    }
}
