//! `cargo xtask deb`: the Debian package.
//!
//! Enters: the release build, what `crates/trendgate-cli/Cargo.toml` lists, `ops/`, and the notices of what is linked. Leaves: a package in
//! `debian` of the target folder. Refused: a program that is larger than [`LARGEST`], or that cargo-deb cannot be had for.

use crate::{Result, programs};
use std::path::Path;
use xshell::{Shell, cmd};

/// Nobody should wait for more. Three million of it are loops that work on several numbers at a time.
const LARGEST: u64 = 35_000_000;

/// What completes commands in each shell, and the file that it looks into.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "trendgate"),
    ("zsh", "_trendgate"),
    ("fish", "trendgate.fish"),
];

/// Whether cargo-deb is there.
pub(crate) fn is_possible(sh: &Shell) -> bool {
    cmd!(sh, "cargo deb --version").quiet().read().is_ok()
}

/// Builds the package.
pub(crate) fn deb(sh: &Shell) -> Result {
    if !is_possible(sh) {
        return Err("the package is made by cargo-deb: cargo install --locked cargo-deb".into());
    }
    let program = programs::built(sh)?;
    small(&program, LARGEST)?;
    // Beside the program: there cargo-deb looks for what was built.
    let folder = program.with_file_name("package");
    sh.remove_path(&folder)?;
    texts(sh, &program, &folder)?;
    let notices = folder.join("NOTICES");
    notices::write(sh, &programs::PACKAGES, &notices)?;
    cmd!(sh, "gzip -9 -n {notices}").run()?;
    let out = programs::target()?.join("debian/");
    let deb = cmd!(sh, "cargo deb --package trendgate-cli --no-build");
    Ok(deb.arg("--output").arg(out).run()?)
}

/// Refuses a file that is as large as `limit`.
pub(crate) fn small(file: &Path, limit: u64) -> Result {
    let name = file.display();
    let bytes = file.metadata()?.len();
    println!("{name}: {bytes} bytes");
    match bytes < limit {
        true => Ok(()),
        false => Err(format!("{name}: expected less than {limit} bytes, found {bytes}").into()),
    }
}

/// Has the program write its manual pages and completions into `folder`.
fn texts(sh: &Shell, program: &Path, folder: &Path) -> Result {
    let manual = sh.create_dir(folder.join("man"))?;
    cmd!(sh, "{program} man --out {manual}").run()?;
    let pages = sh.read_dir(&manual)?;
    cmd!(sh, "gzip -9 -n {pages...}").run()?;
    for (shell, name) in COMPLETIONS {
        let script = cmd!(sh, "{program} completions {shell}").output()?;
        sh.write_file(folder.join(name), script.stdout)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_refused_with_both_sizes() {
        let folder = Shell::new().unwrap();
        let folder = folder.create_temp_dir().unwrap();
        let program = folder.path().join("trendgate");
        std::fs::write(&program, [0; 99]).unwrap();
        assert!(small(&program, 100).is_ok());
        let message = small(&program, 99).unwrap_err().to_string();
        assert!(message.ends_with("trendgate: expected less than 99 bytes, found 99"));
    }
}
