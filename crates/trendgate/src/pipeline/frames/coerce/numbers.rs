//! Columns of any type of numbers → float64: integers as they are, up to 2⁵³; of decimals up to there the nearest.

use super::{CoercionCounts, CoercionKind};
use crate::contract::{ViolationKind, Violations};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float64Type};
use arrow::error::ArrowError;
use std::sync::Arc;

/// From here on float64 does not have every integer.
const EXACT: u64 = 1 << 53;
/// Up to here float64 has every power of ten.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// What the numbers of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberType {
    Float64,
    SmallFloat,
    Integer,
    Boolean,
    Decimal,
    /// None: all its cells are null.
    Null,
    /// Codes of numbers of this type.
    Coded(DataType, Box<Self>),
}

impl NumberType {
    /// What numbers of this Arrow type are; `None` where they are none.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Float64 => Self::Float64,
            DataType::Float32 | DataType::Float16 => Self::SmallFloat,
            DataType::Boolean => Self::Boolean,
            DataType::Null => Self::Null,
            DataType::Dictionary(_, values) => {
                Self::Coded(values.as_ref().clone(), Box::new(Self::of(values)?))
            }
            decimal if decimal.is_decimal() => Self::Decimal,
            integer if integer.is_integer() => Self::Integer,
            _ => return None,
        })
    }

    /// Counts what is changed of `cells`, those of the column `name` from the row `first` on; what float64 does not hold is added to
    /// `found`.
    pub(super) fn look_at(
        &self,
        cells: &ArrayRef,
        (name, first): (&str, u64),
        found: &mut Violations,
        counts: &mut CoercionCounts,
    ) {
        let there = cells.len() - cells.null_count();
        match self {
            Self::Null => {}
            Self::Boolean => counts.add(CoercionKind::Booleans, there),
            Self::Float64 => counts.add(CoercionKind::Nans, nans(cells)),
            Self::SmallFloat => {
                counts.add(CoercionKind::SmallFloats, there);
                if let Ok(wide) = cast(cells, &DataType::Float64) {
                    counts.add(CoercionKind::Nans, nans(&wide));
                }
            }
            Self::Coded(values, of) => match cast(cells, values) {
                Ok(plain) => of.look_at(&plain, (name, first), found, counts),
                Err(error) => {
                    let expected = "codes of numbers";
                    let got = error.to_string();
                    found.add_column(ViolationKind::TypeMismatch, name, expected, got);
                }
            },
            Self::Integer | Self::Decimal => {
                let kind = match self {
                    Self::Decimal => CoercionKind::Decimals,
                    _ => CoercionKind::Integers,
                };
                counts.add(kind, there);
                for row in too_large(cells) {
                    let expected = "at most 2^53 in size, up to which float64 has every integer";
                    let got = shown(cells, row);
                    let row = first + row as u64;
                    found.add_row(ViolationKind::OutOfRange, name, row, expected, got);
                }
            }
        }
    }

    /// `cells` as float64.
    ///
    /// # Errors
    /// Those of Arrow for another type than this.
    pub(super) fn as_float64(&self, cells: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
        match self {
            Self::Float64 => Ok(Arc::clone(cells)),
            Self::Coded(values, of) => of.as_float64(&cast(cells, values)?),
            Self::Decimal => decimals(cells).map(|numbers| Arc::new(numbers) as ArrayRef),
            Self::Boolean => {
                let numbers = cells.as_boolean().iter();
                let numbers = numbers.map(|cell| cell.map(|is| f64::from(u8::from(is))));
                Ok(Arc::new(numbers.collect::<Float64Array>()))
            }
            Self::SmallFloat | Self::Integer | Self::Null => cast(cells, &DataType::Float64),
        }
    }
}

fn nans(cells: &ArrayRef) -> usize {
    let cells = cells.as_primitive::<Float64Type>();
    cells.iter().flatten().filter(|cell| cell.is_nan()).count()
}

/// The rows of `cells`, which are integers or decimals, that are more than float64 has every integer of.
fn too_large(cells: &ArrayRef) -> Vec<usize> {
    // Rounding is monotone, so what is rounded down to the limit is told from it by the text alone.
    #[allow(clippy::cast_precision_loss, reason = "it is a power of two")]
    let limit = EXACT as f64;
    let Ok(numbers) = numbers_of(cells) else {
        return Vec::new();
    };
    let numbers = numbers.iter().enumerate();
    let candidates = numbers.filter(|(_, number)| number.is_some_and(|it| it.abs() >= limit));
    let beyond = candidates.filter(|(row, _)| {
        let text = shown(cells, *row);
        let digits = text.trim_start_matches('-');
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let has_part = part.bytes().any(|digit| digit != b'0');
        // More digits than a u64 has are beyond, too.
        whole
            .parse::<u64>()
            .map_or(true, |whole| whole > EXACT || whole == EXACT && has_part)
    });
    beyond.map(|(row, _)| row).collect()
}

fn numbers_of(cells: &ArrayRef) -> std::result::Result<Float64Array, ArrowError> {
    if cells.data_type().is_decimal() {
        return decimals(cells);
    }
    let numbers = cast(cells, &DataType::Float64)?;
    Ok(numbers.as_primitive::<Float64Type>().clone())
}

/// Decimals as float64, each rounded once.
fn decimals(cells: &ArrayRef) -> std::result::Result<Float64Array, ArrowError> {
    let by_text = |text: String| text.parse::<f64>().unwrap_or(f64::NAN);
    match cells.data_type() {
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            decimals(&cast(cells, &DataType::Decimal128(*precision, *scale))?)
        }
        DataType::Decimal128(_, scale) => {
            let array = cells.as_primitive::<Decimal128Type>();
            let power = usize::try_from(*scale)
                .ok()
                .and_then(|scale| POWERS.get(scale));
            let number = |row: usize| {
                let value = array.value(row);
                match power {
                    // Both are exact, so their quotient is rounded once.
                    #[allow(clippy::cast_precision_loss, reason = "it is at most 2^53")]
                    Some(power) if value.unsigned_abs() <= EXACT.into() => value as f64 / power,
                    _ => by_text(array.value_as_string(row)),
                }
            };
            let rows = 0..array.len();
            Ok(rows
                .map(|row| array.is_valid(row).then(|| number(row)))
                .collect())
        }
        _ => {
            let array = cells.as_primitive::<Decimal256Type>();
            let number = |row: usize| by_text(array.value_as_string(row));
            let rows = 0..array.len();
            Ok(rows
                .map(|row| array.is_valid(row).then(|| number(row)))
                .collect())
        }
    }
}

/// A cell as text.
fn shown(cells: &ArrayRef, row: usize) -> String {
    arrow::util::display::array_value_to_string(cells, row).unwrap_or_default()
}
