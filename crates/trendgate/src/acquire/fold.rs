//! The rows of a doubled hour → which of its two passes each is of.
//!
//! Enters: the rows of one report in one doubled hour, in the order of the file, and which way the file runs. Leaves: an instant for each.
//!
//! - Where a row steps back, the step parts the passes: the rows before it are of the first, those from it on of the second.
//! - Where no row steps back and every local time stands exactly twice, the first of each two is of the first pass, the second of the second.
//! - Otherwise there is one pass, and equal times are duplicates in it. Which pass it is, the configured rule says.
//!
//! In a file that runs from the latest row to the earliest, a step back is one to a later time, and first and second are exchanged.

use super::local_clock::Doubled;
use super::{Choice, Report};
use crate::error::Error;
use crate::time::Instant;

/// The most rows that are held until a doubled hour ends. At a row a second, both passes have 7 200.
pub(super) const MOST_DOUBLED: usize = 1 << 14;

/// The refusal of a report that has more rows than these in a doubled hour, from `line` on.
pub(super) fn too_many_doubled(report: &Report, line: u64) -> Error {
    Error::input(format!(
        "more than {MOST_DOUBLED} rows stand in an hour that the clocks repeat; which pass they are of is known at its end"
    ))
    .at(&report.path)
    .line(line)
    .hint("export the report with a longer interval, or without that hour")
}

/// Which way the rows of a file run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// What told the passes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// The order of the rows.
    Order,
    /// The configured rule.
    Rule,
}

/// Rows of one doubled hour, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct HourPasses {
    rows: Vec<Doubled>,
}

enum Passes {
    /// The second begins with this row.
    Parted(usize),
    /// The rows are of the first pass and the second by turns.
    InTurn,
    /// There is one pass only.
    One,
}

impl HourPasses {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, in the order of the file.
    pub(super) fn rows(&self) -> &[Doubled] {
        &self.rows
    }

    /// Adds a row, unless it is of another doubled hour than those before it. Whether it was added.
    pub(super) fn take(&mut self, row: Doubled) -> bool {
        let same = |first: &Doubled| {
            row.earlier.since(first.earlier).abs() < first.later.since(first.earlier)
        };
        let fits = self.rows.first().is_none_or(same);
        if fits {
            self.rows.push(row);
        }
        fits
    }

    /// The instant of each row in a file that runs in `direction`, and what told it.
    pub(super) fn instants(
        &self,
        direction: Direction,
        rule: Choice,
    ) -> (ToldBy, impl Iterator<Item = Instant>) {
        let passes = self.passes(direction);
        let by = match passes {
            Passes::One => ToldBy::Rule,
            Passes::Parted(_) | Passes::InTurn => ToldBy::Order,
        };
        let is_later = move |place: usize| match passes {
            Passes::One => rule == Choice::Later,
            Passes::Parted(at) => (place >= at) == (direction == Direction::Forward),
            Passes::InTurn => (place % 2 == 1) == (direction == Direction::Forward),
        };
        let instants = self.rows.iter().enumerate().map(move |(place, row)| {
            if is_later(place) {
                row.later
            } else {
                row.earlier
            }
        });
        (by, instants)
    }

    fn passes(&self, direction: Direction) -> Passes {
        let steps_back = |pair: &[Doubled]| match direction {
            Direction::Forward => pair[1].earlier < pair[0].earlier,
            Direction::Backward => pair[1].earlier > pair[0].earlier,
        };
        if let Some(step) = self.rows.windows(2).position(steps_back) {
            return Passes::Parted(step + 1);
        }
        // No row steps back, so equal times stand side by side.
        let mut times = self.rows.chunk_by(|a, b| a == b);
        match times.all(|time| time.len() == 2) {
            true => Passes::InTurn,
            false => Passes::One,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE};

    /// The minutes after the hour's first instant at which rows with these minutes of the hour lie.
    fn instants(minutes: &[i64], direction: Direction, rule: Choice) -> (ToldBy, Vec<i64>) {
        let mut fold = HourPasses::default();
        for minute in minutes {
            let earlier = Instant::EPOCH + *minute * MINUTE;
            assert!(fold.take(Doubled {
                earlier,
                later: earlier + HOUR,
            }));
        }
        let (by, instants) = fold.instants(direction, rule);
        (
            by,
            instants
                .map(|time| time.since(Instant::EPOCH) / MINUTE)
                .collect(),
        )
    }

    #[test]
    fn a_step_back_parts_the_passes_and_equal_times_stay_in_theirs() {
        for (rows, expected) in [
            (vec![0, 30, 0, 30], vec![0, 30, 60, 90]),
            (vec![0, 0, 15, 45, 0, 15], vec![0, 0, 15, 45, 60, 75]),
            (vec![30, 0], vec![30, 60]),
            (vec![5, 50, 2, 40], vec![5, 50, 62, 100]),
            // One step parts; a second one is disorder within the second pass.
            (vec![30, 0, 45, 15], vec![30, 60, 105, 75]),
        ] {
            let found = instants(&rows, Direction::Forward, Choice::Later);
            assert_eq!(found, (ToldBy::Order, expected));
        }
    }

    #[test]
    fn where_every_time_stands_twice_the_first_is_of_the_first_pass() {
        for rows in [vec![0, 0], vec![0, 0, 15, 15, 45, 45]] {
            let expected = rows.iter().enumerate();
            let expected = expected.map(|(place, minute)| minute + 60 * (place as i64 % 2));
            let found = instants(&rows, Direction::Forward, Choice::Earlier);
            assert_eq!(found, (ToldBy::Order, expected.collect()));
        }
    }

    #[test]
    fn otherwise_there_is_one_pass_and_the_rule_says_which() {
        for rows in [
            vec![0],
            vec![0, 15, 30],
            vec![0, 0, 15],
            vec![0, 0, 0],
            vec![0, 0, 15, 15, 15, 15],
        ] {
            for (rule, by) in [(Choice::Earlier, 0), (Choice::Later, 60)] {
                let expected = rows.iter().map(|minute| minute + by).collect();
                let found = instants(&rows, Direction::Forward, rule);
                assert_eq!(found, (ToldBy::Rule, expected));
                let mut backward = rows.clone();
                backward.reverse();
                let expected = backward.iter().map(|minute| minute + by).collect();
                let found = instants(&backward, Direction::Backward, rule);
                assert_eq!(found, (ToldBy::Rule, expected));
            }
        }
    }

    #[test]
    fn a_file_from_the_latest_row_to_the_earliest_begins_with_the_second_pass() {
        for (rows, expected) in [
            (
                vec![45, 30, 15, 0, 45, 30, 15, 0],
                vec![105, 90, 75, 60, 45, 30, 15, 0],
            ),
            (vec![30, 0, 0, 30, 0], vec![90, 60, 60, 30, 0]),
            (vec![0, 0], vec![60, 0]),
            (vec![30, 30, 0, 0], vec![90, 30, 60, 0]),
        ] {
            let found = instants(&rows, Direction::Backward, Choice::Earlier);
            assert_eq!(found, (ToldBy::Order, expected));
        }
    }

    #[test]
    fn a_doubled_hour_of_another_day_is_another_fold() {
        let row = |hours: i64| Doubled {
            earlier: Instant::EPOCH + hours * HOUR,
            later: Instant::EPOCH + (hours + 1) * HOUR,
        };
        let mut fold = HourPasses::default();
        assert!(fold.take(row(5)));
        assert!(!fold.take(row(5 + 364 * 24)));
        assert!(!fold.take(row(4)));
    }
}
