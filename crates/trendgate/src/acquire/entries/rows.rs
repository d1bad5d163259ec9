//! Entries in order of time → rows of all points.
//!
//! Entries of one time are one row, as far as they are of different points; where a point has several of one time, the later ones are rows of
//! their own, in the order of the file.

use super::block::{Entries, entries_of};
use crate::acquire::chunk::chunk_rows;
use crate::acquire::dialects::{Decode, DecodeStep};
use crate::acquire::sort::Ordering;
use crate::acquire::{Chunk, Extreme, ReadStep};
use crate::error::Result;
use crate::scratch::{ExternalSort, SpillFile};
use crate::time::Instant;
use std::sync::Arc;

/// The entries of a decoder, put in order of time, as rows.
pub(in crate::acquire) struct EntryRows {
    order: Ordering<Entries>,
    chunk_cells: usize,
    builder: RowBuilder,
    /// Those that came last, and how many of them are in rows.
    entries: Entries,
    taken: usize,
}

impl EntryRows {
    /// Those of so many points, in chunks of about so many cells.
    pub(in crate::acquire) fn new(
        order: Ordering<Entries>,
        points: usize,
        chunk_cells: usize,
    ) -> Self {
        Self {
            order,
            chunk_cells,
            builder: RowBuilder::new(points, chunk_rows(chunk_cells, points)),
            entries: Entries::default(),
            taken: 0,
        }
    }

    /// Makes the next chunks of about `cells` cells.
    pub(in crate::acquire) fn hold_at_most(&mut self, cells: usize) {
        self.chunk_cells = cells;
        self.order.decoder.hold_at_most(cells);
        self.builder.chunk_rows = chunk_rows(cells, self.builder.chunk.columns.len());
    }

    /// What gives the entries.
    pub(in crate::acquire) fn decoder(&self) -> &dyn Decode<Entries> {
        &*self.order.decoder
    }

    /// As [`decoder`](Self::decoder), to be finished.
    pub(in crate::acquire) fn into_decoder(self) -> Box<dyn Decode<Entries>> {
        self.order.decoder
    }

    /// The next rows; there may be none while entries are sorted, of which about so many cells are held and the others spilled to `scratch`.
    ///
    /// # Errors
    /// As [`Ordering::next`].
    pub(in crate::acquire) fn next(
        &mut self,
        scratch: &Arc<SpillFile>,
        held_cells: usize,
    ) -> Result<ReadStep> {
        loop {
            let (taken, chunk) = self.builder.take(&self.entries, self.taken);
            self.taken = taken;
            if let Some(chunk) = chunk {
                return Ok(ReadStep::Rows(chunk));
            }
            (self.entries, self.taken) = (Entries::default(), 0);
            let sort = || ExternalSort::new(Arc::clone(scratch), entries_of(held_cells));
            match self.order.next(sort, entries_of(self.chunk_cells))? {
                DecodeStep::Rows(entries) if entries.len() == 0 => {
                    return Ok(ReadStep::Rows(Chunk::default()));
                }
                DecodeStep::Rows(entries) => self.entries = entries,
                DecodeStep::NeedsWhole => return Ok(ReadStep::NeedsWhole),
                DecodeStep::End => {
                    return Ok(self.builder.finish().map_or(ReadStep::End, ReadStep::Rows));
                }
            }
        }
    }
}

/// So many rows of one time are held before they are given out.
const MOST_OF_ONE_TIME: usize = 1 << 10;

/// Builds rows of entries.
struct RowBuilder {
    /// About how many rows a chunk has.
    chunk_rows: usize,
    chunk: Chunk,
    /// The time of the last rows, and as a number.
    time: Option<Instant>,
    number: u64,
    /// Those rows: of entries of that time, and of entries that were moved to it.
    rows: [Vec<usize>; 2],
    /// For each point the number of the time of its last entry, and how many it has of that time, for both.
    met: [Vec<(u64, usize)>; 2],
}

impl RowBuilder {
    /// Rows of so many points.
    fn new(points: usize, chunk_rows: usize) -> Self {
        Self {
            chunk_rows,
            chunk: empty(points),
            time: None,
            number: 0,
            rows: [Vec::new(), Vec::new()],
            met: [vec![(0, 0); points], vec![(0, 0); points]],
        }
    }

    /// Adds entries from `from` on, up to where a chunk is full: how far it came, and the chunk.
    fn take(&mut self, entries: &Entries, from: usize) -> (usize, Option<Chunk>) {
        for entry in from..entries.len() {
            let time = entries.times[entry];
            let rows = self.chunk.times.len();
            let is_new = self.time != Some(time);
            let is_full = match is_new {
                true => rows >= self.chunk_rows,
                false => self.rows.iter().any(|rows| rows.len() >= MOST_OF_ONE_TIME),
            };
            if is_full {
                return (entry, Some(self.full(!is_new)));
            }
            if is_new {
                self.begin(time);
            }
            self.add(entries, entry);
        }
        (entries.len(), None)
    }

    /// The last rows; nothing where there are none.
    fn finish(&mut self) -> Option<Chunk> {
        (!self.chunk.times.is_empty()).then(|| self.full(false))
    }

    fn full(&mut self, continues: bool) -> Chunk {
        let next = empty(self.chunk.columns.len());
        let mut chunk = std::mem::replace(&mut self.chunk, next);
        chunk.continues = continues;
        // Entries of one time come in the order of the file.
        chunk
            .extremes
            .sort_by_key(|extreme| (extreme.row, extreme.column));
        if let Some(missing) = &mut chunk.missing {
            missing.sort_unstable();
        }
        chunk.restarts.sort_unstable();
        // Of one time that goes on, the rows so far are out.
        self.time = None;
        chunk
    }

    fn begin(&mut self, time: Instant) {
        self.time = Some(time);
        self.number += 1;
        self.rows.iter_mut().for_each(Vec::clear);
    }

    fn add(&mut self, entries: &Entries, entry: usize) {
        let column = entries.columns[entry] as usize;
        let (value, note) = (entries.values[entry], entries.notes[entry]);
        let class = usize::from(note.is_moved);
        let (number, count) = &mut self.met[class][column];
        if *number != self.number {
            (*number, *count) = (self.number, 0);
        }
        let rows = &mut self.rows[class];
        if *count == rows.len() {
            let row = self.chunk.times.len();
            rows.push(row);
            self.chunk.push_row_without_numbers(entries.times[entry]);
            if note.is_moved {
                self.chunk.moved.push(row);
            }
        }
        let row = rows[*count];
        *count += 1;
        if (note.is_extreme || value.is_nan())
            && let Some(missing) = &mut self.chunk.missing
        {
            missing.push((row, column));
        }
        if note.restarts {
            self.chunk.restarts.push((row, column));
        }
        if note.is_extreme {
            self.chunk.extremes.push(Extreme { row, column, value });
        } else {
            self.chunk.columns[column][row] = value;
            self.chunk.samples[row] |= !value.is_nan();
        }
    }
}

fn empty(points: usize) -> Chunk {
    Chunk {
        columns: vec![Vec::new(); points].into(),
        missing: Some(Vec::new()),
        ..Chunk::default()
    }
}
