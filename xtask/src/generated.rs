//! `cargo xtask gen`: files that the program itself writes: JSON Schemas and the command-line reference.

use crate::{Result, root};
use std::fs;
use std::process::Command;

/// The file, and what the program is asked for.
const FILES: [(&str, &str); 3] = [
    ("schemas/manifest.schema.json", "manifest"),
    ("schemas/config.schema.json", "config"),
    ("docs/cli.md", "cli"),
];

/// Writes the files, or with `check` only says which are stale.
pub(crate) fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (file, what) in FILES {
        let path = root().join(file);
        let current = ask(what)?;
        if check {
            if fs::read(&path).ok() != Some(current) {
                stale.push(file);
            }
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, current)?;
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("{} stale: run `cargo xtask gen`", stale.join(", ")).into())
    }
}

fn ask(what: &str) -> Result<Vec<u8>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "trendgate-cli",
            "--",
            "schema",
            what,
        ])
        .current_dir(root())
        .output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}
