//! Paths → files: folders are searched for whatever matches the pattern, files are taken as they are named.

use super::containers::is_gzip;
use super::sniff::go_on;
use crate::error::{Error, Result};
use crate::progress::Cancel;
use crate::store::{self, What};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Files, sorted by path. A path is made when it is asked for: folders are held once and names in one piece, a tenth of what paths take.
#[derive(Debug, Default)]
pub struct Files {
    folders: Vec<PathBuf>,
    /// The names, with a zero behind each.
    names: Vec<u8>,
    list: Vec<FileName>,
    /// What was met on the way and leads to no file, and why.
    lost: Vec<(PathBuf, Error)>,
}

/// A file: the number of its folder, and where its name begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct FileName {
    folder: u32,
    at: u32,
}

impl Files {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The path of one; `None` where there are not so many.
    #[must_use]
    pub fn get(&self, file: usize) -> Option<PathBuf> {
        self.list.get(file).map(|name| self.path(*name))
    }

    /// Takes what was met in folders and leads to no file: links to nowhere and in circles, folders that may not be listed.
    pub fn take_lost(&mut self) -> Vec<(PathBuf, Error)> {
        std::mem::take(&mut self.lost)
    }

    /// The paths of all.
    pub fn iter(&self) -> impl Iterator<Item = PathBuf> {
        self.list.iter().map(|name| self.path(*name))
    }

    fn folder(&self, name: FileName) -> &Path {
        let folder = usize::try_from(name.folder).ok();
        folder
            .and_then(|folder| self.folders.get(folder))
            .map_or(Path::new(""), PathBuf::as_path)
    }

    fn name(&self, name: FileName) -> &OsStr {
        let from = usize::try_from(name.at).unwrap_or(usize::MAX);
        let rest = self.names.get(from..).unwrap_or_default();
        let end = memchr::memchr(0, rest).unwrap_or(rest.len());
        OsStr::from_bytes(&rest[..end])
    }

    fn path(&self, name: FileName) -> PathBuf {
        self.folder(name).join(self.name(name))
    }

    /// Puts a name of the folder that was added last on the list.
    fn add(&mut self, name: &OsStr) -> Result<FileName> {
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
    fn lose(&mut self, path: PathBuf, error: Error) -> Result<()> {
        if error.is_exhaustion() {
            return Err(error.exhausted());
        }
        self.lost.push((path, error));
        Ok(())
    }

    fn sort_from(&mut self, start: usize) {
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

/// As [`discover_until`], with nobody to stop it.
///
/// # Errors
/// As [`discover_until`].
pub fn discover(paths: &[PathBuf], pattern: &str) -> Result<Files> {
    discover_until(paths, pattern, &Cancel::default())
}

/// The files that `paths` lead to, sorted by path, each once even if several paths lead to it.
///
/// Folders are searched recursively for names that match `pattern` without regard to case, with or without `.gz`; names
/// that begin with a dot are passed over. A file that is named itself is taken whatever it is called. What leads to no file in a folder
/// that is searched ends nothing: see [`Files::take_lost`].
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a path that does not exist, [`Config`](crate::ErrorKind::Config) for a pattern
/// that is none, [`Storage`](crate::ErrorKind::Storage) for a path of these that cannot be looked at,
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
pub fn discover_until(paths: &[PathBuf], pattern: &str, cancel: &Cancel) -> Result<Files> {
    let matcher = matcher(pattern)?;
    let mut found = Files::default();
    // Where files are that were named or linked, all links resolved.
    let mut places: HashMap<FileName, PathBuf> = HashMap::new();
    let mut folders = Vec::new();
    for path in paths {
        match store::what_is(path)? {
            Some(What::Folder) => folders.push(path.clone()),
            Some(What::File) => {
                let parent = path.parent().unwrap_or(Path::new(""));
                if found.folders.last().is_none_or(|last| last != parent) {
                    found.folders.push(parent.to_owned());
                }
                let name = found.add(path.file_name().unwrap_or_default())?;
                places.insert(name, store::canonical(path)?);
            }
            None => {
                return Err(Error::usage("no such file or folder")
                    .at(path)
                    .hint("check the spelling; relative paths start at the working directory"));
            }
        }
    }
    // By canonical path, so that a link to a folder that was searched already adds nothing and ends loops.
    let mut homes: BTreeMap<u32, PathBuf> = BTreeMap::new();
    let mut searched = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        go_on(cancel)?;
        let home = match store::canonical(&folder) {
            Ok(home) => home,
            Err(error) => {
                found.lose(folder, error)?;
                continue;
            }
        };
        if !searched.insert(home.clone()) {
            continue;
        }
        let start = found.list.len();
        found.folders.push(folder.clone());
        let mut failed = Ok(());
        let mut others = Vec::new();
        let listed = store::look_into(&folder, |name, what| {
            if name.as_bytes().starts_with(b".") {
                return;
            }
            match what {
                Some(What::File) if is_match(&matcher, &name) => {
                    if let Err(error) = found.add(&name) {
                        failed = Err(error);
                    }
                }
                Some(What::File) => {}
                Some(What::Folder) | None => others.push((name, what)),
            }
        });
        failed?;
        if let Err(error) = listed {
            found.lose(folder.clone(), error)?;
        }
        others.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, what) in others {
            let path = folder.join(&name);
            let matches = is_match(&matcher, &name);
            match what.map_or_else(|| store::what_is(&path), |what| Ok(Some(what))) {
                Ok(Some(What::Folder)) => folders.push(path),
                Ok(Some(What::File)) if matches => match store::canonical(&path) {
                    Ok(place) => {
                        let name = found.add(&name)?;
                        places.insert(name, place);
                    }
                    Err(error) => found.lose(path, error)?,
                },
                Ok(None) if matches => {
                    let error = Error::input("the link leads nowhere").at(&path);
                    let error = error.hint("put back what it leads to, or remove the link");
                    found.lose(path, error)?;
                }
                Err(error) => found.lose(path, error)?,
                Ok(_) => {}
            }
        }
        found.sort_from(start);
        if let Some(FileName { folder, .. }) =
            found.list.last().filter(|_| found.list.len() > start)
        {
            homes.insert(*folder, home);
        }
    }
    // No two files of searched folders are the same; what was named or linked may be one of them, and what came first is taken.
    if !places.is_empty() {
        let mut met = HashSet::new();
        let list = std::mem::take(&mut found.list);
        let first = |name: &FileName| {
            let home = || {
                homes
                    .get(&name.folder)
                    .map(|home| home.join(found.name(*name)))
            };
            met.insert(places.get(name).cloned().or_else(home))
        };
        let list = list.into_iter().filter(first).collect();
        found.list = list;
    }
    found.sort_from(0);
    found.lost.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn matcher(pattern: &str) -> Result<GlobMatcher> {
    GlobBuilder::new(pattern)
        .case_insensitive(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| {
            Error::config(format!(
                "batch.input_pattern {pattern:?} is not a pattern: {error}"
            ))
        })
}

/// Names are matched by their bytes: a name in another encoding than UTF-8 is one, too.
fn is_match(matcher: &GlobMatcher, name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    let plain = bytes
        .len()
        .checked_sub(3)
        .filter(|_| is_gzip(Path::new(name)));
    matcher.is_match(name)
        || plain.is_some_and(|end| matcher.is_match(OsStr::from_bytes(&bytes[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = crate::store::test_folder();
        for file in files {
            let path = folder.path().join(file);
            store::create_dir_all(path.parent().unwrap()).unwrap();
            store::create_new(&path).unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
        let found = discover(&paths, "*.csv").unwrap();
        let name = |path: PathBuf| {
            path.strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        };
        found.iter().map(name).collect()
    }

    #[test]
    fn folders_are_searched_and_named_files_are_taken_each_once() {
        let folder = folder(&[
            "b.CSV",
            "a/c.csv.gz",
            "a/d.csv.GZ",
            "e.txt",
            ".hidden/f.csv",
            "a/.g.csv",
            "h.gz",
        ]);
        assert_eq!(
            names(&folder, &["", "e.txt", "b.CSV"]),
            ["a/c.csv.gz", "a/d.csv.GZ", "b.CSV", "e.txt"]
        );
    }

    #[test]
    fn of_the_ways_to_one_file_the_first_that_is_found_is_taken() {
        let folder = folder(&["a/b.csv", "a/d.csv", "e/f.csv"]);
        let link = |from: &str, to: &str| {
            let [from, to] = [from, to].map(|path| folder.path().join(path));
            std::os::unix::fs::symlink(from, to).unwrap();
        };
        link("a/b.csv", "a/a.csv");
        link("e/f.csv", "a/g.csv");
        link("nowhere", "a/h.csv");
        assert_eq!(names(&folder, &["a"]), ["a/a.csv", "a/d.csv", "a/g.csv"]);
        assert_eq!(
            names(&folder, &["a", "a/b.csv", "e"]),
            ["a/b.csv", "a/d.csv", "e/f.csv"]
        );
    }

    #[test]
    fn links_in_a_circle_come_to_an_end() {
        let folder = folder(&["a/b.csv"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        assert_eq!(names(&folder, &[""]), ["a/b.csv"]);
    }

    #[test]
    fn a_path_that_does_not_exist_and_a_pattern_that_is_none_are_named() {
        let missing = discover(&["nowhere".into()], "*.csv").unwrap_err();
        assert_eq!(missing.kind(), crate::ErrorKind::Usage);
        assert_eq!(missing.path(), Some(Path::new("nowhere")));
        assert_eq!(
            discover(&[], "a[").unwrap_err().kind(),
            crate::ErrorKind::Config
        );
    }
}
