//! Opening a file that anyone may have put there: only a regular file is one, and nothing else is waited for.
//!
//! A pipe, a socket or a device can have the name of a report, or a link by that name can lead to one. Opening a pipe waits for its
//! writer, and reading a device may never end; so everything is opened without waiting, and what it is is asked of what was opened.

use super::{Stamp, again};
use crate::error::{Error, ErrorKind, Result};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Opens a regular file for reading, links followed.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it does not exist or may not be read; [`Input`](crate::error::ErrorKind::Input)
/// where it is a folder, a pipe, a socket or a device.
pub(crate) fn open(path: &Path) -> Result<File> {
    open_stamped(path).map(|(file, _)| file)
}

/// As [`open`], with the stamp of what was opened.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_stamped(path: &Path) -> Result<(File, Stamp)> {
    let mut options = OpenOptions::new();
    options.read(true);
    open_with(&mut options, OFlags::empty(), path, "cannot open")
}

/// Opens a regular file with these options and flags, without waiting.
pub(super) fn open_with(
    options: &mut OpenOptions,
    flags: OFlags,
    path: &Path,
    doing: &str,
) -> Result<(File, Stamp)> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed());
    match again(|| options.open(path)) {
        Ok(file) => {
            let found = again(|| file.metadata());
            let found = found.map_err(|e| Error::storage("cannot look at", path, e))?;
            regular(&found, path).map(|()| (file, Stamp::from(&found)))
        }
        Err(error) if flags.contains(OFlags::NOFOLLOW) && is_a_link(&error) => {
            let message = format!("{doing}: expected a file, found a symbolic link");
            Err(Error::new(ErrorKind::Storage, message)
                .at(path)
                .hint("remove the link; what it leads to was not touched"))
        }
        Err(error) => {
            Err(other_than_a_file(path).unwrap_or_else(|| Error::storage(doing, path, error)))
        }
    }
}

/// A socket, or a device that nothing is behind, cannot even be opened.
fn other_than_a_file(path: &Path) -> Option<Error> {
    regular(&std::fs::metadata(path).ok()?, path).err()
}

fn is_a_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

fn regular(found: &Metadata, path: &Path) -> Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let kind = kind(found.file_type());
    Err(Error::input(format!("expected a file, found {kind}"))
        .at(path)
        .hint("only files are read: save what comes out of it as a file, or take it away"))
}

fn kind(found: FileType) -> &'static str {
    match found {
        found if found.is_dir() => "a folder",
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        found if found.is_char_device() || found.is_block_device() => "a device",
        _ => "something else",
    }
}
