//! A frame against what is committed: which of its numbers differ.
//!
//! Enters: the pieces of a frame that was accepted, and the committed parts with rows in its time. Leaves: how many of its numbers
//! differ from committed ones, and the first of them. Nothing is refused.

use super::pieces::{PieceRows, Pieces};
use crate::clean::{CellPlace, FirstWins, Repeats};
use crate::error::{Error, Result};
use crate::model::{ColumnId, TIMESTAMP};
use crate::partition::read_part;
use crate::publish::{History, LivePart};
use crate::time::Instant;
use crate::warning::Warning;
use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The numbers of a frame, held against committed ones of the same cells.
#[derive(Debug)]
pub(super) struct Lost {
    compared: FirstWins,
    /// The points of the frame. What is counted has their places here for columns.
    points: Arc<[String]>,
}

impl Lost {
    /// Holds the pieces `of` one frame, which are in the order of time, against the parts in `processed`.
    ///
    /// # Errors
    /// Whatever keeps a committed part, or a piece that was written to staging, from being read.
    pub(super) fn find(
        pieces: &Pieces,
        of: Range<usize>,
        history: &History,
        processed: &Path,
    ) -> Result<Self> {
        let mut lost = Self::none();
        let ranges = &pieces.all()[of.clone()];
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
            return Ok(lost);
        };
        lost.points = Arc::clone(&first.columns);
        let extent = first.range.and(last.range);
        let mut at_hand = None;
        let touches = |part: &LivePart<'_>| part.entry.time_range.touches(extent);
        for part in history.live_parts() {
            if touches(&part) {
                let path = processed.join(&part.entry.path);
                for rows in read_part(&path)? {
                    let rows = KnownRows::of(rows?, &path)?;
                    lost.compare(&rows, pieces, of.clone(), &mut at_hand)?;
                }
            }
        }
        Ok(lost)
    }

    /// Nothing was held against anything.
    pub(super) fn none() -> Self {
        Self {
            compared: FirstWins::new(Repeats::FirstWins).exact(),
            points: Arc::default(),
        }
    }

    /// How many differ.
    pub(super) fn cells(&self) -> u64 {
        self.compared.counts().conflict_losers
    }

    /// What to say of it where the committed ones stand, if there is anything.
    pub(super) fn warning(&self, source: &str) -> Option<Warning> {
        let first = self.compared.counts().examples.first()?;
        Some(Warning::CorrectionLost {
            source: source.to_owned(),
            cells: self.cells(),
            column: self.points[first.column].clone(),
            time: first.time,
            given: first.lost,
            committed: first.kept,
        })
    }

    fn compare(
        &mut self,
        rows: &KnownRows,
        pieces: &Pieces,
        of: Range<usize>,
        at_hand: &mut Option<(usize, PieceRows)>,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (rows.times.first(), rows.times.last()) else {
            return Ok(());
        };
        for place in of {
            let range = pieces.all()[place].range;
            if range.first > *last || range.last < *first {
                continue;
            }
            let block = match at_hand.take() {
                Some((same, block)) if same == place => block,
                _ => pieces.read(place)?,
            };
            for (column, cells) in block.points.iter().enumerate() {
                if let Some(committed) = rows.column(&self.points[column]) {
                    let column = ColumnId::new(column);
                    self.count(&rows.times, &committed, &block.times, cells, column);
                }
            }
            *at_hand = Some((place, block));
        }
        Ok(())
    }

    fn count(
        &mut self,
        times: &[Instant],
        committed: &Float64Array,
        new: &[Instant],
        cells: &[f64],
        column: ColumnId,
    ) {
        let mut row = 0;
        for (time, lost) in new.iter().zip(cells) {
            row += times[row..].partition_point(|other| other < time);
            if times.get(row) != Some(time) || lost.is_nan() || committed.is_null(row) {
                continue;
            }
            let time = *time;
            let place = CellPlace { time, column };
            self.compared
                .count_repeat(committed.value(row), *lost, place);
        }
    }
}

/// Committed rows.
struct KnownRows {
    times: Vec<Instant>,
    batch: RecordBatch,
}

impl KnownRows {
    fn of(batch: RecordBatch, part: &Path) -> Result<Self> {
        let times = batch.column_by_name(TIMESTAMP);
        let times = times.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
        let times = times.ok_or_else(|| {
            Error::damaged("expected a column \"timestamp\" of nanoseconds").at(part)
        })?;
        let times = times.values().iter().copied();
        let times = times.map(Instant::from_nanos).collect();
        Ok(Self { times, batch })
    }

    fn column(&self, name: &str) -> Option<Float64Array> {
        let column = self.batch.column_by_name(name)?;
        column.as_primitive_opt::<Float64Type>().cloned()
    }
}
