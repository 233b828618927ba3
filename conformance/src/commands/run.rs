//! `run` and `replay`.

use std::path::Path;

use conformance::credentials::Credentials;
use conformance::exit::Exit;
use conformance::expectations::Expectations;
use conformance::http::Limits;
use conformance::interrupt::Interrupt;
use conformance::plan::Choice;
use conformance::report::output::Outputs;
use conformance::run::{self, Config, RunError};
use conformance::sender::Policy;
use conformance::target::Profile;
use conformance::url::Url;

use super::output::{finish, outputs};
use super::{Failure, load_cases, load_credentials, load_result, say};
use crate::cli::{AuthArgs, CaseArgs, OutputArgs, RunArgs};

/// Requests under way at once, unless said, to a target on this machine.
const JOBS_ON_THIS_MACHINE: usize = 4;

pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let suite = load_cases(&args.cases)?;
    let limits =
        Limits { connect: args.limits.connect_timeout, request: args.limits.timeout, body: args.limits.max_body };
    let url = Url::parse(&args.target)?;
    let jobs = args.limits.jobs.unwrap_or(if url.loopback { JOBS_ON_THIS_MACHINE } else { 1 });
    let config = Config {
        url,
        profile: Profile::parse(&args.judge.profile)?,
        choice: Choice {
            selection: args.choice.ids.clone(),
            exclude: args.choice.exclude.clone(),
            levels: args.choice.level.clone(),
        },
        mode: args.judge.mode,
        own_server: args.i_own_this_server,
        strict: args.strict,
        credentials: load_credentials(&args.auth)?,
        allow_plain_http: args.auth.allow_plain_http,
        policy: Policy {
            limits,
            retries: args.limits.retries,
            max_requests: args.limits.max_requests,
            interval: args.limits.rate,
            give_up_after: args.limits.give_up_after,
            jobs,
        },
        max_records: args.limits.max_records,
        settings: args.judge.settings.iter().cloned().collect(),
        expectations: match &args.expectations {
            Some(path) => Expectations::load(path)?,
            None => Expectations::default(),
        },
        seed: args.seed.unwrap_or_else(fresh_seed),
    };
    let outputs = outputs(&args.output)?;
    execute(&suite, &config, &outputs)
}

/// A seed from the clock, small enough to be typed again.
fn fresh_seed() -> u64 {
    jiff::Timestamp::now().as_microsecond().unsigned_abs() % 1_000_000_000
}

fn execute(suite: &conformance::case::load::Suite, config: &Config, outputs: &Outputs) -> Result<u8, Failure> {
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

pub(super) fn replay(
    file: &Path,
    id: &str,
    auth: &AuthArgs,
    cases: &CaseArgs,
    output: &OutputArgs,
) -> Result<u8, Failure> {
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
    let credentials: Credentials = load_credentials(auth)?;
    let config = Config {
        url: Url::parse(&recorded.target.url)?,
        profile: Profile::parse(profile)?,
        choice: Choice { selection: vec![id.to_owned()], ..Choice::default() },
        mode: recorded.run.mode,
        // A recorded mutating run had this agreement; a case that changes things is asked about again.
        own_server: false,
        strict: recorded.run.strict,
        credentials,
        allow_plain_http: auth.allow_plain_http,
        policy: Policy::default(),
        max_records: 2000,
        settings: settings.map(|(name, setting)| (name.clone(), setting.value.clone())).collect(),
        expectations: Expectations::default(),
        seed: recorded.run.seed,
    };
    let code = execute(&load_cases(cases)?, &config, &outputs(output)?)?;
    if output.formats.is_empty() {
        say(&format!("recorded: {} {}\n", before.outcome.as_str(), id));
    }
    Ok(code)
}
