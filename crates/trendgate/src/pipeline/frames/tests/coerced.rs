//! Frames of other types than the dataset's.

use super::*;
use arrow::array::{
    Decimal128Array, Decimal256Array, Int64Array, StringArray, StringDictionaryBuilder,
    TimestampSecondArray, UInt64Array,
};
use arrow::compute::cast;

fn coerce(batch: &mut Batch, frame: &RecordBatch) -> std::result::Result<Added, Refusal> {
    let coercion = Coercion::new(Some("Europe/Berlin")).unwrap();
    let rows = [Ok(frame.clone())];
    let (schema, options) = (frame.schema(), FrameOptions::default());
    batch.add_coerced("a", &schema, rows, &coercion, &options, Watch::unwatched())
}

fn of_numbers(cells: ArrayRef) -> RecordBatch {
    let times = (0..cells.len()).map(|row| START + i64::try_from(row).unwrap() * BIN);
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    RecordBatch::try_from_iter([("timestamp", Arc::new(times) as ArrayRef), ("a", cells)]).unwrap()
}

fn numbers(cells: ArrayRef) -> Vec<Option<f64>> {
    let root = crate::store::test_folder();
    let rows = cells.len();
    let mut batch = begin(root.path());
    coerce(&mut batch, &of_numbers(cells)).unwrap();
    commit(batch);
    let dataset = dataset(root.path());
    assert_eq!(dataset.len(), rows);
    dataset
        .values()
        .map(|(_, cells)| cells.get("a").copied())
        .collect()
}

#[test]
fn decimals_are_the_nearest_float64_of_their_texts() {
    let texts = [
        "0.1",
        "-0.30",
        "123456789.87",
        "9007199254740992.00",
        "90071992547409.93",
    ];
    let expected: Vec<Option<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
    let unscaled = [
        10,
        -30,
        12_345_678_987,
        900_719_925_474_099_200,
        9_007_199_254_740_993_i128,
    ];
    let decimals = Decimal128Array::from(unscaled.to_vec());
    let decimals = decimals.with_precision_and_scale(30, 2).unwrap();
    let wide = cast(&decimals, &DataType::Decimal256(60, 2)).unwrap();
    assert!(wide.as_any().is::<Decimal256Array>());
    assert_eq!(numbers(Arc::new(decimals)), expected);
    assert_eq!(numbers(wide), expected);
}

#[test]
fn integers_up_to_2_to_the_53_are_exact_and_more_is_refused_with_the_row() {
    let limit = 1_i64 << 53;
    let cells = Int64Array::from(vec![Some(limit), None, Some(-limit)]);
    #[allow(clippy::cast_precision_loss, reason = "it is a power of two")]
    let expected = [Some(limit as f64), None, Some(-limit as f64)];
    assert_eq!(numbers(Arc::new(cells)), expected);
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let refused = coerce(
        &mut batch,
        &of_numbers(Arc::new(UInt64Array::from(vec![
            1,
            1 << 53,
            (1 << 53) + 1,
            u64::MAX,
        ]))),
    );
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let rows: Vec<Option<u64>> = found.examples().iter().map(|one| one.row).collect();
    assert_eq!(rows, [Some(2), Some(3)]);
    assert_eq!(found.examples()[0].kind, ViolationKind::OutOfRange);
}

#[test]
fn decimals_beyond_2_to_the_53_are_refused_whatever_their_size() {
    let limit = 10 * (1_i128 << 53);
    let unscaled = vec![
        limit,
        limit + 5,
        -limit - 1,
        10 * i128::from(u64::MAX) + 5,
        limit * limit,
    ];
    let decimals = Decimal128Array::from(unscaled);
    let decimals = decimals.with_precision_and_scale(38, 1).unwrap();
    let root = crate::store::test_folder();
    let refused = coerce(&mut begin(root.path()), &of_numbers(Arc::new(decimals)));
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let rows: Vec<Option<u64>> = found.examples().iter().map(|one| one.row).collect();
    assert_eq!(rows, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn rows_with_more_values_than_one_dictionary_has_keys_are_put_in_order() {
    let of = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64));
    let batch = |first: i64| {
        let values = Int64Array::from_iter_values((0..100).map(|row| 1000 * first + row));
        let times = (0..100).map(|row| START + (100 * first + row) * BIN);
        let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
        let cells = cast(&values, &of).unwrap();
        RecordBatch::try_from_iter([("timestamp", Arc::new(times) as ArrayRef), ("a", cells)])
            .unwrap()
    };
    let root = crate::store::test_folder();
    let mut into = begin(root.path());
    let (coercion, options) = (Coercion::default(), FrameOptions::default());
    let rows = [Ok(batch(1)), Ok(batch(0))];
    let schema = batch(0).schema();
    into.add_coerced("a", &schema, rows, &coercion, &options, Watch::unwatched())
        .unwrap();
    commit(into);
    let values = dataset(root.path());
    let values: Vec<f64> = values.values().map(|(_, cells)| cells["a"]).collect();
    let expected = (0..200).map(|row| f64::from(row / 100 * 1000 + row % 100));
    assert_eq!(values, expected.collect::<Vec<_>>());
}

#[test]
fn texts_stay_for_the_contract_to_refuse() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let mut words = StringDictionaryBuilder::<arrow::datatypes::Int8Type>::new();
    words.append_value("1.5");
    for cells in [
        Arc::new(StringArray::from(vec!["1.5"])) as ArrayRef,
        Arc::new(words.finish()),
    ] {
        let refused = coerce(&mut batch, &of_numbers(cells));
        let Err(Refusal::Contract(found)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(found.examples()[0].kind, ViolationKind::TypeMismatch);
    }
    assert_eq!(batch.refused.len(), 2);
}

#[test]
fn an_instant_beyond_nanoseconds_is_refused_and_local_times_are_of_their_zone() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let frame = |seconds: Vec<i64>| {
        let cells: Float64Array = seconds.iter().map(|_| Some(1.0)).collect();
        let times = TimestampSecondArray::from(seconds);
        let columns = [
            ("timestamp", Arc::new(times) as ArrayRef),
            ("a", Arc::new(cells) as ArrayRef),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let refused = coerce(&mut batch, &frame(vec![0, i64::MAX / 1000]));
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let first = &found.examples()[0];
    assert_eq!(
        (first.kind, first.row),
        (ViolationKind::OutOfRange, Some(1))
    );
    // 2026-01-31T23:00:00 in Berlin is an hour earlier in UTC.
    let added = coerce(&mut batch, &frame(vec![START / 1_000_000_000])).unwrap();
    let coerced: Vec<(&str, u64)> = added
        .coerced
        .iter()
        .map(|(kind, count)| (kind.name(), *count))
        .collect();
    assert_eq!(
        coerced,
        [("time_unit", 1), ("local_time", 1), ("no_flags", 1)]
    );
    commit(batch);
    assert_eq!(dataset(root.path()).into_keys().collect::<Vec<_>>(), [-12]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn rows_in_any_order_and_cut_anywhere_make_the_same_dataset(
        rows in prop::collection::vec((-9.9e19..9.9e19_f64, 0..64_u32), 1..60),
        cut in 0..60_usize,
    ) {
        let rows: Vec<(i64, f64, u32)> = (0..).zip(rows).map(|(bin, (cell, key))| (bin, cell, key)).collect();
        let made = |rows: &[(i64, f64, u32)]| {
            let times = rows.iter().map(|row| START + row.0 * BIN);
            let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
            let cells: Float64Array = rows.iter().map(|row| Some(row.1)).collect();
            RecordBatch::try_from_iter([("timestamp", Arc::new(times) as ArrayRef), ("A", Arc::new(cells))]).unwrap()
        };
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| row.2);
        let (one, two) = shuffled.split_at(cut.min(shuffled.len()));
        let root = crate::store::test_folder();
        let mut batch = begin(root.path());
        let batches = [Ok(made(one)), Ok(made(two))];
        let (schema, coercion, options) = (made(&[]).schema(), Coercion::default(), FrameOptions::default());
        let added = batch.add_coerced("a", &schema, batches, &coercion, &options, Watch::unwatched()).unwrap();
        let moved = shuffled.iter().zip(&rows).filter(|(one, other)| one.0 != other.0).count() as u64;
        prop_assert_eq!(added.coerced.get(&CoercionKind::Sorted).copied().unwrap_or(0), moved);
        commit(batch);
        let found: Vec<f64> = dataset(root.path()).values().map(|(_, cells)| cells["a"]).collect();
        let expected: Vec<f64> = rows.iter().map(|row| row.1).collect();
        prop_assert_eq!(found, expected);
    }
}
