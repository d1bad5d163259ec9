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
//! one step proves that it works.
//! `min_duration` is raised to four of the point's own trend intervals, because a report repeats a point that is
//! logged more rarely than its rows, and to five bins. A millionth of the tolerance plus 1e-9 is allowed for rounding, and
//! beside `idle_below` what `rounding` says.
//!
//! **Look.** With `gap = min(max_gap, min_duration)`, a bin's answer depends on values at most `min_duration + 5·gap` away: of a
//! window around it, the shortest part that holds it and is long enough reaches no farther.
//!
//! **Known at** the end of the last bin of a window: of the windows that hold the bin, the one that ends first.
//!
//! **Source.** The definition of `flagConstants` in SaQC (Helmholtz UFZ), carried over to series with nulls and gaps.

use super::entry::{Breach, ConfiguredLimits, Judges, RuleEntry, RuleWords};
use super::point_rule::{Bins, PointRule, RuleVerdict};
use super::window::{FEWEST, SlidingWindow};
use super::{MonthlyCounts, NotJudged};
use crate::clean::EvenRules;
use crate::model::{
    ColumnId, Evidence, PhysicalType, PointSpec, Rule, RunState, Running, StandStill, exceeds,
};
use crate::time::{DAY, HOUR, Instant, Month, Span};
use crate::wording::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The rule, as it is registered.
pub(super) const FROZEN: RuleEntry = RuleEntry {
    rule: Rule::Frozen,
    judges: Judges::Points {
        reach: |point, rules| Some(reach(point.frozen.as_ref()?, rules)),
        begin: |column, point, rules| {
            let frozen = Frozen::of(column, point, rules)?;
            Some(Box::new(frozen))
        },
        fit_to_trend: Some(|point, interval| {
            if let Some(rule) = &mut point.frozen {
                rule.min_duration = rule.min_duration.max(interval * FEWEST_TRENDS);
            }
        }),
    },
    words: &FrozenWords,
};

/// How many steps the values behind a flag are apart at least.
const FEWEST_STEPS: i64 = 5;

/// A point that is logged once an hour stands in a report of every 15 minutes as runs of equal rows: only four of its own
/// intervals are long enough to be suspicious.
const FEWEST_TRENDS: i64 = 4;

/// The longest `min_duration` that can be asked for.
const LONGEST: Span = DAY.times(31);

/// When a point stands still for too long. What is left out is that of the physical type, or, for a type without such a
/// rule, 2 h.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrozenConfig {
    /// Whether it is judged at all. Points that log their changes of value only are judged only where this section is there.
    pub(crate) enabled: bool,
    /// Values within this of each other are the same reading; in the dataset's unit. Without it, only equal values are. At one step of
    /// the sensor or more, a living sensor looks like one that hangs.
    pub(crate) tolerance: Option<f64>,
    /// The shortest stretch that is flagged; never less than four of the point's own trend intervals. Longer where a point is slow, or moves
    /// in coarse steps.
    pub(crate) min_duration: Option<Span>,
    /// At or below this size the equipment is at rest, and may stand still.
    pub(crate) idle_below: Option<f64>,
}

impl Default for FrozenConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            tolerance: None,
            min_duration: None,
            idle_below: None,
        }
    }
}

impl FrozenConfig {
    /// Why a point cannot be judged by it, if it cannot.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        let bad =
            |value: Option<f64>| value.is_some_and(|value| !(value.is_finite() && value >= 0.0));
        if bad(self.tolerance) || bad(self.idle_below) {
            return Some("frozen: expected a tolerance and an idle_below of at least 0");
        }
        let too_long = self.min_duration.is_some_and(|span| span > LONGEST);
        too_long.then_some("frozen: expected a min_duration of at most 31d")
    }
}

/// When a point of this type stands still for too long, as configured.
pub(crate) fn settings(
    config: Option<&FrozenConfig>,
    physical: Option<PhysicalType>,
) -> Option<StandStill> {
    let by_type = physical.and_then(PhysicalType::stand_still);
    let Some(config) = config else {
        return by_type;
    };
    let base = by_type.unwrap_or(StandStill {
        tolerance: 0.0,
        min_duration: 2 * HOUR,
        idle_below: None,
    });
    config.enabled.then(|| StandStill {
        tolerance: config.tolerance.unwrap_or(base.tolerance),
        min_duration: config.min_duration.unwrap_or(base.min_duration),
        idle_below: config.idle_below.or(base.idle_below),
    })
}

/// What is rest for a point of this type, as configured, whether or not it is judged for standing still.
pub(crate) fn idle_below(
    config: Option<&FrozenConfig>,
    physical: Option<PhysicalType>,
) -> Option<f64> {
    let by_type = physical.and_then(PhysicalType::stand_still);
    let own = config.and_then(|config| config.idle_below);
    own.or(by_type.and_then(|still| still.idle_below))
}

struct FrozenWords;

impl RuleWords for FrozenWords {
    fn why(&self, breach: &Breach<'_>) -> String {
        let tolerance = breach.high.zip(breach.value);
        let within = match tolerance.map(|(high, value)| high - value) {
            Some(0.0) => String::new(),
            tolerance => format!(" (within {})", breach.shown(tolerance)),
        };
        let [first, last] = (breach.stretch)();
        format!("it stands still{within} for longer than it should: flagged from {first} to {last}")
    }

    fn limit(&self, limits: &ConfiguredLimits<'_>) -> Option<String> {
        let still = limits.point?.frozen?;
        let within = match still.tolerance > 0.0 {
            true => format!(" within {}", shown(still.tolerance, limits.unit())),
            false => String::new(),
        };
        Some(format!("no change{within} for {}", still.min_duration))
    }

    fn of_stretch(&self, value: &str) -> Option<String> {
        Some(format!(", at {value}"))
    }

    fn remedy(&self, _: &PointSpec) -> String {
        "does the sensor still measure? if it may stand still, state `frozen: {enabled: false}` under cleaner.points".to_owned()
    }
}

/// The rule for one point.
#[derive(Debug)]
struct Frozen {
    column: ColumnId,
    /// What says whether its machine runs; `None` for a point of no machine.
    running: Option<RunState>,
    rule: StandStill,
    interval: Span,
    /// Farther apart than this, two values are not neighbours.
    gap: Span,
    /// For points that are not judged at all: the reason.
    exempt: Option<NotJudged>,
    /// How many bins are read at a time: so few that every window, wherever it begins, has a whole such block in it. Where the values of a
    /// block and of those beside it change by more than the tolerance, there is no window to look for.
    block: usize,
    /// How many of the last bins that were given are not read yet.
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

/// How far `rule` looks to both sides of a bin.
fn reach(rule: &StandStill, rules: EvenRules) -> Span {
    let duration = min_duration(rule, rules.interval);
    duration + FEWEST_STEPS * duration.min(rules.max_gap)
}

impl<S> Series<'_, S> {
    /// The value of the bin at `start`. A bin that is flagged is still here: bins leave only once they are settled.
    fn value_at(&self, start: Instant) -> f64 {
        let place = self.bins.starts.binary_search(&start);
        place.map_or(f64::NAN, |place| self.values[place])
    }
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
    /// The rule of the point in `column`, if it has one.
    fn of(column: ColumnId, point: &PointSpec, rules: EvenRules) -> Option<Self> {
        let is_exempt = point.change_of_value && !point.frozen_if_cov;
        Some(Self {
            running: point.running,
            exempt: is_exempt.then_some(NotJudged::ChangeOfValue),
            ..Self::new(column, point.frozen?, rules.interval, rules.max_gap)
        })
    }

    fn new(column: ColumnId, rule: StandStill, interval: Span, max_gap: Span) -> Self {
        let min_duration = min_duration(&rule, interval);
        let steps = usize::try_from(min_duration / interval).unwrap_or(usize::MAX - 2);
        Self {
            column,
            running: None,
            rule: StandStill {
                min_duration,
                ..rule
            },
            interval,
            gap: max_gap.min(min_duration),
            exempt: None,
            // A window has one bin more than steps; two blocks less one bin always have a whole block in them.
            block: (steps + 2) / 2,
            unread: 0,
            calm_before: false,
            window: SlidingWindow::default(),
            run: None,
            counts: MonthlyCounts::default(),
        }
    }

    /// Reads the bins of `block`: looks for windows by `tolerance` if there is one, and only counts if not.
    fn read<S: Fn(usize) -> Running>(
        &mut self,
        series: &Series<'_, S>,
        block: Range<usize>,
        tolerance: Option<f64>,
        found: &mut dyn FnMut(Evidence),
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
                    None => self.take(series, from..to, month, tolerance, found),
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
        found: &mut dyn FnMut(Evidence),
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
                let (column, within) = (self.column, self.rule.tolerance);
                let known_at = *start + self.interval;
                self.window.decide(self.rule.min_duration, |start, month| {
                    let value = series.value_at(start);
                    found(Evidence {
                        time: start,
                        column: Some(column),
                        rule: Rule::Frozen,
                        value,
                        low: value - within,
                        high: value + within,
                        known_at,
                    });
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

impl PointRule for Frozen {
    fn push(
        &mut self,
        bins: Bins<'_>,
        new: Range<usize>,
        front: Instant,
        found: &mut dyn FnMut(Evidence),
    ) {
        let series = Series {
            bins,
            values: &bins.columns[self.column],
            state: self.running.map(|state| {
                move |place: usize| state.at(|column: ColumnId| bins.columns[column][place])
            }),
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
            self.read(&series, block, near.then_some(tolerance), found);
        }
        self.unread = new.end - from;
        self.pass(bins.starts.get(from).copied().unwrap_or(front));
    }

    fn needed_from(&self, starts: &[Instant]) -> Option<Instant> {
        let undecided = self.window.undecided().next().map(|(start, _)| start);
        undecided.or_else(|| starts.get(starts.len() - self.unread).copied())
    }

    fn finish(mut self: Box<Self>) -> RuleVerdict {
        self.end_run();
        self.counts.into()
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
