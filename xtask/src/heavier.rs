//! What `cargo xtask test --full` tries beyond the suite: the same promises for longer, and what only a package shows.
//!
//! Enters: the release build that the suite made. Leaves: the verdict of each step. Refused: nothing; what the machine has no tools for is
//! said and skipped.

use crate::programs::{cargo, run, works};
use crate::suite::{Step, program, python_of_checks, tester};
use crate::{Result, package, torture};
use std::path::Path;
use std::process::Command;

/// The steps, in order.
pub(crate) const STEPS: [Step; 5] = [
    ("laws and models, many cases", many_cases),
    ("random plants against the reference", many_plants),
    ("many sites and nights", many_nights),
    ("Debian package", deb),
    ("torture (half an hour)", torture::long),
];

/// The tests that make up their cases, with the number of cases of each.
const CASES: [(&str, &str, &str); 2] = [
    ("laws", "invariance", "20"),
    ("growth", "model::after_every_step", "100"),
];

fn many_cases(root: &Path) -> Result {
    for (target, test, cases) in CASES {
        let mut tests = tester(root, &["--test", target, test]);
        run(tests.env("PROPTEST_CASES", cases))?;
    }
    Ok(())
}

fn many_plants(root: &Path) -> Result {
    // The suite has the seeds before these.
    let words = ["--plants", "3000", "--first-seed", "1001"];
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];
    let mut checks = with_checks(root)?;
    checks.args(pytest).arg("checks/test_reference.py");
    run(checks.args(words))
}

fn many_nights(root: &Path) -> Result {
    run(with_checks(root)?.args(["checks/many_nights.py", "40", "30"]))
}

/// The Python of the checks, told of the program.
fn with_checks(root: &Path) -> Result<Command> {
    let mut python = Command::new(python_of_checks(root)?);
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
        .env("TRENDGATE_BIN", program(root)?)
        .current_dir(root);
    Ok(python)
}

fn deb(root: &Path) -> Result {
    if works(cargo(&["deb", "--version"]).current_dir(root)) {
        return package::deb(root);
    }
    println!("SKIPPED: cargo-deb is not installed (cargo install --locked cargo-deb)");
    Ok(())
}
