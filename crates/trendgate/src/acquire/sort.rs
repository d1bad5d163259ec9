//! Rows of a report that is not in time order → chunks in time order.
//!
//! ```text
//! chunks in the order of the text ─ gather ─▶ sorted in memory ─────────────────────────────────────┐
//!                                      └ too many ─▶ sorted runs in scratch ─ merge, a few at a time ┴▶ chunks in time order
//! ```
//!
//! The sort is stable: rows of one time stay in the order of the file, in memory (8 bytes a cell) as on disk: a run holds rows
//! that stand together in the file, and of equal times that of the earlier run goes first.

use super::{Chunk, Extreme};
use crate::error::Result;
use crate::scratch::SpillFile;
use crate::time::Instant;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// So many runs are merged at a time, a piece of each in memory.
const FAN_IN: usize = 8;
/// What a row takes beside its points, in cells: its time, its flags and its place in the order.
const BESIDE: usize = 5;

/// Chunks on their way into time order.
#[derive(Debug)]
pub(super) struct RowSorter {
    scratch: Arc<SpillFile>,
    /// So many cells are held.
    most: usize,
    /// So many rows of a run are fetched at a time.
    piece: usize,
    held: Vec<Chunk>,
    cells: usize,
    runs: VecDeque<SortedRun>,
}

/// Where the pieces of a sorted run stand in scratch.
type SortedRun = VecDeque<u64>;

/// Chunks in time order.
pub(super) enum SortedRows {
    Held(HeldRows),
    Merged {
        scratch: Arc<SpillFile>,
        merge: RunMerge,
    },
}

impl RowSorter {
    /// A sorter of rows of so many points that holds about `most` cells in memory, and spills the rest to `scratch`.
    pub(super) fn new(scratch: Arc<SpillFile>, points: usize, most: usize) -> Self {
        Self {
            scratch,
            most,
            piece: most / (points + BESIDE) / (FAN_IN + 1),
            held: Vec::new(),
            cells: 0,
            runs: VecDeque::new(),
        }
    }

    /// Takes the next rows of the file. Whether a sorted run was written to scratch.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(super) fn push(&mut self, chunk: Chunk) -> Result<bool> {
        self.cells += cells(&chunk);
        self.held.push(chunk);
        let full = self.cells >= self.most;
        if full {
            self.end_run()?;
        }
        Ok(full)
    }

    /// All rows, in chunks of about `rows` rows.
    ///
    /// # Errors
    /// As [`SpillFile::put`] and [`SpillFile::get`].
    pub(super) fn finish(mut self, rows: usize) -> Result<SortedRows> {
        if self.runs.is_empty() {
            return Ok(SortedRows::Held(HeldRows::new(self.held, rows)));
        }
        if !self.held.is_empty() {
            self.end_run()?;
        }
        while self.runs.len() > FAN_IN {
            let mut runs = std::mem::take(&mut self.runs);
            while !runs.is_empty() {
                let some = runs.drain(..runs.len().min(FAN_IN));
                let mut merge = RunMerge::new(&self.scratch, some, self.piece)?;
                let mut run = SortedRun::new();
                while let Some(piece) = merge.next(&self.scratch)? {
                    run.push_back(self.scratch.put(&piece)?);
                }
                self.runs.push_back(run);
            }
        }
        Ok(SortedRows::Merged {
            merge: RunMerge::new(&self.scratch, self.runs, rows)?,
            scratch: self.scratch,
        })
    }

    fn end_run(&mut self) -> Result<()> {
        self.cells = 0;
        let mut pieces = HeldRows::new(std::mem::take(&mut self.held), self.piece);
        let mut run = SortedRun::new();
        while let Some(piece) = pieces.next() {
            run.push_back(self.scratch.put(&piece)?);
        }
        self.runs.push_back(run);
        Ok(())
    }
}

impl SortedRows {
    /// The next rows.
    ///
    /// # Errors
    /// As [`SpillFile::get`].
    pub(super) fn next(&mut self) -> Result<Option<Chunk>> {
        match self {
            Self::Held(held) => Ok(held.next()),
            Self::Merged { scratch, merge } => merge.next(scratch),
        }
    }
}

fn cells(chunk: &Chunk) -> usize {
    chunk.times.len() * (chunk.columns.len() + BESIDE)
}

/// Rows that are sorted in memory.
pub(super) struct HeldRows {
    chunks: Vec<Chunk>,
    /// Time, chunk and row.
    order: Vec<(Instant, usize, usize)>,
    next: usize,
    rows: usize,
}

impl HeldRows {
    fn new(chunks: Vec<Chunk>, rows: usize) -> Self {
        let numbered = chunks.iter().enumerate();
        let order = numbered.flat_map(|(number, chunk)| {
            let times = chunk.times.iter().enumerate();
            times.map(move |(row, time)| (*time, number, row))
        });
        let mut order: Vec<_> = order.collect();
        order.sort_unstable();
        Self {
            chunks,
            order,
            next: 0,
            rows: rows.max(1),
        }
    }

    fn next(&mut self) -> Option<Chunk> {
        let rest = &self.order[self.next..];
        let rows = &rest[..self.rows.min(rest.len())];
        let (last, ..) = rows.last()?;
        let following = rest.get(rows.len());
        let chunk = Chunk {
            continues: following.is_some_and(|(time, ..)| time == last),
            ..gather(&self.chunks, rows)
        };
        self.next += rows.len();
        Some(chunk)
    }
}

fn gather(chunks: &[Chunk], rows: &[(Instant, usize, usize)]) -> Chunk {
    let points = chunks.first().map_or(0, |chunk| chunk.columns.len());
    let column = |column: usize| {
        rows.iter()
            .map(|(_, chunk, row)| chunks[*chunk].columns[column][*row])
            .collect()
    };
    let mut gathered = Chunk {
        times: rows.iter().map(|(time, ..)| *time).collect(),
        samples: rows
            .iter()
            .map(|(_, chunk, row)| chunks[*chunk].samples[*row])
            .collect(),
        columns: (0..points).map(column).collect(),
        ..Chunk::default()
    };
    for (place, (_, chunk, row)) in rows.iter().enumerate() {
        if chunks[*chunk].moved.binary_search(row).is_ok() {
            gathered.moved.push(place);
        }
        gathered
            .extremes
            .extend(extremes(&chunks[*chunk], *row..*row + 1, place));
    }
    gathered
}

/// Sorted runs on their way into one.
pub(super) struct RunMerge {
    fronts: Vec<RunFront>,
    rows: usize,
}

/// A run that is not at its end: a piece of it, and the next row of that.
struct RunFront {
    run: SortedRun,
    piece: Chunk,
    next: usize,
}

impl RunFront {
    fn time(&self) -> Instant {
        self.piece.times[self.next]
    }
}

impl RunMerge {
    fn new(
        scratch: &SpillFile,
        runs: impl IntoIterator<Item = SortedRun>,
        rows: usize,
    ) -> Result<Self> {
        let mut fronts = Vec::new();
        for mut run in runs {
            if let Some(at) = run.pop_front() {
                let piece = scratch.get(at)?;
                fronts.push(RunFront {
                    run,
                    piece,
                    next: 0,
                });
            }
        }
        let rows = rows.max(1);
        Ok(Self { fronts, rows })
    }

    fn next(&mut self, scratch: &SpillFile) -> Result<Option<Chunk>> {
        let points = |front: &RunFront| front.piece.columns.len();
        let mut chunk = empty(self.fronts.first().map_or(0, points));
        while chunk.times.len() < self.rows
            && let Some(first) = self.first()
        {
            // Up to the next row of another run: of equal times that of an earlier run goes first.
            let before = self.fronts[..first].iter().map(RunFront::time).min();
            let behind = self.fronts[first + 1..].iter().map(RunFront::time).min();
            let RunFront { run, piece, next } = &mut self.fronts[first];
            let rest = &piece.times[*next..];
            let length = rest.partition_point(|time| {
                before.is_none_or(|other| *time < other)
                    && behind.is_none_or(|other| *time <= other)
            });
            let to = *next + length.min(self.rows - chunk.times.len());
            copy(&mut chunk, piece, *next..to);
            *next = to;
            if to == piece.times.len() {
                match run.pop_front() {
                    Some(at) => (*piece, *next) = (scratch.get(at)?, 0),
                    None => drop(self.fronts.remove(first)),
                }
            }
        }
        let next = self.first().map(|first| self.fronts[first].time());
        chunk.continues = next.is_some() && next.as_ref() == chunk.times.last();
        Ok((!chunk.times.is_empty()).then_some(chunk))
    }

    /// The front of the next row.
    fn first(&self) -> Option<usize> {
        let fronts = self.fronts.iter().enumerate();
        let first = fronts.min_by_key(|(place, front)| (front.time(), *place));
        first.map(|(place, _)| place)
    }
}

fn empty(points: usize) -> Chunk {
    Chunk {
        columns: vec![Vec::new(); points],
        ..Chunk::default()
    }
}

/// Puts some rows of one chunk behind those of another.
fn copy(to: &mut Chunk, from: &Chunk, rows: Range<usize>) {
    let base = to.times.len();
    to.times.extend_from_slice(&from.times[rows.clone()]);
    to.samples.extend_from_slice(&from.samples[rows.clone()]);
    for (to, from) in to.columns.iter_mut().zip(&from.columns) {
        to.extend_from_slice(&from[rows.clone()]);
    }
    let moved = from.moved.iter().filter(|row| rows.contains(row));
    to.moved.extend(moved.map(|row| base + row - rows.start));
    to.extremes.extend(extremes(from, rows, base));
}

/// The extremes of some rows of a chunk, where the first of these rows is to be the row `base`.
fn extremes(of: &Chunk, rows: Range<usize>, base: usize) -> impl Iterator<Item = Extreme> + '_ {
    let first = of
        .extremes
        .partition_point(|extreme| extreme.row < rows.start);
    let here = of.extremes[first..].iter();
    let here = here.take_while(move |extreme| extreme.row < rows.end);
    here.map(move |extreme| Extreme {
        row: base + extreme.row - rows.start,
        ..*extreme
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of these times, in chunks of so many: the first column numbers them, the second is an extreme now and then.
    fn chunks(times: &[i64], rows: usize) -> Vec<Chunk> {
        let mut number = 0.0;
        let chunk = |times: &[i64]| {
            let mut chunk = empty(2);
            for (row, time) in times.iter().enumerate() {
                number += 1.0;
                chunk.times.push(Instant::from_nanos(*time));
                chunk.samples.push(time % 3 > 0);
                chunk.columns[0].push(number);
                chunk.columns[1].push(f64::NAN);
                if time % 2 == 0 {
                    chunk.extremes.push(Extreme {
                        row,
                        column: 1,
                        value: 1e30 + number,
                    });
                }
            }
            chunk
        };
        times.chunks(rows).map(chunk).collect()
    }

    /// Each row as one text, and whether a chunk that ends says of its last time what is so.
    fn rows(chunks: &[Chunk]) -> Vec<String> {
        let mut rows = Vec::new();
        for (place, chunk) in chunks.iter().enumerate() {
            let next = chunks.get(place + 1).and_then(|chunk| chunk.times.first());
            let goes_on = next.is_some() && next == chunk.times.last();
            assert_eq!(chunk.continues, goes_on, "{chunk:?}, {next:?}");
            for (row, time) in chunk.times.iter().enumerate() {
                let extremes = chunk.extremes.iter().filter(|extreme| extreme.row == row);
                let extremes: Vec<f64> = extremes.map(|extreme| extreme.value).collect();
                let (number, sample) = (chunk.columns[0][row], chunk.samples[row]);
                rows.push(format!("{time} {number} {sample} {extremes:?}"));
            }
        }
        rows
    }

    fn sorted(chunks: Vec<Chunk>, most: usize, rows: usize) -> Vec<Chunk> {
        let folder = crate::store::test_folder();
        let mut sorter = RowSorter::new(Arc::new(SpillFile::new(Some(folder.path()))), 2, most);
        for chunk in chunks {
            sorter.push(chunk).unwrap();
        }
        let mut sorted = sorter.finish(rows).unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn rows_come_out_by_time_and_then_as_in_the_file_whatever_is_held(
            times in prop::collection::vec(0..20_i64, 0..300),
            held in 1..400_usize,
            chunk in 1..50_usize,
            out in 1..50_usize,
        ) {
            let all = chunks(&times, chunk);
            let numbered = rows(&chunks(&times, times.len().max(1)));
            let mut expected: Vec<_> = times.iter().zip(numbered).collect();
            expected.sort_by_key(|(time, _)| **time);
            let expected: Vec<String> = expected.into_iter().map(|(_, row)| row).collect();
            prop_assert_eq!(&rows(&sorted(all.clone(), usize::MAX, out)), &expected);
            prop_assert_eq!(&rows(&sorted(all, held, out)), &expected);
        }
    }

    #[test]
    fn more_runs_than_are_merged_at_a_time_are_merged_in_passes() {
        let times: Vec<i64> = (0..5000).map(|n| n * 7919 % 401).collect();
        let runs = sorted(chunks(&times, 3), 21, 100);
        let held = sorted(chunks(&times, 3), usize::MAX, 100);
        assert_eq!(rows(&runs), rows(&held));
    }
}
