//! A kind, a step and a column in, what the logger wrote there instead of a reading out.
//!
//! Each flaw is one that real reports have, in its real form: a clock correction strikes the same few cells just after
//! midnight, a lost stretch spares the counter beside it or takes a whole report. None depends on chance, so that their
//! numbers can be stated.

use crate::plant::{Kind, STEPS_A_DAY};
use crate::scheduler::Cell;
use std::ops::Range;

/// The seconds by which the clock was set, night after night.
const CORRECTIONS: [&str; 4] = ["TIME (-2)", "TIME (-1)", "TIME (3)", "TIME (5)"];

/// The quarter hours after midnight, and the columns of the chillers' report, that a correction strikes.
const CORRECTED_STEPS: Range<u64> = 1..4;
const CORRECTED_COLUMNS: Range<usize> = 0..2;

/// Thursday morning: the meter answers nothing but its counter.
const METER_LOSS: Range<u64> = 3 * STEPS_A_DAY + 36..3 * STEPS_A_DAY + 48;
const COUNTER: usize = 1;

/// An evening hour and a half without the pumps' panel.
const PANEL_LOSS: Range<u64> = 17 * STEPS_A_DAY + 80..17 * STEPS_A_DAY + 86;

/// Three days from a Monday morning on: the chiller's load meter reads a quarter too much.
const METER_DRIFT: Range<u64> = 21 * STEPS_A_DAY + 36..24 * STEPS_A_DAY + 36;

/// A Thursday's working hours: the second pump turns against a closed valve and takes half of its power.
const CLOSED_VALVE: Range<u64> = 10 * STEPS_A_DAY + 32..10 * STEPS_A_DAY + 72;
const THROTTLED_PUMP: u64 = 2;

/// By what the load meter's reading is off.
pub(crate) fn load_factor(step: u64) -> f64 {
    if METER_DRIFT.contains(&step) {
        1.25
    } else {
        1.0
    }
}

/// By what the power of a pump is off.
pub(crate) fn pump_factor(step: u64, pump: u64) -> f64 {
    if pump == THROTTLED_PUMP && CLOSED_VALVE.contains(&step) {
        0.5
    } else {
        1.0
    }
}

/// What stands in place of the reading, if anything.
pub(crate) fn instead(kind: Kind, step: u64, column: usize) -> Option<Cell> {
    match kind {
        Kind::Meters => {
            (METER_LOSS.contains(&step) && column != COUNTER).then_some(Cell::Text("Data Loss"))
        }
        Kind::Chillers => correction(step, column),
        Kind::Pumps => PANEL_LOSS
            .contains(&step)
            .then_some(Cell::Text("Data Loss")),
    }
}

fn correction(step: u64, column: usize) -> Option<Cell> {
    let struck = CORRECTED_STEPS.contains(&(step % STEPS_A_DAY));
    if !struck || !CORRECTED_COLUMNS.contains(&column) {
        return None;
    }
    let night = usize::try_from(step / STEPS_A_DAY).unwrap_or_default();
    Some(Cell::Text(CORRECTIONS[night % CORRECTIONS.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_strikes_two_cells_of_three_rows_after_midnight() {
        let struck: Vec<(u64, usize)> = (0..STEPS_A_DAY)
            .flat_map(|step| (0..12).map(move |column| (step, column)))
            .filter(|(step, column)| instead(Kind::Chillers, *step, *column).is_some())
            .collect();
        assert_eq!(struck, [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]);
        let second_night = instead(Kind::Chillers, STEPS_A_DAY + 1, 0);
        assert_eq!(second_night, Some(Cell::Text("TIME (-1)")));
    }

    #[test]
    fn the_meter_loses_all_but_its_counter() {
        let step = 3 * STEPS_A_DAY + 40;
        let lost = [0, 1, 2].map(|column| instead(Kind::Meters, step, column).is_some());
        assert_eq!(lost, [true, false, true]);
    }
}
