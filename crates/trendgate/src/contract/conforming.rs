//! Batches that keep every promise of the dataset, and the only place where they are made.

use super::axis::Gap;
use super::violation::{ViolationKind, Violations};
use crate::model::{ColumnId, DatasetSchema, Flag, FlagSet, TIMESTAMP, flag_lists};
use crate::time::{Extent, Instant, Span};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow::buffer::ScalarBuffer;
use std::ops::Range;
use std::sync::Arc;

/// The most rows that one batch of inserted rows has.
const FILL_ROWS: usize = 8192;

/// A batch that passed the contract: of the dataset's own schema, in order, with known flags and no extreme value.
#[derive(Debug, Clone)]
pub struct Conforming {
    batch: RecordBatch,
    times: Vec<Instant>,
    flags: Vec<FlagSet>,
    extremes: Vec<ExtremeCell>,
}

/// A number that no sensor can have measured, where a null stands now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ExtremeCell {
    pub(crate) time: Instant,
    /// Its place among the points of the dataset.
    pub(crate) column: ColumnId,
    pub(crate) value: f64,
}

impl Conforming {
    /// The batch, of [`DatasetSchema::arrow`].
    #[must_use]
    pub(crate) fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// The timestamps, strictly increasing.
    #[must_use]
    pub(crate) fn times(&self) -> &[Instant] {
        &self.times
    }

    /// From the first to the last timestamp; `None` where there is no row.
    #[must_use]
    pub(crate) fn range(&self) -> Option<Extent> {
        let (first, last) = (self.times.first()?, self.times.last()?);
        Some(Extent::new(*first, *last))
    }

    /// The flags of each row.
    #[must_use]
    pub(crate) fn flags(&self) -> &[FlagSet] {
        &self.flags
    }

    /// The numbers that no sensor can have measured, column by column.
    #[must_use]
    pub(crate) fn extremes(&self) -> &[ExtremeCell] {
        &self.extremes
    }

    /// The rows after the first few.
    #[must_use]
    pub(crate) fn skip(&self, rows: usize) -> Self {
        let rows = rows.min(self.rows());
        Self {
            batch: self.batch.slice(rows, self.rows() - rows),
            times: self.times[rows..].to_vec(),
            flags: self.flags[rows..].to_vec(),
            extremes: within(&self.extremes, &self.times[rows..]),
        }
    }

    /// The number of rows.
    #[must_use]
    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }
}

/// The columns of a batch that has passed every check.
pub(super) struct Draft {
    pub(super) times: ScalarBuffer<i64>,
    pub(super) flags: Vec<FlagSet>,
    pub(super) points: Vec<ArrayRef>,
    pub(super) extremes: Vec<ExtremeCell>,
}

impl Draft {
    /// The batches that this becomes: itself, cut where a hole is before a row, and the rows that fill the holes.
    pub(super) fn conform<'a>(
        self,
        schema: &DatasetSchema,
        holes: impl Iterator<Item = &'a (usize, Gap)>,
        interval: Option<Span>,
    ) -> Result<Vec<Conforming>, Violations> {
        let mut conforming = Vec::new();
        let mut start = 0;
        for (row, gap) in holes {
            self.cut(start..*row, schema, &mut conforming)?;
            fill(*gap, interval.unwrap_or(Span::MAX), schema, &mut conforming)?;
            start = *row;
        }
        self.cut(start..self.times.len(), schema, &mut conforming)?;
        Ok(conforming)
    }

    fn cut(
        &self,
        rows: Range<usize>,
        schema: &DatasetSchema,
        into: &mut Vec<Conforming>,
    ) -> Result<(), Violations> {
        if rows.is_empty() {
            return Ok(());
        }
        let points = self.points.iter();
        let cut = assemble(
            schema,
            self.times.slice(rows.start, rows.len()),
            self.flags[rows.clone()].to_vec(),
            points.map(|column| column.slice(rows.start, rows.len())),
        )?;
        into.push(Conforming {
            extremes: within(&self.extremes, &cut.times),
            ..cut
        });
        Ok(())
    }
}

/// The cells of rows of these times.
fn within(cells: &[ExtremeCell], times: &[Instant]) -> Vec<ExtremeCell> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Vec::new();
    };
    let cells = cells.iter().copied();
    cells
        .filter(|cell| (*first..=*last).contains(&cell.time))
        .collect()
}

/// Rows of nulls for every bin of `gap`.
fn fill(
    gap: Gap,
    interval: Span,
    schema: &DatasetSchema,
    into: &mut Vec<Conforming>,
) -> Result<(), Violations> {
    let mut next = gap.from;
    while next < gap.to {
        let mut times = Vec::new();
        while next < gap.to && times.len() < FILL_ROWS {
            times.push(next.nanos());
            next += interval;
        }
        let unknown: FlagSet = [Flag::InsufficientData].into_iter().collect();
        // One array of nulls serves all the columns: a long gap in a wide dataset costs next to nothing.
        let nulls: ArrayRef = Arc::new(Float64Array::new_null(times.len()));
        let points = schema.columns().iter().map(|_| Arc::clone(&nulls));
        let flags = vec![unknown; times.len()];
        into.push(assemble(schema, times.into(), flags, points)?);
    }
    Ok(())
}

fn assemble(
    schema: &DatasetSchema,
    times: ScalarBuffer<i64>,
    flags: Vec<FlagSet>,
    points: impl Iterator<Item = ArrayRef>,
) -> Result<Conforming, Violations> {
    let stamps = TimestampNanosecondArray::new(times.clone(), None).with_timezone("UTC");
    let mut columns: Vec<ArrayRef> = vec![Arc::new(stamps), flag_lists(&flags)];
    columns.extend(points);
    RecordBatch::try_new(schema.arrow(), columns)
        .map(|batch| Conforming {
            batch,
            times: times.iter().copied().map(Instant::from_nanos).collect(),
            flags,
            extremes: Vec::new(),
        })
        .map_err(|error| {
            let mut found = Violations::default();
            let got = error.to_string();
            found.add_column(
                ViolationKind::TypeMismatch,
                TIMESTAMP,
                "columns of the dataset",
                got,
            );
            found
        })
}
