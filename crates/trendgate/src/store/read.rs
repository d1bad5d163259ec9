//! Files read whole.
//!
//! Enters: a path. Leaves: the bytes of the file, or its size and digest. Refuses: what is no regular file, and one that is larger than
//! whoever wrote it ever writes.

use super::open;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The content of a file of at most `limit` bytes.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read,
/// [`Damaged`](crate::error::ErrorKind::Damaged) where it is larger, or no regular file: nothing that we write and read whole is.
///
/// ```
/// use trendgate::{ErrorKind, files};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("plan.task");
/// files::replace(&path, b"bytes")?;
/// assert_eq!(files::read(&path, 5)?, b"bytes");
/// assert_eq!(files::read(&path, 4).unwrap_err().kind(), ErrorKind::Damaged);
/// # Ok::<(), trendgate::Error>(())
/// ```
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)
        .map_err(|error| error.of_ours())?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::storage("cannot read", path, e))?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read <= limit) {
        return Ok(bytes);
    }
    Err(Error::damaged(format!("expected at most {limit} bytes, found more")).at(path))
}

/// The size and digest of a file, of any size.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn digest(path: &Path) -> Result<(u64, Digest)> {
    let mut file = open(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(|e| Error::storage("cannot read", path, e))?,
        };
        if read == 0 {
            return Ok((total, hasher.finish()));
        }
        hasher.update(&buffer[..read]);
        total += read as u64;
    }
}
