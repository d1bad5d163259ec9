//! Opening Parquet files and reading their rows.

use crate::error::{Error, Result};
use crate::store;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use std::fs::File;
use std::path::Path;

/// The cells of a batch that is read: about 2 MiB, however wide the file is.
const BATCH_CELLS: usize = 1 << 18;

/// Opens a file and reads its footer.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read; [`Input`](crate::error::ErrorKind::Input) where
/// it is not Parquet.
pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = store::open(path)?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| {
        let found = match error {
            ParquetError::General(text) | ParquetError::EOF(text) => text,
            other => other.to_string(),
        };
        Error::input(format!("expected a Parquet file, found something else: {found}"))
            .at(path)
            .hint("a Parquet file begins and ends with PAR1; this one may be cut short, or be something else")
    })
}

/// The rows of an opened file.
///
/// # Errors
/// [`Input`](crate::error::ErrorKind::Input) where the file contradicts itself.
pub(super) fn rows(
    builder: ParquetRecordBatchReaderBuilder<File>,
    path: &Path,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let columns = builder.schema().fields().len().max(1);
    let path = path.to_owned();
    let reader = builder
        .with_batch_size((BATCH_CELLS / columns).clamp(64, 8192))
        .build()
        .map_err(|error| unreadable(&path, &error.into()))?;
    Ok(reader.map(move |batch| batch.map_err(|error| unreadable(&path, &error))))
}

/// The rows of a part, batch by batch, in order.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read; [`Input`](crate::error::ErrorKind::Input) where
/// it is not Parquet, or damaged.
pub fn read_part(path: &Path) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    rows(open(path)?, path)
}

fn unreadable(path: &Path, error: &ArrowError) -> Error {
    Error::input(format!(
        "cannot read the rows of this Parquet file: {error}"
    ))
    .at(path)
    .hint("the file is damaged; restore it, or write it again")
}
