//! The notices of the crates that are linked into the program: what a package with the program in it has to hand on.
//!
//! Enters: what cargo says that the release build links, and the sources that it was built from. Leaves: one text, with each crate, its licence
//! expression, and every text of a licence or notice in its source, once. Refused: a crate of whose source nothing is known. A crate
//! without any such text is named, with its authors.

#![allow(
    clippy::disallowed_methods,
    reason = "the rule about the disk is the library's; this is of a developer's command"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The paths of files with licences and notices, as `find` takes them.
const NAMES: &str = r".*/\(licen[cs]e\|unlicense\|copying\|copyright\|notice\)[^/]*";

/// What has its code in the program.
#[derive(Debug, Clone)]
struct Linked {
    name: String,
    licence: String,
    authors: Vec<String>,
    texts: Vec<String>,
}

/// Writes the notices of all that is linked into the program to the file `to`; `build` is what `cargo build` is given to build it.
///
/// # Errors
/// Where cargo does not know the crates of that build, or a file cannot be read or written.
pub fn write(sh: &Shell, build: &[&str], to: &Path) -> Result {
    let mut all = crates(sh, build)?;
    all.push(standard_library(sh)?);
    Ok(sh.write_file(to, notices(&all))?)
}

/// The crates that are not our own, by name and version.
fn crates(sh: &Shell, build: &[&str]) -> Result<Vec<Linked>> {
    let metadata = cmd!(sh, "cargo metadata --format-version 1 --locked").quiet();
    let metadata: Value = serde_json::from_slice(&metadata.output()?.stdout)?;
    // What the build of the program resolves to: a tree for each package of the build.
    let edges = ["--edges", "normal,no-proc-macro", "--no-dedupe"];
    let form = ["--prefix", "none", "--format", "{p}"];
    let tree = cmd!(sh, "cargo tree --locked {edges...} {form...} {build...}").quiet();
    let mut linked = linked(&tree.read()?);
    let mut crates = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |field: &str| package[field].as_str().unwrap_or("").to_owned();
        let name = format!("{} {}", text("name"), text("version"));
        if !linked.remove(&name) || package["source"].is_null() {
            continue;
        }
        let manifest = text("manifest_path");
        let folder = Path::new(&manifest).parent().unwrap_or(Path::new("."));
        let authors = package["authors"].as_array().into_iter().flatten();
        crates.push(Linked {
            name,
            licence: text("license"),
            authors: authors.flat_map(Value::as_str).map(str::to_owned).collect(),
            texts: notices_below(sh, folder)?,
        });
    }
    if !linked.is_empty() {
        return Err(format!("cargo metadata: expected also {linked:?}").into());
    }
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(crates)
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

/// The library that every program in Rust has in it.
fn standard_library(sh: &Shell) -> Result<Linked> {
    let version = cmd!(sh, "rustc --version").quiet().read()?;
    let sysroot = PathBuf::from(cmd!(sh, "rustc --print sysroot").quiet().read()?);
    let file = sysroot.join("share/doc/rust/COPYRIGHT-library.html");
    let texts = match file.exists() {
        true => vec![tidy(sh, &file)?],
        false => Vec::new(),
    };
    Ok(Linked {
        name: format!("Rust's standard library, of {version}"),
        licence: "MIT OR Apache-2.0".to_owned(),
        authors: vec!["the Rust project's contributors".to_owned()],
        texts,
    })
}

/// The texts of all files of licences and notices in and below a folder, in the order of their names.
fn notices_below(sh: &Shell, folder: &Path) -> Result<Vec<String>> {
    let not_code = ["-not", "-iname", "*.rs"];
    let find = cmd!(sh, "find {folder} -type f -iregex {NAMES} {not_code...}").quiet();
    let mut files: Vec<PathBuf> = find.read()?.lines().map(PathBuf::from).collect();
    files.sort();
    files.iter().map(|file| tidy(sh, file)).collect()
}

/// A file's text; how its lines end makes no other text of it.
fn tidy(sh: &Shell, file: &Path) -> Result<String> {
    let bytes = sh.read_binary_file(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
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
    for (whose, text) in texts(all) {
        notices += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), whose.join(", "));
    }
    notices
}

/// Every text once, with the names of those that it is of, in their order.
fn texts(all: &[Linked]) -> Vec<(Vec<&str>, &str)> {
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in all {
        for text in &one.texts {
            texts.entry(text).or_default().insert(&one.name);
        }
    }
    let texts = texts.into_iter();
    let mut texts: Vec<_> = texts
        .map(|(text, whose)| (whose.into_iter().collect(), text))
        .collect();
    texts.sort();
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_is_listed_and_every_text_stands_once_with_those_that_it_is_of() {
        let made = |name: &str, licence: &str, texts: &[&str]| Linked {
            name: name.to_owned(),
            licence: licence.to_owned(),
            authors: vec!["A. Author".to_owned(), "B. Author".to_owned()],
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        let all = [
            made("a 1.0.0", "MIT OR Apache-2.0", &["one", "two", "one"]),
            made("b 0.2.0", "MIT", &["one"]),
            made("c 3.0.0", "ISC", &[]),
        ];
        let line = "=".repeat(80);
        let expected = format!(
            "The program has code of these in it, each under its own licence:\n\n  a 1.0.0: MIT OR Apache-2.0\n  b 0.2.0: MIT\n  c 3.0.0: ISC\n\n\
             The sources of these have no text of a licence in them:\n\n  c 3.0.0, by A. Author, B. Author\n\n\
             {line}\na 1.0.0\n\ntwo\n\n{line}\na 1.0.0, b 0.2.0\n\none\n"
        );
        assert_eq!(notices(&all), expected);
    }

    #[test]
    fn the_program_is_linked_with_what_its_sources_name() {
        let sh = Shell::new().unwrap();
        let crates = crates(&sh, &["--package", "trendgate-cli"]).unwrap();
        let of = |name: &str| crates.iter().find(|one| one.name.starts_with(name));
        let says =
            |name: &str, word: &str| of(name).unwrap().texts.iter().any(|t| t.contains(word));
        assert!(says("parquet ", "Apache License") && says("zstd-sys ", "Facebook"));
        let strange = ["trendgate", "pyo3 ", "insta ", "syn "];
        assert!(strange.iter().all(|name| of(name).is_none()));
    }
}
