//! A file of records that are more than memory should hold.
//!
//! Enters: anything that serde can write. Leaves: where it stands, eight bytes that are all that has to be kept of it, and by these
//! the record again; or all records, in the order in which they were written. The first 32 kB stay in memory, so that a small batch
//! needs no file; then they go to a file without a name in staging, which is gone when the run is, however that ends. Refuses: a record
//! that does not read back as it was written, and everything once a write has failed.

use crate::error::{Error, ErrorKind, Result};
use crate::parallel::locked;
use crate::store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// So many bytes are collected in memory before they are written.
const HELD: usize = 32 << 10;
/// The length and the check of a record stand before it.
const HEAD: usize = 12;
/// What most records are shorter than, so that one read has them.
const MOST: usize = 512;

/// A file of records, written and read by several threads at once.
#[derive(Debug, Default)]
pub(crate) struct SpillFile {
    /// The folder of the file; without one, all stays in memory.
    folder: Option<PathBuf>,
    file: OnceLock<File>,
    unwritten: Mutex<Unwritten>,
}

/// What is not written yet.
#[derive(Debug, Default)]
struct Unwritten {
    bytes: Vec<u8>,
    /// Where in the file it will begin.
    at: u64,
    /// Whether a write failed: what is in the file is not known then.
    failed: bool,
}

/// The bytes of all records, from some place on.
struct Stream<'a> {
    file: &'a SpillFile,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let unwritten = self.file.unwritten();
        let read = match (self.at.checked_sub(unwritten.at), self.file.file.get()) {
            (Some(from), _) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                unwritten
                    .bytes
                    .get(from..)
                    .unwrap_or_default()
                    .read(bytes)?
            }
            (None, Some(file)) => {
                let rest = usize::try_from(unwritten.at - self.at).unwrap_or(usize::MAX);
                let most = rest.min(bytes.len());
                file.read_at(&mut bytes[..most], self.at)?
            }
            (None, None) => 0,
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl SpillFile {
    /// One whose file is made in `folder` once it is needed; without a folder, all stays in memory.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_owned),
            ..Self::default()
        }
    }

    /// The folder of its file.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Writes all that was added to a new file at `path`, so that another process may read it; durable on return.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where the one cannot be read or the other not be written.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut to = store::create_new(path)?;
        let end = {
            let unwritten = self.usable()?;
            unwritten.at + unwritten.bytes.len() as u64
        };
        let from = Stream { file: self, at: 0 };
        io::copy(&mut from.take(end), &mut to)
            .map_err(|e| Error::storage("cannot write", path, e))?;
        store::fsync(&to, path)
    }

    /// What was [saved](Self::save) at `path`; nothing can be added.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) where it cannot be opened.
    pub(crate) fn saved(path: &Path) -> Result<Self> {
        let file = store::open(path)?;
        let bytes = file
            .metadata()
            .map_err(|e| Error::storage("cannot look at", path, e))?;
        Ok(Self {
            folder: path.parent().map(Path::to_owned),
            file: OnceLock::from(file),
            unwritten: Mutex::new(Unwritten {
                at: bytes.len(),
                ..Unwritten::default()
            }),
        })
    }

    /// One over a file of the test's own.
    #[cfg(test)]
    pub(crate) fn over_for_test(folder: &Path, file: File) -> Self {
        Self {
            file: OnceLock::from(file),
            ..Self::new(Some(folder))
        }
    }

    /// Adds a record; where it stands.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) at the folder, where the file cannot be written, or could not be before.
    pub(crate) fn put(&self, record: &impl Serialize) -> Result<u64> {
        let body = postcard::to_allocvec(record)
            .map_err(|e| Error::bug(format!("cannot encode a record: {e}")))?;
        let length = u32::try_from(body.len()).map_err(|_| Error::bug("a record of 4 GB"))?;
        let mut unwritten = self.usable()?;
        let at = unwritten.at + unwritten.bytes.len() as u64;
        unwritten.bytes.extend_from_slice(&length.to_le_bytes());
        unwritten.bytes.extend_from_slice(&check(at, &body));
        unwritten.bytes.extend_from_slice(&body);
        if unwritten.bytes.len() >= HELD
            && let Some(folder) = &self.folder
        {
            let written = self.write(folder, &mut unwritten);
            unwritten.failed = written.is_err();
            written?;
        }
        Ok(at)
    }

    /// The record that stands there.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) at the folder, where the file cannot be read, does not say what was written, or could not be
    /// written before.
    pub(crate) fn get<T: DeserializeOwned>(&self, at: u64) -> Result<T> {
        self.fetch(at).map(|(record, _)| record)
    }

    /// The record that stands there, and where the next one does.
    fn fetch<T: DeserializeOwned>(&self, at: u64) -> Result<(T, u64)> {
        let unwritten = self.usable()?;
        if let Some(from) = at.checked_sub(unwritten.at) {
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let record = unwritten.bytes.get(from..).unwrap_or_default();
            return self.decode(at, record, record.get(HEAD..).unwrap_or_default());
        }
        let end = unwritten.at;
        drop(unwritten);
        let Some(file) = self.file.get() else {
            return Err(Error::bug("a record was spilled to no file"));
        };
        let mut first = [0; MOST];
        let read = self.read(file, &mut first, at)?;
        let length = self.length(&first[..read], end - at)?;
        if HEAD + length <= read {
            return self.decode(at, &first, &first[HEAD..HEAD + length]);
        }
        let mut body = vec![0; length];
        let read = self.read(file, &mut body, at + HEAD as u64)?;
        self.decode(at, &first, &body[..read])
    }

    /// All records that were added by now, in that order; they have to be of one type.
    pub(crate) fn iter<T: DeserializeOwned>(&self) -> impl Iterator<Item = Result<T>> + '_ {
        let unwritten = self.unwritten();
        let end = unwritten.at + unwritten.bytes.len() as u64;
        drop(unwritten);
        let mut from = BufReader::with_capacity(HELD, Stream { file: self, at: 0 });
        let mut record = Vec::new();
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let next = self.next(&mut from, &mut record, at, end);
            at = next.as_ref().map_or(end, |(_, next)| *next);
            Some(next.map(|(record, _)| record))
        })
    }

    /// The record that stands there, read from a stream that is there, and where the next one stands.
    fn next<T: DeserializeOwned>(
        &self,
        from: &mut impl Read,
        record: &mut Vec<u8>,
        at: u64,
        end: u64,
    ) -> Result<(T, u64)> {
        drop(self.usable()?);
        record.resize(HEAD, 0);
        from.read_exact(record).map_err(|e| self.unread(e))?;
        let length = self.length(record, end - at)?;
        record.resize(HEAD + length, 0);
        from.read_exact(&mut record[HEAD..])
            .map_err(|e| self.unread(e))?;
        self.decode(at, record, &record[HEAD..])
    }

    /// Fails where an earlier write did: then nothing more is written, and nothing read.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) at the folder.
    pub(crate) fn require_written(&self) -> Result<()> {
        self.usable().map(drop)
    }

    fn usable(&self) -> Result<MutexGuard<'_, Unwritten>> {
        let unwritten = self.unwritten();
        if unwritten.failed {
            return Err(self.failed("what was spilled before could not be written"));
        }
        Ok(unwritten)
    }

    fn unwritten(&self) -> MutexGuard<'_, Unwritten> {
        locked(&self.unwritten)
    }

    fn write(&self, folder: &Path, unwritten: &mut Unwritten) -> Result<()> {
        let file = match self.file.get() {
            Some(file) => file,
            None => {
                let file = store::create_unnamed(folder)?;
                self.file.get_or_init(|| file)
            }
        };
        file.write_all_at(&unwritten.bytes, unwritten.at)
            .map_err(|e| Error::storage("cannot spill to a file in", folder, e))?;
        unwritten.at += unwritten.bytes.len() as u64;
        unwritten.bytes.clear();
        Ok(())
    }

    /// As many bytes as there are, up to the length of `bytes`.
    fn read(&self, file: &File, bytes: &mut [u8], at: u64) -> Result<usize> {
        let mut read = 0;
        while read < bytes.len() {
            match file.read_at(&mut bytes[read..], at + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unread(error)),
            }
        }
        Ok(read)
    }

    fn unread(&self, error: io::Error) -> Error {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.altered();
        }
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        Error::storage("cannot read what was spilled to a file in", folder, error)
    }

    /// The length of a record with this head, which has no more room than that.
    fn length(&self, head: &[u8], room: u64) -> Result<usize> {
        let length = head.first_chunk::<4>();
        let length = length.map(|four| u64::from(u32::from_le_bytes(*four)));
        let length = length.filter(|length| HEAD as u64 + length <= room);
        let length = length.and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| self.altered())
    }

    /// The record of this head, of which `rest` is the body, and maybe what follows it.
    fn decode<T: DeserializeOwned>(&self, at: u64, head: &[u8], rest: &[u8]) -> Result<(T, u64)> {
        let room = (HEAD + rest.len()) as u64;
        let body = &rest[..self.length(head, room)?];
        if head.get(4..HEAD) != Some(&check(at, body)) {
            return Err(self.altered());
        }
        let record = postcard::from_bytes(body).map_err(|_| self.altered())?;
        Ok((record, at + (HEAD + body.len()) as u64))
    }

    fn altered(&self) -> Error {
        self.failed("expected what was spilled as it was written, found other bytes")
    }

    fn failed(&self, message: &str) -> Error {
        let error = Error::new(ErrorKind::Storage, message)
            .hint("nothing was committed; check the disk and its room");
        match &self.folder {
            Some(folder) => error.at(folder),
            None => error,
        }
    }
}

/// What tells a record at this place from any other bytes.
fn check(at: u64, body: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&at.to_le_bytes());
    hasher.update(body);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records of many lengths, some longer than what is read at once.
    fn records() -> Vec<(u64, String)> {
        let text = |n: u64| "δ".repeat(usize::try_from(n * n % 1999).unwrap());
        (0..2000).map(|n| (n, text(n))).collect()
    }

    #[test]
    fn what_is_spilled_comes_back_in_any_order_from_memory_and_from_disk() {
        let folder = crate::store::test_folder();
        for place in [None, Some(folder.path())] {
            let spill = SpillFile::new(place);
            let records = records();
            let at: Vec<u64> = records.iter().map(|r| spill.put(r).unwrap()).collect();
            assert_eq!(spill.file.get().is_some(), place.is_some());
            let all: Result<Vec<(u64, String)>> = spill.iter().collect();
            assert_eq!(all.unwrap(), records);
            for (record, at) in records.iter().zip(&at).rev() {
                assert_eq!(spill.get::<(u64, String)>(*at).unwrap(), *record);
            }
        }
        assert_eq!(store::list_dir(folder.path()).unwrap().len(), 0);
    }

    #[test]
    fn few_records_make_no_file() {
        let folder = crate::store::test_folder();
        let spill = SpillFile::new(Some(folder.path()));
        let at = spill.put(&(1, "a")).unwrap();
        assert!(spill.file.get().is_none());
        assert_eq!(spill.get::<(i32, String)>(at).unwrap(), (1, "a".to_owned()));
    }

    #[test]
    fn a_record_with_another_byte_or_at_another_place_is_refused() {
        let folder = crate::store::test_folder();
        let spill = SpillFile::new(Some(folder.path()));
        let at: Vec<u64> = records().iter().map(|r| spill.put(r).unwrap()).collect();
        let file = spill.file.get().unwrap();
        let length = usize::try_from(at[101] - at[100]).unwrap();
        let mut record = vec![0; length];
        file.read_exact_at(&mut record, at[100]).unwrap();
        for place in 0..length {
            let mut other = record.clone();
            other[place] ^= 1;
            file.write_all_at(&other, at[100]).unwrap();
            let error = spill.get::<(u64, String)>(at[100]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Storage, "byte {place}");
            assert_eq!(error.path(), Some(folder.path()));
        }
        file.write_all_at(&record, at[102]).unwrap();
        assert!(spill.get::<(u64, String)>(at[102]).is_err());
    }

    #[test]
    fn after_a_write_that_failed_nothing_more_is_written_or_read() {
        let folder = crate::store::test_folder();
        let gone = folder.path().join("gone");
        let spill = SpillFile::new(Some(&gone));
        let failed = records().iter().find_map(|record| spill.put(record).err());
        assert_eq!(failed.unwrap().path(), Some(gone.as_path()));
        assert_eq!(spill.put(&0).unwrap_err().kind(), ErrorKind::Storage);
        let read = spill.get::<(u64, String)>(0).unwrap_err();
        assert_eq!(
            (read.kind(), read.path()),
            (ErrorKind::Storage, Some(gone.as_path()))
        );
        let mut all = spill.iter::<(u64, String)>();
        assert_eq!(all.next().unwrap().unwrap_err().kind(), ErrorKind::Storage);
        assert!(all.next().is_none());
    }
}
