//! A file of texts that several threads write, each its own, and any number of threads read.
//!
//! Enters: the bytes of a text, in their order, whose number nobody knows before. Leaves: the same bytes, from any place on. What is held of a text
//! in memory is 8 bytes a block. The file has no name and is gone when the run is, however that ends. Refuses: what the disk refuses.

use crate::error::{Error, Result};
use crate::store;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that are written one behind the other.
const BLOCK: usize = 256 << 10;

/// A file of texts.
#[derive(Debug)]
pub(crate) struct TextScratch {
    folder: PathBuf,
    file: File,
    /// Where the next block will stand.
    end: AtomicU64,
}

impl TextScratch {
    /// One without texts, in `folder`.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be made.
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            file: store::create_unnamed(folder)?,
            end: AtomicU64::new(0),
        })
    }
}

/// A text of a file that was [saved](TextScratch::save), as a value.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedText {
    blocks: Vec<u64>,
    bytes: u64,
}

impl TextScratch {
    /// Writes all of it to a new file at `path`, so that another process may read it; durable on return.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where the one cannot be read or the other not be written.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut to = store::create_new(path)?;
        let mut block = vec![0; BLOCK];
        let (mut at, end) = (0, self.end.load(Ordering::Relaxed));
        while at < end {
            let read = self.file.read_at(&mut block, at);
            let read =
                read.map_err(|e| Error::storage("cannot read from a file in", &self.folder, e))?;
            if read == 0 {
                let error = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Err(Error::storage(
                    "cannot read from a file in",
                    &self.folder,
                    error,
                ));
            }
            io::Write::write_all(&mut to, &block[..read])
                .map_err(|e| Error::storage("cannot write", path, e))?;
            at += read as u64;
        }
        store::fsync(&to, path)
    }

    /// What was [saved](Self::save) at `path`; nothing can be added.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where it cannot be opened.
    pub(crate) fn saved(path: &Path) -> Result<Self> {
        Ok(Self {
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            file: store::open(path)?,
            end: AtomicU64::new(0),
        })
    }
}

/// A text that is being written.
pub(crate) struct TextWriter {
    text: SpilledText,
    /// What is not written yet.
    block: Vec<u8>,
}

impl TextWriter {
    /// The next text of `file`.
    pub(crate) fn new(file: &Arc<TextScratch>) -> Self {
        Self {
            text: SpilledText {
                file: Arc::clone(file),
                blocks: Vec::new(),
                bytes: 0,
            },
            block: Vec::with_capacity(BLOCK),
        }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) where they cannot be written.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (own, rest) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(own);
            bytes = rest;
            if self.block.len() == BLOCK {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let file = &*self.text.file;
        let length = self.block.len() as u64;
        let at = file.end.fetch_add(length, Ordering::Relaxed);
        let written = file.file.write_all_at(&self.block, at);
        written
            .map_err(|error| Error::storage("cannot spill to a file in", &file.folder, error))?;
        self.text.blocks.push(at);
        self.text.bytes += length;
        self.block.clear();
        Ok(())
    }

    /// The text, as it was written.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn finish(mut self) -> Result<SpilledText> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        Ok(self.text)
    }
}

/// A text of such a file.
#[derive(Debug, Clone)]
pub(crate) struct SpilledText {
    file: Arc<TextScratch>,
    /// Where its blocks stand, all but the last of the same size.
    blocks: Vec<u64>,
    bytes: u64,
}

impl SpilledText {
    /// The file that it is in.
    pub(crate) fn file(&self) -> &TextScratch {
        &self.file
    }

    /// Where the text stands, as a value.
    pub(crate) fn value(&self) -> SavedText {
        SavedText {
            blocks: self.blocks.clone(),
            bytes: self.bytes,
        }
    }

    /// The text that was saved so, in `file`.
    pub(crate) fn of(saved: SavedText, file: &Arc<TextScratch>) -> Self {
        Self {
            file: Arc::clone(file),
            blocks: saved.blocks,
            bytes: saved.bytes,
        }
    }

    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What reads it, from its first byte on.
    pub(crate) fn open(&self) -> SpilledTextReader {
        SpilledTextReader {
            text: self.clone(),
            at: 0,
        }
    }
}

/// Reads such a text from any place on.
pub(crate) struct SpilledTextReader {
    text: SpilledText,
    at: u64,
}

impl Read for SpilledTextReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.text.bytes.saturating_sub(self.at);
        let within = self.at % BLOCK as u64;
        let block = usize::try_from(self.at / BLOCK as u64).unwrap_or(usize::MAX);
        let Some(block) = self.text.blocks.get(block).filter(|_| left > 0) else {
            return Ok(0);
        };
        let most = left.min(BLOCK as u64 - within);
        let most = usize::try_from(most).map_or(buffer.len(), |most| most.min(buffer.len()));
        let read = self
            .text
            .file
            .file
            .read_at(&mut buffer[..most], block + within)?;
        if read == 0 && most > 0 {
            return Err(io::Error::other("what was spilled of a text is not there"));
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for SpilledTextReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.text.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::in_parallel;
    use std::sync::Mutex;

    #[test]
    fn texts_that_are_written_at_the_same_time_come_back_from_any_place_on() {
        let folder = store::test_folder();
        let file = Arc::new(TextScratch::create(folder.path()).unwrap());
        let text = |of: usize| -> Vec<u8> {
            let bytes = (0..of * 300_001).map(|at| u8::try_from((at * 7 + of) % 251).unwrap());
            bytes.collect()
        };
        let written = Mutex::new(Vec::new());
        in_parallel(4, 4, |of| {
            let mut writer = TextWriter::new(&file);
            for some in text(of).chunks(9_999) {
                writer.write(some).unwrap();
            }
            written.lock().unwrap().push((of, writer.finish().unwrap()));
        })
        .unwrap();
        for (of, spilled) in written.into_inner().unwrap() {
            let text = text(of);
            assert_eq!(spilled.bytes(), text.len() as u64);
            let mut reader = spilled.open();
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            assert!(back == text, "{of}");
            for place in [
                0,
                1,
                text.len() / 2,
                text.len().saturating_sub(5),
                text.len() + 9,
            ] {
                reader.seek(SeekFrom::Start(place as u64)).unwrap();
                back.clear();
                reader.read_to_end(&mut back).unwrap();
                assert!(back == text[place.min(text.len())..], "{of} from {place}");
            }
            assert!(
                reader
                    .seek(SeekFrom::End(-1 - spilled.bytes().cast_signed()))
                    .is_err()
            );
        }
    }
}
