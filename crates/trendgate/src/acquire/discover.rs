//! Paths → files: folders are searched for whatever matches the pattern, files are taken as they are named.

use crate::error::{Error, Result};
use crate::store::{self, Entry, What};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The files that `paths` lead to, sorted by path, each once even if several paths lead to it.
///
/// Folders are searched recursively for names that match `pattern` without regard to case, with or without `.gz`; names
/// that begin with a dot are passed over. A file that is named itself is taken whatever it is called.
///
/// # Errors
/// [`Usage`](crate::ErrorKind::Usage) for a path that does not exist, [`Config`](crate::ErrorKind::Config) for a pattern
/// that is none, [`Storage`](crate::ErrorKind::Storage) for a folder that cannot be read.
pub fn discover(paths: &[PathBuf], pattern: &str) -> Result<Vec<PathBuf>> {
    let matcher = matcher(pattern)?;
    let mut found = Vec::new();
    let mut folders = Vec::new();
    for path in paths {
        match store::what_is(path)? {
            Some(What::Folder) => folders.push(path.clone()),
            Some(What::File) => found.push((path.clone(), Place::At(store::canonical(path)?))),
            None => {
                return Err(Error::usage("no such file or folder")
                    .at(path)
                    .hint("check the spelling; relative paths start at the working directory"));
            }
        }
    }
    // By canonical path, so that a link to a folder that was searched already adds nothing and ends loops.
    let mut homes: Vec<PathBuf> = Vec::new();
    let mut searched = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let home = store::canonical(&folder)?;
        if !searched.insert(home.clone()) {
            continue;
        }
        for Entry { path, what } in store::entries(&folder)? {
            let Some(name) = path.file_name().map(OsStr::to_string_lossy) else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            match what.map_or_else(|| store::what_is(&path), |what| Ok(Some(what)))? {
                Some(What::Folder) => folders.push(path),
                Some(What::File) if is_match(&matcher, &name) => {
                    let place = match what {
                        Some(_) => Place::Under(homes.len()),
                        None => Place::At(store::canonical(&path)?),
                    };
                    found.push((path, place));
                }
                _ => {}
            }
        }
        homes.push(home);
    }
    // No two files of searched folders are the same; what was named or linked may be one of them, and what came first is taken.
    if found.iter().any(|(_, place)| matches!(place, Place::At(_))) {
        let mut places = HashSet::new();
        found.retain(|(path, place)| places.insert(place.of(path, &homes)));
    }
    let mut files: Vec<PathBuf> = found.into_iter().map(|(path, _)| path).collect();
    files.sort();
    Ok(files)
}

/// Where a file is, all links resolved.
enum Place {
    /// Under its own name in the searched folder of this number.
    Under(usize),
    At(PathBuf),
}

impl Place {
    /// The canonical path of the file that was found at `path`.
    fn of(&self, path: &Path, homes: &[PathBuf]) -> OsString {
        match self {
            Self::Under(home) => homes[*home]
                .join(path.file_name().unwrap_or_default())
                .into(),
            Self::At(place) => place.clone().into(),
        }
    }
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

fn is_match(matcher: &GlobMatcher, name: &str) -> bool {
    let plain = name
        .len()
        .checked_sub(3)
        .filter(|end| is_gzip(Path::new(name)) && name.is_char_boundary(*end));
    matcher.is_match(name) || plain.is_some_and(|end| matcher.is_match(&name[..end]))
}

/// Whether the name says that the file is compressed.
pub(super) fn is_gzip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
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
        let name = |path: &PathBuf| {
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
