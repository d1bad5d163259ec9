//! The plant → `examples/plant/`; one report and its misfortunes → `examples/damaged/`. Always the same bytes.

use crate::plant::{Kind, Plant, STEP_MINUTES, STEPS_A_DAY};
use crate::{Report, Result, at, damaged};
use jiff::ToSpan as _;
use jiff::civil::{DateTime, datetime};
use std::fs;
use std::path::{Path, PathBuf};

const SEED: u64 = 2026;

/// Local time of the first row, a Monday.
const START: DateTime = datetime(2026, 2, 9, 0, 0, 0, 0);

/// Days of one report, and how many follow one another.
const DAYS: u64 = 14;
const REPORTS: u64 = 2;

/// The days, counted from the first, on which the logger was down.
const OUTAGE: std::ops::Range<u64> = 5..7;

/// Writes the reports below `folder`; their paths.
///
/// # Errors
/// Where the file system refuses.
pub fn write(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (name, bytes) in files() {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        fs::write(&path, bytes).map_err(at(&path))?;
        written.push(path);
    }
    Ok(written)
}

/// Every report, with its path below `examples/`.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = plant();
    let damaged = damaged::files().into_iter();
    files.extend(damaged.map(|(name, bytes)| (format!("damaged/{name}"), bytes)));
    files
}

fn plant() -> Vec<(String, Vec<u8>)> {
    let mut plant = Plant::new(SEED);
    let mut files = Vec::new();
    for report in 0..REPORTS {
        let first = report * DAYS;
        let (from, to) = (day(first), day(first + DAYS).saturating_sub(1.second()));
        let mut reports = Kind::ALL.map(|kind| Report::of(kind.points()).range(from, to));
        for step in first * STEPS_A_DAY..(first + DAYS) * STEPS_A_DAY {
            let cells = plant.step(step);
            if OUTAGE.contains(&(step / STEPS_A_DAY)) {
                continue;
            }
            for (report, cells) in reports.iter_mut().zip(cells) {
                report.add(time(step), cells);
            }
        }
        let (from, to) = (from.strftime("%y%m%d"), to.strftime("%y%m%d"));
        for (kind, report) in Kind::ALL.iter().zip(reports) {
            let name = format!("plant/{}_{from}-{to}.csv", kind.word());
            files.push((name, report.text().into_bytes()));
        }
    }
    files
}

fn day(day: u64) -> DateTime {
    time(day * STEPS_A_DAY)
}

fn time(step: u64) -> DateTime {
    let minutes = i64::try_from(step).unwrap_or_default() * i64::from(STEP_MINUTES);
    START.saturating_add(minutes.minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reports_in_the_repository_are_the_ones_written_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        for (name, bytes) in files() {
            let kept = fs::read(folder.join(&name)).unwrap_or_default();
            assert!(kept == bytes, "{name} is stale: run cargo xtask example");
        }
    }

    #[test]
    fn the_plant_has_six_reports_across_a_month_and_no_row_on_two_days() {
        let files = plant();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "plant/meters_260209-260222.csv",
                "plant/chillers_260209-260222.csv",
                "plant/pumps_260209-260222.csv",
                "plant/meters_260223-260308.csv",
                "plant/chillers_260223-260308.csv",
                "plant/pumps_260223-260308.csv",
            ]
        );
        let rows: usize = files
            .iter()
            .map(|(_, bytes)| {
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(!text.contains("\"2026/2/14\"") && !text.contains("\"2026/2/15\""));
                text.lines().filter(|l| l.starts_with("\"2026/")).count()
            })
            .sum();
        assert_eq!(rows, 3 * (14 + 12) * 96);
    }

    /// examples/README.md and checks/test_cells.py state these numbers.
    #[test]
    fn the_planted_oddities_are_there_in_their_numbers() {
        let files = plant();
        let count = |text: &str| -> usize {
            let texts = files.iter().map(|(_, b)| std::str::from_utf8(b).unwrap());
            texts.map(|t| t.matches(text).count()).sum()
        };
        assert_eq!(count(",\"TIME ("), 26 * 3 * 2);
        assert_eq!(count(",\"TIME (-2)\""), 7 * 3 * 2);
        assert_eq!(count(",\"Data Loss\""), 12 * 2 + 6 * 9);
        assert_eq!(count(",\"No Data\""), 2 * 26 * 96);
        assert_eq!(count("\"冰水主管溫度\""), 2);
        assert!(count(",\" -0.2\"") > 1000);
        assert!(count(",\"ON\"") > 1000 && count(",\"OFF\"") > 1000);
    }

    #[test]
    fn the_examples_stay_small() {
        let bytes: usize = files().iter().map(|(_, b)| b.len()).sum();
        assert!(bytes < 1_500_000, "{bytes}");
    }
}
