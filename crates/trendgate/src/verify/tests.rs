//! Parts that are right, parts that are not what they should be, and files of other people's making.

use super::*;
use crate::contract::{Contract, ContractRules, ViolationKind};
use crate::error::ErrorKind;
use crate::model::{Column, DatasetSchema, Flag};
use crate::partition::{
    INTERVAL_KEY, MAX_GAP_KEY, Part, PartRules, Partitioner, read_back, read_part,
};
use crate::time::{Instant, MINUTE, SECOND};
use arrow::array::{
    ArrayRef, Float64Array, ListBuilder, RecordBatch, StringBuilder, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::data_type::{Int96, Int96Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const START: Instant = Instant::from_nanos(1_476_028_800_000_000_000);

const RULES: ContractRules = ContractRules {
    interval: Some(MINUTE.times(15)),
    max_gap: MINUTE.times(60),
    not_after: Instant::MAX,
};

fn schema() -> DatasetSchema {
    DatasetSchema::new(vec![Column::gauge("chst", "CH5.CHST")]).unwrap()
}

fn clean(rows: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    (0..rows).for_each(|_| lists.append(true));
    Arc::new(lists.finish())
}

fn times(nanos: Vec<i64>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("UTC"))
}

fn frame(time: ArrayRef, flags: ArrayRef, values: Vec<f64>) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("timestamp", time),
        ("quality_flags", flags),
        ("chst", Arc::new(Float64Array::from(values)) as ArrayRef),
    ])
    .unwrap()
}

fn quarter_hours(count: i64) -> Vec<i64> {
    (0..count)
        .map(|i| (START + i * 15 * MINUTE).nanos())
        .collect()
}

fn part(folder: &TempDir) -> Part {
    let folder = folder.path().to_owned();
    let stated = [(INTERVAL_KEY, "15m"), (MAX_GAP_KEY, "7d")];
    let stated = stated.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let partitioner = Partitioner::new(folder, "S", "a1", &schema(), PartRules::default());
    let mut partitioner = partitioner.unwrap().stating(stated.into());
    let mut contract = Contract::new(schema(), RULES).unwrap();
    let batch = frame(times(quarter_hours(3)), clean(3), vec![1.0, 1e20, 3.0]);
    for conforming in contract.admit(&batch).unwrap() {
        partitioner.push(conforming).unwrap();
    }
    partitioner.finish().unwrap().remove(0)
}

fn file(folder: &TempDir, batch: &RecordBatch) -> PathBuf {
    let path = folder.path().join("theirs.parquet");
    let out = crate::store::create_new(&path).unwrap();
    let mut writer = ArrowWriter::try_new(out, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    path
}

fn said(path: &Path) -> String {
    let report = check_file(path).unwrap();
    let lines: Vec<_> = report
        .violations
        .examples()
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.join("\n")
}

#[test]
fn a_part_reads_back_as_it_was_written() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    read_back(&part.staged, &part, &schema(), RULES).unwrap();
    let rows: usize = read_part(&part.staged)
        .unwrap()
        .map(|b| b.unwrap().num_rows())
        .sum();
    assert_eq!(rows, 3);
}

#[test]
fn a_part_that_is_not_what_was_counted_is_damaged() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    let against = |expected: &Part, schema: &DatasetSchema| {
        let error = read_back(&part.staged, expected, schema, RULES).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert_eq!(error.path(), Some(part.staged.as_path()));
        error.message().to_owned()
    };
    let but = |change: fn(&mut Part)| {
        let mut other = part.clone();
        change(&mut other);
        against(&other, &schema())
    };
    insta::assert_snapshot!(but(|p| p.rows = 4), @"number of rows in the footer: expected 4, found 3");
    insta::assert_snapshot!(but(|p| p.range.last += SECOND), @r#"time range: expected ["2016-10-09T16:00:00Z", "2016-10-09T16:30:01Z"], found ["2016-10-09T16:00:00Z", "2016-10-09T16:30:00Z"]"#);
    insta::assert_snapshot!(but(|p| p.month = 11), @"month: expected [(2016, 11), (2016, 11)], found [(2016, 10), (2016, 10)]");
    insta::assert_snapshot!(but(|p| p.flags.clear()), @"rows per flag: expected {}, found {Outlier: 1}");
    assert!(but(|p| p.bytes += 1).starts_with("size in bytes: expected "));
    let other = DatasetSchema::new(vec![Column::gauge("chst", "CH6.CHST")]).unwrap();
    insta::assert_snapshot!(against(&part, &other), @r#"column: expected ("chst", Float64, true, {"aggregation": "mean", "point": "CH6.CHST"}), found ("chst", Float64, true, {"aggregation": "mean", "point": "CH5.CHST"})"#);
}

#[test]
fn a_part_with_a_broken_page_is_damaged() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    let file = crate::store::open_append(&part.staged).unwrap();
    file.set_len(part.bytes - 20).unwrap();
    (&file).write_all(&[0; 20]).unwrap();
    let error = read_back(&part.staged, &part, &schema(), RULES).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert!(error.hint_text().is_some());
}

#[test]
fn a_part_of_thousands_of_points_is_read_back_to_its_last_column() {
    let folder = crate::store::test_folder();
    let columns = (0..2100).map(|n| Column::gauge(format!("p{n:04}"), format!("P{n}")));
    let schema = DatasetSchema::new(columns.collect()).unwrap();
    let rules = PartRules::default();
    let partitioner = Partitioner::new(folder.path().to_owned(), "S", "a1", &schema, rules);
    let mut partitioner = partitioner.unwrap();
    let flags = crate::model::flag_lists(&[crate::model::FlagSet::CLEAN; 3]);
    let mut all: Vec<ArrayRef> = vec![times(quarter_hours(3)), flags];
    all.extend(
        (0..2100)
            .map(|n| -> ArrayRef { Arc::new(Float64Array::from(vec![f64::from(n), 1.5, 2.5])) }),
    );
    let batch = RecordBatch::try_new(schema.arrow(), all).unwrap();
    let mut contract = Contract::new(schema.clone(), RULES).unwrap();
    for conforming in contract.admit(&batch).unwrap() {
        partitioner.push(conforming).unwrap();
    }
    let part = partitioner.finish().unwrap().remove(0);
    read_back(&part.staged, &part, &schema, RULES).unwrap();
    let whole = crate::store::read(&part.staged, part.bytes).unwrap();
    let footer = crate::partition::open(&part.staged).unwrap();
    for column in [2, 2 + 1024, 2 + 2099] {
        let (from, length) = footer.metadata().row_group(0).column(column).byte_range();
        let [from, length] = [from, length].map(|place| usize::try_from(place).unwrap());
        let mut damaged = whole.clone();
        damaged[from..from + length].fill(0);
        crate::store::remove_file(&part.staged).unwrap();
        crate::store::write_all(&part.staged, &damaged).unwrap();
        let error = read_back(&part.staged, &part, &schema, RULES).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "column {column}");
    }
}

#[test]
fn a_part_whose_rows_break_the_contract_is_damaged() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    let rules = ContractRules {
        not_after: START,
        ..RULES
    };
    let error = read_back(&part.staged, &part, &schema(), rules).unwrap_err();
    insta::assert_snapshot!(error.message(), @r#"the part breaks the contract: Future: column "timestamp", row 1: expected not later than 2016-10-09T16:00:00Z, got 2016-10-09T16:15:00Z (and 1 more)"#);
}

#[test]
fn a_part_with_holes_that_should_have_been_filled_is_damaged() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    let rules = ContractRules {
        interval: Some(5 * MINUTE),
        ..RULES
    };
    let error = read_back(&part.staged, &part, &schema(), rules).unwrap_err();
    assert_eq!(error.message(), "missing bins: expected 0, found 4");
}

#[test]
fn a_check_of_our_own_part_finds_nothing_and_says_what_it_is() {
    let folder = crate::store::test_folder();
    let part = part(&folder);
    let report = check_file(&part.staged).unwrap();
    assert!(report.violations.is_empty());
    assert_eq!(
        (report.columns, report.row_groups, report.bytes),
        (3, 1, part.bytes)
    );
    assert_eq!(report.interval, Some(15 * MINUTE));
    assert_eq!(report.metadata[MAX_GAP_KEY], "7d");
    assert!(report.created_by.unwrap().starts_with("trendgate version "));
    assert_eq!(report.findings.rows, 3);
    assert_eq!(report.findings.range, Some(part.range));
    assert_eq!(report.findings.flags[&Flag::Outlier], 1);
    assert!(report.findings.extremes.is_empty());
}

#[test]
fn a_check_names_the_column_and_both_types_of_flags_cast_to_a_number() {
    let folder = crate::store::test_folder();
    let numbers = Arc::new(Float64Array::from(vec![None::<f64>]));
    let path = file(
        &folder,
        &frame(times(vec![START.nanos()]), numbers, vec![1.0]),
    );
    insta::assert_snapshot!(said(&path), @r#"TypeMismatch: column "quality_flags": expected list<string>, got float64"#);
    let report = check_file(&path).unwrap();
    assert_eq!(
        report.violations.examples()[0].kind,
        ViolationKind::TypeMismatch
    );
    assert_eq!((report.interval, report.findings.rows), (None, 1));
}

#[test]
fn a_check_names_unit_and_zone_of_timestamps() {
    let folder = crate::store::test_folder();
    let micros = TimestampMicrosecondArray::from(vec![START.nanos() / 1_000]).with_timezone("UTC");
    let path = file(&folder, &frame(Arc::new(micros), clean(1), vec![1.0]));
    insta::assert_snapshot!(said(&path), @r#"TypeMismatch: column "timestamp": expected timestamp[ns, UTC], got timestamp[us, UTC]"#);
}

#[test]
fn a_check_finds_int96_behind_a_timestamp_that_looks_right() {
    let folder = crate::store::test_folder();
    let path = folder.path().join("theirs.parquet");
    let schema = parse_message_type("message m { required int96 timestamp; }").unwrap();
    let out = crate::store::create_new(&path).unwrap();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let julian = Int96::from(vec![0, 0, 2_457_671]);
    let typed = column.typed::<Int96Type>();
    typed.write_batch(&[julian], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    insta::assert_snapshot!(said(&path), @r#"
    TypeMismatch: column "timestamp": expected Parquet INT64, got Parquet INT96
    TypeMismatch: column "timestamp": expected timestamp[ns, UTC], got timestamp[ns, no zone]
    MissingColumn: column "quality_flags": expected list<string>, got no such column
    "#);
}

#[test]
fn a_check_counts_rows_over_the_whole_file_and_looks_at_files_without_rows() {
    let folder = crate::store::test_folder();
    let mut nanos = quarter_hours(20_000);
    nanos[19_999] = nanos[19_998];
    let path = file(
        &folder,
        &frame(times(nanos), clean(20_000), vec![1.0; 20_000]),
    );
    insta::assert_snapshot!(said(&path), @r#"Duplicate: column "timestamp", row 19999: expected later than 2017-05-05T23:30:00Z, got 2017-05-05T23:30:00Z"#);
    let folder = crate::store::test_folder();
    let empty =
        RecordBatch::try_from_iter([("chst", Arc::new(Float64Array::new_null(0)) as ArrayRef)]);
    insta::assert_snapshot!(said(&file(&folder, &empty.unwrap())), @r#"
    MissingColumn: column "timestamp": expected timestamp[ns, UTC], got no such column
    MissingColumn: column "quality_flags": expected list<string>, got no such column
    "#);
}

#[test]
fn a_file_that_is_not_parquet_is_an_input_error() {
    let folder = crate::store::test_folder();
    let path = folder.path().join("report.csv");
    let mut file = crate::store::create_new(&path).unwrap();
    file.write_all(b"\"<>Date\",\"Time\",\"Point_1\"\n")
        .unwrap();
    let error = check_file(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(error.path(), Some(path.as_path()));
    insta::assert_snapshot!(error.message(), @"expected a Parquet file, found something else: Invalid Parquet file. Corrupt footer");
    assert_eq!(
        check_file(Path::new("/absent.parquet")).unwrap_err().kind(),
        ErrorKind::Storage
    );
}
