//! What becomes of a number for a cell: the first wins.
//!
//! Enters: the numbers for cells, the first one first. Leaves: the number that stands in each, and [`MergeCounts`]. An equal number is a
//! duplicate, another one a conflict; where it is so configured, either is refused. Where of two numbers one is the other rounded, the
//! longer stands, and it is no conflict. Reports and frames are merged by this one rule.

use crate::model::ColumnId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of the numbers that were merged: of reports, in the rows that the task owns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MergeCounts {
    /// Numbers that stand in the merged rows.
    pub used: u64,
    /// Numbers equal to the one that stands, but for rounding.
    pub equal_duplicates: u64,
    /// Numbers different from the one that stands.
    pub conflict_losers: u64,
    /// Numbers of moved rows that do not stand.
    pub moved_lost: u64,
    /// The first few conflicts.
    pub examples: Vec<CellConflict>,
}

/// Two numbers for one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellConflict {
    /// The time of the two rows.
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
    pub(crate) fn merge(&mut self, other: Self) {
        self.used += other.used;
        self.equal_duplicates += other.equal_duplicates;
        self.conflict_losers += other.conflict_losers;
        self.moved_lost += other.moved_lost;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}

/// What to do with a second number for a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Repeats {
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
    /// Columns of states, whose numbers are not rounded.
    states: Vec<bool>,
    /// Whether no column has rounded numbers.
    exact: bool,
    /// The first numbers of cells in which a longer one stands by now.
    rounded: BTreeMap<(Instant, ColumnId), f64>,
}

impl FirstWins {
    pub(crate) fn new(repeats: Repeats) -> Self {
        Self {
            repeats,
            counts: MergeCounts::default(),
            states: Vec::new(),
            exact: false,
            rounded: BTreeMap::new(),
        }
    }

    /// Says which columns are of states: there a number is never another one rounded.
    pub(crate) fn with_states(mut self, states: Vec<bool>) -> Self {
        self.states = states;
        self
    }

    /// Has no number be another one rounded.
    pub(crate) fn exact(self) -> Self {
        Self {
            exact: true,
            ..self
        }
    }

    /// Forgets what the cells so far were: no more numbers for them will come.
    #[inline]
    pub(crate) fn forget(&mut self) {
        if !self.rounded.is_empty() {
            self.rounded.clear();
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
        if is_equal(*cell, number) || self.is_rounding(cell, number, place) {
            self.counts.equal_duplicates += u64::from(counted);
        } else if counted {
            self.count_conflict(*cell, number, place);
        }
        Ok(())
    }

    /// Gives a cell what a later row of the report has for it whose number stands there: of one time the last row holds, also where it has
    /// none.
    ///
    /// # Errors
    /// The cell, where a second number is refused.
    pub(crate) fn give_later(
        &mut self,
        cell: &mut f64,
        later: f64,
        place: CellPlace,
        counted: bool,
    ) -> Result<(), CellPlace> {
        if self.repeats == Repeats::Refuse && !later.is_nan() {
            return Err(place);
        }
        let earlier = std::mem::replace(cell, later);
        match counted {
            false => {}
            true if later.is_nan() => {
                self.counts.used -= 1;
                self.counts.conflict_losers += 1;
            }
            true if is_equal(earlier, later) => self.counts.equal_duplicates += 1,
            true => self.count_conflict(later, earlier, place),
        }
        Ok(())
    }

    /// Gives a cell what takes the place of whatever stands there, also where that is no number. A number that goes has lost.
    #[inline]
    pub(crate) fn replace(&mut self, cell: &mut f64, number: f64, place: CellPlace) {
        let earlier = std::mem::replace(cell, number);
        match (earlier.is_nan(), number.is_nan()) {
            (true, true) => {}
            (true, false) => self.counts.used += 1,
            (false, true) => {
                self.counts.used -= 1;
                self.counts.conflict_losers += 1;
            }
            (false, false) if is_equal(earlier, number) => self.counts.equal_duplicates += 1,
            (false, false) => self.count_conflict(number, earlier, place),
        }
    }

    /// Counts a number for a cell in which another one stands, and will.
    #[inline]
    pub(crate) fn count_repeat(&mut self, kept: f64, lost: f64, place: CellPlace) {
        if is_equal(kept, lost) || self.is_rounding(&mut { kept }, lost, place) {
            self.counts.equal_duplicates += 1;
        } else {
            self.count_conflict(kept, lost, place);
        }
    }

    /// Whether `number` and the first one of its cell are one but for rounding. The longest of those that the first one may be rounded from
    /// stands, the first of several: so the outcome does not depend on which of them comes in between.
    #[cold]
    fn is_rounding(&mut self, cell: &mut f64, number: f64, place: CellPlace) -> bool {
        let CellPlace { time, column } = place;
        if self.exact || self.states.get(column.index()) == Some(&true) {
            return false;
        }
        let first = self.rounded.get(&(time, column)).copied().unwrap_or(*cell);
        if !is_rounded(first, number) {
            return is_rounded(number, first);
        }
        if decimals(number) > decimals(*cell) {
            self.rounded.insert((time, column), first);
            *cell = number;
        }
        true
    }

    fn count_conflict(&mut self, kept: f64, lost: f64, place: CellPlace) {
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

/// Equal, not nearly equal; bit for bit would call 0.0 and -0.0 a conflict.
#[inline]
#[allow(clippy::float_cmp, reason = "see above")]
fn is_equal(one: f64, other: f64) -> bool {
    one == other
}

/// Whether `short` may be `long` rounded: they differ by half a unit of the last decimal of `short` in its shortest form, at most.
fn is_rounded(short: f64, long: f64) -> bool {
    // What the last bits of the two may add to their difference.
    let noise = f64::EPSILON * (short.abs() + long.abs());
    let difference = (long - short).abs() - noise;
    // Nothing is rounded by more than a half, which spares writing most numbers out.
    if difference > 0.5 {
        return false;
    }
    let decimals = i32::try_from(decimals(short)).unwrap_or(i32::MAX);
    difference <= 0.5 * 10_f64.powi(-decimals)
}

/// The decimals of a number in its shortest form.
fn decimals(number: f64) -> usize {
    let text = number.to_string();
    text.split_once('.')
        .map_or(0, |(_, decimals)| decimals.len())
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

    /// What stands of numbers that come in this order, and the counts of duplicates and conflicts.
    fn given(numbers: &[f64]) -> (f64, u64, u64) {
        let (mut cell, mut cells) = (f64::NAN, FirstWins::new(Repeats::FirstWins));
        for number in numbers {
            cells.give(&mut cell, *number, PLACE, true).unwrap();
        }
        let counts = cells.into_counts();
        assert_eq!(
            counts.used + counts.equal_duplicates + counts.conflict_losers,
            numbers.len() as u64
        );
        (cell, counts.equal_duplicates, counts.conflict_losers)
    }

    #[test]
    fn of_a_number_and_itself_rounded_the_longer_stands_and_it_is_no_conflict() {
        for (numbers, expected) in [
            (&[7.5, 7.48][..], (7.48, 1, 0)),
            (&[7.48, 7.5], (7.48, 1, 0)),
            (&[7.5, 7.45], (7.45, 1, 0)),
            (&[7.4, 7.45], (7.45, 1, 0)),
            (&[-7.5, -7.48], (-7.48, 1, 0)),
            (&[8.0, 7.6], (7.6, 1, 0)),
            (&[0.1, 0.1234], (0.1234, 1, 0)),
            (&[1234567.0, 1234567.4], (1234567.4, 1, 0)),
            (&[7.5, 7.44], (7.5, 0, 1)),
            (&[7.5, 7.6], (7.5, 0, 1)),
            (&[7.5, 7.56], (7.5, 0, 1)),
            (&[1500.0, 1523.0], (1500.0, 0, 1)),
            // All that the first may be rounded from; the longest, whichever comes first.
            (&[7.5, 7.48, 7.4836], (7.4836, 2, 0)),
            (&[7.5, 7.4836, 7.48], (7.4836, 2, 0)),
            (&[7.5, 7.48, 7.5213], (7.5213, 2, 0)),
            (&[7.5, 7.48, 7.52], (7.48, 2, 0)),
            (&[7.5, 7.48, 7.6], (7.48, 1, 1)),
            (&[7.5, 7.6, 7.48], (7.48, 1, 1)),
        ] {
            assert_eq!(given(numbers), expected, "{numbers:?}");
        }
    }

    #[test]
    fn what_replaces_a_number_stands_and_each_number_is_in_one_count() {
        let (mut cell, mut cells) = (f64::NAN, FirstWins::new(Repeats::Refuse));
        let numbers = [f64::NAN, 1.0, 1.0, 2.0, f64::NAN, 3.0];
        for number in numbers {
            cells.replace(&mut cell, number, PLACE);
        }
        let counts = cells.into_counts();
        assert_eq!(
            (counts.used, counts.equal_duplicates, counts.conflict_losers),
            (1, 1, 2)
        );
        assert_eq!(
            (counts.examples[0].kept, counts.examples[0].lost),
            (2.0, 1.0)
        );
    }

    #[test]
    fn a_number_is_no_rounded_state_and_cells_that_are_done_are_forgotten() {
        let mut cells =
            FirstWins::new(Repeats::FirstWins).with_states(vec![false, false, false, true]);
        let mut cell = 1.0;
        cells.give(&mut cell, 0.75, PLACE, true).unwrap();
        assert_eq!((cell, cells.counts().conflict_losers), (1.0, 1));
        let place = CellPlace {
            column: ColumnId::new(1),
            ..PLACE
        };
        cells.give(&mut cell, 0.75, place, false).unwrap();
        assert_eq!((cell, cells.rounded.len()), (0.75, 1));
        cells.forget();
        assert_eq!(cells.rounded.len(), 0);
        assert_eq!(cells.counts().equal_duplicates, 0);
    }
}
