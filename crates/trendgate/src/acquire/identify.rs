//! A file → what its text is known by, from its bytes alone.

use super::containers::TextPlace;
use super::file_bytes::Handle;
use super::sniff::go_on;
use super::text::{Text, TextForm};
use crate::error::{Error, Result};
use crate::progress::Cancel;
use crate::store;
use crate::text_id::{Digests, FileId};
use std::io::{self, Read};
use std::path::Path;

/// As [`identify_until`], with the digest of today, and not to be cancelled.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read.
pub fn identify(path: &Path) -> Result<FileId> {
    identify_until(path, Digests::Today, &Cancel::default())
}

/// What the text of a file is known by. A compressed file that cannot be unpacked is known by its own bytes.
///
/// # Errors
/// [`Storage`](crate::ErrorKind::Storage) where it cannot be read; [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
pub fn identify_until(path: &Path, digests: Digests, cancel: &Cancel) -> Result<FileId> {
    let cannot_read = |error| Error::storage("cannot read", path, error);
    let place = TextPlace::by_name(path);
    if place.is_packed() {
        match identify_at(&place, path, digests, cancel)? {
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
