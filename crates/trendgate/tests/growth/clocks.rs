//! Growth where clocks change: which rows leave, which number wins, which columns stay.

use super::Inbox;
use super::plants::{File, Reading, overwrite, read, run, settings};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::fs;
use std::path::Path;
use testkit::Report;
use trendgate::internals::pipeline::{own_cleaner, run_with};
use trendgate::internals::publish::HistoryQueries as _;
use trendgate::time::Instant;
use trendgate::{Manifest, Retraction, Run, RunOptions, Scope, Site};

fn config(zone: &str) -> String {
    format!("cleaner:\n  site_id: S\n  timezone: {zone}\n  resample_interval: 15m\n")
}

/// A report with rows of these local times, and a number each.
fn report(rows: impl IntoIterator<Item = (String, i64)>) -> String {
    let rows = rows.into_iter().map(|(at, value)| {
        let at = jiff::civil::DateTime::strptime("%Y/%m/%d,%H:%M:%S", at).unwrap();
        (at, [value])
    });
    Report::new(["A.T"]).defined("5 minutes").rows(rows).text()
}

/// A row every quarter of an hour on one day, by the wall clock.
fn quarters(day: &str, from: &str, to: &str) -> Vec<String> {
    let minutes = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
    };
    let all = (minutes(from)..=minutes(to)).step_by(15);
    all.map(|minute| format!("{day},{:02}:{:02}:00", minute / 60, minute % 60))
        .collect()
}

/// What a logger whose clock changes with the zone's writes from one instant on, every quarter of an hour.
fn logged(zone: &TimeZone, start: Timestamp, from: i64, to: i64) -> String {
    report((from..to).map(|quarter| {
        let at = start + SignedDuration::from_mins(15 * quarter);
        let local = zone.to_datetime(at);
        (local.strftime("%Y/%m/%d,%H:%M:%S").to_string(), quarter)
    }))
}

/// Runs over one text after the other at the same path.
fn night_by_night(base: &Path, zone: &str, texts: &[String]) -> (Reading, Vec<Manifest>) {
    let settings = settings(&base.join("grown"), &config(zone));
    let folder = base.join("in");
    fs::create_dir(&folder).unwrap();
    let night = |text: &String| {
        overwrite(&folder.join("latest.csv"), text);
        match run(&settings, std::slice::from_ref(&folder)).unwrap() {
            Run::Committed(summary) => summary.committed.manifest,
            other => panic!("{other:?}"),
        }
    };
    let manifests = texts.iter().map(night).collect();
    (read(&settings), manifests)
}

/// A run over all texts at once, each in a file of its own.
fn at_once(base: &Path, zone: &str, texts: &[String]) -> (Reading, Manifest) {
    let settings = settings(&base.join("once"), &config(zone));
    let folder = base.join("all");
    fs::create_dir(&folder).unwrap();
    for (number, text) in texts.iter().enumerate() {
        fs::write(folder.join(format!("{number}.csv")), text).unwrap();
    }
    let Run::Committed(summary) = run(&settings, &[folder]).unwrap() else {
        panic!("nothing new")
    };
    (read(&settings), summary.committed.manifest)
}

#[test]
fn an_overwritten_file_that_begins_where_the_clock_is_turned_back_takes_only_the_place_of_what_it_covers()
 {
    let day = "2025/11/2";
    let old = quarters(day, "00:00", "01:00").into_iter().zip(0..);
    let new = quarters(day, "01:30", "03:00").into_iter().zip(100..);
    for texts in [
        [report(old.clone()), report(new.clone())],
        // It ends in the doubled hour: what is after that stays.
        [report(new), report(old)],
    ] {
        let base = tempfile::tempdir().unwrap();
        let (reading, manifests) = night_by_night(base.path(), "America/New_York", &texts);
        assert_eq!(manifests[1].superseded, []);
        let (expected, _) = at_once(base.path(), "America/New_York", &texts);
        assert_eq!(reading.rows, expected.rows);
    }
    // What it does cover, to the instant, leaves.
    let base = tempfile::tempdir().unwrap();
    let rows = || quarters(day, "01:30", "03:00").into_iter();
    let texts = [report(rows().zip(0..)), report(rows().zip(100..))];
    let (reading, manifests) = night_by_night(base.path(), "America/New_York", &texts);
    assert_eq!(manifests[1].superseded.len(), 1);
    let (expected, _) = at_once(base.path(), "America/New_York", &texts[1..]);
    assert_eq!(reading.rows, expected.rows);
}

#[test]
fn a_latest_file_that_is_overwritten_every_three_hours_loses_nothing_where_clocks_change() {
    for (zone, start) in [
        ("America/New_York", "2025-11-02T02:00:00Z"),
        ("America/New_York", "2025-03-09T04:00:00Z"),
        ("Australia/Lord_Howe", "2025-04-05T11:30:00Z"),
        ("Antarctica/Troll", "2024-10-26T21:00:00Z"),
    ] {
        let rules = TimeZone::get(zone).unwrap();
        let start: Timestamp = start.parse().unwrap();
        let texts: Vec<String> = (0..4)
            .map(|night| logged(&rules, start, night * 12, night * 12 + 16))
            .collect();
        let base = tempfile::tempdir().unwrap();
        let (reading, manifests) = night_by_night(base.path(), zone, &texts);
        assert!(
            manifests
                .iter()
                .all(|manifest| manifest.superseded.is_empty()),
            "{zone}"
        );
        let (expected, _) = at_once(base.path(), zone, &texts);
        assert_eq!(reading.rows, expected.rows, "{zone}");
    }
}

#[test]
fn of_two_numbers_that_of_the_report_with_the_earlier_first_instant_wins_also_where_it_begins_in_a_doubled_hour()
 {
    let day = "2025/11/2";
    let early = report(quarters(day, "00:45", "03:00").into_iter().zip(0..));
    let late = report(quarters(day, "01:15", "03:00").into_iter().zip(100..));
    let base = tempfile::tempdir().unwrap();
    let (reading, manifest) = at_once(base.path(), "America/New_York", &[late, early]);
    assert_eq!(manifest.conflicts.cells, 8);
    let values = reading
        .rows
        .values()
        .flat_map(|(values, _)| values.values());
    assert!(values.copied().all(|bits| f64::from_bits(bits) < 100.0));
}

#[test]
fn a_row_of_an_hour_that_never_happened_displaces_nothing() {
    let day = "2026/3/8";
    let (logger, other) = (
        quarters(day, "00:00", "04:45"),
        quarters(day, "03:00", "04:45"),
    );
    let alone = report(logger.clone().into_iter().zip(0..));
    let base = tempfile::tempdir().unwrap();
    let (reading, manifest) = at_once(base.path(), "America/Chicago", &[alone]);
    let moved_to: Instant = "2026-03-08T08:00:00Z".parse().unwrap();
    let value = |reading: &Reading| f64::from_bits(reading.rows[&moved_to].0["a_t"]);
    assert_eq!(value(&reading), 12.0);
    assert_eq!(
        (manifest.cells.moved_lost, manifest.conflicts.cells),
        (4, 0)
    );
    // The rows up to 02:45, and those of another report from 03:00 on.
    let until = report(logger.into_iter().take(12).zip(0..));
    let from = report(other.into_iter().zip(100..));
    let base = tempfile::tempdir().unwrap();
    let (reading, manifest) = at_once(base.path(), "America/Chicago", &[until, from]);
    assert_eq!(value(&reading), 100.0);
    assert_eq!(
        (manifest.cells.moved_lost, manifest.conflicts.cells),
        (4, 0)
    );
    assert_eq!(manifest.cells.input, manifest.cells.used + 4);
}

#[test]
fn a_retracted_report_takes_columns_along_that_only_it_declared() {
    let inbox = Inbox::new();
    let alive = File::plain(0, 0, 60);
    let mut dead = File::plain(2, 5, 7);
    for row in &mut dead.rows {
        (row.1, row.2) = ("No Data".to_owned(), "No Data".to_owned());
    }
    inbox.put("alive.csv", &alive);
    let path = inbox.put("dead.csv", &dead);
    inbox.night();
    let columns = || -> Vec<String> {
        let history = Site::of(&inbox.settings).history().unwrap();
        history
            .columns()
            .into_iter()
            .map(|column| column.name)
            .collect()
    };
    assert!(columns().contains(&"k2_a".to_owned()));
    inbox
        .retract(&Retraction::File(path), RunOptions::default())
        .unwrap();
    let expected = ["k0_a", "k0_kwh", "quality_flags", "timestamp"];
    assert_eq!(columns(), expected);
    inbox.is_that_of(&[&alive]);
    // By another configuration a point has another column.
    let text = super::config().replace("K0.A: {", "K0.A: {name: power, ");
    let renamed = settings(&inbox.base.path().join("data"), &text);
    let options = RunOptions {
        scope: Scope::Everything,
        ..RunOptions::default()
    };
    run_with(
        &renamed,
        &[inbox.folder()],
        options,
        &own_cleaner(&renamed),
        trendgate::Watch::unwatched(),
    )
    .unwrap();
    assert_eq!(columns(), ["k0_kwh", "power", "quality_flags", "timestamp"]);
}
