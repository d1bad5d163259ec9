//! The commit that the program is built from, as far as it is known, into the environment of the compiler.

#![allow(clippy::disallowed_methods, reason = "the library is not there yet")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What git says in the workspace, in one line.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(workspace())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// Whether the workspace is what git knows, and not a folder in some other project.
fn is_repository() -> bool {
    let top =
        git(&["rev-parse", "--show-toplevel"]).and_then(|top| Path::new(&top).canonicalize().ok());
    top.is_some() && top == workspace().canonicalize().ok()
}

fn main() {
    // Who builds from a package of the source states it.
    println!("cargo:rerun-if-env-changed=TRENDGATE_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    let stated = std::env::var("TRENDGATE_COMMIT").ok();
    let mut commit = stated.filter(|commit| !commit.is_empty());
    if commit.is_none() && is_repository() {
        commit = git(&["rev-parse", "--short=12", "HEAD"]);
        let heads = ["HEAD", "logs/HEAD"].map(|name| git(&["rev-parse", "--git-path", name]));
        let heads = heads
            .into_iter()
            .flatten()
            .map(|head| workspace().join(head));
        for head in heads.filter(|head| head.exists()) {
            println!("cargo:rerun-if-changed={}", head.display());
        }
    }
    println!(
        "cargo:rustc-env=TRENDGATE_COMMIT={}",
        commit.unwrap_or_default()
    );
}
