//! All rules of a stretch: those of each point, and those of the machines.

use super::machine::{Machine, Weeks};
use super::{Bins, Judge, PointVerdicts};
use crate::clean::Stretch;
use crate::model::{ColumnId, Evidence};
use crate::time::{Instant, Span};
use std::ops::Range;

/// What all rules said of a stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Of each point, in the order of the columns.
    pub points: Vec<PointVerdicts>,
    /// Of each check of equipment, in its order: how close heats were, by week.
    pub weeks: Vec<Weeks>,
}

/// The rules of a stretch at work.
#[derive(Debug)]
pub(in crate::clean) struct Panel<'a> {
    points: Vec<Judge>,
    machines: Vec<Machine<'a>>,
}

impl<'a> Panel<'a> {
    /// The rules of `stretch`; `interval` and `max_gap` are those of the series.
    pub(in crate::clean) fn new(stretch: Stretch<'a>, interval: Span, max_gap: Span) -> Self {
        let points = stretch.points;
        let columns = (0..points.len()).map(ColumnId::new);
        Self {
            points: columns
                .map(|column| Judge::new(column, points, interval, max_gap))
                .collect(),
            machines: stretch
                .equipment
                .checks
                .iter()
                .map(|check| Machine::new(check, interval))
                .collect(),
        }
    }

    /// Judges the next bins, those at the places `new`; no later one starts before `front`. Calls `found` for all that turns out
    /// bad.
    pub(in crate::clean) fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut impl FnMut(Evidence),
    ) {
        for judge in &mut self.points {
            judge.push(bins, new.clone(), front, found);
        }
        for machine in &mut self.machines {
            for place in new.clone() {
                let at = |column: ColumnId| bins.columns[column][place];
                machine.push(bins.starts[place], bins.months[place], at, found);
            }
            machine.pass(front, found);
        }
    }

    /// The first of the bins, given when they start, that a later one may have a say on, or that have a say on such a bin.
    pub(in crate::clean) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let points = self.points.iter();
        let points = points.filter_map(|judge| judge.needed_from(starts));
        let machines = self.machines.iter().filter_map(Machine::unsettled_from);
        points.chain(machines).min()
    }

    /// What was said, at the end of the stretch.
    pub(in crate::clean) fn finish(&mut self, found: &mut impl FnMut(Evidence)) -> Verdicts {
        let mut verdicts = Verdicts::default();
        for judge in &mut self.points {
            verdicts.points.push(judge.finish());
        }
        for machine in self.machines.drain(..) {
            let (column, rule) = machine.judges();
            let (counts, weeks) = machine.finish(found);
            verdicts.points[column].insert(rule, counts);
            verdicts.weeks.push(weeks);
        }
        verdicts
    }
}
