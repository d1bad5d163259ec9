//! Rows that were moved out of an hour that never happened.

use super::cells::FirstWins;
use super::fronts::SourceFront;
use super::marks::Marks;
use super::rows::LastOfKind;
use super::{MergedRows, Source};
use crate::model::{ColumnId, KindId};

/// For each column the number that moved rows of the time being merged give, and their kind; empty where there are none.
#[derive(Debug, Default)]
pub(super) struct MovedNumbers(Vec<Option<(f64, KindId)>>);

impl MovedNumbers {
    /// Keeps the numbers of the front's next row, which was moved, until all others of its time are merged.
    pub(super) fn set_aside<S: Source>(
        &mut self,
        front: &SourceFront<S>,
        columns: usize,
        cells: &mut FirstWins,
        counted: bool,
    ) {
        self.0.resize(columns, None);
        let kind = front.source.kind();
        for (values, column) in front.chunk.columns.iter().zip(front.source.columns()) {
            let value = values[front.next];
            if value.is_nan() {
                continue;
            }
            match &mut self.0[*column] {
                Some(_) => cells.count_moved(counted),
                free => *free = Some((value, kind)),
            }
        }
    }

    /// Gives the cells of a row that are still free what moved rows have for them.
    pub(super) fn give(
        &mut self,
        rows: &mut MergedRows,
        row: usize,
        (last_of_kind, marks): (&mut LastOfKind, &Marks),
        cells: &mut FirstWins,
        counted: bool,
    ) {
        for (column, number) in self.0.drain(..).enumerate() {
            let Some((value, kind)) = number else {
                continue;
            };
            let stands = cells.give_moved(&mut rows.columns[column][row], value, counted);
            if stands && marks.is_sample(ColumnId::new(column)) {
                last_of_kind.note(rows, row, kind, true);
            }
        }
    }
}
