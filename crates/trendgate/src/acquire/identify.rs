//! A file → what its texts are known by, from its bytes alone.

use super::containers::{FileTexts, TextPlace};
use super::file_bytes::{FileBytes, Handle};
use super::sniff::go_on;
use super::text::{Text, TextForm};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Cancel;
use crate::store;
use crate::text_id::{Digests, FileId};
use std::io::{self, Read};
use std::path::Path;

/// What a text of a file is known by, with its name in the file, if it has one.
pub(crate) type NamedId = (Option<String>, FileId);

/// As [`identify_until`], with the digest of today, and not to be cancelled.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
#[cfg(test)]
pub(crate) fn identify(path: &Path) -> Result<FileId> {
    identify_until(path, Digests::Today, &Cancel::default())
}

/// What the one text of a file is known by. A compressed file that cannot be unpacked is known by its own bytes, and so is one that names its
/// texts.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read; [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
pub(crate) fn identify_until(path: &Path, digests: Digests, cancel: &Cancel) -> Result<FileId> {
    let only = TextPlace::only(&mut store::open(path)?);
    let only = only.map_err(|error| Error::storage("cannot read", path, error))?;
    identify_text(path, &only, digests, cancel)
}

/// What each text of a file is known by.
///
/// # Errors
/// As [`identify_until`].
pub(crate) fn identify_texts(
    path: &Path,
    digests: Digests,
    cancel: &Cancel,
) -> Result<Vec<NamedId>> {
    let (_, mut opened) = FileBytes::on_disk(path)?;
    let texts = match FileTexts::of(&mut *opened, path) {
        Ok(found) => found.texts,
        Err(error) if error.kind() == ErrorKind::Input => vec![TextPlace::whole_file()],
        Err(error) => return Err(error),
    };
    let each = texts.iter().map(|place| {
        let id = identify_text(path, place, digests, cancel)?;
        Ok((place.member_name().map(ToOwned::to_owned), id))
    });
    each.collect()
}

/// What the text of a file is known by that has this name in it. Where there is none, or the file cannot be unpacked, it is what the bytes of the
/// file are known by.
///
/// # Errors
/// As [`identify_until`].
pub(crate) fn identify_named(
    path: &Path,
    name: &str,
    digests: Digests,
    cancel: &Cancel,
) -> Result<FileId> {
    let (_, mut opened) = FileBytes::on_disk(path)?;
    let place = match FileTexts::of(&mut *opened, path) {
        Ok(found) => found
            .texts
            .into_iter()
            .find(|place| place.member_name() == Some(name)),
        Err(error) if error.kind() == ErrorKind::Input => None,
        Err(error) => return Err(error),
    };
    let place = place.unwrap_or_else(TextPlace::whole_file);
    identify_text(path, &place, digests, cancel)
}

/// What the text at `place` of a file is known by. Where it cannot be unpacked, it is what the bytes of the file are known by.
///
/// # Errors
/// As [`identify_until`].
pub(crate) fn identify_text(
    path: &Path,
    place: &TextPlace,
    digests: Digests,
    cancel: &Cancel,
) -> Result<FileId> {
    let cannot_read = |error| Error::storage("cannot read", path, error);
    if place.is_packed() {
        match identify_at(place, path, digests, cancel)? {
            Ok(id) => return Ok(id),
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(cannot_read(error)),
        }
    }
    identify_at(&TextPlace::whole_file(), path, digests, cancel)?.map_err(cannot_read)
}

fn identify_at(
    place: &TextPlace,
    path: &Path,
    digests: Digests,
    cancel: &Cancel,
) -> Result<io::Result<FileId>> {
    let file: Handle = Box::new(store::open(path)?);
    let mut text = match Text::new(file.take(u64::MAX), place, TextForm::PLAIN, digests) {
        Ok(text) => text,
        Err(error) => return Ok(Err(error)),
    };
    let mut block = vec![0; 256 << 10];
    loop {
        go_on(cancel)?;
        match text.read(&mut block) {
            Ok(0) => return Ok(text.finish().map(|finished| finished.id)),
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// Whether this is about what stands in a compressed file, and not about reading it.
fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}
