//! Where files are, as manifests have it.

use crate::store::{self, Named};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where files are: their absolute paths, links resolved, as manifests have them. Folders are resolved once.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Locations(BTreeMap<PathBuf, Option<PathBuf>>);

impl Locations {
    /// As [`location`].
    pub(in crate::pipeline) fn of(&mut self, path: &Path) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return location(path);
        };
        if !matches!(store::named(path), Ok(Some(Named::File(_)))) {
            return location(path);
        }
        if !self.0.contains_key(parent) {
            let here = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            self.0
                .insert(parent.to_owned(), store::canonical(here).ok());
        }
        match self.0.get(parent) {
            Some(Some(folder)) => folder.join(name),
            _ => location(path),
        }
    }
}

/// The absolute path of what is called `path`, where it may be a link itself.
pub(in crate::pipeline) fn location_of_name(path: &Path) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return location(path);
    };
    let parent = match parent.as_os_str().is_empty() {
        true => Path::new("."),
        false => parent,
    };
    location(parent).join(name)
}

/// The absolute path of a file, links resolved, as manifests have it.
pub(in crate::pipeline) fn location(path: &Path) -> PathBuf {
    store::canonical(path).unwrap_or_else(|_| path.to_owned())
}
