//! A disk on which nothing is durable without its own fsync: content by that of the file, a name by that of its directory.
//!
//! What the trace did not make was there before, and durable; but a record of the log or a public name was perhaps linked by a
//! run that died before its fsync, so it is not.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Whether the content of each file was changed since its last fsync.
    dirty: Vec<bool>,
    names: BTreeMap<String, Name>,
    /// Directories that had an fsync.
    synced: BTreeSet<String>,
    /// Names that are gone, but may come back after a power loss; by directory.
    removed: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Clone, Copy)]
struct Name {
    file: usize,
    durable: bool,
    /// Whether it was made in the trace, or perhaps just before it.
    made: bool,
}

/// Whether a path is that of a record in the log.
pub(super) fn is_record(path: &str) -> bool {
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|n| n.strip_suffix(".json"));
    let digits = stem.is_some_and(|s| s.len() == 20 && s.bytes().all(|b| b.is_ascii_digit()));
    digits && path.contains("/manifests/.log/")
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Disk {
    fn new_file(&mut self, dirty: bool) -> usize {
        self.dirty.push(dirty);
        self.dirty.len() - 1
    }

    /// The file of a name; one not seen before was there from the start.
    pub(super) fn see(&mut self, path: &str) -> usize {
        if let Some(name) = self.names.get(path) {
            return name.file;
        }
        let record = is_record(path);
        let public = path.contains("/manifests/manifest-");
        let file = self.new_file(record);
        self.put(path, file, !record && !public, public);
        file
    }

    fn put(&mut self, path: &str, file: usize, durable: bool, made: bool) {
        let name = Name {
            file,
            durable,
            made,
        };
        self.names.insert(path.to_owned(), name);
    }

    /// A file or directory comes to be.
    pub(super) fn make(&mut self, path: &str, dirty: bool) {
        let file = self.new_file(dirty);
        self.put(path, file, false, true);
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        self.names.contains_key(path)
    }

    pub(super) fn write(&mut self, path: &str) {
        let file = self.see(path);
        self.dirty[file] = true;
    }

    pub(super) fn fsync(&mut self, path: &str) {
        let file = self.see(path);
        self.dirty[file] = false;
        self.removed.remove(path);
        self.synced.insert(path.to_owned());
        for (name, entry) in &mut self.names {
            if parent(name) == path {
                entry.durable = true;
            }
        }
    }

    pub(super) fn link(&mut self, from: &str, to: &str) {
        let file = self.see(from);
        self.put(to, file, false, true);
    }

    /// Gives a file or directory another name; what a directory holds keeps the names that it has there.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.link(from, to);
        self.remove(from);
        let inside = format!("{from}/");
        let held: Vec<String> = self
            .names
            .keys()
            .filter(|name| name.starts_with(&inside))
            .cloned()
            .collect();
        for name in held {
            if let Some(entry) = self.names.remove(&name) {
                self.names
                    .insert(format!("{to}/{}", &name[inside.len()..]), entry);
            }
        }
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.names.remove(path);
        let gone = self.removed.entry(parent(path).to_owned()).or_default();
        gone.insert(path.to_owned());
    }

    /// Whether the content of the file would survive.
    pub(super) fn keeps_content(&mut self, path: &str) -> bool {
        let file = self.see(path);
        !self.dirty[file]
    }

    /// The first of the path and the directories above it whose name would not survive.
    pub(super) fn weak_name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let mut path = path;
        while !path.is_empty() {
            if self.names.get(path).is_some_and(|name| !name.durable) {
                return Some(path);
            }
            path = parent(path);
        }
        None
    }

    /// The first directory above the path, up to that of the data, whose name nobody made durable: one that was there before was
    /// perhaps made by a run that was killed before its fsync.
    pub(super) fn weak_folder<'a>(&self, path: &'a str, data: &str) -> Option<&'a str> {
        let mut folder = parent(path);
        while folder.len() > data.len() {
            if !self.synced.contains(parent(folder)) {
                return Some(folder);
            }
            folder = parent(folder);
        }
        None
    }

    /// The names that the trace made and that are still there.
    pub(super) fn made(&self) -> Vec<String> {
        let made = self.names.iter().filter(|(_, name)| name.made);
        made.map(|(path, _)| path.clone()).collect()
    }

    /// The last record of the log that is named.
    pub(super) fn head(&self) -> Option<String> {
        let records = self.names.keys().filter(|path| is_record(path));
        records.max().cloned()
    }

    /// The names removed from directories, but not from those in `except`, that may come back.
    pub(super) fn may_come_back(&self, except: &str) -> Vec<String> {
        let removed = self.removed.iter();
        let outside = removed.filter(|(folder, _)| !folder.contains(except));
        outside.flat_map(|(_, names)| names.clone()).collect()
    }
}
