//! An open file → the same for several readers, one after the other; each goes to the place where it reads.

use crate::acquire::file_bytes::ReadSeek;
use crate::parallel::locked;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex};

/// An open file that two readers have, one after the other.
#[derive(Clone)]
pub(super) struct SharedFile<'a>(Arc<Mutex<Box<dyn ReadSeek + 'a>>>);

impl<'a> SharedFile<'a> {
    pub(super) fn of(file: Box<dyn ReadSeek + 'a>) -> Self {
        Self(Arc::new(Mutex::new(file)))
    }
}

impl Read for SharedFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        locked(&self.0).read(buffer)
    }
}

impl Seek for SharedFile<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        locked(&self.0).seek(place)
    }
}
