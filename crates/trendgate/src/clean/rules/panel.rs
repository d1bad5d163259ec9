//! All rules of a stretch: those of each point, and those of the machines.

use super::machine::{Machine, Weeks};
use super::meter::{Meter, MeterDays};
use super::{Bins, Judge, MonthlyCounts, PointVerdicts};
use crate::clean::Stretch;
use crate::model::{Check, ColumnId, EquipmentCheck, Evidence, PointSpec, Rule};
use crate::time::{Instant, Month, Span};
use std::ops::Range;

/// What all rules said of a stretch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdicts {
    /// Of each point, in the order of the columns.
    pub(crate) points: Vec<PointVerdicts>,
    /// Of each check of equipment, in its order: how close heats were, by week.
    pub(crate) weeks: Vec<Weeks>,
    /// Of each check of equipment, in its order: the breaches of a meter, by day.
    pub(crate) meters: Vec<MeterDays>,
}

/// The rules of a stretch at work.
#[derive(Debug)]
pub(in crate::clean) struct Panel<'a> {
    points: Vec<(Judge, LongestHold)>,
    checks: Vec<(CheckAtWork<'a>, LongestHold)>,
}

/// For how long values hold into the bins that a rule looks at: for so long it may turn out that they did not.
#[derive(Debug, Clone, Copy)]
pub(in crate::clean) struct LongestHold(Span);

impl LongestHold {
    /// That of a rule that looks at these points.
    fn of<'p>(points: impl Iterator<Item = &'p PointSpec>) -> Self {
        Self(
            points
                .filter_map(|point| point.hold)
                .max()
                .unwrap_or_default(),
        )
    }

    /// The length, where any do.
    pub(in crate::clean) fn span(self) -> Option<Span> {
        Some(self.0).filter(|hold| *hold > Span::ZERO)
    }
}

/// A check of equipment at work, with the column that it judges and its rule.
#[derive(Debug)]
struct CheckAtWork<'a> {
    column: ColumnId,
    rule: Rule,
    by: CheckedBy<'a>,
}

#[derive(Debug)]
enum CheckedBy<'a> {
    Machine(Machine<'a>),
    Meter(Meter),
}

impl<'a> CheckAtWork<'a> {
    fn new(check: &'a EquipmentCheck, interval: Span) -> Self {
        Self {
            column: check.column,
            rule: check.rule(),
            by: match check.check {
                Check::Meter { power } => {
                    CheckedBy::Meter(Meter::new(power, check.column, interval))
                }
                _ => CheckedBy::Machine(Machine::new(check, interval)),
            },
        }
    }

    fn push(
        &mut self,
        start: Instant,
        month: Option<Month>,
        at: impl Fn(ColumnId) -> f64,
        found: &mut impl FnMut(Evidence),
    ) {
        match &mut self.by {
            CheckedBy::Machine(machine) => machine.push(start, month, at, found),
            CheckedBy::Meter(meter) => meter.push(start, month, at, found),
        }
    }

    fn pass(&mut self, front: Instant, found: &mut impl FnMut(Evidence)) {
        match &mut self.by {
            CheckedBy::Machine(machine) => machine.pass(front, found),
            CheckedBy::Meter(meter) => meter.pass(front, found),
        }
    }

    fn unsettled_from(&self) -> Option<Instant> {
        match &self.by {
            CheckedBy::Machine(machine) => machine.unsettled_from(),
            CheckedBy::Meter(meter) => meter.unsettled_from(),
        }
    }

    fn finish(self, found: &mut impl FnMut(Evidence)) -> (MonthlyCounts, Weeks, MeterDays) {
        match self.by {
            CheckedBy::Machine(machine) => {
                let (counts, weeks) = machine.finish(found);
                (counts, weeks, MeterDays::new())
            }
            CheckedBy::Meter(meter) => {
                let (counts, days) = meter.finish(found);
                (counts, Weeks::new(), days)
            }
        }
    }
}

impl<'a> Panel<'a> {
    /// The rules of `stretch`; `interval` and `max_gap` are those of the series.
    pub(in crate::clean) fn new(stretch: Stretch<'a>, interval: Span, max_gap: Span) -> Self {
        let points = stretch.points;
        let columns = (0..points.len()).map(ColumnId::new);
        Self {
            points: columns
                .map(|column| {
                    let judge = Judge::new(column, points, interval, max_gap);
                    let running = points[column].running.and_then(|state| state.column);
                    let looks_at = [Some(column), running].into_iter().flatten();
                    (
                        judge,
                        LongestHold::of(looks_at.map(|column| &points[column])),
                    )
                })
                .collect(),
            checks: stretch
                .equipment
                .checks
                .iter()
                .map(|check| {
                    let inputs = check.inputs();
                    let looks_at = inputs.values().map(|column| &points[*column]);
                    (CheckAtWork::new(check, interval), LongestHold::of(looks_at))
                })
                .collect(),
        }
    }

    /// Judges the next bins, those at the places `new`; no later one starts before `front`. Calls `found` for all that turns out
    /// bad, with how long values hold into the bins that show it.
    pub(in crate::clean) fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut impl FnMut(Evidence, LongestHold),
    ) {
        for (judge, hold) in &mut self.points {
            let mut found = |evidence| found(evidence, *hold);
            judge.push(bins, new.clone(), front, &mut found);
        }
        for (check, hold) in &mut self.checks {
            let mut found = |evidence| found(evidence, *hold);
            for place in new.clone() {
                let at = |column: ColumnId| bins.columns[column][place];
                check.push(bins.starts[place], bins.months[place], at, &mut found);
            }
            check.pass(front, &mut found);
        }
    }

    /// The first of the bins, given when they start, that a later one may have a say on, or that have a say on such a bin.
    pub(in crate::clean) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let points = self.points.iter();
        let points = points.filter_map(|(judge, _)| judge.needed_from(starts));
        let checks = self.checks.iter();
        let checks = checks.filter_map(|(check, _)| check.unsettled_from());
        points.chain(checks).min()
    }

    /// What was said, at the end of the stretch.
    pub(in crate::clean) fn finish(
        &mut self,
        found: &mut impl FnMut(Evidence, LongestHold),
    ) -> Verdicts {
        let mut verdicts = Verdicts::default();
        for (judge, _) in &mut self.points {
            verdicts.points.push(judge.finish());
        }
        for (check, hold) in self.checks.drain(..) {
            let (column, rule) = (check.column, check.rule);
            let mut found = |evidence| found(evidence, hold);
            let (counts, weeks, meters) = check.finish(&mut found);
            verdicts.points[column].insert(rule, counts);
            verdicts.weeks.push(weeks);
            verdicts.meters.push(meters);
        }
        verdicts
    }
}
