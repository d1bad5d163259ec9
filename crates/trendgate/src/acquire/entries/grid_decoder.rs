//! A grid of numbers in scratch → the rows of one report.

use super::cell_reading::{CellReading, UnitBeside, number_of};
use super::grid::SpilledGrid;
use crate::acquire::cells::Cell;
use crate::acquire::chunk::chunk_rows;
use crate::acquire::dialects::{Decode, DecodeStep, Decoded, TextEnd};
use crate::acquire::{Chunk, Extreme, Tally, Window};
use crate::error::Result;
use crate::scratch::SpillFile;
use crate::text_id::FileId;
use crate::time::TimeRange;
use std::ops::Range;
use std::sync::Arc;

/// Gives the rows of one report of a text whose entries stand in a grid.
pub(super) struct GridDecoder {
    scratch: Arc<SpillFile>,
    grid: SpilledGrid,
    points: Vec<GridPoint>,
    /// The rows that are read, and of these the ones that are counted.
    read: Range<usize>,
    own: Range<usize>,
    /// The next row.
    next: usize,
    /// About how many rows are given at a time.
    chunk_rows: usize,
    tally: Tally,
    bytes: u64,
    id: FileId,
    complete: bool,
}

/// A point of the report.
pub(super) struct GridPoint {
    /// Which series of the text it is; `None` where it has no entries.
    pub(super) series: Option<usize>,
    pub(super) cells: CellReading,
    /// The unit beside its numbers, and as it is written.
    pub(super) unit: (UnitBeside, String),
}

/// What is known of the text of a report.
pub(super) struct GridText {
    pub(super) bytes: u64,
    pub(super) id: FileId,
    pub(super) complete: bool,
}

impl GridDecoder {
    pub(super) fn new(
        (scratch, grid): (&Arc<SpillFile>, SpilledGrid),
        points: Vec<GridPoint>,
        window: Window,
        (text, tally): (GridText, Tally),
        cells: usize,
    ) -> Self {
        let rows_in = |range: TimeRange| {
            let start = grid.rows_before(range.start);
            start..grid.rows_before(range.end).max(start)
        };
        let read = rows_in(window.read);
        Self {
            scratch: Arc::clone(scratch),
            own: rows_in(window.own),
            next: read.start,
            read,
            chunk_rows: chunk_rows(cells, points.len()),
            points,
            grid,
            tally,
            bytes: text.bytes,
            id: text.id,
            complete: text.complete,
        }
    }

    /// Adds the rows of the piece of the next one to a chunk.
    fn add_piece(&mut self, chunk: &mut Chunk) -> Result<()> {
        let piece = self.grid.piece_of(self.next);
        let all = self.grid.rows_of(piece);
        let numbers = self.grid.piece(piece, &self.scratch)?;
        let wanted = self.next..all.end.min(self.read.end);
        self.next = wanted.end;
        let column = |series: usize| {
            let begin = series * all.len();
            &numbers[begin + wanted.start - all.start..begin + wanted.end - all.start]
        };
        let mut there = vec![false; wanted.len()];
        for series in self.points.iter().filter_map(|point| point.series) {
            for (there, value) in there.iter_mut().zip(column(series)) {
                *there |= !value.is_nan();
            }
        }
        // Of a time at which no point of the report has an entry there is no row.
        let rows: Vec<usize> = (0..wanted.len()).filter(|row| there[*row]).collect();
        let begin = chunk.times.len();
        let times = rows.iter().map(|row| self.grid.time(wanted.start + row));
        chunk.times.extend(times);
        let before = |end: usize| rows.partition_point(|row| wanted.start + row < end);
        let own = before(self.own.start)..before(self.own.end);
        for place in 0..self.points.len() {
            let Some(series) = self.points[place].series else {
                chunk.columns[place].resize(chunk.times.len(), f64::NAN);
                continue;
            };
            let column = column(series);
            match rows.len() == column.len() {
                true => chunk.columns[place].extend_from_slice(column),
                false => chunk.columns[place].extend(rows.iter().map(|row| column[*row])),
            }
            self.take_cells(place, chunk, begin, &own);
        }
        let samples = begin..chunk.times.len();
        let is_sample = |row: usize| chunk.columns.iter().any(|column| !column[row].is_nan());
        chunk.samples.extend(samples.map(is_sample));
        if let [first, .., last] | [first @ last] = &chunk.times[begin..][own] {
            self.tally.extend_range(*first);
            self.tally.extend_range(*last);
        }
        Ok(())
    }

    /// Takes the cells of a point in the rows from `begin` on in the unit that stands beside them, and counts those of the `own` of these rows.
    fn take_cells(&mut self, place: usize, chunk: &mut Chunk, begin: usize, own: &Range<usize>) {
        let GridPoint { cells, unit, .. } = &self.points[place];
        let column = &mut chunk.columns[place][begin..];
        let tally = &mut self.tally.points[place];
        let numbers = column[own.clone()].iter();
        let entries = numbers.filter(|number| !number.is_nan()).count() as u64;
        self.tally.rows += entries;
        self.tally.cells += entries;
        let unit = match unit {
            (UnitBeside::Known(unit), _) => *unit,
            (UnitBeside::None, _) => return tally.numbers += entries,
            (UnitBeside::Unknown, written) => {
                tally.numbers += entries;
                return tally.add_unknown_units(written, entries);
            }
        };
        for (row, number) in column.iter_mut().enumerate() {
            if number.is_nan() {
                continue;
            }
            let cell = cells.converted(Cell::Number(*number), unit);
            let (value, is_extreme) = number_of(cell);
            if own.contains(&row) {
                // Of such a cell neither its line nor its text is told.
                tally.add_cell(cell, 0, &[]);
            }
            let row = begin + row;
            *number = if is_extreme { f64::NAN } else { value };
            if let (true, Some(missing)) = (number.is_nan(), &mut chunk.missing) {
                missing.push((row, place));
            }
            if is_extreme {
                let column = place;
                chunk.extremes.push(Extreme { row, column, value });
            }
        }
    }
}

impl Decode<Chunk> for GridDecoder {
    fn next_chunk(&mut self) -> Result<DecodeStep<Chunk>> {
        let mut chunk = Chunk {
            columns: vec![Vec::new(); self.points.len()].into(),
            missing: Some(Vec::new()),
            ..Chunk::default()
        };
        while self.next < self.read.end && chunk.times.len() < self.chunk_rows {
            self.add_piece(&mut chunk)?;
        }
        if chunk.times.is_empty() {
            return Ok(DecodeStep::End);
        }
        if let Some(missing) = &mut chunk.missing {
            missing.sort_unstable();
        }
        let place = |extreme: &Extreme| (extreme.row, extreme.column);
        chunk.extremes.sort_by_key(place);
        Ok(DecodeStep::Rows(chunk))
    }

    fn hold_at_most(&mut self, cells: usize) {
        self.chunk_rows = chunk_rows(cells, self.points.len());
    }

    fn bytes_read(&self) -> u64 {
        let (done, all) = (self.next.min(self.grid.rows()), self.grid.rows().max(1));
        let share = u128::from(self.bytes) * done as u128 / all as u128;
        u64::try_from(share).unwrap_or(self.bytes)
    }

    fn finish(self: Box<Self>) -> Decoded {
        let series = self.points.iter().filter_map(|point| point.series);
        let rows_seen = series.filter_map(|series| self.grid.numbers().get(series));
        Decoded {
            rows_seen: rows_seen.sum(),
            lines: 0,
            tally: self.tally,
            undecided: false,
            complete: self.complete,
            text: TextEnd::Known(self.id),
        }
    }
}
