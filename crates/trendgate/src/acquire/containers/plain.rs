//! A file that is a text.

use super::{Container, Member, Unpack, Unpacked};
use crate::acquire::file_bytes::ReadSeek;
use std::io::{self, Read, Take};

pub(super) struct Plain;

impl Container for Plain {
    fn id(&self) -> &'static str {
        "plain"
    }

    fn holds(&self, _: &[u8], _: &mut dyn ReadSeek) -> bool {
        true
    }

    fn is_packed(&self) -> bool {
        false
    }

    fn unpack<'a>(
        &self,
        file: Take<Box<dyn ReadSeek + 'a>>,
        _: Option<&Member>,
        _: bool,
    ) -> io::Result<Box<dyn Unpack + 'a>> {
        Ok(Box::new(PlainText { file, bytes: 0 }))
    }
}

/// The bytes of a file, which are counted as they are read.
struct PlainText<R> {
    file: R,
    bytes: u64,
}

impl<R: Read> Read for PlainText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: Read + Send> Unpack for PlainText<R> {
    fn file_bytes(&self) -> u64 {
        self.bytes
    }

    // Straight from the file: only so is the space for what is read not filled with zeros first.
    fn read_up_to(&mut self, limit: u64, into: &mut Vec<u8>) -> io::Result<usize> {
        let count = (&mut self.file).take(limit).read_to_end(into)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn finish(self: Box<Self>) -> io::Result<Unpacked> {
        Ok(Unpacked {
            file_bytes: Some(self.bytes),
            packed: None,
        })
    }
}
