//! Merged rows, and which kinds of report had them.

use super::{CellMark, MergedExtreme};
use crate::acquire::NumberColumns;
use crate::model::KindId;
use crate::time::Instant;

/// Rows of a site in strictly ascending order of time, with the columns of the whole roster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MergedRows {
    /// The time of each row.
    pub times: Vec<Instant>,
    /// For each column of the roster one value a row; NaN where there is none.
    pub columns: NumberColumns,
    /// Which kinds of report had a row at which time, in the order of the rows.
    pub kind_rows: Vec<KindRow>,
    /// Numbers that were removed for their size, in the order of the rows. Of several for one cell the smallest.
    pub extremes: Vec<MergedExtreme>,
    /// What is known of cells of points whose bins depend on when their samples stand, beside the numbers; in the order of the rows.
    pub marks: Vec<CellMark>,
}

/// That reports of one kind had a row at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRow {
    /// The row within its [`MergedRows`].
    pub row: usize,
    /// The kind.
    pub kind: KindId,
    /// Whether the row held at least one number, which makes it a sample.
    pub sample: bool,
}

impl MergedRows {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns: vec![Vec::new(); columns].into(),
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        self.times.clear();
        self.columns.clear_rows();
        self.kind_rows.clear();
        self.extremes.clear();
        self.marks.clear();
    }
}

/// For each kind, the place of its last entry in the rows' list of kinds.
#[derive(Debug, Default)]
pub(super) struct LastOfKind(Vec<usize>);

impl LastOfKind {
    /// Notes that `kind` had a row; two reports of one kind at one time are one row of that kind.
    #[inline]
    pub(super) fn note(&mut self, rows: &mut MergedRows, row: usize, kind: KindId, sample: bool) {
        let Self(places) = self;
        if places.len() <= kind.index() {
            places.resize(kind.index() + 1, usize::MAX);
        }
        // The place may be one of rows that have left: then what stands there now is of another kind or row, or nothing.
        match rows.kind_rows.get_mut(places[kind]) {
            Some(known) if known.kind == kind && known.row == row => known.sample |= sample,
            _ => {
                places[kind] = rows.kind_rows.len();
                rows.kind_rows.push(KindRow { row, kind, sample });
            }
        }
    }
}
