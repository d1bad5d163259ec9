//! `cargo xtask deb`: the Debian package.
//!
//! Enters: the release build, what `crates/trendgate-cli/Cargo.toml` lists, `ops/`, and the notices of what is linked. Leaves: a package in
//! `debian` of the target folder. Refused: a program that is larger than [`LARGEST`], or that cargo-deb cannot be had for.

use crate::programs::{cargo, output, run, target_folder, works};
use crate::{Result, at, notices, suite};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Nobody should wait for more.
const LARGEST: u64 = 30_000_000;

/// What completes commands in each shell, and the file that it looks into.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "trendgate"),
    ("zsh", "_trendgate"),
    ("fish", "trendgate.fish"),
];

/// The notices of what is linked into the program, before they are compressed.
const NOTICES: &str = "NOTICES";

/// Builds the package.
///
/// # Errors
/// The first thing that is not as it should be.
pub(crate) fn deb(root: &Path) -> Result {
    if !works(cargo(&["deb", "--version"]).current_dir(root)) {
        return Err(
            "the package is made by cargo-deb: cargo install --locked cargo-deb".to_owned(),
        );
    }
    let program = suite::built(root)?;
    small(&program)?;
    let target = target_folder(root)?;
    // Beside the program: there cargo-deb looks for what was built.
    let folder = target.join("release/package");
    texts(&program, &folder)?;
    let notices = folder.join(NOTICES);
    notices::write(root, &notices)?;
    run(compress().arg(&notices))?;
    let words = [
        "deb",
        "--package",
        "trendgate-cli",
        "--no-build",
        "--output",
    ];
    run(cargo(&words).arg(target.join("debian/")).current_dir(root))
}

fn small(program: &Path) -> Result {
    let bytes = fs::metadata(program).map_err(at(program))?.len();
    println!("{}: {bytes} bytes", program.display());
    if bytes < LARGEST {
        return Ok(());
    }
    Err(format!(
        "{}: expected less than {LARGEST} bytes, found {bytes}",
        program.display()
    ))
}

/// Has the program write its manual pages and completions into `folder`.
fn texts(program: &Path, folder: &Path) -> Result {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(at(folder))?;
    }
    let manual = folder.join("man");
    fs::create_dir_all(&manual).map_err(at(&manual))?;
    run(Command::new(program).args(["man", "--out"]).arg(&manual))?;
    let pages = fs::read_dir(&manual).map_err(at(&manual))?.flatten();
    run(compress().args(pages.map(|page| page.path())))?;
    for (shell, name) in COMPLETIONS {
        let script = output(Command::new(program).args(["completions", shell]))?;
        let path = folder.join(name);
        fs::write(&path, script).map_err(at(&path))?;
    }
    Ok(())
}

/// Compresses the files that are named, as Debian wants it.
fn compress() -> Command {
    let mut gzip = Command::new("gzip");
    gzip.args(["-9", "-n"]);
    gzip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_too_large_is_refused_with_both_sizes() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("trendgate");
        let file = fs::File::create(&program).unwrap();
        file.set_len(LARGEST - 1).unwrap();
        assert_eq!(small(&program), Ok(()));
        file.set_len(LARGEST).unwrap();
        let message = small(&program).unwrap_err();
        assert!(
            message.ends_with("expected less than 30000000 bytes, found 30000000"),
            "{message}"
        );
    }
}
