//! What each stage of a run costs by itself, on one thread: `cargo bench -p trendgate`.
//!
//! A day of 100 points at one row a minute: a report for the decoder, its rows for the cleaner, the cleaner's rows for the contract and
//! the writer. Figures are per cell that goes in.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark makes its own input, and panics where that fails"
)]

use arrow::record_batch::RecordBatch;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use std::collections::BTreeSet;
use std::path::Path;
use trendgate::cleaner::{Cleaner, KindId, MergedRows, Stretch};
use trendgate::internals::acquire::{
    CellRule, ReadOptions, ReadStep, Reader, Report, TimeRule, Window, read_bytes, sniff,
};
use trendgate::internals::contract::{Contract, ContractRules};
use trendgate::internals::inspect::time_rule;
use trendgate::internals::partition::{PartRules, Partitioner};
use trendgate::internals::pipeline::own_cleaner;
use trendgate::internals::plan::{
    DatasetPoints, Input, Inputs, Months, Plan, Shape, Standing, plan,
};
use trendgate::time::{DAY, Instant, MINUTE, TimeRange};
use trendgate::{Config, Overrides, Settings};

const POINTS: usize = 100;
const MINUTES: usize = 1440;
const CELLS: usize = POINTS * MINUTES;

fn main() {
    divan::main();
}

/// A wave with a little noise, one decimal.
fn value(minute: usize, point: usize) -> f64 {
    let wave = ((minute as f64 / 240.0) + point as f64).sin() * 5.0;
    let noise = ((minute * 7919 + point * 104_729) % 10) as f64 / 10.0;
    20.0 + wave + noise
}

/// A report; every third cell is `No Data` where it is to be dirty.
fn report(dirty: bool) -> Vec<u8> {
    let points = (1..=POINTS).map(|point| format!("P{point:03}.T"));
    let report = testkit::Report::new(points)
        .defined("1 minute")
        .interval("1 Minute");
    let cell =
        |minute: usize, point: usize| match dirty && (minute * 31 + point * 17).is_multiple_of(3) {
            true => "No Data".to_owned(),
            false => format!("{:.1}", value(minute, point)),
        };
    let row = |minute: usize| (0..POINTS).map(move |point| cell(minute, point));
    let report = report.every(1, "2016-10-13", (0..MINUTES).map(row));
    report.text().into_bytes()
}

fn time() -> TimeRule {
    TimeRule {
        not_after: Instant::MAX,
        not_before: Instant::MIN,
        ..time_rule("Asia/Taipei").unwrap()
    }
}

fn settings(points: &str) -> Settings {
    let text = format!(
        "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 5m\n{points}"
    );
    Settings::new(&Config::parse(&text).unwrap(), &Overrides::default()).unwrap()
}

/// The rows of the report, as the merge gives them, and the plan for it.
fn prepared(settings: &Settings) -> (MergedRows, Plan) {
    let bytes = report(false);
    let read = read_bytes(&bytes, Path::new("a.csv"), &time(), &ReadOptions::default());
    let (report, chunks, _) = read.unwrap().swap_remove(0);
    let mut rows = MergedRows {
        columns: vec![Vec::new(); POINTS].into(),
        ..MergedRows::default()
    };
    for chunk in chunks {
        for (row, sample) in chunk.samples.iter().enumerate() {
            rows.kind_rows.push(trendgate::cleaner::KindRow {
                row: rows.times.len() + row,
                kind: KindId::new(0),
                sample: *sample,
            });
        }
        rows.times.extend(&chunk.times);
        for (column, values) in rows.columns.iter_mut().zip(&chunk.columns) {
            column.extend(values);
        }
    }
    (rows, planned(report, settings))
}

fn planned(report: Report, settings: &Settings) -> Plan {
    let points = DatasetPoints::new(
        &[Shape::of(&report)],
        settings.described(),
        &BTreeSet::new(),
    )
    .unwrap();
    let look = points.look(&own_cleaner(settings));
    let mut inputs = Inputs::new(None);
    let input = Input {
        report,
        digest: None,
        known_by: None,
        standing: Standing::New,
    };
    inputs.push(input).unwrap();
    plan(inputs, points, look, &Months::All, 1).unwrap()
}

fn clean(settings: &Settings, rows: &MergedRows, plan: &Plan) -> Vec<RecordBatch> {
    let cleaner = own_cleaner(settings);
    let stretch = Stretch {
        own: TimeRange::ALL,
        points: &plan.roster,
        equipment: &plan.equipment,
        kinds: &plan.kinds,
        schema: &plan.schema,
    };
    let mut cleaning = cleaner.begin(stretch).unwrap();
    let first = cleaning.push(rows).unwrap();
    first
        .into_iter()
        .chain(cleaning.finish().unwrap())
        .collect()
}

/// From a file in the page cache, once it is known what it is: lines, times, cells, columns, and its digest.
#[divan::bench(args = [false, true])]
fn decoder(bencher: Bencher<'_, '_>, dirty: bool) {
    let (bytes, time) = (report(dirty), time());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, &bytes).unwrap();
    let report = sniff(&path, &time).unwrap().swap_remove(0);
    let everything = Window {
        own: TimeRange::ALL,
        read: TimeRange::ALL,
    };
    let options = ReadOptions::default();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .counter(ItemsCount::new(CELLS))
        .bench_local(|| {
            let rules = vec![CellRule::default(); POINTS];
            let mut reader =
                Reader::open(report.clone(), everything, &time, rules, &options).unwrap();
            while let ReadStep::Rows(rows) = reader.next_chunk().unwrap() {
                black_box(rows);
            }
            reader.finish().unwrap()
        });
}

#[divan::bench]
fn resampler(bencher: Bencher<'_, '_>) {
    let settings = settings("");
    let (rows, plan) = prepared(&settings);
    bencher
        .counter(ItemsCount::new(CELLS))
        .bench_local(|| clean(&settings, black_box(&rows), &plan));
}

/// The resampler with every rule of a point on.
#[divan::bench]
fn rules(bencher: Bencher<'_, '_>) {
    let settings = settings(
        "  points:\n    \"*.T\": {physical_type: water_temperature, unit: °C, hampel: {}}\n",
    );
    let (rows, plan) = prepared(&settings);
    bencher
        .counter(ItemsCount::new(CELLS))
        .bench_local(|| clean(&settings, black_box(&rows), &plan));
}

/// The contract, the encoder, the digest of what is written, and an fsync.
#[divan::bench]
fn writer(bencher: Bencher<'_, '_>) {
    let settings = settings("");
    let (rows, plan) = prepared(&settings);
    let batches = clean(&settings, &rows, &plan);
    let rules = ContractRules {
        interval: Some(5 * MINUTE),
        max_gap: 7 * DAY,
        not_after: Instant::MAX,
    };
    let bins: usize = batches.iter().map(RecordBatch::num_rows).sum();
    bencher
        .counter(ItemsCount::new(bins * POINTS))
        .with_inputs(|| tempfile::tempdir().unwrap())
        .bench_local_values(|folder| {
            let mut contract = Contract::new(plan.schema.clone(), rules).unwrap();
            let staging = folder.path().to_owned();
            let mut parts =
                Partitioner::new(staging, "S", "a", &plan.schema, PartRules::default()).unwrap();
            for batch in &batches {
                for conforming in contract.admit(batch).unwrap() {
                    parts.push(conforming).unwrap();
                }
            }
            parts.finish().unwrap()
        });
}
