//! Paths → files: folders are searched for whatever matches the pattern, files are taken as they are named.

use super::files::{FileName, Files};
use super::sniff::{go_on, is_export_name};
use crate::error::{Error, Missing, Result};
use crate::progress::Cancel;
use crate::store::{self, What};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// As [`discover_until`], and not to be cancelled.
///
/// # Errors
/// As [`discover_until`].
#[cfg(test)]
pub(crate) fn discover(paths: &[PathBuf], pattern: Option<&str>) -> Result<Files> {
    discover_until(paths, pattern, &[], &Cancel::default())
}

/// The files that `paths` lead to, sorted by path, each once even if several paths lead to it.
///
/// Folders are searched recursively for names that match `pattern` without regard to case, with or without `.gz`; without a pattern, for
/// all but temporary ones. Names that begin with a dot are passed over, and so are the folders `excluded`. A file that is named itself is taken
/// whatever it is called. What leads to no file in a folder that is searched ends nothing: see [`Files::take_lost`].
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a path that does not exist, [`Config`](crate::ErrorKind::Config) for a pattern
/// that is none, [`Storage`](crate::ErrorKind::Storage) for a path of these that cannot be looked at,
/// [`Stopped`](crate::ErrorKind::Stopped) where `cancel` says so.
pub(crate) fn discover_until(
    paths: &[PathBuf],
    pattern: Option<&str>,
    excluded: &[PathBuf],
    cancel: &Cancel,
) -> Result<Files> {
    let mut search = Search {
        matcher: pattern.map(matcher).transpose()?,
        found: Files::default(),
        places: HashMap::new(),
        folders: Vec::new(),
        homes: BTreeMap::new(),
        searched: excluded
            .iter()
            .filter_map(|folder| store::canonical(folder).ok())
            .collect(),
    };
    for path in paths {
        search.begin(path)?;
    }
    while let Some(folder) = search.folders.pop() {
        go_on(cancel)?;
        search.folder(folder)?;
    }
    Ok(search.finish())
}

/// A search through folders.
struct Search {
    /// What names have to match; without it, all but temporary ones are taken.
    matcher: Option<GlobMatcher>,
    found: Files,
    /// Where files are that were named or linked, all links resolved.
    places: HashMap<FileName, PathBuf>,
    /// The folders that are still to be searched.
    folders: Vec<PathBuf>,
    /// Where the folders of the files are, all links resolved.
    homes: BTreeMap<u32, PathBuf>,
    /// The folders that were searched, all links resolved: so a link to one of them adds nothing, and circles end.
    searched: BTreeSet<PathBuf>,
}

impl Search {
    /// Takes a path at which the search begins.
    fn begin(&mut self, path: &Path) -> Result<()> {
        match store::what_is(path)? {
            Some(What::Folder) => self.folders.push(path.to_owned()),
            Some(What::File) => {
                let parent = path.parent().unwrap_or(Path::new(""));
                if self.found.last_folder() != Some(parent) {
                    self.found.begin_folder(parent);
                }
                let name = self.found.add(path.file_name().unwrap_or_default())?;
                self.places.insert(name, store::canonical(path)?);
            }
            None => {
                return Err(Error::missing(Missing::Path, "no such file or folder")
                    .at(path)
                    .hint("check the spelling; relative paths start at the working directory"));
            }
        }
        Ok(())
    }

    /// Searches a folder; the folders in it are searched later.
    fn folder(&mut self, folder: PathBuf) -> Result<()> {
        let home = match store::canonical(&folder) {
            Ok(home) => home,
            Err(error) => return self.found.lose(folder, error),
        };
        if !self.searched.insert(home.clone()) {
            return Ok(());
        }
        let start = self.found.len();
        self.found.begin_folder(&folder);
        let mut failed = Ok(());
        let mut others = Vec::new();
        let listed = store::look_into(&folder, |name, what| {
            if name.as_bytes().starts_with(b".") {
                return;
            }
            match what {
                Some(What::File) if is_match(self.matcher.as_ref(), &name) => {
                    if let Err(error) = self.found.add(&name) {
                        failed = Err(error);
                    }
                }
                Some(What::File) => {}
                Some(What::Folder) | None => others.push((name, what)),
            }
        });
        failed?;
        if let Err(error) = listed {
            self.found.lose(folder.clone(), error)?;
        }
        others.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, what) in others {
            self.other(&folder, &name, what)?;
        }
        self.found.sort_from(start);
        if let Some(FileName { folder, .. }) =
            self.found.last().filter(|_| self.found.len() > start)
        {
            self.homes.insert(folder, home);
        }
        Ok(())
    }

    /// Takes what stands in a folder and is no file at once: a folder, or a link to whatever it may be.
    fn other(&mut self, folder: &Path, name: &OsString, what: Option<What>) -> Result<()> {
        let path = folder.join(name);
        let matches = is_match(self.matcher.as_ref(), name);
        match what.map_or_else(|| store::what_is(&path), |what| Ok(Some(what))) {
            Ok(Some(What::Folder)) => self.folders.push(path),
            Ok(Some(What::File)) if matches => match store::canonical(&path) {
                Ok(place) => {
                    let name = self.found.add(name)?;
                    self.places.insert(name, place);
                }
                Err(error) => self.found.lose(path, error)?,
            },
            // A broken link whose name is not that of an export is passed over: nothing says that it should lead to a report.
            Ok(None) if matches && (self.matcher.is_some() || is_export_name(name.as_ref())) => {
                let error = Error::input("the link leads nowhere").at(&path);
                let error = error.hint("put back what it leads to, or remove the link");
                self.found.lose(path, error)?;
            }
            Err(error) => self.found.lose(path, error)?,
            Ok(_) => {}
        }
        Ok(())
    }

    /// The files, each once.
    fn finish(self) -> Files {
        let Self {
            mut found,
            places,
            homes,
            ..
        } = self;
        // No two files of searched folders are the same; what was named or linked may be one of them, and what came first is taken.
        if !places.is_empty() {
            let mut met = HashSet::new();
            found.retain(|files, name| {
                let home = || {
                    homes
                        .get(&name.folder)
                        .map(|home| home.join(files.name(name)))
                };
                met.insert(places.get(&name).cloned().or_else(home))
            });
        }
        found.sort();
        found
    }
}

/// Whether a file of this name is taken where only those of a pattern are.
pub(crate) fn is_taken(file: &Path, pattern: Option<&str>) -> bool {
    let matcher = pattern.and_then(|pattern| matcher(pattern).ok());
    let name = file.file_name().unwrap_or_default();
    pattern.is_none() || is_match(matcher.as_ref(), name)
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
fn is_match(matcher: Option<&GlobMatcher>, name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    let Some(matcher) = matcher else {
        return !is_temporary(bytes);
    };
    let end = bytes.len().checked_sub(3);
    let plain = end.filter(|end| bytes[*end..].eq_ignore_ascii_case(b".gz"));
    matcher.is_match(name)
        || plain.is_some_and(|end| matcher.is_match(OsStr::from_bytes(&bytes[..end])))
}

/// Whether a program that is still writing, or an editor, gives files such names.
fn is_temporary(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 6] = [
        b"~",
        b".tmp",
        b".temp",
        b".part",
        b".partial",
        b".crdownload",
    ];
    let ends = |end: &&[u8]| {
        let last = name.len().checked_sub(end.len());
        last.is_some_and(|last| name[last..].eq_ignore_ascii_case(end))
    };
    name.starts_with(b"~$") || ENDS.iter().any(ends)
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
        let found = discover(&paths, Some("*.csv")).unwrap();
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
    fn without_a_pattern_all_but_hidden_and_temporary_names_are_found_and_no_folder_that_is_excepted()
     {
        let folder = folder(&[
            "b.CSV",
            "a/c.zip",
            "a/~$c.xlsx",
            "a/d.csv.part",
            "a/.e",
            "f.txt~",
            "data/processed/p.parquet",
            "notes.txt",
        ]);
        let excluded = [
            folder.path().join("data/processed"),
            folder.path().join("gone"),
        ];
        let paths = [folder.path().to_owned()];
        let found = discover_until(&paths, None, &excluded, &Cancel::default()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| {
                path.strip_prefix(folder.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        assert_eq!(names, ["a/c.zip", "b.CSV", "notes.txt"]);
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
        let missing = discover(&["nowhere".into()], Some("*.csv")).unwrap_err();
        assert_eq!(missing.kind(), crate::ErrorKind::Usage);
        assert_eq!(missing.path(), Some(Path::new("nowhere")));
        assert_eq!(
            discover(&[], Some("a[")).unwrap_err().kind(),
            crate::ErrorKind::Config
        );
    }
}
