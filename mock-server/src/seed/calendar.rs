//! When the records of a history were made.
//!
//! Records are counted from the end: record 0 is the last. The server makes one a period (an hour or a day). Now and
//! then one comes between: asked for with `refresh=true`, or made by a second instance in the very same millisecond. A
//! history of more records than there are periods has as many refreshed ones between two periods as it takes.

use super::era::{RecordEra, Schedule};

/// What made a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The schedule.
    Cron,
    /// The schedule of a second instance: the same millisecond as the record before.
    Twin,
    /// A request.
    Refresh,
}

/// Where a record stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// How many periods before the last record.
    pub(super) period: i64,
    /// Milliseconds after that period's scheduled record.
    pub(super) offset_ms: i64,
    pub(super) cause: Cause,
}

/// The times of a history.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The minute of the last record.
    last_minute_ms: i64,
    period_ms: i64,
    per_period: i64,
    /// By how much each earlier start of the server shifts the schedule.
    shift_ms: i64,
}

/// One record in this many is not the schedule's.
const EXTRA_EVERY: i64 = 29;
/// The first such record, counted from the end.
const FIRST_EXTRA: i64 = 17;

impl Calendar {
    /// The times of `records` records, of which the last was made at `last_ms`, over at most `most_periods` periods.
    pub(super) fn new(era: &RecordEra, last_ms: i64, records: usize, most_periods: u32) -> Self {
        let schedule = era.schedule();
        let records = i64::try_from(records).unwrap_or(i64::MAX - 1);
        let most = i64::from(most_periods.max(1));
        Self {
            last_minute_ms: last_ms - last_ms.rem_euclid(60_000),
            period_ms: schedule.period_ms(),
            per_period: ((records - 1).max(0) + most - 1).div_euclid(most).max(1),
            shift_ms: match schedule {
                Schedule::Daily => 3 * 3_600_000,
                Schedule::Hourly if era.schedule_follows_start() => 11 * 60_000,
                Schedule::Hourly => 0,
            },
        }
    }

    /// Milliseconds between two scheduled records.
    pub(super) fn period_ms(&self) -> i64 {
        self.period_ms
    }

    /// How many records a period has.
    pub(super) fn per_period(&self) -> i64 {
        self.per_period
    }

    /// The full minute for which the record of `period` was scheduled, after `starts` later starts of the server.
    pub(super) fn scheduled_ms(&self, period: i64, starts: i64) -> i64 {
        self.last_minute_ms - period.saturating_mul(self.period_ms) - starts * self.shift_ms
    }

    /// The place of the record that has `after` records after it.
    pub(super) fn place(&self, after: i64) -> Place {
        if self.per_period > 1 {
            let period = (after + self.per_period - 1).div_euclid(self.per_period);
            let nth = period * self.per_period - after;
            // A twin is the first of its period but one, so that the scheduled record is the one before it.
            let cause = match nth {
                0 => Cause::Cron,
                1 if period % EXTRA_EVERY == FIRST_EXTRA => Cause::Twin,
                _ => Cause::Refresh,
            };
            return Place { period, offset_ms: self.period_ms * nth / self.per_period, cause };
        }
        let extras_after = (after + EXTRA_EVERY - FIRST_EXTRA - 1).div_euclid(EXTRA_EVERY);
        let period = after - extras_after;
        if after % EXTRA_EVERY != FIRST_EXTRA {
            return Place { period, offset_ms: 0, cause: Cause::Cron };
        }
        let cause = if (after / EXTRA_EVERY) % 2 == 1 { Cause::Twin } else { Cause::Refresh };
        Place { period, offset_ms: self.period_ms * 2 / 5, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(records: usize, most_periods: u32) -> Calendar {
        let era = RecordEra::for_version("0.61.0".parse().unwrap());
        Calendar::new(&era, 1_519_485_180_312, records, most_periods)
    }

    #[test]
    fn a_history_has_one_record_an_hour_and_few_between() {
        let calendar = calendar(240, 7000);
        let places: Vec<Place> = (0..240).map(|after| calendar.place(after)).collect();
        assert_eq!(places[0], Place { period: 0, offset_ms: 0, cause: Cause::Cron });
        assert_eq!(places[2].period, 2);
        assert_eq!(places.iter().filter(|place| place.cause == Cause::Twin).count(), 4);
        assert_eq!(places.iter().filter(|place| place.cause == Cause::Refresh).count(), 4);
        for pair in places.windows(2) {
            let time = |place: &Place| calendar.scheduled_ms(place.period, 0) + place.offset_ms;
            assert!(time(&pair[1]) < time(&pair[0]), "{pair:?}");
        }
    }

    #[test]
    fn a_longer_history_has_more_records_an_hour_not_more_years() {
        let calendar = calendar(1_000_000, 7000);
        assert_eq!(calendar.per_period(), 143);
        let first = calendar.place(999_999);
        assert!(first.period <= 7000, "{first:?}");
        assert_eq!(calendar.place(142).period, 1);
        assert_eq!(calendar.place(143), Place { period: 1, offset_ms: 0, cause: Cause::Cron });
    }
}
