//! A small chiller plant, invented: a step of its clock in, the cells of each report kind out.
//!
//! The curves are made of the four basic operations alone, so that every machine computes the same digits. Two points are
//! dead and one is logged hourly, as happens in real plants; what the logger loses is the matter of [`flaws`].

use crate::flaws;
use crate::prng::{SplitMix64, mix};
use crate::scheduler::{Cell, Point};
use crate::weather::{Weather, hour, smooth};

/// Minutes from one row to the next.
pub(crate) const STEP_MINUTES: u32 = 15;

/// Rows of a day.
pub(crate) const STEPS_A_DAY: u64 = 96;

/// What a point is when the logger has nothing for it at all.
const UNDEFINED: &str = "Error:  No trend definitions found.";

const NO_DATA: Cell = Cell::Text("No Data");

/// The report kinds of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Meters,
    Chillers,
    Pumps,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Meters, Self::Chillers, Self::Pumps];

    /// The word in the names of its files.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Meters => "meters",
            Self::Chillers => "chillers",
            Self::Pumps => "pumps",
        }
    }

    /// Its points, in the order of its columns.
    pub(crate) fn points(self) -> Vec<Point> {
        let five = |name: &str| Point::new(name, "5 minutes");
        match self {
            Self::Meters => vec![
                five("PLANT.KW"),
                Point::new("PLANT.KWH", "15 minutes"),
                five("PLANT.A"),
            ],
            Self::Chillers => vec![
                five("CH1.CHWST"),
                five("CH1.CHWRT"),
                five("CH1.CWST"),
                five("CH1.CWRT"),
                five("CH1.FLOW"),
                five("CH2.CHWST"),
                five("CH2.CHWRT"),
                five("CH2.FLOW"),
                Point::new("CH3.CHWST", UNDEFINED),
                Point::new("CH3.CHWRT", UNDEFINED),
                five("冰水主管溫度"),
                Point::new("OUTDOOR T", "1 hour"),
                five("CH1.TON"),
            ],
            Self::Pumps => (1..=3)
                .flat_map(|pump| {
                    ["HZ", "KW", "ST"].map(|what| {
                        let definition = if what == "ST" { "COV" } else { "5 minutes" };
                        Point::new(format!("CHP-{pump}.{what}"), definition)
                    })
                })
                .collect(),
        }
    }
}

/// The plant at work.
#[derive(Debug, Clone)]
pub(crate) struct Plant {
    seed: u64,
    weather: Weather,
    kwh: f64,
}

impl Plant {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            weather: Weather::new(seed),
            kwh: 4_815_230.0,
        }
    }

    /// What every kind reports at `step`. Steps are to be asked for one after the other, outages too: the energy counter
    /// goes on while the logger is down.
    pub(crate) fn step(&mut self, step: u64) -> [Vec<Cell>; 3] {
        let load = load(step, self.weather.air(step));
        let power = 310.0 + 520.0 * load + 6.0 * self.noise(step, 1);
        self.kwh += power / 4.0;
        let mut kinds = [
            self.meters(step, power),
            self.chillers(step, load),
            self.pumps(step, load),
        ];
        for (kind, cells) in Kind::ALL.into_iter().zip(&mut kinds) {
            for (column, cell) in cells.iter_mut().enumerate() {
                if let Some(flaw) = flaws::instead(kind, step, column) {
                    *cell = flaw;
                }
            }
        }
        kinds
    }

    fn meters(&self, step: u64, power: f64) -> Vec<Cell> {
        vec![
            tenths(power),
            Cell::Whole(round(self.kwh)),
            hundredths(power * 1.72 + 2.0 * self.noise(step, 3)),
        ]
    }

    fn chillers(&self, step: u64, load: f64) -> Vec<Cell> {
        let supply = 7.0 + 0.3 * self.noise(step, 10);
        // The tower comes near to the wet bulb, and its fans keep the water from getting too cold for the machines.
        let tower = (self.weather.wet_bulb(step) + 3.5).max(19.0) + 0.2 * self.noise(step, 12);
        let this_hour = step - step % 4;
        let rise = 5.4 * load;
        let flow = 6200.0 + 40.0 * self.noise(step, 15);
        let second = load > 0.55;
        let running = |cell: Cell| if second { cell } else { Cell::Tenths(0) };
        vec![
            tenths(supply),
            tenths(supply + rise),
            tenths(tower),
            tenths(tower + 1.2 * rise),
            tenths(flow),
            tenths(if second { supply + 0.2 } else { 16.5 }),
            tenths(if second { supply + rise } else { 16.9 }),
            running(tenths(5900.0 + 35.0 * self.noise(step, 18))),
            NO_DATA,
            NO_DATA,
            hundredths(supply + 0.1),
            tenths(self.weather.air(this_hour)),
            tenths(tons(flow, rise) * flaws::load_factor(step)),
        ]
    }

    /// Pumps obey the affinity law: power goes with the third power of the speed. A pump at rest reads a little below 0.
    fn pumps(&self, step: u64, load: f64) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(9);
        for (pump, starts_at) in [(1, 0.0), (2, 0.45), (3, 0.85)] {
            if load < starts_at {
                cells.extend([Cell::Tenths(-2), Cell::Tenths(0), Cell::Text("OFF")]);
                continue;
            }
            let hertz = 34.0 + 22.0 * load + 0.4 * self.noise(step, 20 + pump);
            let share = hertz / 60.0;
            let power = 45.0 * share * share * share * flaws::pump_factor(step, pump);
            cells.push(tenths(hertz));
            cells.push(tenths(power));
            cells.push(Cell::Text("ON"));
        }
        cells
    }

    fn noise(&self, step: u64, signal: u64) -> f64 {
        self.random(step, signal).noise()
    }

    /// A stream for one signal at one step: what is drawn for one does not shift the others.
    const fn random(&self, step: u64, signal: u64) -> SplitMix64 {
        SplitMix64::new(mix(self.seed ^ mix(step)) ^ mix(signal))
    }
}

/// The heat in RT that litres a minute of chilled water take up on a rise in K: 4.194 kJ/(kg·K), 1 kg/L.
fn tons(flow: f64, rise: f64) -> f64 {
    4.194 * flow / 60.0 * rise / 3.516_852_8
}

/// The cooling load from 0 to 1: people and machines by the hour of the day, less at weekends, and the more of it the warmer the air.
/// Day 0 is a Monday.
fn load(step: u64, air: f64) -> f64 {
    let hour = hour(step);
    let at_work = smooth((hour - 6.0) / 3.0) - smooth((hour - 17.5) / 4.5);
    let weekday = (step / STEPS_A_DAY) % 7;
    let height = if weekday < 5 { 1.0 } else { 0.5 };
    let warmth = air - 10.0;
    0.13 + 0.006 * warmth + height * at_work * (0.38 + 0.026 * warmth)
}

fn tenths(value: f64) -> Cell {
    Cell::Tenths(round(value * 10.0))
}

fn hundredths(value: f64) -> Cell {
    Cell::Hundredths(round(value * 100.0))
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "readings are far below 2^53"
)]
fn round(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORTNIGHT: u64 = 14 * STEPS_A_DAY;

    fn run(seed: u64) -> Vec<[Vec<Cell>; 3]> {
        let mut plant = Plant::new(seed);
        (0..FORTNIGHT).map(|step| plant.step(step)).collect()
    }

    fn column(rows: &[[Vec<Cell>; 3]], kind: Kind, name: &str) -> Vec<Cell> {
        let place = kind.points().iter().position(|p| p.name == name).unwrap();
        rows.iter()
            .map(|row| row[kind as usize][place].clone())
            .collect()
    }

    #[test]
    fn one_seed_is_one_plant() {
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn every_row_has_one_cell_a_point() {
        let first = &run(1)[0];
        for kind in Kind::ALL {
            assert_eq!(first[kind as usize].len(), kind.points().len());
        }
    }

    #[test]
    fn the_oddities_are_there() {
        let rows = run(1);
        let dead = column(&rows, Kind::Chillers, "CH3.CHWST");
        assert!(dead.iter().all(|cell| *cell == NO_DATA));
        let hourly = column(&rows, Kind::Chillers, "OUTDOOR T");
        assert!(
            hourly
                .chunks(4)
                .all(|hour| hour.iter().all(|c| *c == hour[0]))
        );
        let states = column(&rows, Kind::Pumps, "CHP-2.ST");
        assert!(states.contains(&Cell::Text("ON")) && states.contains(&Cell::Text("OFF")));
    }

    #[test]
    fn lost_cells_leave_the_others_as_they_were() {
        let rows = run(1);
        let lost = |kind: Kind, name: &str| {
            let cells = column(&rows, kind, name);
            cells
                .iter()
                .filter(|c| **c == Cell::Text("Data Loss"))
                .count()
        };
        assert_eq!(lost(Kind::Meters, "PLANT.KW"), 12);
        assert_eq!(lost(Kind::Meters, "PLANT.KWH"), 0);
        let corrected = column(&rows, Kind::Chillers, "CH1.CHWST");
        let corrections = corrected
            .iter()
            .filter(|c| matches!(c, Cell::Text(_)))
            .count();
        assert_eq!(corrections, 14 * 3);
    }

    #[test]
    fn the_counter_never_falls() {
        let rows = run(1);
        let kwh: Vec<i64> = column(&rows, Kind::Meters, "PLANT.KWH")
            .into_iter()
            .map(|cell| match cell {
                Cell::Whole(n) => n,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(kwh.is_sorted());
    }

    #[test]
    fn pump_power_goes_with_the_third_power_of_speed() {
        let rows = run(1);
        let hertz = column(&rows, Kind::Pumps, "CHP-1.HZ");
        let power = column(&rows, Kind::Pumps, "CHP-1.KW");
        for pair in hertz.iter().zip(&power) {
            if let (Cell::Tenths(hz), Cell::Tenths(kw)) = pair {
                let share = *hz as f64 / 600.0;
                assert!((45.0 * share.powi(3) - *kw as f64 / 10.0).abs() < 0.3);
            }
        }
    }
}
