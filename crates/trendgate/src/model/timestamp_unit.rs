//! What timestamps count: in files as the configuration says, in memory always nanoseconds.

use super::schema::SchemaColumn;
use arrow::array::RecordBatch;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Schema, TimeUnit};
use arrow::error::ArrowError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the timestamps in the files of a dataset count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Nanoseconds.
    #[default]
    Ns,
    /// Microseconds: for Spark and Iceberg, and for joins with frames that count so.
    Us,
}

impl TimestampUnit {
    /// The other one.
    #[must_use]
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Ns => Self::Us,
            Self::Us => Self::Ns,
        }
    }

    /// The type of a column of timestamps.
    pub(crate) fn data_type(self) -> DataType {
        let unit = match self {
            Self::Ns => TimeUnit::Nanosecond,
            Self::Us => TimeUnit::Microsecond,
        };
        DataType::Timestamp(unit, Some("UTC".into()))
    }

    /// What the timestamps count in the files of a dataset with these columns.
    pub(crate) fn of(columns: &[SchemaColumn]) -> Self {
        let micros = |column: &SchemaColumn| column.data_type == Self::Us.type_name();
        match columns.iter().any(micros) {
            true => Self::Us,
            false => Self::Ns,
        }
    }

    /// Its name in a configuration.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ns => "ns",
            Self::Us => "us",
        }
    }

    /// That type as a manifest names it.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Ns => "timestamp[ns, UTC]",
            Self::Us => "timestamp[us, UTC]",
        }
    }
}

/// The rows of a batch with its instants in nanoseconds: in memory they count nothing else. Columns that are not of instants in microseconds in
/// UTC stay as they are.
///
/// # Errors
/// That of Arrow where an instant is too far away for nanoseconds.
pub(crate) fn in_nanoseconds(rows: RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    let stored = TimestampUnit::Us.data_type();
    if schema.fields().iter().all(|f| *f.data_type() != stored) {
        return Ok(rows);
    }
    let counted = TimestampUnit::Ns.data_type();
    let exact = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in schema.fields().iter().zip(rows.columns()) {
        if *field.data_type() == stored {
            fields.push(Arc::new(
                field.as_ref().clone().with_data_type(counted.clone()),
            ));
            columns.push(cast_with_options(column, &counted, &exact)?);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns)
}
