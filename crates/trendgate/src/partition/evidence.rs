//! Why cells are flagged, in long form: one row a flagged cell, one file a month.
//!
//! | column | type | |
//! |---|---|---|
//! | `timestamp` | timestamp\[ns, UTC\] | the bin |
//! | `column` | string, nullable | the point's column; null where the whole row is flagged |
//! | `flag` | string, nullable | the flag; null where a breach is recorded only |
//! | `rule` | string | the rule that raised it; in capital letters where it is one of a caller's own, of a dataset of frames |
//! | `value` | double, nullable | what was found, in the dataset's unit |
//! | `limit_low`, `limit_high` | double, nullable | the band that the rule held it against |
//! | `known_at` | timestamp\[ns, UTC\] | from when on that is certain; absent in files of earlier programs |
//!
//! Where the dataset counts microseconds, so do these files, and `known_at` is rounded up. Rows are sorted by timestamp, column (those without one first) and rule. Files are cut by month alone, so that the same
//! evidence makes the same files.

use super::read::read_part;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::digesting_file::DigestingFile;
use crate::error::{Error, Result};
use crate::model::{
    ColumnId, DatasetSchema, Evidence, Flag, Rule, StatedEvidence, StatedReason, TimestampUnit,
    is_stated_rule,
};
use crate::time::{Instant, Month};
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Schema, SchemaRef, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Rows that are encoded at a time, counted from the start of the file.
const SLICE_ROWS: usize = 8192;

/// The columns in memory.
static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let utc = TimestampUnit::Ns.data_type();
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Where it is now.
    #[serde(with = "crate::path_bytes::exact")]
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
pub(crate) struct EvidenceWriter {
    place: EvidencePlace,
    columns: Vec<String>,
    current: Option<CurrentFile>,
    waiting: Vec<EvidenceLine>,
    files: Vec<EvidenceFile>,
}

/// Where evidence files are written, and what their instants count.
#[derive(Debug, Clone)]
pub(crate) struct EvidencePlace {
    pub(crate) staging: PathBuf,
    pub(crate) site: String,
    pub(crate) attempt: String,
    pub(crate) unit: TimestampUnit,
}

/// A row as it is written.
#[derive(Debug)]
pub(crate) struct EvidenceLine {
    time: Instant,
    column: Option<ColumnId>,
    flag: Option<Flag>,
    rule: Cow<'static, str>,
    value: f64,
    low: f64,
    high: f64,
    known_at: Instant,
}

impl From<&Evidence> for EvidenceLine {
    fn from(row: &Evidence) -> Self {
        Self {
            time: row.time,
            column: row.column,
            flag: row.rule.flag(),
            rule: Cow::Borrowed(row.rule.name()),
            value: row.value,
            low: row.low,
            high: row.high,
            known_at: row.known_at,
        }
    }
}

impl From<&StatedEvidence<ColumnId>> for EvidenceLine {
    fn from(row: &StatedEvidence<ColumnId>) -> Self {
        let reason = &row.reason;
        Self {
            time: row.time,
            column: row.column,
            flag: reason.flag,
            rule: Cow::Owned(reason.rule.clone()),
            value: reason.value,
            low: reason.low,
            high: reason.high,
            known_at: reason.known_at,
        }
    }
}

struct CurrentFile {
    unit: TimestampUnit,
    month: Month,
    relative: DatasetPath,
    writer: ArrowWriter<DigestingFile>,
    rows: u64,
}

impl EvidenceWriter {
    /// A writer of files `evidence-{attempt}-{yyyymm}.parquet` in `staging`, a folder that exists.
    #[must_use]
    pub(crate) fn new(staging: PathBuf, site: &str, attempt: &str, schema: &DatasetSchema) -> Self {
        let columns = schema.columns().iter();
        Self {
            place: EvidencePlace {
                staging,
                site: site.to_owned(),
                attempt: attempt.to_owned(),
                unit: schema.unit(),
            },
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
    pub(crate) fn push<'a, Row>(&mut self, evidence: &'a [Row]) -> Result<()>
    where
        EvidenceLine: From<&'a Row>,
    {
        for row in evidence.iter().map(EvidenceLine::from) {
            if self
                .current
                .as_ref()
                .is_none_or(|current| current.month.end() <= row.time)
            {
                self.close()?;
                self.current = Some(self.place.open(Month::of(row.time), &SCHEMA)?);
            }
            self.waiting.push(row);
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
    pub(crate) fn finish(mut self) -> Result<Vec<EvidenceFile>> {
        self.close()?;
        Ok(self.files)
    }

    fn write(&mut self) -> Result<()> {
        let (Some(current), false) = (&mut self.current, self.waiting.is_empty()) else {
            return Ok(());
        };
        current.write(&evidence_batch(&self.waiting, &self.columns)?)?;
        self.waiting.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.write()?;
        let file = self.current.take().map(CurrentFile::close).transpose()?;
        self.files.extend(file);
        Ok(())
    }
}

impl EvidencePlace {
    /// Writes an evidence file once more, the same rows in the same columns.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the system refused to read or to write; [`Input`](crate::ErrorKind::Input) and
    /// [`Damaged`](crate::ErrorKind::Damaged) where the file is damaged.
    pub(crate) fn copy(&self, path: &Path, month: Month) -> Result<EvidenceFile> {
        let mut current: Option<CurrentFile> = None;
        for rows in read_part(path)? {
            let rows = rows?;
            let file = match &mut current {
                Some(file) => file,
                None => current.insert(self.open(month, &rows.schema())?),
            };
            file.write(&rows)?;
        }
        match current {
            Some(file) => file.close(),
            None => Err(Error::damaged("expected rows of evidence, found none").at(path)),
        }
    }

    /// Begins the file of a month, for rows of these columns.
    fn open(&self, month: Month, columns: &Schema) -> Result<CurrentFile> {
        let name = format!(
            "evidence-{}-{:04}{:02}.parquet",
            self.attempt,
            month.year(),
            month.month()
        );
        let sink = DigestingFile::create(self.staging.join(&name))?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("trendgate version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Codec::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(vec![KeyValue::new(
                "site_id".to_owned(),
                self.site.clone(),
            )]))
            .build();
        let stored = stored(columns, self.unit);
        let writer = ArrowWriter::try_new(sink, stored, Some(properties))
            .map_err(|error| Error::bug(format!("cannot encode evidence: {error}")))?;
        Ok(CurrentFile {
            unit: self.unit,
            relative: DatasetPath::in_month(&self.site, month, &name)?,
            month,
            writer,
            rows: 0,
        })
    }
}

impl CurrentFile {
    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        let path = self.writer.inner().path().to_owned();
        let written = in_unit(rows, self.unit)
            .map_err(ParquetError::from)
            .and_then(|rows| self.writer.write(&rows));
        written.map_err(|error| super::encode::write_error(&path, error))?;
        self.rows += rows.num_rows() as u64;
        Ok(())
    }

    fn close(mut self) -> Result<EvidenceFile> {
        let staged = self.writer.inner().path().to_owned();
        self.writer
            .finish()
            .map_err(|error| super::encode::write_error(&staged, error))?;
        let (sha256, bytes) = self.writer.inner_mut().finish()?;
        Ok(EvidenceFile {
            staged,
            relative: self.relative,
            sha256,
            bytes,
            rows: self.rows,
        })
    }
}

/// The columns of a file, whose instants count `unit`.
fn stored(columns: &Schema, unit: TimestampUnit) -> SchemaRef {
    let (counted, stored) = (TimestampUnit::Ns.data_type(), unit.data_type());
    let fields = columns.fields().iter().map(|field| {
        let field = field.as_ref().clone();
        match *field.data_type() == counted {
            true => field.with_data_type(stored.clone()),
            false => field,
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The rows with instants that count `unit`, none of them earlier than it was: a bin is a whole number of them.
fn in_unit(
    rows: &RecordBatch,
    unit: TimestampUnit,
) -> std::result::Result<RecordBatch, ArrowError> {
    if unit == TimestampUnit::Ns {
        return Ok(rows.clone());
    }
    let up = |nanos: i64| nanos.div_euclid(1000) + i64::from(nanos.rem_euclid(1000) > 0);
    let columns = rows.columns().iter().map(|column| -> ArrayRef {
        match column.as_primitive_opt::<TimestampNanosecondType>() {
            Some(times) => {
                let times = times.unary::<_, TimestampMicrosecondType>(up);
                Arc::new(times.with_timezone("UTC"))
            }
            None => Arc::clone(column),
        }
    });
    RecordBatch::try_new(stored(&rows.schema(), unit), columns.collect())
}

/// Evidence in the columns that its files have; `columns` are the names of the roster's.
pub(crate) fn evidence_batch(rows: &[EvidenceLine], columns: &[String]) -> Result<RecordBatch> {
    let number = |of: fn(&EvidenceLine) -> f64| -> ArrayRef {
        let values = rows
            .iter()
            .map(|row| Some(of(row)).filter(|number| !number.is_nan()));
        Arc::new(values.collect::<Float64Array>())
    };
    let time = |of: fn(&EvidenceLine) -> Instant| -> ArrayRef {
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
                .map(|row| row.flag.map(Flag::name))
                .collect::<StringArray>(),
        ),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| &*row.rule),
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
#[non_exhaustive]
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

/// A row of an evidence file, whoever gave the reason.
pub(crate) enum EvidenceEntry {
    /// A rule of ours.
    Found(EvidenceRow),
    /// A caller, by a rule of its own.
    Stated(StatedEvidence<String>),
}

impl EvidenceEntry {
    /// The bin.
    pub(crate) fn time(&self) -> Instant {
        match self {
            Self::Found(row) => row.time,
            Self::Stated(row) => row.time,
        }
    }

    /// From when on it is certain; `None` where the file does not say it.
    pub(crate) fn known_at(&self) -> Option<Instant> {
        match self {
            Self::Found(row) => row.known_at,
            Self::Stated(row) => Some(row.reason.known_at),
        }
    }
}

/// The rows of a batch that was read from an evidence file, as far as they are of rules of ours.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where it is not in the shape of one.
pub fn evidence_rows(batch: &RecordBatch) -> Result<Vec<EvidenceRow>> {
    let entries = evidence_entries(batch)?.into_iter();
    let found = entries.filter_map(|entry| match entry {
        EvidenceEntry::Found(row) => Some(row),
        EvidenceEntry::Stated(_) => None,
    });
    Ok(found.collect())
}

/// All rows of a batch that was read from an evidence file.
///
/// # Errors
/// As [`evidence_rows`].
pub(crate) fn evidence_entries(batch: &RecordBatch) -> Result<Vec<EvidenceEntry>> {
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
            let name = rules.value(row);
            let time = Instant::from_nanos(times.value(row));
            let column = columns.is_valid(row).then(|| columns.value(row).to_owned());
            let [value, low, high] =
                numbers.map(|array| array.is_valid(row).then(|| array.value(row)));
            let known_at = known.map(|times| Instant::from_nanos(times.value(row)));
            let unknown = || wrong("a rule or a flag that is not known");
            if is_stated_rule(name) {
                let number = |number: Option<f64>| number.unwrap_or(f64::NAN);
                let known_at = known_at.ok_or_else(unknown)?;
                let known = flag.map(|name| Flag::from_name(name).ok_or_else(unknown));
                return Ok(EvidenceEntry::Stated(StatedEvidence {
                    time,
                    column,
                    reason: StatedReason {
                        rule: name.to_owned(),
                        flag: known.transpose()?,
                        value: number(value),
                        low: number(low),
                        high: number(high),
                        known_at,
                    },
                }));
            }
            let rule = Rule::from_name(name)
                .filter(|rule| rule.flag().map(Flag::name) == flag)
                .ok_or_else(unknown)?;
            Ok(EvidenceEntry::Found(EvidenceRow {
                time,
                column,
                rule,
                value,
                low,
                high,
                known_at,
            }))
        })
        .collect()
}
