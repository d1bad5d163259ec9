//! The notices of the crates that are linked into the program: what a package with the program in it has to hand on.
//!
//! Enters: what cargo says that the release build links, and the sources that it was built from. Leaves: one text, with each crate, its licence
//! expression, and every text of a licence or notice in its source, once. Refused: a crate of whose source nothing is known. A crate
//! without any such text is named, with its authors.

use crate::programs::{cargo, output};
use crate::{Result, at, licences, suite};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the names of files with licences and notices begin, in small letters.
const NAMES: [&str; 6] = [
    "licence",
    "license",
    "unlicense",
    "copying",
    "copyright",
    "notice",
];

/// What has its code in the program.
#[derive(Debug, Clone)]
struct Linked {
    name: String,
    licence: String,
    authors: Vec<String>,
    texts: Vec<String>,
}

/// Writes the notices of all that is linked into the program.
///
/// # Errors
/// Where cargo does not say what is linked, or a source cannot be read.
pub(crate) fn write(root: &Path, to: &Path) -> Result {
    let mut all = crates(root)?;
    all.push(standard_library()?);
    fs::write(to, notices(&all)).map_err(at(to))
}

/// The crates that are not our own, by name and version.
fn crates(root: &Path) -> Result<Vec<Linked>> {
    let mut linked = linked(&tree(root)?);
    let mut crates = Vec::new();
    for package in &licences::packages(root)? {
        let name = format!(
            "{} {}",
            text_of(package, "name"),
            text_of(package, "version")
        );
        let is_linked = linked.remove(&name);
        if is_linked && !package["source"].is_null() {
            crates.push(one(name, package)?);
        }
    }
    if linked.is_empty() {
        crates.sort_by(|one, other| one.name.cmp(&other.name));
        return Ok(crates);
    }
    Err(format!("cargo metadata: expected also {linked:?}"))
}

/// What the build of the program resolves to: a tree for each package of the build.
fn tree(root: &Path) -> Result<String> {
    let words = ["tree", "--locked", "--edges", "normal,no-proc-macro"];
    let form = ["--prefix", "none", "--no-dedupe", "--format", "{p}"];
    let mut tree = cargo(&words);
    output(tree.args(form).args(suite::PACKAGES).current_dir(root))
}

/// The names and versions in the tree of the program.
fn linked(trees: &str) -> BTreeSet<String> {
    let of_program = trees
        .split("\n\n")
        .find(|tree| tree.trim_start().starts_with("trendgate-cli "));
    let name = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        Some(format!("{name} {}", rest.split(' ').next()?))
    };
    of_program.unwrap_or("").lines().filter_map(name).collect()
}

fn one(name: String, package: &Value) -> Result<Linked> {
    let manifest = Path::new(text_of(package, "manifest_path"));
    let mut files = Vec::new();
    find(manifest.parent().unwrap_or(manifest), &mut files)?;
    let authors = package["authors"].as_array().into_iter().flatten();
    Ok(Linked {
        name,
        licence: text_of(package, "license").to_owned(),
        authors: authors
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        texts: files.iter().map(|file| text(file)).collect::<Result<_>>()?,
    })
}

/// The library that every program in Rust has in it.
fn standard_library() -> Result<Linked> {
    let rustc = |word: &[&str]| output(Command::new("rustc").args(word));
    let version = rustc(&["--version"])?;
    let sysroot = rustc(&["--print", "sysroot"])?;
    let folder = Path::new(sysroot.trim()).join("share/doc/rust");
    let file = folder.join("COPYRIGHT-library.html");
    let texts = match file.exists() {
        true => vec![text(&file)?],
        false => Vec::new(),
    };
    Ok(Linked {
        name: format!("Rust's standard library, of {}", version.trim()),
        licence: "MIT OR Apache-2.0".to_owned(),
        authors: vec!["the Rust project's contributors".to_owned()],
        texts,
    })
}

/// All files of licences and notices in and below a folder, in the order of their names.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let mut entries: Vec<_> = entries
        .collect::<std::io::Result<_>>()
        .map_err(at(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(at(&entry.path()))?;
        if kind.is_dir() {
            find(&entry.path(), files)?;
        } else if kind.is_file() && is_notice(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_notice(name: &str) -> bool {
    let small = name.to_lowercase();
    let is_code = Path::new(&small).extension().is_some_and(|end| end == "rs");
    !is_code && NAMES.iter().any(|start| small.starts_with(start))
}

/// A file's text; how its lines end makes no other text of it.
fn text(file: &Path) -> Result<String> {
    let bytes = fs::read(file).map_err(at(file))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

fn text_of<'v>(package: &'v Value, field: &str) -> &'v str {
    package[field].as_str().unwrap_or("")
}

/// The notices, as they are handed on.
fn notices(all: &[Linked]) -> String {
    let mut notices =
        "The program has code of these in it, each under its own licence:\n\n".to_owned();
    for one in all {
        notices += &format!("  {}: {}\n", one.name, one.licence);
    }
    let without: Vec<_> = all.iter().filter(|one| one.texts.is_empty()).collect();
    if !without.is_empty() {
        notices += "\nThe sources of these have no text of a licence in them:\n\n";
    }
    for one in without {
        notices += &format!("  {}, by {}\n", one.name, one.authors.join(", "));
    }
    for (text, whose) in texts(all) {
        notices += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), whose.join(", "));
    }
    notices
}

/// Every text once, in the order of those that it is of, with their names.
fn texts(all: &[Linked]) -> Vec<(&str, Vec<&str>)> {
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in all {
        for text in &one.texts {
            match texts.iter_mut().find(|(known, _)| known == text) {
                Some((_, whose)) if whose.contains(&&*one.name) => {}
                Some((_, whose)) => whose.push(&one.name),
                None => texts.push((text, vec![&one.name])),
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, licence: &str, texts: &[&str]) -> Linked {
        Linked {
            name: name.to_owned(),
            licence: licence.to_owned(),
            authors: vec!["A. Author".to_owned(), "B. Author".to_owned()],
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn every_crate_is_listed_and_every_text_stands_once_with_those_that_it_is_of() {
        let all = [
            made("a 1.0.0", "MIT OR Apache-2.0", &["one", "two", "one"]),
            made("b 0.2.0", "MIT", &["one"]),
            made("c 3.0.0", "ISC", &[]),
        ];
        let line = "=".repeat(80);
        let expected = format!(
            "The program has code of these in it, each under its own licence:\n\n  a 1.0.0: MIT OR Apache-2.0\n  b 0.2.0: MIT\n  c 3.0.0: ISC\n\n\
             The sources of these have no text of a licence in them:\n\n  c 3.0.0, by A. Author, B. Author\n\n\
             {line}\na 1.0.0, b 0.2.0\n\none\n\n{line}\na 1.0.0\n\ntwo\n"
        );
        assert_eq!(notices(&all), expected);
    }

    #[test]
    fn only_what_is_in_the_tree_of_the_program_is_linked() {
        let trees = "trendgate-cli v0.1.0 (/w/crates/trendgate-cli)\nserde v1.0.2\nserde v1.0.2\n\ntrendgate-py v0.1.0 (/w/py)\npyo3 v0.30.1\n";
        let linked: Vec<String> = linked(trees).into_iter().collect();
        assert_eq!(linked, ["serde 1.0.2", "trendgate-cli 0.1.0"]);
    }

    #[test]
    fn files_of_licences_are_known_by_their_names() {
        let are = [
            "LICENSE",
            "license-mit.md",
            "COPYING",
            "UNLICENSE",
            "NOTICE.txt",
            "LICENCE.BSD",
        ];
        assert!(are.iter().all(|name| is_notice(name)));
        let are_not = ["notice.rs", "README.md", "lib.rs"];
        assert!(!are_not.iter().any(|name| is_notice(name)));
    }

    #[test]
    fn the_program_is_linked_with_what_its_sources_name() {
        let crates = crates(&crate::root()).unwrap();
        let of = |name: &str| crates.iter().find(|one| one.name.starts_with(name));
        assert!(
            of("parquet ")
                .unwrap()
                .texts
                .iter()
                .any(|text| text.contains("Apache License"))
        );
        assert!(
            of("zstd-sys ")
                .unwrap()
                .texts
                .iter()
                .any(|text| text.contains("Facebook"))
        );
        let strange = ["trendgate", "pyo3 ", "insta ", "syn "];
        assert!(strange.iter().all(|name| of(name).is_none()));
    }
}
