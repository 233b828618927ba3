//! Which cases run, which are skipped and why, and how many requests that takes. Sends nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::case::{
    AccountName, Capability, Case, Check, Judge, Level, Request, Resource, Resources, Safety, Select, Step, Take,
};
use crate::credentials::Credentials;
use crate::outcome::SkipReason;
use crate::registry;
use crate::template::{names_in, names_in_value, of_account};

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Ids and prefixes; empty for all.
    pub selection: Vec<String>,
    /// Ids and prefixes to leave out.
    pub exclude: Vec<String>,
    /// Levels; empty for all.
    pub levels: Vec<Level>,
}

/// A choice that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// An id or prefix that names no case.
    #[error(
        "no case is called `{0}`, and it is not the first parts of an id, as RCS-LIST-PAGE is of RCS-LIST-PAGE-004; `conformance list` shows all{1}"
    )]
    Unknown(String, String),
}

/// Whether a pattern, in capitals or not, with the `RCS-` that all ids begin with or without it, is an id or its first parts.
fn names(pattern: &str, id: &str) -> bool {
    let pattern = pattern.trim_end_matches('-').to_uppercase();
    let begins = |id: &str| id.strip_prefix(&pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    begins(id) || id.strip_prefix("RCS-").is_some_and(begins)
}

/// The cases chosen, in their order, and those left out by `exclude`.
pub fn choose<'a>(
    cases: &'a [Case],
    registered: &[String],
    choice: &Choice,
) -> Result<Vec<(&'a Case, bool)>, ChoiceError> {
    for pattern in choice.selection.iter().chain(&choice.exclude) {
        if !cases.iter().any(|case| names(pattern, &case.id)) {
            let retired = registered.iter().map(|text| registry::row(text)).find(|row| row.id == pattern);
            let hint =
                retired.and_then(|row| row.retired).map(|why| format!(" (it is retired: {why})")).unwrap_or_default();
            return Err(ChoiceError::Unknown(pattern.clone(), hint));
        }
    }
    let selected = |case: &&Case| {
        (choice.selection.is_empty() || choice.selection.iter().any(|pattern| names(pattern, &case.id)))
            && (choice.levels.is_empty() || choice.levels.contains(&case.level))
    };
    let disabled = |case: &Case| choice.exclude.iter().any(|pattern| names(pattern, &case.id));
    Ok(cases.iter().filter(selected).map(|case| (case, disabled(case))).collect())
}

/// The settings cases count on, where nothing is declared. Upstream: `apps/meteor/server/settings/general.ts`, all versions read.
pub fn default_settings() -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("API_Upper_Count_Limit".to_owned(), json!(100)),
        ("API_Default_Count".to_owned(), json!(50)),
        ("API_Allow_Infinite_Count".to_owned(), json!(true)),
    ])
}

/// What is known before the first case runs.
#[derive(Debug)]
pub struct Known<'a> {
    /// What the cases may name.
    pub resources: &'a Resources,
    /// What the target is judged by.
    pub judge: &'a Judge,
    /// The mode.
    pub mode: Safety,
    /// The accounts.
    pub credentials: &'a Credentials,
    /// The settings in use.
    pub settings: &'a BTreeMap<String, Value>,
}

/// Why a case will not run, as far as can be said without asking the target.
pub fn reason_to_skip(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    other_target(case, known)
        .or_else(|| account_not_given(case, known))
        .or_else(|| password_not_known(case, known))
        .or_else(|| other_setting(case, known))
        .or_else(|| missing_capability(case, known))
}

/// It is about other targets, or does more than this run may.
fn other_target(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    if !case.applies_to.covers(known.judge) {
        let detail = match known.judge {
            Judge::Documented => "the published page does not state it".to_owned(),
            Judge::Version(version) => {
                format!("it is about versions {}, the target is judged as {version}", case.applies_to.versions)
            }
        };
        return Some((SkipReason::NotApplicable, detail));
    }
    let mode = case.safety.as_str();
    (case.safety > known.mode).then(|| (SkipReason::NeedsMode, format!("it is {mode}: run with --mode {mode}")))
}

fn account_not_given(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    let missing = accounts_of(case, known.resources).into_iter().find(|name| known.credentials.of(name).is_none())?;
    let reason = match known.resources.account(&missing) {
        Some(row) if row.is_refused() => SkipReason::NeedsUnprivilegedCredential,
        _ => SkipReason::NeedsPrivilegedCredential,
    };
    let name = missing.as_str();
    let variable = name.to_uppercase();
    Some((reason, format!("no {name} account was given (--auth-file, or CONFORMANCE_{variable}_USER and so on)")))
}

fn password_not_known(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    passwords_of(case).into_iter().find_map(|name| {
        let account = known.credentials.of(&name);
        let name = name.as_str();
        let detail = if account.is_some_and(|account| account.totp_secret.is_some()) {
            format!("the {name} account wants a two-factor code, and the case logs in by password alone")
        } else if account.is_none_or(|account| account.password.is_none() || account.user.is_none()) {
            format!("the {name} account was given as a token, the case needs its password")
        } else {
            return None;
        };
        Some((SkipReason::NeedsPassword, detail))
    })
}

fn other_setting(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    case.needs.settings.iter().find_map(|(name, wanted)| {
        let value = known.settings.get(name).unwrap_or(&Value::Null);
        let detail = || format!("it needs {name} = {wanted}, the run counts on {value}");
        (!crate::json::equal(value, wanted)).then(|| (SkipReason::NeedsSetting, detail()))
    })
}

fn missing_capability(case: &Case, known: &Known<'_>) -> Option<(SkipReason, String)> {
    let row = |name: &Capability| known.resources.capability(name);
    let missing = case.needs.capabilities.iter().find(|name| {
        let opposite = row(name).and_then(|found| found.opposite_of.as_ref()).and_then(row);
        opposite.is_some_and(|opposite| opposite.is_granted(known.judge))
    })?;
    Some((SkipReason::NeedsCapability, format!("the target is taken not to have {}", missing.as_str())))
}

/// The accounts a case needs: said, sent as, used as variables, or readers of the lists whose facts it needs.
pub fn accounts_of(case: &Case, resources: &Resources) -> BTreeSet<AccountName> {
    let mut accounts: BTreeSet<AccountName> = case.needs.roles.iter().cloned().collect();
    accounts.extend(senders_of(case, resources));
    accounts.extend(variables_of_accounts(case).map(|(account, _)| account.into()));
    accounts
}

/// The accounts that must be logged in for a case; a case about logging in needs no more than name and password.
pub fn sessions_of(case: &Case, resources: &Resources) -> BTreeSet<AccountName> {
    let of_a_session = variables_of_accounts(case).filter(|(_, member)| matches!(*member, "token" | "user_id"));
    senders_of(case, resources).chain(of_a_session.map(|(account, _)| account.into())).collect()
}

/// The accounts that requests are sent as, those for the facts included.
fn senders_of<'a>(case: &'a Case, resources: &'a Resources) -> impl Iterator<Item = AccountName> + 'a {
    let readers = facts_of(case, resources).into_iter().map(|list| list.reader.clone());
    requests(case).filter_map(|request| request.account.clone()).chain(readers)
}

/// The variables of accounts that requests use: the account and the member.
fn variables_of_accounts(case: &Case) -> impl Iterator<Item = (&str, &str)> {
    requests(case).flat_map(variables_of).filter_map(of_account)
}

/// Whether a case sends bytes that only go over a plain connection.
pub fn needs_plain_http(case: &Case) -> bool {
    requests(case).any(|request| request.raw)
}

fn passwords_of(case: &Case) -> BTreeSet<AccountName> {
    let of_a_password = |member: &str| matches!(member, "user" | "password" | "password_sha256");
    let used = variables_of_accounts(case).filter(|(_, member)| of_a_password(member));
    case.needs.passwords.iter().cloned().chain(used.map(|(account, _)| account.into())).collect()
}

fn requests(case: &Case) -> impl Iterator<Item = &Request> {
    case.steps.iter().chain(&case.cleanup).filter_map(Step::sends)
}

/// The variables a request uses.
pub fn variables_of(request: &Request) -> Vec<&str> {
    let mut names = names_in(&request.path);
    names.extend(names_in(request.raw_query.as_deref().unwrap_or_default()));
    names.extend(request.headers.iter().flat_map(|header| names_in(&header.value)));
    let form = request.body.iter().flat_map(|body| body.form.iter().flatten());
    for param in request.query.iter().chain(form) {
        names.extend(names_in(param.value.as_deref().unwrap_or_default()));
        names.extend(param.json.iter().flat_map(names_in_value));
    }
    if let Some(body) = &request.body {
        names.extend(body.json.iter().flat_map(names_in_value));
        names.extend(names_in(body.text.as_deref().unwrap_or_default()));
    }
    names
}

/// The lists whose facts a case needs, each once.
pub fn facts_of<'a>(case: &Case, resources: &'a Resources) -> Vec<&'a Resource> {
    let of_facts = |select: &Select| select.from.as_deref() == Some("facts");
    let needs = needs_data(case) || case.captures.iter().any(|capture| of_facts(&capture.value));
    let of_the_case = needs.then(|| resources.of_case(case));
    let steps = case.steps.iter().chain(&case.cleanup).filter(|step| {
        step.facts.is_some()
            || step.captures.iter().any(|capture| of_facts(&capture.value))
            || step.expect.iter().any(check_uses_facts)
    });
    let mut lists: Vec<&Resource> = Vec::new();
    for list in of_the_case.into_iter().chain(steps.map(|step| resources.of_step(case, step))) {
        if lists.iter().all(|known| known.name != list.name) {
            lists.push(list);
        }
    }
    lists
}

/// Whether a case says what the records of its list must be like.
fn needs_data(case: &Case) -> bool {
    case.needs.records.is_some() || case.needs.max_records.is_some() || !case.needs.distinct.is_empty()
}

fn check_uses_facts(check: &Check) -> bool {
    let of_facts = |select: &Select| select.from.as_deref() == Some("facts");
    match check {
        Check::Selects { .. } | Check::Projected { .. } => true,
        Check::Compare { left, right, .. } => of_facts(left) || of_facts(right),
        Check::Partition { whole, parts } => of_facts(whole) || parts.iter().any(of_facts),
        Check::Note { value, .. } => of_facts(value),
        Check::AnyOf { alternatives } => {
            alternatives.iter().flat_map(|alternative| &alternative.expect).any(check_uses_facts)
        }
        _ => false,
    }
}

/// Whether a case looks at all the facts, so that incomplete ones cannot decide it: anything but single values of them.
pub fn needs_all_facts(case: &Case) -> bool {
    let whole = |select: &Select| {
        select.from.as_deref() == Some("facts")
            && !matches!(select.take, Some(Take::First | Take::Last | Take::Commonest))
    };
    let check_needs = |check: &Check| match check {
        Check::Selects { .. } | Check::Tiles {} => true,
        Check::Compare { left, right, .. } => whole(left) || whole(right),
        Check::Partition { whole: all, parts } => whole(all) || parts.iter().any(whole),
        _ => false,
    };
    case.steps.iter().any(|step| step.expect.iter().any(check_needs))
        || case.captures.iter().any(|capture| whole(&capture.value))
}

/// The key under which the answer to a request can be shared: the request as written, if nothing of it varies within a run.
pub fn sharing_key(request: &Request) -> Option<String> {
    let varies = variables_of(request).iter().any(|name| !name.contains('.') || name.starts_with("run."));
    let shareable = request.method == "GET" && !request.fresh && !request.raw && request.body.is_none() && !varies;
    let refreshes = request.query.iter().any(|param| param.name == "refresh");
    if shareable && !refreshes { serde_json::to_string(request).ok() } else { None }
}

/// How many requests a set of cases takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// All of them, finding out what the target is and logging in included.
    pub requests: u64,
    /// Those the limiter counts if the privileged account is exempt (as the role admin is by default), most on one route.
    pub limited_on_one_route: u64,
    /// The same if it is not.
    pub limited_if_not_exempt: u64,
}

/// A walk of unknown length is taken to have so many pages.
const PAGES_OF_A_WALK: u64 = 3;

/// Estimates the requests of cases.
pub fn estimate<'a>(
    cases: impl IntoIterator<Item = &'a Case>,
    resources: &'a Resources,
    credentials: &Credentials,
) -> Estimate {
    let mut shared = BTreeSet::new();
    let mut walked: BTreeMap<&str, &Resource> = BTreeMap::new();
    let mut counts = Counts::default();
    for case in cases {
        walked.extend(facts_of(case, resources).into_iter().map(|list| (list.name.as_str(), list)));
        for step in case.steps.iter().chain(&case.cleanup) {
            let Some(request) = step.sends() else { continue };
            let times = if step.walk.is_some() { PAGES_OF_A_WALK } else { 1 };
            if step.walk.is_none()
                && let Some(key) = sharing_key(request)
                && !shared.insert(key)
            {
                continue;
            }
            counts.add(&request.method, &request.path, limits(request, resources), times);
        }
    }
    for list in walked.into_values() {
        counts.add("GET", &list.path, of_account_row(Some(&list.reader), resources), PAGES_OF_A_WALK);
    }
    // A token is looked at once; a password logs in and out.
    let of_login = |has_token: bool| if has_token { 1 } else { 2 };
    let logging_in: u64 =
        credentials.all().map(|account| of_login(account.auth_token.is_some() && account.user_id.is_some())).sum();
    let most = |pick: fn(&(u64, u64)) -> u64| counts.routes.values().map(pick).max().unwrap_or_default();
    Estimate {
        requests: counts.sent + 1 + logging_in,
        limited_on_one_route: most(|counts| counts.0),
        limited_if_not_exempt: most(|counts| counts.1),
    }
}

/// Whether the limiter counts a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limited {
    Always,
    /// Unless its account is exempt.
    Perhaps,
    Never,
}

fn limits(request: &Request, resources: &Resources) -> Limited {
    match &request.account {
        // Strangers are refused before they are counted, except where no login is needed.
        None if request.path.ends_with("/login") => Limited::Always,
        account => of_account_row(account.as_ref(), resources),
    }
}

fn of_account_row(account: Option<&AccountName>, resources: &Resources) -> Limited {
    match account.map(|name| resources.account(name)) {
        Some(Some(row)) if row.is_refused() => Limited::Always,
        Some(_) => Limited::Perhaps,
        None => Limited::Never,
    }
}

/// Requests so far: all of them, and by route those that the limiter counts, exempt accounts left out and not.
#[derive(Default)]
struct Counts {
    sent: u64,
    routes: HashMap<String, (u64, u64)>,
}

impl Counts {
    fn add(&mut self, method: &str, path: &str, limited: Limited, times: u64) {
        self.sent += times;
        let counts = self.routes.entry(format!("{method} {path}")).or_default();
        if limited == Limited::Always {
            counts.0 += times;
        }
        if limited != Limited::Never {
            counts.1 += times;
        }
    }
}

impl Estimate {
    /// The minutes the limiter (10 calls a minute on a route) makes a run last at least.
    pub fn minutes(limited: u64) -> u64 {
        limited.saturating_sub(1) / 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Account;

    #[expect(clippy::needless_pass_by_value, reason = "so that callers can write json!(..) in place")]
    fn case(id: &str, steps: Value) -> Case {
        serde_json::from_value(json!({
            "id": id, "title": "a case of the test", "requirement": "It is made up for this test.", "level": "must",
            "sources": [{"kind": "doc", "ref": "x", "rev": "1"}], "steps": steps
        }))
        .unwrap()
    }

    fn step(caller: &str) -> Value {
        json!({"request": {"path": "/api/v1/statistics.list", "as": caller}})
    }

    #[test]
    fn prefixes_end_at_a_hyphen_and_unknown_ones_are_errors() {
        let cases = [
            case("RCS-LIST-PAGE-001", json!([])),
            case("RCS-LIST-PAGE-002", json!([])),
            case("RCS-LAST-PERM-001", json!([])),
        ];
        let chosen = |patterns: &[&str]| {
            let choice =
                Choice { selection: patterns.iter().map(|text| (*text).to_owned()).collect(), ..Choice::default() };
            choose(&cases, &["RCS-X-SHAPE-001 retired: wrong".to_owned()], &choice).map(|chosen| chosen.len())
        };
        assert_eq!(chosen(&[]), Ok(3));
        assert_eq!(chosen(&["RCS-LIST"]), Ok(2));
        assert_eq!(chosen(&["RCS-LIST-PAGE-002", "RCS-LAST"]), Ok(2));
        assert_eq!(chosen(&["list-page", "LAST-PERM-001"]), Ok(3));
        assert!(chosen(&["RCS-L"]).is_err());
        assert!(chosen(&["RCS-X-SHAPE-001"]).unwrap_err().to_string().contains("retired: wrong"));
    }

    #[test]
    fn missing_accounts_modes_and_versions_are_reasons() {
        let credentials = Credentials::default();
        let settings = default_settings();
        let old = Judge::Version(crate::case::Version::parse("2.4.0").unwrap());
        let known = Known {
            resources: Resources::built_in(),
            judge: &old,
            mode: Safety::Observe,
            credentials: &credentials,
            settings: &settings,
        };
        let reason = |case: &Case| reason_to_skip(case, &known).map(|(reason, _)| reason);
        let mut stranger = case("RCS-LIST-AUTH-001", json!([step("none")]));
        assert_eq!(reason(&stranger), None);
        stranger.needs.settings.insert("API_Upper_Count_Limit".to_owned(), json!(10));
        assert_eq!(reason(&stranger), Some(SkipReason::NeedsSetting));
        stranger.safety = Safety::Costly;
        assert_eq!(reason(&stranger), Some(SkipReason::NeedsMode));
        stranger.applies_to.versions = crate::case::VersionRange::parse(">=3.0.0").unwrap();
        assert_eq!(reason(&stranger), Some(SkipReason::NotApplicable));
        assert_eq!(
            reason(&case("RCS-LIST-PERM-001", json!([step("unprivileged")]))),
            Some(SkipReason::NeedsUnprivilegedCredential)
        );
        let facts = case("RCS-LIST-TYPE-001", json!([{"facts": true, "expect": [{"check": "tiles"}]}]));
        assert_eq!(reason(&facts), Some(SkipReason::NeedsPrivilegedCredential));
    }

    #[test]
    fn identical_gets_are_counted_once() {
        let cases = [
            case("RCS-LIST-PAGE-001", json!([step("none"), step("privileged")])),
            case("RCS-LIST-PAGE-002", json!([step("none")])),
        ];
        let estimate = |credentials: &Credentials| estimate(&cases, Resources::built_in(), credentials);
        assert_eq!(estimate(&Credentials::default()).requests, 3);
        let password = Account { user: Some("a".into()), password: Some("b".into()), ..Account::default() };
        let token = Account { user_id: Some("a".into()), auth_token: Some("b".into()), ..Account::default() };
        let both = Credentials::of_accounts([("privileged", password), ("unprivileged", token)]);
        assert_eq!(estimate(&both).requests, 6);
    }
}
