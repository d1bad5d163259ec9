//! A seed → two folders of tiny reports: `first` is what a site begins with, `all` has more days and one report replaced.
//!
//! Two kinds of report over the same hours, across the end of a UTC month, with missing cells, missing rows and numbers that
//! cannot be: small enough for a run of milliseconds, with rows, flags and evidence to compare.

use crate::{Result, at};
use jiff::ToSpan as _;
use jiff::civil::{DateTime, datetime};
use std::fs;
use std::path::Path;
use testkit::Report;
use testkit::prng::mix;
use testkit::scheduler::Cell;

/// Local time (UTC+8) of the first row: the first two days lie in two UTC months.
const START: DateTime = datetime(2025, 2, 28, 0, 0, 0, 0);
const STEP_MINUTES: i64 = 15;
const STEPS_A_DAY: u64 = 96;

/// The kinds of report, with their points.
const KINDS: [(&str, [&str; 3]); 2] = [
    ("chillers", ["CH1.CHST", "CH1.CHRT", "CH1.KW"]),
    ("pumps", ["ZP1.F", "ZP1.T", "ZP1.ST"]),
];

/// Steps of each day in which the logger was down.
const OUTAGE: std::ops::Range<u64> = 40..44;

/// Days of the folder `first`, and of the folder `all`.
const FIRST_DAYS: u64 = 2;
const ALL_DAYS: u64 = 4;

/// The configuration of the same site with timestamps in microseconds.
pub(super) const IN_MICROS: &str = "micros.yaml";

/// Writes the folders `first` and `all` below `folder`, and the configuration [`IN_MICROS`].
///
/// # Errors
/// Where the file system refuses.
pub(super) fn write(folder: &Path, seed: u64) -> Result {
    let micros = folder.join(IN_MICROS);
    fs::create_dir_all(folder).map_err(at(folder))?;
    fs::write(&micros, "batch: {timestamp_unit: us}\n").map_err(at(&micros))?;
    for (name, days) in [("first", FIRST_DAYS), ("all", ALL_DAYS)] {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        for (kind, points) in KINDS {
            for day in 0..days {
                let path = folder.join(format!("{kind}-{day}.csv"));
                fs::write(&path, report(seed, points, day)).map_err(at(&path))?;
            }
        }
    }
    Ok(())
}

fn report(seed: u64, points: [&str; 3], day: u64) -> String {
    let steps = day * STEPS_A_DAY..(day + 1) * STEPS_A_DAY;
    let report = Report::new(points).range(time(steps.start), time(steps.end - 1));
    let steps = steps.filter(|step| !OUTAGE.contains(&(step % STEPS_A_DAY)));
    let cells = |step| (0..3).map(move |place| cell(seed, place, step));
    report
        .rows(steps.map(|step| (time(step), cells(step))))
        .text()
}

fn time(step: u64) -> DateTime {
    let minutes = i64::try_from(step).unwrap_or_default() * STEP_MINUTES;
    START.saturating_add(minutes.minutes())
}

/// A temperature that wanders, with one number a day that is too large to be one; a tenth of the third point is missing.
fn cell(seed: u64, place: u64, step: u64) -> Cell {
    let random = mix(mix(seed ^ place) ^ step);
    match (place, step) {
        (1, _) if step % STEPS_A_DAY == 10 => Cell::Text("1e30"),
        (2, _) if random.is_multiple_of(10) => Cell::Text("No Data"),
        _ => Cell::Tenths(i64::try_from(60 + place * 40 + random % 50).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_set_of_reports_and_the_first_ones_are_among_all() {
        let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        write(one.path(), 7).unwrap();
        write(two.path(), 7).unwrap();
        let count = |name: &str| fs::read_dir(one.path().join(name)).unwrap().count();
        assert_eq!((count("first"), count("all")), (4, 8));
        for name in ["chillers-1.csv", "pumps-0.csv"] {
            let read = |folder: &Path| fs::read(folder.join(name)).unwrap();
            let bytes = read(&one.path().join("first"));
            assert_eq!(bytes, read(&one.path().join("all")));
            assert_eq!(bytes, read(&two.path().join("first")));
        }
        write(two.path(), 8).unwrap();
        let read = |root: &Path| fs::read(root.join("all/pumps-3.csv")).unwrap();
        assert_ne!(read(one.path()), read(two.path()));
    }
}
