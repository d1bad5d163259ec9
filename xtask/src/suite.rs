//! Everything that must hold before a change is done, in order, up to the first failure, with the time of each step.

use crate::programs::{cargo, run, target_folder, works};
use crate::{Result, advisories, generate, heavier, licences, python, site, torture, wheel};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How much is tried.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TestArgs {
    /// Only format, clippy and the unit tests
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Beyond everything also what takes long: many random cases, many sites and nights, the Debian package, half an hour of torture
    #[arg(long)]
    full: bool,
}

/// A name, and what is done.
pub(crate) type Step = (&'static str, fn(&Path) -> Result);

const QUICK: [Step; 3] = [
    ("format", format),
    ("clippy", clippy),
    ("unit tests", unit_tests),
];

const USUAL: [Step; 13] = [
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

impl TestArgs {
    fn steps(self) -> Vec<Step> {
        match (self.quick, self.full) {
            (true, _) => QUICK.to_vec(),
            (_, true) => [&USUAL[..], &heavier::STEPS].concat(),
            _ => USUAL.to_vec(),
        }
    }
}

/// Runs the steps that were asked for.
///
/// # Errors
/// As [`run_steps`].
pub(crate) fn test(root: &Path, args: TestArgs) -> Result {
    let took = run_steps(root, &args.steps())?;
    println!("\n== all {} passed\n{}", took.len(), table(&took));
    Ok(())
}

/// Runs the steps; how long each took.
///
/// # Errors
/// The first failure, with the name of its step.
fn run_steps(root: &Path, steps: &[Step]) -> Result<Vec<(&'static str, Duration)>> {
    let mut took = Vec::new();
    for (place, (name, step)) in steps.iter().enumerate() {
        println!("\n== {}/{} {name}", place + 1, steps.len());
        let since = Instant::now();
        step(root).map_err(|error| format!("{name}: {error}"))?;
        took.push((*name, since.elapsed()));
        println!("== {name}: {:.1} s", since.elapsed().as_secs_f64());
    }
    Ok(took)
}

/// A line for each step, and one for all.
fn table(took: &[(&str, Duration)]) -> String {
    let line = |name: &str, time: Duration| format!("{:>8.1} s  {name}\n", time.as_secs_f64());
    let each: String = took.iter().map(|(name, time)| line(name, *time)).collect();
    each + &line("together", took.iter().map(|(_, time)| *time).sum())
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

/// What the release build builds. The Python module is named so that the features that it switches on are on in the program, too: its wheel then
/// finds Arrow and Parquet built.
pub(crate) const PACKAGES: [&str; 6] = [
    "--package",
    "trendgate-cli",
    "--package",
    "trendgate-py",
    "--features",
    "trendgate-py/extension-module",
];

/// Only the program is linked.
fn build(root: &Path) -> Result {
    let mut build = cargo(&["build", "--release", "--locked"]);
    build.args(PACKAGES).args(["--bin", "trendgate"]);
    run(build.current_dir(root))
}

fn generated(root: &Path) -> Result {
    generate::run(root, &generate::GenArgs::CHECK)
}

fn tests(root: &Path) -> Result {
    run(&mut tester(root, &[]))
}

/// The tests that stand beside what they try.
fn unit_tests(root: &Path) -> Result {
    run(&mut tester(root, &["--lib", "--bins"]))
}

/// Runs tests in Rust: all, or those that `words` choose.
pub(crate) fn tester(root: &Path, words: &[&str]) -> Command {
    let mut tester = if works(cargo(&["nextest", "--version"]).current_dir(root)) {
        cargo(&["nextest", "run"])
    } else {
        // The Python module's tests are Python's, and one in Rust would want Python's library to link with. Those of the documentation are
        // a step of their own.
        let targets: &[&str] = if words.is_empty() {
            &["--all-targets"]
        } else {
            &[]
        };
        let mut plain = cargo(&["test", "--exclude", "trendgate-py"]);
        plain.args(targets);
        plain
    };
    tester
        .args(["--workspace", "--locked"])
        .args(words)
        .current_dir(root);
    tester
}

fn doctests(root: &Path) -> Result {
    run(cargo(&["test", "--workspace", "--doc", "--locked"]).current_dir(root))
}

fn checks(root: &Path) -> Result {
    let mut pytest = Command::new(python_of_checks(root)?);
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

/// The Python that has what the checks need.
///
/// # Errors
/// Where it cannot be made.
pub(crate) fn python_of_checks(root: &Path) -> Result<PathBuf> {
    python::with(&root.join("checks/requirements.txt"))
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
///
/// # Errors
/// Where cargo does not say where it is.
pub(crate) fn program(root: &Path) -> Result<PathBuf> {
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

    #[test]
    fn every_step_that_ran_has_its_time() {
        let steps: [Step; 2] = [("one", |_| Ok(())), ("two", |_| Ok(()))];
        let took = run_steps(Path::new("."), &steps).unwrap();
        assert_eq!(
            took.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["one", "two"]
        );
        let took = [
            ("one", Duration::from_millis(1250)),
            ("two", Duration::from_secs(100)),
        ];
        assert_eq!(
            table(&took),
            "     1.2 s  one\n   100.0 s  two\n   101.2 s  together\n"
        );
    }

    #[test]
    fn quick_is_a_few_steps_and_full_is_all_of_the_usual_ones_and_then_the_heavier() {
        let names = |quick, full| {
            let steps = TestArgs { quick, full }.steps();
            steps.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(true, false), ["format", "clippy", "unit tests"]);
        let (usual, full) = (names(false, false), names(false, true));
        assert_eq!(usual.len(), 13);
        assert!(full.starts_with(&usual));
        assert_eq!(full[13..], heavier::STEPS.map(|(name, _)| name));
    }
}
