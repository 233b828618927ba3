//! Which cases run, which are skipped and why, and how many requests that takes. Sends nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::case::{Caller, Capability, Case, Check, Judge, Level, Request, Role, Safety, Select, Step, Take};
use crate::credentials::Credentials;
use crate::outcome::SkipReason;
use crate::registry;
use crate::template::{names_in, names_in_value};

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
    if !case.applies_to.covers(known.judge) {
        let detail = match known.judge {
            Judge::Documented => "the published page does not state it".to_owned(),
            Judge::Version(version) => {
                format!("it is about versions {}, the target is judged as {version}", case.applies_to.versions)
            }
        };
        return Some((SkipReason::NotApplicable, detail));
    }
    if case.safety > known.mode {
        return Some((
            SkipReason::NeedsMode,
            format!("it is {}: run with --mode {}", case.safety.as_str(), case.safety.as_str()),
        ));
    }
    for role in roles_of(case) {
        if known.credentials.of(role).is_none() {
            let reason = match role {
                Role::Privileged => SkipReason::NeedsPrivilegedCredential,
                Role::Unprivileged => SkipReason::NeedsUnprivilegedCredential,
            };
            return Some((
                reason,
                format!(
                    "no {} account was given (--auth-file, or CONFORMANCE_{}_USER and so on)",
                    role.as_str(),
                    role.as_str().to_uppercase()
                ),
            ));
        }
    }
    for role in passwords_of(case) {
        if known.credentials.of(role).is_some_and(|account| account.totp_secret.is_some()) {
            return Some((
                SkipReason::NeedsPassword,
                format!(
                    "the {} account wants a two-factor code, and the case logs in by password alone",
                    role.as_str()
                ),
            ));
        }
        if known.credentials.of(role).is_none_or(|account| account.password.is_none() || account.user.is_none()) {
            return Some((
                SkipReason::NeedsPassword,
                format!("the {} account was given as a token, the case needs its password", role.as_str()),
            ));
        }
    }
    for (name, wanted) in &case.needs.settings {
        let value = known.settings.get(name).unwrap_or(&Value::Null);
        if !crate::json::equal(value, wanted) {
            return Some((SkipReason::NeedsSetting, format!("it needs {name} = {wanted}, the run counts on {value}")));
        }
    }
    let honoured = match known.judge {
        Judge::Documented => Some(true),
        Judge::Version(version) if version.major() < 7 => Some(true),
        Judge::Version(_) => None,
    };
    for capability in &case.needs.capabilities {
        let missing = match capability {
            Capability::QueryAndFieldsHonoured => honoured == Some(false),
            Capability::QueryAndFieldsIgnored => honoured == Some(true),
            Capability::RateLimiter => false,
        };
        if missing {
            return Some((
                SkipReason::NeedsCapability,
                format!("the target is taken not to have {}", capability.as_str()),
            ));
        }
    }
    None
}

/// The accounts a case needs: said, sent as, or used as variables.
pub fn roles_of(case: &Case) -> BTreeSet<Role> {
    let mut roles: BTreeSet<Role> = case.needs.roles.iter().copied().collect();
    roles.extend(requests(case).filter_map(|request| request.caller.role()));
    if uses_facts(case) {
        roles.insert(Role::Privileged);
    }
    for name in requests(case).flat_map(variables_of) {
        for role in Role::ALL {
            if name.split_once('.').is_some_and(|(prefix, _)| prefix == role.as_str()) {
                roles.insert(role);
            }
        }
    }
    roles
}

/// The accounts that must be logged in for a case; a case about logging in needs no more than name and password.
pub fn sessions_of(case: &Case) -> BTreeSet<Role> {
    let mut roles: BTreeSet<Role> = requests(case).filter_map(|request| request.caller.role()).collect();
    if uses_facts(case) {
        roles.insert(Role::Privileged);
    }
    for name in requests(case).flat_map(variables_of) {
        if let Some((prefix, "token" | "user_id")) = name.split_once('.') {
            roles.extend(Role::ALL.into_iter().filter(|role| role.as_str() == prefix));
        }
    }
    roles
}

/// Whether a case sends bytes that only go over a plain connection.
pub fn needs_plain_http(case: &Case) -> bool {
    requests(case).any(|request| request.raw)
}

fn passwords_of(case: &Case) -> BTreeSet<Role> {
    let mut roles: BTreeSet<Role> = case.needs.passwords.iter().copied().collect();
    for name in requests(case).flat_map(variables_of) {
        for role in Role::ALL {
            let of_role = name.split_once('.').filter(|(prefix, _)| *prefix == role.as_str());
            if of_role.is_some_and(|(_, member)| matches!(member, "user" | "password" | "password_sha256")) {
                roles.insert(role);
            }
        }
    }
    roles
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

/// Whether a case needs the shared walk of the whole list.
pub fn uses_facts(case: &Case) -> bool {
    let of_facts = |select: &Select| select.from.as_deref() == Some("facts");
    let needs = case.needs.records.is_some() || case.needs.max_records.is_some() || !case.needs.distinct.is_empty();
    let steps = || case.steps.iter().chain(&case.cleanup);
    needs
        || case.captures.iter().any(|capture| of_facts(&capture.value))
        || steps().any(|step| {
            step.facts
                || step.captures.iter().any(|capture| of_facts(&capture.value))
                || step.expect.iter().any(check_uses_facts)
        })
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
pub fn estimate<'a>(cases: impl IntoIterator<Item = &'a Case>, credentials: &Credentials) -> Estimate {
    let mut shared = BTreeSet::new();
    let mut routes: HashMap<String, (u64, u64)> = HashMap::new();
    let mut facts = false;
    let mut sent = 0;
    for case in cases {
        facts |= uses_facts(case);
        for step in case.steps.iter().chain(&case.cleanup) {
            let Some(request) = step.sends() else { continue };
            let times = if step.walk.is_some() { PAGES_OF_A_WALK } else { 1 };
            if step.walk.is_none()
                && let Some(key) = sharing_key(request)
                && !shared.insert(key)
            {
                continue;
            }
            sent += times;
            let counts = routes.entry(format!("{} {}", request.method, request.path)).or_default();
            match request.caller {
                Caller::Privileged => counts.1 += times,
                Caller::Unprivileged => {
                    counts.0 += times;
                    counts.1 += times;
                }
                // Strangers are refused before they are counted, except where no login is needed.
                Caller::None if request.path.ends_with("/login") => {
                    counts.0 += times;
                    counts.1 += times;
                }
                Caller::None => {}
            }
        }
    }
    if facts {
        sent += PAGES_OF_A_WALK;
        routes.entry("GET /api/v1/statistics.list".to_owned()).or_default().1 += PAGES_OF_A_WALK;
    }
    // A token is looked at once; a password logs in and out.
    let logging_in: u64 = Role::ALL
        .iter()
        .filter_map(|role| credentials.of(*role))
        .map(|account| if account.auth_token.is_some() && account.user_id.is_some() { 1 } else { 2 })
        .sum();
    let most = |pick: fn(&(u64, u64)) -> u64| routes.values().map(pick).max().unwrap_or_default();
    Estimate {
        requests: sent + 1 + logging_in,
        limited_on_one_route: most(|counts| counts.0),
        limited_if_not_exempt: most(|counts| counts.1),
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
        let known = Known { judge: &old, mode: Safety::Observe, credentials: &credentials, settings: &settings };
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
        assert_eq!(estimate(&cases, &Credentials::default()).requests, 3);
        let password = Account { user: Some("a".into()), password: Some("b".into()), ..Account::default() };
        let token = Account { user_id: Some("a".into()), auth_token: Some("b".into()), ..Account::default() };
        let both = Credentials { privileged: Some(password), unprivileged: Some(token) };
        assert_eq!(estimate(&cases, &both).requests, 6);
    }
}
