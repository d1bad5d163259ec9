//! Where parts are cut, and that the batches they came in do not show.

use super::accumulate::row_group_rows;
use super::*;
use crate::contract::{Contract, ContractRules};
use crate::model::{Column, DatasetSchema, Flag, Term};
use crate::time::{DAY, Extent, HOUR, Instant, MINUTE, Month, Span};
use arrow::array::{
    ArrayRef, AsArray, Float64Array, ListBuilder, RecordBatch, StringBuilder,
    TimestampNanosecondArray,
};
use arrow::datatypes::TimestampNanosecondType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{LogicalType, TimeUnit, Type};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// 2016-10-31T22:00:00Z: two hours before the end of a month.
const START: Instant = Instant::from_nanos(1_477_951_200_000_000_000);

fn schema() -> DatasetSchema {
    let mut chst = Column::gauge("chst", "CH5.CHST");
    chst.unit = Some(Term::of("°C"));
    DatasetSchema::new(vec![chst, Column::gauge("load", "CH5.LOAD")]).unwrap()
}

fn minute(time: Instant) -> i64 {
    time.since(Instant::EPOCH) / MINUTE
}

/// Rows with numbers that follow from their time alone; every seventh is flagged.
fn rows(times: &[Instant]) -> RecordBatch {
    let mut flags = ListBuilder::new(StringBuilder::new());
    for time in times {
        if minute(*time) % 7 == 0 {
            flags.values().append_value("FROZEN");
        }
        flags.append(true);
    }
    let value = |seed: i64| -> ArrayRef {
        let number = |time: &Instant| i32::try_from((minute(*time) * seed) % 1_000).unwrap();
        let numbers = times.iter().map(|time| f64::from(number(time)) / 10.0);
        Arc::new(Float64Array::from_iter_values(numbers))
    };
    let utc = TimestampNanosecondArray::from_iter_values(times.iter().map(|t| t.nanos()))
        .with_timezone("UTC");
    RecordBatch::try_from_iter([
        ("timestamp", Arc::new(utc) as ArrayRef),
        ("quality_flags", Arc::new(flags.finish())),
        ("chst", value(7_919)),
        ("load", value(104_729)),
    ])
    .unwrap()
}

fn every(step: Span, count: i64) -> Vec<Instant> {
    (0..count).map(|i| START + i * step).collect()
}

const ANY: ContractRules = ContractRules {
    interval: None,
    max_gap: Span::ZERO,
    not_after: Instant::MAX,
};

struct Run {
    _staging: TempDir,
    parts: Vec<Part>,
}

/// Writes rows at these times, in batches of `chunk` rows, into parts.
fn write(times: &[Instant], chunk: usize, rules: PartRules, row_group: Option<usize>) -> Run {
    let staging = crate::store::test_folder();
    let folder = staging.path().to_owned();
    let partitioner = Partitioner::new(folder, "S", "a1", &schema(), rules).unwrap();
    let stated = vec![("site_id".to_owned(), "S".to_owned())];
    let mut partitioner = partitioner.stating(stated);
    if let Some(limit) = row_group {
        partitioner.row_group_rows = limit;
    }
    let mut contract = Contract::new(schema(), ANY).unwrap();
    for times in times.chunks(chunk) {
        for conforming in contract.admit(&rows(times)).unwrap() {
            partitioner.push(conforming).unwrap();
        }
    }
    Run {
        parts: partitioner.finish().unwrap(),
        _staging: staging,
    }
}

fn counts(run: &Run) -> Vec<u64> {
    run.parts.iter().map(|part| part.rows).collect()
}

fn times_of(part: &Part) -> Vec<Instant> {
    let batches = read_part(&part.staged).unwrap();
    batches
        .flat_map(|batch| {
            let batch = batch.unwrap();
            let column = batch.column(0).as_primitive::<TimestampNanosecondType>();
            let times = column.values().iter().copied();
            times.map(Instant::from_nanos).collect::<Vec<_>>()
        })
        .collect()
}

fn footer(part: &Part) -> ParquetRecordBatchReaderBuilder<std::fs::File> {
    let file = crate::store::open(&part.staged).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap()
}

#[test]
fn no_part_crosses_a_month_and_each_says_what_it_holds() {
    let run = write(&every(15 * MINUTE, 16), 5, PartRules::default(), None);
    assert_eq!(counts(&run), [8, 8]);
    let [october, november] = &run.parts[..] else {
        panic!("two parts")
    };
    assert_eq!(
        october.relative.as_str(),
        "S/year=2016/month=10/part-a1-201610-00000.parquet"
    );
    assert_eq!(
        november.relative.as_str(),
        "S/year=2016/month=11/part-a1-201611-00000.parquet"
    );
    assert_eq!((november.year, november.month), (2016, 11));
    assert_eq!(october.range, Extent::new(START, START + 105 * MINUTE));
    assert_eq!(november.range.first, START + 2 * HOUR);
    assert_eq!(times_of(october), every(15 * MINUTE, 8));
    let flagged = every(15 * MINUTE, 8);
    let flagged = flagged.iter().filter(|t| minute(**t) % 7 == 0).count() as u64;
    assert_eq!(october.flags, BTreeMap::from([(Flag::Frozen, flagged)]));
}

#[test]
fn the_digest_and_size_are_those_of_the_file() {
    let run = write(&every(MINUTE, 100), 9, PartRules::default(), None);
    let part = &run.parts[0];
    let mut bytes = Vec::new();
    let mut file = crate::store::open(&part.staged).unwrap();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    assert_eq!(part.bytes, bytes.len() as u64);
    assert_eq!(part.sha256, crate::Digest::of(&bytes));
}

#[test]
fn a_part_ends_at_its_row_limit() {
    let rules = PartRules {
        max_rows: 50,
        ..PartRules::default()
    };
    let run = write(&every(MINUTE, 120), 33, rules, None);
    assert_eq!(counts(&run), [50, 50, 20]);
    assert!(
        run.parts[2]
            .relative
            .as_str()
            .ends_with("part-a1-201610-00002.parquet")
    );
    let exact = write(&every(MINUTE, 100), 100, rules, None);
    assert_eq!(counts(&exact), [50, 50]);
}

#[test]
fn a_part_ends_with_its_span_of_the_calendar() {
    let rules = PartRules {
        max_span: Some(6 * HOUR),
        ..PartRules::default()
    };
    let run = write(&every(HOUR, 24), 7, rules, None);
    assert_eq!(counts(&run), [2, 6, 6, 6, 4]);
    assert_eq!(run.parts[2].range.first, START + 8 * HOUR);
    let weeks = PartRules {
        max_span: Some(7 * DAY),
        ..PartRules::default()
    };
    let run = write(&every(DAY, 32), 7, weeks, None);
    assert_eq!(counts(&run), [1, 7, 7, 7, 7, 2, 1]);
}

#[test]
fn a_part_ends_with_the_row_group_that_reaches_its_target_size() {
    let rules = PartRules {
        target_bytes: 1,
        ..PartRules::default()
    };
    assert_eq!(
        counts(&write(&every(MINUTE, 100), 100, rules, Some(40))),
        [40, 40, 20]
    );
    assert_eq!(counts(&write(&every(MINUTE, 100), 100, rules, None)), [100]);
    let larger = PartRules {
        target_bytes: 1_500,
        ..rules
    };
    let run = write(&every(MINUTE, 100), 100, larger, Some(20));
    let first = footer(&run.parts[0]);
    assert_eq!(counts(&run)[0] % 20, 0);
    assert!(first.metadata().num_row_groups() > 1);
    assert!(run.parts[0].bytes > 1_500);
    assert!(run.parts.len() > 1);
}

#[test]
fn a_row_group_is_bounded_by_bytes_and_never_trivial() {
    let wide = |n: usize| {
        let columns = (0..n).map(|i| Column::gauge(format!("c{i}"), format!("C{i}")));
        DatasetSchema::new(columns.collect()).unwrap()
    };
    let rows = |points, max_rows, target_bytes| {
        let parts = PartRules {
            max_rows,
            target_bytes,
            ..PartRules::default()
        };
        row_group_rows(&wide(points), &parts)
    };
    let usual = PartRules::default().target_bytes;
    assert_eq!(rows(2, 100_000, usual), 100_000);
    assert_eq!(rows(126, 100_000, usual), 32_768);
    assert_eq!(rows(30_000, 100_000, usual), 256);
    assert_eq!(rows(2, 10, usual), 10);
    assert_eq!(rows(126, 100_000, 1_000_000), 976);
}

#[test]
fn the_file_says_what_a_reader_needs() {
    let run = write(&every(MINUTE, 50), 50, PartRules::default(), Some(20));
    let file = footer(&run.parts[0]);
    assert_eq!(file.schema().fields(), schema().arrow().fields());
    assert_eq!(file.schema().field(2).metadata()["unit"], "°C");
    let meta = file.metadata().file_metadata();
    let version = concat!("trendgate version ", env!("CARGO_PKG_VERSION"));
    assert_eq!(meta.created_by(), Some(version));
    let entries = meta.key_value_metadata().unwrap();
    let site = entries.iter().find(|entry| entry.key == "site_id");
    assert_eq!(site.unwrap().value.as_deref(), Some("S"));
    let time = meta.schema_descr().column(0);
    assert_eq!(time.physical_type(), Type::INT64);
    let utc_nanos = LogicalType::timestamp(true, TimeUnit::NANOS);
    assert_eq!(time.logical_type_ref(), Some(&utc_nanos));
    let flags = meta.schema_descr().column(1);
    assert_eq!(flags.path().string(), "quality_flags.list.element");
    let groups = file.metadata().row_groups();
    let sizes: Vec<_> = groups.iter().map(|group| group.num_rows()).collect();
    assert_eq!(sizes, [20, 20, 10]);
    let sorted = &groups[0].sorting_columns().unwrap()[0];
    assert_eq!((sorted.column_idx, sorted.descending), (0, false));
    for column in groups[0].columns() {
        assert!(column.statistics().is_some());
        assert!(column.column_index_offset().is_some() && column.offset_index_offset().is_some());
    }
}

#[test]
fn compression_is_as_asked() {
    for (compression, name) in [(Compression::Snappy, "SNAPPY"), (Compression::Zstd, "ZSTD")] {
        let rules = PartRules {
            compression,
            ..PartRules::default()
        };
        let run = write(&every(MINUTE, 50), 50, rules, None);
        let file = footer(&run.parts[0]);
        for column in file.metadata().row_group(0).columns() {
            assert!(column.compression().to_string().starts_with(name));
        }
        assert_eq!(times_of(&run.parts[0]), every(MINUTE, 50));
    }
}

#[test]
fn rows_that_go_back_in_time_are_refused() {
    let staging = crate::store::test_folder();
    let folder = staging.path().to_owned();
    let mut partitioner =
        Partitioner::new(folder, "S", "a1", &schema(), PartRules::default()).unwrap();
    let mut push = |times: &[Instant]| {
        let mut contract = Contract::new(schema(), ANY).unwrap();
        partitioner.push(contract.admit(&rows(times)).unwrap().remove(0))
    };
    push(&[START + MINUTE]).unwrap();
    let error = push(&[START]).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Bug);
    insta::assert_snapshot!(error, @"expected rows later than 2016-10-31T22:01:00Z, found 2016-10-31T22:00:00Z");
}

#[test]
fn after_a_failed_write_there_are_no_parts() {
    let staging = crate::store::test_folder();
    let folder = staging.path().join("absent");
    let mut partitioner =
        Partitioner::new(folder, "S", "a1", &schema(), PartRules::default()).unwrap();
    let mut contract = Contract::new(schema(), ANY).unwrap();
    let batch = contract.admit(&rows(&[START])).unwrap().remove(0);
    let error = partitioner.push(batch).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Storage);
    assert_eq!(
        partitioner.finish().unwrap_err().kind(),
        crate::ErrorKind::Bug
    );
}

#[test]
fn limits_that_are_not_positive_are_refused() {
    let wrong = [
        PartRules {
            max_rows: 0,
            ..PartRules::default()
        },
        PartRules {
            max_span: Some(Span::ZERO),
            ..PartRules::default()
        },
        PartRules {
            target_bytes: 0,
            ..PartRules::default()
        },
    ];
    for rules in wrong {
        let made = Partitioner::new("x".into(), "S", "a1", &schema(), rules);
        assert_eq!(made.err().unwrap().kind(), crate::ErrorKind::Config);
    }
}

#[test]
fn no_rows_make_no_parts() {
    assert!(write(&[], 1, PartRules::default(), None).parts.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_same_rows_make_the_same_bytes_in_whatever_batches_they_come(
        steps in prop::collection::vec(prop_oneof![9 => Just(1), 1 => 2..2_000_i64], 1..300),
        chunks in (1..300_usize, 1..300_usize),
        max_rows in 1..200_usize,
        row_group in 1..100_usize,
        span in prop::option::of(1..60_i64),
        target_bytes in 500..5_000_u64,
    ) {
        let times: Vec<_> = steps
            .iter()
            .scan(START, |at, step| { *at += *step * MINUTE; Some(*at) })
            .collect();
        let max_span = span.map(|hours| hours * HOUR);
        let rules = PartRules { max_rows, max_span, target_bytes, ..PartRules::default() };
        let written = |chunk| write(&times, chunk, rules, Some(row_group.min(max_rows)));
        let (one, other) = (written(chunks.0), written(chunks.1));
        let facts = |run: &Run| -> Vec<Part> {
            let same_place = |part: &Part| Part { staged: PathBuf::new(), ..part.clone() };
            run.parts.iter().map(same_place).collect()
        };
        prop_assert_eq!(facts(&one), facts(&other));
        let read: Vec<_> = one.parts.iter().flat_map(times_of).collect();
        prop_assert_eq!(read, times);
        for part in &one.parts {
            prop_assert!(part.rows <= max_rows as u64);
            prop_assert_eq!(Month::of(part.range.first), Month::of(part.range.last));
            prop_assert!(max_span.is_none_or(|span| part.range.length() < span));
        }
    }
}
