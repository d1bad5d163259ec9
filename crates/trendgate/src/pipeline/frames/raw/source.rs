//! A raw frame as the merger sees it: a report whose cells are numbers already.
//!
//! Enters: its batches. Leaves: its chunks; and what became of its cells, in a [`RawTally`]. Refuses: rows without a time, before the row above
//! them, or in the future.

use super::super::frame::FrameCells;
use super::points::RawPoints;
use crate::acquire::{Chunk, Extreme};
use crate::clean::{Source, Stop};
use crate::contract::{ViolationKind, Violations};
use crate::error::{Error, Result};
use crate::model::{ColumnId, EXTREME, KindId, TIMESTAMP};
use crate::time::Instant;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// About how many cells a chunk has.
const CHUNK_CELLS: usize = 1 << 17;

/// What became of the rows of a frame, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct RawTally {
    /// For each column of the roster.
    pub(super) cells: Vec<FrameCells>,
    /// For each column that has any, the numbers that differ from an earlier one of the same time.
    pub(super) repeats: BTreeMap<ColumnId, u64>,
    pub(super) violations: Violations,
}

/// The batches of a frame.
pub(super) struct FrameSource<'a, I> {
    points: &'a RawPoints,
    batches: I,
    /// A batch whose first rows were given.
    current: Option<(RecordBatch, usize)>,
    /// So many rows are given at a time.
    rows: usize,
    not_after: Instant,
    last: Instant,
    /// The number of the next row.
    row: u64,
    tally: Rc<RefCell<RawTally>>,
}

impl<'a, I> FrameSource<'a, I> {
    pub(super) fn new(
        points: &'a RawPoints,
        batches: I,
        not_after: Instant,
        tally: Rc<RefCell<RawTally>>,
    ) -> Self {
        tally.borrow_mut().cells = vec![FrameCells::default(); points.of.roster.len()];
        Self {
            batches,
            current: None,
            rows: (CHUNK_CELLS / (points.columns.len() + 2)).clamp(64, 8192),
            points,
            not_after,
            last: Instant::MIN,
            row: 0,
            tally,
        }
    }

    /// The times of `batch`, if nothing is wrong with them.
    fn times(&mut self, batch: &RecordBatch) -> Option<Vec<Instant>> {
        let stamps = batch.column(self.points.time);
        let stamps = stamps.as_primitive::<TimestampNanosecondType>();
        let mut found = Violations::default();
        let mut times = Vec::with_capacity(stamps.len());
        for stamp in stamps {
            let row = self.row;
            self.row += 1;
            let mut refuse = |kind, expected: String, got: String| {
                found.add_row(kind, TIMESTAMP, row, expected, got);
            };
            let Some(time) = stamp.map(Instant::from_nanos) else {
                refuse(ViolationKind::NullTimestamp, "a time".into(), "null".into());
                continue;
            };
            if time > self.not_after {
                let expected = format!("not later than {}", self.not_after);
                refuse(ViolationKind::Future, expected, time.to_string());
            } else if time < self.last {
                let expected = format!("not earlier than {}", self.last);
                refuse(ViolationKind::Disorder, expected, time.to_string());
            }
            self.last = time;
            times.push(time);
        }
        if found.is_empty() {
            return Some(times);
        }
        self.tally.borrow_mut().violations.append(found);
        None
    }

    fn chunk(&mut self, batch: &RecordBatch) -> std::result::Result<Chunk, Stop> {
        let times = self.times(batch).ok_or_else(|| {
            Stop::Broken(Error::contract(
                "rows of the frame have no place in a series",
            ))
        })?;
        let mut chunk = Chunk {
            samples: vec![false; times.len()],
            times,
            // Whether the next batch begins with the same time is not known.
            continues: true,
            ..Chunk::default()
        };
        let tally = &mut *self.tally.borrow_mut();
        let points = self.points.places.iter().zip(&self.points.columns);
        for (column, (place, of_roster)) in points.enumerate() {
            let spec = &self.points.of.roster[*of_roster];
            let counts = &mut tally.cells[of_roster.index()];
            let cells = batch.column(*place).as_primitive::<Float64Type>();
            let scale = spec.scale.unwrap_or(1.0);
            let mut values = Vec::with_capacity(cells.len());
            for (row, cell) in cells.iter().enumerate() {
                let value = cell.map(|cell| cell * scale);
                values.push(match value {
                    None => {
                        counts.nulls += 1;
                        f64::NAN
                    }
                    Some(value) if value.is_nan() => {
                        counts.nans += 1;
                        f64::NAN
                    }
                    Some(value) if value.abs() < EXTREME => {
                        counts.numbers += 1;
                        chunk.samples[row] = true;
                        value
                    }
                    Some(value) => {
                        counts.extremes += 1;
                        chunk.extremes.push(Extreme { row, column, value });
                        f64::NAN
                    }
                });
            }
            chunk.columns.push(values);
        }
        chunk
            .extremes
            .sort_by_key(|extreme| (extreme.row, extreme.column));
        Ok(chunk)
    }
}

impl<I: Iterator<Item = Result<RecordBatch>>> Source for FrameSource<'_, I> {
    fn starts(&self) -> Instant {
        Instant::MIN
    }

    fn kind(&self) -> KindId {
        self.points.kind
    }

    fn columns(&self) -> &[ColumnId] {
        &self.points.columns
    }

    fn note_repeat(&self, column: ColumnId) {
        *self.tally.borrow_mut().repeats.entry(column).or_default() += 1;
    }

    fn next_chunk(&mut self) -> std::result::Result<Option<Chunk>, Stop> {
        let (batch, from) = match self.current.take() {
            Some(current) => current,
            None => match self.batches.next().transpose().map_err(Stop::Broken)? {
                Some(batch) => (batch, 0),
                None => return Ok(None),
            },
        };
        let rows = self.rows.min(batch.num_rows() - from);
        let chunk = self.chunk(&batch.slice(from, rows))?;
        if from + rows < batch.num_rows() {
            self.current = Some((batch, from + rows));
        }
        Ok(Some(chunk))
    }
}
