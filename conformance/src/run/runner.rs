//! A run on its way: one case after the other, with what they share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use super::opening::Opened;
use super::secrets::sha256_hex;
use super::shared::{Shared, planned_uses};
use super::tally::Tally;
use super::{Chosen, Config};
use crate::case::Capability;
use crate::case::load::Suite;
use crate::expect::Facts;
use crate::http::{Answer, HttpError};
use crate::model::{Skip, StopReason, Stopped};
use crate::outcome::SkipReason;
use crate::plan::{self, Known};
use crate::redact::Redactor;
use crate::schemas::Schemas;
use crate::sender::Sender;
use crate::template::Variables;

/// A run on its way.
pub(super) struct Runner<'a> {
    pub(super) suite: &'a Suite,
    pub(super) config: &'a Config,
    pub(super) settings: BTreeMap<String, Value>,
    pub(super) schemas: Schemas,
    pub(super) redactor: &'a Redactor,
    pub(super) sender: Sender<'a>,
    pub(super) opened: Opened,
    /// The built-in variables.
    pub(super) variables: Variables,
    /// The shared walk of each list that a case asked for, by the list's name, or why there is none.
    pub(super) facts: BTreeMap<String, Result<Rc<Facts>, String>>,
    pub(super) facts_refreshed: u32,
    pub(super) capabilities: BTreeMap<Capability, bool>,
    pub(super) shared: Shared,
    pub(super) planned_uses: HashMap<String, u32>,
    /// What was noted of all answers.
    pub(super) tally: Tally,
    /// The case on its way and those after it; `true` for the ones that are left out.
    pub(super) upcoming: &'a Chosen<'a>,
    /// Answers fetched ahead of the cases that ask for them.
    pub(super) ahead: HashMap<String, Result<Answer, HttpError>>,
    /// Shareable requests that have been sent, and need not be fetched ahead.
    pub(super) traded: HashSet<String>,
}

impl<'a> Runner<'a> {
    /// A run of these cases, the target known and the accounts logged in.
    pub(super) fn new(
        suite: &'a Suite,
        config: &'a Config,
        redactor: &'a Redactor,
        sender: Sender<'a>,
        opened: Opened,
        chosen: &'a Chosen<'a>,
    ) -> Self {
        let mut settings = plan::default_settings();
        settings.extend(config.settings.clone());
        let mut runner = Self {
            suite,
            config,
            settings,
            schemas: Schemas::default(),
            redactor,
            sender,
            opened,
            variables: Variables::default(),
            facts: BTreeMap::new(),
            facts_refreshed: 0,
            capabilities: BTreeMap::new(),
            shared: Shared::default(),
            planned_uses: planned_uses(chosen),
            tally: Tally::default(),
            upcoming: chosen,
            ahead: HashMap::new(),
            traded: HashSet::new(),
        };
        runner.set_variables();
        runner
    }

    /// The variables that the run itself provides.
    fn set_variables(&mut self) {
        for row in &self.suite.resources.accounts {
            let name = row.name.as_str();
            if let Some(session) = self.opened.sessions.get(&row.name) {
                self.variables.set(format!("{name}.user_id"), session.user_id.clone());
                self.variables.set(format!("{name}.token"), session.token.clone());
            }
            if let Some(account) = self.config.credentials.of(&row.name) {
                if let Some(user) = &account.user {
                    self.variables.set(format!("{name}.user"), user.clone());
                }
                if let Some(password) = &account.password {
                    self.variables.set(format!("{name}.password"), password.clone());
                    self.variables.set(format!("{name}.password_sha256"), sha256_hex(password));
                }
            }
        }
        for (setting, value) in &self.settings {
            self.variables.set(format!("setting.{setting}"), value.clone());
        }
        let nonce: String = sha256_hex(&self.config.seed.to_string()).chars().take(10).collect();
        self.variables.set("run.nonce", nonce);
        let version = self.opened.found.version.as_ref();
        self.variables.set("target.version", version.map(ToString::to_string).unwrap_or_default());
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known {
            resources: &self.suite.resources,
            judge: &self.opened.judge,
            mode: self.config.mode,
            credentials: &self.config.credentials,
            settings: &self.settings,
        }
    }

    /// How many requests the plan foresees.
    pub(super) fn planned(&self) -> u64 {
        let known = self.known();
        let running =
            self.upcoming.iter().filter(|(case, left_out)| !left_out && plan::reason_to_skip(case, &known).is_none());
        plan::estimate(running.map(|(case, _)| *case), known.resources, known.credentials).requests
    }

    /// Forgets the answers kept for later requests: the target may give others by now.
    pub(super) fn forget_answers(&mut self) {
        self.shared = Shared::default();
        self.ahead.clear();
        self.traded.clear();
    }
}

/// The skip of a case whose turn never came.
pub(super) fn not_reached(stopped: &Stopped) -> Skip {
    let reason = match stopped.reason {
        StopReason::BudgetExhausted => SkipReason::BudgetExhausted,
        _ => SkipReason::NotReached,
    };
    Skip { reason, detail: stopped.detail.clone() }
}
