//! The Python package: crates/trendgate-py in, a wheel out that has passed its tests where nothing else is installed. The reader that is Python
//! alone is tested beside it.

use crate::{Result, package, programs, python};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// Nobody should wait for more.
pub(crate) const LARGEST: u64 = 15_000_000;

/// Builds the wheel, then tests it in a new environment: alone, and with the frames that people use.
pub(crate) fn build_and_test(sh: &Shell) -> Result {
    let target = programs::target()?;
    let program = programs::built(sh)?;
    let wheel = build(sh)?;
    let _package = sh.push_dir("crates/trendgate-py");
    package::small(&wheel, LARGEST)?;
    let tools = python::with(sh, &sh.current_dir().join("requirements.txt"))?;
    audit(sh, &tools, &wheel)?;
    let python = python::fresh(sh, &target.join("wheel-venv"))?;
    python::install(sh, &python, &[Path::new("--no-index"), &wheel])?;
    alone(sh, &python)?;
    let others = sh.current_dir().join("tests/requirements.txt");
    let reader = sh.current_dir().join("reader");
    python::install(sh, &python, &[Path::new("-r"), &others, &reader])?;
    python::pytest(sh, &python, &program, &["--disable-warnings", "tests"])
}

/// Builds the wheel alone.
pub(crate) fn build(sh: &Shell) -> Result<PathBuf> {
    let out = &programs::target()?.join("wheels");
    let _package = sh.push_dir("crates/trendgate-py");
    sh.remove_path(out)?;
    let python = python::with(sh, &sh.current_dir().join("requirements.txt"))?;
    let words = ["build", "--release", "--quiet", "--locked"];
    cmd!(sh, "{python} -m maturin {words...} --out {out}").run()?;
    let wheels = sh.read_dir(out)?;
    let [wheel] = <[PathBuf; 1]>::try_from(wheels)
        .map_err(|wheels| format!("expected one wheel in {}: {wheels:?}", out.display()))?;
    Ok(wheel)
}

/// Refuses a wheel that uses more of Python than the stable ABI of its tag.
pub(crate) fn audit(sh: &Shell, python: &Path, wheel: &Path) -> Result {
    Ok(cmd!(sh, "{python} -m abi3audit --strict --summary {wheel}").run()?)
}

/// It can be imported where nothing but it is installed, and is of the workspace's version.
pub(crate) fn alone(sh: &Shell, python: &Path) -> Result {
    let script = "import trendgate; print(trendgate.__version__)";
    let found = cmd!(sh, "{python} -I -c {script}").read()?;
    let expected = env!("CARGO_PKG_VERSION");
    match found == expected {
        true => Ok(()),
        false => Err(format!("expected version {expected} of the package, found {found}").into()),
    }
}
