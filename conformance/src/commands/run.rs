//! `run` and `replay`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use conformance::case::load::Suite;
use conformance::exit::Exit;
use conformance::expectations::Expectations;
use conformance::http::Limits;
use conformance::interrupt::Interrupt;
use conformance::model::RunResult;
use conformance::plan::{Choice, default_settings};
use conformance::report::output::Outputs;
use conformance::run::{self, Config, RunError};
use conformance::sender::Policy;
use conformance::target::Profile;
use conformance::url::Url;
use serde_json::Value;

use super::output::{finish, outputs};
use super::{Failure, load_cases, load_credentials, load_result, say};
use crate::cli::{CaseArgs, LimitArgs, ReplayArgs, RunArgs};

/// Requests under way at once, unless said, to a target on this machine.
const JOBS_ON_THIS_MACHINE: usize = 2;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let suite = load_cases(&args.cases)?;
    check_settings(&suite, &args.judge.settings)?;
    let url = Url::parse(&args.target)?;
    let config = Config {
        profile: Profile::parse(&args.judge.profile)?,
        choice: Choice {
            selection: args.choice.ids.clone(),
            exclude: args.choice.exclude.clone(),
            levels: args.choice.level.clone(),
        },
        mode: args.judge.mode,
        own_server: args.i_own_this_server,
        strict: args.strict,
        credentials: load_credentials(&args.auth, &suite.resources)?,
        allow_plain_http: args.auth.allow_plain_http,
        policy: policy(&args.limits, &url),
        max_records: args.limits.max_records,
        settings: args.judge.settings.iter().cloned().collect(),
        expectations: match &args.expectations {
            Some(path) => Expectations::load(path)?,
            None => Expectations::default(),
        },
        seed: args.seed.unwrap_or_else(fresh_seed),
        url,
    };
    let outputs = outputs(&args.output)?;
    execute(&suite, &config, &outputs)
}

/// Refuses settings that no case looks at: most likely a name is misspelt.
pub(super) fn check_settings(suite: &Suite, settings: &[(String, Value)]) -> Result<(), Failure> {
    let mut known: BTreeSet<String> = default_settings().into_keys().collect();
    known.extend(suite.cases.iter().flat_map(|case| case.needs.settings.keys().cloned()));
    match settings.iter().find(|(name, _)| !known.contains(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let known: Vec<String> = known.into_iter().collect();
            let message =
                format!("--setting {name}: no case looks at this setting; those looked at are {}", known.join(", "));
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

fn policy(args: &LimitArgs, url: &Url) -> Policy {
    Policy {
        limits: Limits { connect: args.connect_timeout, request: args.timeout, body: args.max_body },
        retries: args.retries,
        max_requests: args.max_requests,
        interval: args.rate,
        give_up_after: args.give_up_after,
        jobs: args.jobs.unwrap_or(if url.loopback { JOBS_ON_THIS_MACHINE } else { 1 }),
    }
}

/// A seed from the clock, small enough to be typed again.
fn fresh_seed() -> u64 {
    jiff::Timestamp::now().as_microsecond().unsigned_abs() % 1_000_000_000
}

fn execute(suite: &Suite, config: &Config, outputs: &Outputs) -> Result<u8, Failure> {
    let interrupt = Interrupt::listen()
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot listen to signals: {error}")))?;
    let mut live = outputs.stdout();
    let ran = run::run(suite, config, &interrupt, live.as_mut());
    let result = ran.map_err(|error| {
        let exit = match error {
            RunError::NothingSelected => Exit::NothingTested,
            RunError::PlainHttp(_) | RunError::NotOwned => Exit::Safety,
            RunError::Choice(_) | RunError::Profile(_) => Exit::Usage,
        };
        Failure::new(exit, error.to_string())
    })?;
    finish(outputs, live, &result)?;
    Ok(result.summary.exit_code)
}

pub(super) fn replay(args: &ReplayArgs) -> Result<u8, Failure> {
    let (file, id) = (args.file.as_path(), args.id.as_str());
    let recorded = load_result(file)?;
    let before = recorded
        .cases
        .iter()
        .find(|case| case.id == id)
        .ok_or_else(|| Failure::new(Exit::Usage, format!("{} holds no case {id}", file.display())))?;
    let profile = match recorded.target.profile.as_str() {
        "none" => "auto",
        profile => profile,
    };
    let settings = recorded.target.settings.iter().filter(|(_, setting)| setting.source == "declared");
    let url = Url::parse(&recorded.target.url)?;
    let suite = load_cases(&args.cases)?;
    let credentials = load_credentials(&args.auth, &suite.resources)?;
    let config = Config {
        profile: Profile::parse(profile)?,
        choice: Choice { selection: vec![id.to_owned()], ..Choice::default() },
        // What the case itself does to the target, whatever else the recorded run was allowed to do.
        mode: before.safety,
        own_server: args.i_own_this_server,
        strict: recorded.run.strict,
        credentials,
        allow_plain_http: args.auth.allow_plain_http,
        policy: policy(&args.limits, &url),
        max_records: args.limits.max_records,
        settings: settings.map(|(name, setting)| (name.clone(), setting.value.clone())).collect(),
        expectations: Expectations::default(),
        seed: recorded.run.seed,
        url,
    };
    let code = execute(&replayed_cases(&args.cases, &recorded)?, &config, &outputs(&args.output)?)?;
    if args.output.formats.is_empty() {
        say(&format!("recorded: {} {}\n", before.outcome.as_str(), id))?;
    }
    Ok(code)
}

/// The cases of the command line, or else those of the recorded run.
fn replayed_cases(args: &CaseArgs, recorded: &RunResult) -> Result<Suite, Failure> {
    match &recorded.suite.folder {
        Some(folder) if args.cases.is_none() => {
            load_cases(&CaseArgs { cases: Some(PathBuf::from(&folder.path)), replace_cases: folder.replaces })
        }
        _ => load_cases(args),
    }
}
