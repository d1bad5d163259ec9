//! The words that stand beside values, counted by point.

use crate::acquire::PointTally;
use crate::acquire::text::lossy;

/// How often each word stood beside the values of each point. There are few words, and nearly always it is the first of them.
pub(super) struct StatusCounts {
    points: usize,
    words: Vec<(Vec<u8>, Vec<u64>)>,
}

/// What is beyond so many is no list of words, and counted as one.
const MOST: usize = 64;
const OTHERS: &[u8] = b"(others)";

impl StatusCounts {
    pub(super) fn of(points: usize) -> Self {
        Self {
            points,
            words: Vec::new(),
        }
    }

    /// Counts a word beside a value of this point.
    pub(super) fn count(&mut self, point: usize, word: &[u8]) {
        let known = self.words.iter().position(|(known, _)| known == word);
        let place = known.unwrap_or_else(|| {
            let word = if self.words.len() < MOST {
                word
            } else {
                OTHERS
            };
            if self.words.last().is_none_or(|(last, _)| last != OTHERS) {
                self.words.push((word.to_vec(), vec![0; self.points]));
            }
            self.words.len() - 1
        });
        self.words[place].1[point] += 1;
    }

    /// Adds them to what is counted of the points.
    pub(super) fn add_to(self, points: &mut [PointTally]) {
        for (word, counts) in self.words {
            let word = lossy(&word);
            let counted = points
                .iter_mut()
                .zip(counts)
                .filter(|(_, count)| *count > 0);
            counted.for_each(|(point, count)| point.add_status(&word, count));
        }
    }
}
