//! The readings of one point, in the order of time → how long it stands on one reading, and from when on that is unusual.
//!
//! A sensor that follows a slow process, or moves in coarse steps, shows one reading for hours and lives. What it did a hundred times is
//! its way; what lasts three times as long is not. One stretch in a hundred is left out, and one at least, so that a sensor that hung for
//! a month does not vouch for itself: it did so once.

use crate::time::{HOUR, Instant, Span};

/// The durations that are proposed, in hours.
const HOURS: [i64; 10] = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72];

/// How many times as long as usual a stretch has to be.
pub(super) const TIMES_AS_LONG: i64 = 3;

/// Of fewer stretches than this nothing is concluded.
const ENOUGH: u64 = 20;

/// Farther apart than this, two readings are not of one stretch.
const LONGEST_GAP: Span = HOUR.times(2);

/// Numbers of this size and smaller are mostly those of equipment at rest, which may stand still.
const AT_REST: f64 = 1.0;

/// EqualStretches of equal readings, counted by how long they last.
#[derive(Debug, Clone, Default)]
pub(super) struct EqualStretches {
    current: Option<EqualReadings>,
    /// By the first of [`HOURS`] that they last a third of at most; the last place is for longer ones.
    counts: [u64; HOURS.len() + 1],
}

#[derive(Debug, Clone, Copy)]
struct EqualReadings {
    value: f64,
    first: Instant,
    last: Instant,
}

/// From when on it is unusual that a point stands on one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// It moves too seldom in these reports for anything to be said.
    Unknown,
    /// From this duration on.
    UnusualFrom(Span),
    /// It stands still for longer than a day again and again.
    Slow,
}

impl EqualStretches {
    /// Takes the next reading.
    #[allow(clippy::float_cmp, reason = "readings as they were written")]
    pub(super) fn add(&mut self, time: Instant, value: f64) {
        if let Some(current) = &mut self.current
            && current.value == value
            && time - current.last <= LONGEST_GAP
        {
            current.last = time;
            return;
        }
        self.end();
        self.current = (value.abs() > AT_REST).then_some(EqualReadings {
            value,
            first: time,
            last: time,
        });
    }

    /// The next reading follows no other.
    pub(super) fn end(&mut self) {
        let Some(ended) = self.current.take() else {
            return;
        };
        let long = TIMES_AS_LONG * (ended.last - ended.first);
        let place = HOURS.partition_point(|hours| HOUR.times(*hours) < long);
        self.counts[place] += 1;
    }

    /// From when on it is unusual that the point stands still.
    pub(super) fn pace(&self) -> Pace {
        let all: u64 = self.counts.iter().sum();
        if all < ENOUGH {
            return Pace::Unknown;
        }
        let left_out = (all / 100).max(1);
        let mut longer = all;
        for (hours, stretches) in HOURS.iter().zip(&self.counts) {
            longer -= stretches;
            if longer <= left_out {
                return Pace::UnusualFrom(HOUR.times(*hours));
            }
        }
        Pace::Slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    /// Readings every quarter of an hour that change after so many each.
    fn of(stretches: impl IntoIterator<Item = usize>) -> Pace {
        let mut seen = EqualStretches::default();
        let mut time = Instant::EPOCH;
        for (stretch, readings) in stretches.into_iter().enumerate() {
            for _ in 0..readings {
                seen.add(time, if stretch % 2 == 0 { 21.0 } else { 21.5 });
                time += MINUTE.times(15);
            }
        }
        seen.end();
        seen.pace()
    }

    #[test]
    fn three_times_what_a_point_does_again_and_again_is_unusual() {
        let hours = |hours| Pace::UnusualFrom(HOUR.times(hours));
        assert_eq!(of([1; 400]), hours(1));
        // Twelve readings are 2 h 45 min from the first to the last.
        assert_eq!(of([12; 400]), hours(12));
        assert_eq!(of((0..400).map(|i| 1 + i % 4)), hours(3));
        assert_eq!(of([90; 40]), hours(72));
        assert_eq!(of([120; 40]), Pace::Slow);
    }

    #[test]
    fn one_month_of_hanging_changes_nothing_and_few_stretches_say_nothing() {
        let hung = |at| (0..400).map(move |i| if i == at { 3000 } else { 2 });
        assert_eq!(of(hung(17)), of([2; 400]));
        let short = (0..25).map(|i| if i == 17 { 3000 } else { 2 });
        assert_eq!(of(short), of([2; 400]));
        assert_eq!(of([40; 19]), Pace::Unknown);
        assert_eq!(of([4000]), Pace::Unknown);
    }

    #[test]
    fn rest_and_gaps_are_no_stretches() {
        let mut seen = EqualStretches::default();
        for day in 0..60 {
            let start = Instant::EPOCH + day * (24 * HOUR);
            for quarter in 0..96 {
                let value = match quarter {
                    0..40 => 0.0,
                    quarter => 50.0 + f64::from(quarter),
                };
                seen.add(start + MINUTE.times(15 * i64::from(quarter)), value);
            }
        }
        seen.end();
        assert_eq!(seen.pace(), Pace::UnusualFrom(HOUR));
        let mut gaps = EqualStretches::default();
        for day in 0..60 {
            gaps.add(Instant::EPOCH + day * (24 * HOUR), 21.0);
        }
        gaps.end();
        assert_eq!(gaps.pace(), Pace::UnusualFrom(HOUR));
    }
}
