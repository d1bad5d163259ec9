//! Groups of files → the pattern by which each is told from all others. Entries are tried in their order, so the last may match most.

use super::groups::TableGroup;
use super::naming::folder;
use crate::acquire::PathPatterns;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Shorter beginnings of names say nothing.
const SHORTEST: usize = 3;

/// The patterns of the groups, in their order; `others` are files that dialects know, and `given` is where all were found.
pub(super) fn patterns(
    groups: &[TableGroup],
    others: &[PathBuf],
    given: &[PathBuf],
) -> Vec<String> {
    let all = groups.iter().flat_map(TableGroup::files);
    let all: Vec<PathBuf> = all.chain(others.iter().cloned()).collect();
    let mut found = Vec::with_capacity(groups.len());
    for (place, group) in groups.iter().enumerate() {
        let own = group.files();
        let later = groups[place + 1..].iter().flat_map(TableGroup::files);
        let foreign: Vec<PathBuf> = later
            .chain(others.iter().cloned())
            .filter(|path| !own.contains(path))
            .collect();
        found.push(pattern(&own, &foreign, (&all, given)));
    }
    found
}

/// The widest pattern that matches all files of its own and no foreign one; of `all` files, which were found in searches of `given`, those of
/// one folder keep to that: what comes into others later is not of theirs.
pub(in super::super) fn pattern(
    own: &[PathBuf],
    foreign: &[PathBuf],
    (all, given): (&[PathBuf], &[PathBuf]),
) -> String {
    let fits = |pattern: &String| {
        PathPatterns::anywhere("match", pattern).is_ok_and(|patterns| {
            own.iter().all(|path| patterns.matches(path, given))
                && !foreign.iter().any(|path| patterns.matches(path, given))
        })
    };
    let mut all = match (&folders(own, given)[..], folders(all, given).len()) {
        ([of_own], 2..) => of_folder(of_own, &common_ending(own)),
        _ => Vec::new(),
    };
    all.extend(candidates(own));
    let pattern = all.iter().find(|pattern| fits(pattern)).or(all.last());
    pattern.cloned().unwrap_or_default()
}

/// The pattern of the members or sheets that a group is of, where others of the same files are of other groups.
pub(super) fn members(group: &TableGroup, groups: &[TableGroup]) -> Option<String> {
    let own = group.files();
    let mut others = groups.iter().filter(|other| !std::ptr::eq(*other, group));
    let is_shared = others.any(|other| other.files().iter().any(|path| own.contains(path)));
    let names = group.texts.iter().filter_map(|text| text.member.as_deref());
    let names: BTreeSet<String> = names.map(plain).collect();
    let names: Vec<String> = names.into_iter().collect();
    match &names[..] {
        _ if !is_shared => None,
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("{{{}}}", several.join(","))),
    }
}

/// The folders in which files lie, below those that were given; files that were given themselves lie in none.
fn folders(files: &[PathBuf], given: &[PathBuf]) -> Vec<PathBuf> {
    let folders = files.iter().filter_map(|path| {
        let below = given
            .iter()
            .filter_map(|given| path.strip_prefix(given).ok());
        let below = below.min_by_key(|below| below.components().count())?;
        below.parent().map(Path::to_owned)
    });
    let folders: BTreeSet<PathBuf> = folders.collect();
    folders.into_iter().collect()
}

/// The pattern of files with this ending in this folder alone.
fn of_folder(folder: &Path, ending: &str) -> Vec<String> {
    let name = folder
        .file_name()
        .map(|name| plain(&name.to_string_lossy()));
    match (name, ending) {
        (_, "") => Vec::new(),
        (None, ending) => vec![format!("/*{ending}")],
        (Some(name), ending) => vec![format!("{name}/*{ending}")],
    }
}

/// The ending of the names of files; any where they have several.
fn common_ending(files: &[PathBuf]) -> String {
    let endings: BTreeSet<String> = files.iter().map(|path| ending(&name(path))).collect();
    match endings.len() {
        1 => endings.first().cloned().unwrap_or_default(),
        _ => ".*".to_owned(),
    }
}

/// Patterns for files, the widest first; the last one names each.
fn candidates(own: &[PathBuf]) -> Vec<String> {
    let names: Vec<String> = own.iter().map(|path| name(path)).collect();
    let ending = common_ending(own);
    let folders: BTreeSet<String> = own.iter().map(|path| folder(path)).collect();
    let folder = (folders.len() == 1)
        .then(|| folders.first().cloned())
        .flatten()
        .filter(|folder| !folder.is_empty());
    let mut found = Vec::new();
    if !ending.is_empty() {
        found.push(format!("*{ending}"));
    }
    let begin = common(&names, false);
    let begin = begin.trim_end_matches(|letter: char| {
        letter.is_ascii_digit() || matches!(letter, '-' | '_' | '.' | ' ')
    });
    if begin.chars().count() >= SHORTEST && !names.iter().any(|name| name == begin) {
        found.push(format!("{}*{ending}", plain(begin)));
    }
    let end = common(&names, true);
    let end = end.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if names.len() > 1 && end.len() > ending.len() + 1 {
        found.push(format!("*{}", plain(end)));
    }
    if let Some(folder) = &folder {
        found.push(format!("{}/*{ending}", plain(folder)));
    }
    let names: BTreeSet<String> = names.iter().map(|name| plain(name)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let exact = match &names[..] {
        [only] => only.clone(),
        several => format!("{{{}}}", several.join(",")),
    };
    found.push(exact.clone());
    if let Some(folder) = folder {
        found.push(format!("{}/{exact}", plain(&folder)));
    }
    found
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The ending of a name, with that of its container.
fn ending(name: &str) -> String {
    let lower = name.to_lowercase();
    let (plain, packed) = match lower.strip_suffix(".gz") {
        Some(plain) => (plain, "*"),
        None => (&*lower, "*"),
    };
    match plain.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && lower.ends_with(".gz") => {
            format!(".{}{packed}", self::plain(ending))
        }
        Some((stem, ending)) if !stem.is_empty() => format!(".{}", self::plain(ending)),
        _ => String::new(),
    }
}

/// What all names begin with, or end with.
fn common(names: &[String], at_end: bool) -> String {
    let letters = |name: &String| -> Vec<char> {
        match at_end {
            true => name.chars().rev().collect(),
            false => name.chars().collect(),
        }
    };
    let mut shared = names.first().map(letters).unwrap_or_default();
    for name in names {
        let own = letters(name);
        let length = shared
            .iter()
            .zip(&own)
            .take_while(|(one, other)| one == other)
            .count();
        shared.truncate(length);
    }
    if at_end {
        shared.reverse();
    }
    shared.into_iter().collect()
}

/// A text as a pattern that it matches: signs with another meaning stand for any one.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if matches!(letter, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\' | '!') {
                '?'
            } else {
                letter
            }
        })
        .collect()
}
