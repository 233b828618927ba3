//! `self-test`.

use std::fs;

use conformance::case::load::{Folder, Suite};
use conformance::case::{Level, Safety};
use conformance::exit::Exit;
use conformance::self_test::{self, Fault, Options, SelfTestError, faults, matrix};
use conformance::target::Profile;
use conformance::url::Url;

use super::{Failure, load_cases, load_credentials, say};
use crate::cli::SelfTestArgs;

/// The faults to try: those inside the binary unless its cases are replaced, and those of `--fault-files`.
fn load_faults(args: &SelfTestArgs, suite: &Suite) -> Result<Vec<Fault>, Failure> {
    let folder = match (&args.fault_files, args.cases.replace_cases) {
        (None, _) => Folder::None,
        (Some(path), false) => Folder::Extends(path),
        (Some(path), true) => Folder::Replaces(path),
    };
    let faults = faults::load(folder)?;
    let is_must = |id: &String| suite.cases.iter().any(|case| case.id == *id && case.level == Level::Must);
    match faults.iter().find_map(|fault| Some((fault, fault.cases().find(|id| !is_must(id))?))) {
        None => Ok(faults),
        Some((fault, case)) => Err(Failure::new(
            Exit::Usage,
            format!(
                "{}: {case}, which must catch it, is no MUST case: name one, or add its file with --cases",
                fault.id
            ),
        )),
    }
}

pub(super) fn self_test(args: &SelfTestArgs) -> Result<u8, Failure> {
    let suite = load_cases(&args.cases)?;
    let faults = load_faults(args, &suite)?;
    if args.judge.mode == Safety::Mutating && !args.i_own_this_server {
        return Err(Failure::new(
            Exit::Usage,
            "--mode mutating changes users, roles, permissions and settings of the target: add --i-own-this-server",
        ));
    }
    let credentials = load_credentials(&args.auth, &suite.resources)?;
    let has_password = |name| credentials.of(name).is_some_and(|account| account.password.is_some());
    if !suite.resources.accounts.iter().all(|row| has_password(&row.name)) {
        return Err(Failure::new(
            Exit::Usage,
            "the self-test needs both accounts with their passwords: --auth-file FILE with privileged and unprivileged",
        ));
    }
    let options = Options {
        targets: vec![Url::parse(&args.target)?],
        profile: Profile::parse(&args.judge.profile)?,
        credentials,
        mode: args.judge.mode,
        settings: args.judge.settings.iter().cloned().collect(),
        thorough: args.thorough,
        only: args.faults.clone(),
    };
    let matrix = self_test::self_test(&suite, &faults, &options).map_err(|why| {
        let exit = match why {
            SelfTestError::NotFaithful(_) => Exit::Untestable,
            SelfTestError::Proxy(_) | SelfTestError::Panicked => Exit::Internal,
            SelfTestError::Run(_) | SelfTestError::Tls | SelfTestError::NoTarget => Exit::Usage,
        };
        Failure::new(exit, why.to_string())
    })?;
    if matrix.faults.is_empty() {
        return Err(Failure::new(Exit::NothingTested, "no fault is selected"));
    }
    let chosen = !args.faults.is_empty();
    say(&matrix.summary(!chosen))?;
    let good = matrix.is_good() || (chosen && matrix.escaped().is_empty() && matrix.unnamed().is_empty());
    if args.judge.mode != Safety::Mutating && !chosen {
        let left = suite.cases.iter().filter(|case| case.level == Level::Must && case.safety > args.judge.mode).count();
        say(&format!(
            "{left} MUST cases cost or write more than --mode {} allows and were not tried\n",
            args.judge.mode.as_str()
        ))?;
    }
    if let Some(path) = &args.write_matrix {
        fs::write(path, matrix::markdown(&suite, &faults, &[matrix]))?;
    }
    Ok(if good { Exit::Ok } else { Exit::Failed }.code())
}
