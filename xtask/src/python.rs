//! A list of requirements in, a Python that has them out; made once for each list.

use crate::{Result, programs, root};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// Stands in a finished environment; without it, the making was interrupted.
const FINISHED: &str = "finished";

/// The Python of an environment with the packages that `requirements` pins.
pub(crate) fn with(sh: &Shell, requirements: &Path) -> Result<PathBuf> {
    let list = sh.read_file(requirements)?;
    let version = cmd!(sh, "python3 --version").quiet().read();
    let version = version.map_err(|error| advise(&error))? + "\n";
    // Another list or Python is another environment.
    let mut hasher = DefaultHasher::new();
    hasher.write(list.as_bytes());
    hasher.write(version.as_bytes());
    let folder = cache()?.join(format!("venv-{:016x}", hasher.finish()));
    let finished = folder.join(FINISHED);
    if !sh.path_exists(&finished) {
        let python = fresh(sh, &folder)?;
        install(sh, &python, &[Path::new("-r"), requirements])?;
        sh.write_file(&finished, version)?;
    }
    Ok(folder.join("bin/python"))
}

/// One of the programs that come as packages of Python.
pub(crate) fn tool(sh: &Shell, name: &str) -> Result<PathBuf> {
    let python = with(sh, &root().join("xtask/tools.requirements.txt"))?;
    Ok(python.with_file_name(name))
}

/// The Python of a new environment in `folder` with nothing in it.
pub(crate) fn fresh(sh: &Shell, folder: &Path) -> Result<PathBuf> {
    let made = cmd!(sh, "python3 -m venv --clear {folder}").run();
    made.map_err(|error| advise(&error))?;
    Ok(folder.join("bin/python"))
}

/// Has pip install what `words` say.
pub(crate) fn install(sh: &Shell, python: &Path, words: &[&Path]) -> Result {
    let pip = ["install", "--quiet", "--disable-pip-version-check"];
    Ok(cmd!(sh, "{python} -m pip {pip...} {words...}").run()?)
}

/// Runs pytest, without leaving anything among the sources.
pub(crate) fn pytest(sh: &Shell, python: &Path, program: &Path, words: &[&str]) -> Result {
    let own = ["-q", "-rs", "-p", "no:cacheprovider"];
    let pytest = cmd!(sh, "{python} -B -m pytest {own...} {words...}");
    // The processes that it starts leave nothing, either.
    let pytest = pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    let pytest = pytest.env("TESTKIT_BIN", programs::dev(sh, "testkit")?);
    Ok(pytest.env("TRENDGATE_BIN", program).run()?)
}

/// What to do where Python or its venv is not there.
fn advise(error: &xshell::Error) -> String {
    format!(
        "{error}; the checks need Python 3.11 or newer with venv: apt-get install python3 python3-venv"
    )
}

fn cache() -> Result<PathBuf> {
    let set = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    let base = set.map(PathBuf::from);
    let base = base.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let base = base.ok_or("no place for Python's packages: set HOME or XDG_CACHE_HOME")?;
    Ok(base.join("trendgate"))
}
