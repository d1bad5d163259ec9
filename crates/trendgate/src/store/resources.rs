//! How much disk is left, and how much memory is used.

use super::again;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a file system has left for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// How many bytes there are.
    pub bytes: u64,
    /// Files; `None` where the file system knows no limit.
    pub files: Option<u64>,
}

/// What the file system of `path` has left for us.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub(crate) fn room(path: &Path) -> Result<Room> {
    let found = again(|| rustix::fs::statvfs(path).map_err(Into::into))
        .map_err(|e| Error::storage("cannot ask for the room that is left", path, e))?;
    Ok(Room {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        files: (found.f_files > 0).then_some(found.f_favail),
    })
}

/// The bytes of memory that this process has resident; `None` where the system does not say.
#[must_use]
pub(crate) fn resident() -> Option<u64> {
    let mut text = [0; 128];
    let mut file = File::open("/proc/self/statm").ok()?;
    let read = file.read(&mut text).ok()?;
    let text = std::str::from_utf8(&text[..read]).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// The most bytes of memory that this process has had resident; `None` where the system does not say.
#[must_use]
pub(crate) fn peak_resident() -> Option<u64> {
    let mut text = String::new();
    let mut file = File::open("/proc/self/status").ok()?;
    file.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
