//! The commit that the program is built from, as far as it is known, into the environment of the compiler; and how its relocations are
//! written: packed, where the C library of this machine can read them, which saves a twentieth of the program.

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

/// Whether what is built here is for here, and its C library (glibc 2.36 or newer) reads packed relocations.
fn reads_packed_relocations() -> bool {
    let stated = |name| std::env::var(name).unwrap_or_default();
    if stated("HOST") != stated("TARGET") || stated("CARGO_CFG_TARGET_ENV") != "gnu" {
        return false;
    }
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let said = said.map_or_else(|_| Vec::new(), |output| output.stdout);
    let text = String::from_utf8_lossy(&said);
    let version = text.trim().strip_prefix("glibc ").unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (2, 36)
}

fn main() {
    if reads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
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
