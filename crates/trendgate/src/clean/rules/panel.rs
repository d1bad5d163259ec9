//! All rules of a stretch at work: those of each point, and those of the machines.

use super::point_rule::{Bins, PointRule};
use super::{PointVerdicts, RULES, Verdicts, entry};
use crate::clean::{EvenRules, Look, Stretch};
use crate::model::{ColumnId, Equipment, Evidence, PointSpec, Rule};
use crate::time::{Instant, Span};
use std::ops::Range;

/// How far the rules of these points and machines look around a bin; `None` where they look at nothing but the bin.
pub(in crate::clean) fn reach(
    points: &[PointSpec],
    equipment: &Equipment,
    rules: EvenRules,
) -> Option<Look> {
    let of_points = points.iter().flat_map(|point| {
        let spans = RULES
            .iter()
            .filter_map(move |entry| entry.point_reach(point, rules));
        spans.map(|span| Look {
            before: span,
            after: span,
        })
    });
    let checks = equipment.checks.iter();
    let of_checks = checks.filter_map(|check| entry(check.rule()).check_reach(check, rules));
    of_points.chain(of_checks).reduce(|one, other| Look {
        before: one.before.max(other.before),
        after: one.after.max(other.after),
    })
}

/// The rules of a stretch at work.
#[derive(Debug)]
pub(in crate::clean) struct Panel<'a> {
    columns: usize,
    points: Vec<RuleAtWork<'a>>,
    /// In the order of the checks of equipment.
    checks: Vec<RuleAtWork<'a>>,
}

/// One rule at work on one column.
#[derive(Debug)]
struct RuleAtWork<'a> {
    column: ColumnId,
    rule: Rule,
    hold: LongestHold,
    at_work: Box<dyn PointRule + 'a>,
}

/// For how long values hold into the bins that a rule looks at: for so long it may turn out that they did not.
#[derive(Debug, Clone, Copy)]
pub(in crate::clean) struct LongestHold(Span);

impl LongestHold {
    /// That of a rule that judges the point in `column`.
    pub(super) fn of_point(column: ColumnId, points: &[PointSpec]) -> Self {
        let running = points[column].running.and_then(|state| state.column);
        let looks_at = [Some(column), running].into_iter().flatten();
        Self::of(looks_at.map(|column| &points[column]))
    }

    /// That of a rule that looks at these points.
    pub(super) fn of<'p>(points: impl Iterator<Item = &'p PointSpec>) -> Self {
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

impl<'a> Panel<'a> {
    /// The rules of `stretch`, in a series that is made by `rules`.
    pub(in crate::clean) fn new(stretch: Stretch<'a>, rules: EvenRules) -> Self {
        let points = stretch.points;
        let columns = (0..points.len()).map(ColumnId::new);
        let checks = stretch.equipment.checks.iter();
        Self {
            columns: points.len(),
            points: columns
                .flat_map(|column| rules_of(column, points, rules))
                .collect(),
            checks: checks
                .filter_map(|check| {
                    let inputs = check.inputs();
                    let looks_at = inputs.values().map(|column| &points[*column]);
                    Some(RuleAtWork {
                        column: check.column,
                        rule: check.rule(),
                        hold: LongestHold::of(looks_at),
                        at_work: entry(check.rule()).begin_check(check, rules)?,
                    })
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
        for rule in self.points.iter_mut().chain(&mut self.checks) {
            let hold = rule.hold;
            rule.at_work
                .push(bins, new.clone(), front, &mut |evidence| {
                    found(evidence, hold);
                });
        }
    }

    /// The first of the bins, given when they start, that a later one may have a say on, or that have a say on such a bin.
    pub(in crate::clean) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let rules = self.points.iter().chain(&self.checks);
        rules
            .filter_map(|rule| rule.at_work.needed_from(starts))
            .min()
    }

    /// What was said, once all bins of the stretch are judged.
    pub(in crate::clean) fn finish(&mut self) -> Verdicts {
        let mut verdicts = Verdicts {
            points: vec![PointVerdicts::new(); self.columns],
            ..Verdicts::default()
        };
        for rule in self.points.drain(..) {
            let verdict = rule.at_work.finish();
            verdicts.points[rule.column].insert(rule.rule, verdict.counts);
        }
        for check in self.checks.drain(..) {
            let verdict = check.at_work.finish();
            verdicts.points[check.column].insert(check.rule, verdict.counts);
            verdicts.weeks.push(verdict.weeks);
            verdicts.meters.push(verdict.meters);
        }
        verdicts
    }
}

/// The rules at work on the point in `column`, in the order of their list.
fn rules_of(
    column: ColumnId,
    points: &[PointSpec],
    rules: EvenRules,
) -> impl Iterator<Item = RuleAtWork<'static>> {
    let point = &points[column];
    let hold = LongestHold::of_point(column, points);
    RULES.iter().filter_map(move |entry| {
        Some(RuleAtWork {
            column,
            rule: entry.rule,
            hold,
            at_work: entry.begin_point(column, point, rules)?,
        })
    })
}
