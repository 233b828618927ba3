//! What became of a case. One closed set of outcomes and reasons, used by the runner and by every report.

use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::words::{serde_words, words};

words!(Outcome, SkipReason);
serde_words!(Outcome, SkipReason);

/// The outcome of a case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[strum(serialize_all = "lowercase")]
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

/// Why a case was skipped: a closed list, so that machines can tell the reasons apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray, VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
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
    /// Whether a case skipped for this reason is a gap in the proof about this target, and so belongs under "not
    /// proven" in the summary. What is not about the target (another version, a switch that is off there), and what the
    /// user did not ask for, is no gap.
    pub fn leaves_unproven(self) -> bool {
        !matches!(self, Self::NotApplicable | Self::NeedsMode | Self::NeedsCapability)
    }
}
