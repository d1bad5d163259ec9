//! Which point says of a machine whether it runs, and how that point is found by its name.
//!
//! Enters: machines as the configuration describes them, and the roster. Leaves: a [`NamedMachine`] for each. Refuses: a name that two points
//! have, and a point that never rests (a temperature, a counter of energy).

use super::super::machines::{EquipmentConfig, place};
use super::super::table::whole_name;
use crate::error::{Error, Result};
use crate::model::{ColumnId, Dimension, PointSpec, RunState, Unit, plain_name};
use std::collections::BTreeMap;

impl EquipmentConfig {
    /// What says of each machine whether it runs.
    pub(super) fn machines<'a>(
        &'a self,
        roster: &[PointSpec],
    ) -> Result<BTreeMap<&'a str, NamedMachine<'a>>> {
        let mut machines = BTreeMap::new();
        for (name, chiller) in &self.chillers {
            let place = place("chillers", name);
            let of = [&chiller.running, &chiller.power, &chiller.flow];
            let mut machine = NamedMachine::of(roster, &place, of)?;
            if chiller.running.is_none() && chiller.power.is_some() {
                // Heaters of the oil and the controls of a chiller at rest take power, too.
                let share = STANDBY_SHARE * chiller.capacity_kw.unwrap_or(0.0);
                machine.state.rest = machine.state.rest.max(share);
            }
            machines.insert(name.as_str(), machine);
        }
        for (kind, drives) in [("pumps", &self.pumps), ("fans", &self.fans)] {
            for (name, drive) in drives {
                let of = [&drive.running, &drive.frequency, &drive.power];
                let mut machine = NamedMachine::of(roster, &place(kind, name), of)?;
                if let (None, Some(rated)) = (&drive.running, drive.rated_frequency) {
                    machine.state.rest = TURNING_SHARE * rated;
                }
                machines.insert(name.as_str(), machine);
            }
        }
        Ok(machines)
    }
}

/// A chiller that takes less power than this share of its cooling capacity does not cool.
const STANDBY_SHARE: f64 = 0.01;

/// Below this share of its rated speed a drive does not turn anything.
const TURNING_SHARE: f64 = 0.1;

/// What says whether a machine runs.
pub(super) struct NamedMachine<'a> {
    /// The point, as the configuration names it.
    pub(super) point: Option<&'a String>,
    pub(super) state: RunState,
}

impl<'a> NamedMachine<'a> {
    /// That of the first of `points` that is given.
    fn of(roster: &[PointSpec], place: &str, points: [&'a Option<String>; 3]) -> Result<Self> {
        let point = points.into_iter().flatten().next();
        let column = match point {
            Some(point) => find(roster, place, point)?,
            None => None,
        };
        Ok(Self {
            point,
            state: run_state(roster, column, place)?,
        })
    }

    /// The point, where no report has it.
    pub(super) fn missing(&self) -> Option<&'a String> {
        self.point.filter(|_| self.state.column.is_none())
    }
}

/// The state of a machine whose point in `column` says whether it runs; `place` is where the configuration says so.
pub(in super::super) fn run_state(
    roster: &[PointSpec],
    column: Option<ColumnId>,
    place: &str,
) -> Result<RunState> {
    let spec = column.map(|column| &roster[column]);
    if let Some(spec) = spec {
        let never_rests = [Dimension::Temperature, Dimension::Energy];
        let dimension = spec.dataset_unit().map(Unit::dimension);
        if dimension.is_some_and(|dimension| never_rests.contains(&dimension)) {
            return Err(Error::config(format!(
                "{place}: expected a state, or a measurement that is 0 at rest; {:?} is in {}",
                spec.id.to_string(),
                spec.dataset_unit().map_or("?", Unit::symbol)
            )));
        }
    }
    let rest = spec.and_then(|spec| spec.idle_below);
    Ok(RunState {
        column,
        rest: rest.unwrap_or(0.0),
    })
}

/// The column of the point `name`, which stands at `place` of the configuration: by its full name, or by the name alone where only one
/// point has it.
pub(in super::super) fn find(
    roster: &[PointSpec],
    place: &str,
    name: &str,
) -> Result<Option<ColumnId>> {
    let (name, whole) = (plain_name(name), whole_name(name));
    let is_whole = |spec: &PointSpec| {
        let full = spec.id.to_string();
        full == whole || full == name
    };
    if let Some(full) = roster.iter().position(is_whole) {
        return Ok(Some(ColumnId::new(full)));
    }
    let columns = (0..roster.len()).map(ColumnId::new);
    let named: Vec<ColumnId> = columns
        .filter(|column| roster[*column].id.name == name)
        .collect();
    if let [first, second, ..] = named.as_slice() {
        let [first, second] = [first, second].map(|column| roster[*column].id.to_string());
        return Err(
            Error::config(format!("{place}: {name:?} may be {first:?} or {second:?}"))
                .hint("write the point with its suffix"),
        );
    }
    Ok(named.first().copied())
}
