//! Blocks of rows that are more than memory should hold → the same rows in the order of their keys.
//!
//! ```text
//! blocks in any order ─ gather ─▶ sorted in memory ───────────────────────────────────────────────────┐
//!                           └ too many ─▶ sorted runs in a spill file ─ merge, a few at a time ───────┴▶ blocks in order
//! ```
//!
//! The sort is stable: rows of one key stay in the order in which they came. A run holds rows that came one after the other, and of
//! equal keys that of the earlier run goes first. However many runs there are, a piece of a few of them is in memory at a time.

use super::SpillFile;
use crate::error::Result;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// So many runs are merged at a time, a piece of each in memory.
const FAN_IN: usize = 8;
/// A piece has no more rows than these: whoever reads spilled rows may hold less than whoever sorted them.
const MOST_OF_PIECE: usize = 1 << 12;

/// Rows that are sorted by a key.
pub(crate) trait SortBlock: Default + Serialize + DeserializeOwned {
    /// What they are sorted by.
    type Key: Ord + Copy;

    /// How many rows it has.
    fn rows(&self) -> usize;

    /// The key of a row.
    fn key(&self, row: usize) -> Self::Key;

    /// Lets go of what nobody needs while it is held.
    fn hold(&mut self) {}

    /// The rows at these places: of each the key, the block, and the row in that.
    fn gather(blocks: &[Self], places: &[RowPlace<Self::Key>]) -> Self;

    /// Adds some rows of another block at the end.
    fn append(&mut self, from: &Self, rows: Range<usize>);

    /// Notes whether the block after this one begins with the key of the last row.
    fn set_continues(&mut self, continues: bool);
}

/// Where a row is: its key, the block, and the row in that. There is one for each row that is held: it is kept small.
pub(crate) type RowPlace<Key> = (Key, u32, u32);

impl<T: Ord + Copy + Serialize + DeserializeOwned> SortBlock for Vec<T> {
    type Key = T;

    fn rows(&self) -> usize {
        self.len()
    }

    fn key(&self, row: usize) -> T {
        self[row]
    }

    fn gather(_: &[Self], places: &[RowPlace<T>]) -> Self {
        places.iter().map(|(item, ..)| *item).collect()
    }

    fn append(&mut self, from: &Self, rows: Range<usize>) {
        self.extend_from_slice(&from[rows]);
    }

    fn set_continues(&mut self, _: bool) {}
}

/// A sort of blocks: what was given so far, in memory and in sorted runs that were spilled.
pub(crate) struct ExternalSort<B> {
    scratch: Arc<SpillFile>,
    /// So many rows are held in memory.
    most: usize,
    held: Vec<B>,
    held_rows: usize,
    runs: VecDeque<SortedRun>,
}

/// Where the pieces of a sorted run stand in the spill file.
type SortedRun = VecDeque<u64>;

/// All rows, in runs that are sorted and stand in a spill file, to be read as often as is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SpilledRuns(VecDeque<SortedRun>);

impl<B: SortBlock> ExternalSort<B> {
    /// A sort that holds about `most` rows in memory, and spills the others to `scratch`.
    pub(crate) fn new(scratch: Arc<SpillFile>, most: usize) -> Self {
        Self {
            scratch,
            most,
            held: Vec::new(),
            held_rows: 0,
            runs: VecDeque::new(),
        }
    }

    /// Takes the next rows. Whether a sorted run was spilled.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(crate) fn push(&mut self, mut block: B) -> Result<bool> {
        block.hold();
        self.held_rows += block.rows();
        self.held.push(block);
        self.spill_if_full()
    }

    /// All rows, in blocks of about `rows` rows.
    ///
    /// # Errors
    /// As [`SpillFile::put`] and [`SpillFile::get`].
    pub(crate) fn finish(self, rows: usize) -> Result<SortedBlocks<B>> {
        if self.runs.is_empty() {
            return Ok(SortedBlocks::Held(HeldBlocks::new(self.held, rows)));
        }
        let scratch = Arc::clone(&self.scratch);
        SortedBlocks::of(scratch, self.spill()?, rows)
    }

    /// As [`finish`](Self::finish), to be read later.
    ///
    /// # Errors
    /// As [`SpillFile::put`] and [`SpillFile::get`].
    pub(crate) fn spill(mut self) -> Result<SpilledRuns> {
        if !self.held.is_empty() {
            self.end_run()?;
        }
        while self.runs.len() > FAN_IN {
            self.merge_pass()?;
        }
        Ok(SpilledRuns(self.runs))
    }

    fn spill_if_full(&mut self) -> Result<bool> {
        let full = self.held_rows >= self.most;
        if full {
            self.end_run()?;
        }
        Ok(full)
    }

    fn end_run(&mut self) -> Result<()> {
        self.held_rows = 0;
        let mut pieces = HeldBlocks::new(std::mem::take(&mut self.held), self.piece_rows());
        let mut run = SortedRun::new();
        while let Some(piece) = pieces.next() {
            run.push_back(self.scratch.put(&piece)?);
        }
        self.runs.push_back(run);
        Ok(())
    }

    /// Merges each few runs into one.
    fn merge_pass(&mut self) -> Result<()> {
        let mut runs = std::mem::take(&mut self.runs);
        while !runs.is_empty() {
            let some = runs.drain(..runs.len().min(FAN_IN));
            let mut merge = RunMerge::<B>::new(&self.scratch, some, self.piece_rows())?;
            let mut run = SortedRun::new();
            while let Some(piece) = merge.next(&self.scratch)? {
                run.push_back(self.scratch.put(&piece)?);
            }
            self.runs.push_back(run);
        }
        Ok(())
    }

    /// So many rows of a run are read at a time.
    fn piece_rows(&self) -> usize {
        (self.most / (FAN_IN + 1)).min(MOST_OF_PIECE)
    }
}

impl<T> ExternalSort<Vec<T>>
where
    Vec<T>: SortBlock,
{
    /// Takes the next item.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(crate) fn push_item(&mut self, item: T) -> Result<()> {
        match self.held.last_mut() {
            Some(block) => block.push(item),
            None => self.held.push(vec![item]),
        }
        self.held_rows += 1;
        self.spill_if_full().map(drop)
    }
}

/// Blocks in order.
pub(crate) enum SortedBlocks<B: SortBlock> {
    Held(HeldBlocks<B>),
    Merged {
        scratch: Arc<SpillFile>,
        merge: RunMerge<B>,
    },
}

impl<B: SortBlock> SortedBlocks<B> {
    /// The rows of these runs, which stand in `scratch`, in blocks of about `rows` rows.
    ///
    /// # Errors
    /// As [`SpillFile::get`].
    pub(crate) fn of(scratch: Arc<SpillFile>, runs: SpilledRuns, rows: usize) -> Result<Self> {
        Ok(Self::Merged {
            merge: RunMerge::new(&scratch, runs.0, rows)?,
            scratch,
        })
    }

    /// The next rows; `None` after the last.
    ///
    /// # Errors
    /// As [`SpillFile::get`].
    pub(crate) fn next(&mut self) -> Result<Option<B>> {
        match self {
            Self::Held(held) => Ok(held.next()),
            Self::Merged { scratch, merge } => merge.next(scratch),
        }
    }
}

/// Rows that are sorted in memory.
pub(crate) struct HeldBlocks<B: SortBlock> {
    blocks: Vec<B>,
    order: Vec<RowPlace<B::Key>>,
    next: usize,
    rows: usize,
}

impl<B: SortBlock> HeldBlocks<B> {
    fn new(blocks: Vec<B>, rows: usize) -> Self {
        let mut order: Vec<RowPlace<B::Key>> = Vec::with_capacity(blocks.iter().map(B::rows).sum());
        for (number, block) in (0..).zip(&blocks) {
            let places = (0..).zip(0..block.rows());
            order.extend(places.map(|(place, row)| (block.key(row), number, place)));
        }
        // Rows that go by point are runs in order, one behind the other: a stable sort merges these.
        order.sort_by_key(|(key, ..)| *key);
        Self {
            blocks,
            order,
            next: 0,
            rows: rows.max(1),
        }
    }

    fn next(&mut self) -> Option<B> {
        let rest = &self.order[self.next..];
        let places = &rest[..self.rows.min(rest.len())];
        let (last, ..) = places.last()?;
        let following = rest.get(places.len());
        let mut block = B::gather(&self.blocks, places);
        block.set_continues(following.is_some_and(|(key, ..)| key == last));
        self.next += places.len();
        Some(block)
    }
}

/// A merge of sorted runs into one.
pub(crate) struct RunMerge<B> {
    fronts: Vec<RunFront<B>>,
    rows: usize,
}

/// A run that is not at its end: a piece of it, and the next row of that.
struct RunFront<B> {
    run: SortedRun,
    piece: B,
    next: usize,
}

impl<B: SortBlock> RunFront<B> {
    fn key(&self) -> B::Key {
        self.piece.key(self.next)
    }

    /// The first row from the next on for which `goes_first` is false.
    fn end_of(&self, goes_first: impl Fn(B::Key) -> bool) -> usize {
        let (mut low, mut high) = (self.next, self.piece.rows());
        while low < high {
            let middle = low.midpoint(high);
            if goes_first(self.piece.key(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl<B: SortBlock> RunMerge<B> {
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

    fn next(&mut self, scratch: &SpillFile) -> Result<Option<B>> {
        let mut block = B::default();
        while block.rows() < self.rows
            && let Some(first) = self.first()
        {
            // Up to the next row of another run: of equal keys that of an earlier run goes first.
            let before = self.fronts[..first].iter().map(RunFront::key).min();
            let behind = self.fronts[first + 1..].iter().map(RunFront::key).min();
            let front = &mut self.fronts[first];
            let end = front.end_of(|key| {
                before.is_none_or(|other| key < other) && behind.is_none_or(|other| key <= other)
            });
            let to = end.min(front.next + self.rows - block.rows());
            block.append(&front.piece, front.next..to);
            front.next = to;
            if to == front.piece.rows() {
                match front.run.pop_front() {
                    Some(at) => (front.piece, front.next) = (scratch.get(at)?, 0),
                    None => drop(self.fronts.remove(first)),
                }
            }
        }
        let Some(last) = block.rows().checked_sub(1) else {
            return Ok(None);
        };
        let next = self.first().map(|first| self.fronts[first].key());
        block.set_continues(next == Some(block.key(last)));
        Ok(Some(block))
    }

    /// The front of the next row.
    fn first(&self) -> Option<usize> {
        let fronts = self.fronts.iter().enumerate();
        let first = fronts.min_by_key(|(place, front)| (front.key(), *place));
        first.map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of which only the first part is the key, so that the order of equal ones shows.
    #[derive(Debug, Clone, Copy, Eq, Serialize, serde::Deserialize)]
    struct Numbered {
        key: u8,
        number: usize,
    }

    impl PartialEq for Numbered {
        fn eq(&self, other: &Self) -> bool {
            self.key == other.key
        }
    }

    impl Ord for Numbered {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.key.cmp(&other.key)
        }
    }

    impl PartialOrd for Numbered {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    fn sorted<T>(items: &[T], most: usize, rows: usize) -> Vec<T>
    where
        Vec<T>: SortBlock,
        T: Copy,
    {
        let folder = crate::store::test_folder();
        let scratch = Arc::new(SpillFile::new(Some(folder.path())));
        let mut sort = ExternalSort::<Vec<T>>::new(scratch, most);
        for item in items {
            sort.push_item(*item).unwrap();
        }
        let mut sorted = sort.finish(rows).unwrap();
        std::iter::from_fn(|| sorted.next().unwrap())
            .flatten()
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn items_come_out_by_key_and_then_as_they_came_whatever_is_held(
            keys in prop::collection::vec(0..20_u8, 0..300),
            held in 1..400_usize,
            out in 1..50_usize,
        ) {
            let items = keys.iter().enumerate();
            let items: Vec<_> = items.map(|(number, key)| Numbered { key: *key, number }).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.key);
            let shown = |items: Vec<Numbered>| -> Vec<_> {
                items.into_iter().map(|item| (item.key, item.number)).collect()
            };
            let expected = shown(expected);
            prop_assert_eq!(&shown(sorted(&items, usize::MAX, out)), &expected);
            prop_assert_eq!(&shown(sorted(&items, held, out)), &expected);
        }
    }

    #[test]
    fn items_come_back_in_order_however_many_they_are() {
        const RUN: usize = 8192;
        for count in [0, 1, 127, RUN, 3 * RUN + 700, 20 * RUN] {
            let items: Vec<usize> = (0..count).map(|n| (n * 7919) % 100_003).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            assert_eq!(sorted(&items, RUN, 128), expected, "{count}");
        }
    }
}
