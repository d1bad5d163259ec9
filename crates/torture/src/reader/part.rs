//! A Parquet file → rows of the dataset, checked against what the manifest says of the file.

use super::Dataset;
use super::dataset::Row;
use crate::{Result, at};
use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampMicrosecondType, TimestampNanosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::fs::File;
use std::path::Path;

/// Adds the rows of a part.
///
/// # Errors
/// Where the file is not as documented, or has not the rows of its entry.
pub(super) fn read(path: &Path, entry: &Value, dataset: &mut Dataset) -> Result {
    let name = |error: String| format!("{}: {error}", path.display());
    let mut last = None;
    let mut rows = 0;
    for batch in batches(path)? {
        let batch = batch.map_err(&name)?;
        for (time, row) in rows_of(&batch).map_err(&name)? {
            if last.is_some_and(|last| last >= time) {
                return Err(name(format!("{time} is not after the row before it")));
            }
            last = Some(time);
            rows += 1;
            dataset.add(time, row).map_err(&name)?;
        }
    }
    counted(rows, entry).map_err(name)
}

/// Adds the evidence of a file.
///
/// # Errors
/// As [`read`].
pub(super) fn read_evidence(path: &Path, entry: &Value, dataset: &mut Dataset) -> Result {
    let name = |error: String| format!("{}: {error}", path.display());
    let mut rows = 0;
    for batch in batches(path)? {
        let batch = batch.map_err(&name)?;
        let times = times(&batch, "timestamp").map_err(&name)?;
        let known = known_at(&batch, &times).map_err(&name)?;
        let [columns, flags, rules] =
            ["column", "flag", "rule"].map(|column| texts(&batch, column));
        let (columns, flags, rules) = (
            columns.map_err(&name)?,
            flags.map_err(&name)?,
            rules.map_err(&name)?,
        );
        for (place, time) in times.iter().enumerate() {
            rows += 1;
            dataset.evidence.insert((
                *time,
                columns[place].clone(),
                flags[place].clone(),
                rules[place].clone(),
                known.as_ref().map(|known| known[place]),
            ));
        }
    }
    counted(rows, entry).map_err(name)
}

fn counted(rows: u64, entry: &Value) -> Result {
    match entry["rows"].as_u64() {
        Some(expected) if expected == rows => Ok(()),
        expected => Err(format!("expected {expected:?} rows, found {rows}")),
    }
}

fn batches(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
    let name = |error: String| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(at(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| name(error.to_string()))?;
    Ok(reader.map(|batch| batch.map_err(|error| error.to_string())))
}

fn rows_of(batch: &RecordBatch) -> Result<Vec<(i64, Row)>> {
    let times = times(batch, "timestamp")?;
    let mut rows: Vec<(i64, Row)> = times.into_iter().map(|t| (t, Row::default())).collect();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        match field.name().as_str() {
            "timestamp" => {}
            "quality_flags" => add_flags(column, &mut rows)?,
            name => add_cells(name, column, &mut rows)?,
        }
    }
    Ok(rows)
}

/// Instants in nanoseconds, whichever of the two units the file counts.
fn times(batch: &RecordBatch, name: &str) -> Result<Vec<i64>> {
    let column = batch
        .column_by_name(name)
        .filter(|column| column.null_count() == 0)
        .ok_or_else(|| format!("expected a column {name} without nulls"))?;
    if let Some(nanos) = column.as_primitive_opt::<TimestampNanosecondType>() {
        return Ok(nanos.values().to_vec());
    }
    let micros = column
        .as_primitive_opt::<TimestampMicrosecondType>()
        .ok_or_else(|| format!("expected a column {name} of nano- or microseconds"))?;
    Ok(micros.values().iter().map(|micros| micros * 1000).collect())
}

/// From when on each piece of evidence is known; `None` in a file of an earlier program.
fn known_at(batch: &RecordBatch, times: &[i64]) -> Result<Option<Vec<i64>>> {
    if batch.column_by_name("known_at").is_none() {
        return Ok(None);
    }
    let known = self::times(batch, "known_at")?;
    let mut pairs = known.iter().zip(times);
    match pairs.find(|(known, time)| known <= time) {
        None => Ok(Some(known)),
        Some((known, time)) => Err(format!("evidence of {time} that was known at {known}")),
    }
}

fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>> {
    let column = batch
        .column_by_name(name)
        .and_then(|column| column.as_string_opt::<i32>())
        .ok_or_else(|| format!("expected a column {name} of texts"))?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(column.iter().map(text).collect())
}

fn add_flags(column: &dyn Array, rows: &mut [(i64, Row)]) -> Result {
    let lists = column
        .as_list_opt::<i32>()
        .filter(|lists| lists.null_count() == 0)
        .ok_or("expected quality_flags as lists without nulls")?;
    for (place, (_, row)) in rows.iter_mut().enumerate() {
        let flags = lists.value(place);
        let flags = flags
            .as_string_opt::<i32>()
            .ok_or("expected quality_flags as lists of texts")?;
        row.flags = flags.iter().flatten().map(str::to_owned).collect();
    }
    Ok(())
}

fn add_cells(name: &str, column: &dyn Array, rows: &mut [(i64, Row)]) -> Result {
    let values = column
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(|| format!("expected the column {name} as float64"))?;
    for (place, (_, row)) in rows.iter_mut().enumerate() {
        if values.is_valid(place) {
            let bits = values.value(place).to_bits();
            row.cells.insert(name.to_owned(), bits);
        }
    }
    Ok(())
}
