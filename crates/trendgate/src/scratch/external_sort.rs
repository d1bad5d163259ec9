//! Items that are more than memory should hold → the same, in order.

use super::SpillFile;
use crate::error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::Path;

/// Items that are more than memory should hold, on their way into order.
#[derive(Debug)]
pub(crate) struct Sorter<T> {
    spill: SpillFile,
    items: Vec<T>,
    /// Of each sorted run, where its pieces stand.
    runs: Vec<VecDeque<u64>>,
}

/// So many items are sorted at a time.
const RUN: usize = 8192;
/// So many of a run are fetched at a time.
const PIECE: usize = 128;

impl<T: Ord + Serialize + DeserializeOwned> Sorter<T> {
    /// A sorter that takes what does not fit into memory to a file in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            spill: SpillFile::new(Some(folder)),
            items: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Takes an item.
    ///
    /// # Errors
    /// As [`SpillFile::put`].
    pub(crate) fn push(&mut self, item: T) -> Result<()> {
        self.items.push(item);
        if self.items.len() == RUN {
            self.end_run()?;
        }
        Ok(())
    }

    /// Hands all items to `take`, in ascending order.
    ///
    /// # Errors
    /// As [`SpillFile::get`].
    pub(crate) fn finish(mut self, mut take: impl FnMut(T)) -> Result<()> {
        self.end_run()?;
        let Self {
            spill, mut runs, ..
        } = self;
        let mut fronts = Vec::with_capacity(runs.len());
        let mut next = BinaryHeap::new();
        for (run, pieces) in runs.iter_mut().enumerate() {
            let mut front = piece(&spill, pieces)?;
            next.extend(front.next().map(|item| Reverse((item, run))));
            fronts.push(front);
        }
        while let Some(Reverse((item, run))) = next.pop() {
            take(item);
            let following = match fronts[run].next() {
                Some(item) => Some(item),
                None => {
                    fronts[run] = piece(&spill, &mut runs[run])?;
                    fronts[run].next()
                }
            };
            next.extend(following.map(|item| Reverse((item, run))));
        }
        Ok(())
    }

    fn end_run(&mut self) -> Result<()> {
        self.items.sort_unstable();
        let pieces = self.items.chunks(PIECE).map(|piece| self.spill.put(&piece));
        let pieces = pieces.collect::<Result<VecDeque<u64>>>()?;
        self.runs.push(pieces);
        self.items.clear();
        Ok(())
    }
}

/// The items of the next piece of a run; none after the last.
fn piece<T: DeserializeOwned>(
    spill: &SpillFile,
    pieces: &mut VecDeque<u64>,
) -> Result<std::vec::IntoIter<T>> {
    let items: Vec<T> = match pieces.pop_front() {
        Some(at) => spill.get(at)?,
        None => Vec::new(),
    };
    Ok(items.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_in_order_however_many_they_are() {
        let folder = crate::store::test_folder();
        for count in [0, 1, 127, RUN, 3 * RUN + 700] {
            let mut sorter = Sorter::new(folder.path());
            let items = (0..count).map(|n| (n * 7919) % 100_003);
            items.clone().for_each(|item| sorter.push(item).unwrap());
            let mut sorted = Vec::new();
            sorter.finish(|item| sorted.push(item)).unwrap();
            let mut expected: Vec<usize> = items.collect();
            expected.sort_unstable();
            assert_eq!(sorted, expected, "{count}");
        }
    }
}
