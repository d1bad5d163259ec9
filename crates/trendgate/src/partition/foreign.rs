//! A Parquet file that anyone may have written → rows, or an error; never a panic.
//!
//! The Parquet reader panics on some damaged files. What was being read is dropped then, and the file is named as damaged. On others it would read on behind their end for hours.

use crate::error::{Error, Result};
use crate::guarded;
use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// `read`, of the file at `path`.
///
/// # Errors
/// Its own; [`Input`](crate::ErrorKind::Input) where it panicked.
pub(crate) fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    guarded::guarded(read).unwrap_or_else(|| {
        Err(
            Error::input("the Parquet file contradicts itself: its reader gave up")
                .at(path)
                .hint("the file is damaged; restore it, or write it again"),
        )
    })
}

/// A file that anyone may have written.
pub(crate) struct Foreign(pub(super) File);

impl Length for Foreign {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Foreign {
    type T = ToEnd<BufReader<File>>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let inner = self.0.get_read(start)?;
        Ok(ToEnd { inner, beyond: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// What fails where it is read at its end again and again: of a list that states two thousand million items and has none, the Parquet
/// reader skips each.
pub(crate) struct ToEnd<R> {
    inner: R,
    /// How often it was read at its end.
    beyond: u32,
}

/// A reader that stops at the end asks for more once or twice.
const MOST_BEYOND: u32 = 1000;

impl<R: Read> Read for ToEnd<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        if read == 0 && !bytes.is_empty() {
            self.beyond += 1;
            if self.beyond > MOST_BEYOND {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_at_its_end_again_and_again_fails() {
        let mut bytes = ToEnd {
            inner: &b"PAR1"[..],
            beyond: 0,
        };
        let mut text = String::new();
        bytes.read_to_string(&mut text).unwrap();
        assert_eq!(text, "PAR1");
        let mut byte = [0];
        let more = (0..2 * MOST_BEYOND).find_map(|_| bytes.read(&mut byte).err());
        assert_eq!(more.unwrap().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_panic_while_reading_is_an_error_that_names_the_file() {
        let path = Path::new("a.parquet");
        let found: Result<()> = guarded(path, || panic!("as the reader of Parquet does"));
        let error = found.unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (crate::ErrorKind::Input, Some(path))
        );
        assert_eq!(guarded(path, || Ok(1)).unwrap(), 1);
    }
}
