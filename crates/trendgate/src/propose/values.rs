//! The numbers of one point → what they look like, in a few kilobytes however many there are.

use super::stretches::{EqualStretches, Pace};
use crate::time::Instant;

/// What was seen of a point's numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// How many.
    pub(super) count: u64,
    low: f64,
    high: f64,
    /// The first few that differ; `None` once there are more.
    few: Few,
    falls: u64,
    rises: u64,
    previous: Option<f64>,
    /// How many need exactly so many decimals; the last place is for all that need more.
    decimals: [u64; DECIMALS + 2],
    /// For each number of decimals, the greatest common divisor of the numbers that need so many, in units of the last one.
    divisor: [u64; DECIMALS + 1],
    sample: Vec<f64>,
    stretches: EqualStretches,
}

/// Finer steps than 0.0001 are taken for none.
const DECIMALS: usize = 4;
const POWERS: [f64; DECIMALS + 1] = [1.0, 10.0, 100.0, 1e3, 1e4];
/// How many numbers are kept for the quantiles.
const SAMPLE: usize = 512;
/// So many numbers at most are kept one by one.
const FEW: usize = 4;
/// The share of numbers that may lie between the steps: clock corrections, hand-set values, the sum of two sensors.
const OFF_STEPS: f64 = 0.01;

#[derive(Debug, Clone)]
enum Few {
    These(Vec<f64>),
    Many,
}

impl Default for Few {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// The steps in which a point's numbers come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ValueStep {
    /// Their size.
    pub(super) size: f64,
    /// Whether the numbers have more decimals than are looked at.
    pub(super) or_finer: bool,
}

impl Values {
    /// The next number follows no other: a report has ended.
    pub(super) fn end_report(&mut self) {
        self.previous = None;
        self.stretches.end();
    }

    /// Takes the next number in.
    pub(super) fn add(&mut self, time: Instant, value: f64) {
        // Not -0.
        let value = value + 0.0;
        self.stretches.add(time, value);
        if self.count == 0 {
            (self.low, self.high) = (value, value);
        }
        self.count += 1;
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
        if let Some(previous) = self.previous.replace(value) {
            self.falls += u64::from(value < previous);
            self.rises += u64::from(value > previous);
        }
        self.add_few(value);
        self.add_step(value);
        self.add_to_sample(value);
    }

    #[allow(clippy::float_cmp, reason = "readings as they were written")]
    fn add_few(&mut self, value: f64) {
        if let Few::These(few) = &mut self.few
            && !few.contains(&value)
        {
            few.push(value);
            if few.len() > FEW {
                self.few = Few::Many;
            }
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and below 10^15"
    )]
    fn add_step(&mut self, value: f64) {
        for (decimals, power) in POWERS.iter().enumerate() {
            let scaled = (value * power).abs();
            if (scaled - scaled.round()).abs() < 1e-6 || scaled >= 1e15 {
                self.decimals[decimals] += 1;
                let whole = scaled.min(1e15).round() as u64;
                self.divisor[decimals] = common(self.divisor[decimals], whole);
                return;
            }
        }
        self.decimals[DECIMALS + 1] += 1;
    }

    /// A sample in which every number has the same chance to be, by a shuffle that is the same every time.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "below the size of the sample"
    )]
    fn add_to_sample(&mut self, value: f64) {
        if self.sample.len() < SAMPLE {
            self.sample.push(value);
            return;
        }
        let place = shuffled(self.count) % self.count;
        if let Some(kept) = self.sample.get_mut(place as usize) {
            *kept = value;
        }
    }

    /// The lowest and the highest.
    pub(super) fn range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The range without the outermost hundredth on each side (of a sample): what a few wild readings cannot stretch.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a small sample"
    )]
    pub(super) fn usual_range(&self) -> (f64, f64) {
        let mut sorted = self.sample.clone();
        sorted.sort_by(f64::total_cmp);
        let off = (sorted.len() as f64 * 0.01) as usize;
        let low = sorted.get(off).copied().unwrap_or_default();
        let high = sorted.get(sorted.len().saturating_sub(1 + off)).copied();
        (low, high.unwrap_or_default())
    }

    /// Whether all of them are 0 or 1.
    pub(super) fn only_zero_and_one(&self) -> bool {
        let binary = |value: &f64| [0.0, 1.0].contains(value);
        matches!(&self.few, Few::These(few) if few.iter().all(binary))
    }

    /// The one number that all of them are.
    pub(super) fn constant(&self) -> Option<f64> {
        match &self.few {
            Few::These(few) if few.len() == 1 => few.first().copied(),
            _ => None,
        }
    }

    /// Whether they are more than a handful of different numbers.
    pub(super) fn are_many(&self) -> bool {
        matches!(self.few, Few::Many)
    }

    /// How often a number is lower than the one before it in its report, and how often higher.
    pub(super) fn moves(&self) -> (u64, u64) {
        (self.falls, self.rises)
    }

    /// From when on it is unusual that they stay the same.
    pub(super) fn pace(&self) -> Pace {
        self.stretches.pace()
    }

    /// The steps in which they come; `None` where there are too few different ones to tell.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a share, and a small number of steps"
    )]
    pub(super) fn step(&self) -> Option<ValueStep> {
        if !self.are_many() {
            return None;
        }
        let enough = self.count as f64 * (1.0 - OFF_STEPS);
        let mut covered = 0;
        let mut divisor = 0;
        for (decimals, power) in POWERS.iter().enumerate() {
            covered += self.decimals[decimals];
            divisor = common(
                divisor * if decimals > 0 { 10 } else { 1 },
                self.divisor[decimals],
            );
            if covered as f64 >= enough && divisor > 0 {
                return Some(ValueStep {
                    size: divisor as f64 / power,
                    or_finer: false,
                });
            }
        }
        Some(ValueStep {
            size: 1.0 / POWERS[DECIMALS],
            or_finer: true,
        })
    }
}

/// The greatest common divisor; that of 0 and anything is the other.
fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}

/// SplitMix64 of `number`.
fn shuffled(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Values {
        let mut seen = Values::default();
        for (minutes, value) in (0..).zip(values) {
            seen.add(Instant::EPOCH + MINUTE.times(minutes), value);
        }
        seen
    }

    fn step(values: &[f64]) -> Option<f64> {
        of(values.iter().copied()).step().map(|step| step.size)
    }

    #[test]
    fn steps_are_those_that_the_sensor_logs_in() {
        assert_eq!(step(&[10.72, 10.75, 10.68, 10.69, 10.7]), Some(0.01));
        assert_eq!(step(&[22.0, 22.5, 23.0, 21.5, 24.0]), Some(0.5));
        assert_eq!(step(&[0.0, 0.2, 0.4, 1.0, 30.8]), Some(0.2));
        assert_eq!(
            step(&[
                4_815_330.0,
                4_815_340.0,
                4_815_350.0,
                4_815_370.0,
                4_815_400.0
            ]),
            Some(10.0)
        );
        assert_eq!(step(&[0.01, 0.01, 0.02]), None);
        let fine = of((0..50_u32).map(|i| f64::from(i).sqrt()));
        assert_eq!(
            fine.step(),
            Some(ValueStep {
                size: 1e-4,
                or_finer: true
            })
        );
    }

    #[test]
    fn one_odd_reading_in_a_hundred_changes_no_step_and_stretches_no_usual_range() {
        let mut values: Vec<f64> = (0..1000_u32)
            .map(|i| 6.0 + f64::from(i % 50) / 10.0)
            .collect();
        values[500] = 327.671;
        let seen = of(values);
        assert_eq!(seen.step().map(|step| step.size), Some(0.1));
        assert_eq!(seen.range(), (6.0, 327.671));
        assert!(seen.usual_range().1 <= 10.9, "{:?}", seen.usual_range());
    }

    #[test]
    fn states_constants_and_moves_are_told() {
        assert!(of([0.0, 1.0, 1.0]).only_zero_and_one());
        assert!(!of([0.0, 1.0, 0.5]).only_zero_and_one());
        assert_eq!(of([2.3, 2.3]).constant(), Some(2.3));
        assert_eq!(of([2.3, 2.4]).constant(), None);
        let mut counter = of([1.0, 2.0, 2.0, 5.0]);
        counter.end_report();
        counter.add(Instant::EPOCH, 1.0);
        assert_eq!(counter.moves(), (0, 2));
        assert_eq!(of([-0.0]).range().0.to_string(), "0");
    }

    proptest! {
        #[test]
        fn the_usual_range_is_within_the_range_and_holds_most_values(values in prop::collection::vec(-1e6..1e6_f64, 1..2000)) {
            let seen = of(values.iter().copied());
            let (low, high) = seen.usual_range();
            prop_assert!(seen.range().0 <= low && low <= high && high <= seen.range().1);
            let inside = values.iter().filter(|value| (low..=high).contains(*value)).count();
            prop_assert!(inside * 10 + 10 >= values.len() * 9);
        }
    }
}
