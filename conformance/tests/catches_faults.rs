//! The tester tested: every deliberate fault before the mock server is caught, every MUST case catches one, the report names
//! the place, and `docs/kill-matrix.md` says the same.

#![allow(
    clippy::unwrap_used,
    clippy::unnecessary_wraps,
    clippy::format_push_string,
    clippy::panic,
    reason = "a test that cannot go on fails, and says why at the end"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use conformance::case::load::{self, Folder, Suite};
use conformance::case::{Level, Safety};
use conformance::credentials::{Account, Credentials};
use conformance::self_test::{self, Fault, Matrix, Options, faults, matrix};
use conformance::target::Profile;
use conformance::url::Url;
use mock_server::{Config, MockServer};

fn account(name: &str) -> Account {
    Account { user: Some(name.to_owned()), password: Some(name.to_owned()), ..Account::default() }
}

/// Servers that do not mind many failed logins in a short time, which is what a self-test is.
fn servers(profile: &str) -> Vec<MockServer> {
    let patient = vec![("Block_Multiple_Failed_Logins_Enabled".to_owned(), "false".to_owned())];
    let config = Config { profile: Some(profile.to_owned()), settings: patient, workers: Some(2), ..Config::default() };
    (0..2).map(|_| MockServer::start(config.clone()).unwrap()).collect()
}

/// The faults of a profile; with `only`, of those.
fn tried(suite: &Suite, faults: &[Fault], profile: &str, judged_by: &str, only: Vec<String>) -> Matrix {
    let servers = servers(profile);
    let options = Options {
        targets: servers.iter().map(|server| Url::parse(&server.base_url()).unwrap()).collect(),
        profile: Profile::parse(judged_by).unwrap(),
        credentials: Credentials::of_accounts([("privileged", account("admin")), ("unprivileged", account("user"))]),
        mode: Safety::Mutating,
        settings: BTreeMap::new(),
        thorough: false,
        only,
    };
    self_test::self_test(suite, faults, &options).unwrap_or_else(|why| panic!("profile {profile}: {why}"))
}

/// The faults that only a case can catch which no profile so far decides.
fn left(faults: &[Fault], matrices: &[Matrix]) -> Vec<String> {
    let decided: BTreeSet<&String> = matrices.iter().flat_map(|matrix| &matrix.decided).collect();
    let undecided = faults.iter().filter(|fault| fault.cases().any(|id| !decided.contains(&id)));
    undecided.map(|fault| fault.id.clone()).collect()
}

#[test]
fn every_fault_is_caught_and_every_must_case_catches_one() {
    let suite = load::load(Folder::None).unwrap();
    let faults = faults::load(Folder::None).unwrap();
    let tried = |profile: &str, judged_by: &str, only| tried(&suite, &faults, profile, judged_by, only);
    let mut matrices = vec![tried("documented", "documented", Vec::new()), tried("6", "auto", Vec::new())];
    for profile in ["8", "legacy", "4"] {
        let only = left(&faults, &matrices);
        matrices.push(tried(profile, "auto", only));
    }
    let mut wrong = String::new();
    for matrix in &matrices {
        let mut bad = matrix.escaped().iter().map(|id| format!("{id} escapes")).collect::<Vec<_>>();
        bad.extend(matrix.unnamed());
        bad.extend(matrix.false_alarms());
        for line in bad {
            wrong.push_str(&format!("{}: {line}\n", matrix.profile));
        }
    }
    for line in matrix::missed(&faults, &matrices) {
        wrong.push_str(&format!("{line}\n"));
    }
    let untried: Vec<&str> = faults
        .iter()
        .map(|fault| fault.id.as_str())
        .filter(|id| !matrices.iter().any(|matrix| matrix.caught.contains_key(*id)))
        .collect();
    if !untried.is_empty() {
        wrong.push_str(&format!("never tried: {}\n", untried.join(" ")));
    }
    let busy: BTreeSet<String> = matrices.iter().flat_map(Matrix::busy).collect();
    for case in suite.cases.iter().filter(|case| case.level == Level::Must && !busy.contains(&case.id)) {
        wrong.push_str(&format!("{} catches nothing ({})\n", case.id, case.title));
    }
    let page = matrix::totals(&suite, &faults, &matrices);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/kill-matrix.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), page, "out of date: run .ci/run update");
}
