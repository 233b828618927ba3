//! Before the first case: what the target is, logging in, what to judge by. And the logging out at the end.

use std::collections::BTreeMap;

use super::{Config, RunError, secrets};
use crate::case::{AccountName, Judge, Resources};
use crate::model::{StopReason, Stopped};
use crate::redact::Redactor;
use crate::sender::Sender;
use crate::target::{self, Found, Login, Session};

/// What is known before the first case.
pub(super) struct Opened {
    /// What the target is.
    pub(super) found: Found,
    /// The accounts that are logged in.
    pub(super) sessions: Sessions,
    /// What the target is judged by.
    pub(super) judge: Judge,
    /// What the user should know, one sentence each.
    pub(super) notices: Vec<String>,
    /// Why no case can run, if none can.
    pub(super) stopped: Option<Stopped>,
}

/// The accounts that are logged in.
pub(super) type Sessions = BTreeMap<AccountName, Session>;

/// Meets the target. Fails when nobody said what to judge it by and it does not say what it is.
pub(super) fn open(
    sender: &mut Sender<'_>,
    resources: &Resources,
    config: &Config,
    redactor: &Redactor,
) -> Result<Opened, RunError> {
    let mut opened = Opened {
        found: Found { version: None, source: "not found".to_owned() },
        sessions: Sessions::new(),
        // Where nothing can be judged, it does not matter by what.
        judge: Judge::Documented,
        notices: Vec::new(),
        stopped: None,
    };
    let met = target::detect(sender).and_then(|found| {
        opened.found = found;
        log_in(sender, resources, config, redactor, &mut opened)
    });
    opened.stopped = met.err();
    let reader = &resources.first().reader;
    if let (Some(session), None) = (opened.sessions.get(reader), &opened.stopped) {
        target::refine(sender, reader, session, &mut opened.found);
    }
    match (target::judge(&config.profile, &opened.found), &opened.stopped) {
        (Ok(judge), _) => opened.judge = judge,
        (Err(_), Some(_)) => {}
        (Err(why), None) => {
            log_out(sender, &opened.sessions);
            return Err(RunError::Profile(why));
        }
    }
    Ok(opened)
}

fn log_in(
    sender: &mut Sender<'_>,
    resources: &Resources,
    config: &Config,
    redactor: &Redactor,
    opened: &mut Opened,
) -> Result<(), Stopped> {
    for row in &resources.accounts {
        let name = &row.name;
        let Some(account) = config.credentials.of(name) else { continue };
        // What logs in must be able to log out.
        sender.reserved += 1;
        let login = Session::open(sender, name, account, redactor)?;
        if !matches!(&login, Login::Done(session) if session.logged_in_here) {
            sender.reserved -= 1;
        }
        match login {
            Login::Done(session) => {
                secrets::of_session(redactor, resources, name, &session);
                opened.sessions.insert(name.clone(), session);
            }
            Login::Refused(why) => {
                log_out(sender, &opened.sessions);
                return Err(Stopped { reason: StopReason::CredentialsRejected, detail: why });
            }
            Login::Odd(why) => {
                let why = redactor.text(&why);
                opened.notices.push(format!("logging in the {} account had no usable answer: {why}", name.as_str()));
            }
        }
    }
    Ok(())
}

/// Gives back every token the run made.
pub(super) fn log_out(sender: &mut Sender<'_>, sessions: &Sessions) {
    sender.winding_up = true;
    for (name, session) in sessions {
        session.close(sender, name);
    }
}
