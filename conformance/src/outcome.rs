//! What became of a case. One closed set of outcomes and reasons, used by the runner and by every report.

use serde::{Deserialize, Serialize};

/// The outcome of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every check held.
    Pass,
    /// At least one check did not hold.
    Fail,
    /// The tester could not decide: counted neither as pass nor as fail.
    Error,
    /// Not tried, or not decidable on this target, for a [`SkipReason`].
    Skip,
    /// Failed as the expectations file says.
    Xfail,
    /// Passed although the expectations file says it fails.
    Xpass,
    /// Passed only after network errors were retried.
    Flaky,
    /// Left out by the user.
    Disabled,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 8] =
        [Self::Pass, Self::Fail, Self::Error, Self::Skip, Self::Xfail, Self::Xpass, Self::Flaky, Self::Disabled];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
            Self::Xfail => "xfail",
            Self::Xpass => "xpass",
            Self::Flaky => "flaky",
            Self::Disabled => "disabled",
        }
    }
}

/// Why a case was skipped: a closed list, so that machines can tell the reasons apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// The case is about other versions than the target's, or about the other contract.
    NotApplicable,
    /// No account with `view-statistics` was given.
    NeedsPrivilegedCredential,
    /// No account without `view-statistics` was given.
    NeedsUnprivilegedCredential,
    /// A token was given where the case needs the password.
    NeedsPassword,
    /// The target's records cannot decide the case: too few, or no distinct values.
    NeedsData,
    /// A setting has another value than the case needs.
    NeedsSetting,
    /// The target lacks a capability the case needs.
    NeedsCapability,
    /// The case costs or writes more than `--mode` allows.
    NeedsMode,
    /// The request budget of `--max-requests` was used up.
    BudgetExhausted,
    /// The target stopped answering, or the run was interrupted, before its turn came.
    NotReached,
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::NotApplicable,
        Self::NeedsPrivilegedCredential,
        Self::NeedsUnprivilegedCredential,
        Self::NeedsPassword,
        Self::NeedsData,
        Self::NeedsSetting,
        Self::NeedsCapability,
        Self::NeedsMode,
        Self::BudgetExhausted,
        Self::NotReached,
    ];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::NeedsPrivilegedCredential => "needs-privileged-credential",
            Self::NeedsUnprivilegedCredential => "needs-unprivileged-credential",
            Self::NeedsPassword => "needs-password",
            Self::NeedsData => "needs-data",
            Self::NeedsSetting => "needs-setting",
            Self::NeedsCapability => "needs-capability",
            Self::NeedsMode => "needs-mode",
            Self::BudgetExhausted => "budget-exhausted",
            Self::NotReached => "not-reached",
        }
    }

    /// Whether a case skipped for this reason is a gap in the proof about this target, and so belongs under "not
    /// proven" in the summary. What is not about the target (another version, a switch that is off there), and what the
    /// user did not ask for, is no gap.
    pub fn leaves_unproven(self) -> bool {
        !matches!(self, Self::NotApplicable | Self::NeedsMode | Self::NeedsCapability)
    }
}
