//! Which column of a batch is which column of the dataset, and whether it has the right type.

use super::flag_lists::is_list_of_text;
use super::violation::{ViolationKind, Violations};
use crate::error::Result;
use crate::model::{DatasetSchema, QUALITY_FLAGS, TIMESTAMP};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use std::collections::BTreeMap;

impl DatasetSchema {
    /// The schema that a file or a batch of the dataset has; metadata that is absent is taken as unknown.
    ///
    /// # Errors
    /// [`Contract`](crate::error::ErrorKind::Contract) where it lacks a column of the dataset or has one of another type.
    pub(crate) fn from_arrow(schema: &Schema) -> Result<Self> {
        let expected = Self::expected_of(schema)?;
        let mut found = Violations::default();
        ColumnPlaces::of(&expected, schema, &mut found);
        found.into_result()?;
        Ok(expected)
    }
}

/// The places of the dataset's columns in a batch; `None` where a column is missing or of another type.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnPlaces {
    pub(super) timestamp: Option<usize>,
    pub(super) flags: Option<usize>,
    pub(super) points: Vec<Option<usize>>,
}

impl ColumnPlaces {
    /// The layout of batches of `actual`; what does not fit is added to `found`.
    pub(super) fn of(expected: &DatasetSchema, actual: &Schema, found: &mut Violations) -> Self {
        let arrow = expected.arrow();
        let there = places(actual);
        let mut places = arrow
            .fields()
            .iter()
            .map(|field| place(field, actual, &there, found));
        let timestamp = places.next().flatten();
        let flags = places.next().flatten();
        let points = places.collect();
        refuse_unexpected(&arrow, actual, &there, found);
        Self {
            timestamp,
            flags,
            points,
        }
    }
}

/// For each name the first column that has it.
fn places(schema: &Schema) -> BTreeMap<&str, usize> {
    let mut places = BTreeMap::new();
    for (at, field) in schema.fields().iter().enumerate() {
        places.entry(field.name().as_str()).or_insert(at);
    }
    places
}

fn place(
    expected: &Field,
    actual: &Schema,
    there: &BTreeMap<&str, usize>,
    found: &mut Violations,
) -> Option<usize> {
    let (name, wanted) = (expected.name(), type_name(expected.data_type()));
    let Some(at) = there.get(name.as_str()).copied() else {
        found.add_column(ViolationKind::MissingColumn, name, wanted, "no such column");
        return None;
    };
    let field = actual.field(at);
    let fits = match name.as_str() {
        TIMESTAMP => is_utc_nanoseconds(field.data_type()),
        QUALITY_FLAGS => is_list_of_text(field.data_type()),
        _ => *field.data_type() == DataType::Float64,
    };
    if !fits {
        let got = type_name(field.data_type());
        found.add_column(ViolationKind::TypeMismatch, name, wanted, got);
    }
    fits.then_some(at)
}

fn refuse_unexpected(
    expected: &Schema,
    actual: &Schema,
    there: &BTreeMap<&str, usize>,
    found: &mut Violations,
) {
    let wanted = places(expected);
    for (at, field) in actual.fields().iter().enumerate() {
        let name = field.name();
        let got = type_name(field.data_type());
        if !wanted.contains_key(name.as_str()) {
            let none = "no column of this name";
            found.add_column(ViolationKind::UnexpectedColumn, name, none, got);
        } else if there.get(name.as_str()) != Some(&at) {
            let once = "this column once";
            found.add_column(ViolationKind::UnexpectedColumn, name, once, "it again");
        }
    }
}

/// Writers name UTC in several ways; they mean the same instants.
fn is_utc_nanoseconds(data_type: &DataType) -> bool {
    let DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) = data_type else {
        return false;
    };
    matches!(zone.as_ref(), "UTC" | "+00:00" | "Z" | "Etc/UTC")
}

/// A type in the words of the contract: `timestamp[us, UTC]`, `list<string>`, `float64`.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref().unwrap_or("no zone");
            format!("timestamp[{}, {zone}]", unit_name(*unit))
        }
        DataType::List(item) | DataType::ListView(item) => {
            format!("list<{}>", type_name(item.data_type()))
        }
        DataType::LargeList(item) | DataType::LargeListView(item) => {
            format!("large_list<{}>", type_name(item.data_type()))
        }
        DataType::FixedSizeList(item, size) => {
            format!("list<{}>[{size}]", type_name(item.data_type()))
        }
        DataType::Dictionary(_, value) => format!("dictionary<{}>", type_name(value)),
        DataType::Utf8 => "string".into(),
        DataType::LargeUtf8 => "large_string".into(),
        DataType::Utf8View => "string_view".into(),
        DataType::Boolean => "bool".into(),
        other => other.to_string().to_lowercase(),
    }
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}
