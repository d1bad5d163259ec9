//! The architecture, held against the sources: which part may use which, what touches the disk, and that a name means one thing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test reads the sources, and panics where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The parts of the library, each after all that it may use.
const ORDER: [&str; 40] = [
    "named",
    "escape",
    "error",
    "digest",
    "path_bytes",
    "process",
    "parallel",
    "guarded",
    "time",
    "wording",
    "model",
    "text_id",
    "text_pieces",
    "dataset_path",
    "store",
    "digesting_file",
    "kept_source",
    "scratch",
    "warning",
    "progress",
    "acquire",
    "clean",
    "roster",
    "contract",
    "partition",
    "plan",
    "publish",
    "verify",
    "execute",
    "pipeline",
    "answer",
    "metrics",
    "page",
    "config",
    "tasks",
    "inspect",
    "propose",
    "site",
    "example",
    "lib",
];

/// Names with more than one definition, each with its reason.
const TWICE: [(&str, &str); 0] = [];

/// What reads and writes nothing: plans and manifests are made of what was read before.
const WITHOUT_DISK: [&str; 6] = [
    "plan/dataset_points.rs",
    "plan/kept.rs",
    "plan/reach.rs",
    "plan/tasks.rs",
    "publish/log/fold",
    "publish/manifest/",
];

/// Where a rule of points is named outside of its own file, each with its reason.
const NAMES_RULES: [(&str, &str); 11] = [
    ("lib.rs", "its definition is public"),
    ("clean/rules/mod.rs", "the line that registers it"),
    (
        "clean/mod.rs",
        "its definition is a page of the documentation",
    ),
    ("model/rule.rs", "its name, flag and description"),
    ("model/flags.rs", "a flag may have the name of its rule"),
    ("model/spec.rs", "what it judges a point by"),
    ("model/physical.rs", "what a physical type is judged by"),
    ("roster/describe.rs", "its field of the configuration"),
    ("roster/mod.rs", "the type of that field"),
    ("roster/table.rs", "from that field to what it judges by"),
    ("propose/", "what a starter configuration says of it"),
];

/// A source file of the library: its path below `src`, and its code without comments and tests.
struct Source {
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(source(&root, &path));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 100);
    found
}

/// `None` for a file of tests.
fn source(root: &Path, path: &Path) -> Option<Source> {
    let below: PathBuf = path.strip_prefix(root).unwrap().to_owned();
    let is_test =
        |part: &std::ffi::OsStr| part == "tests" || part == "tests.rs" || part == "fixture.rs";
    if below.iter().any(is_test) {
        return None;
    }
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    Some(Source {
        path: below.to_str().unwrap().to_owned(),
        code: lines.collect::<Vec<_>>().join("\n"),
    })
}

/// The part that a file belongs to.
fn part(path: &str) -> &str {
    let first = path.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The word that `text` begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn no_part_uses_a_later_one() {
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let mut wrong = String::new();
    for source in sources() {
        let own = part(&source.path);
        let ours = place(own).unwrap_or_else(|| panic!("{own} has no place in the order"));
        for used in source.code.split("crate::").skip(1).map(word) {
            if place(used).is_some_and(|theirs| theirs > ours) {
                writeln!(wrong, "{} uses {used}", source.path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn plans_and_manifests_touch_no_disk() {
    let mut wrong = String::new();
    for source in sources() {
        if !WITHOUT_DISK
            .iter()
            .any(|path| source.path.starts_with(path))
        {
            continue;
        }
        for access in ["store::", "scratch::", "std::fs", "std::io::Read"] {
            // Whether a check is left out, in a build that proves that one notices, is asked of the store.
            let code = source.code.replace("store::skipped", "");
            if code.contains(access) {
                writeln!(wrong, "{} uses {access}", source.path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn only_the_store_and_the_clock_allow_themselves_what_clippy_forbids() {
    let allowing = sources().into_iter().filter(|source| {
        let path = source.path.as_str();
        !path.starts_with("store/")
            && path != "time/clock.rs"
            && source.code.contains("clippy::disallowed_methods")
    });
    let wrong: Vec<String> = allowing.map(|source| source.path).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_rule_of_points_is_a_file_a_line_and_a_field() {
    let sources = sources();
    let own_files = sources.iter().filter(|source| {
        source.path.starts_with("clean/rules/") && source.code.contains("judges: Judges::Points")
    });
    let mut rules = Vec::new();
    for own in own_files {
        let name = part(own.path.strip_prefix("clean/rules/").unwrap());
        let variant = word(own.code.split("rule: Rule::").nth(1).unwrap());
        assert_eq!(
            name,
            variant.to_lowercase(),
            "a rule has the name of its file"
        );
        rules.push((&own.path, [name, variant]));
    }
    assert!(rules.len() >= 3, "{rules:?}");
    let (mut wrong, mut used) = (String::new(), BTreeSet::new());
    for source in &sources {
        let code = source.code.replace("Flag::", "Flag_");
        let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
        let words: BTreeSet<&str> = code.split(|c| !is_of_word(c)).collect();
        for (own, names) in &rules {
            if *own == &source.path || !names.iter().any(|name| words.contains(name)) {
                continue;
            }
            let may = |(path, _): &&(&str, &str)| source.path.starts_with(path);
            match NAMES_RULES.iter().find(may) {
                Some((path, _)) => _ = used.insert(*path),
                None => writeln!(wrong, "{} names {}", source.path, names[0]).unwrap(),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(
        used.len(),
        NAMES_RULES.len(),
        "a reason that is none: {used:?}"
    );
}

#[test]
fn no_name_of_a_type_has_two_meanings() {
    let mut defined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        for line in source.code.lines() {
            let line = line.trim_start();
            let open = line
                .strip_prefix("pub")
                .map(|rest| match rest.strip_prefix('(') {
                    Some(rest) => rest.split_once(')').map_or("", |(_, rest)| rest),
                    None => rest,
                });
            let line = open.unwrap_or(line).trim_start();
            for kind in ["struct ", "enum ", "trait ", "union "] {
                if let Some(rest) = line.strip_prefix(kind) {
                    let name = word(rest).to_owned();
                    defined.entry(name).or_default().push(source.path.clone());
                }
            }
        }
    }
    assert!(defined.len() > 300, "{}", defined.len());
    let twice = |(name, places): &(&String, &Vec<String>)| {
        places.len() > 1 && !TWICE.iter().any(|(known, _)| known == name)
    };
    let wrong: Vec<_> = defined.iter().filter(twice).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_source_file_is_longer_than_five_hundred_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lines = |path: &str| fs::read_to_string(root.join(path)).unwrap().lines().count();
    let sizes = sources()
        .into_iter()
        .map(|source| (lines(&source.path), source.path));
    let long: Vec<_> = sizes.filter(|(lines, _)| *lines > 500).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_developers_commands_stay_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/src");
    let files = fs::read_dir(root).unwrap().map(|file| file.unwrap().path());
    let sizes = files.map(|path| fs::read_to_string(path).unwrap().lines().count());
    let lines: usize = sizes.sum();
    assert!((1..1000).contains(&lines), "{lines} lines");
}

#[test]
fn what_makes_reports_and_what_witnesses_commits_know_nothing_of_the_library() {
    for name in ["testkit", "torture"] {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{name}/Cargo.toml"));
        let text = fs::read_to_string(manifest).unwrap();
        assert!(text.contains("[dependencies]"), "{text}");
        assert!(!text.contains("trendgate"), "{text}");
    }
}

/// Where the program and the Python package stand, beside the library.
const CALLERS: [&str; 2] = ["../trendgate-cli/src", "../trendgate-py/src"];

/// How many names stand in front, and how many in the modules together.
const PUBLIC_NAMES: (usize, usize) = (46, 206);

/// The text of the library's first file without comments and without what only tests, benches and fuzz targets use.
fn face() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(path).unwrap();
    let (text, _) = text.split_once("pub mod internals {").unwrap();
    let lines = text.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The names that the `pub use` of a text export.
fn exported(text: &str) -> Vec<String> {
    let uses = text.split("pub use ").skip(1);
    let uses = uses.filter_map(|rest| rest.split(';').next());
    let names = uses.flat_map(|one| match one.split_once('{') {
        Some((_, names)) => names.trim_end_matches('}').split(',').collect(),
        None => vec![one],
    });
    let last = |name: &str| {
        let name = name.trim();
        let name = name.rsplit(" as ").next().unwrap_or(name);
        name.rsplit("::").next().unwrap_or(name).to_owned()
    };
    names.map(last).filter(|name| !name.is_empty()).collect()
}

/// The names of a module that is public as a whole file.
fn names_of_file(module: &str) -> Vec<String> {
    let files = sources().into_iter();
    let file = |path: &str| path == format!("{module}.rs") || path == format!("{module}/mod.rs");
    let source = files.into_iter().find(|source| file(&source.path)).unwrap();
    let kinds = [
        "pub fn ",
        "pub const fn ",
        "pub struct ",
        "pub enum ",
        "pub trait ",
        "pub const ",
        "pub type ",
    ];
    let defined = source.code.lines().filter_map(|line| {
        let kind = kinds.iter().find_map(|kind| line.strip_prefix(kind));
        Some(word(kind?).to_owned())
    });
    let defined: Vec<String> = defined.collect();
    let inner = source
        .code
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let inner = inner.flat_map(|name| names_of_file(&format!("{module}/{}", word(name))));
    [exported(&source.code), defined, inner.collect()].concat()
}

#[test]
fn the_public_names_are_those_that_were_chosen() {
    let face = face();
    let (mut front, mut inner, mut modules) = (String::new(), String::new(), Vec::new());
    let mut inside = false;
    for line in face.lines() {
        inside |= line.starts_with("pub mod ") && line.ends_with('{');
        match (
            inside,
            line.strip_prefix("pub mod ")
                .and_then(|rest| rest.strip_suffix(';')),
        ) {
            (_, Some(module)) => modules.extend(names_of_file(module)),
            (true, None) => inner += &format!("{line}\n"),
            (false, None) => front += &format!("{line}\n"),
        }
        inside &= line != "}";
    }
    let front = exported(&front);
    modules.extend(exported(&inner));
    assert_eq!(
        (front.len(), modules.len()),
        PUBLIC_NAMES,
        "{front:?}\n{modules:?}"
    );
}

#[test]
fn the_program_and_the_python_package_use_nothing_but_public_names() {
    let mut folders: Vec<PathBuf> = CALLERS
        .map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .into();
    let (mut looked_at, mut wrong) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            looked_at += 1;
            if fs::read_to_string(&path)
                .unwrap()
                .contains("trendgate::internals")
            {
                wrong.push(path);
            }
        }
    }
    assert!(looked_at > 30, "{looked_at}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_architecture_names_is_there() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = library.join("../..");
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let roots = [
        library.join("src"),
        library.to_owned(),
        root.clone(),
        root.join("crates/trendgate-py"),
    ];
    let mut named = 0;
    let mut wrong = String::new();
    for line in text.lines() {
        // Odd pieces are those between backticks.
        for path in line.split('`').skip(1).step_by(2) {
            let is_path = path.contains('/')
                && !path.contains(|letter: char| letter == ' ' || letter.is_uppercase());
            if !is_path {
                continue;
            }
            named += 1;
            if !roots.iter().any(|root| root.join(path).exists()) {
                writeln!(wrong, "{path}: {line}").unwrap();
            }
        }
    }
    assert!(named > 50, "{named}");
    assert!(
        wrong.is_empty(),
        "ARCHITECTURE.md names what is not there:\n{wrong}"
    );
}
