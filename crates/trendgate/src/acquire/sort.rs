//! Rows of a report that is not in time order → chunks in time order: what the external sort has to know of chunks.
//!
//! Rows of one time stay in the order of the file. What is held in memory is 8 bytes a cell.

use super::dialects::{Decode, DecodeStep};
use super::{Chunk, Extreme, RowOrder};
use crate::error::Result;
use crate::scratch::{ExternalSort, RowPlace, SortBlock, SortedBlocks, SpillFile};
use crate::time::Instant;
use std::ops::Range;
use std::sync::Arc;

/// What a row takes beside its points, in cells: its time, its flags and its place in the order.
const BESIDE: usize = 5;

/// A sort of rows of so many points that holds about so many cells in memory, and spills the others to `scratch`.
pub(super) fn sort_by_time(
    scratch: Arc<SpillFile>,
    points: usize,
    cells: usize,
) -> ExternalSort<Chunk> {
    ExternalSort::new(scratch, cells.div_ceil(points + BESIDE))
}

/// Puts the rows of a decoder in the order of time.
pub(super) struct Ordering<B: SortBlock> {
    pub(super) decoder: Box<dyn Decode<B>>,
    stage: SortStage<B>,
}

/// How far the sort is.
enum SortStage<B: SortBlock> {
    /// The rows are in order already.
    InOrder,
    Unread,
    Reading(ExternalSort<B>),
    Sorted(SortedBlocks<B>),
}

impl<B: SortBlock> Ordering<B> {
    /// Those of a decoder that gives them in this order.
    pub(super) fn of(decoder: Box<dyn Decode<B>>, order: RowOrder) -> Self {
        Self {
            decoder,
            stage: match order {
                RowOrder::Ascending => SortStage::InOrder,
                RowOrder::Unordered => SortStage::Unread,
            },
        }
    }

    /// The next rows, about so many where they are sorted by what `sort` makes; none while they are read to be sorted.
    ///
    /// # Errors
    /// As [`Decode::next_chunk`]; [`Storage`](crate::ErrorKind::Storage) where they cannot be spilled.
    pub(super) fn next(
        &mut self,
        sort: impl FnOnce() -> ExternalSort<B>,
        rows: usize,
    ) -> Result<DecodeStep<B>> {
        if matches!(self.stage, SortStage::InOrder) {
            return self.decoder.next_chunk();
        }
        if matches!(self.stage, SortStage::Unread) {
            self.stage = SortStage::Reading(sort());
        }
        loop {
            self.stage = match std::mem::replace(&mut self.stage, SortStage::InOrder) {
                SortStage::Reading(mut sorter) => match self.decoder.next_chunk()? {
                    DecodeStep::Rows(block) => {
                        let full = sorter.push(block)?;
                        self.stage = SortStage::Reading(sorter);
                        if full {
                            return Ok(DecodeStep::Rows(B::default()));
                        }
                        continue;
                    }
                    DecodeStep::End => SortStage::Sorted(sorter.finish(rows)?),
                    DecodeStep::NeedsWhole => return Ok(DecodeStep::NeedsWhole),
                },
                SortStage::Sorted(mut sorted) => {
                    let next = sorted.next()?;
                    self.stage = SortStage::Sorted(sorted);
                    return Ok(next.map_or(DecodeStep::End, DecodeStep::Rows));
                }
                stage @ (SortStage::InOrder | SortStage::Unread) => stage,
            };
        }
    }
}

impl SortBlock for Chunk {
    type Key = Instant;

    fn rows(&self) -> usize {
        self.times.len()
    }

    fn key(&self, row: usize) -> Instant {
        self.times[row]
    }

    fn hold(&mut self) {
        self.columns.forget_rows();
    }

    fn gather(chunks: &[Self], rows: &[RowPlace<Instant>]) -> Self {
        let points = chunks.first().map_or(0, |chunk| chunk.columns.len());
        let of = rows.iter();
        let of = of.map(|(_, chunk, row)| (&chunks[*chunk as usize], *row as usize));
        let column = |column: usize| {
            let cells = of.clone().map(|(chunk, row)| chunk.columns[column][row]);
            cells.collect()
        };
        let mut gathered = Self {
            times: rows.iter().map(|(time, ..)| *time).collect(),
            samples: of.clone().map(|(chunk, row)| chunk.samples[row]).collect(),
            columns: (0..points).map(column).collect(),
            ..Self::default()
        };
        for (place, (chunk, row)) in of.enumerate() {
            if chunk.moved.binary_search(&row).is_ok() {
                gathered.moved.push(place);
            }
            let extremes = extremes(chunk, row..row + 1, place);
            gathered.extremes.extend(extremes);
        }
        gathered
    }

    fn append(&mut self, from: &Self, rows: Range<usize>) {
        let base = self.times.len();
        self.times.extend_from_slice(&from.times[rows.clone()]);
        self.samples.extend_from_slice(&from.samples[rows.clone()]);
        self.columns.resize(from.columns.len(), Vec::new());
        for (to, from) in self.columns.iter_mut().zip(&from.columns) {
            to.extend_from_slice(&from[rows.clone()]);
        }
        let moved = from.moved.iter().filter(|row| rows.contains(row));
        self.moved.extend(moved.map(|row| base + row - rows.start));
        self.extremes.extend(extremes(from, rows, base));
    }

    fn set_continues(&mut self, continues: bool) {
        self.continues = continues;
    }
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
            let mut chunk = Chunk {
                columns: vec![Vec::new(); 2].into(),
                ..Chunk::default()
            };
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
        let scratch = Arc::new(SpillFile::new(Some(folder.path())));
        let mut sorter = sort_by_time(scratch, 2, most);
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
