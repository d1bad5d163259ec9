//! The cells of a line, many at a time, on processors that have the instructions for it.
//!
//! What enters is any line; what leaves is where its cells stand, the numbers of those that are written plainly, and which the others are:
//! [`CellParser`](super::parse::CellParser) reads these one by one. It refuses lines in which quotes stand otherwise than around cells:
//! all cells of such a line are read one by one.

#[cfg(target_arch = "x86_64")]
mod avx512;

use archmage::{SimdToken, X64V4xToken};
use std::ops::Range;

/// Cells that are read at a time.
const LANES: usize = 8;

/// So many values more than it has cells a row needs room for.
pub(super) const ROOM: usize = LANES;

/// Longer lines are read one by one: what is held of a line is four times as large.
const LONGEST: usize = 1 << 18;

/// Reads the cells of lines.
pub(super) struct ManyCells {
    /// The proof that the processor can.
    token: X64V4xToken,
    /// The cells that are read one by one, whatever stands in them, in ascending order.
    never: Vec<u32>,
    /// Where the cells of the last line begin, and where one more would.
    starts: Vec<u32>,
    /// Those of its cells that are read one by one, in ascending order.
    odd: Vec<u32>,
    odds: usize,
}

impl ManyCells {
    /// Reads lines of which the cells `never` are read one by one; `None` on a processor that cannot.
    pub(super) fn new(never: Vec<u32>) -> Option<Self> {
        Some(Self {
            token: X64V4xToken::summon()?,
            never,
            starts: Vec::new(),
            odd: Vec::new(),
            odds: 0,
        })
    }

    /// Reads the cells of a line from the byte `from` on, and tells how many there are. The line is the first `length` bytes of `text`, and
    /// behind it there are [`MARGIN`](crate::acquire::lines::MARGIN) others. `row` gets the numbers of the first cells, NaN for those that are
    /// read one by one; it has [`ROOM`] for more than these.
    #[inline]
    pub(super) fn read(
        &mut self,
        (text, length): (&[u8], usize),
        from: usize,
        row: &mut [f64],
    ) -> Option<usize> {
        let cells = row.len().checked_sub(ROOM)?;
        if length > LONGEST {
            return None;
        }
        let count = self.split(text, length, from)?;
        let cells = cells.min(count);
        let most = cells + self.never.len() + ROOM;
        if self.odd.len() < most {
            self.odd.resize(most, 0);
        }
        self.odds = self.numbers(text, cells, row)?;
        if !self.never.is_empty() {
            self.add_never(cells);
        }
        Some(count)
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn split(&mut self, text: &[u8], length: usize, from: usize) -> Option<usize> {
        avx512::split(self.token, text, length, from, &mut self.starts)
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn numbers(&mut self, text: &[u8], cells: usize, row: &mut [f64]) -> Option<usize> {
        avx512::numbers(self.token, text, &self.starts, cells, row, &mut self.odd)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn split(&mut self, _text: &[u8], _length: usize, _from: usize) -> Option<usize> {
        let _ = self.token;
        None
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn numbers(&mut self, _text: &[u8], _cells: usize, _row: &mut [f64]) -> Option<usize> {
        None
    }

    /// Adds the cells that are always read one by one, of the first `cells` of a line, to the others.
    fn add_never(&mut self, cells: usize) {
        let never = self.never.iter().filter(|cell| (**cell as usize) < cells);
        self.odd.truncate(self.odds);
        self.odd.extend(never);
        self.odd.sort_unstable();
        self.odd.dedup();
        self.odds = self.odd.len();
    }

    /// Those of the cells that were asked for which are read one by one, in ascending order.
    #[inline]
    pub(super) fn odd(&self) -> &[u32] {
        &self.odd[..self.odds]
    }

    /// The bytes of a cell of the last line, with its quotes.
    #[inline]
    pub(super) fn cell(&self, place: usize) -> Range<usize> {
        self.starts[place] as usize..self.starts[place + 1] as usize - 1
    }
}

#[cfg(test)]
mod tests;
