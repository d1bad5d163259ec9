//! The example plant: two chillers, their pumps and a tower over four weeks, with the flaws of real exports planted in it.
//!
//! The physics is rough and consistent: the load follows the outdoor air, the chillers share it, chilled water warms by
//! load / (flow · 4.186/60), pump power goes with the cube of the frequency, and the counter adds up the power.

use crate::dialect::{self, Point, tenths};
use crate::random::Random;
use jiff::ToSpan;
use jiff::civil::{DateTime, date};

/// A report kind of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Meters,
    Chillers,
    Pumps,
}

/// Quarter hours in two weeks: the rows of one report without the outage.
const ROWS: i64 = 14 * 96;

/// The first row, on the plant's own clock.
pub(crate) fn start() -> DateTime {
    date(2026, 2, 16).at(0, 0, 0, 0)
}

/// No report has rows from `.0` up to `.1`: the logger was off for two days.
pub(crate) fn outage() -> (DateTime, DateTime) {
    (
        date(2026, 2, 25).at(6, 0, 0, 0),
        date(2026, 2, 27).at(6, 0, 0, 0),
    )
}

/// The reports: file name and text.
pub(crate) fn reports(seed: u64) -> Vec<(String, String)> {
    let mut reports = Vec::new();
    for (kind, name) in [
        (Kind::Meters, "METERS"),
        (Kind::Chillers, "CHILLERS"),
        (Kind::Pumps, "PUMPS"),
    ] {
        let mut plant = Plant::new(seed);
        for half in 0..2 {
            let from = start() + (half * 14).days();
            let until = from + 14.days() - 1.second();
            let text = report(&mut plant, kind, from, until);
            let file = format!(
                "PLANT_{name}_{}-{}.csv",
                from.strftime("%y%m%d"),
                until.strftime("%y%m%d")
            );
            reports.push((file, text));
        }
    }
    reports
}

fn report(plant: &mut Plant, kind: Kind, from: DateTime, until: DateTime) -> String {
    let points = points(kind);
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = dialect::write_head(
        &mut text,
        &points,
        "15 Minutes",
        from,
        until,
        "<>Date",
        "Time",
    );
    let (off, on) = outage();
    for row in 0..ROWS {
        let at = from + (row * 15).minutes();
        plant.step(at);
        if at >= off && at < on {
            continue;
        }
        let _ = dialect::write_time(&mut text, at);
        for cell in plant.cells(kind, at) {
            let _ = dialect::write_cell(&mut text, &cell);
        }
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(dialect::TRAILER.as_bytes());
    String::from_utf8_lossy(&text).into_owned()
}

fn points(kind: Kind) -> Vec<Point> {
    let point = |(name, definition): &(&str, &'static str)| Point::new(*name, definition);
    let list: &[(&str, &'static str)] = match kind {
        Kind::Meters => &[
            ("PLANT.KW", "5 minutes"),
            ("PLANT.KWH", "15 minutes"),
            ("CH1.KW", "5 minutes"),
            ("CH2.KW", "5 minutes"),
        ],
        Kind::Chillers => &[
            ("CH1.CHWST", "5 minutes"),
            ("CH1.CHWRT", "5 minutes"),
            ("CH1.FLOW", "5 minutes"),
            ("CH2.CHWST", "5 minutes"),
            ("CH2.CHWRT", "5 minutes"),
            ("CH2.FLOW", "5 minutes"),
            ("CH3.CHWST", "Error:  No trend definitions found."),
            ("CH3.CHWRT", "Error:  No trend definitions found."),
            ("冰水主管溫度", "5 minutes"),
            ("OUTDOOR T", "1 hour"),
        ],
        Kind::Pumps => &[
            ("CHP-1.HZ", "5 minutes"),
            ("CHP-1.KW", "5 minutes"),
            ("CHP-1.ST", "COV"),
            ("CHP-2.HZ", "5 minutes"),
            ("CHP-2.KW", "5 minutes"),
            ("CHP-2.ST", "COV"),
            ("CT-1.ST", "COV"),
            ("CT-1.VIB", "COV         10 minutes"),
        ],
    };
    list.iter().map(point).collect()
}

/// The state of the plant at one time.
struct Plant {
    random: Random,
    outdoor: f64,
    hourly: f64,
    load: f64,
    energy: f64,
    running: [bool; 2],
}

impl Plant {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            outdoor: 18.0,
            hourly: 18.0,
            load: 0.0,
            energy: 482_000.0,
            running: [true, false],
        }
    }

    fn step(&mut self, at: DateTime) {
        let hour = f64::from(at.hour()) + f64::from(at.minute()) / 60.0;
        // Two parabolas instead of a sine: the mathematics library of a machine must not decide what the example is.
        let turn = ((hour - 9.0) / 12.0).rem_euclid(2.0);
        let day = if turn < 1.0 {
            4.0 * turn * (1.0 - turn)
        } else {
            -4.0 * (turn - 1.0) * (2.0 - turn)
        };
        self.outdoor += 0.1 * (19.0 + 5.0 * day - self.outdoor) + self.random.noise(0.15);
        if at.minute() == 0 {
            self.hourly = self.outdoor;
        }
        let open = (7.0..21.0).contains(&hour);
        self.load = if open {
            900.0 + 70.0 * (self.outdoor - 15.0).max(0.0)
        } else {
            350.0
        } + self.random.noise(15.0);
        self.running = [true, self.load > 1000.0];
        self.energy += self.plant_power() / 4.0;
    }

    fn share(&self, chiller: usize) -> f64 {
        let running = self.running.iter().filter(|on| **on).count();
        if self.running[chiller] {
            self.load / running as f64
        } else {
            0.0
        }
    }

    fn hertz(&self, pump: usize) -> f64 {
        if self.running[pump] {
            38.0 + 20.0 * (self.share(pump) / 900.0).min(1.0)
        } else {
            0.0
        }
    }

    fn pump_power(&self, pump: usize) -> f64 {
        let speed = self.hertz(pump) / 60.0;
        45.0 * speed * speed * speed
    }

    fn chiller_power(&self, chiller: usize) -> f64 {
        self.share(chiller) / 5.2
    }

    fn plant_power(&self) -> f64 {
        (0..2)
            .map(|unit| self.chiller_power(unit) + self.pump_power(unit))
            .sum()
    }

    /// Litres a minute.
    fn flow(&self, chiller: usize) -> f64 {
        self.hertz(chiller) / 60.0 * 2_600.0
    }

    fn cells(&mut self, kind: Kind, at: DateTime) -> Vec<String> {
        let cells = match kind {
            Kind::Meters => self.meters(),
            Kind::Chillers => self.chillers(),
            Kind::Pumps => self.pumps(),
        };
        let flawed = flaw(kind, at);
        cells
            .into_iter()
            .map(|cell| flawed.map_or(cell, ToOwned::to_owned))
            .collect()
    }

    fn meters(&mut self) -> Vec<String> {
        vec![
            format!("{:.0}", self.plant_power()),
            format!("{:.0}", self.energy),
            tenths(self.chiller_power(0)),
            tenths(self.chiller_power(1)),
        ]
    }

    fn chillers(&mut self) -> Vec<String> {
        let mut cells = Vec::new();
        let mut main = 0.0;
        for chiller in 0..2 {
            let supply = if self.running[chiller] {
                7.0 + self.random.noise(0.2)
            } else {
                16.0 + self.random.noise(0.1)
            };
            let flow = self.flow(chiller);
            let rise = if flow > 0.0 {
                self.share(chiller) / (flow * 4.186 / 60.0)
            } else {
                0.3
            };
            main = supply;
            cells.extend([tenths(supply), tenths(supply + rise), format!("{flow:.0}")]);
        }
        cells.extend([
            "No Data".to_owned(),
            "No Data".to_owned(),
            tenths(main),
            tenths(self.hourly),
        ]);
        cells
    }

    fn pumps(&mut self) -> Vec<String> {
        let state = |on: bool| if on { "ON" } else { "OFF" }.to_owned();
        let mut cells = Vec::new();
        for pump in 0..2 {
            cells.extend([
                tenths(self.hertz(pump)),
                tenths(self.pump_power(pump)),
                state(self.running[pump]),
            ]);
        }
        cells.push(state(self.load > 600.0));
        cells.push(tenths(self.random.noise(0.5)));
        cells
    }
}

/// What stands in all cells of a row instead of its values, if anything.
pub(crate) fn flaw(kind: Kind, at: DateTime) -> Option<&'static str> {
    let minute = at.hour() as i32 * 60 + at.minute() as i32;
    match kind {
        // The logger sets its clock on Mondays.
        Kind::Chillers if at.weekday() == jiff::civil::Weekday::Monday && minute == 195 => {
            Some("TIME (-2)")
        }
        Kind::Chillers if at.weekday() == jiff::civil::Weekday::Monday && minute == 210 => {
            Some("TIME (3)")
        }
        // An evening without a network.
        Kind::Pumps if at.date() == date(2026, 3, 4) && (1200..1290).contains(&minute) => {
            Some("Data Loss")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_reports_and_another_does_not() {
        assert_eq!(reports(1), reports(1));
        assert_ne!(reports(1), reports(2));
    }

    #[test]
    fn the_flaws_are_planted() {
        let reports = reports(1);
        let count = |text: &str, token: &str| text.matches(token).count();
        let rows = |text: &str| {
            text.lines()
                .filter(|line| line.starts_with("\"2026/"))
                .count()
        };
        let of = |name: &str| {
            reports
                .iter()
                .filter(|(file, _)| file.contains(name))
                .map(|(_, text)| text.as_str())
                .collect::<String>()
        };
        let chillers = of("CHILLERS");
        // Four Mondays, two rows of ten points each.
        assert_eq!(count(&chillers, "TIME ("), 4 * 2 * 10);
        // Two dead points, but not in the rows with a clock correction.
        assert_eq!(count(&chillers, "No Data"), 2 * (2 * 1344 - 192 - 8));
        assert_eq!(count(&of("PUMPS"), "Data Loss"), 6 * 8);
        for name in ["METERS", "CHILLERS", "PUMPS"] {
            // Two days of quarter hours are missing.
            assert_eq!(rows(&of(name)), 2 * 1344 - 192);
        }
        assert_eq!(count(&of("METERS"), "End of Report"), 2);
    }
}
