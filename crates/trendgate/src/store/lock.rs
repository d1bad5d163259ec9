//! A lock on a file, between processes.
//!
//! Enters: the path of the file, and what its holder says of itself. Leaves: the lock, or what the present holder says. Refuses: a file
//! system without locks, and a name that something else than a file has.

use super::{Stamp, input, open, remove_file, what_is};
use crate::error::{Error, Result};
use crate::process::Process;
use rustix::fs::OFlags;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// A lock on a file, held until this is dropped or the process ends, however it ends. A fork of the process does not let go of it.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    process: Process,
}

/// What became of a lock that was asked for.
#[derive(Debug)]
pub(crate) enum Lock {
    /// This process holds it.
    Held(LockFile),
    /// Someone else has it; what that holder wrote about itself, as far as it can be read.
    Taken(String),
}

/// Takes the lock on the file `path`, which is created where it is missing, and writes `holder` into it for others to
/// read. Never waits.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the file system has no locks, or where a symbolic link has the name: it is not
/// followed; [`Input`](crate::error::ErrorKind::Input) where something else has it that is no regular file.
pub(crate) fn lock(path: &Path, holder: &str) -> Result<Lock> {
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
                // What is written only tells others who holds it: the lock stands without it.
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
                // No holder has ever written into an empty one: it was made by this call.
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
