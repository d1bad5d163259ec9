//! Unbroken stretches in which a point is not as it should be: flagged by one rule, or without a value. Pure.
//!
//! Enters: bins in the order of time. Leaves: of each point and anomaly how many stretches there are and the longest of them, each with the
//! last good value before it; and [`Together`]: stretches of several points that begin and end at the same time. A stretch runs over the
//! ends of months and parts. The time before the first value of a point is no stretch: its reports begin then.

use super::walk::SeriesBin;
use crate::model::Rule;
use crate::partition::EvidenceRow;
use crate::time::{Extent, Instant, Span};
use std::collections::BTreeMap;

/// How many stretches are kept of one point and anomaly.
const LONGEST: usize = 3;
/// A stretch of fewer bins without a value is none.
const LEAST_SILENCE: u64 = 4;
/// A stretch of fewer bins is by chance at the same time as another.
const LEAST_TOGETHER: u64 = 4;
/// Fewer bins than these, of all points together, may be at the same time by chance.
const LEAST_SHARED: u64 = 16;
/// How many stretches are remembered, to see which were together.
const MOST_REMEMBERED: usize = 20_000;
/// Stretches that begin, and end, within so many bins of each other are together.
const APART: i64 = 2;

/// What is wrong in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anomaly {
    /// A rule flags, or records, each bin of it.
    Found(Rule),
    /// No bin of it has a value.
    Silent,
}

impl Anomaly {
    /// The rule's name, or `no value`.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Found(rule) => rule.name(),
            Self::Silent => "no value",
        }
    }
}

/// An unbroken stretch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnomalyStretch {
    /// The place of the point; `None` where whole rows are flagged.
    pub(crate) point: Option<usize>,
    /// What is wrong.
    pub(crate) anomaly: Anomaly,
    /// The first and the last bin.
    pub(crate) extent: Extent,
    /// How many bins there are.
    pub(crate) bins: u64,
    /// Of a rule, the piece of evidence whose value is farthest beyond its limits; the first of several.
    pub(crate) worst: Option<EvidenceRow>,
    /// The last value before the stretch that no rule has anything against.
    pub(crate) last_good: Option<(Instant, f64)>,
}

/// Stretches of several points at the same time, for the same reason.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Together {
    /// What is wrong.
    pub(crate) anomaly: Anomaly,
    /// From the first bin of the first to the last of the last.
    pub(crate) extent: Extent,
    /// The stretches, in the order of their points.
    pub(crate) stretches: Vec<AnomalyStretch>,
}

/// The stretches of one point and anomaly.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PointStretches {
    /// How many there are.
    pub(crate) count: u64,
    /// The longest, the longest first.
    pub(crate) longest: Vec<AnomalyStretch>,
}

impl PointStretches {
    fn take(&mut self, stretch: AnomalyStretch) {
        self.count += 1;
        let place = self
            .longest
            .partition_point(|kept| kept.bins >= stretch.bins);
        if place < LONGEST {
            self.longest.insert(place, stretch);
            self.longest.truncate(LONGEST);
        }
    }
}

/// The stretches of each point (`None`: of whole rows) and anomaly.
pub(crate) type StretchesByPoint = BTreeMap<(Option<usize>, Anomaly), PointStretches>;

/// Follows the stretches through the rows.
#[derive(Debug)]
pub(super) struct StretchFinder {
    interval: Span,
    open: BTreeMap<(Option<usize>, Anomaly), AnomalyStretch>,
    last_good: Vec<Option<(Instant, f64)>>,
    had_value: Vec<bool>,
    found: StretchesByPoint,
    remembered: Vec<AnomalyStretch>,
}

impl StretchFinder {
    pub(super) fn new(interval: Span, points: usize) -> Self {
        Self {
            interval,
            open: BTreeMap::new(),
            last_good: vec![None; points],
            had_value: vec![false; points],
            found: BTreeMap::new(),
            remembered: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, bin: &SeriesBin<'_>) {
        for mark in bin.marks {
            self.go_on(
                mark.point,
                Anomaly::Found(mark.row.rule),
                bin.time,
                Some(&mark.row),
            );
        }
        for (point, value) in bin.values.iter().enumerate() {
            match value {
                None if self.had_value[point] => {
                    self.go_on(Some(point), Anomaly::Silent, bin.time, None);
                }
                None => {}
                Some(value) => {
                    self.had_value[point] = true;
                    if bin.marks.iter().all(|mark| mark.point != Some(point)) {
                        self.last_good[point] = Some((bin.time, *value));
                    }
                }
            }
        }
    }

    fn go_on(
        &mut self,
        point: Option<usize>,
        anomaly: Anomaly,
        time: Instant,
        row: Option<&EvidenceRow>,
    ) {
        if let Some(open) = self.open.get_mut(&(point, anomaly))
            && open.extent.last + self.interval == time
        {
            open.extent.last = time;
            open.bins += 1;
            if let (Some(row), Some(worst)) = (row, &open.worst)
                && beyond(row) > beyond(worst)
            {
                open.worst = Some(row.clone());
            }
            return;
        }
        let next = AnomalyStretch {
            point,
            anomaly,
            extent: Extent::new(time, time),
            bins: 1,
            worst: row.cloned(),
            last_good: point.and_then(|point| self.last_good[point]),
        };
        if let Some(ended) = self.open.insert((point, anomaly), next) {
            self.end(ended);
        }
    }

    fn end(&mut self, stretch: AnomalyStretch) {
        if stretch.anomaly == Anomaly::Silent && stretch.bins < LEAST_SILENCE {
            return;
        }
        if stretch.point.is_some()
            && stretch.bins >= LEAST_TOGETHER
            && self.remembered.len() < MOST_REMEMBERED
        {
            self.remembered.push(stretch.clone());
        }
        let key = (stretch.point, stretch.anomaly);
        self.found.entry(key).or_default().take(stretch);
    }

    /// The stretches by point and anomaly, and those that were together, those of most points first.
    pub(super) fn finish(mut self) -> (StretchesByPoint, Vec<Together>) {
        for (_, stretch) in std::mem::take(&mut self.open) {
            self.end(stretch);
        }
        let together = together(self.remembered, self.interval.times(APART));
        (self.found, together)
    }
}

/// How far a value is beyond the limits that it was held against.
fn beyond(row: &EvidenceRow) -> f64 {
    let above = row.value.zip(row.high).map(|(value, high)| value - high);
    let below = row.value.zip(row.low).map(|(value, low)| low - value);
    above.unwrap_or(0.0).max(below.unwrap_or(0.0))
}

fn together(mut stretches: Vec<AnomalyStretch>, apart: Span) -> Vec<Together> {
    stretches.sort_by_key(|one| (one.anomaly, one.extent, one.point));
    let mut found: Vec<Together> = Vec::new();
    // Of one anomaly, those groups whose first bin is not too far back yet.
    let mut begin = 0;
    for stretch in stretches {
        let (anomaly, extent) = (stretch.anomaly, stretch.extent);
        while found.get(begin).is_some_and(|group| {
            group.anomaly != anomaly || group.extent.first + apart < extent.first
        }) {
            begin += 1;
        }
        let near = |group: &&mut Together| {
            (group.extent.last - extent.last).abs() <= apart
                && (group.stretches.iter()).all(|other| other.point != stretch.point)
        };
        match found[begin..].iter_mut().find(near) {
            Some(group) => {
                group.extent = group.extent.and(extent);
                group.stretches.push(stretch);
            }
            None => found.push(Together {
                anomaly,
                extent,
                stretches: vec![stretch],
            }),
        }
    }
    found.retain(|group| {
        let bins: u64 = group.stretches.iter().map(|stretch| stretch.bins).sum();
        group.stretches.len() > 1 && bins >= LEAST_SHARED
    });
    for group in &mut found {
        group.stretches.sort_by_key(|stretch| stretch.point);
    }
    found.sort_by_key(|group| {
        let size = (group.stretches.len(), group.extent.length());
        (std::cmp::Reverse(size), group.extent.first)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::walk::BinMark;
    use crate::time::MINUTE;

    const BIN: Span = MINUTE.times(15);

    fn at(bin: i64) -> Instant {
        Instant::EPOCH + BIN * bin
    }

    fn mark(point: usize, bin: i64, value: f64) -> BinMark {
        let row = EvidenceRow {
            time: at(bin),
            column: None,
            rule: Rule::Frozen,
            value: Some(value),
            low: Some(0.0),
            high: Some(10.0),
            known_at: None,
        };
        BinMark {
            point: Some(point),
            row,
        }
    }

    /// What is found of rows of two points, given as `value` or nothing, and whether it is flagged.
    fn found(rows: &[[(Option<f64>, bool); 2]]) -> (StretchesByPoint, Vec<Together>) {
        let mut finder = StretchFinder::new(BIN, 2);
        for (bin, row) in (0..).zip(rows) {
            let values = row.map(|(value, _)| value);
            let flagged = (0..2).filter(|point| row[*point].1);
            let marks: Vec<BinMark> = flagged
                .map(|point| mark(point, bin, row[point].0.unwrap_or(0.0)))
                .collect();
            finder.take(&SeriesBin {
                time: at(bin),
                values: &values,
                marks: &marks,
            });
        }
        finder.finish()
    }

    const GOOD: (Option<f64>, bool) = (Some(7.0), false);
    const STILL: (Option<f64>, bool) = (Some(9.0), true);
    const NONE: (Option<f64>, bool) = (None, false);

    #[test]
    fn a_stretch_has_its_bins_and_the_last_good_value_before_it() {
        let mut rows = vec![[GOOD, GOOD]; 3];
        rows.extend([[STILL, GOOD]; 5]);
        rows.extend([[GOOD, GOOD]; 2]);
        rows.extend([[(Some(12.5), true), GOOD], [STILL, GOOD]]);
        let (stretches, together) = found(&rows);
        let frozen = &stretches[&(Some(0), Anomaly::Found(Rule::Frozen))];
        assert_eq!((stretches.len(), frozen.count), (1, 2));
        let [longest, second] = frozen.longest.as_slice() else {
            panic!("{frozen:?}")
        };
        assert_eq!(
            (longest.extent, longest.bins),
            (Extent::new(at(3), at(7)), 5)
        );
        assert_eq!(longest.last_good, Some((at(2), 7.0)));
        assert_eq!(
            second.worst.as_ref().unwrap().value,
            Some(12.5),
            "the farthest beyond its limits"
        );
        assert_eq!(together, []);
    }

    #[test]
    fn points_that_fail_at_the_same_time_are_together_and_others_are_not() {
        let mut rows = vec![[GOOD, GOOD]];
        rows.extend([[STILL, STILL]; 8]);
        rows.extend([[GOOD, GOOD]; 9]);
        rows.extend([[STILL, STILL]; 7]);
        rows.extend([[GOOD, GOOD]; 9]);
        rows.extend([[STILL, GOOD]; 8]);
        rows.extend([[GOOD, STILL]; 8]);
        let (_, together) = found(&rows);
        let [together] = together.as_slice() else {
            panic!("{together:?}")
        };
        assert_eq!(together.anomaly, Anomaly::Found(Rule::Frozen));
        assert_eq!(together.extent, Extent::new(at(1), at(8)));
        let points = together.stretches.iter().map(|stretch| stretch.point);
        assert_eq!(points.collect::<Vec<_>>(), [Some(0), Some(1)]);
    }

    #[test]
    fn silence_counts_from_the_first_value_on_and_to_the_end() {
        let mut rows = vec![[NONE, GOOD]; 9];
        rows.extend([[GOOD, GOOD], [NONE, GOOD], [GOOD, GOOD]]);
        rows.extend([[NONE, GOOD]; 7]);
        let (stretches, _) = found(&rows);
        let silent = &stretches[&(Some(0), Anomaly::Silent)];
        assert_eq!(silent.count, 1, "one bin without a value is no stretch");
        assert_eq!(silent.longest[0].extent, Extent::new(at(12), at(18)));
        assert_eq!(silent.longest[0].last_good, Some((at(11), 7.0)));
        assert_eq!(stretches.len(), 1);
    }
}
