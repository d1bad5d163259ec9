//! What becomes of a number for a cell: the first wins.
//!
//! Enters: the numbers for cells, the first one first. Leaves: the number that stands in each, and [`MergeCounts`]. An equal number is a
//! duplicate, another one a conflict; where it is so configured, either is refused. Reports and frames are merged by this one rule.

use crate::model::ColumnId;
use crate::time::Instant;

/// What became of the numbers that were merged: of reports, in the rows that the task owns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeCounts {
    /// Numbers that stand in the merged rows.
    pub used: u64,
    /// Numbers equal to the one that stands.
    pub equal_duplicates: u64,
    /// Numbers different from the one that stands.
    pub conflict_losers: u64,
    /// Numbers of moved rows that do not stand.
    pub moved_lost: u64,
    /// The first few conflicts.
    pub examples: Vec<CellConflict>,
}

/// Two numbers for one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellConflict {
    /// When.
    pub time: Instant,
    /// The column of the roster.
    pub column: ColumnId,
    /// The number that stands.
    pub kept: f64,
    /// The number that lost.
    pub lost: f64,
}

impl Eq for CellConflict {}

/// How many conflicts are kept as examples.
const EXAMPLES: usize = 10;

impl MergeCounts {
    /// Adds the counts of another task.
    pub fn merge(&mut self, other: Self) {
        self.used += other.used;
        self.equal_duplicates += other.equal_duplicates;
        self.conflict_losers += other.conflict_losers;
        self.moved_lost += other.moved_lost;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}

/// What to do with a second number for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// The first wins, the second is counted.
    FirstWins,
    /// What brings it is refused.
    Refuse,
}

/// Where a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellPlace {
    pub(crate) time: Instant,
    pub(crate) column: ColumnId,
}

/// Decides what becomes of each number, and counts it.
#[derive(Debug)]
pub(crate) struct FirstWins {
    repeats: Repeats,
    counts: MergeCounts,
}

impl FirstWins {
    pub(crate) fn new(repeats: Repeats) -> Self {
        Self {
            repeats,
            counts: MergeCounts::default(),
        }
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> &MergeCounts {
        &self.counts
    }

    /// What was counted.
    pub(crate) fn into_counts(self) -> MergeCounts {
        self.counts
    }

    /// Gives a number to a cell, where it stands if none does. Whether it is counted is the caller's to say.
    ///
    /// # Errors
    /// The cell, where it has a number already and that is refused.
    #[inline]
    pub(crate) fn give(
        &mut self,
        cell: &mut f64,
        number: f64,
        place: CellPlace,
        counted: bool,
    ) -> Result<(), CellPlace> {
        if cell.is_nan() {
            *cell = number;
            self.counts.used += u64::from(counted);
            return Ok(());
        }
        if self.repeats == Repeats::Refuse {
            return Err(place);
        }
        if counted {
            self.count_repeat(*cell, number, place);
        }
        Ok(())
    }

    /// Counts a number for a cell in which another one stands.
    #[inline]
    #[allow(
        clippy::float_cmp,
        reason = "a duplicate is equal, not nearly equal; bit for bit would call 0.0 and -0.0 a conflict"
    )]
    pub(crate) fn count_repeat(&mut self, kept: f64, lost: f64, place: CellPlace) {
        if kept == lost {
            self.counts.equal_duplicates += 1;
            return;
        }
        self.counts.conflict_losers += 1;
        if self.counts.examples.len() < EXAMPLES {
            self.counts.examples.push(CellConflict {
                time: place.time,
                column: place.column,
                kept,
                lost,
            });
        }
    }

    /// Counts the numbers of cells for which no other source has one.
    #[inline]
    pub(crate) fn count_used(&mut self, cells: &[f64]) {
        let numbers = cells.iter().filter(|cell| !cell.is_nan());
        self.counts.used += numbers.count() as u64;
    }

    /// Gives a number of a moved row to a cell. Whether it stands; if not, it is no duplicate and no conflict, since nobody knows that
    /// it is of that time.
    pub(crate) fn give_moved(&mut self, cell: &mut f64, number: f64, counted: bool) -> bool {
        let stands = cell.is_nan();
        if stands {
            *cell = number;
            self.counts.used += u64::from(counted);
        } else {
            self.count_moved(counted);
        }
        stands
    }

    /// Counts a number of a moved row that does not stand.
    pub(crate) fn count_moved(&mut self, counted: bool) {
        self.counts.moved_lost += u64::from(counted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: CellPlace = CellPlace {
        time: Instant::EPOCH,
        column: ColumnId::new(3),
    };

    #[test]
    fn the_first_number_stands_and_each_later_one_is_in_one_count() {
        let (mut cell, mut cells) = (f64::NAN, FirstWins::new(Repeats::FirstWins));
        for (number, counted) in [(0.0, true), (-0.0, true), (1.0, true), (2.0, false)] {
            cells.give(&mut cell, number, PLACE, counted).unwrap();
        }
        assert!(!cells.give_moved(&mut cell, 0.0, true));
        assert!(cells.give_moved(&mut { f64::NAN }, 4.0, true));
        assert_eq!(cell.to_bits(), 0.0_f64.to_bits());
        let example = CellConflict {
            time: PLACE.time,
            column: PLACE.column,
            kept: 0.0,
            lost: 1.0,
        };
        let expected = MergeCounts {
            used: 2,
            equal_duplicates: 1,
            conflict_losers: 1,
            moved_lost: 1,
            examples: vec![example],
        };
        assert_eq!(cells.into_counts(), expected);
    }

    #[test]
    fn a_second_number_is_refused_where_that_is_wanted_even_an_equal_one() {
        let (mut cell, mut cells) = (f64::NAN, FirstWins::new(Repeats::Refuse));
        cells.give(&mut cell, 1.0, PLACE, true).unwrap();
        assert_eq!(cells.give(&mut cell, 1.0, PLACE, true), Err(PLACE));
        assert_eq!(cells.counts().used, 1);
    }

    #[test]
    fn a_few_conflicts_are_kept_as_examples_and_all_are_counted() {
        let (mut cell, mut cells) = (1.0, FirstWins::new(Repeats::FirstWins));
        for _ in 0..EXAMPLES + 5 {
            cells.give(&mut cell, 2.0, PLACE, true).unwrap();
        }
        let counts = cells.counts();
        assert_eq!((counts.examples.len(), counts.conflict_losers), (10, 15));
    }
}
