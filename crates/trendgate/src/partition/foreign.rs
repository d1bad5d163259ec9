//! A Parquet file that anyone may have written → rows, or an error; never a panic.
//!
//! The Parquet reader panics on some damaged files. What was being read is dropped then, and the file is named as damaged. On others it would read on behind their end for hours.

use crate::error::{Error, Result};
use crate::guarded;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

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

/// A file that anyone may have written: a small one as a whole in memory, of another what is asked for, in one call each.
#[derive(Clone)]
pub(crate) struct Foreign {
    content: FileContent,
    bytes: u64,
}

#[derive(Clone)]
enum FileContent {
    Whole(Bytes),
    OnDisk(Arc<File>),
}

/// No larger file is read as a whole.
const MOST_WHOLE: u64 = 256 << 10;
/// What is read for the head of a page, which has some thirty bytes and, with statistics, rarely two hundred.
const HEAD: usize = 256;

impl Foreign {
    /// A file of so many bytes.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn new(file: File, bytes: u64) -> io::Result<Self> {
        let content = if bytes <= MOST_WHOLE {
            let mut whole = Vec::new();
            file.take(bytes).read_to_end(&mut whole)?;
            FileContent::Whole(whole.into())
        } else {
            FileContent::OnDisk(Arc::new(file))
        };
        Ok(Self { content, bytes })
    }
}

impl Length for Foreign {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Foreign {
    type T = ToEnd<BufReader<From>>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let from = From {
            content: self.content.clone(),
            start,
        };
        let inner = BufReader::with_capacity(HEAD, from);
        Ok(ToEnd { inner, beyond: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let beyond = || {
            ParquetError::EOF(format!(
                "expected {length} bytes at {start}, found the end of the file"
            ))
        };
        let end = u64::try_from(length)
            .ok()
            .and_then(|length| start.checked_add(length));
        if end.is_none_or(|end| end > self.bytes) {
            return Err(beyond());
        }
        match &self.content {
            FileContent::Whole(whole) => {
                let start = usize::try_from(start).map_err(|_| beyond())?;
                let there = start.saturating_add(length) <= whole.len();
                there
                    .then(|| whole.slice(start..start + length))
                    .ok_or_else(beyond)
            }
            FileContent::OnDisk(file) => {
                let mut found = vec![0; length];
                file.read_exact_at(&mut found, start)?;
                Ok(found.into())
            }
        }
    }
}

/// The bytes of a file from one of them on.
pub(crate) struct From {
    content: FileContent,
    start: u64,
}

impl Read for From {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = match &self.content {
            FileContent::Whole(whole) => {
                let start = usize::try_from(self.start).unwrap_or(usize::MAX);
                whole.get(start..).unwrap_or_default().read(bytes)?
            }
            FileContent::OnDisk(file) => file.read_at(bytes, self.start)?,
        };
        self.start += read as u64;
        Ok(read)
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
    #![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

    use super::*;
    use crate::store;

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
    fn a_file_in_memory_and_one_on_disk_give_the_same_bytes_and_the_same_errors() {
        let content: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        std::fs::write(&path, &content).unwrap();
        let file = store::open(&path).unwrap();
        let small = Foreign::new(file.try_clone().unwrap(), 5000).unwrap();
        let large = Foreign {
            content: FileContent::OnDisk(Arc::new(file)),
            bytes: 5000,
        };
        assert!(matches!(small.content, FileContent::Whole(_)));
        for one in [&small, &large] {
            assert_eq!(one.len(), 5000);
            for (start, length) in [(0, 0), (0, 5000), (4999, 1), (5000, 0), (700, 900)] {
                let found = one.get_bytes(start, length).unwrap();
                let start = usize::try_from(start).unwrap();
                assert_eq!(found, content[start..start + length]);
                let mut rest = Vec::new();
                let mut read = one.get_read(start as u64).unwrap();
                read.read_to_end(&mut rest).unwrap();
                assert_eq!(rest, content[start..]);
            }
            for (start, length) in [(0, 5001), (5000, 1), (u64::MAX, 1), (9000, 0)] {
                assert!(matches!(
                    one.get_bytes(start, length),
                    Err(ParquetError::EOF(_))
                ));
            }
            assert_eq!(one.get_read(9000).unwrap().read(&mut [0; 8]).unwrap(), 0);
        }
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
