//! The Python package for machines that are not like this one: its sources, a wheel for older systems, and one for another processor.
//!
//! Enters: the workspace, and zig, which links against an older C library than this machine's and compiles for others. Leaves: an sdist that was built
//! in an environment of its own, and wheels for manylinux_2_28; that for aarch64 was imported and made a dataset in an emulator. Refused: a wheel that
//! uses more of Python than its tag says.

use crate::{Result, package, programs, python, root, wheel};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// The oldest systems that the wheels are for: those with glibc 2.28, such as Debian 10 and Enterprise Linux 8.
const OLDEST: &str = "manylinux_2_28";
const X86_64: &str = "x86_64-unknown-linux-gnu";
const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// Builds them all, and tries what can be tried here.
pub(crate) fn build_and_try(sh: &Shell) -> Result {
    let out = programs::target()?.join("wheels-elsewhere");
    sh.remove_path(&out)?;
    let python = tools(sh)?;
    sources(sh, &python, &out.join("sources"))?;
    for (target, build) in [(X86_64, older as Build), (AARCH64, aarch64)] {
        match cmd!(sh, "rustup target add {target}").quiet().run() {
            Ok(()) => build(sh, &python, &out.join(target))?,
            Err(_) => println!("SKIPPED: the standard library for {target} cannot be had here"),
        }
    }
    Ok(())
}

/// Builds a wheel by a Python into a folder, and tries it.
type Build = fn(&Shell, &Path, &Path) -> Result;

/// The Python of the environment with maturin, zig and the audit.
fn tools(sh: &Shell) -> Result<PathBuf> {
    python::with(sh, &root().join("crates/trendgate-py/requirements.txt"))
}

/// The sources as a package, which pip builds and imports where nothing else is.
fn sources(sh: &Shell, python: &Path, out: &Path) -> Result {
    let _package = sh.push_dir(root().join("crates/trendgate-py"));
    cmd!(sh, "{python} -m maturin sdist --out {out}").run()?;
    let sdist = only(sh, out)?;
    let alone = python::fresh(sh, &programs::target()?.join("sdist-venv"))?;
    // What others built of its dependencies serves it, too.
    let target = programs::target()?;
    let _target = sh.push_env("CARGO_TARGET_DIR", target);
    python::install(sh, &alone, &[&sdist])?;
    wheel::alone(sh, &alone)
}

/// A wheel for this processor and older systems, imported where nothing else is.
fn older(sh: &Shell, python: &Path, out: &Path) -> Result {
    let wheel = built(sh, python, out, X86_64)?;
    let fresh = python::fresh(sh, &programs::target()?.join("older-venv"))?;
    python::install(sh, &fresh, &[Path::new("--no-index"), &wheel])?;
    wheel::alone(sh, &fresh)
}

/// A wheel for aarch64, imported and run in an emulator.
fn aarch64(sh: &Shell, python: &Path, out: &Path) -> Result {
    let wheel = built(sh, python, out, AARCH64)?;
    let checks = python::with(sh, &root().join("checks/requirements.txt"))?;
    let test = root().join("crates/trendgate-py/matrix/test_aarch64.py");
    let test = test.display().to_string();
    let _wheel = sh.push_env("TRENDGATE_WHEEL", wheel);
    python::pytest(sh, &checks, &programs::program()?, &[&test])
}

/// A wheel for a target, linked by zig against the library of [`OLDEST`], which uses no more of Python than its tag says.
fn built(sh: &Shell, python: &Path, out: &Path, target: &str) -> Result<PathBuf> {
    let _package = sh.push_dir(root().join("crates/trendgate-py"));
    // maturin looks for cargo-zigbuild and for zig beside the first Python of the path.
    let beside = python.with_file_name("");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([beside].into_iter().chain(std::env::split_paths(&path)))?;
    let own = ["build", "--release", "--quiet", "--locked", "--zig"];
    let of = ["--compatibility", OLDEST, "--target", target];
    let build = cmd!(sh, "{python} -m maturin {own...} {of...} --out {out}");
    build.env("PATH", path).run()?;
    let wheel = only(sh, out)?;
    package::small(&wheel, wheel::LARGEST)?;
    wheel::audit(sh, python, &wheel)?;
    Ok(wheel)
}

/// The one file in a folder.
fn only(sh: &Shell, folder: &Path) -> Result<PathBuf> {
    let [file] = <[PathBuf; 1]>::try_from(sh.read_dir(folder)?)
        .map_err(|files| format!("expected one file in {}: {files:?}", folder.display()))?;
    Ok(file)
}
