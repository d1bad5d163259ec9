//! Everything that must hold before a change is done, in order, up to the first failure.

use crate::programs::{cargo, run, target_folder, works};
use crate::{Result, advisories, generate, licences, python, site, torture, wheel};
use std::path::{Path, PathBuf};

type Step = (&'static str, fn(&Path) -> Result);

const STEPS: [Step; 13] = [
    ("format", format),
    ("clippy", clippy),
    ("documentation", documentation),
    ("documentation as a site", site::build),
    ("licences", licences::check),
    ("advisories", advisories::check),
    ("release build", build),
    ("generated files", generated),
    ("tests", tests),
    ("documentation tests", doctests),
    ("checks in Python", checks),
    ("Python package", wheel::build_and_test),
    ("torture (seeded)", torture::sample),
];

/// Runs the suite.
///
/// # Errors
/// The first failure, with the name of its step.
fn run_steps(root: &Path, steps: &[Step]) -> Result {
    for (place, (name, step)) in steps.iter().enumerate() {
        println!("\n== {}/{} {name}", place + 1, steps.len());
        step(root).map_err(|error| format!("{name}: {error}"))?;
    }
    println!("\n== all {} passed", steps.len());
    Ok(())
}

/// Runs the whole suite.
///
/// # Errors
/// As [`run_steps`].
pub(crate) fn whole(root: &Path) -> Result {
    run_steps(root, &STEPS)
}

fn format(root: &Path) -> Result {
    run(cargo(&["fmt", "--all", "--check"]).current_dir(root))
}

fn clippy(root: &Path) -> Result {
    let words = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    run(cargo(&words).current_dir(root))
}

fn documentation(root: &Path) -> Result {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings").current_dir(root))
}

/// The Python module is named so that the features that it switches on are on here, too: its wheel then finds Arrow and Parquet
/// built. Only the program is linked.
fn build(root: &Path) -> Result {
    run(cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "trendgate-cli",
        "--package",
        "trendgate-py",
        "--features",
        "trendgate-py/extension-module",
        "--bin",
        "trendgate",
    ])
    .current_dir(root))
}

fn generated(root: &Path) -> Result {
    generate::run(root, &generate::GenArgs::CHECK)
}

fn tests(root: &Path) -> Result {
    if works(cargo(&["nextest", "--version"]).current_dir(root)) {
        return run(cargo(&["nextest", "run", "--workspace", "--locked"]).current_dir(root));
    }
    // The Python module's tests are Python's, and one in Rust would want Python's library to link with.
    let words = [
        "test",
        "--workspace",
        "--exclude",
        "trendgate-py",
        "--all-targets",
        "--locked",
    ];
    run(cargo(&words).current_dir(root))
}

fn doctests(root: &Path) -> Result {
    run(cargo(&["test", "--workspace", "--doc", "--locked"]).current_dir(root))
}

fn checks(root: &Path) -> Result {
    let python = python::with(&root.join("checks/requirements.txt"))?;
    let mut pytest = std::process::Command::new(python);
    pytest.args([
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        "checks",
    ]);
    pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    run(pytest
        .env("TRENDGATE_BIN", program(root)?)
        .current_dir(root))
}

/// Makes the release build; the program.
///
/// # Errors
/// Where it cannot be built.
pub(crate) fn built(root: &Path) -> Result<PathBuf> {
    build(root)?;
    program(root)
}

/// Makes the release build of an example of the library; its program.
///
/// # Errors
/// Where it cannot be built.
pub(crate) fn example(root: &Path, name: &str) -> Result<PathBuf> {
    let words = ["build", "--release", "--locked", "--package", "trendgate"];
    run(cargo(&words).args(["--example", name]).current_dir(root))?;
    Ok(target_folder(root)?.join("release/examples").join(name))
}

/// Whether the program can be built so.
pub(crate) fn has_mutations(root: &Path) -> bool {
    let manifest = root.join("crates/trendgate-cli/Cargo.toml");
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains("\nmutations = "))
}

/// Makes a build, for tests alone, that can be told to leave out a durable step, and copies its program to `to`.
///
/// # Errors
/// Where it cannot be built.
pub(crate) fn build_mutant(root: &Path, to: &Path) -> Result {
    let words = [
        "build",
        "--locked",
        "--package",
        "trendgate-cli",
        "--features",
        "mutations",
    ];
    run(cargo(&words).current_dir(root))?;
    let made = made(root, "debug")?;
    std::fs::copy(&made, to)
        .map(|_| ())
        .map_err(crate::at(&made))
}

/// The program that the release build made.
fn program(root: &Path) -> Result<PathBuf> {
    made(root, "release")
}

/// The program that a build of this profile made.
fn made(root: &Path, profile: &str) -> Result<PathBuf> {
    Ok(target_folder(root)?.join(profile).join("trendgate"))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_first_failure_ends_the_suite_and_is_named() {
        let steps: [Step; 3] = [
            ("one", |_| Ok(())),
            ("two", |_| Err("broken".to_owned())),
            ("three", |_| panic!("must not run")),
        ];
        let message = run_steps(Path::new("."), &steps).unwrap_err();
        assert_eq!(message, "two: broken");
    }
}
