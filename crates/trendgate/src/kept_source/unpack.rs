//! What is kept of a file → its bytes.

use super::pack::digest;
use super::{SourceId, WINDOW_LOG};
use crate::error::{Error, Result};
use crate::store;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes passed at a time on the way to a place.
const PASSED: usize = 64 << 10;

/// The bytes of a file, from what is kept of it. They are unpacked as they are read: a place further on is reached by unpacking what stands
/// before it, and one further back by beginning anew.
pub(crate) struct UnpackedFile {
    kept: PathBuf,
    unpacked: Unpacking,
    /// How many bytes were unpacked.
    at: u64,
    /// Where the next one is to be read.
    wanted: u64,
    /// How many there are.
    bytes: u64,
}

type Unpacking = zstd::Decoder<'static, BufReader<File>>;

impl UnpackedFile {
    /// Opens what is kept at `kept`, of a file of so many bytes.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it is not there or cannot be read.
    pub(crate) fn open(kept: &Path, bytes: u64) -> Result<Self> {
        let unpacked = begin(kept)?;
        Ok(Self {
            kept: kept.to_owned(),
            unpacked: unpacked.map_err(|error| Error::storage("cannot unpack", kept, error))?,
            at: 0,
            wanted: 0,
            bytes,
        })
    }

    fn unpack(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.unpacked.read(buffer);
        let count = count.map_err(|error| self.damaged(&error))?;
        self.at += count as u64;
        if count == 0 && !buffer.is_empty() && self.at != self.bytes {
            return Err(self.damaged(&format!("{} bytes instead of {}", self.at, self.bytes)));
        }
        Ok(count)
    }

    /// Unpacks up to where the next byte is to be read, or to the end.
    fn go_there(&mut self) -> io::Result<()> {
        if self.wanted < self.at {
            let unpacked = begin(&self.kept).map_err(io::Error::other)?;
            (self.unpacked, self.at) = (unpacked?, 0);
        }
        let mut passed = Vec::new();
        while self.at < self.wanted {
            passed.resize(PASSED, 0);
            let most = usize::try_from(self.wanted - self.at).unwrap_or(PASSED);
            if self.unpack(&mut passed[..most.min(PASSED)])? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// It is not the file that is damaged, so that is said by a kind of error that blames no file.
    fn damaged(&self, found: &dyn std::fmt::Display) -> io::Error {
        io::Error::other(format!(
            "what is kept of it as {} is damaged ({found}); restore that from a copy, or remove it: then committed bins stand in for it",
            self.kept.display()
        ))
    }
}

fn begin(kept: &Path) -> Result<io::Result<Unpacking>> {
    let file = store::open(kept).map_err(Error::of_ours)?;
    let begun = zstd::Decoder::new(file).and_then(|mut unpacked| {
        unpacked.window_log_max(WINDOW_LOG)?;
        Ok(unpacked)
    });
    Ok(begun)
}

impl Read for UnpackedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.go_there()?;
        if self.at < self.wanted {
            // Behind the end.
            return Ok(0);
        }
        let count = self.unpack(buffer)?;
        self.wanted = self.at;
        Ok(count)
    }
}

impl Seek for UnpackedFile {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        let (from, by) = match place {
            SeekFrom::Start(place) => (place, 0),
            SeekFrom::End(by) => (self.bytes, by),
            SeekFrom::Current(by) => (self.wanted, by),
        };
        let wanted = from.checked_add_signed(by);
        self.wanted = wanted.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.wanted)
    }
}

/// Shows that what is kept at `kept` are the bytes that are known by `id`; how many they are.
///
/// # Errors
/// [`Damaged`](crate::ErrorKind::Damaged) where they are not; [`Storage`](crate::ErrorKind::Storage) where it is not there or cannot be read.
pub(crate) fn prove(kept: &Path, id: SourceId) -> Result<u64> {
    let wrong = |found: &dyn std::fmt::Display| {
        Error::damaged(format!("expected the bytes of {id}, found {found}")).at(kept)
    };
    let mut unpacked = begin(kept)?.map_err(|error| wrong(&error))?;
    match digest(&mut unpacked).map_err(|error| wrong(&error))? {
        (found, bytes) if found == id => Ok(bytes),
        (other, bytes) => Err(wrong(&format_args!("{bytes} bytes of {other}"))),
    }
}
