//! Opening Parquet files and reading their rows.

use super::foreign::{Foreign, guarded};
use crate::error::{Error, Result};
use crate::model::in_nanoseconds;
use crate::store::{self, Stamp};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;
use std::path::Path;

/// The cells of a batch that is read: about 2 MiB, however wide the file is.
const BATCH_CELLS: usize = 1 << 18;

/// Opens a file and reads its footer.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read; [`Input`](crate::error::ErrorKind::Input) where
/// it is not Parquet.
pub(crate) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<Foreign>> {
    let file = store::open(path)?;
    let bytes = Stamp::of(&file, path)?.bytes;
    let builder = guarded(path, || {
        ParquetRecordBatchReaderBuilder::try_new(Foreign(file)).map_err(|error| {
            let found = match error {
                ParquetError::General(text) | ParquetError::EOF(text) => text,
                other => other.to_string(),
            };
            Error::input(format!("expected a Parquet file, found something else: {found}"))
                .at(path)
                .hint("a Parquet file begins and ends with PAR1; this one may be cut short, or be something else")
        })
    })?;
    if fits(builder.metadata(), bytes) {
        return Ok(builder);
    }
    Err(damaged(
        path,
        "the footer of this Parquet file names rows that are not in it",
    ))
}

/// Whether everything that the footer names lies in a file of so many bytes, and no count is below zero.
fn fits(footer: &ParquetMetaData, bytes: u64) -> bool {
    let within = |start: i64, length: i64| {
        let end = start.checked_add(length);
        start >= 0 && length >= 0 && end.is_some_and(|end| end.unsigned_abs() <= bytes)
    };
    let groups = || footer.row_groups().iter();
    let rows = groups().try_fold(0_i64, |sum, group| sum.checked_add(group.num_rows()));
    let mut columns = groups().flat_map(RowGroupMetaData::columns);
    groups().all(|group| group.num_rows() >= 0)
        && rows == Some(footer.file_metadata().num_rows())
        && columns.all(|column| {
            let first = column.dictionary_page_offset();
            let first = first.unwrap_or(column.data_page_offset());
            column.num_values() >= 0
                && within(first, column.compressed_size())
                && within(column.data_page_offset(), 0)
        })
}

/// The rows of an opened file.
///
/// # Errors
/// [`Input`](crate::error::ErrorKind::Input) where the file contradicts itself.
pub(crate) fn rows(
    builder: ParquetRecordBatchReaderBuilder<Foreign>,
    path: &Path,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let columns = builder.schema().fields().len().max(1);
    read(builder, path, (BATCH_CELLS / columns).clamp(64, 8192))
}

fn read(
    builder: ParquetRecordBatchReaderBuilder<Foreign>,
    path: &Path,
    size: usize,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let path = path.to_owned();
    let builder = builder.with_batch_size(size);
    let reader = guarded(&path, || {
        let built = builder.build();
        built.map_err(|error| unreadable(&path, &error.into()))
    })?;
    let mut reader = Some(reader);
    Ok(iter::from_fn(move || {
        let next = guarded(&path, || {
            let next = reader.as_mut().and_then(Iterator::next).transpose();
            let next = next.and_then(|rows| rows.map(in_nanoseconds).transpose());
            next.map_err(|error| unreadable(&path, &error))
        });
        // A reader that failed, or panicked, may be in any state: it is not used again.
        if !matches!(next, Ok(Some(_))) {
            reader = None;
        }
        next.transpose()
    }))
}

/// The rows of an opened file with its first columns, which are `fixed`, and those of `columns` alone: a reader takes some 6 kB for each
/// column that it reads.
///
/// # Errors
/// As [`rows`], and [`Storage`](crate::error::ErrorKind::Storage) where the file cannot be opened once more.
pub(super) fn rows_of(
    footer: &ArrowReaderMetadata,
    path: &Path,
    fixed: usize,
    columns: Range<usize>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let schema = footer.metadata().file_metadata().schema_descr();
    let size = (BATCH_CELLS / (fixed + columns.len()).max(1)).clamp(64, 8192);
    let mask = ProjectionMask::roots(schema, (0..fixed).chain(columns));
    let file = Foreign(store::open(path)?);
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer.clone());
    read(builder.with_projection(mask), path, size)
}

/// The rows of a part, batch by batch, in order; their instants in nanoseconds, whatever the file counts.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read; [`Input`](crate::error::ErrorKind::Input) where
/// it is not Parquet, or damaged.
pub fn read_part(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    rows(open(path)?, path)
}

/// The columns that have a value in a part, by its footer alone. One of which the footer does not say how many are null counts as having some.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read; [`Input`](crate::ErrorKind::Input) where it is not Parquet, or damaged.
///
/// ```
/// use trendgate::{AsOf, RunOptions, Site, Watch, files::columns_with_values};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let part = &site.snapshot(AsOf::Latest)?.parts[0];
/// assert!(columns_with_values(&part.file)?.contains("timestamp"));
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn columns_with_values(path: &Path) -> Result<BTreeSet<String>> {
    let builder = open(path)?;
    let groups = builder.metadata().row_groups().iter();
    let columns = groups.flat_map(RowGroupMetaData::columns);
    let with_values = columns.filter(|column| {
        let statistics = column.statistics();
        let nulls = statistics.and_then(Statistics::null_count_opt);
        nulls.is_none_or(|nulls| nulls < column.num_values().unsigned_abs())
    });
    Ok(with_values
        .filter_map(|column| column.column_path().parts().first().cloned())
        .collect())
}

fn unreadable(path: &Path, error: &ArrowError) -> Error {
    damaged(
        path,
        &format!("cannot read the rows of this Parquet file: {error}"),
    )
}

fn damaged(path: &Path, found: &str) -> Error {
    Error::input(found)
        .at(path)
        .hint("the file is damaged; restore it, or write it again")
}
