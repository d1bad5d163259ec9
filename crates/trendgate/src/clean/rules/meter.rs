//! `meter`: the counter of a meter does not count what the same meter's power says.
//!
//! **Definition.** Of each UTC day take the counter's last reading, and that of the day before. What the counter went on by between them
//! is held against the power: the mean of its bins from the one reading to the other, times the time between them. Whether a reading is
//! from the beginning or the end of its bin is not known, so that is a range: with the bin of the first reading, or with that of the last.
//! The day is *off* where the counter is outside of that range by more than 2 % of it and by more than two steps of the counter, the least
//! by which readings of the day, or their differences, are apart. A day that is off is a breach where it is the third at least of the
//! seven days that end with it. It is recorded as evidence under the counter's column, in the bin of the day's last reading (what the counter went on by, and
//! the band that would have passed), and counted. It raises no flag: which of the two is wrong is not known, and the readings of
//! both may be used for what they tell by themselves.
//!
//! **Not judged:** without a value of the counter; in bins whose reading is not the last of its day; where the two readings are not a day
//! apart (5 % of a day, or one bin, more or less); where the counter fell between them; and where the power has values for less than
//! 95 % of that time.
//!
//! **Units and defaults.** kW and kWh. The 2 % are those of a meter of class 2 (IEC 62053-21); whatever is wrong by a factor, which is what the
//! rule is for (a current transformer's ratio, a counter in tens of kWh), is far beyond.
//!
//! **Look.** Eight days back from the bin, and a day ahead: the last reading of a day is the last once the day is over.
//!
//! **Known at** the end of the day.

use super::bin_by_bin::{BinByBin, BinRule};
use super::entry::{Breach, Judges, RuleEntry, RuleWords};
use super::machine::{CheckFinding, Weeks};
use super::point_rule::RuleVerdict;
use super::{MonthlyCounts, NotJudged};
use crate::clean::Look;
use crate::model::{Check, ColumnId, Evidence, Rule};
use crate::time::{DAY, HOUR, Instant, Month, Span};
use std::collections::{BTreeMap, VecDeque};

/// The rule, as it is registered.
pub(super) const METER: RuleEntry = RuleEntry {
    rule: Rule::Meter,
    judges: Judges::Equipment {
        reach: |_, _| LOOK,
        begin: |check, rules| {
            let Check::Meter { power } = check.check else {
                return None;
            };
            let meter = Meter::new(power, check.column, rules.interval);
            Some(Box::new(BinByBin(meter)))
        },
    },
    words: &MeterWords,
};

/// How far around a bin the rule looks: back to the beginning of the day before the first of seven, and ahead to the end of the day.
const LOOK: Look = Look {
    before: DAY.times(8),
    after: DAY,
};

/// So many days have to be off, of so many.
const DAYS_OFF: usize = 3;
const OF_DAYS: Span = DAY.times(7);

/// How far power and counter may be apart.
const TOLERANCE: f64 = 0.02;
const STEPS: f64 = 2.0;

/// Differences below this share of a reading are rounding, and no steps.
const ROUNDING: f64 = 1e-9;

/// Of twenty parts of the time between two readings the power has to cover so many.
const COVERED: i64 = 19;

/// The days that are breaches, by their start: how many times as much as the counter the power says.
pub type MeterDays = BTreeMap<Instant, f64>;

struct MeterWords;

impl RuleWords for MeterWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let [value, low, high] = breach.band();
        format!(
            "since the day before the counter went on by {value}, and the power of the same meter says {low} to {high}"
        )
    }
}

/// The rule of one meter, with what it has met of the day that is not over.
#[derive(Debug)]
struct Meter {
    counter: ColumnId,
    power: ColumnId,
    interval: Span,
    /// The start of the day that is not over.
    day: Instant,
    /// The last reading of the day before.
    before: Option<CounterReading>,
    /// The last reading of this day so far.
    last: Option<CounterReading>,
    /// What lies between those two.
    between: Between,
    /// What came after the last reading.
    after: Between,
    /// The days that are off, of the last seven.
    off: VecDeque<Instant>,
    counts: MonthlyCounts,
    breaches: MeterDays,
}

/// A bin in which the counter has a value.
#[derive(Debug, Clone, Copy)]
struct CounterReading {
    start: Instant,
    month: Option<Month>,
    value: f64,
    power: f64,
}

/// The power, and the steps of the counter, from one reading to another.
#[derive(Debug, Default)]
struct Between {
    /// How many bins have a power, and the sum of those.
    powers: i64,
    sum: f64,
    /// By how much the counter went on from reading to reading.
    increments: Vec<f64>,
}

impl Meter {
    fn new(power: ColumnId, counter: ColumnId, interval: Span) -> Self {
        Self {
            counter,
            power,
            interval,
            day: Instant::EPOCH,
            before: None,
            last: None,
            between: Between::default(),
            after: Between::default(),
            off: VecDeque::new(),
            counts: MonthlyCounts::default(),
            breaches: MeterDays::new(),
        }
    }

    fn read(&mut self, reading: CounterReading) {
        if let Some(previous) = self.last.or(self.before) {
            self.between.increments.push(reading.value - previous.value);
        }
        self.between.powers += self.after.powers;
        self.between.sum += self.after.sum;
        self.after = Between::default();
        if let Some(previous) = self.last.replace(reading) {
            self.pass_over(previous.month, NotJudged::WithinDay);
        }
    }

    fn end_day(&mut self, found: &mut dyn FnMut(Evidence)) {
        let between = std::mem::take(&mut self.between);
        let before = std::mem::replace(&mut self.before, self.last.take());
        let Some(last) = self.before else { return };
        let before = before.ok_or(NotJudged::TooShort);
        let judged = before.and_then(|before| judge(&before, &last, between, self.interval));
        match judged {
            Err(reason) => self.pass_over(last.month, reason),
            Ok(finding) => {
                let is_breach = finding.is_bad() && self.is_often_off();
                self.record(&last, finding, is_breach, found);
            }
        }
    }

    /// Notes that this day is off, and says whether that is often enough.
    fn is_often_off(&mut self) -> bool {
        self.off.push_back(self.day);
        while self
            .off
            .front()
            .is_some_and(|day| *day + OF_DAYS <= self.day)
        {
            self.off.pop_front();
        }
        self.off.len() >= DAYS_OFF
    }

    fn record(
        &mut self,
        last: &CounterReading,
        finding: CheckFinding,
        is_breach: bool,
        found: &mut dyn FnMut(Evidence),
    ) {
        if is_breach {
            found(Evidence {
                time: last.start,
                column: Some(self.counter),
                rule: Rule::Meter,
                value: finding.value,
                low: finding.low,
                high: finding.high,
                known_at: self.day + DAY,
            });
        }
        let Some(month) = last.month else { return };
        let counts = self.counts.of(month);
        if !is_breach {
            counts.good += 1;
            return;
        }
        counts.flagged += 1;
        if finding.value > 0.0 {
            let middle = f64::midpoint(finding.low, finding.high);
            self.breaches.insert(self.day, middle / finding.value);
        }
    }

    fn pass_over(&mut self, month: Option<Month>, reason: NotJudged) {
        if let Some(month) = month {
            self.counts.of(month).pass_over(reason, 1);
        }
    }
}

impl BinRule for Meter {
    fn take(
        &mut self,
        start: Instant,
        month: Option<Month>,
        at: impl Fn(ColumnId) -> f64,
        found: &mut dyn FnMut(Evidence),
    ) {
        self.pass(start, found);
        self.day = start.floor(DAY);
        let (power, value) = (at(self.power), at(self.counter));
        if !power.is_nan() {
            self.after.powers += 1;
            self.after.sum += power;
        }
        if value.is_nan() {
            self.pass_over(month, NotJudged::NoValue);
            return;
        }
        self.read(CounterReading {
            start,
            month,
            value,
            power,
        });
    }

    fn pass(&mut self, front: Instant, found: &mut dyn FnMut(Evidence)) {
        if front >= self.day + DAY {
            self.end_day(found);
            self.day += DAY;
        }
    }

    // It may be the last one of its day with a reading.
    fn unsettled_from(&self) -> Option<Instant> {
        self.last.map(|reading| reading.start)
    }

    fn verdict(self) -> RuleVerdict {
        RuleVerdict {
            counts: self.counts,
            weeks: Weeks::new(),
            meters: self.breaches,
        }
    }
}

/// What the counter went on by from one reading to the other, and the band that the power leaves for it.
fn judge(
    before: &CounterReading,
    last: &CounterReading,
    between: Between,
    interval: Span,
) -> Result<CheckFinding, NotJudged> {
    let time = last.start - before.start;
    if (time - DAY).abs() > interval.max(Span::from_nanos(DAY.nanos() / 20)) {
        return Err(NotJudged::TooShort);
    }
    if between.increments.iter().any(|increment| *increment < 0.0) {
        return Err(NotJudged::CounterFell);
    }
    if 20 * (between.powers * interval) < COVERED * time {
        return Err(NotJudged::MissingInput);
    }
    let [with_last, with_first] = energies(before, last, &between, time);
    let largest = with_last.abs().max(with_first.abs());
    let step = step(between.increments, last.value);
    let tolerance = (TOLERANCE * largest).max(STEPS * step);
    Ok(CheckFinding {
        value: last.value - before.value,
        low: with_last.min(with_first) - tolerance,
        high: with_last.max(with_first) + tolerance,
        deviation: None,
    })
}

/// The energy that the power says, with the bin of the last reading, and with that of the first one in its place.
#[allow(
    clippy::cast_precision_loss,
    reason = "bins and nanoseconds of a day are far below 2^53"
)]
fn energies(
    before: &CounterReading,
    last: &CounterReading,
    between: &Between,
    time: Span,
) -> [f64; 2] {
    let exchanged = between.sum - last.power + before.power;
    let exchanged = if exchanged.is_nan() {
        between.sum
    } else {
        exchanged
    };
    let hours = time.nanos() as f64 / HOUR.nanos() as f64;
    [between.sum, exchanged].map(|sum| sum / between.powers as f64 * hours)
}

/// The least by which the counter goes on, or by which it goes on more than at another time: it counts in no larger steps.
fn step(mut increments: Vec<f64>, reading: f64) -> f64 {
    let rounding = ROUNDING * reading.abs();
    increments.sort_unstable_by(f64::total_cmp);
    let (mut least, mut previous) = (f64::INFINITY, 0.0);
    for increment in increments {
        if increment - previous > rounding {
            least = least.min(increment - previous);
        }
        previous = increment;
    }
    if least.is_finite() { least } else { 0.0 }
}

#[cfg(test)]
mod tests;
