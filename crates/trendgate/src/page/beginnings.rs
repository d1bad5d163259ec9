//! When stretches began that a range of time cuts off: its first bin is flagged, and so was the one before it.
//!
//! Enters: a [`Snapshot`], the first bin that was looked at, the points and rules of the stretches that begin there. Leaves: the first bin of
//! each. Reads the evidence of earlier months, the last one first, only as far back as a stretch goes on; of a month memory holds the times of
//! these points and rules.

use super::walk::{evidence_of, points};
use crate::error::Result;
use crate::model::Rule;
use crate::partition::{evidence_rows, read_part};
use crate::time::{Extent, Instant, Month, Span};
use crate::verify::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

/// A point's place (`None`: whole rows), and the rule.
pub(super) type Flagged = (Option<usize>, Rule);

/// Of which bins there is evidence.
type FlaggedBins = BTreeMap<Flagged, BTreeSet<Instant>>;

/// The first bin of each stretch that goes on in bin `from`.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) and [`Damaged`](crate::ErrorKind::Damaged) where evidence cannot be read.
pub(super) fn beginnings(
    snapshot: &Snapshot,
    interval: Span,
    from: Instant,
    cut: impl Iterator<Item = Flagged>,
) -> Result<BTreeMap<Flagged, Instant>> {
    let mut first: BTreeMap<_, _> = cut.map(|flagged| (flagged, from)).collect();
    let all = snapshot.time_range().filter(|all| all.first < from);
    let months = all.map(|all| Month::between(Extent::new(all.first, from - interval)));
    for month in months.into_iter().flatten().rev() {
        let is_open = |flagged: &Flagged| {
            let first = first.get(flagged);
            first.is_some_and(|first| *first - interval < month.end())
        };
        if !first.keys().any(is_open) {
            break;
        }
        let bins = bins(snapshot, month, is_open)?;
        go_back(&mut first, &bins, interval);
    }
    Ok(first)
}

/// The bins of a month of which there is evidence, of the points and rules that are wanted.
fn bins(
    snapshot: &Snapshot,
    month: Month,
    is_wanted: impl Fn(&Flagged) -> bool,
) -> Result<FlaggedBins> {
    let names = points(snapshot).enumerate();
    let places: BTreeMap<_, _> = names
        .map(|(place, column)| (&*column.name, place))
        .collect();
    let mut bins = FlaggedBins::new();
    for file in evidence_of(snapshot, &[month]) {
        for rows in read_part(&file)? {
            for row in evidence_rows(&rows?).map_err(|error| error.at(&file))? {
                let point = match &row.column {
                    None => None,
                    Some(name) => match places.get(&**name) {
                        Some(place) => Some(*place),
                        None => continue,
                    },
                };
                if is_wanted(&(point, row.rule)) {
                    bins.entry((point, row.rule)).or_default().insert(row.time);
                }
            }
        }
    }
    Ok(bins)
}

/// Moves the first bins back as far as there is evidence of every bin before them.
fn go_back(first: &mut BTreeMap<Flagged, Instant>, bins: &FlaggedBins, interval: Span) {
    for (flagged, first) in first {
        let of_it = bins.get(flagged);
        while of_it.is_some_and(|times| times.contains(&(*first - interval))) {
            *first -= interval;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    const BIN: Span = MINUTE.times(15);

    fn at(bin: i64) -> Instant {
        Instant::EPOCH + BIN * bin
    }

    #[test]
    fn a_beginning_moves_back_as_far_as_there_is_evidence_of_every_bin() {
        let frozen = (Some(0), Rule::Frozen);
        let (other_point, other_rule) = ((Some(1), Rule::Frozen), (Some(0), Rule::Affinity));
        let mut first: BTreeMap<_, _> = [frozen, other_point, other_rule]
            .map(|flagged| (flagged, at(100)))
            .into();
        let times = (80..90).chain(95..100).chain(100..110);
        let mut bins = FlaggedBins::from([(frozen, times.map(at).collect())]);
        go_back(&mut first, &bins, BIN);
        assert_eq!(first[&frozen], at(95), "behind the hole");
        bins.insert(frozen, (90..95).map(at).collect());
        go_back(&mut first, &bins, BIN);
        assert_eq!(first[&frozen], at(90), "the next month back");
        assert_eq!([first[&other_point], first[&other_rule]], [at(100); 2]);
    }
}
