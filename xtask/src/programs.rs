//! The programs that cargo builds here, and where it puts them.

use crate::Result;
use clap::Args;
use std::path::PathBuf;
use xshell::{Shell, cmd};

/// What the release build builds. The Python module is named so that the features that it switches on are on in the program, too: its wheel then
/// finds Arrow and Parquet built.
pub(crate) const PACKAGES: [&str; 6] = [
    "--package",
    "trendgate-cli",
    "--package",
    "trendgate-py",
    "--features",
    "trendgate-py/extension-module",
];

/// All that the tests build, with every feature: whatever else is built so finds its dependencies built.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--all-features", "--locked"];

/// Which program is made.
#[derive(Debug, Args)]
pub(crate) struct ProgramArgs {
    /// One, for tests alone, that can be told to leave out a durable step
    #[arg(long)]
    mutations: bool,
    /// This example of the library, built for release
    #[arg(long, value_name = "NAME", conflicts_with = "mutations")]
    example: Option<String>,
}

impl ProgramArgs {
    /// Builds it, and prints its path.
    pub(crate) fn make(&self, sh: &Shell) -> Result {
        let made = match &self.example {
            _ if self.mutations => dev(sh, "trendgate")?,
            None => built(sh)?,
            Some(name) => {
                let words = ["--release", "--locked", "--package", "trendgate"];
                cmd!(sh, "cargo build {words...} --example {name}").run()?;
                target()?.join("release/examples").join(name)
            }
        };
        println!("{}", made.display());
        Ok(())
    }
}

/// Builds a program of the workspace for development.
pub(crate) fn dev(sh: &Shell, name: &str) -> Result<PathBuf> {
    let build = cmd!(sh, "cargo build --quiet {WORKSPACE...} --bin {name}");
    build.quiet().run()?;
    Ok(target()?.join("debug").join(name))
}

/// Makes the release build; the program. Only the program is linked.
pub(crate) fn built(sh: &Shell) -> Result<PathBuf> {
    let build = cmd!(sh, "cargo build --release --locked {PACKAGES...}");
    build.args(["--bin", "trendgate"]).run()?;
    program()
}

/// The program that the release build made.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(target()?.join("release/trendgate"))
}

/// Where cargo puts what it builds: it has put this program there.
pub(crate) fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors().skip(1).skip_while(|f| f.ends_with("deps"));
    let target = folders.nth(1).ok_or("xtask is in no target folder")?;
    Ok(target.to_owned())
}
