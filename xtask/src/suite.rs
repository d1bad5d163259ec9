//! Everything that must hold before a change is done, in order, up to the first failure, with the time of each step.

use crate::programs::{WORKSPACE, built, dev, program};
use crate::readers::{self, ReadersArgs};
use crate::{Result, deny, generate, package, platforms, python, root, site, wheel};
use clap::Args;
use std::time::{Duration, Instant};
use xshell::{Cmd, Shell, cmd};

/// How much is tried.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TestArgs {
    /// Only format, clippy and the unit tests
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Beyond everything also what takes long: many random cases, many sites and nights, readers at their floors, wheels for other platforms, the Debian package, half an hour of torture
    #[arg(long)]
    full: bool,
}

/// A name, and what is done.
type Step = (&'static str, fn(&Shell) -> Result);

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
    ("licences, sources, advisories", deny::check),
    ("release build", |sh| built(sh).map(drop)),
    ("tests", tests),
    ("generated files", |sh| generate::run(sh, true)),
    ("documentation tests", doctests),
    ("fuzz targets", fuzz_targets),
    ("checks in Python", checks),
    ("Python package", wheel::build_and_test),
    ("torture (seeded)", |sh| torture(sh, "165", "60", "1")),
];

/// The same promises for longer, and what only a package shows.
const HEAVIER: [Step; 8] = [
    ("laws and models, many cases", many_cases),
    ("random plants against the reference", many_plants),
    ("many sites and nights", many_nights),
    ("readers, at floor and newest", |sh| {
        readers::table(sh, ReadersArgs { check: true })
    }),
    ("Python package elsewhere", platforms::build_and_try),
    ("Debian package", deb),
    ("torture of tasks apart, every call", torture_apart),
    ("torture (twenty minutes)", |sh| {
        torture(sh, "900", "300", "2")
    }),
];

impl TestArgs {
    fn steps(self) -> Vec<Step> {
        match (self.quick, self.full) {
            (true, _) => QUICK.to_vec(),
            (_, true) => [&USUAL[..], &HEAVIER].concat(),
            _ => USUAL.to_vec(),
        }
    }
}

/// Runs the steps that were asked for.
pub(crate) fn test(sh: &Shell, args: TestArgs) -> Result {
    let took = run_steps(sh, &args.steps())?;
    println!("\n== all {} passed\n{}", took.len(), table(&took));
    Ok(())
}

/// Runs the steps; how long each took.
fn run_steps(sh: &Shell, steps: &[Step]) -> Result<Vec<(&'static str, Duration)>> {
    let mut took = Vec::new();
    for (place, (name, step)) in steps.iter().enumerate() {
        println!("\n== {}/{} {name}", place + 1, steps.len());
        let since = Instant::now();
        step(sh).map_err(|error| format!("{name}: {error}"))?;
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

fn format(sh: &Shell) -> Result {
    Ok(cmd!(sh, "cargo fmt --all --check").run()?)
}

fn clippy(sh: &Shell) -> Result {
    let clippy = cmd!(sh, "cargo clippy {WORKSPACE...} --all-targets");
    Ok(clippy.args(["--", "-D", "warnings"]).run()?)
}

/// As readers see it: without the feature that shows tests what is not public.
fn documentation(sh: &Shell) -> Result {
    let doc = cmd!(sh, "cargo doc --workspace --locked --no-deps");
    Ok(doc.env("RUSTDOCFLAGS", "-D warnings").run()?)
}

fn tests(sh: &Shell) -> Result {
    Ok(nextest(sh)?.run()?)
}

/// The tests that stand beside what they try.
fn unit_tests(sh: &Shell) -> Result {
    Ok(nextest(sh)?.args(["--lib", "--bins"]).run()?)
}

/// Runs tests in Rust: all, or those that further words choose.
fn nextest(sh: &Shell) -> Result<Cmd<'_>> {
    let nextest = python::tool(sh, "cargo-nextest")?;
    Ok(cmd!(sh, "{nextest} nextest run {WORKSPACE...}"))
}

fn doctests(sh: &Shell) -> Result {
    Ok(cmd!(sh, "cargo test {WORKSPACE...} --doc").run()?)
}

/// They are a workspace of their own, whose C++ half only a fuzzer links.
fn fuzz_targets(sh: &Shell) -> Result {
    if cmd!(sh, "c++ --version").quiet().read().is_err() {
        println!("SKIPPED: there is no C++ compiler for the library of the fuzzer");
        return Ok(());
    }
    let check = cmd!(sh, "cargo check --locked --bins");
    Ok(check.args(["--manifest-path", "fuzz/Cargo.toml"]).run()?)
}

fn checks(sh: &Shell) -> Result {
    let python = python::with(sh, &root().join("checks/requirements.txt"))?;
    python::pytest(sh, &python, &program()?, &["checks"])
}

/// Tries a sample of what can befall a run, for so many seconds; a crowd of writers and readers for so many.
fn torture(sh: &Shell, budget: &str, crowd: &str, seed: &str) -> Result {
    let torture = dev(sh, "torture")?;
    let words = ["--where-possible", "--budget", budget, "--seconds", crowd];
    Ok(cmd!(sh, "{torture} {words...} --seed {seed}").run()?)
}

/// Tries every call of runs whose tasks are done apart; [`torture`] samples them, too, and the ways back from what is left of them.
fn torture_apart(sh: &Shell) -> Result {
    const MODES: [&str; 8] = [
        "trace", "kill", "enospc", "eio", "gone", "eintr", "lost", "power",
    ];
    let torture = dev(sh, "torture")?;
    let words = ["--scenario", "apart", "--where-possible"];
    Ok(cmd!(sh, "{torture} {MODES...} {words...}").run()?)
}

/// The tests that make up their cases, with the number of cases of each.
const CASES: [(&str, &str, &str); 2] = [
    ("laws", "invariance", "20"),
    ("growth", "model::after_every_step", "100"),
];

fn many_cases(sh: &Shell) -> Result {
    for (target, test, cases) in CASES {
        let tests = nextest(sh)?.args(["--test", target, test]);
        tests.env("PROPTEST_CASES", cases).run()?;
    }
    Ok(())
}

fn many_plants(sh: &Shell) -> Result {
    // The suite has the seeds before these.
    let words = ["--plants", "3000", "--first-seed", "1001"];
    let words = [&["checks/test_reference.py"], &words[..]].concat();
    let python = python::with(sh, &root().join("checks/requirements.txt"))?;
    python::pytest(sh, &python, &program()?, &words)
}

fn many_nights(sh: &Shell) -> Result {
    let python = python::with(sh, &root().join("checks/requirements.txt"))?;
    let nights = cmd!(sh, "{python} -B checks/many_nights.py 40 30");
    Ok(nights.env("TRENDGATE_BIN", program()?).run()?)
}

fn deb(sh: &Shell) -> Result {
    if package::is_possible(sh) {
        return package::deb(sh);
    }
    println!("SKIPPED: cargo-deb is not installed (cargo install --locked cargo-deb)");
    Ok(())
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_first_failure_ends_the_suite_and_is_named() {
        let steps: [Step; 3] = [
            ("one", |_| Ok(())),
            ("two", |_| Err("broken".into())),
            ("three", |_| panic!("must not run")),
        ];
        let message = run_steps(&Shell::new().unwrap(), &steps).unwrap_err();
        assert_eq!(message.to_string(), "two: broken");
    }

    #[test]
    fn every_step_that_ran_has_its_time() {
        let steps: [Step; 2] = [("one", |_| Ok(())), ("two", |_| Ok(()))];
        let took = run_steps(&Shell::new().unwrap(), &steps).unwrap();
        let names: Vec<&str> = took.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["one", "two"]);
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
        assert_eq!(full[13..], HEAVIER.map(|(name, _)| name));
    }
}
