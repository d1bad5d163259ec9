//! The files that were found: many, and little is kept of each.

use crate::error::{Error, Result};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Files, sorted by path. A path is made when it is asked for: folders are held once and names in one piece, a tenth of what paths take.
#[derive(Debug, Default)]
pub(crate) struct Files {
    folders: Vec<PathBuf>,
    /// The names, with a zero behind each.
    names: Vec<u8>,
    list: Vec<FileName>,
    /// What was met on the way and leads to no file, and why.
    lost: Vec<(PathBuf, Error)>,
}

/// A file: the number of its folder, and where its name begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FileName {
    pub(super) folder: u32,
    at: u32,
}

impl Files {
    /// How many files there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The path of one; `None` where there are not so many.
    #[must_use]
    pub(crate) fn get(&self, file: usize) -> Option<PathBuf> {
        self.list.get(file).map(|name| self.path(*name))
    }

    /// Takes what was met in folders and leads to no file: links to nowhere and in circles, folders that may not be listed.
    pub(crate) fn take_lost(&mut self) -> Vec<(PathBuf, Error)> {
        std::mem::take(&mut self.lost)
    }

    /// The paths of all.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PathBuf> {
        self.list.iter().map(|name| self.path(*name))
    }

    fn folder(&self, name: FileName) -> &Path {
        let folder = usize::try_from(name.folder).ok();
        folder
            .and_then(|folder| self.folders.get(folder))
            .map_or(Path::new(""), PathBuf::as_path)
    }

    pub(super) fn name(&self, name: FileName) -> &OsStr {
        let from = usize::try_from(name.at).unwrap_or(usize::MAX);
        let rest = self.names.get(from..).unwrap_or_default();
        let end = memchr::memchr(0, rest).unwrap_or(rest.len());
        OsStr::from_bytes(&rest[..end])
    }

    fn path(&self, name: FileName) -> PathBuf {
        self.folder(name).join(self.name(name))
    }

    /// Puts a name of the folder that was added last on the list.
    pub(super) fn add(&mut self, name: &OsStr) -> Result<FileName> {
        let too_many = |_| Error::bug("the names of the files are longer than 4 GB");
        let added = FileName {
            folder: u32::try_from(self.folders.len() - 1).map_err(too_many)?,
            at: u32::try_from(self.names.len()).map_err(too_many)?,
        };
        self.names.extend_from_slice(name.as_bytes());
        self.names.push(0);
        self.list.push(added);
        Ok(added)
    }

    /// Notes that `path` leads to no file, unless `error` is the machine's: that would be true of every other path as well.
    pub(super) fn lose(&mut self, path: PathBuf, error: Error) -> Result<()> {
        if error.is_exhaustion() {
            return Err(error.exhausted());
        }
        self.lost.push((path, error));
        Ok(())
    }

    /// Begins a folder, to which the names belong that are added from now on.
    pub(super) fn begin_folder(&mut self, folder: &Path) {
        self.folders.push(folder.to_owned());
    }

    /// The folder that was begun last.
    pub(super) fn last_folder(&self) -> Option<&Path> {
        self.folders.last().map(PathBuf::as_path)
    }

    /// Keeps those that `keep` wants, in the order in which they were found.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Self, FileName) -> bool) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|name| keep(self, *name));
        self.list = list;
    }

    /// The last that was found.
    pub(super) fn last(&self) -> Option<FileName> {
        self.list.last().copied()
    }

    /// Puts all of them in order, and what leads to no file.
    pub(super) fn sort(&mut self) {
        self.sort_from(0);
        self.lost.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    }

    /// Puts those from the place `start` on in order.
    pub(super) fn sort_from(&mut self, start: usize) {
        let mut list = std::mem::take(&mut self.list);
        list[start..].sort_unstable_by(|a, b| self.compare(*a, *b));
        self.list = list;
    }

    /// As their paths compare.
    fn compare(&self, a: FileName, b: FileName) -> std::cmp::Ordering {
        if a.folder == b.folder {
            return self.name(a).cmp(self.name(b));
        }
        let parts = |name| {
            let last = Component::Normal(self.name(name));
            self.folder(name).components().chain([last])
        };
        parts(a).cmp(parts(b))
    }
}
