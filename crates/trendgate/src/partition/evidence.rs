//! Why cells are flagged, in long form: one row a flagged cell, one file a month.
//!
//! | column | type | |
//! |---|---|---|
//! | `timestamp` | timestamp\[ns, UTC\] | the bin |
//! | `column` | string, nullable | the point's column; null where the whole row is flagged |
//! | `flag` | string, nullable | the flag; null where a breach is recorded only |
//! | `rule` | string | the rule that raised it |
//! | `value` | double, nullable | what was found, in the dataset's unit |
//! | `limit_low`, `limit_high` | double, nullable | the band that the rule held it against |
//! | `known_at` | timestamp\[ns, UTC\] | from when on that is certain; absent in files of earlier programs |
//!
//! Rows are sorted by timestamp, column (those without one first) and rule. Files are cut by month alone, so that the same
//! evidence makes the same files.

use super::sink::Sink;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, Evidence, Flag, Rule};
use crate::time::{Instant, Month};
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

/// Rows that are encoded at a time, counted from the start of the file.
const SLICE_ROWS: usize = 8192;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("timestamp", utc.clone(), false),
        Field::new("column", DataType::Utf8, true),
        Field::new("flag", DataType::Utf8, true),
        Field::new("rule", DataType::Utf8, false),
        Field::new("value", DataType::Float64, true),
        Field::new("limit_low", DataType::Float64, true),
        Field::new("limit_high", DataType::Float64, true),
        Field::new("known_at", utc, false),
    ]))
});

/// How many columns the files of earlier programs have: all but `known_at`, the last one.
const EARLIER_COLUMNS: usize = 7;

/// A finished evidence file in staging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Where it is now.
    pub staged: PathBuf,
    /// Where it belongs, relative to the folder of the evidence: `{site}/year=2026/month=02/{name}`.
    pub relative: DatasetPath,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
}

/// Writes the evidence of a stretch.
pub struct EvidenceWriter {
    staging: PathBuf,
    site: String,
    attempt: String,
    columns: Vec<String>,
    current: Option<CurrentFile>,
    waiting: Vec<Evidence>,
    files: Vec<EvidenceFile>,
}

struct CurrentFile {
    month: Month,
    relative: DatasetPath,
    writer: ArrowWriter<Sink>,
    rows: u64,
}

impl EvidenceWriter {
    /// A writer of files `evidence-{attempt}-{yyyymm}.parquet` in `staging`, a folder that exists.
    #[must_use]
    pub fn new(staging: PathBuf, site: &str, attempt: &str, schema: &DatasetSchema) -> Self {
        let columns = schema.columns().iter();
        Self {
            staging,
            site: site.to_owned(),
            attempt: attempt.to_owned(),
            columns: columns.map(|column| column.name.clone()).collect(),
            current: None,
            waiting: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Takes the next rows, sorted, none earlier than those before.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the system refused to write.
    pub fn push(&mut self, evidence: &[Evidence]) -> Result<()> {
        for row in evidence {
            if self
                .current
                .as_ref()
                .is_none_or(|current| current.month.end() <= row.time)
            {
                self.close()?;
                self.open(Month::of(row.time))?;
            }
            self.waiting.push(row.clone());
            if self.waiting.len() == SLICE_ROWS {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Ends the last file; all files, in the order of time, durable.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the system refused to write.
    pub fn finish(mut self) -> Result<Vec<EvidenceFile>> {
        self.close()?;
        Ok(self.files)
    }

    fn open(&mut self, month: Month) -> Result<()> {
        let name = format!(
            "evidence-{}-{:04}{:02}.parquet",
            self.attempt,
            month.year(),
            month.month()
        );
        let sink = Sink::create(self.staging.join(&name))?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("trendgate version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Codec::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(vec![KeyValue::new(
                "site_id".to_owned(),
                self.site.clone(),
            )]))
            .build();
        let writer = ArrowWriter::try_new(sink, Arc::clone(&SCHEMA), Some(properties))
            .map_err(|error| Error::bug(format!("cannot encode evidence: {error}")))?;
        self.current = Some(CurrentFile {
            relative: DatasetPath::in_month(&self.site, month, &name)?,
            month,
            writer,
            rows: 0,
        });
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let (Some(current), false) = (&mut self.current, self.waiting.is_empty()) else {
            return Ok(());
        };
        let batch = to_batch(&self.waiting, &self.columns)?;
        current.rows += batch.num_rows() as u64;
        let path = current.writer.inner().path().to_owned();
        current
            .writer
            .write(&batch)
            .map_err(|error| super::encode::write_error(&path, error))?;
        self.waiting.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.write()?;
        let Some(mut current) = self.current.take() else {
            return Ok(());
        };
        let staged = current.writer.inner().path().to_owned();
        current
            .writer
            .finish()
            .map_err(|error| super::encode::write_error(&staged, error))?;
        let (sha256, bytes) = current.writer.inner_mut().finish()?;
        self.files.push(EvidenceFile {
            staged,
            relative: current.relative,
            sha256,
            bytes,
            rows: current.rows,
        });
        Ok(())
    }
}

fn to_batch(rows: &[Evidence], columns: &[String]) -> Result<RecordBatch> {
    let number = |of: fn(&Evidence) -> f64| -> ArrayRef {
        let values = rows.iter().map(of);
        Arc::new(
            values
                .map(|v| (!v.is_nan()).then_some(v))
                .collect::<Float64Array>(),
        )
    };
    let time = |of: fn(&Evidence) -> Instant| -> ArrayRef {
        let times = rows.iter().map(|row| of(row).nanos());
        Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    let names = rows
        .iter()
        .map(|row| row.column.map(|column| columns[column].as_str()));
    let arrays: Vec<ArrayRef> = vec![
        time(|row| row.time),
        Arc::new(names.collect::<StringArray>()),
        Arc::new(
            rows.iter()
                .map(|row| row.rule.flag().map(Flag::name))
                .collect::<StringArray>(),
        ),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| row.rule.name()),
        )),
        number(|row| row.value),
        number(|row| row.low),
        number(|row| row.high),
        time(|row| row.known_at),
    ];
    RecordBatch::try_new(Arc::clone(&SCHEMA), arrays)
        .map_err(|error| Error::bug(format!("evidence does not fit its schema: {error}")))
}

/// One row of an evidence file, as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRow {
    /// The bin.
    pub time: Instant,
    /// The point's column; `None` where the whole row is flagged.
    pub column: Option<String>,
    /// The rule that raised the flag.
    pub rule: Rule,
    /// What was found.
    pub value: Option<f64>,
    /// The lower end of the band.
    pub low: Option<f64>,
    /// The upper end of the band.
    pub high: Option<f64>,
    /// From when on the flag is certain, whatever rows with later stamps still come; `None` in files of earlier programs, which do not
    /// say it.
    pub known_at: Option<Instant>,
}

/// The rows of a batch that was read from an evidence file.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where it is not in the shape of one.
pub fn evidence_rows(batch: &RecordBatch) -> Result<Vec<EvidenceRow>> {
    let wrong = |what: &str| Error::damaged(format!("expected an evidence file, found {what}"));
    let found: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| (f.name().clone(), f.data_type().clone()))
        .collect();
    let expected: Vec<_> = SCHEMA
        .fields()
        .iter()
        .map(|f| (f.name().clone(), f.data_type().clone()))
        .collect();
    if found != expected && found != expected[..EARLIER_COLUMNS] {
        return Err(wrong("other columns"));
    }
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    let columns = batch.column(1).as_string::<i32>();
    let flags = batch.column(2).as_string::<i32>();
    let rules = batch.column(3).as_string::<i32>();
    let known = batch.columns().get(EARLIER_COLUMNS);
    let known = known.map(|times| times.as_primitive::<TimestampNanosecondType>());
    let numbers = [4, 5, 6].map(|place| batch.column(place).as_primitive::<Float64Type>());
    (0..batch.num_rows())
        .map(|row| {
            let flag = flags.is_valid(row).then(|| flags.value(row));
            let rule = Rule::from_name(rules.value(row))
                .filter(|rule| rule.flag().map(Flag::name) == flag)
                .ok_or_else(|| wrong("a rule or a flag that is not known"))?;
            let [value, low, high] =
                numbers.map(|array| array.is_valid(row).then(|| array.value(row)));
            Ok(EvidenceRow {
                time: Instant::from_nanos(times.value(row)),
                column: columns.is_valid(row).then(|| columns.value(row).to_owned()),
                rule,
                value,
                low,
                high,
                known_at: known.map(|times| Instant::from_nanos(times.value(row))),
            })
        })
        .collect()
}
