//! What one query may cost.

use std::cell::Cell;

use crate::error::QueryError;

/// What is left for one query, in units that do not depend on the machine: one for each document looked at, one for each path followed
/// and each value tested, and for a regular expression its steps ([`Filter::matches_within`](crate::Filter::matches_within)).
///
/// ```
/// use mongo_query::{Budget, Document, Filter, QueryError};
///
/// let (filter, budget) = (Filter::always(), Budget::new(2));
/// assert_eq!(filter.matches_within(&Document::new(), &budget), Ok(true));
/// assert_eq!(filter.matches_within(&Document::new(), &budget), Ok(true));
/// assert_eq!(filter.matches_within(&Document::new(), &budget), Err(QueryError::MaxTimeMsExpired));
/// ```
#[derive(Debug)]
pub struct Budget {
    /// Below zero once more was asked for than there was. A cell, because a filter's closures share it.
    left: Cell<i64>,
}

/// More was asked for than there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent;

impl Budget {
    /// A budget of this many units; 0 is one without an end.
    pub fn new(units: u64) -> Self {
        let units = if units == 0 { i64::MAX } else { i64::try_from(units).unwrap_or(i64::MAX) };
        Self { left: Cell::new(units) }
    }

    /// A budget without an end: its 2^63 units take centuries.
    pub fn unlimited() -> Self {
        Self::new(0)
    }

    /// Takes `units` off, for work the caller does, such as making the keys of a sort.
    ///
    /// # Errors
    /// [`QueryError::MaxTimeMsExpired`] when there are not so many left; nothing is left from then on.
    pub fn charge(&self, units: u64) -> Result<(), QueryError> {
        self.take(units).map_err(|Spent| QueryError::MaxTimeMsExpired)
    }

    /// Takes one unit off: what every test does, so it is kept short.
    #[inline]
    pub(crate) fn step(&self) -> Result<(), Spent> {
        let left = self.left.get();
        if left > 0 {
            self.left.set(left - 1);
            return Ok(());
        }
        self.left.set(-1);
        Err(Spent)
    }

    #[inline]
    pub(crate) fn take(&self, units: u64) -> Result<(), Spent> {
        let left = self.left.get().saturating_sub_unsigned(units);
        // What was overdrawn once stays so, however small the next charge.
        self.left.set(left);
        if left < 0 { Err(Spent) } else { Ok(()) }
    }

    /// Whether more was asked for than there was.
    pub(crate) fn is_spent(&self) -> bool {
        self.left.get() < 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_for_good() {
        let budget = Budget::new(10);
        assert_eq!((budget.charge(10), budget.is_spent()), (Ok(()), false));
        assert_eq!((budget.charge(1), budget.is_spent()), (Err(QueryError::MaxTimeMsExpired), true));
        assert_eq!(budget.charge(0), Err(QueryError::MaxTimeMsExpired));
        let budget = Budget::new(1);
        assert_eq!((budget.step(), budget.is_spent()), (Ok(()), false));
        assert_eq!((budget.step(), budget.is_spent()), (Err(Spent), true));
    }

    #[test]
    fn none_has_no_end() {
        let budget = Budget::new(0);
        assert_eq!(budget.charge(u64::MAX / 4), Ok(()));
        assert_eq!(Budget::new(u64::MAX).charge(1), Ok(()));
    }
}
