//! Points whose bins depend on when their samples stand: what is noted of their cells beside the numbers, and which of their rows are
//! rows of a kind.
//!
//! Merged rows do not show whether a cell is null because a report has no number there, or because no report has a cell. For a value that
//! holds that is the difference between its end and nothing. Nor do they show which numbers are committed bins.

use super::Source;
use super::fronts::SourceFront;
use crate::clean::Kind;
use crate::model::{ColumnId, PointSpec};

/// What is known of a cell beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellMark {
    /// The row within its [`MergedRows`](super::MergedRows).
    pub row: usize,
    /// The column of the roster.
    pub column: ColumnId,
    /// What it is.
    pub what: CellFact,
}

/// What a cell can be beside a number of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellFact {
    /// A report has a row and no number: if none has one, what held before ends.
    Missing,
    /// The value of a whole bin that was committed.
    Committed,
    /// A report says that the point was not logged until then: what stood before may have ended at any time.
    Restart,
}

/// How the rows of a kind count.
#[derive(Debug, Clone)]
enum KindRows {
    /// Each is a row of it.
    All,
    /// None is: values of all its points hold, so that no row is due.
    None,
    /// Those in which none but points whose values hold have a number are not; these are the others.
    With(Vec<bool>),
}

/// Which points are marked, and whose cells a report gave.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// For each column whether its values hold; empty where those of none do.
    holds: Vec<bool>,
    /// For each column whether it matters which of its numbers are committed bins; empty where it does of none.
    weighs_bins: Vec<bool>,
    kinds: Vec<KindRows>,
    /// For each column, which source gave the number of the row that is being merged.
    givers: Vec<usize>,
}

/// The place of no source.
const NOBODY: usize = usize::MAX;

impl Marks {
    pub(super) fn of(points: &[PointSpec], kinds: &[Kind]) -> Self {
        let weighs = |point: &PointSpec| point.hold.is_some() || point.sum_over.is_some();
        let weighs_bins = match points.iter().any(weighs) {
            true => points.iter().map(weighs).collect(),
            false => Vec::new(),
        };
        if points.iter().all(|point| point.hold.is_none()) {
            return Self {
                weighs_bins,
                ..Self::default()
            };
        }
        let holds: Vec<bool> = points.iter().map(|point| point.hold.is_some()).collect();
        let rows = |kind: &Kind| match kind.columns.iter().filter(|c| holds[**c]).count() {
            0 => KindRows::All,
            count if count == kind.columns.len() => KindRows::None,
            _ => KindRows::With(holds.iter().map(|holds| !holds).collect()),
        };
        Self {
            kinds: kinds.iter().map(rows).collect(),
            givers: vec![NOBODY; points.len()],
            holds,
            weighs_bins,
        }
    }

    /// Whether values of any point hold.
    #[inline]
    pub(super) fn any(&self) -> bool {
        !self.holds.is_empty()
    }

    /// Notes the cells of the front's next `length` rows, the first of which is merged into the row `base`.
    #[inline]
    pub(super) fn note<S: Source>(
        &self,
        front: &SourceFront<S>,
        base: usize,
        length: usize,
        marks: &mut Vec<CellMark>,
    ) {
        if !self.noted(front).is_empty() {
            self.note_cells(front, base, length, marks);
        }
    }

    /// For each column whether cells of the front are noted: numbers of committed bins, and of reports what ends a value that holds.
    #[inline]
    pub(super) fn noted<S: Source>(&self, front: &SourceFront<S>) -> &[bool] {
        match front.source.is_committed() {
            true => &self.weighs_bins,
            false => &self.holds,
        }
    }

    fn note_cells<S: Source>(
        &self,
        front: &SourceFront<S>,
        base: usize,
        length: usize,
        marks: &mut Vec<CellMark>,
    ) {
        let what = match front.source.is_committed() {
            true => CellFact::Committed,
            false => CellFact::Missing,
        };
        let noted = self.noted(front);
        self.note_restarts(front, base, length, marks);
        let columns = front.chunk.columns.iter().zip(front.source.columns());
        let columns = columns.enumerate();
        for (of_chunk, (values, column)) in columns.filter(|(_, (_, column))| noted[**column]) {
            let values = &values[front.next..front.next + length];
            for (place, value) in values.iter().enumerate() {
                let is_it = value.is_nan() == (what == CellFact::Missing)
                    && front.chunk.has_cell(front.next + place, of_chunk);
                // That a moved row has no number says nothing of the time that it was moved to.
                let is_moved = || front.chunk.is_moved(front.next + place);
                if is_it && (what == CellFact::Committed || !is_moved()) {
                    marks.push(CellMark {
                        row: base + place,
                        column: *column,
                        what,
                    });
                }
            }
        }
    }

    /// Notes before which of these cells their point was not logged. Of the time that a row was moved to that says nothing.
    fn note_restarts<S: Source>(
        &self,
        front: &SourceFront<S>,
        base: usize,
        length: usize,
        marks: &mut Vec<CellMark>,
    ) {
        let restarts = &front.chunk.restarts;
        let from = restarts.partition_point(|(row, _)| *row < front.next);
        let here = restarts[from..].iter();
        let here = here.take_while(|(row, _)| *row < front.next + length);
        for (row, column) in here.filter(|(row, _)| !front.chunk.is_moved(*row)) {
            let column = front.source.columns()[*column];
            if self.holds[column] {
                marks.push(CellMark {
                    row: base + row - front.next,
                    column,
                    what: CellFact::Restart,
                });
            }
        }
    }

    /// Whether the row at `row` of the front's chunk is a row of its kind; if it is, whether it is a sample, where `sample` says it of a row
    /// of any points.
    #[inline]
    pub(super) fn row<S: Source>(
        &self,
        front: &SourceFront<S>,
        row: usize,
        sample: bool,
    ) -> Option<bool> {
        if !self.any() {
            return Some(sample);
        }
        match self.kinds.get(front.source.kind().index()) {
            Some(KindRows::None) => None,
            Some(KindRows::With(others)) => {
                let columns = front.chunk.columns.iter().zip(front.source.columns());
                let (mut has_others, mut any, mut due) = (false, false, false);
                for (values, column) in columns {
                    let is_number = !values[row].is_nan();
                    has_others |= others[*column];
                    any |= is_number;
                    due |= is_number && others[*column];
                }
                (has_others && (due || !any)).then_some(sample)
            }
            _ => Some(sample),
        }
    }

    /// Whether a number of a moved row for `column` makes it a sample of its kind.
    pub(super) fn is_sample(&self, column: ColumnId) -> bool {
        self.holds.get(column.index()) != Some(&true)
    }

    /// Begins the next row that is merged cell by cell.
    #[inline]
    pub(super) fn begin_row(&mut self) {
        self.givers.fill(NOBODY);
    }

    /// Whether the number of the row that is being merged for `column`, whose values hold, is of the source at the place `order`.
    #[inline]
    pub(super) fn gave(&self, column: ColumnId, order: usize) -> bool {
        self.any() && self.holds[column] && self.givers[column] == order
    }

    /// Notes which source gave the number for `column`, and that none did where it is `None`.
    #[inline]
    pub(super) fn set_giver(&mut self, column: ColumnId, order: Option<usize>) {
        if let Some(giver) = self.givers.get_mut(column.index()) {
            *giver = order.unwrap_or(NOBODY);
        }
    }
}
