//! A file that is a text, compressed with gzip.

use super::{Container, Unpack, Unpacked};
use crate::acquire::file_bytes::{ReadSeek, read_some};
use crate::digest::Hasher;
use flate2::read::MultiGzDecoder;
use std::io::{self, Read, Take};
use std::path::Path;

/// Whether the name says that the file is compressed.
pub(crate) fn is_gzip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

pub(super) struct Gzip;

impl Container for Gzip {
    fn id(&self) -> &'static str {
        "gzip"
    }

    fn is_named(&self, path: &Path) -> bool {
        is_gzip(path)
    }

    fn is_packed(&self) -> bool {
        true
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        _: Option<&str>,
        digested: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        Ok(Box::new(MultiGzDecoder::new(Digested {
            file,
            hasher: digested.then(Hasher::default),
            bytes: 0,
        })))
    }
}

impl<R: Read + Send> Unpack for MultiGzDecoder<Digested<R>> {
    fn file_bytes(&self) -> u64 {
        self.get_ref().bytes
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        let mut file = self.into_inner();
        let mut rest = [0; 8 << 10];
        while read_some(&mut file, &mut rest)? > 0 {}
        Ok(Unpacked {
            file_bytes: Some(file.bytes),
            packed: file.hasher.map(Hasher::finish),
        })
    }
}

/// Counts what is read through it, and digests it where earlier programs may have known its text by that.
struct Digested<R> {
    file: R,
    hasher: Option<Hasher>,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        self.bytes += count as u64;
        Ok(count)
    }
}
