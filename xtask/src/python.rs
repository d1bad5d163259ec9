//! A list of requirements in, a Python that has them out; made once for each list.

use crate::programs::{output, run};
use crate::{Result, at};
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands in a finished environment; without it, the making was interrupted.
const FINISHED: &str = "finished";

/// The Python of an environment with the packages that `requirements` pins.
///
/// # Errors
/// Where there is no Python with venv, or the packages cannot be had.
pub(crate) fn with(requirements: &Path) -> Result<PathBuf> {
    let list = fs::read_to_string(requirements).map_err(at(requirements))?;
    let version = output(Command::new("python3").arg("--version")).map_err(advise)?;
    let folder = cache()?.join(format!("venv-{:016x}", key(&list, &version)));
    let python = folder.join("bin/python");
    let finished = folder.join(FINISHED);
    if !finished.exists() {
        fresh(&folder)?;
        install(&python, &[Path::new("-r"), requirements])?;
        fs::write(&finished, version).map_err(at(&finished))?;
    }
    Ok(python)
}

/// The Python of a new environment in `folder` with nothing in it.
///
/// # Errors
/// Where there is no Python with venv.
pub(crate) fn fresh(folder: &Path) -> Result<PathBuf> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder))
    .map_err(advise)?;
    Ok(folder.join("bin/python"))
}

/// Has pip install what `words` say.
///
/// # Errors
/// Where it cannot.
pub(crate) fn install(python: &Path, words: &[&Path]) -> Result {
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(python).args(pip).args(words))
}

/// What to do where Python or its venv is not there.
fn advise(error: String) -> String {
    format!(
        "{error}; the checks need Python 3.11 or newer with venv: apt-get install python3 python3-venv"
    )
}

fn key(list: &str, version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(list.as_bytes());
    hasher.write(version.as_bytes());
    hasher.finish()
}

fn cache() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")));
    match base {
        Some(base) => Ok(base.join("trendgate")),
        None => Err("no place for the Python environment: set HOME or XDG_CACHE_HOME".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_list_or_python_is_another_environment() {
        assert_eq!(key("a", "3"), key("a", "3"));
        assert_ne!(key("a", "3"), key("b", "3"));
        assert_ne!(key("a", "3"), key("a", "4"));
    }
}
