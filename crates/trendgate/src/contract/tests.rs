//! Each rule of the contract, on and off.

mod laws;

use super::*;
use crate::model::{Column, DatasetSchema, Flag, FlagSet};
use crate::time::{Extent, Instant, MINUTE, Span};
use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Float32Array, Float64Array, Int64Array,
    LargeListArray, LargeListBuilder, LargeStringBuilder, ListArray, ListBuilder, NullArray,
    RecordBatch, RecordBatchOptions, StringBuilder, StringDictionaryBuilder, StringViewBuilder,
    TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Float64Type, Int8Type, Schema};
use std::sync::Arc;

const START: Instant = Instant::from_nanos(1_476_028_800_000_000_000);

fn schema() -> DatasetSchema {
    let columns = vec![Column::gauge("chst", "CH5.CHST"), Column::gauge("a", "A")];
    DatasetSchema::new(columns).unwrap()
}

fn contract() -> Contract {
    let rules = ContractRules {
        interval: Some(5 * MINUTE),
        max_gap: 15 * MINUTE,
        not_after: START + 1_000 * MINUTE,
    };
    Contract::new(schema(), rules).unwrap()
}

fn times(minutes: &[i64]) -> ArrayRef {
    let nanos = minutes.iter().map(|m| (START + *m * MINUTE).nanos());
    Arc::new(TimestampNanosecondArray::from_iter_values(nanos).with_timezone("UTC"))
}

fn flags(rows: &[&[&str]]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        lists.append_value(row.iter().map(Some));
    }
    Arc::new(lists.finish())
}

fn clean(rows: usize) -> ArrayRef {
    flags(&vec![&[][..]; rows])
}

fn floats(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// A clean batch at these minutes, with one column replaced.
fn but(minutes: &[i64], column: &str, array: ArrayRef) -> RecordBatch {
    let values = floats(&vec![Some(1.0); minutes.len()]);
    let mut columns = vec![
        ("timestamp", times(minutes)),
        ("quality_flags", clean(minutes.len())),
        ("a", Arc::clone(&values)),
        ("chst", values),
    ];
    for (name, old) in &mut columns {
        if *name == column {
            *old = Arc::clone(&array);
        }
    }
    of(columns)
}

fn at(minutes: &[i64]) -> RecordBatch {
    but(minutes, "", clean(0))
}

/// What the contract says against a batch; the same whether it is asked to admit or only to inspect.
fn refused(batch: &RecordBatch) -> String {
    let said = |violations: &Violations| {
        let lines: Vec<_> = violations
            .examples()
            .iter()
            .map(ToString::to_string)
            .collect();
        lines.join("\n")
    };
    let admitted = said(&contract().admit(batch).unwrap_err());
    let mut inspector = contract();
    inspector.inspect(batch);
    assert_eq!(said(inspector.violations()), admitted);
    admitted
}

fn one(conforming: Vec<Conforming>) -> Conforming {
    assert_eq!(conforming.len(), 1);
    conforming.into_iter().next().unwrap()
}

#[test]
fn a_clean_batch_passes_unchanged_with_its_columns_in_the_datasets_order() {
    let batch = of(vec![
        ("chst", floats(&[Some(7.0), None])),
        ("quality_flags", flags(&[&[], &["FROZEN"]])),
        ("timestamp", times(&[0, 5])),
        ("a", floats(&[Some(-0.0), Some(1e19)])),
    ]);
    let mut contract = contract();
    let out = one(contract.admit(&batch).unwrap());
    assert_eq!(out.batch().schema(), schema().arrow());
    assert_eq!(out.times(), [START, START + 5 * MINUTE]);
    assert_eq!(
        out.flags()[1],
        [Flag::Frozen].into_iter().collect::<FlagSet>()
    );
    let value = |column: usize| {
        out.batch()
            .column(column)
            .as_primitive::<Float64Type>()
            .clone()
    };
    assert_eq!(value(2), Float64Array::from(vec![-0.0, 1e19]));
    assert_eq!(value(3), Float64Array::from(vec![Some(7.0), None]));
    let found = contract.findings();
    assert_eq!((found.rows, found.missing_bins), (2, 0));
    assert_eq!(found.range, Some(Extent::new(START, START + 5 * MINUTE)));
    assert!(found.extremes.is_empty() && contract.gaps().is_empty());
}

#[test]
fn missing_and_unexpected_columns_are_named() {
    let batch = of(vec![
        ("quality_flags", clean(1)),
        ("a", floats(&[None])),
        ("b", floats(&[None])),
        ("a", floats(&[None])),
    ]);
    insta::assert_snapshot!(refused(&batch), @r#"
    MissingColumn: column "timestamp": expected timestamp[ns, UTC], got no such column
    MissingColumn: column "chst": expected float64, got no such column
    UnexpectedColumn: column "b": expected no column of this name, got float64
    UnexpectedColumn: column "a": expected this column once, got it again
    "#);
}

#[test]
fn flags_cast_to_a_number_are_a_type_mismatch_that_names_both_types() {
    let batch = but(&[0], "quality_flags", floats(&[Some(0.0)]));
    insta::assert_snapshot!(refused(&batch), @r#"TypeMismatch: column "quality_flags": expected list<string>, got float64"#);
    let mut lists = ListBuilder::new(arrow::array::Int32Builder::new());
    lists.append(true);
    let batch = but(&[0], "quality_flags", Arc::new(lists.finish()));
    insta::assert_snapshot!(refused(&batch), @r#"TypeMismatch: column "quality_flags": expected list<string>, got list<int32>"#);
}

#[test]
fn timestamps_of_another_unit_or_zone_are_a_type_mismatch_that_names_both() {
    let micros = TimestampMicrosecondArray::from(vec![0]);
    let batch = but(&[0], "timestamp", Arc::new(micros.with_timezone("UTC")));
    insta::assert_snapshot!(refused(&batch), @r#"TypeMismatch: column "timestamp": expected timestamp[ns, UTC], got timestamp[us, UTC]"#);
    let local = TimestampNanosecondArray::from(vec![0]);
    let batch = but(&[0], "timestamp", Arc::new(local.clone()));
    insta::assert_snapshot!(refused(&batch), @r#"TypeMismatch: column "timestamp": expected timestamp[ns, UTC], got timestamp[ns, no zone]"#);
    let batch = but(
        &[0],
        "timestamp",
        Arc::new(local.clone().with_timezone("Asia/Taipei")),
    );
    insta::assert_snapshot!(refused(&batch), @r#"TypeMismatch: column "timestamp": expected timestamp[ns, UTC], got timestamp[ns, Asia/Taipei]"#);
    let batch = but(&[0], "timestamp", Arc::new(local.with_timezone("+00:00")));
    let out = one(contract().admit(&batch).unwrap());
    assert_eq!(out.batch().schema(), schema().arrow());
}

#[test]
fn points_that_are_not_float64_are_a_type_mismatch() {
    for (array, name) in [
        (
            Arc::new(Float32Array::from(vec![1.0])) as ArrayRef,
            "float32",
        ),
        (Arc::new(Int64Array::from(vec![1])), "int64"),
        (Arc::new(NullArray::new(1)), "null"),
        (
            Arc::new(arrow::array::StringArray::from(vec!["1"])),
            "string",
        ),
    ] {
        let expected = format!("TypeMismatch: column \"a\": expected float64, got {name}");
        assert_eq!(refused(&but(&[0], "a", array)), expected);
    }
}

#[test]
fn null_timestamps_are_named_by_row_and_do_not_hide_the_next_rows_fault() {
    let nanos = [Some(START), None, Some(START)];
    let column =
        TimestampNanosecondArray::from(nanos.map(|time| time.map(Instant::nanos)).to_vec())
            .with_timezone("UTC");
    let batch = but(&[0, 0, 0], "timestamp", Arc::new(column));
    insta::assert_snapshot!(refused(&batch), @r#"
    NullTimestamp: column "timestamp", row 1: expected a time, got null
    Duplicate: column "timestamp", row 2: expected later than 2016-10-09T16:00:00Z, got 2016-10-09T16:00:00Z
    "#);
}

#[test]
fn repeated_disordered_off_grid_and_future_rows_are_told_apart() {
    insta::assert_snapshot!(refused(&at(&[0, 5, 5, 0, 7, 1005])), @r#"
    Duplicate: column "timestamp", row 2: expected later than 2016-10-09T16:05:00Z, got 2016-10-09T16:05:00Z
    Disorder: column "timestamp", row 3: expected later than 2016-10-09T16:05:00Z, got 2016-10-09T16:00:00Z
    OffGrid: column "timestamp", row 4: expected a multiple of 5m after 2016-10-09T16:00:00Z, got 2016-10-09T16:07:00Z
    Future: column "timestamp", row 5: expected not later than 2016-10-10T08:40:00Z, got 2016-10-10T08:45:00Z
    "#);
    assert!(contract().admit(&at(&[1000])).is_ok());
}

#[test]
fn null_and_unknown_flags_are_refused() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append(false);
    lists.append_value([Some("OUTLIER"), None]);
    lists.append_value([Some("frozen"), Some("")]);
    let batch = but(&[0, 5, 10], "quality_flags", Arc::new(lists.finish()));
    insta::assert_snapshot!(refused(&batch), @r#"
    NullFlags: column "quality_flags", row 0: expected a list of flags, [] where there is none, got null
    NullFlags: column "quality_flags", row 1: expected a list of flags, [] where there is none, got a null in the list
    UnknownFlag: column "quality_flags", row 2: expected one of FROZEN, HEAT_IMBALANCE, AFFINITY_VIOLATION, OUTLIER, INSUFFICIENT_DATA, got "frozen"
    UnknownFlag: column "quality_flags", row 2: expected one of FROZEN, HEAT_IMBALANCE, AFFINITY_VIOLATION, OUTLIER, INSUFFICIENT_DATA, got ""
    "#);
}

#[test]
fn every_way_to_write_a_list_of_texts_is_read_as_the_same_flags() {
    let row = [Some("OUTLIER"), Some("FROZEN"), Some("OUTLIER")];
    let mut large = LargeListBuilder::new(LargeStringBuilder::new());
    large.append_value(row);
    let mut views = ListBuilder::new(StringViewBuilder::new());
    views.append_value(row);
    let mut dictionary = ListBuilder::new(StringDictionaryBuilder::<Int8Type>::new());
    dictionary.append_value(row);
    let expected: FlagSet = [Flag::Frozen, Flag::Outlier].into_iter().collect();
    for lists in [
        Arc::new(large.finish()) as ArrayRef,
        Arc::new(views.finish()),
        Arc::new(dictionary.finish()),
    ] {
        let out = one(contract()
            .admit(&but(&[0], "quality_flags", lists))
            .unwrap());
        assert_eq!(out.flags(), [expected]);
        let written: ListArray = out.batch().column(1).as_list().clone();
        assert_eq!(written, flags_in_order(&["FROZEN", "OUTLIER"]));
    }
}

fn flags_in_order(names: &[&str]) -> ListArray {
    let item = Arc::new(Field::new("element", DataType::Utf8, true));
    let values = Arc::new(arrow::array::StringArray::from(names.to_vec()));
    ListArray::new(
        item,
        OffsetBuffer::from_lengths([names.len()]),
        values,
        None,
    )
}

#[test]
fn lists_that_are_all_empty_need_no_item_type() {
    let item = Arc::new(Field::new("item", DataType::Null, true));
    let empty = Arc::new(NullArray::new(0));
    let lists = LargeListArray::new(item, OffsetBuffer::from_lengths([0, 0]), empty, None);
    let out = one(contract()
        .admit(&but(&[0, 5], "quality_flags", Arc::new(lists)))
        .unwrap());
    assert_eq!(out.flags(), [FlagSet::CLEAN; 2]);
}

#[test]
fn a_dictionary_of_numbers_is_no_point() {
    let keys = arrow::array::Int8Array::from(vec![0]);
    let array = DictionaryArray::new(keys, Arc::new(Float64Array::from(vec![1.0])));
    let text = refused(&but(&[0], "a", Arc::new(array)));
    assert!(
        text.ends_with("expected float64, got dictionary<float64>"),
        "{text}"
    );
}

#[test]
fn impossible_values_become_null_and_their_rows_outliers_and_nan_is_a_null() {
    let column = floats(&[Some(f64::NAN), Some(1e20), Some(-1e20), Some(1e19), None]);
    let batch = but(&[0, 5, 10, 15, 20], "chst", column);
    let mut contract = contract();
    let out = one(contract.admit(&batch).unwrap());
    let kept = out.batch().column(3).as_primitive::<Float64Type>();
    let expected = Float64Array::from(vec![None, None, None, Some(1e19), None]);
    assert_eq!(kept, &expected);
    let outlier: FlagSet = [Flag::Outlier].into_iter().collect();
    assert_eq!(out.flags()[1..3], [outlier; 2]);
    assert_eq!(out.flags()[0], FlagSet::CLEAN);
    assert_eq!(out.flags()[3..], [FlagSet::CLEAN; 2]);
    let found = contract.findings();
    assert_eq!((found.nans["chst"], found.extremes["chst"]), (1, 2));
    assert_eq!(found.flags[&Flag::Outlier], 2);
}

#[test]
fn inspection_counts_impossible_values_and_missing_bins_and_changes_nothing() {
    let mut contract = contract();
    contract.inspect(&but(&[0, 10], "a", floats(&[Some(f64::INFINITY), None])));
    let found = contract.findings();
    assert!(contract.violations().is_empty());
    assert_eq!(
        (found.extremes["a"], found.missing_bins, found.rows),
        (1, 1, 2)
    );
    assert!(found.flags.is_empty());
}

#[test]
fn missing_bins_up_to_max_gap_become_rows_of_nulls_and_longer_gaps_are_listed() {
    let mut contract = contract();
    let mut out = contract.admit(&at(&[0, 10])).unwrap();
    out.extend(contract.admit(&at(&[30, 50, 75])).unwrap());
    let all: Vec<_> = out.iter().flat_map(|part| part.times().to_vec()).collect();
    let minutes: Vec<_> = all.iter().map(|t| (*t - START) / MINUTE).collect();
    assert_eq!(minutes, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 75]);
    let missing: FlagSet = [Flag::InsufficientData].into_iter().collect();
    assert_eq!(out[1].flags(), [missing]);
    assert_eq!(out[1].batch().column(2).null_count(), 1);
    let long = Gap {
        from: START + 55 * MINUTE,
        to: START + 75 * MINUTE,
    };
    assert_eq!(contract.gaps(), [long]);
    assert_eq!(contract.findings().missing_bins, 7);
    assert_eq!(contract.findings().flags[&Flag::InsufficientData], 7);
}

#[test]
fn a_long_gap_is_filled_in_batches_of_bounded_size() {
    let rules = ContractRules {
        interval: Some(MINUTE),
        max_gap: Span::MAX,
        not_after: Instant::MAX,
    };
    let mut contract = Contract::new(schema(), rules).unwrap();
    let out = contract.admit(&at(&[0, 20_001])).unwrap();
    let rows: Vec<_> = out.iter().map(Conforming::rows).collect();
    assert_eq!(rows, [1, 8192, 8192, 3616, 1]);
}

#[test]
fn rows_are_counted_over_the_whole_stream_and_a_refused_batch_leaves_no_trace() {
    let mut contract = contract();
    contract.admit(&at(&[0, 5])).unwrap();
    let violations = contract.admit(&at(&[10, 5])).unwrap_err();
    assert_eq!(violations.examples()[0].row, Some(3));
    assert_eq!(contract.admit(&at(&[10])).unwrap()[0].rows(), 1);
    assert_eq!(contract.findings().rows, 3);
}

#[test]
fn a_column_of_a_wrong_type_is_reported_once_and_the_rest_still_judged() {
    let mut contract = contract();
    let wrong = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    contract.inspect(&but(&[0], "a", wrong()));
    contract.inspect(&but(&[0], "a", wrong()));
    let kinds: Vec<_> = contract
        .violations()
        .examples()
        .iter()
        .map(|v| v.kind)
        .collect();
    assert_eq!(
        kinds,
        [ViolationKind::TypeMismatch, ViolationKind::Duplicate]
    );
}

#[test]
fn many_violations_are_counted_and_the_first_twenty_kept() {
    let mut contract = contract();
    contract.inspect(&at(&[0; 31]));
    assert_eq!(contract.violations().total(), 30);
    assert_eq!(contract.violations().examples().len(), 20);
    let error: crate::Error = contract.violations().clone().into();
    insta::assert_snapshot!(error, @r#"the rows break the contract: Duplicate: column "timestamp", row 1: expected later than 2016-10-09T16:00:00Z, got 2016-10-09T16:00:00Z (and 29 more)"#);
    assert_eq!(error.kind(), crate::ErrorKind::Contract);
    assert_eq!(error.excerpt_lines().len(), 19);
}

#[test]
fn batches_without_rows_or_points_pass() {
    assert!(contract().admit(&at(&[])).unwrap().is_empty());
    let bare = DatasetSchema::new(Vec::new()).unwrap();
    let rules = ContractRules {
        interval: None,
        max_gap: Span::ZERO,
        not_after: Instant::MAX,
    };
    let batch = of(vec![
        ("timestamp", times(&[0])),
        ("quality_flags", clean(1)),
    ]);
    let mut contract = Contract::new(bare, rules).unwrap();
    assert_eq!(contract.admit(&batch).unwrap()[0].rows(), 1);
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let none = Arc::new(Schema::empty());
    let nothing = RecordBatch::try_new_with_options(none, vec![], &options).unwrap();
    assert_eq!(contract.admit(&nothing).unwrap_err().total(), 2);
}

#[test]
fn an_interval_that_is_not_positive_is_refused() {
    let rules = ContractRules {
        interval: Some(Span::ZERO),
        max_gap: Span::ZERO,
        not_after: Instant::EPOCH,
    };
    let error = Contract::new(schema(), rules).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
}
