//! Values that no sensor can have measured: ±∞, and whatever is at least [`EXTREME`] in size; and NaN, which is what some libraries write
//! for null.

use crate::model::EXTREME;
use arrow::array::{Array, Float64Array};

/// The rows of a column that hold such a value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BadRows {
    /// Those of NaN.
    pub(super) nans: Vec<usize>,
    /// Those of values that are infinite or too large.
    pub(super) extremes: Vec<usize>,
}

/// The rows of `column` that hold such a value.
pub(super) fn bad_rows(column: &Float64Array) -> BadRows {
    // Null slots may hold anything, NaN included; the first look ignores that and is fast (it stops nowhere, so that it is at
    // many values at once), the second is exact.
    if !column
        .values()
        .iter()
        .fold(false, |any, value| any | is_extreme(*value))
    {
        return BadRows::default();
    }
    let bad =
        (0..column.len()).filter(|row| column.is_valid(*row) && is_extreme(column.value(*row)));
    let (nans, extremes) = bad.partition(|row| column.value(*row).is_nan());
    BadRows { nans, extremes }
}

/// `column` with the values that stand in `rows` as nulls.
pub(super) fn without(column: &Float64Array, rows: &[usize]) -> Float64Array {
    let mut rows = rows.iter().copied().peekable();
    column
        .iter()
        .enumerate()
        .map(|(row, value)| value.filter(|_| rows.next_if_eq(&row).is_none()))
        .collect()
}

/// NaN compares with nothing, so it is not below the limit either.
#[allow(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "NaN is to count as extreme"
)]
fn is_extreme(value: f64) -> bool {
    !(value.abs() < EXTREME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_extreme_and_null_slots_are_not() {
        let below = f64::from_bits(EXTREME.to_bits() - 1);
        let mut values: Vec<_> = [f64::NAN, -EXTREME, below, f64::NEG_INFINITY, -0.0]
            .map(Some)
            .to_vec();
        values.push(None);
        let column = Float64Array::from(values);
        let bad = bad_rows(&column);
        assert_eq!((bad.nans, bad.extremes), (vec![0], vec![1, 3]));
        let kept = without(&column, &[0, 1, 3]);
        assert_eq!(
            kept.iter().collect::<Vec<_>>(),
            [None, None, Some(below), None, Some(-0.0), None]
        );
    }
}
