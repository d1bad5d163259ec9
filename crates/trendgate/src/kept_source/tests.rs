//! What is packed comes back, at any place, and what was altered does not.

use super::*;
use crate::error::ErrorKind;
use crate::store::{self, Stamp};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that look like rows.
fn rows(count: usize) -> Vec<u8> {
    let rows = (0..count).map(|row| format!("2026-01-01 00:00,{},{}\r\n", row % 977, row * 7));
    rows.collect::<String>().into_bytes()
}

fn packed(folder: &Path, bytes: &[u8]) -> (PathBuf, PackedFile) {
    let to = folder.join(SourceId::of(bytes).file_name());
    let packer = Packer::new(Durable::Each);
    let packed = packer.pack(&mut &bytes[..], Some(bytes.len() as u64), &to);
    (to, packed.unwrap().unwrap())
}

#[test]
fn what_is_kept_is_named_for_its_bytes_and_proves_to_be_them() {
    let folder = store::test_folder();
    let bytes = rows(20_000);
    let (path, packed) = packed(folder.path(), &bytes);
    assert_eq!(packed.id, SourceId::of(&bytes));
    assert_eq!(packed.id.text(), TextId::of(&bytes));
    assert_eq!(packed.bytes, Stamp::at(&path).unwrap().bytes);
    assert!(packed.bytes * 2 < bytes.len() as u64, "{}", packed.bytes);
    assert_eq!(prove(&path, packed.id).unwrap(), bytes.len() as u64);
    let name = path.file_name().unwrap().to_str().unwrap();
    assert_eq!(SourceId::of_file_name(name), Some(packed.id));
    assert_eq!(SourceId::of_file_name("x.zst"), None);
    assert_eq!(packed.id.to_string().parse(), Ok(packed.id));
    let json = serde_json::to_string(&packed.id).unwrap();
    assert_eq!(serde_json::from_str::<SourceId>(&json).unwrap(), packed.id);
    let short = postcard::to_allocvec(&packed.id).unwrap();
    assert_eq!(short.len(), 32);
    assert_eq!(postcard::from_bytes::<SourceId>(&short).unwrap(), packed.id);
    for text in ["sha256:00", "blake3:00", "blake3:00+11"] {
        assert!(text.parse::<SourceId>().is_err(), "{text}");
    }
}

#[test]
fn the_bytes_are_read_at_any_place_in_any_order() {
    let folder = store::test_folder();
    let bytes = rows(40_000);
    let (path, _) = packed(folder.path(), &bytes);
    let size = bytes.len() as u64;
    let mut file = UnpackedFile::open(&path, size).unwrap();
    let mut whole = Vec::new();
    file.read_to_end(&mut whole).unwrap();
    assert!(whole == bytes);
    for from in [size - 100, 0, 300_001, 5, size / 2, size] {
        file.seek(SeekFrom::Start(from)).unwrap();
        let mut read = Vec::new();
        (&mut file).take(100).read_to_end(&mut read).unwrap();
        let from = usize::try_from(from).unwrap();
        assert!(read == bytes[from..(from + 100).min(bytes.len())], "{from}");
    }
    assert_eq!(file.seek(SeekFrom::End(-7)).unwrap(), size - 7);
    assert_eq!(file.seek(SeekFrom::Current(3)).unwrap(), size - 4);
    assert!(file.seek(SeekFrom::End(-1 - size.cast_signed())).is_err());
    file.seek(SeekFrom::Start(size + 9)).unwrap();
    assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
}

#[test]
fn a_file_of_no_bytes_is_kept_too() {
    let folder = store::test_folder();
    let (path, packed) = packed(folder.path(), b"");
    assert_eq!(prove(&path, packed.id).unwrap(), 0);
    let mut file = UnpackedFile::open(&path, 0).unwrap();
    assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
}

#[test]
fn a_changed_or_missing_byte_is_damage_and_no_one_elses_fault() {
    let folder = store::test_folder();
    let bytes = rows(3_000);
    let (path, packed) = packed(folder.path(), &bytes);
    let whole = store::read(&path, u64::MAX).unwrap();
    let mut wrongs: Vec<Vec<u8>> = (0..whole.len())
        .step_by(97)
        .map(|place| {
            let mut wrong = whole.clone();
            wrong[place] ^= 1;
            wrong
        })
        .collect();
    wrongs.push(whole[..whole.len() - 1].to_vec());
    wrongs.push(Vec::new());
    for (case, wrong) in wrongs.iter().enumerate() {
        store::remove_file(&path).unwrap();
        store::write_all_synced(&path, wrong).unwrap();
        let error = prove(&path, packed.id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{case}");
        let opened = UnpackedFile::open(&path, bytes.len() as u64);
        let mut read = Vec::new();
        let error = opened.unwrap().read_to_end(&mut read).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Other, "{case}");
        assert!(error.to_string().contains("is damaged"), "{error}");
    }
}

#[test]
fn a_file_that_is_shorter_than_it_was_is_not_packed_and_the_next_one_is() {
    let folder = store::test_folder();
    let packer = Packer::new(Durable::Together);
    let [short, long] = ["short", "long"].map(|name| folder.path().join(name));
    let packed = packer.pack(&mut &b"rows"[..], Some(5), &short).unwrap();
    assert_eq!(
        packed.unwrap_err().kind(),
        std::io::ErrorKind::UnexpectedEof
    );
    // What is added behind is another matter.
    let packed = packer.pack(&mut &b"rows and more"[..], Some(4), &long);
    assert_eq!(packed.unwrap().unwrap().id, SourceId::of(b"rows"));
    assert_eq!(prove(&long, SourceId::of(b"rows")).unwrap(), 4);
    assert_eq!(identify(&long).unwrap().1, Stamp::at(&long).unwrap().bytes);
}
