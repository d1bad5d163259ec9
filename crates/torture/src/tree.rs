//! A folder as a state: copied with its hard links, listed, and told from others by its shape.

use crate::{Result, at};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What a path below the folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Folder,
    File { bytes: u64, links: u64 },
}

/// What stands beside the dataset and is no part of it: the log for people and how runs ended, with the folder that the first failure makes for them, and what
/// only spares a run some reading.
pub(super) fn is_aside(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let checkpoint = ["checkpoint-", "files-"];
    let is_checkpoint = checkpoint.iter().any(|kind| name.starts_with(kind));
    let spares = name == "stamps.json" || is_checkpoint;
    path == "manifests"
        || path.starts_with("manifests/errors-")
        || path.starts_with("manifests/rejects-")
        || path.starts_with("manifests/.runs")
        || (path.starts_with("manifests/.log/") && spares)
}

/// Everything below `root`, by its path relative to it; nothing where `root` is not.
///
/// # Errors
/// Where the file system refuses.
pub(super) fn list(root: &Path) -> Result<BTreeMap<String, Item>> {
    let mut found = BTreeMap::new();
    for path in walk(root)? {
        let meta = fs::symlink_metadata(&path).map_err(at(&path))?;
        let name = path.strip_prefix(root).unwrap_or(&path);
        let item = if meta.is_dir() {
            Item::Folder
        } else {
            Item::File {
                bytes: meta.len(),
                links: meta.nlink(),
            }
        };
        found.insert(name.to_string_lossy().into_owned(), item);
    }
    Ok(found)
}

/// Every path below `root`, folders before what is in them.
fn walk(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    Ok(found)
}

/// Makes `to` a copy of `from`; what was there before goes, and of an empty folder nothing is made. Two names of one file stay
/// two names of one file.
///
/// # Errors
/// Where the file system refuses.
pub(super) fn restore(from: &Path, to: &Path) -> Result {
    remove(to)?;
    match walk(from)?.is_empty() {
        true => Ok(()),
        false => fill(from, to),
    }
}

/// Copies everything below `from` into the folder `to`.
///
/// # Errors
/// As [`restore`].
pub(super) fn fill(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to).map_err(at(to))?;
    let mut copied: BTreeMap<u64, PathBuf> = BTreeMap::new();
    for path in walk(from)? {
        let target = to.join(path.strip_prefix(from).unwrap_or(&path));
        let meta = fs::symlink_metadata(&path).map_err(at(&path))?;
        if meta.is_dir() {
            fs::create_dir_all(&target).map_err(at(&target))?;
        } else if let Some(first) = copied.get(&meta.ino()) {
            fs::hard_link(first, &target).map_err(at(&target))?;
        } else {
            fs::copy(&path, &target).map_err(at(&path))?;
            copied.insert(meta.ino(), target);
        }
    }
    Ok(())
}

/// Removes a folder with all that is in it, if it is there.
///
/// # Errors
/// Where the file system refuses.
pub(super) fn remove(path: &Path) -> Result {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// What tells two states apart for recovery: the paths with the attempts' names counted instead of spelt, how many names a
/// file has, and whether its content is absent, torn or whole. Two crashes that leave one shape call for one recovery.
///
/// # Errors
/// Where the file system refuses.
pub(super) fn shape(root: &Path) -> Result<String> {
    let mut ids = Vec::new();
    let mut lines = Vec::new();
    for (path, item) in list(root)? {
        let name = plain(&path, &mut ids);
        lines.push(match item {
            Item::Folder => format!("{name}/"),
            Item::File { bytes, links } => {
                format!("{name} {links} {}", content(&root.join(&path), bytes)?)
            }
        });
    }
    Ok(lines.join("\n"))
}

/// Whether JSON can be read; of other files the size, which is the same in every run.
fn content(path: &Path, bytes: u64) -> Result<String> {
    let json = path.extension().is_some_and(|ext| ext == "json");
    if bytes == 0 || path.ends_with("lock") {
        return Ok((if bytes == 0 { "empty" } else { "written" }).to_owned());
    }
    if !json {
        return Ok(bytes.to_string());
    }
    let text = fs::read(path).map_err(at(path))?;
    let whole = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
    Ok((if whole { "whole" } else { "torn" }).to_owned())
}

/// The path with every run of 20 and more hexadecimal digits that has a letter, and every time of day, replaced by the number
/// of its first sight: attempts have such names, versions (digits alone) keep theirs.
pub(super) fn plain(path: &str, ids: &mut Vec<String>) -> String {
    let mut out = String::new();
    for piece in path.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_time = word.len() == 19 && word.as_bytes().get(8) == Some(&b'T');
        let hex = word.len() > 20 && word.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_time && !hex {
            out.push_str(piece);
            continue;
        }
        let place = ids.iter().position(|id| id == word).unwrap_or_else(|| {
            ids.push(word.to_owned());
            ids.len() - 1
        });
        out.push_str(&format!("<{place}>{}", &piece[word.len()..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_names_contents_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/one"), "1").unwrap();
        fs::hard_link(from.join("a/b/one"), from.join("two")).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("old"), "old").unwrap();
        restore(&from, &to).unwrap();
        assert_eq!(list(&from).unwrap(), list(&to).unwrap());
        let file = Item::File { bytes: 1, links: 2 };
        assert_eq!(list(&to).unwrap()["two"], file);
        assert!(!to.join("old").exists());
    }

    #[test]
    fn shapes_differ_by_what_is_there_and_not_by_how_attempts_are_called() {
        let dir = tempfile::tempdir().unwrap();
        let state = |name: &str, id: &str, text: &str| {
            let folder = dir.path().join(name).join(".staging").join(id);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("attempt.json"), text).unwrap();
            shape(&dir.path().join(name)).unwrap()
        };
        let one = state("one", "187b2c3d4e5f60710002cd00", "{\"pid\": 1}");
        let two = state("two", "187b2c3d4e5f60720002ce00", "{\"pid\": 22}");
        let torn = state("torn", "187b2c3d4e5f60730002cf00", "{\"pid\"");
        assert_eq!(one, two);
        assert_ne!(one, torn);
        assert_eq!(
            one,
            ".staging/\n.staging/<0>/\n.staging/<0>/attempt.json 1 whole"
        );
    }
}
