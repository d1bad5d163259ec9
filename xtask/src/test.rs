//! `cargo xtask test`: everything that CI checks, in the order in which a failure is cheapest to find.

use crate::{Result, generated, licences, root};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs all checks; stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    heading("format");
    cargo(&["fmt", "--all", "--check"])?;
    heading("lints");
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ])?;
    heading("documentation");
    step(
        Command::new(env!("CARGO"))
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    heading("licences");
    licences::check()?;
    heading("advisories");
    advisories()?;
    heading("program");
    cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "trendgate-cli",
    ])?;
    heading("generated files");
    generated::run(true)?;
    heading("tests");
    if has(&["nextest", "--version"]) {
        cargo(&["nextest", "run", "--workspace"])?;
    } else {
        cargo(&[
            "test",
            "--workspace",
            "--quiet",
            "--lib",
            "--bins",
            "--tests",
        ])?;
    }
    cargo(&["test", "--workspace", "--quiet", "--doc"])?;
    heading("checks by other tools");
    python()
}

fn heading(text: &str) {
    println!("\n== {text}");
}

fn step(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.current_dir(root()).stdin(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}").into())
    }
}

fn cargo(args: &[&str]) -> Result<()> {
    step(Command::new(env!("CARGO")).args(args))
}

/// Whether cargo has a subcommand.
fn has(args: &[&str]) -> bool {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    output.is_ok_and(|status| status.success())
}

/// The advisories are kept in a database that has to be fetched: where neither tool nor database can be had, that is said.
fn advisories() -> Result<()> {
    if !has(&["deny", "--version"]) {
        println!("skipped: cargo-deny is not installed (cargo install cargo-deny)");
        return Ok(());
    }
    let output = Command::new(env!("CARGO"))
        .args(["deny", "check", "advisories"])
        .current_dir(root())
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(());
    }
    if text.contains("failed to fetch") || text.contains("unable to") {
        println!("skipped: the advisory database cannot be fetched");
        return Ok(());
    }
    Err(text.into_owned().into())
}

/// Runs the Python checks in an environment of their own, which is kept between runs.
fn python() -> Result<()> {
    let checks = root().join("checks");
    let requirements = checks.join("requirements.txt");
    let environment = cache().join(format!("python-{:x}", digest(&fs::read(&requirements)?)));
    let interpreter = environment.join("bin/python");
    // Written last: an environment without it is half made.
    let done = environment.join("complete");
    if !done.exists() {
        if environment.exists() {
            fs::remove_dir_all(&environment)?;
        }
        step(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )
        .map_err(|error| format!("{error}; install python3 with its venv module"))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ];
        step(Command::new(&interpreter).args(pip).arg(&requirements))?;
        fs::write(&done, "")?;
    }
    step(
        Command::new(&interpreter)
            .args(["-m", "pytest", "-q", "-rs"])
            .arg(&checks)
            .env("TRENDGATE_BIN", program()?),
    )
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home);
    base.unwrap_or_else(std::env::temp_dir).join("trendgate")
}

/// The release build of the program.
fn program() -> Result<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"]
        .as_str()
        .ok_or("cargo metadata names no target directory")?;
    Ok(PathBuf::from(target).join("release/trendgate"))
}
