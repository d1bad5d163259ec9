//! Numbers that were removed for their size: merged beside the rows that had them.

use super::Source;
use super::fronts::SourceFront;
use crate::model::ColumnId;

/// A number that was removed for its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergedExtreme {
    /// The row within its [`MergedRows`](super::MergedRows).
    pub row: usize,
    /// The column of the roster.
    pub column: ColumnId,
    /// The number, in the report's unit.
    pub value: f64,
}

/// Of the extremes from `from` on, which are of one row, keeps the smallest of each column.
pub(super) fn keep_smallest(extremes: &mut Vec<MergedExtreme>, from: usize) {
    let mut row = extremes.split_off(from);
    row.sort_by(|a, b| (a.column.cmp(&b.column)).then(a.value.total_cmp(&b.value)));
    row.dedup_by_key(|extreme| extreme.column);
    extremes.append(&mut row);
}

/// Moves the extremes of the front's next `length` rows to `target`, where those rows begin at `base`.
#[inline]
pub(super) fn take_extremes<S: Source>(
    front: &mut SourceFront<S>,
    base: usize,
    length: usize,
    target: &mut Vec<MergedExtreme>,
) {
    while let Some(extreme) = front.chunk.extremes.get(front.next_extreme) {
        if extreme.row >= front.next + length {
            break;
        }
        target.push(MergedExtreme {
            row: base + (extreme.row - front.next),
            column: front.source.columns()[extreme.column],
            value: extreme.value,
        });
        front.next_extreme += 1;
    }
}
