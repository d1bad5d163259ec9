//! The only door to the disk.
//!
//! Every function names the file in its error. Nothing here replaces a file: what is written is written under a new
//! name, and a name that is taken is an outcome ([`Put::Exists`]) or an error, never overwritten. Nothing here is durable
//! unless its documentation says so: the content of a file takes its own fsync, and its name one of the directory.
//!
//! A call that a signal interrupted is made again: nobody above here ever sees `EINTR`.
//!
//! A build with the feature `mutations` can leave out any one durable step, so that the tests can show that they would
//! notice; `mutations` (with the feature of that name) has their names.

#![allow(
    clippy::disallowed_methods,
    reason = "all of it is the door to the disk"
)]

mod below;
mod input;
#[cfg(any(test, feature = "mutations"))]
pub mod mutations;

use crate::time::{Instant, SECOND, Span};
pub use below::{named_below, remove_file_below};
pub use input::open;

use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::process::Process;
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What the file system says of a file: enough to notice that it was replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Last modification; written as nanoseconds since the epoch.
    #[serde(with = "crate::time::plain")]
    pub mtime: Instant,
    /// Last change of the inode; written as nanoseconds since the epoch.
    #[serde(with = "crate::time::plain")]
    pub ctime: Instant,
}

impl Stamp {
    /// The stamp of an open file.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where the system cannot say.
    pub fn of(file: &File, path: &Path) -> Result<Self> {
        again(|| file.metadata())
            .map(|meta| Self::from(&meta))
            .map_err(|e| Error::storage("cannot look at the file", path, e))
    }

    /// The stamp of the file that has this name now.
    ///
    /// # Errors
    /// [`Storage`](crate::error::ErrorKind::Storage) where there is none, or the system cannot say.
    pub fn at(path: &Path) -> Result<Self> {
        again(|| std::fs::metadata(path))
            .map(|meta| Self::from(&meta))
            .map_err(|e| Error::storage("cannot look at the file", path, e))
    }
}

fn instant(seconds: i64, nanos: i64) -> Instant {
    Instant::EPOCH + SECOND * seconds + Span::from_nanos(nanos)
}

impl From<&std::fs::Metadata> for Stamp {
    fn from(meta: &std::fs::Metadata) -> Self {
        Self {
            dev: meta.dev(),
            ino: meta.ino(),
            bytes: meta.len(),
            mtime: instant(meta.mtime(), meta.mtime_nsec()),
            ctime: instant(meta.ctime(), meta.ctime_nsec()),
        }
    }
}

/// `call`, made again for as long as a signal interrupts it.
fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Whether this build is told to leave out the check of this name; never, without the feature `mutations`.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn skipped(_check: &str) -> bool {
    false
}

/// How many of something it takes until things are done another way: as many as usual, without the feature `mutations`.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn threshold(usual: usize) -> usize {
    usual
}

#[cfg(feature = "mutations")]
pub(crate) use mutations::{skipped, threshold};

/// The fsync of `file`, which is at `path`.
fn sync(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(feature = "mutations")]
    if skipped(mutations::fsync_of(path)) {
        return Ok(());
    }
    #[cfg(not(feature = "mutations"))]
    let _ = path;
    again(|| file.sync_all())
}

/// Writes lines at the end of a file, which is created where it is missing, in one write. Not durable. A last line that was torn, on a
/// disk that was full, is ended first, so that it is the only one that cannot be read.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where a symbolic link has the name: it is not followed;
/// [`Input`](crate::error::ErrorKind::Input) where it is no regular file.
pub fn append(path: &Path, lines: &[u8]) -> Result<()> {
    let doing = "cannot write at the end of";
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    let mut file = input::open_with(&mut options, OFlags::NOFOLLOW, path, doing)?;
    let start: &[u8] = match ends_torn(&file) {
        Ok(true) => b"\n",
        _ => b"",
    };
    file.write_all(&[start, lines].concat())
        .map_err(|e| Error::storage(doing, path, e))
}

/// Whether a file ends within a line.
fn ends_torn(file: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(place) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, place)?;
    }
    Ok(last != *b"\n")
}

/// Creates a file for writing that must not exist yet (`O_EXCL`).
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it exists already or may not be created.
pub fn create_new(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| Error::storage("cannot create", path, e))
}

/// A file without a name in `folder`, to write and to read; it is gone when it is closed, however the process ends.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it may not be created.
pub fn create_unnamed(folder: &Path) -> Result<File> {
    again(|| tempfile::tempfile_in(folder))
        .map_err(|e| Error::storage("cannot create a file in", folder, e))
}

/// Opens a file that exists, to write on at its end.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it does not exist or may not be written.
pub fn open_append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(|e| Error::storage("cannot open for writing", path, e))
}

/// Makes what was written to `file` survive a power loss. To be called once: after an error the system may have dropped
/// the data and say "done" the next time, so the file is to be thrown away.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system could not write it.
pub fn fsync(file: &File, path: &Path) -> Result<()> {
    sync(file, path).map_err(|e| Error::storage("cannot make durable", path, e))
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A file; or a pipe, a socket or a device, which [`open`] refuses by its name.
    File,
    /// A folder.
    Folder,
}

/// What `path` leads to, links followed; `None` where there is nothing.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub fn what_is(path: &Path) -> Result<Option<What>> {
    match again(|| std::fs::metadata(path)) {
        Ok(meta) if meta.is_dir() => Ok(Some(What::Folder)),
        Ok(_) => Ok(Some(What::File)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", path, error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What has a name, a link being a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A file.
    File(Stamp),
    /// A folder.
    Folder,
    /// A symbolic link, or something else that we never make.
    Other,
}

/// What has the name `path`; links are not followed. `None` where nothing has it.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub fn named(path: &Path) -> Result<Option<Named>> {
    match again(|| std::fs::symlink_metadata(path)) {
        Ok(meta) if meta.is_dir() => Ok(Some(Named::Folder)),
        Ok(meta) if meta.is_file() => Ok(Some(Named::File(Stamp::from(&meta)))),
        Ok(_) => Ok(Some(Named::Other)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", path, error)),
    }
}

/// What kind of thing has the name `path`, in a word, a link being a link; `None` where nothing has it, or the system will not say.
#[must_use]
pub fn kind_word(path: &Path) -> Option<&'static str> {
    let kind = again(|| std::fs::symlink_metadata(path)).ok()?.file_type();
    let words = [
        (kind.is_file(), "file"),
        (kind.is_dir(), "folder"),
        (kind.is_symlink(), "link"),
        (kind.is_fifo(), "pipe"),
        (kind.is_socket(), "socket"),
        (kind.is_block_device() || kind.is_char_device(), "device"),
    ];
    words.into_iter().find_map(|(is, word)| is.then_some(word))
}

/// What the symbolic link `path` says.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it is none.
pub fn link_target(path: &Path) -> Result<PathBuf> {
    again(|| std::fs::read_link(path)).map_err(|e| Error::storage("cannot read the link", path, e))
}

/// What a file system has left for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes.
    pub bytes: u64,
    /// Files; `None` where the file system knows no limit.
    pub files: Option<u64>,
}

/// What the file system of `path` has left for us.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub fn room(path: &Path) -> Result<Room> {
    let found = again(|| rustix::fs::statvfs(path).map_err(Into::into))
        .map_err(|e| Error::storage("cannot ask for the room that is left", path, e))?;
    Ok(Room {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        files: (found.f_files > 0).then_some(found.f_favail),
    })
}

/// The bytes of memory that this process has resident; `None` where the system does not say.
#[must_use]
pub fn resident() -> Option<u64> {
    let mut text = [0; 128];
    let mut file = File::open("/proc/self/statm").ok()?;
    let read = file.read(&mut text).ok()?;
    let text = std::str::from_utf8(&text[..read]).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// The one path that all ways to a file or folder share.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be found out.
pub fn canonical(path: &Path) -> Result<PathBuf> {
    again(|| path.canonicalize()).map_err(|error| Error::storage("cannot resolve", path, error))
}

/// Shows each thing in a folder to `see`, in no order: its name, and what it is, where the folder says so. Of a link, [`what_is`] has to be
/// asked.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read.
pub fn look_into(path: &Path, mut see: impl FnMut(OsString, Option<What>)) -> Result<()> {
    let fail = |error| Error::storage("cannot list the folder", path, error);
    for entry in again(|| std::fs::read_dir(path)).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let what = match entry.file_type() {
            Ok(found) if found.is_file() => Some(What::File),
            Ok(found) if found.is_dir() => Some(What::Folder),
            _ => None,
        };
        see(entry.file_name(), what);
    }
    Ok(())
}

/// The paths of what is in a folder, sorted by name.
///
/// # Errors
/// As [`look_into`].
pub fn list_dir(path: &Path) -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    look_into(path, |name, _| names.push(name))?;
    names.sort_unstable();
    Ok(names.into_iter().map(|name| path.join(name)).collect())
}

/// What became of a name that was to be made where none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The name did not exist and does now.
    Done,
    /// The name existed already, and is as it was.
    Exists,
}

/// A lock on a file, held until this is dropped or the process ends, however it ends. A fork of the process does not let go of it.
#[derive(Debug)]
pub struct LockFile {
    file: File,
    process: Process,
}

/// What became of a lock that was asked for.
#[derive(Debug)]
pub enum Lock {
    /// It is ours.
    Held(LockFile),
    /// Someone else has it; what that holder wrote about itself, as far as it can be read.
    Taken(String),
}

/// Writes a new file whole. Not durable: for what proves itself when it is read, and can be made again.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). The file may then exist in part.
pub fn write_all(path: &Path, bytes: &[u8]) -> Result<File> {
    let mut file = create_new(path)?;
    file.write_all(bytes)
        .map_err(|e| Error::storage("cannot write", path, e))?;
    Ok(file)
}

/// Writes a new file whole and makes its content durable (not yet its name: that takes [`fsync_dir`]).
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). The file may then exist in part, and must be thrown away: after a
/// failed fsync a second one can succeed without having written anything.
pub fn write_all_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    fsync(&write_all(path, bytes)?, path)
}

/// Makes the content of a file that someone may have written earlier durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn fsync_file(path: &Path) -> Result<()> {
    fsync(&open(path)?, path)
}

/// Makes the names in a directory durable: those made, moved and removed.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn fsync_dir(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(OFlags::DIRECTORY.bits().cast_signed());
    let folder =
        again(|| options.open(path)).map_err(|e| Error::storage("cannot open", path, e))?;
    sync(&folder, path).map_err(|e| Error::storage("cannot make the directory durable", path, e))
}

/// Creates a directory and those above it; returns the ones that did not exist, outermost first, so that their parents
/// can be made durable.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn create_dir_all(path: &Path) -> Result<Vec<PathBuf>> {
    let mut missing: Vec<&Path> = path
        .ancestors()
        .take_while(|dir| !dir.as_os_str().is_empty() && !dir.is_dir())
        .collect();
    missing.reverse();
    let mut made = Vec::new();
    for dir in missing {
        match create_dir(dir) {
            Ok(Put::Done) => made.push(dir.to_owned()),
            Ok(Put::Exists) => {}
            Err(error) => {
                // Each of these may fail because someone else has put something there; then it stays.
                made.iter().rev().for_each(|dir| drop(remove_dir(dir)));
                return Err(error);
            }
        }
    }
    Ok(made)
}

/// Creates one directory where none is.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where the name is taken by something that is no directory.
pub fn create_dir(path: &Path) -> Result<Put> {
    match again(|| std::fs::create_dir(path)) {
        Ok(()) => Ok(Put::Done),
        Err(e) if e.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(Put::Exists),
        Err(e) => Err(Error::storage("cannot create the directory", path, e)),
    }
}

/// Gives the file `from` the second name `to`, if nothing has that name: atomic, of many who try one wins.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage). On a network file system the name may have been made all the same.
pub fn hard_link(from: &Path, to: &Path) -> Result<Put> {
    put(again(|| std::fs::hard_link(from, to)), "cannot link", to)
}

/// Moves the file `from` to the name `to`, if nothing has that name. Where the file system cannot rename without
/// replacing, it is a link followed by an unlink: a crash between the two leaves both names.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where the two lie on different file systems.
pub fn rename_new(from: &Path, to: &Path) -> Result<Put> {
    use rustix::io::Errno;
    let renamed =
        rustix::io::retry_on_intr(|| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE));
    if matches!(renamed, Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)) {
        let linked = hard_link(from, to)?;
        if linked == Put::Done {
            remove_file(from)?;
        }
        return Ok(linked);
    }
    put(renamed.map_err(Into::into), "cannot move a file to", to)
}

/// Moves the folder `from` to the name `to`, if no file and no folder with anything in it has that name.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn rename_folder(from: &Path, to: &Path) -> Result<Put> {
    match again(|| std::fs::rename(from, to)) {
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => Ok(Put::Exists),
        renamed => put(renamed, "cannot move a folder to", to),
    }
}

fn put(result: std::io::Result<()>, doing: &str, to: &Path) -> Result<Put> {
    match result {
        Ok(()) => Ok(Put::Done),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(Put::Exists),
        Err(e) => Err(Error::storage(doing, to, e)),
    }
}

/// Removes a name; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn remove_file(path: &Path) -> Result<()> {
    gone(again(|| std::fs::remove_file(path)), path)
}

/// Removes an empty directory; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where it is not empty.
pub fn remove_dir(path: &Path) -> Result<()> {
    gone(again(|| std::fs::remove_dir(path)), path)
}

/// Removes a directory with everything in it; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn remove_tree(path: &Path) -> Result<()> {
    gone(again(|| std::fs::remove_dir_all(path)), path)
}

fn gone(result: std::io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::storage("cannot remove", path, e)),
        _ => Ok(()),
    }
}

/// The content of a file of at most `limit` bytes.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where it cannot be read,
/// [`Damaged`](crate::error::ErrorKind::Damaged) where it is larger, or no regular file: nothing that we write and read whole is.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)
        .map_err(|error| error.of_ours())?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::storage("cannot read", path, e))?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read <= limit) {
        return Ok(bytes);
    }
    Err(Error::damaged(format!("expected at most {limit} bytes, found more")).at(path))
}

/// The size and digest of a file, of any size.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage).
pub fn digest(path: &Path) -> Result<(u64, Digest)> {
    let mut file = open(path)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(|e| Error::storage("cannot read", path, e))?,
        };
        if read == 0 {
            return Ok((total, hasher.finish()));
        }
        hasher.update(&buffer[..read]);
        total += read as u64;
    }
}

/// Takes the lock on the file `path`, which is created where it is missing, and writes `holder` into it for others to
/// read. Never waits.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the file system has no locks, or where a symbolic link has the name: it is not
/// followed; [`Input`](crate::error::ErrorKind::Input) where something else has it that is no regular file.
pub fn lock(path: &Path, holder: &str) -> Result<Lock> {
    loop {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let doing = "cannot open the lock";
        let mut file = input::open_with(&mut options, OFlags::NOFOLLOW, path, doing)?;
        match file.try_lock() {
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Interrupted => {}
            // The last holder may have removed the file between our opening and our locking it: a lock on a file without a
            // name excludes nobody.
            Ok(()) if !is_named(&file, path)? => {}
            Ok(()) => {
                // Who holds it is a courtesy: the lock stands without it.
                let _ = file
                    .set_len(0)
                    .and_then(|()| file.write_all(holder.as_bytes()));
                return Ok(Lock::Held(LockFile {
                    file,
                    process: Process::this(),
                }));
            }
            Err(TryLockError::WouldBlock) => {
                let mut other = String::new();
                let _ = file.take(1024).read_to_string(&mut other);
                return Ok(Lock::Taken(other));
            }
            Err(TryLockError::Error(e)) => {
                // Empty, nobody has ever held it.
                if file.metadata().is_ok_and(|meta| meta.len() == 0) {
                    let _ = remove_file(path);
                }
                return Err(Error::storage("cannot lock", path, e));
            }
        }
    }
}

fn is_named(file: &File, path: &Path) -> Result<bool> {
    if what_is(path)?.is_none() {
        return Ok(false);
    }
    let [ours, named] = [Stamp::of(file, path)?, Stamp::of(&open(path)?, path)?];
    Ok((ours.dev, ours.ino) == (named.dev, named.ino))
}

#[cfg(test)]
impl LockFile {
    /// Makes it the lock of another process.
    pub(crate) fn of_another_process_for_test(&mut self) {
        self.process = Process::other_for_test();
    }
}

/// Explicit, because a child process that inherited the file would otherwise keep the lock.
impl Drop for LockFile {
    fn drop(&mut self) {
        if self.process.is_this() {
            let _ = self.file.unlock();
        }
    }
}

/// A folder of its own for a test, which goes with what is given.
#[cfg(test)]
pub(crate) fn test_folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[cfg(test)]
mod tests;
