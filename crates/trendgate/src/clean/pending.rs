//! Bins that wait for what is still to be said of them, and the evidence of what was.

use super::EvenRules;
use super::rules::LongestHold;
use crate::model::{ColumnId, EXTREME, Evidence, FlagSet, Rule};
use crate::time::{Instant, Month, TimeRange};

/// Bins that have not left yet, those around the own stretch among them: consecutive but for gaps longer than `max_gap`.
pub(super) struct Pending {
    pub(super) starts: Vec<Instant>,
    /// From when on each is certain to be on the axis: its end, or the next row behind it.
    pub(super) on_axis: Vec<Instant>,
    pub(super) flags: Vec<FlagSet>,
    pub(super) columns: Vec<Vec<f64>>,
    /// The months that they count in; `None` for those around the own stretch.
    pub(super) months: Vec<Option<Month>>,
    /// The month of the last of them.
    pub(super) month: Month,
    /// How many of them the rules have seen.
    pub(super) judged: usize,
    /// Why they are flagged, in no order.
    pub(super) evidence: Vec<Evidence>,
    pub(super) own: TimeRange,
}

impl Pending {
    /// None yet, of so many columns, in a stretch that writes `own`.
    pub(super) fn new(columns: usize, own: TimeRange) -> Self {
        Self {
            starts: Vec::new(),
            on_axis: Vec::new(),
            flags: Vec::new(),
            columns: vec![Vec::new(); columns],
            months: Vec::new(),
            month: Month::of(Instant::EPOCH),
            judged: 0,
            evidence: Vec::new(),
            own,
        }
    }

    /// Flags the bin at `start`, if it is here, as too thinly covered, which is certain from `known_at` on.
    pub(super) fn thin(&mut self, start: Instant, known_at: Instant, min_coverage: f64) {
        if self.starts.binary_search(&start).is_ok() {
            let evidence = row(start, None, Rule::Coverage, known_at);
            self.flag(Evidence {
                low: min_coverage,
                high: 1.0,
                ..evidence
            });
        }
    }

    /// Flags a bin for what a rule found in bins into which values hold for so long: what is in the last of these is certain once the values
    /// could hold no more, and once it is known whether it is on the axis.
    pub(super) fn flag_held(&mut self, evidence: Evidence, hold: LongestHold, rules: EvenRules) {
        let Some(hold) = hold.span() else {
            return self.flag(evidence);
        };
        let looked_at = (self.starts).partition_point(|start| *start < evidence.known_at);
        let last = looked_at.checked_sub(1);
        let end = last.map_or(evidence.known_at, |last| self.starts[last] + rules.interval);
        let on_axis = match last {
            Some(last) if end >= evidence.known_at => self.on_axis[last],
            // For so long a row may come by which the bins behind are on the axis, too.
            _ => end + rules.max_gap + rules.interval,
        };
        self.flag(Evidence {
            known_at: on_axis.max(evidence.known_at + hold),
            ..evidence
        });
    }

    /// Flags a bin that is here, and keeps why if the bin is ours to write.
    pub(super) fn flag(&mut self, evidence: Evidence) {
        let place = self.starts.binary_search(&evidence.time);
        if let (Ok(index), Some(flag)) = (place, evidence.rule.flag()) {
            self.flags[index].insert(flag);
        }
        if self.own.contains(evidence.time) {
            self.evidence.push(evidence);
        }
    }
}

/// Evidence without a value.
pub(super) fn row(
    time: Instant,
    column: Option<ColumnId>,
    rule: Rule,
    known_at: Instant,
) -> Evidence {
    Evidence {
        time,
        column,
        rule,
        value: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
        known_at,
    }
}

/// Evidence of a number, in the report's unit, that was removed for its size from the bin that goes from `time` to `end`.
pub(super) fn too_large(time: Instant, end: Instant, column: ColumnId, value: f64) -> Evidence {
    Evidence {
        value,
        low: -EXTREME,
        high: EXTREME,
        ..row(time, Some(column), Rule::NotFinite, end)
    }
}

/// Evidence in its order. Two reports can have a number too large for one cell, and two kinds can cover a bin too thinly: each is
/// there once, the number by its own order, so that neither files nor their order show, and the bin from when the first kind is certain.
pub(super) fn sorted(mut evidence: Vec<Evidence>) -> Vec<Evidence> {
    let key = |e: &Evidence| (e.time, e.column, e.rule);
    evidence.sort_by(|a, b| {
        let values = a.value.total_cmp(&b.value);
        key(a)
            .cmp(&key(b))
            .then(values)
            .then(a.known_at.cmp(&b.known_at))
    });
    evidence.dedup_by(|a, b| key(a) == key(b));
    evidence
}
