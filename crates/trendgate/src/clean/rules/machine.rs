//! The checks of equipment, bin by bin: what enters is bins, what leaves is evidence and counts.
//!
//! [`heat`], [`affinity`] and [`needs`] judge one bin by itself; this module has what they share. A bin is judged only while the machine
//! runs, and runs on in every bin that begins within `settle` (and within one bin) of it, before and after: near a start or a stop the
//! sensors still show what was before. So a bin is judged once the bins after it that are so near are there. Bins whose state is not known
//! keep no neighbour from being judged. What a check finds is known at the end of the last bin that begins within this reach of the bin.

use super::bin_by_bin::{BinByBin, BinRule};
use super::entry::Judges;
use super::point_rule::{RuleVerdict, end_of_look};
use super::{MeterDays, MonthlyCounts, NotJudged, affinity, heat, needs};
use crate::clean::Look;
use crate::model::{Check, ColumnId, EquipmentCheck, Evidence, Running};
use crate::time::{DAY, Instant, Month, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// What the rules of machines judge, bin by bin.
pub(super) const MACHINES: Judges = Judges::Equipment {
    reach: |check, rules| {
        let reach = reach(check, rules.interval);
        Look {
            before: reach,
            after: reach,
        }
    },
    begin: |check, rules| Some(Box::new(BinByBin(Machine::new(check, rules.interval)))),
};

/// What a check found in one bin: a value, and the band that it should lie in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CheckFinding {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Of a heat, how far it is from the other one, as a share.
    pub(super) deviation: Option<f64>,
}

impl CheckFinding {
    /// Whether the value is outside of the band, by more than rounding.
    pub(super) fn is_bad(&self) -> bool {
        let slack = 1e-9 * self.value.abs();
        self.value < self.low - slack || self.value > self.high + slack
    }
}

/// How many heats of a week were judged, and how many of them were close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WeekCounts {
    /// Bins that were judged.
    pub(crate) judged: u64,
    /// Those of them within ±5 %.
    pub(crate) close: u64,
}

/// The deviation within which a heat is close.
const CLOSE: f64 = 0.05;

/// The weeks of one check, by the time at which each begins: Monday, 00:00 UTC.
pub(crate) type Weeks = BTreeMap<Instant, WeekCounts>;

/// The rule of one check, with the bins that are not judged yet and those that these depend on.
#[derive(Debug)]
struct Machine<'a> {
    check: &'a EquipmentCheck,
    interval: Span,
    /// How far neighbouring bins are looked at, to both sides.
    reach: Span,
    /// The bins that are kept, in the order of time: those from `decided` on are not judged yet.
    readings: VecDeque<MachineReading>,
    decided: usize,
    counts: MonthlyCounts,
    weeks: Weeks,
}

/// What one bin has, without regard to its neighbours.
#[derive(Debug)]
struct MachineReading {
    start: Instant,
    month: Option<Month>,
    running: Running,
    /// The speed as a share of the rated one, where that has to be steady.
    speed: f64,
    found: Result<CheckFinding, NotJudged>,
}

/// How far `check` looks to both sides of a bin, in a series of this interval.
fn reach(check: &EquipmentCheck, interval: Span) -> Span {
    check.settle.max(interval)
}

impl<'a> Machine<'a> {
    fn new(check: &'a EquipmentCheck, interval: Span) -> Self {
        Self {
            check,
            interval,
            reach: reach(check, interval),
            readings: VecDeque::new(),
            decided: 0,
            counts: MonthlyCounts::default(),
            weeks: Weeks::new(),
        }
    }

    fn read(
        &self,
        start: Instant,
        month: Option<Month>,
        at: impl Fn(ColumnId) -> f64,
    ) -> MachineReading {
        let running = self.check.state.at(&at);
        let mut speed = f64::NAN;
        if let Check::Affinity {
            frequency, design, ..
        } = &self.check.check
        {
            speed = at(*frequency) / design.frequency;
        }
        let found = match running {
            _ if at(self.check.column).is_nan() => Err(NotJudged::NoValue),
            Running::No => Err(NotJudged::AtRest),
            Running::Unknown => Err(NotJudged::StateUnknown),
            Running::Yes => judge(&self.check.check, at),
        };
        MachineReading {
            start,
            month,
            running,
            speed,
            found,
        }
    }

    /// Judges every bin of which all neighbours are there: those whose last neighbour starts at a time for which `seen` holds.
    fn decide(&mut self, seen: impl Fn(Instant) -> bool, found: &mut dyn FnMut(Evidence)) {
        while let Some(reading) = self.readings.get(self.decided) {
            if !seen(reading.start + self.reach) {
                break;
            }
            self.answer(self.decided, found);
            self.decided += 1;
        }
        // The bins that are not judged yet, or where there is none the next one, look back this far.
        let last = self.readings.back().map(|last| last.start);
        let keep = self.unsettled_from().or(last).unwrap_or(Instant::EPOCH) - self.reach;
        while self.decided > 0
            && self
                .readings
                .front()
                .is_some_and(|first| first.start < keep)
        {
            self.readings.pop_front();
            self.decided -= 1;
        }
    }

    fn answer(&mut self, place: usize, found: &mut dyn FnMut(Evidence)) {
        let reading = &self.readings[place];
        let undisturbed = |finding| self.disturbed(reading).map_or(Ok(finding), Err);
        let finding = reading.found.and_then(undisturbed);
        if let Ok(finding) = finding
            && finding.is_bad()
        {
            found(Evidence {
                time: reading.start,
                column: Some(self.check.column),
                rule: self.check.rule(),
                value: finding.value,
                low: finding.low,
                high: finding.high,
                known_at: end_of_look(reading.start, self.reach, self.interval),
            });
        }
        let Some(month) = reading.month else { return };
        let counts = self.counts.of(month);
        match finding {
            Err(reason) => counts.pass_over(reason, 1),
            Ok(finding) if finding.is_bad() => counts.flagged += 1,
            Ok(_) => counts.good += 1,
        }
        if let Some(deviation) = finding.ok().and_then(|finding| finding.deviation) {
            let week = self.weeks.entry(week_of(reading.start)).or_default();
            week.judged += 1;
            week.close += u64::from(deviation <= CLOSE + 1e-9);
        }
    }

    /// Why the neighbours of a bin keep it from being judged, if they do.
    fn disturbed(&self, reading: &MachineReading) -> Option<NotJudged> {
        let near = |other: &&MachineReading| (other.start - reading.start).abs() <= self.reach;
        let mut unsteady = false;
        for other in self.readings.iter().filter(near) {
            if other.running == Running::No {
                return Some(NotJudged::StartOrStop);
            }
            unsteady |= (other.speed - reading.speed).abs() > affinity::STEADY + 1e-9;
        }
        unsteady.then_some(NotJudged::Unsteady)
    }
}

impl BinRule for Machine<'_> {
    fn take(
        &mut self,
        start: Instant,
        month: Option<Month>,
        at: impl Fn(ColumnId) -> f64,
        found: &mut dyn FnMut(Evidence),
    ) {
        let reading = self.read(start, month, at);
        self.readings.push_back(reading);
        self.decide(|last| last <= start, found);
    }

    fn pass(&mut self, front: Instant, found: &mut dyn FnMut(Evidence)) {
        self.decide(|last| last < front, found);
    }

    fn unsettled_from(&self) -> Option<Instant> {
        self.readings.get(self.decided).map(|reading| reading.start)
    }

    fn verdict(self) -> RuleVerdict {
        RuleVerdict {
            counts: self.counts,
            weeks: self.weeks,
            meters: MeterDays::new(),
        }
    }
}

/// What the check finds in one bin in which the machine runs.
fn judge(check: &Check, at: impl Fn(ColumnId) -> f64) -> Result<CheckFinding, NotJudged> {
    match check {
        Check::HeatLoad {
            water,
            load,
            limits,
        } => heat::load(*water, *load, limits, at),
        Check::HeatBalance {
            water,
            condenser,
            power,
            drive_loss,
            pump_heat,
            limits,
        } => {
            let machine = heat::MachineBalance {
                condenser: *condenser,
                power: *power,
                drive_loss: *drive_loss,
                pump_heat: *pump_heat,
            };
            heat::balance(*water, &machine, limits, at)
        }
        Check::Affinity {
            frequency,
            power,
            design,
        } => affinity::judge(at(*frequency), at(*power), design),
        Check::Needs(needs) => needs::judge(needs, at),
        // Meters are judged by days.
        Check::Meter { .. } => Err(NotJudged::WithinDay),
    }
}

/// The Monday on which the week of `time` begins. The epoch was a Thursday.
fn week_of(time: Instant) -> Instant {
    const FROM_MONDAY: Span = DAY.times(3);
    (time + FROM_MONDAY).floor(DAY.times(7)) - FROM_MONDAY
}
#[cfg(test)]
mod tests;
