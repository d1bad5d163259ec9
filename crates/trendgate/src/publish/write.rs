//! A version's manifest and what stands beside it → files in staging, compressed where that is said, durable, and read back.
//!
//! Enters: a manifest, and its inputs one by one. Leaves: `manifest.json`, `inputs.jsonl.zst` and `details.json.zst` in the attempt's
//! folder. The list of inputs is never held whole. Refuses: a file that is not what was written into it.

use super::FileEntry;
use super::log;
use super::manifest::{Details, Listed, Listing, MOST_TEXT, SourceLists, no_memory, unwritable};
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::digesting_file::DigestingFile;
use crate::error::{Error, ErrorKind, Result};
use crate::store;
use serde::Serialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zstd::zstd_safe::{CCtx, CParameter};

/// How hard text is compressed: manifests are small, and a run should not wait for them.
const LEVEL: i32 = 1;
/// The compressor looks back so many bytes, as a power of two: that much it holds, and little more.
const WINDOW_LOG: u32 = 17;

/// Writes the list of inputs durably: `lists` in the first line, then one input a line; `name` is what it will be called.
pub(super) fn write_inputs(
    path: &Path,
    name: DatasetPath,
    lists: &SourceLists,
    inputs: Listing<'_>,
) -> Result<(FileEntry, Listed)> {
    let mut context = CCtx::try_create().ok_or_else(no_memory)?;
    let mut file = SideFile::create(path, &mut context)?;
    let mut line = text(lists)?;
    line.push(b'\n');
    file.put(&line)?;
    let listed = inputs.write(|line| file.put(line))?;
    Ok((file.finish(name, listed.inputs)?, listed))
}

/// Writes the details durably; `name` is what their file will be called.
pub(super) fn write_details(
    path: &Path,
    name: DatasetPath,
    details: &Details,
) -> Result<FileEntry> {
    let mut context = CCtx::try_create().ok_or_else(no_memory)?;
    let mut file = SideFile::create(path, &mut context)?;
    file.put(&text(details)?)?;
    file.finish(name, details.points.len() as u64)
}

/// The text of a base record, packed as side files are.
pub(super) fn packed(text: &[u8]) -> Result<Vec<u8>> {
    if text.len() as u64 > MOST_TEXT {
        let message = format!(
            "a base record would have {} bytes of text, more than readers take",
            text.len()
        );
        return Err(Error::new(ErrorKind::Input, message)
            .hint("nothing was removed; leave the site as it is"));
    }
    let mut context = CCtx::try_create().ok_or_else(no_memory)?;
    let mut pack = || {
        let mut encoder = zstd::Encoder::with_context(Vec::new(), &mut context);
        encoder.set_parameter(CParameter::CompressionLevel(LEVEL))?;
        encoder.window_log(WINDOW_LOG)?;
        encoder.write_all(text)?;
        encoder.finish()
    };
    pack().map_err(|_| no_memory())
}

/// Writes the bytes of a record durably, and proves that the file is what was written.
pub(super) fn write_record(path: &Path, record: &[u8]) -> Result<()> {
    let mut file = store::create_new(path)?;
    file.write_all(record)
        .map_err(|error| Error::storage("cannot write", path, error))?;
    store::fsync(&file, path)?;
    prove(path, record)
}

/// The text of a value that reads back as the value.
fn text<T: Serialize + serde::de::DeserializeOwned + PartialEq>(value: &T) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(value).map_err(|e| unwritable(&e))?;
    match serde_json::from_slice::<T>(&text) {
        Ok(read) if read == *value => Ok(text),
        _ => Err(Error::bug(
            "what stands beside a manifest does not read back as what it is",
        )),
    }
}

/// A compressed file that is being written.
struct SideFile<'c> {
    path: PathBuf,
    /// Bytes of text so far.
    text: u64,
    encoder: zstd::Encoder<'c, DigestingFile>,
}

impl<'c> SideFile<'c> {
    fn create(path: &Path, context: &'c mut CCtx<'static>) -> Result<Self> {
        let file = DigestingFile::create(path.to_owned())?;
        let encoder = || {
            let mut encoder = zstd::Encoder::with_context(file, context);
            encoder.set_parameter(CParameter::CompressionLevel(LEVEL))?;
            encoder.window_log(WINDOW_LOG)?;
            Ok(encoder)
        };
        let encoder = encoder().map_err(|error| Error::storage("cannot write", path, error))?;
        Ok(Self {
            path: path.to_owned(),
            text: 0,
            encoder,
        })
    }

    fn put(&mut self, text: &[u8]) -> Result<()> {
        self.text += text.len() as u64;
        let Self { path, encoder, .. } = self;
        encoder
            .write_all(text)
            .map_err(|error| Error::storage("cannot write", path.as_path(), error))
    }

    /// Ends the file and proves that it is what was written; it counts `rows`.
    fn finish(self, name: DatasetPath, rows: u64) -> Result<FileEntry> {
        let Self {
            path,
            text,
            encoder,
        } = self;
        let mut file = encoder
            .finish()
            .map_err(|error| Error::storage("cannot write", &path, error))?;
        let (sha256, bytes) = file.finish()?;
        if bytes > log::MOST_BYTES || text > MOST_TEXT {
            let message = format!(
                "what stands beside the record would have {text} bytes of text, more than readers take"
            );
            return Err(Error::new(ErrorKind::Input, message)
                .at(name.as_str())
                .hint("nothing was committed; take fewer reports at a time"));
        }
        if store::digest(&path)? != (bytes, sha256) {
            return Err(other_bytes(&path));
        }
        Ok(FileEntry {
            path: name,
            sha256,
            bytes,
            rows,
        })
    }
}

/// Shows that the file at `path` has these bytes.
fn prove(path: &Path, bytes: &[u8]) -> Result<()> {
    match store::digest(path)? == (bytes.len() as u64, Digest::of(bytes)) {
        true => Ok(()),
        false => Err(other_bytes(path)),
    }
}

fn other_bytes(path: &Path) -> Error {
    let message = "expected the bytes that were written, found others";
    Error::new(ErrorKind::Storage, message).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Manifest;
    use crate::publish::fixture::{bytes_of, manifest, overwrite};

    #[test]
    fn a_manifest_on_disk_is_proved_byte_by_byte() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("manifest.json");
        let manifest = manifest(1, &[]);
        let record = manifest.to_bytes().unwrap();
        write_record(&path, &record).unwrap();
        let whole = bytes_of(&path);
        let read = Manifest::from_bytes(&whole).unwrap();
        assert_eq!((&whole, &read.inputs), (&record, &manifest.inputs));
        for place in 0..whole.len() {
            let mut other = whole.clone();
            other[place] ^= 1;
            overwrite(&path, &other);
            let error = prove(&path, &record).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Storage, "byte {place}");
        }
        overwrite(&path, &whole[..whole.len() - 1]);
        let error = prove(&path, &record).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage);
    }

    #[test]
    fn what_stands_beside_a_manifest_comes_back_and_is_what_its_entry_says() {
        let folder = crate::store::test_folder();
        let [inputs, details] = ["inputs", "details"].map(|name| folder.path().join(name));
        let whole = manifest(1, &[]);
        let mut record = whole.clone();
        let listed = std::mem::take(&mut record.inputs);
        let lists = SourceLists::take(&mut record);
        let taken = Details::take(&mut record);
        let name = |name: &str| DatasetPath::new(name).unwrap();
        let (entry, count) =
            write_inputs(&inputs, name("i.jsonl.zst"), &lists, Listing::of(&listed)).unwrap();
        assert_eq!((entry.path.as_str(), entry.rows), ("i.jsonl.zst", 1));
        assert_eq!((count.inputs, count.accepted), (1, 1));
        assert_eq!((entry.bytes, entry.sha256), store::digest(&inputs).unwrap());
        record.inputs_file = Some(entry);
        let entry = write_details(&details, name("d.json.zst"), &taken).unwrap();
        assert_eq!(
            (entry.bytes, entry.sha256),
            store::digest(&details).unwrap()
        );
        record.details_file = Some(entry);
        assert!(record.statistics.points.is_empty());
        record.join_inputs(&bytes_of(&inputs)).unwrap();
        record.join_details(&bytes_of(&details)).unwrap();
        (record.inputs_file, record.details_file) = (None, None);
        assert_eq!(record, whole);
    }
}
