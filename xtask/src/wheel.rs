//! The Python package: crates/trendgate-py in, a wheel out that has passed its tests where nothing else is installed.

use crate::programs::{output, run, target_folder};
use crate::{Result, at, python, suite};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Nobody should wait for more.
const LARGEST: u64 = 15_000_000;

/// Builds the wheel, then tests it in a new environment: alone, and with the frames that people use.
///
/// # Errors
/// The first thing that is not as it should be.
pub(crate) fn build_and_test(root: &Path) -> Result {
    let target = target_folder(root)?;
    let package = root.join("crates/trendgate-py");
    let wheel = build(&package, &target.join("wheels"))?;
    small(&wheel)?;
    let python = python::fresh(&target.join("wheel-venv"))?;
    python::install(&python, &[Path::new("--no-index"), &wheel])?;
    alone(&python)?;
    python::install(
        &python,
        &[Path::new("-r"), &package.join("tests/requirements.txt")],
    )?;
    let pytest = [
        "-m",
        "pytest",
        "-q",
        "-rs",
        "--disable-warnings",
        "-p",
        "no:cacheprovider",
        "tests",
    ];
    run(Command::new(&python)
        .args(pytest)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TRENDGATE_BIN", suite::built(root)?)
        .current_dir(&package))
}

fn build(package: &Path, out: &Path) -> Result<PathBuf> {
    if out.exists() {
        fs::remove_dir_all(out).map_err(at(out))?;
    }
    let python = python::with(&package.join("requirements.txt"))?;
    let maturin = [
        "-m",
        "maturin",
        "build",
        "--release",
        "--quiet",
        "--locked",
        "--out",
    ];
    run(Command::new(&python)
        .args(maturin)
        .arg(out)
        .current_dir(package))?;
    let found = fs::read_dir(out).map_err(at(out))?;
    let wheels: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    match <[PathBuf; 1]>::try_from(wheels) {
        Ok([wheel]) => Ok(wheel),
        Err(wheels) => Err(format!(
            "expected one wheel in {}, found {}",
            out.display(),
            wheels.len()
        )),
    }
}

fn small(wheel: &Path) -> Result {
    let bytes = fs::metadata(wheel).map_err(at(wheel))?.len();
    println!("{}: {bytes} bytes", wheel.display());
    if bytes < LARGEST {
        return Ok(());
    }
    Err(format!(
        "{}: expected less than {LARGEST} bytes, found {bytes}",
        wheel.display()
    ))
}

/// It can be imported where nothing but it is installed, and is of the workspace's version.
fn alone(python: &Path) -> Result {
    let words = ["-I", "-c", "import trendgate; print(trendgate.__version__)"];
    let version = output(Command::new(python).args(words))?;
    if version.trim() == env!("CARGO_PKG_VERSION") {
        return Ok(());
    }
    Err(format!(
        "expected version {} of the package, found {version}",
        env!("CARGO_PKG_VERSION")
    ))
}
