//! Files below a folder, reached name by name: a symbolic link on the way is never followed, whoever puts it there and whenever.

use super::{Named, Stamp, again, is_absent};
use crate::error::{Error, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Component, Path};

/// What has the name `path` below `top`; a link is a link, and so is whatever stands behind one. `None` where nothing has it.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage) where the system will not say.
pub(crate) fn named_below(top: &Path, path: &Path) -> Result<Option<Named>> {
    let look = || -> io::Result<Named> {
        let (folder, name) = parent(top, path)?;
        let file = File::from(step(&folder, name, OFlags::PATH)?);
        let meta = again(|| file.metadata())?;
        Ok(match (meta.is_dir(), meta.is_file()) {
            (true, _) => Named::Folder,
            (_, true) => Named::File(Stamp::from(&meta)),
            _ => Named::Other,
        })
    };
    match look() {
        Ok(named) => Ok(Some(named)),
        Err(error) if is_link(&error) => Ok(Some(Named::Other)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::storage("cannot look at", &top.join(path), error)),
    }
}

/// Removes the file `path` below `top`; one that is gone already is no error.
///
/// # Errors
/// [`Storage`](crate::error::ErrorKind::Storage), also where a symbolic link stands on the way: what it leads to stays.
pub(crate) fn remove_file_below(top: &Path, path: &Path) -> Result<()> {
    let remove = || {
        let (folder, name) = parent(top, path)?;
        again(|| unlinkat(&folder, name, AtFlags::empty()).map_err(Into::into))
    };
    match remove() {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::storage("cannot remove", &top.join(path), error))
        }
        _ => Ok(()),
    }
}

/// The folder that `path` below `top` is in, and its name there.
fn parent<'a>(top: &Path, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
    let name = path.file_name().ok_or(Errno::INVAL)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = again(|| openat(CWD, top, flags, Mode::empty()).map_err(Into::into))?;
    for part in path.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(part) = part else {
            return Err(Errno::INVAL.into());
        };
        folder = step(&folder, part, OFlags::PATH | OFlags::DIRECTORY)?;
    }
    Ok((folder, name))
}

fn step(folder: &OwnedFd, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    again(|| openat(folder, name, flags, Mode::empty()).map_err(Into::into))
}

/// Whether a link, or something else that is no folder, stands where a folder has to.
fn is_link(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::LOOP, Errno::NOTDIR]
        .iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}
