//! Bins in which values held until it turned out that they did not.
//!
//! Enters: what the points whose values hold found undone in rows that were taken. Leaves: those bins without their values, before any rule
//! has seen them, and with evidence where they lack a sample or a required point now, which is certain from the row that says so.

use super::super::pending::row;
use super::{EvenStretch, TimedPoint};
use crate::model::Rule;
use crate::time::Instant;

/// A bin in which nothing but values that may not have held makes a sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unsampled {
    pub(super) start: Instant,
    /// From when on it is certain that nothing else does.
    pub(super) known_at: Instant,
    /// Of how many points a value may have held in it.
    pub(super) holders: usize,
}

impl EvenStretch<'_> {
    /// Empties the bins, all of which are filled, in which nothing held after all.
    pub(super) fn undo(&mut self) {
        let Self {
            timed,
            pending,
            unsampled,
            required,
            ..
        } = self;
        for point in timed {
            let TimedPoint::Held(point) = point else {
                continue;
            };
            let is_required = required.binary_search(&point.column).is_ok();
            for undone in std::mem::take(&mut point.undone) {
                let from = pending
                    .starts
                    .partition_point(|start| *start <= undone.after);
                let to = pending
                    .starts
                    .partition_point(|start| *start < undone.before);
                for place in from..to {
                    let (start, value) = (
                        pending.starts[place],
                        &mut pending.columns[point.column][place],
                    );
                    let had_value = !std::mem::replace(value, f64::NAN).is_nan();
                    if had_value && is_required {
                        pending.flag(row(start, Some(point.column), Rule::Required, undone.at));
                    }
                    let bare = unsampled.binary_search_by_key(&start, |bin| bin.start);
                    if let Ok(bare) = bare {
                        let bin = &mut unsampled[bare];
                        bin.holders -= 1;
                        bin.known_at = bin.known_at.max(undone.at);
                        if bin.holders == 0 {
                            let known_at = bin.known_at;
                            unsampled.remove(bare);
                            pending.flag(row(start, None, Rule::NoSample, known_at));
                        }
                    }
                }
            }
        }
    }

    /// How many of the pending bins are decided, where no row before `front` is still to come.
    pub(super) fn decided(&mut self, front: Instant) -> usize {
        let after = self.timed.iter().filter_map(|point| match point {
            TimedPoint::Held(point) => point.undecided_after(front),
            TimedPoint::Summed(_) => None,
        });
        let starts = &self.pending.starts;
        let Some(after) = after.min() else {
            self.unsampled.clear();
            return starts.len();
        };
        let decided = starts.partition_point(|start| *start <= after);
        self.unsampled.retain(|bin| bin.start > after);
        decided
    }
}
