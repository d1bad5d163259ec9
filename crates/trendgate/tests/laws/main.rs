//! The laws of the whole way, from files to a committed dataset read back: the dataset depends on the set of rows alone, no
//! cell is lost, no row is out of order, and the manifest counts what is on disk.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

mod decided;
mod faults;
mod forms;
mod framed;
mod invariance;
mod joined;
mod refused;
mod same;
mod tall;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use testkit::Report;
use trendgate::cleaner::{
    Cleaner, Cleaning, Equipment, Kind, Look, MergedRows, PointSpec, Stretch,
};
use trendgate::details::SnapshotPart;
use trendgate::details::Summary;
use trendgate::files::read_manifest;
use trendgate::internals::partition::{evidence_rows, read_part};
use trendgate::internals::pipeline;
use trendgate::time::{DAY, Instant, MINUTE, Span};
use trendgate::vocabulary::{Flag, Rule};
use trendgate::{
    AsOf, Config, Digest, ErrorKind, Manifest, Overrides, Result, Run, Settings, Site, Watch,
};

/// A row: minutes after the start, and the texts of two cells.
type Row = (i64, String, String);

/// The dataset as read: for each time its values (as bits, so that null equals null) by column, and its flags.
type Dataset = BTreeMap<Instant, (BTreeMap<String, u64>, String)>;

/// The kind whose values hold.
const CHANGES: usize = 3;

/// Rows of a kind, to be written in some form.
fn of_kind(kind: usize, rows: &[Row]) -> Report {
    let start = jiff::civil::date(2016, 11, 27).at(0, 0, 0, 0);
    let rows = rows.iter().map(|(minutes, a, b)| {
        let at = start + jiff::SignedDuration::from_mins(*minutes);
        (at, [a, b])
    });
    Report::new(["A", "KWH"].map(|what| format!("K{kind}.{what}"))).rows(rows)
}

/// A report of a kind; one of [`CHANGES`] has no grid, and its points log their changes.
fn report(kind: usize, rows: &[Row]) -> String {
    let (trend, interval) = match kind {
        CHANGES => ("COV", ""),
        _ => ("5 minutes", "15 Minutes"),
    };
    let report = of_kind(kind, rows).defined(trend).interval(interval);
    report.text()
}

fn settings(data: &Path, resample: &str, threads: usize, more: &str) -> Settings {
    let text = format!(
        "cleaner:\n  max_gap: 1d\n  points: {{\"*.KWH\": {{physical_type: energy_counter}}, \"K0.A\": {{physical_type: power, frozen: {{idle_below: 0.5}}, hampel: {{half_width: 2h}}}}, \
         \"K1.A\": {{physical_type: chilled_water_temperature, unit: °C, frozen: {{min_duration: 30m, tolerance: 0.2}}}}, \"K2.A\": {{physical_type: frequency}}, \
         \"K3.A\": {{plausible: {{min: -50, max: 500}}, hampel: {{half_width: 2h, floor: 5}}, frozen: {{min_duration: 2h, tolerance: 0.1}}}}}}\n  equipment:\n    \
         pumps: {{P1: {{frequency: K2.A, power: K0.A, rated_frequency: 400, rated_power_kw: 300, settle: 30m}}}}\n    \
         chillers: {{C1: {{running: K0.A, needs: {{pump: [P1]}}}}}}\n{more}"
    );
    let overrides = Overrides {
        site: Some("S".into()),
        timezone: Some("Asia/Taipei".into()),
        resample: Some(resample.into()),
        data_dir: Some(data.to_owned()),
        threads: Some(threads),
    };
    Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
}

fn commit(folder: &Path, settings: &Settings) -> Summary {
    let run = pipeline::run(
        settings,
        &[folder.to_owned()],
        &pipeline::own_cleaner(settings),
        Watch::unwatched(),
    )
    .unwrap();
    let Run::Committed(summary) = run else {
        panic!("nothing new")
    };
    *summary
}

/// Reads the parts that the manifest names, in its order, and checks what it says of them on the way.
fn read(settings: &Settings, summary: &Summary) -> Dataset {
    let manifest = &summary.committed.manifest;
    let mut dataset = Dataset::new();
    let mut last = Instant::MIN;
    for part in &manifest.files {
        let path = settings.dirs().processed.join(&part.path);
        let mut rows = 0;
        for batch in trendgate::internals::partition::read_part(&path).unwrap() {
            rows += collect(&batch.unwrap(), &mut dataset, &mut last);
        }
        assert_eq!(rows, part.rows);
        assert_eq!(fs::metadata(&path).unwrap().len(), part.bytes);
        assert_eq!(
            trendgate::internals::store::digest(&path).unwrap().1,
            part.sha256
        );
    }
    assert_eq!(dataset.len() as u64, manifest.statistics.total_rows);
    for (flag, rows) in &manifest.statistics.quality_flags_distribution {
        let found = dataset
            .values()
            .filter(|(_, flags)| flags.contains(flag.name()))
            .count();
        assert_eq!(found as u64, *rows, "{flag:?}");
    }
    dataset
}

fn collect(batch: &RecordBatch, dataset: &mut Dataset, last: &mut Instant) -> u64 {
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    let flags = batch.column(1).as_list::<i32>();
    let schema = batch.schema();
    for row in 0..batch.num_rows() {
        let time = Instant::from_nanos(times.value(row));
        assert!(time > *last, "rows in order");
        *last = time;
        let names: Vec<String> = flags
            .value(row)
            .as_string::<i32>()
            .iter()
            .map(|name| name.unwrap().to_owned())
            .collect();
        let values = schema.fields()[2..]
            .iter()
            .zip(&batch.columns()[2..])
            .filter_map(|(field, column)| {
                let column = column.as_primitive::<Float64Type>();
                // Absent and null are the same: a dataset is the union of its columns.
                column
                    .is_valid(row)
                    .then(|| (field.name().clone(), column.value(row).to_bits()))
            });
        dataset.insert(*last, (values.collect(), names.join(",")));
    }
    batch.num_rows() as u64
}

/// Why cells are flagged, as the evidence files say: time, column, rule, the bits of value and limits, and from when on it is certain.
type Why = (Instant, Option<String>, Rule, [Option<u64>; 3], Instant);

/// Reads the evidence files that the manifest names, and checks them against the rows: a row has a flag exactly where a rule
/// that raises it has evidence.
fn evidence(settings: &Settings, summary: &Summary, dataset: &Dataset) -> Vec<Why> {
    let mut evidence = Vec::new();
    for file in &summary.committed.manifest.evidence_files {
        let before = evidence.len();
        for batch in read_part(&settings.dirs().evidence.join(&file.path)).unwrap() {
            for row in evidence_rows(&batch.unwrap()).unwrap() {
                let bits = [row.value, row.low, row.high].map(|number| number.map(f64::to_bits));
                evidence.push((row.time, row.column, row.rule, bits, row.known_at.unwrap()));
            }
        }
        assert_eq!(file.rows, (evidence.len() - before) as u64);
    }
    assert!(evidence.is_sorted_by_key(|(time, column, rule, ..)| (*time, column.clone(), *rule)));
    let mut flags: BTreeMap<Instant, BTreeSet<Flag>> = BTreeMap::new();
    for (time, column, rule, [value, ..], _) in &evidence {
        flags.entry(*time).or_default().extend(rule.flag());
        if let (Some(column), Rule::Plausible | Rule::Hampel | Rule::Frozen) = (column, rule) {
            assert_eq!(
                dataset[time].0.get(column),
                value.as_ref(),
                "{column} at {time}"
            );
        }
    }
    for (time, (_, found)) in dataset {
        let expected: Vec<&str> = flags
            .get(time)
            .into_iter()
            .flatten()
            .map(|flag| flag.name())
            .collect();
        assert_eq!(*found, expected.join(","));
    }
    evidence
}

/// Writes the rows of each kind as `files` reports: contiguous stretches, or dealt out like cards.
fn write(folder: &Path, kinds: &[Vec<Row>], files: usize, dealt: bool, names: u64) {
    for (kind, rows) in kinds.iter().enumerate() {
        let mut shares: Vec<Vec<Row>> = vec![Vec::new(); files];
        for (index, row) in rows.iter().enumerate() {
            let share = if dealt {
                index % files
            } else {
                index * files / rows.len()
            };
            shares[share].push(row.clone());
        }
        for (index, share) in shares
            .iter()
            .enumerate()
            .filter(|(_, share)| !share.is_empty())
        {
            // Names in an order of their own: nothing may depend on them.
            let name = (index as u64 ^ names).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            fs::write(
                folder.join(format!("{name:06x}-{kind}-{index}.csv")),
                report(kind, share),
            )
            .unwrap();
        }
    }
}

/// The digests of the parts and of the evidence that a version wrote.
fn digests(manifest: &Manifest) -> [Vec<Digest>; 2] {
    let parts = manifest.files.iter().map(|part| part.sha256);
    let evidence = manifest.evidence_files.iter().map(|file| file.sha256);
    [parts.collect(), evidence.collect()]
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (-999..9999_i32).prop_map(|tenths| format!("{:.1}", f64::from(tenths) / 10.0)),
        2 => Just("No Data".to_owned()),
        1 => Just("1e30".to_owned()),
        1 => Just("gibberish".to_owned()),
    ]
}

/// Rows of a kind over about a week that crosses a month, with holes, and with a point that sometimes stands still.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let step = prop_oneof![20 => Just(15_i64), 3 => 5..200_i64, 1 => 500..3000_i64];
    let still = prop_oneof![12 => Just(true), 1 => Just(false)];
    prop::collection::vec((step, still, cell(), cell()), 1..250).prop_map(|rows| {
        let (mut minutes, mut last) = (0, "7.1".to_owned());
        rows.into_iter()
            .map(|(step, still, a, b)| {
                minutes += step;
                if !still {
                    last.clone_from(&a);
                }
                (minutes, last.clone(), b)
            })
            .collect()
    })
}

/// A folder with the rows of one kind in one report.
fn one_report(base: &Path, rows: &[Row]) -> PathBuf {
    let folder = base.join("in");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), report(0, rows)).unwrap();
    folder
}

fn plain_rows(count: i64) -> Vec<Row> {
    (0..count)
        .map(|row| (row * 15, format!("{row}.5"), format!("{}", 1000 + row)))
        .collect()
}

/// Of a first run that fails.
fn only_the_error_log_is_left(settings: &Settings) {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    let dirs = settings.dirs();
    assert_eq!(names(&dirs.root), ["manifests"]);
    // How the run ended is beside it.
    assert_eq!(names(&dirs.manifests), [".runs", "errors-S.jsonl"]);
}
