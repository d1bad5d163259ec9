//! The manifest of a version and its list of inputs → files in staging, written bit by bit, durable, and read back.
//!
//! Enters: a manifest, and its inputs one by one. Leaves: `manifest.json` (and `inputs.jsonl`, where the inputs are too many) in the
//! attempt's folder. The list is never held whole. Refuses: a file that is not what was written into it.

use super::FileEntry;
use super::manifest::{DIGITS, Listed, Listing, ListingLine, Manifest, Seal, Sheet};
use crate::dataset_path::DatasetPath;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::store;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// So many bytes are written, and read back, at a time.
const BLOCK: usize = 64 << 10;

/// Writes the list of inputs, one a line, durably; `name` is what it will be called.
pub(super) fn write_list(
    path: &Path,
    name: DatasetPath,
    inputs: Listing<'_>,
) -> Result<(FileEntry, Listed)> {
    let mut file = BufWriter::with_capacity(BLOCK, store::create_new(path)?);
    let fail = |error| Error::storage("cannot write", path, error);
    let (mut hasher, mut bytes) = (Hasher::default(), 0);
    let listed = inputs.write(ListingLine::Lines, |text| {
        hasher.update(text);
        bytes += text.len() as u64;
        file.write_all(text).map_err(fail)
    })?;
    let file = file.into_inner().map_err(|e| fail(e.into_error()))?;
    store::fsync(&file, path)?;
    let sha256 = hasher.finish();
    if store::digest(path)? != (bytes, sha256) {
        return Err(other_bytes(path));
    }
    let entry = FileEntry {
        path: name,
        sha256,
        bytes,
        rows: listed.inputs,
    };
    Ok((entry, listed))
}

/// Writes a manifest with its `inputs`, durably, and proves that the file is what was written; its checksum.
pub(super) fn write_manifest(
    path: &Path,
    manifest: &Manifest,
    sheet: &Sheet,
    inputs: Listing<'_>,
) -> Result<Digest> {
    let mut file = BufWriter::with_capacity(BLOCK, store::create_new(path)?);
    let fail = |error| Error::storage("cannot write", path, error);
    let seal = sheet.write(inputs, |text| file.write_all(text).map_err(fail))?;
    if manifest.inputs_file.is_none() {
        manifest.lists(seal.listed.inputs, Some(seal.listed.accepted))?;
    }
    let file = file.into_inner().map_err(|e| fail(e.into_error()))?;
    file.write_all_at(seal.checksum.hex().as_bytes(), seal.digits as u64)
        .map_err(fail)?;
    store::fsync(&file, path)?;
    prove(path, &seal)?;
    Ok(seal.checksum)
}

/// Shows that the manifest at `path` is what was sealed.
fn prove(path: &Path, seal: &Seal) -> Result<()> {
    let fail = |error| Error::storage("cannot read", path, error);
    let mut file = store::open(path)?;
    let mut head = vec![0; seal.digits + DIGITS];
    file.read_exact(&mut head).map_err(fail)?;
    let stated = head.split_off(seal.digits);
    let mut hasher = Hasher::default();
    hasher.update(&head);
    hasher.update(&[b'0'; DIGITS]);
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => match read.map_err(fail)? {
                0 => break,
                read => hasher.update(&block[..read]),
            },
        }
    }
    match stated == seal.checksum.hex().as_bytes() && hasher.finish() == seal.checksum {
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
    use crate::publish::fixture::{bytes_of, manifest, overwrite};

    #[test]
    fn a_manifest_on_disk_is_proved_byte_by_byte() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("manifest.json");
        let mut manifest = manifest(1, &[]);
        let inputs = std::mem::take(&mut manifest.inputs);
        let sheet = Sheet::of(&manifest).unwrap();
        let seal = sheet.write(Listing::of(&inputs), |_| Ok(())).unwrap();
        let checksum = write_manifest(&path, &manifest, &sheet, Listing::of(&inputs)).unwrap();
        assert_eq!(checksum, seal.checksum);
        let whole = bytes_of(&path);
        let read = Manifest::from_bytes(&whole).unwrap();
        assert_eq!((read.checksum, &read.inputs), (checksum, &inputs));
        prove(&path, &seal).unwrap();
        for place in 0..whole.len() {
            let mut other = whole.clone();
            other[place] ^= 1;
            overwrite(&path, &other);
            assert_eq!(
                prove(&path, &seal).unwrap_err().kind(),
                ErrorKind::Storage,
                "byte {place}"
            );
        }
        overwrite(&path, &whole[..whole.len() - 1]);
        assert_eq!(prove(&path, &seal).unwrap_err().kind(), ErrorKind::Storage);
    }

    #[test]
    fn a_list_on_disk_is_what_its_entry_says() {
        let folder = crate::store::test_folder();
        let path = folder.path().join("inputs.jsonl");
        let inputs = manifest(1, &[]).inputs;
        let (entry, listed) = write_list(
            &path,
            DatasetPath::new("named.jsonl").unwrap(),
            Listing::of(&inputs),
        )
        .unwrap();
        assert_eq!(entry.path.as_str(), "named.jsonl");
        assert_eq!(
            (entry.rows, listed.inputs),
            (inputs.len() as u64, inputs.len() as u64)
        );
        assert_eq!((entry.bytes, entry.sha256), store::digest(&path).unwrap());
    }
}
