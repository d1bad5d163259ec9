//! Batches of frames from the first frame to what a reader of the dataset finds.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

mod coerced;
mod growth;
mod known;
mod model;
mod refused;
mod replaced;
mod rows;

use super::*;
use crate::config::{Config, Overrides};
use crate::contract::ViolationKind;
use crate::model::{Flag, FlagSet, Term, flag_lists};
use crate::partition::{EvidenceEntry, evidence_entries, evidence_rows, read_part};
use crate::pipeline;
use crate::pipeline::public_copy;
use crate::progress::{Heard, Watch};
use crate::publish::{InputStatus, Manifest, Origin};
use crate::time::Instant;
use crate::verify::{Snapshot, changed_rows, same_as_stated, verify_site};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray, TimestampNanosecondArray};
use arrow::datatypes::{DataType, Field, Float64Type, TimeUnit, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const BIN: i64 = 5 * crate::time::MINUTE.nanos();

/// 2026-01-31T23:00:00Z: an hour before a month ends.
const START: i64 = 1_769_900_400_000_000_000;

const NAN: f64 = f64::NAN;

/// A row: its bin, counted from `START`, its flags, its cells; NaN for null.
type Row = (i64, Vec<Flag>, Vec<f64>);

fn settings(root: &Path, more: &str) -> Settings {
    let text = format!(
        "cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 5m\n  max_gap: 1h\n  points:\n    CH1.CHST: {{physical_type: chilled_water_temperature}}\n{more}"
    );
    let overrides = Overrides {
        data_dir: Some(root.join("data")),
        ..Overrides::default()
    };
    Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
}

/// A batch in which what stands is kept.
fn begin(root: &Path) -> Batch {
    let batch = Batch::begin(settings(root, ""), Watch::unwatched()).unwrap();
    batch.on_conflict(OnConflict::Keep)
}

/// What is stated: of which bin, which column, by which rule, with which flag.
type Stated<'a> = (i64, Option<&'a str>, &'a str, Option<Flag>);

/// Evidence that a caller hands in.
fn evidence(stated: &[Stated<'_>]) -> RecordBatch {
    let times = stated.iter().map(|(bin, ..)| START + bin * BIN);
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let text = |of: &dyn Fn(&Stated<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(stated.iter().map(of).collect::<StringArray>())
    };
    RecordBatch::try_from_iter([
        ("timestamp", Arc::new(times) as ArrayRef),
        ("column", text(&|row| row.1.map(str::to_owned))),
        ("rule", text(&|row| Some(row.2.to_owned()))),
        (
            "flag",
            text(&|row| row.3.map(|flag| flag.name().to_owned())),
        ),
    ])
    .unwrap()
}

/// What is stated: the bin, the column, the rule, the flag, and the bin with whose beginning it is known.
type StatedLine = (i64, Option<String>, String, Option<Flag>, i64);

/// What is stated in the dataset.
fn stated(root: &Path) -> Vec<StatedLine> {
    let snapshot = Snapshot::of_site(&settings(root, "").dirs, "S").unwrap();
    let bin = |time: Instant| (time.nanos() - START) / BIN;
    let mut found = Vec::new();
    for file in &snapshot.evidence {
        for batch in read_part(file).unwrap() {
            for entry in evidence_entries(&batch.unwrap()).unwrap() {
                if let EvidenceEntry::Stated(row) = entry {
                    let reason = row.reason;
                    let known = bin(reason.known_at);
                    found.push((bin(row.time), row.column, reason.rule, reason.flag, known));
                }
            }
        }
    }
    found
}

/// What a rule of ours found: the bin, the column, the rule, the value, and the bin with whose beginning it is known.
type FoundLine = (i64, String, Rule, Option<f64>, i64);

/// What our rules found in the dataset.
fn found(root: &Path) -> Vec<FoundLine> {
    let snapshot = Snapshot::of_site(&settings(root, "").dirs, "S").unwrap();
    let bin = |time: Instant| (time.nanos() - START) / BIN;
    let mut found = Vec::new();
    for file in &snapshot.evidence {
        for batch in read_part(file).unwrap() {
            for row in evidence_rows(&batch.unwrap()).unwrap() {
                let column = row.column.unwrap_or_default();
                let known = bin(row.known_at.unwrap());
                found.push((bin(row.time), column, row.rule, row.value, known));
            }
        }
    }
    found
}

fn frame(columns: &[&str], rows: &[Row]) -> RecordBatch {
    let times = rows.iter().map(|(bin, ..)| START + bin * BIN);
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let flags: Vec<FlagSet> = rows
        .iter()
        .map(|(_, flags, _)| flags.iter().copied().collect())
        .collect();
    let mut all: Vec<(String, ArrayRef)> = vec![
        ("timestamp".into(), Arc::new(times)),
        ("quality_flags".into(), flag_lists(&flags)),
    ];
    for (place, name) in columns.iter().enumerate() {
        let cells = rows
            .iter()
            .map(|(.., cells)| Some(cells[place]).filter(|cell| !cell.is_nan()));
        let cells: Float64Array = cells.collect();
        all.push(((*name).to_owned(), Arc::new(cells)));
    }
    RecordBatch::try_from_iter(all).unwrap()
}

/// Clean rows of one point, one in each of `bins`.
fn clean(column: &str, bins: std::ops::Range<i64>, value: f64) -> RecordBatch {
    let rows: Vec<Row> = bins.map(|bin| (bin, vec![], vec![value])).collect();
    frame(&[column], &rows)
}

fn add(batch: &mut Batch, source: &str, frame: &RecordBatch) -> Added {
    batch
        .add(
            source,
            &frame.schema(),
            [Ok(frame.clone())],
            Watch::unwatched(),
        )
        .unwrap()
}

fn refuse(batch: &mut Batch, frame: &RecordBatch) -> Vec<(ViolationKind, String)> {
    let refused = batch.add(
        "bad",
        &frame.schema(),
        [Ok(frame.clone())],
        Watch::unwatched(),
    );
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let examples = found.examples().iter();
    examples
        .map(|violation| (violation.kind, violation.column.clone()))
        .collect()
}

fn commit(batch: Batch) -> Manifest {
    match batch.commit(Watch::unwatched()).unwrap() {
        Run::Committed(done) => done.committed.manifest,
        Run::NothingNew(nothing) => panic!("{nothing:?}"),
    }
}

fn commit_all(root: &Path, frames: &[RecordBatch]) -> Manifest {
    let mut batch = begin(root);
    for (place, frame) in frames.iter().enumerate() {
        add(&mut batch, &format!("{place}.csv"), frame);
    }
    commit(batch)
}

/// The dataset: by bin the flags, and the cells that have a number.
fn dataset(root: &Path) -> BTreeMap<i64, (Vec<Flag>, BTreeMap<String, f64>)> {
    let settings = settings(root, "");
    let snapshot = Snapshot::of_site(&settings.dirs, "S").unwrap();
    let verified = verify_site(
        &settings.dirs,
        "S",
        public_copy(&settings),
        &same_as_stated,
        Watch::unwatched(),
    );
    assert_eq!(verified.unwrap().findings, []);
    let mut rows = BTreeMap::new();
    for part in &snapshot.parts {
        for batch in read_part(&part.file).unwrap() {
            read(&batch.unwrap(), &mut rows);
        }
    }
    rows
}

/// The bins of the rows that were inserted, with the bin of the row by which that is known.
fn inserted(root: &Path) -> BTreeMap<i64, i64> {
    let snapshot = Snapshot::of_site(&settings(root, "").dirs, "S").unwrap();
    let bin = |time: Instant| (time.nanos() - START) / BIN;
    let mut inserted = BTreeMap::new();
    for file in &snapshot.evidence {
        for batch in read_part(file).unwrap() {
            let rows = evidence_rows(&batch.unwrap()).unwrap().into_iter();
            inserted.extend(rows.map(|row| (bin(row.time), bin(row.known_at.unwrap()))));
        }
    }
    inserted
}

fn read(batch: &RecordBatch, rows: &mut BTreeMap<i64, (Vec<Flag>, BTreeMap<String, f64>)>) {
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    for row in 0..batch.num_rows() {
        let names = batch.column(1).as_list::<i32>().value(row);
        let flags = names.as_string::<i32>().iter().flatten();
        let schema = batch.schema();
        let points = schema.fields().iter().zip(batch.columns()).skip(2);
        let cells = points.filter_map(|(field, column)| {
            let column = column.as_primitive::<Float64Type>();
            column
                .is_valid(row)
                .then(|| (field.name().clone(), column.value(row)))
        });
        let bin = (times.value(row) - START) / BIN;
        let flags = flags.map(|name| Flag::from_name(name).unwrap()).collect();
        assert!(rows.insert(bin, (flags, cells.collect())).is_none());
    }
}

/// Whether this is all that a first batch that fails leaves.
fn only_an_error_log(data: &Path) -> bool {
    let log = Path::new("manifests").join("errors-S.jsonl");
    files(data) == [data.join(log)]
}

/// All files but those that say how runs ended.
fn files(root: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in crate::store::list_dir(&folder).unwrap() {
            match path.is_dir() {
                true if path.ends_with(".runs") => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found
}
