//! Rows → one Parquet file.
//!
//! The rows of a row group are held until it is full, and encoded then, one column after the other: an encoder
//! with its dictionary takes some 150 kB, however few its rows, and a site can have thousands of columns.

use super::{Compression, PartRules};
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::digesting_file::DigestingFile;
use crate::error::{Error, Result};
use crate::model::{DatasetSchema, Flag, QUALITY_FLAGS, TIMESTAMP};
use crate::time::{Extent, Month};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{cast, concat};
use arrow::datatypes::{FieldRef, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression as Codec, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Above this many bytes of different values, a dictionary no longer pays for a sensor's column.
const DICTIONARY_BYTES: usize = 128 * 1024;
/// A piece of a column with fewer rows is joined with the next one: an array takes some 300 bytes beside its rows, and with thousands of
/// points bins come a few at a time.
const SHORT: usize = 256;

/// A finished Parquet file in staging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it is now.
    #[serde(with = "crate::path_bytes::exact")]
    pub(crate) staged: PathBuf,
    /// Where it belongs, relative to the folder of the dataset: `{site}/year=2026/month=02/{name}`.
    pub(crate) relative: DatasetPath,
    /// The digest of its bytes.
    pub(crate) sha256: Digest,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its rows.
    pub(crate) rows: u64,
    /// From its first to its last timestamp.
    pub(crate) range: Extent,
    /// Per flag, the rows that have it; flags without rows are absent.
    pub(crate) flags: BTreeMap<Flag, u64>,
    /// The UTC year of all its rows.
    pub(crate) year: i16,
    /// The UTC month of all its rows, 1 to 12.
    pub(crate) month: i8,
}

/// What a part's rows are, counted while they pass.
#[derive(Debug, Clone)]
pub(super) struct PartFacts {
    pub(super) month: Month,
    pub(super) relative: DatasetPath,
    pub(super) rows: usize,
    pub(super) range: Extent,
    pub(super) flags: BTreeMap<Flag, u64>,
}

/// The encoder of the part that rows are being written to.
pub(super) struct Encoder {
    writer: SerializedFileWriter<DigestingFile>,
    /// The rows of the row group, column by column, in pieces.
    columns: Vec<Vec<ArrayRef>>,
    fields: Vec<FieldRef>,
    compression: Compression,
}

impl Encoder {
    /// A file whose footer will state `stated`.
    pub(super) fn create(
        path: PathBuf,
        schema: &DatasetSchema,
        rules: &PartRules,
        stated: &[(String, String)],
    ) -> Result<Self> {
        let sink = DigestingFile::create(path.clone())?;
        let arrow = schema.stored();
        let fields = arrow.fields().to_vec();
        let properties = properties(&fields, rules.compression);
        let writer = ArrowWriter::try_new(sink, arrow, Some(properties))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(|e| write_error(&path, e))?;
        let (mut writer, _) = writer;
        for (key, value) in stated {
            let entry = KeyValue::new(key.clone(), value.clone());
            writer.append_key_value_metadata(entry);
        }
        Ok(Self {
            writer,
            columns: vec![Vec::new(); fields.len()],
            fields,
            compression: rules.compression,
        })
    }

    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        for (pieces, column) in self.columns.iter_mut().zip(rows.columns()) {
            match pieces.last_mut() {
                Some(last) if last.len() < SHORT => {
                    *last = concat(&[&**last, &**column])
                        .map_err(|e| write_error(self.writer.inner().path(), e.into()))?;
                }
                _ => pieces.push(Arc::clone(column)),
            }
        }
        Ok(())
    }

    /// Ends the row group; the bytes that the file has now.
    pub(super) fn end_row_group(&mut self) -> Result<u64> {
        if self.columns.iter().any(|pieces| !pieces.is_empty()) {
            let encoded = self.encode();
            encoded.map_err(|e| write_error(self.writer.inner().path(), e))?;
        }
        Ok(self.writer.bytes_written() as u64)
    }

    /// Ends the last row group, writes the footer, and makes the file durable.
    pub(super) fn close(mut self, facts: PartFacts) -> Result<Part> {
        self.end_row_group()?;
        let staged = self.writer.inner().path().to_owned();
        let mut sink = self
            .writer
            .into_inner()
            .map_err(|e| write_error(&staged, e))?;
        let (sha256, bytes) = sink.finish()?;
        Ok(Part {
            staged,
            relative: facts.relative,
            sha256,
            bytes,
            rows: facts.rows as u64,
            range: facts.range,
            flags: facts.flags,
            year: facts.month.year(),
            month: facts.month.month(),
        })
    }

    fn encode(&mut self) -> std::result::Result<(), ParquetError> {
        let mut row_group = self.writer.next_row_group()?;
        for (field, pieces) in self.fields.iter().zip(&mut self.columns) {
            let pieces = std::mem::take(pieces);
            let pieces: Vec<&dyn Array> = pieces.iter().map(|piece| &**piece).collect();
            // In one piece, so that pages end at the same rows however the rows arrived, and equal rows make equal bytes.
            let column = cast(&concat(&pieces)?, field.data_type())?;
            for chunk in chunks(field, &column, self.compression)? {
                chunk.append_to_row_group(&mut row_group)?;
            }
        }
        row_group.close()?;
        Ok(())
    }
}

/// The column chunks of one column, encoded as in a file that has it alone: the encoders of all columns of a file can only be had
/// at once.
fn chunks(
    field: &FieldRef,
    column: &Arc<dyn Array>,
    compression: Compression,
) -> std::result::Result<Vec<ArrowColumnChunk>, ParquetError> {
    let alone = Arc::new(Schema::new(vec![field.clone()]));
    let options = ArrowWriterOptions::new()
        .with_properties(properties(std::slice::from_ref(field), compression))
        .with_skip_arrow_metadata(true);
    let file = ArrowWriter::try_new_with_options(io::sink(), alone, options)?;
    let (_, encoders) = file.into_serialized_writer()?;
    let leaves = compute_leaves(field, column)?;
    let mut chunks = Vec::with_capacity(leaves.len());
    for (mut encoder, leaf) in encoders.create_column_writers(0)?.into_iter().zip(&leaves) {
        encoder.write(leaf)?;
        chunks.push(encoder.close()?);
    }
    Ok(chunks)
}

fn properties(fields: &[FieldRef], compression: Compression) -> WriterProperties {
    let codec = match compression {
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
    };
    let by_time = SortingColumn {
        column_idx: 0,
        descending: false,
        nulls_first: false,
    };
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("trendgate version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(codec)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(vec![by_time]))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        // Accumulate cuts the row groups, and at the same rows each time.
        .set_max_row_group_row_count(None);
    for field in fields {
        let path = ColumnPath::new(vec![field.name().clone()]);
        builder = match field.name().as_str() {
            TIMESTAMP => builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            QUALITY_FLAGS => builder,
            // Used where the dictionary does not pay: measured on sensors with noise, a sixth smaller than plain.
            _ => builder.set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT),
        };
    }
    builder.build()
}

pub(super) fn write_error(path: &Path, error: ParquetError) -> Error {
    let error = match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => return Error::storage("cannot write", path, *cause),
            Err(cause) => cause.to_string(),
        },
        other => other.to_string(),
    };
    Error::bug(format!("cannot encode: {error}")).at(path)
}
