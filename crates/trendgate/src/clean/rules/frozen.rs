//! `FROZEN`: a point that should move stands still for too long.
//!
//! **Definition.** Take the bins of one point that have a value. A *window* is a stretch of at least six of them, from `i` to
//! `j`, with `max - min ≤ tolerance` and `t_j - t_i ≥ min_duration`. The flagged bins are those of the union of all windows: the
//! whole stretch, from its first bin on. Bins without a value, and bins of which it is not known whether the equipment runs (the
//! `running` point has no value there), neither break nor lengthen a window, and are never flagged. A window ends where two neighbouring values lie farther apart than `max_gap` or `min_duration`, because an outage of that
//! length says nothing of what stood still; and where the equipment is at rest: where the size of the value is at most
//! `idle_below`, or the size of the value of the point's `running` point is at most what that point calls rest (0 for a state).
//!
//! **Not judged** are bins without a value, at rest, or with an unknown state; bins of a run, between breaks,
//! that has fewer than six values or is shorter than `min_duration` in all; and every bin of a point that logs changes of
//! value only (`COV` in its trend definition, without an interval behind it), unless its configuration has a `frozen` section.
//!
//! **Units and defaults.** `tolerance` and `idle_below` in the dataset's unit; defaults by physical type
//! ([`PhysicalType::stand_still`](crate::model::PhysicalType::stand_still)). The tolerance is 0: whatever the resolution of a sensor,
//! one step proves that it lives.
//! `min_duration` is raised to four of the point's own trend intervals, because a report repeats a point that is
//! logged more rarely than its rows, and to five bins. A millionth of the tolerance plus 1e-9 is allowed for rounding, and
//! beside `idle_below` what [`rounding`](crate::model::rounding) says.
//!
//! **Look.** With `gap = min(max_gap, min_duration)`, a bin's answer depends on values at most `min_duration + 5·gap` away: of a
//! window around it, the shortest part that holds it and is long enough reaches no farther.
//!
//! **Known at** the end of the last bin of a window: of the windows that hold the bin, the one that ends first.
//!
//! **Source.** The definition of `flagConstants` in SaQC (Helmholtz UFZ), carried over to series with nulls and gaps.

use super::window::{FEWEST, SlidingWindow};
use super::{Bins, MonthlyCounts, NotJudged};
use crate::model::{PointSpec, Running, StandStill, exceeds};
use crate::time::{Instant, Month, Span};
use std::ops::Range;

/// How many steps the values behind a flag are apart at least.
const FEWEST_STEPS: i64 = 5;

/// The rule for one point.
#[derive(Debug)]
pub(super) struct Frozen {
    rule: StandStill,
    interval: Span,
    /// Farther apart than this, two values are not neighbours.
    gap: Span,
    /// For points that are not judged at all: the reason.
    exempt: Option<NotJudged>,
    /// How many bins are read at a time: so few that every window has all bins of such a block in it, wherever it begins. Where a
    /// block moves, and those beside it do, there is no window to look for.
    block: usize,
    /// How many of the bins that are here, the last ones, are not read.
    unread: usize,
    /// Whether the block before those could be in a window.
    calm_before: bool,
    window: SlidingWindow,
    run: Option<StillRun>,
    counts: MonthlyCounts,
}

/// Values without a break between them.
#[derive(Debug)]
struct StillRun {
    first: Instant,
    last: Instant,
    values: usize,
    /// By month, how many count, and how many of them are flagged.
    months: Vec<(Month, u64, u64)>,
}

/// The bins of one point as this rule sees them.
struct Series<'a, S> {
    bins: Bins<'a>,
    values: &'a [f64],
    /// Whether the machine runs at a place; `None` for a point of no machine.
    state: Option<S>,
    exempt: Option<NotJudged>,
    idle_below: Option<f64>,
}

/// The shortest stretch that is flagged for `rule`, in a series of this interval.
fn min_duration(rule: &StandStill, interval: Span) -> Span {
    rule.min_duration.max(FEWEST_STEPS * interval)
}

/// How far `rule` looks around a bin, in a series of this interval.
pub(in crate::clean) fn look(rule: &StandStill, interval: Span, max_gap: Span) -> Span {
    let duration = min_duration(rule, interval);
    duration + FEWEST_STEPS * duration.min(max_gap)
}

impl<S: Fn(usize) -> Running> Series<'_, S> {
    /// Why the bin at `place` is not judged, if there is a reason in the bin itself.
    fn reason(&self, place: usize) -> Option<NotJudged> {
        let value = self.values[place];
        if value.is_nan() {
            return Some(NotJudged::NoValue);
        }
        if self.exempt.is_some() {
            return self.exempt;
        }
        match self.state.as_ref().map(|state| state(place)) {
            Some(Running::Unknown) => return Some(NotJudged::StateUnknown),
            Some(Running::No) => return Some(NotJudged::AtRest),
            Some(Running::Yes) | None => {}
        }
        let idle = self
            .idle_below
            .is_some_and(|idle| !exceeds(value.abs(), idle));
        idle.then_some(NotJudged::AtRest)
    }

    /// Whether all bins at `places` could be in one window.
    fn is_calm(&self, places: Range<usize>, tolerance: f64) -> bool {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for place in places {
            match self.reason(place) {
                None => {
                    low = low.min(self.values[place]);
                    high = high.max(self.values[place]);
                    if high - low > tolerance {
                        return false;
                    }
                }
                Some(NotJudged::AtRest) => return false,
                Some(_) => {}
            }
        }
        true
    }
}

impl Frozen {
    /// The rule of `point`, if it has one.
    pub(super) fn of(point: &PointSpec, interval: Span, max_gap: Span) -> Option<Self> {
        let exempt =
            (point.change_of_value && !point.frozen_if_cov).then_some(NotJudged::ChangeOfValue);
        let rule = point.frozen?;
        Some(Self::new(rule, interval, max_gap, exempt))
    }

    fn new(rule: StandStill, interval: Span, max_gap: Span, exempt: Option<NotJudged>) -> Self {
        let min_duration = min_duration(&rule, interval);
        let steps = usize::try_from(min_duration / interval).unwrap_or(usize::MAX - 2);
        Self {
            rule: StandStill {
                min_duration,
                ..rule
            },
            interval,
            gap: max_gap.min(min_duration),
            exempt,
            // A window has one bin more than steps; two blocks less one bin always have a whole block in them.
            block: (steps + 2) / 2,
            unread: 0,
            calm_before: false,
            window: SlidingWindow::default(),
            run: None,
            counts: MonthlyCounts::default(),
        }
    }

    /// How far apart values are that are the same reading.
    pub(super) fn tolerance(&self) -> f64 {
        self.rule.tolerance
    }

    /// Takes the bins of `values` at the places `new`; no later one starts before `front`. `state` says whether the machine runs at a
    /// place. Calls `flag` for every bin that turns out bad, by its start, with the end of the bin that makes it so.
    pub(super) fn push(
        &mut self,
        bins: Bins<'_>,
        values: &[f64],
        state: Option<impl Fn(usize) -> Running>,
        new: Range<usize>,
        front: Instant,
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        let series = Series {
            bins,
            values,
            state,
            exempt: self.exempt,
            idle_below: self.rule.idle_below,
        };
        let tolerance = self.rule.tolerance + self.rule.tolerance * 1e-6 + 1e-9;
        let mut from = new.start - self.unread;
        while from < new.end {
            let block = from..new.end.min(from + self.block);
            let next = block.end..new.end.min(block.end + self.block);
            // Whether this block is read depends on the next one, too, unless the stretch ends here.
            if next.len() < self.block && front < Instant::MAX {
                break;
            }
            from = block.end;
            let calm = series.is_calm(block.clone(), tolerance);
            let near = self.calm_before || calm || series.is_calm(next, tolerance);
            self.calm_before = calm;
            self.read(&series, block, near.then_some(tolerance), flag);
        }
        self.unread = new.end - from;
        self.pass(bins.starts.get(from).copied().unwrap_or(front));
    }

    /// Reads the bins of `block`: looks for windows by `tolerance` if there is one, and only counts if not.
    fn read<S: Fn(usize) -> Running>(
        &mut self,
        series: &Series<'_, S>,
        block: Range<usize>,
        tolerance: Option<f64>,
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        if tolerance.is_none() {
            self.window.begin_anew();
        }
        for (month, places) in series.bins.by_month(block) {
            let mut from = places.start;
            while from < places.end {
                let reason = series.reason(from);
                let same = |place: &usize| series.reason(*place) == reason;
                let to = from + 1 + (from + 1..places.end).take_while(same).count();
                match reason {
                    Some(reason) => self.pass_over(reason, month, (to - from) as u64),
                    None => self.take(series, from..to, month, tolerance, flag),
                }
                from = to;
            }
        }
    }

    /// Takes values that follow one another in one month.
    fn take<S>(
        &mut self,
        series: &Series<'_, S>,
        places: Range<usize>,
        month: Option<Month>,
        tolerance: Option<f64>,
        flag: &mut impl FnMut(Instant, Instant),
    ) {
        let (starts, gap) = (&series.bins.starts[places.clone()], self.gap.nanos());
        let mut values = &series.values[places];
        for starts in starts.chunk_by(|start, next| next.nanos() - start.nanos() <= gap) {
            self.pass(starts[0]);
            let run = self.run.get_or_insert(StillRun {
                first: starts[0],
                last: starts[0],
                values: 0,
                months: Vec::new(),
            });
            run.last = starts[starts.len() - 1];
            run.values += starts.len();
            if let Some(month) = month {
                run.month(month).1 += starts.len() as u64;
            }
            let (these, rest) = values.split_at(starts.len());
            values = rest;
            let Some(tolerance) = tolerance else { continue };
            for (start, value) in starts.iter().zip(these) {
                self.window.push(*start, month, *value, tolerance);
                let known_at = *start + self.interval;
                self.window.decide(self.rule.min_duration, |start, month| {
                    flag(start, known_at);
                    if let Some(month) = month {
                        run.month(month).2 += 1;
                    }
                });
            }
        }
    }

    fn pass_over(&mut self, reason: NotJudged, month: Option<Month>, bins: u64) {
        if let Some(month) = month {
            self.counts.of(month).pass_over(reason, bins);
        }
        if reason == NotJudged::AtRest {
            self.end_run();
        }
    }

    /// The next bin starts no earlier than `front`: a run that it cannot join is over.
    fn pass(&mut self, front: Instant) {
        if self
            .run
            .as_ref()
            .is_some_and(|run| run.last < front - self.gap)
        {
            self.end_run();
        }
    }

    /// The first of the bins that a later one may have a say on, or that have a say on such a bin.
    pub(super) fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let undecided = self.window.undecided().next().map(|(start, _)| start);
        undecided.or_else(|| starts.get(starts.len() - self.unread).copied())
    }

    pub(super) fn finish(mut self) -> MonthlyCounts {
        self.end_run();
        self.counts
    }

    fn end_run(&mut self) {
        self.window = SlidingWindow::default();
        let Some(run) = self.run.take() else { return };
        let judged = run.values >= FEWEST && run.last - run.first >= self.rule.min_duration;
        for (month, own, flagged) in run.months {
            let counts = self.counts.of(month);
            if judged {
                counts.flagged += flagged;
                counts.good += own - flagged;
            } else {
                counts.pass_over(NotJudged::TooShort, own);
            }
        }
    }
}

impl StillRun {
    /// The counts of a month.
    fn month(&mut self, month: Month) -> &mut (Month, u64, u64) {
        let known = self.months.iter().rposition(|(known, ..)| *known == month);
        let place = known.unwrap_or_else(|| {
            self.months.push((month, 0, 0));
            self.months.len() - 1
        });
        &mut self.months[place]
    }
}

#[cfg(test)]
mod tests;
