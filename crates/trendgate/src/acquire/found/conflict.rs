//! What a form of table makes of the columns → the rows in which it would say two things of one point at one time: a form that does is wrong.

use super::layout::joined;
use super::wide::FormFound;
use super::{FoundForm, SeenTable};
use std::collections::BTreeMap;

/// Rows that say another thing of a point at a time than a row before does.
pub(super) struct SelfConflicts {
    pub(super) rows: usize,
    all: usize,
    /// Whether times turn back once at most, whichever way they go, as they do in the hour that is doubled when daylight saving time ends.
    turns_once: bool,
    /// One of the times, and the point.
    pub(super) shown: Option<(String, String)>,
}

impl SelfConflicts {
    /// Those of the sample, read in this form.
    pub(super) fn of(seen: &SeenTable<'_>, found: &FormFound) -> Self {
        let rows = &seen.layout.rows;
        let moves = seen.steps.all.values().sum::<usize>() - seen.steps.same;
        let turns = seen.steps.back.min(moves - seen.steps.back);
        let mut conflicts = Self {
            rows: 0,
            all: rows.len(),
            turns_once: turns <= 1 && seen.steps.same == 0,
            shown: None,
        };
        let (keys, values) = columns(seen, found);
        let mut known: BTreeMap<(String, Vec<&str>), usize> = BTreeMap::new();
        for row in rows {
            let time = joined(&seen.sample.lines[*row], &seen.layout.time);
            let key = keys.iter().map(|place| seen.cell(*row, *place)).collect();
            let first = *known.entry((time.clone(), key)).or_insert(*row);
            let contradicts = |place: &&usize| {
                let (one, other) = (seen.cell(first, **place), seen.cell(*row, **place));
                !one.is_empty() && !other.is_empty() && one != other
            };
            if let Some(place) = values.iter().find(contradicts) {
                conflicts.rows += 1;
                conflicts
                    .shown
                    .get_or_insert_with(|| (time, seen.name(*place).to_owned()));
            }
        }
        // The hour that is doubled when daylight saving time ends.
        if conflicts.turns_once && !conflicts.are_many() {
            (conflicts.rows, conflicts.shown) = (0, None);
        }
        conflicts
    }

    /// Whether they are so many that the form is wrong.
    pub(super) fn are_many(&self) -> bool {
        let least = if self.turns_once { 8 } else { 20 };
        self.rows * least > self.all
    }
}

/// The columns that say which point a row is of, and those of the values.
fn columns(seen: &SeenTable<'_>, found: &FormFound) -> (Vec<usize>, Vec<usize>) {
    let places = |names: &[String]| -> Vec<usize> {
        let is_one = |place: &usize| names.iter().any(|name| name == seen.name(*place));
        seen.others().filter(is_one).collect()
    };
    match &found.form {
        FoundForm::Wide => (Vec::new(), places(&found.points)),
        FoundForm::Long(long) => (places(&long.point.what), places(long.value.what.names())),
        FoundForm::Day(day) => {
            let keys = places(&day.point);
            let is_other = |place: &usize| {
                keys.contains(place) || found.skip.iter().any(|said| said.what == seen.name(*place))
            };
            let values = seen.others().filter(|place| !is_other(place)).collect();
            (keys, values)
        }
    }
}
