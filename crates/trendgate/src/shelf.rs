//! Records that are more than memory should hold: put away once, fetched in any order.
//!
//! Enters: anything that serde can write. Leaves: where it stands, eight bytes that are all that has to be kept of it, and by these
//! the record again; or all records, in the order in which they were put away, or sorted. What is put away first waits in memory, so
//! that a small batch needs no file; then it goes to a file without a name in staging, which is gone when the run is, however that
//! ends. Refuses: a record that does not read back as it was put.

use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// So many bytes wait in memory.
const HELD: usize = 32 << 10;
/// The length and the check of a record stand before it.
const HEAD: usize = 12;
/// What most records are shorter than, so that one read has them.
const MOST: usize = 512;

/// Where records are put away; by several threads at once.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// The folder of the file; without one, all stays in memory.
    folder: Option<PathBuf>,
    file: OnceLock<File>,
    held: Mutex<HeldBytes>,
}

/// What waits to be written.
#[derive(Debug, Default)]
struct HeldBytes {
    bytes: Vec<u8>,
    /// Where in the file it will begin.
    at: u64,
    /// Whether a write failed: what is in the file is not known then.
    spent: bool,
}

/// The bytes of a shelf, from some place on.
struct Stream<'a> {
    shelf: &'a Shelf,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let held = self.shelf.held();
        let read = match (self.at.checked_sub(held.at), self.shelf.file.get()) {
            (Some(from), _) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                held.bytes.get(from..).unwrap_or_default().read(bytes)?
            }
            (None, Some(file)) => {
                let rest = usize::try_from(held.at - self.at).unwrap_or(usize::MAX);
                let most = rest.min(bytes.len());
                file.read_at(&mut bytes[..most], self.at)?
            }
            (None, None) => 0,
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Shelf {
    /// A shelf that takes what does not fit into memory to a file in `folder`.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_owned),
            ..Self::default()
        }
    }

    /// The folder that it was given.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Puts a record away; where it stands.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) at the folder, where the file cannot be written.
    pub(crate) fn put(&self, record: &impl Serialize) -> Result<u64> {
        let body = postcard::to_allocvec(record)
            .map_err(|e| Error::bug(format!("cannot put a record away: {e}")))?;
        let length = u32::try_from(body.len()).map_err(|_| Error::bug("a record of 4 GB"))?;
        let mut held = self.held();
        if held.spent {
            return Err(self.failed("an earlier record could not be written"));
        }
        let at = held.at + held.bytes.len() as u64;
        held.bytes.extend_from_slice(&length.to_le_bytes());
        held.bytes.extend_from_slice(&check(at, &body));
        held.bytes.extend_from_slice(&body);
        if held.bytes.len() >= HELD
            && let Some(folder) = &self.folder
        {
            let written = self.write(folder, &mut held);
            held.spent = written.is_err();
            written?;
        }
        Ok(at)
    }

    /// The record that stands there.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) at the folder, where the file cannot be read or does not say what was written.
    pub(crate) fn get<T: DeserializeOwned>(&self, at: u64) -> Result<T> {
        self.fetch(at).map(|(record, _)| record)
    }

    /// The record that stands there, and where the next one does.
    fn fetch<T: DeserializeOwned>(&self, at: u64) -> Result<(T, u64)> {
        let held = self.held();
        if let Some(from) = at.checked_sub(held.at) {
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let record = held.bytes.get(from..).unwrap_or_default();
            return self.decode(at, record, record.get(HEAD..).unwrap_or_default());
        }
        let end = held.at;
        drop(held);
        let Some(file) = self.file.get() else {
            return Err(Error::bug("a record was put away in no file"));
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

    /// All records that were put away by now, in that order; they have to be of one type.
    pub(crate) fn iter<T: DeserializeOwned>(&self) -> impl Iterator<Item = Result<T>> + '_ {
        let held = self.held();
        let end = held.at + held.bytes.len() as u64;
        drop(held);
        let mut from = BufReader::with_capacity(HELD, Stream { shelf: self, at: 0 });
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
        record.resize(HEAD, 0);
        from.read_exact(record).map_err(|e| self.unread(e))?;
        let length = self.length(record, end - at)?;
        record.resize(HEAD + length, 0);
        from.read_exact(&mut record[HEAD..])
            .map_err(|e| self.unread(e))?;
        self.decode(at, record, &record[HEAD..])
    }

    fn held(&self) -> MutexGuard<'_, HeldBytes> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, folder: &Path, held: &mut HeldBytes) -> Result<()> {
        let file = match self.file.get() {
            Some(file) => file,
            None => {
                let file = store::create_unnamed(folder)?;
                self.file.get_or_init(|| file)
            }
        };
        file.write_all_at(&held.bytes, held.at)
            .map_err(|e| Error::storage("cannot write a list of the batch in", folder, e))?;
        held.at += held.bytes.len() as u64;
        held.bytes.clear();
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
        Error::storage("cannot read a list of the batch in", folder, error)
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
        self.failed("expected a record of the batch as it was written, found other bytes")
    }

    fn failed(&self, message: &str) -> Error {
        let error =
            Error::new(ErrorKind::Storage, message).hint("nothing was committed; check the disk");
        match &self.folder {
            Some(folder) => error.at(folder),
            None => error,
        }
    }
}

/// Items that are more than memory should hold, on their way into order.
#[derive(Debug)]
pub(crate) struct Sorter<T> {
    shelf: Shelf,
    items: Vec<T>,
    /// Of each sorted run, where its pieces stand.
    runs: Vec<VecDeque<u64>>,
}

/// So many items are sorted at a time.
const RUN: usize = 8192;
/// So many of a run are fetched at a time.
const PIECE: usize = 128;

impl<T: Ord + Serialize + DeserializeOwned> Sorter<T> {
    /// A sorter that takes what does not fit into memory to a file in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            shelf: Shelf::new(Some(folder)),
            items: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Takes an item.
    ///
    /// # Errors
    /// As [`Shelf::put`].
    pub(crate) fn push(&mut self, item: T) -> Result<()> {
        self.items.push(item);
        if self.items.len() == RUN {
            self.end_run()?;
        }
        Ok(())
    }

    /// Hands all items to `take`, in ascending order.
    ///
    /// # Errors
    /// As [`Shelf::get`].
    pub(crate) fn finish(mut self, mut take: impl FnMut(T)) -> Result<()> {
        self.end_run()?;
        let Self {
            shelf, mut runs, ..
        } = self;
        let mut fronts = Vec::with_capacity(runs.len());
        let mut next = BinaryHeap::new();
        for (run, pieces) in runs.iter_mut().enumerate() {
            let mut front = piece(&shelf, pieces)?;
            next.extend(front.next().map(|item| Reverse((item, run))));
            fronts.push(front);
        }
        while let Some(Reverse((item, run))) = next.pop() {
            take(item);
            let following = match fronts[run].next() {
                Some(item) => Some(item),
                None => {
                    fronts[run] = piece(&shelf, &mut runs[run])?;
                    fronts[run].next()
                }
            };
            next.extend(following.map(|item| Reverse((item, run))));
        }
        Ok(())
    }

    fn end_run(&mut self) -> Result<()> {
        self.items.sort_unstable();
        let pieces = self.items.chunks(PIECE).map(|piece| self.shelf.put(&piece));
        let pieces = pieces.collect::<Result<VecDeque<u64>>>()?;
        self.runs.push(pieces);
        self.items.clear();
        Ok(())
    }
}

/// The items of the next piece of a run; none after the last.
fn piece<T: DeserializeOwned>(
    shelf: &Shelf,
    pieces: &mut VecDeque<u64>,
) -> Result<std::vec::IntoIter<T>> {
    let items: Vec<T> = match pieces.pop_front() {
        Some(at) => shelf.get(at)?,
        None => Vec::new(),
    };
    Ok(items.into_iter())
}

/// What tells a record at this place from any other bytes.
fn check(at: u64, body: &[u8]) -> [u8; 8] {
    let mut hasher = Hasher::default();
    hasher.update(&at.to_le_bytes());
    hasher.update(body);
    let Digest(digest) = hasher.finish();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
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
    fn what_is_put_away_comes_back_in_any_order_from_memory_and_from_disk() {
        let folder = crate::store::test_folder();
        for place in [None, Some(folder.path())] {
            let shelf = Shelf::new(place);
            let records = records();
            let at: Vec<u64> = records.iter().map(|r| shelf.put(r).unwrap()).collect();
            assert_eq!(shelf.file.get().is_some(), place.is_some());
            let all: Result<Vec<(u64, String)>> = shelf.iter().collect();
            assert_eq!(all.unwrap(), records);
            for (record, at) in records.iter().zip(&at).rev() {
                assert_eq!(shelf.get::<(u64, String)>(*at).unwrap(), *record);
            }
        }
        assert_eq!(store::list_dir(folder.path()).unwrap().len(), 0);
    }

    #[test]
    fn few_records_make_no_file() {
        let folder = crate::store::test_folder();
        let shelf = Shelf::new(Some(folder.path()));
        let at = shelf.put(&(1, "a")).unwrap();
        assert!(shelf.file.get().is_none());
        assert_eq!(shelf.get::<(i32, String)>(at).unwrap(), (1, "a".to_owned()));
    }

    #[test]
    fn a_record_with_another_byte_or_at_another_place_is_refused() {
        let folder = crate::store::test_folder();
        let shelf = Shelf::new(Some(folder.path()));
        let at: Vec<u64> = records().iter().map(|r| shelf.put(r).unwrap()).collect();
        let file = shelf.file.get().unwrap();
        let length = usize::try_from(at[101] - at[100]).unwrap();
        let mut record = vec![0; length];
        file.read_exact_at(&mut record, at[100]).unwrap();
        for place in 0..length {
            let mut other = record.clone();
            other[place] ^= 1;
            file.write_all_at(&other, at[100]).unwrap();
            let error = shelf.get::<(u64, String)>(at[100]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Storage, "byte {place}");
            assert_eq!(error.path(), Some(folder.path()));
        }
        file.write_all_at(&record, at[102]).unwrap();
        assert!(shelf.get::<(u64, String)>(at[102]).is_err());
    }

    #[test]
    fn items_come_back_in_order_however_many_they_are() {
        let folder = crate::store::test_folder();
        for count in [0, 1, 127, RUN, 3 * RUN + 700] {
            let mut sorter = Sorter::new(folder.path());
            let items = (0..count).map(|n| (n * 7919) % 100_003);
            items.clone().for_each(|item| sorter.push(item).unwrap());
            let mut sorted = Vec::new();
            sorter.finish(|item| sorted.push(item)).unwrap();
            let mut expected: Vec<usize> = items.collect();
            expected.sort_unstable();
            assert_eq!(sorted, expected, "{count}");
        }
    }

    #[test]
    fn after_a_write_that_failed_nothing_more_is_put_away() {
        let folder = crate::store::test_folder();
        let gone = folder.path().join("gone");
        let shelf = Shelf::new(Some(&gone));
        let failed = records().iter().find_map(|record| shelf.put(record).err());
        assert_eq!(failed.unwrap().path(), Some(gone.as_path()));
        assert_eq!(shelf.put(&0).unwrap_err().kind(), ErrorKind::Storage);
    }
}
