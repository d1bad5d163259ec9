//! Batches of frames from the first frame to what a reader of the dataset finds.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::*;
use crate::config::{Config, Overrides};
use crate::contract::ViolationKind;
use crate::model::{Flag, FlagSet, Term, flag_lists};
use crate::partition::{evidence_rows, read_part};
use crate::pipeline;
use crate::progress::{Heard, Watch};
use crate::publish::{InputStatus, Manifest};
use crate::time::Instant;
use crate::verify::{Snapshot, changed_rows, same_as_stated, verify_site};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, TimestampNanosecondArray};
use arrow::datatypes::{DataType, Field, Float64Type, TimeUnit, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::BTreeMap;
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

fn begin(root: &Path) -> Batch {
    Batch::begin(settings(root, ""), Watch::unwatched()).unwrap()
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
    let verified = verify_site(&settings.dirs, "S", public_copy(&settings), &same_as_stated);
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

fn files(root: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in crate::store::list_dir(&folder).unwrap() {
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found
}

/// What the documentation says of `["a"]` with 7 and null, the first row `FROZEN`; computed in Python.
const KNOWN: [&str; 2] = [
    "blake3:c8d25ab563a62e4f5a7d2926c664225b2e3d663f7d30b32efb44c900793270d8",
    "sha256:f7b14eae85233aa03f2530012f07c11c2bf363d3a14c8b89d9e33fe28c494119",
];

#[test]
fn a_frame_that_an_earlier_program_committed_is_known_by_its_sha256_and_then_by_its_blake3() {
    let root = crate::store::test_folder();
    let first = frame(
        &["a"],
        &[(0, vec![Flag::Frozen], vec![7.0]), (1, vec![], vec![NAN])],
    );
    commit_all(root.path(), std::slice::from_ref(&first));
    let dirs = settings(root.path(), "").dirs;
    let record = crate::publish::record_path(&dirs, "S", 1);
    // As earlier programs wrote it, with all in it.
    let mut manifest = crate::publish::read_manifest(&record).unwrap();
    (manifest.inputs_file, manifest.details_file) = (None, None);
    let text = String::from_utf8(manifest.to_bytes().unwrap()).unwrap();
    let today = format!("\"digest\": \"{}\"", KNOWN[0]);
    assert!(text.contains(&today), "{text}");
    let text = text.replace(&today, &format!("\"sha256\": \"{}\"", KNOWN[1]));
    let at = text.find("\"checksum\": \"sha256:").unwrap() + 20;
    let blank = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    let text = blank.replacen(
        &"0".repeat(64),
        &crate::Digest::of(blank.as_bytes()).hex(),
        1,
    );
    std::fs::write(&record, &text).unwrap();

    let mut batch = begin(root.path());
    assert_eq!(add(&mut batch, "a.csv", &first).status, Status::Known);
    add(&mut batch, "b.csv", &clean("b", 2..4, 1.0));
    let manifest = commit(batch);
    let gained: Vec<_> = manifest.redigested.iter().collect();
    assert_eq!(gained.len(), 1);
    let ids = [gained[0].digest, gained[0].earlier];
    assert_eq!(ids.map(|id| id.to_string()), KNOWN);
    let batch = begin(root.path());
    assert_eq!(batch.history.digests(), crate::Digests::Today);
    assert_eq!(batch.history.sources().count(), 2);
    let mut batch = batch;
    assert_eq!(add(&mut batch, "a.csv", &first).status, Status::Known);
}

#[test]
fn frames_may_count_microseconds_where_the_dataset_does_and_an_old_one_is_written_once_more() {
    let root = crate::store::test_folder();
    let [first, second] = [0..6, 6..12].map(|bins| clean("a", bins, 7.5));
    commit_all(root.path(), std::slice::from_ref(&first));
    let in_micros = |frame: &RecordBatch| {
        let times = arrow::compute::cast(
            frame.column(0),
            &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        );
        let mut columns = frame.columns().to_vec();
        columns[0] = times.unwrap();
        let schema = frame.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        RecordBatch::try_from_iter(names.zip(columns)).unwrap()
    };
    let found = refuse(&mut begin(root.path()), &in_micros(&second));
    assert_eq!(found, [(ViolationKind::TypeMismatch, "timestamp".into())]);
    let micros = settings(root.path(), "batch: {timestamp_unit: us}\n");
    let mut batch = Batch::begin(micros, Watch::unwatched()).unwrap();
    let known = add(&mut batch, "0.csv", &in_micros(&first));
    assert_eq!(
        known.status,
        Status::Known,
        "what it is does not hang on what it counts"
    );
    add(&mut batch, "1.csv", &in_micros(&second));
    let manifest = commit(batch);
    assert_eq!(
        manifest.version, 3,
        "the second one is the first in microseconds"
    );
    let all = dataset(root.path());
    assert_eq!(all.len(), 12);
    for part in Snapshot::of_site(&settings(root.path(), "").dirs, "S")
        .unwrap()
        .parts
    {
        let file = crate::partition::open(&part.file).unwrap();
        let micros = crate::model::TimestampUnit::Us.data_type();
        assert_eq!(*file.schema().field(0).data_type(), micros);
    }
}

#[test]
fn frames_become_a_version_that_says_where_its_rows_come_from() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let first = frame(
        &["ch1_chst", "b"],
        &[
            (0, vec![Flag::Frozen], vec![7.0, NAN]),
            (1, vec![], vec![7.5, 1.0]),
        ],
    );
    let added = add(&mut batch, "a.csv", &first);
    assert_eq!((added.rows, added.status), (2, Status::Accepted));
    let same = add(&mut batch, "copy of a.csv", &first);
    assert_eq!(
        (same.digest, same.status),
        (added.digest, Status::Duplicate)
    );
    add(&mut batch, "b.csv", &clean("b", 1..15, 2.0));
    let manifest = commit(batch);

    assert_eq!((manifest.version, manifest.origin), (1, Origin::Frames));
    assert_eq!(manifest.input_files_count, 2);
    let inputs: Vec<_> = manifest
        .inputs
        .iter()
        .map(|i| (i.path.as_str(), i.status, i.rows))
        .collect();
    assert_eq!(
        inputs,
        [
            ("a.csv", InputStatus::Accepted, 2),
            ("b.csv", InputStatus::Accepted, 14),
            ("copy of a.csv", InputStatus::Duplicate, 2)
        ]
    );
    assert_eq!(manifest.inputs[0].digest, added.digest);
    // Two months: the first has its last hour, twelve bins.
    let rows: Vec<u64> = manifest.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [12, 3]);
    let cells = manifest.cells;
    assert_eq!(
        (
            cells.input,
            cells.used,
            cells.missing,
            cells.conflict_losers
        ),
        (18, 16, 1, 1)
    );
    assert_eq!(
        (
            manifest.conflicts.examples[0].kept,
            manifest.conflicts.examples[0].lost
        ),
        (1.0, 2.0)
    );
    let chst = &manifest.statistics.points["ch1_chst"];
    assert_eq!(
        (chst.point.as_str(), chst.values, chst.mean),
        ("CH1.CHST", 2, Some(7.25))
    );
    let column = manifest
        .schema
        .iter()
        .find(|column| column.name == "ch1_chst")
        .unwrap();
    assert_eq!(column.unit.as_ref().map(Term::name), Some("°C"));

    let rows = dataset(root.path());
    assert_eq!(rows.len(), 15);
    assert_eq!(
        rows[&0],
        (vec![Flag::Frozen], [("ch1_chst".into(), 7.0)].into())
    );
    assert_eq!(
        rows[&1],
        (vec![], [("b".into(), 1.0), ("ch1_chst".into(), 7.5)].into())
    );
}

#[test]
fn each_breach_is_refused_by_its_rule_and_the_batch_goes_on_without_the_frame() {
    use ViolationKind::{
        Disorder, Duplicate, Future, MissingColumn, NullFlags, OffGrid, TypeMismatch,
        UnexpectedColumn, UnknownFlag,
    };
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("a", 0..3, 1.0);
    let column = |kind: ViolationKind, name: &str| vec![(kind, name.to_owned())];
    let with = |name: &str, array: ArrayRef| {
        let schema = good.schema();
        let columns = schema.fields().iter().zip(good.columns());
        let columns = columns.map(|(field, old)| {
            let new = if field.name() == name { &array } else { old };
            (field.name().clone(), Arc::clone(new))
        });
        RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
    };
    let times = |bins: [i64; 3], zone: &str| -> ArrayRef {
        let times = bins.map(|bin| START + bin * BIN).to_vec();
        Arc::new(TimestampNanosecondArray::from(times).with_timezone(zone))
    };
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 3]));
    let lists = |name: Option<&str>| -> ArrayRef {
        let mut lists = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
        for row in [None, Some(name), None] {
            row.into_iter()
                .for_each(|item| lists.values().append_option(item));
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    let future = (time::now().nanos() - START) / BIN + 3;
    for (bad, expected) in [
        (
            with("quality_flags", numbers),
            column(TypeMismatch, "quality_flags"),
        ),
        (
            good.project(&[0, 2]).unwrap(),
            column(MissingColumn, "quality_flags"),
        ),
        (
            good.project(&[1, 2]).unwrap(),
            column(MissingColumn, "timestamp"),
        ),
        (
            with("timestamp", times([0, 0, 1], "UTC")),
            column(Duplicate, "timestamp"),
        ),
        (
            with("timestamp", times([1, 0, 2], "UTC")),
            column(Disorder, "timestamp"),
        ),
        (
            with("timestamp", times([0, 1, 2], "Asia/Taipei")),
            column(TypeMismatch, "timestamp"),
        ),
        (
            with("timestamp", times([0, 1, future], "UTC")),
            column(Future, "timestamp"),
        ),
        (
            with("quality_flags", lists(Some("STALE"))),
            column(UnknownFlag, "quality_flags"),
        ),
        (
            with("quality_flags", lists(None)),
            column(NullFlags, "quality_flags"),
        ),
        (clean("year", 0..1, 1.0), column(UnexpectedColumn, "year")),
    ] {
        assert_eq!(refuse(&mut batch, &bad), expected);
    }
    let off = Arc::new(TimestampNanosecondArray::from(vec![START + 1]).with_timezone("UTC"));
    let off = RecordBatch::try_from_iter([
        ("timestamp", off as ArrayRef),
        ("quality_flags", flag_lists(&[FlagSet::CLEAN])),
    ]);
    assert_eq!(
        refuse(&mut batch, &off.unwrap()),
        column(OffGrid, "timestamp")
    );
    add(&mut batch, "good", &good);
    let manifest = commit(batch);
    assert_eq!(manifest.failed_files.len(), 11);
    assert_eq!(manifest.failed_files[0].file, "bad");
    let expected = "TypeMismatch: column \"quality_flags\": expected list<string>, got float64";
    assert_eq!(manifest.failed_files[0].error, expected);
    assert_eq!(dataset(root.path()).len(), 3);
}

#[test]
fn a_frame_that_breaks_in_its_second_batch_leaves_nothing_and_all_its_breaches_are_told() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("a", 0..3, 1.0);
    let rows = [
        Ok(good.clone()),
        Ok(good.clone()),
        Ok(clean("a", 1..2, 1.0)),
    ];
    let refused = batch.add("bad", &good.schema(), rows, Watch::unwatched());
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let places: Vec<_> = found.examples().iter().map(|v| (v.kind, v.row)).collect();
    assert_eq!(
        places,
        [
            (ViolationKind::Disorder, Some(3)),
            (ViolationKind::Disorder, Some(6))
        ]
    );
    add(&mut batch, "good", &clean("b", 5..6, 1.0));
    let manifest = commit(batch);
    assert_eq!(
        manifest
            .schema
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["b", "quality_flags", "timestamp"]
    );
    assert_eq!(dataset(root.path()).into_keys().collect::<Vec<_>>(), [5]);
}

#[test]
fn another_unit_than_the_datasets_is_refused() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("ch1_chst", 0..3, 44.0);
    let metadata = [("unit".to_owned(), "°F".to_owned())].into();
    let mut fields: Vec<Field> = good
        .schema()
        .fields()
        .iter()
        .map(|f| f.as_ref().clone())
        .collect();
    fields[2] = fields[2].clone().with_metadata(metadata);
    let stated =
        RecordBatch::try_new(Arc::new(Schema::new(fields)), good.columns().to_vec()).unwrap();
    let refused = batch.add(
        "bad",
        &stated.schema(),
        [Ok(stated.clone())],
        Watch::unwatched(),
    );
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let expected = "TypeMismatch: column \"ch1_chst\": expected float64 in °C, got float64 in °F";
    assert_eq!(found.to_string(), expected);
}

#[test]
fn impossible_numbers_become_null_and_outlier_and_are_counted() {
    let root = crate::store::test_folder();
    let times = TimestampNanosecondArray::from(vec![START, START + BIN]).with_timezone("UTC");
    let bad = RecordBatch::try_from_iter([
        ("timestamp", Arc::new(times) as ArrayRef),
        ("quality_flags", flag_lists(&[FlagSet::CLEAN; 2])),
        ("a", Arc::new(Float64Array::from(vec![NAN, 1.0]))),
    ])
    .unwrap();
    let manifest = commit_all(root.path(), &[bad]);
    assert_eq!(
        (
            manifest.cells.not_finite,
            manifest.statistics.points["a"].not_finite
        ),
        (1, 1)
    );
    let rows = dataset(root.path());
    assert_eq!(rows[&0], (vec![Flag::Outlier], BTreeMap::new()));
    assert_eq!(rows[&1].1["a"], 1.0);
}

#[test]
fn missing_bins_are_inserted_up_to_max_gap_and_longer_ones_listed() {
    let root = crate::store::test_folder();
    // One bin is missing, then twelve (an hour, max_gap), then thirteen.
    let rows = [0, 2, 15, 29].map(|bin| (bin, vec![], vec![1.0]));
    let manifest = commit_all(root.path(), &[frame(&["a"], &rows)]);
    let rows = dataset(root.path());
    let bins: Vec<i64> = rows.keys().copied().collect();
    assert_eq!(bins, (0..16).chain([29]).collect::<Vec<_>>());
    assert_eq!(rows[&1], (vec![Flag::InsufficientData], BTreeMap::new()));
    let gaps: Vec<_> = manifest
        .gaps
        .iter()
        .map(|gap| (gap.from, gap.bins))
        .collect();
    assert_eq!(gaps, [(Instant::from_nanos(START + 16 * BIN), 13)]);
    assert_eq!(
        manifest
            .evidence_files
            .iter()
            .map(|file| file.rows)
            .sum::<u64>(),
        13
    );
}

#[test]
fn a_later_batch_completes_what_is_committed_and_changes_none_of_it() {
    let root = crate::store::test_folder();
    let insufficient = vec![Flag::InsufficientData];
    let first = frame(
        &["a"],
        &[(0, insufficient.clone(), vec![NAN]), (3, vec![], vec![1.0])],
    );
    commit_all(root.path(), &[first]);
    let second = frame(
        &["a", "b"],
        &[
            (0, vec![], vec![5.0, 6.0]),
            (2, vec![], vec![7.0, NAN]),
            (3, vec![Flag::Frozen], vec![9.0, 1.0]),
        ],
    );
    let manifest = commit_all(root.path(), &[second]);
    assert_eq!(manifest.version, 2);
    assert_eq!(
        (manifest.replaces.len(), manifest.replaces_evidence.len()),
        (1, 1)
    );
    assert_eq!(manifest.conflicts.cells, 1);
    let rows = dataset(root.path());
    // The caller's own flag stays; that of an inserted row goes.
    assert_eq!(
        rows[&0],
        (
            insufficient.clone(),
            [("a".into(), 5.0), ("b".into(), 6.0)].into()
        )
    );
    assert_eq!(rows[&1], (insufficient, BTreeMap::new()));
    assert_eq!(rows[&2], (vec![], [("a".into(), 7.0)].into()));
    assert_eq!(
        rows[&3],
        (
            vec![Flag::Frozen],
            [("a".into(), 1.0), ("b".into(), 1.0)].into()
        )
    );
}

#[test]
fn a_gap_between_two_batches_is_filled_across_the_end_of_a_month() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..8, 1.0)]);
    let manifest = commit_all(root.path(), &[clean("a", 15..16, 2.0)]);
    assert_eq!(
        manifest.replaces.len(),
        1,
        "the last hour of January was made again"
    );
    assert_eq!(
        dataset(root.path()).into_keys().collect::<Vec<_>>(),
        (0..16).collect::<Vec<_>>()
    );
    assert_eq!(
        inserted(root.path()),
        (8..15).map(|bin| (bin, 15)).collect()
    );
}

#[test]
fn by_which_row_an_inserted_one_is_known_may_be_in_a_month_that_is_not_made_again() {
    let root = crate::store::test_folder();
    commit_all(
        root.path(),
        &[clean("a", -40..8, 1.0), clean("a", 15..16, 2.0)],
    );
    let manifest = commit_all(root.path(), &[clean("b", -40..-39, 2.0)]);
    assert_eq!(
        manifest.output_files.len(),
        1,
        "February was not made again"
    );
    assert_eq!(
        inserted(root.path()),
        (8..15).map(|bin| (bin, 15)).collect()
    );
    // A row between makes it known earlier, in January too.
    let manifest = commit_all(root.path(), &[clean("a", 13..14, 3.0)]);
    assert_eq!(manifest.output_files.len(), 2);
    let expected = (8..13).map(|bin| (bin, 13)).chain([(14, 15)]);
    assert_eq!(inserted(root.path()), expected.collect());
}

#[test]
fn a_month_that_does_not_change_keeps_its_files() {
    let root = crate::store::test_folder();
    let first = commit_all(root.path(), &[clean("a", 0..12, 1.0)]);
    let second = commit_all(root.path(), &[clean("a", 12..13, 2.0)]);
    assert_eq!(
        (first.files.len(), second.files.len(), second.replaces.len()),
        (1, 1, 0)
    );
}

#[test]
fn a_known_frame_adds_nothing() {
    let root = crate::store::test_folder();
    let rows = clean("a", 0..12, 1.0);
    commit_all(root.path(), std::slice::from_ref(&rows));
    let before = files(root.path());
    let mut batch = begin(root.path());
    // Cut another way, and with its columns in another order.
    let rows = rows.project(&[2, 0, 1]).unwrap();
    let halves = [Ok(rows.slice(0, 5)), Ok(rows.slice(5, 7))];
    let added = batch
        .add("b.csv", &rows.schema(), halves, Watch::unwatched())
        .unwrap();
    assert_eq!(added.status, Status::Known);
    let Run::NothingNew(nothing) = batch.commit(Watch::unwatched()).unwrap() else {
        panic!("committed");
    };
    assert_eq!((nothing.version, nothing.known), (1, 1));
    assert_eq!(files(root.path()), before);
}

#[test]
fn a_batch_that_is_dropped_leaves_nothing_and_lets_go_of_the_site() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    batch.pieces = Pieces::new(batch.attempt.dir(), 64);
    add(&mut batch, "a.csv", &clean("a", 0..5000, 1.0));
    assert!(batch.pieces.spilled_for_test() > 0);
    let second = Batch::begin(settings(root.path(), ""), Watch::unwatched());
    assert_eq!(second.err().unwrap().kind(), ErrorKind::Locked);
    drop(batch);
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
    assert!(!root.path().join("data").exists());
    commit_all(root.path(), &[clean("a", 0..1, 1.0)]);
}

#[test]
fn a_batch_whose_rows_could_not_be_spilled_commits_nothing_even_if_the_caller_goes_on() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    add(&mut batch, "a.csv", &clean("a", 0..3, 1.0));
    batch.pieces.spill_to_for_test(Path::new("/dev/full"), 100);
    let more = clean("a", 3..5000, 1.0);
    for _ in 0..2 {
        let failed = batch.add(
            "b.csv",
            &more.schema(),
            [Ok(more.clone())],
            Watch::unwatched(),
        );
        assert!(
            matches!(failed, Err(Refusal::Failed(error)) if error.kind() == ErrorKind::Storage)
        );
    }
    let error = batch.commit(Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(only_an_error_log(&root.path().join("data")));
}

#[test]
fn a_batch_without_a_row_is_an_error_where_nothing_is_committed() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    add(&mut batch, "empty.csv", &clean("a", 0..0, 1.0));
    let error = batch.commit(Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!root.path().join("data").exists());
}

#[test]
fn a_repeated_cell_is_refused_by_its_frame_where_the_configuration_says_so() {
    let root = crate::store::test_folder();
    let strict = settings(root.path(), "batch: {deduplicate_timestamps: false}\n");
    let mut batch = Batch::begin(strict, Watch::unwatched()).unwrap();
    add(&mut batch, "a.csv", &clean("a", 0..3, 1.0));
    add(&mut batch, "b.csv", &clean("b", 0..3, 1.0));
    add(&mut batch, "c.csv", &clean("a", 2..3, 1.0));
    let error = batch.commit(Watch::unwatched()).unwrap_err();
    insta::assert_snapshot!(error, @r#"c.csv: point "a": the cell at 2026-01-31T23:10:00Z was given by an earlier frame already, and batch.deduplicate_timestamps is false"#);
    assert!(only_an_error_log(&root.path().join("data")));
}

#[test]
fn reports_and_frames_do_not_mix() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let settings = settings(root.path(), "");
    let cleaner = pipeline::own_cleaner(&settings);
    crate::store::write_all_synced(&root.path().join("a.csv"), b"no report").unwrap();
    let error = pipeline::run(
        &settings,
        &[root.path().into()],
        &cleaner,
        Watch::unwatched(),
    )
    .unwrap_err();
    insta::assert_snapshot!(error, @"the dataset of S is made of frames of a cleaner of its own");
}

#[test]
fn another_configuration_is_refused() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let mut other = settings(root.path(), "");
    other = Settings::new(
        &Config::parse("cleaner: {site_id: S, timezone: UTC, resample_interval: 15m}").unwrap(),
        &Overrides {
            data_dir: Some(other.dirs.root.clone()),
            ..Overrides::default()
        },
    )
    .unwrap();
    let error = Batch::begin(other, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn rows_far_apart_in_one_month_keep_each_other() {
    let frames = [
        clean("a", 2000..2003, 1.0),
        clean("a", 20..23, 2.0),
        clean("b", 5000..5003, 3.0),
    ];
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let root = crate::store::test_folder();
        for place in order {
            commit_all(root.path(), &frames[place..=place]);
        }
        let bins: Vec<i64> = dataset(root.path()).into_keys().collect();
        let expected: Vec<i64> = (20..23).chain(2000..2003).chain(5000..5003).collect();
        assert_eq!(bins, expected, "{order:?}");
    }
}

#[test]
fn a_damaged_part_is_not_merged() {
    let root = crate::store::test_folder();
    let manifest = commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let part = root
        .path()
        .join("data/processed")
        .join(&manifest.output_files[0]);
    crate::publish::fixture::overwrite(&part, b"PAR1");
    let mut batch = begin(root.path());
    add(&mut batch, "b.csv", &clean("a", 3..4, 1.0));
    let error = batch.commit(Watch::unwatched()).unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(part.as_path()))
    );
}

/// Some rows of some of three points, whose numbers say who gave them.
fn any_frame() -> impl Strategy<Value = Vec<(i64, u8, [bool; 3])>> {
    let row = (1..20_i64, 0..32_u8, any::<[bool; 3]>());
    let start = prop_oneof![0..40_i64, 0..400_i64];
    (start, prop::collection::vec(row, 1..12)).prop_map(|(start, rows)| {
        let mut bin = start;
        let step = |(step, flags, cells)| {
            bin += step;
            (bin, flags, cells)
        };
        rows.into_iter().map(step).collect()
    })
}

fn as_frame(place: usize, rows: &[(i64, u8, [bool; 3])]) -> RecordBatch {
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let number = place as f64;
    let rows: Vec<Row> = rows
        .iter()
        .map(|(bin, flags, there)| {
            let flags = FlagSet::from_bits(*flags).iter().collect();
            (
                *bin,
                flags,
                there.map(|there| if there { number } else { NAN }).to_vec(),
            )
        })
        .collect();
    frame(&["a", "b", "c"], &rows)
}

/// What the definitions say, read naively.
fn expected(
    frames: &[Vec<(i64, u8, [bool; 3])>],
) -> BTreeMap<i64, (Vec<Flag>, BTreeMap<String, f64>)> {
    let mut rows: BTreeMap<i64, (u8, BTreeMap<String, f64>)> = BTreeMap::new();
    for (place, frame) in frames.iter().enumerate() {
        for (bin, flags, there) in frame {
            let row = rows.entry(*bin).or_default();
            row.0 |= flags;
            for (name, _) in ["a", "b", "c"]
                .iter()
                .zip(there)
                .filter(|(_, there)| **there)
            {
                #[allow(clippy::cast_precision_loss, reason = "a handful")]
                row.1.entry((*name).to_owned()).or_insert(place as f64);
            }
        }
    }
    let bins: Vec<i64> = rows.keys().copied().collect();
    for pair in bins.windows(2).filter(|pair| pair[1] - pair[0] <= 13) {
        for bin in pair[0] + 1..pair[1] {
            rows.insert(bin, (16, BTreeMap::new()));
        }
    }
    rows.into_iter()
        .map(|(bin, (flags, cells))| (bin, (FlagSet::from_bits(flags).iter().collect(), cells)))
        .collect()
}

/// The rows that no frame has, with the next one that some frame has.
fn next_rows(
    frames: &[Vec<(i64, u8, [bool; 3])>],
    bins: impl Iterator<Item = i64>,
) -> BTreeMap<i64, i64> {
    let given: BTreeSet<i64> = frames.iter().flatten().map(|row| row.0).collect();
    let inserted = bins.filter(|bin| !given.contains(bin));
    let next = |bin| (bin, *given.range(bin..).next().unwrap());
    inserted.map(next).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the frames, the batches they come in and the memory there is: the dataset is what the definitions say.
    #[test]
    fn the_dataset_is_that_of_the_definitions(
        frames in prop::collection::vec(any_frame(), 1..6),
        cut in 0_usize..6,
        memory in prop::sample::select(vec![8_u64, 1 << 30]),
    ) {
        let root = crate::store::test_folder();
        let cut = cut.min(frames.len());
        for (from, lot) in [(0, &frames[..cut]), (cut, &frames[cut..])] {
            if lot.is_empty() {
                continue;
            }
            let mut batch = begin(root.path());
            batch.pieces = Pieces::new(batch.attempt.dir(), memory);
            for (place, rows) in lot.iter().enumerate() {
                add(&mut batch, &format!("{place}"), &as_frame(from + place, rows));
            }
            batch.commit(Watch::unwatched()).unwrap();
        }
        let expected = expected(&frames);
        prop_assert_eq!(inserted(root.path()), next_rows(&frames, expected.keys().copied()));
        prop_assert_eq!(dataset(root.path()), expected);
    }
}

#[test]
fn the_parts_are_the_same_whether_rows_were_spilled_or_not() {
    let frames: Vec<RecordBatch> = (0..4)
        .map(|place| clean(["a", "b"][place % 2], 0..9000, place as f64))
        .collect();
    let roots = [crate::store::test_folder(), crate::store::test_folder()];
    let parts = [8, 1 << 40].map(|memory| {
        let root = roots[usize::from(memory > 8)].path();
        let mut batch = begin(root);
        batch.pieces = Pieces::new(batch.attempt.dir(), memory);
        for (place, frame) in frames.iter().enumerate() {
            add(&mut batch, &place.to_string(), frame);
        }
        let manifest = commit(batch);
        let files = manifest.output_files.iter();
        files
            .map(|file| root.join("data/processed").join(file))
            .collect::<Vec<_>>()
    });
    assert_eq!(changed_rows(&parts[0], &parts[1]).unwrap(), None);
    let bytes = |parts: &[PathBuf]| -> Vec<u64> {
        parts
            .iter()
            .map(|p| crate::store::digest(p).unwrap().0)
            .collect()
    };
    assert_eq!(bytes(&parts[0]), bytes(&parts[1]));
}

#[test]
fn a_correction_of_what_is_committed_is_counted_and_warned_of_and_changes_nothing() {
    let folder = crate::store::test_folder();
    // Over the end of a month, so that two parts have rows of it.
    commit_all(folder.path(), &[clean("a", 0..30, 1.0)]);
    let before = dataset(folder.path());
    for spilled in [false, true] {
        let heard = Heard::default();
        let mut batch = begin(folder.path());
        if spilled {
            batch.pieces.hold_nothing_for_test();
        }
        let rows: Vec<Row> = (-2..40)
            .map(|bin| match bin {
                3 => (bin, vec![], vec![7.5, 2.0]),
                5 => (bin, vec![], vec![NAN, 2.0]),
                20 => (bin, vec![], vec![8.5, 2.0]),
                _ => (bin, vec![], vec![1.0, 2.0]),
            })
            .collect();
        let frame = frame(&["a", "b"], &rows);
        let added = batch.add("b.csv", &frame.schema(), [Ok(frame.clone())], heard.watch());
        assert_eq!(added.unwrap().conflicts, 2);
        let said = heard.warnings();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].message().starts_with(
                "b.csv: 2 of its numbers differ from committed ones and change nothing (the first is 7.5 in \"a\" at 2026-01-31T23:15:00Z, where 1 is committed)"
            ),
            "{said:?}"
        );
        drop(batch);
    }
    assert_eq!(dataset(folder.path()), before);
}

#[test]
fn numbers_that_lose_to_an_earlier_frame_of_the_batch_are_warned_of_at_the_commit() {
    let folder = crate::store::test_folder();
    let heard = Heard::default();
    let mut batch = begin(folder.path());
    add(&mut batch, "a.csv", &clean("a", 0..30, 1.0));
    assert_eq!(
        add(&mut batch, "b.csv", &clean("a", 10..20, 2.0)).conflicts,
        0
    );
    add(&mut batch, "c.csv", &clean("a", 20..25, 1.0));
    let Run::Committed(done) = batch.commit(heard.watch()).unwrap() else {
        panic!("nothing new")
    };
    let kinds = done.committed.manifest.warnings.iter();
    assert!(kinds.map(|warning| &*warning.kind).eq(["frame_conflicts"]));
    let said = heard.warnings();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0]
            .message()
            .starts_with("b.csv: 10 of its numbers differ from those of frames")
    );
}
