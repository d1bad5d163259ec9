//! The most that a run ever holds, under a limit of 64 MB. In a program of its own: it is the whole process that is looked at.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use testkit::Report;
use trendgate::internals::pipeline;
use trendgate::{Config, ErrorKind, Manifest, Overrides, Run, Settings, Watch};

const LIMIT: u64 = 64_000_000;

fn head(points: usize, interval: &str) -> String {
    let points = (1..=points).map(|point| format!("P{point:05}"));
    Report::new(points)
        .defined(interval)
        .interval(interval)
        .head()
}

fn row(date: &str, second: usize, cells: &str) -> String {
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "\"{date}\",\"{hour:02}:{minute:02}:{:02}\"{cells}\r\n",
        second % 60
    )
}

fn cells(points: usize, value: usize) -> String {
    (0..points)
        .map(|point| format!(",\"{}\"", (value * 31 + point) % 997))
        .collect()
}

const TRAILER: &str = "\" **** End of Report ****\"\r\n";

/// A report of 10 points, compressed: `many` rows, of which so many at a time have one time, a minute after the other from 01:00 on.
fn packed(path: &Path, date: &str, many: usize, at_a_time: usize) {
    let mut file = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    file.write_all(head(10, "1 Minute").as_bytes()).unwrap();
    for minute in 0..many / at_a_time {
        let rows = row(date, 3600 + 60 * minute, &cells(10, minute)).repeat(at_a_time);
        file.write_all(rows.as_bytes()).unwrap();
    }
    file.write_all(row(date, 3 * 3600, &cells(10, 1)).as_bytes())
        .unwrap();
    file.write_all(TRAILER.as_bytes()).unwrap();
    file.finish().unwrap();
}

/// A day of 100 points, a row every two seconds, in no order.
fn shuffled(path: &Path, date: &str) {
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    file.write_all(head(100, "2 Seconds").as_bytes()).unwrap();
    for place in 0..43_200_usize {
        let second = place * 7919 % 43_200;
        file.write_all(row(date, 2 * second, &cells(100, second)).as_bytes())
            .unwrap();
    }
    file.write_all(TRAILER.as_bytes()).unwrap();
}

fn settings(base: &Path, zone: &str, action: &str) -> Settings {
    let text = format!(
        "cleaner: {{site_id: S, timezone: {zone}, resample_interval: 15m}}\nbatch: {{memory_limit_mb: 64, memory_action: {action}}}\n"
    );
    let overrides = Overrides {
        data_dir: Some(base.join("data")),
        ..Overrides::default()
    };
    Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
}

/// The manifest of a run over `report` that stops above the limit, and the most that the process held meanwhile, in bytes.
fn run(base: &Path, report: &str, zone: &str) -> (trendgate::Result<Manifest>, u64) {
    run_under(base, report, &settings(base, zone, "stop"))
}

fn run_under(base: &Path, report: &str, settings: &Settings) -> (trendgate::Result<Manifest>, u64) {
    let cleaner = pipeline::own_cleaner(settings);
    // From here on, its peak is counted anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let ended = pipeline::run(settings, &[base.join(report)], &cleaner, Watch::unwatched());
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: u64 = peak
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    fs::remove_dir_all(base.join("data")).unwrap_or_default();
    let manifest = ended.map(|run| match run {
        Run::Committed(done) => done.committed.manifest,
        other => panic!("{other:?}"),
    });
    (manifest, peak * 1024)
}

#[test]
fn a_run_holds_no_more_than_its_limit_whatever_the_rows_are() {
    let base = tempfile::tempdir().unwrap();
    let file = |name: &str| base.path().join(name);

    // More points than the limit has room for, in a report of two rows; first, because it takes most, beside whatever the others leave behind.
    let rows = [0, 900].map(|second| row("2025/06/01", second, &cells_of_many()));
    fs::write(
        file("wide.csv"),
        head(30_000, "15 Minutes") + &rows.concat() + TRAILER,
    )
    .unwrap();
    for action in ["stop", "throttle"] {
        let settings = settings(base.path(), "UTC", action);
        let (refused, peak) = run_under(base.path(), "wide.csv", &settings);
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{action}");
        assert!(
            error.message().starts_with("30000 points take at least "),
            "{action}: {error}"
        );
        // The head is read before it is known how many points there are.
        assert!(peak < LIMIT / 2 * 3, "{action}, many points: {peak}");
    }

    // Rows of one time.
    packed(&file("instant.csv.gz"), "2025/06/01", 600_000, 600_000);
    let (manifest, peak) = run(base.path(), "instant.csv.gz", "UTC");
    let cells = manifest.unwrap().cells;
    assert_eq!((cells.used, cells.equal_duplicates), (20, 5_999_990));
    assert!(peak < LIMIT, "one instant: {peak}");

    // More rows of the hour that the clocks of New York repeat than can wait for its end.
    packed(&file("fold.csv.gz"), "2025/11/02", 600_000, 10_000);
    let (refused, peak) = run(base.path(), "fold.csv.gz", "America/New_York");
    let error = refused.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("more than 16384 rows stand in an hour"),
        "{error}"
    );
    assert!(peak < LIMIT, "a doubled hour: {peak}");

    // Rows in no order.
    shuffled(&file("shuffled.csv"), "2025/06/01");
    let (manifest, peak) = run(base.path(), "shuffled.csv", "UTC");
    let manifest = manifest.unwrap();
    assert_eq!(
        (manifest.cells.used, manifest.statistics.total_rows),
        (4_320_000, 96)
    );
    assert!(peak < LIMIT, "no order: {peak}");
}

fn cells_of_many() -> String {
    cells(30_000, 1)
}
