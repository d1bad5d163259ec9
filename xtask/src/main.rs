//! The developer's commands: `cargo xtask <command>`.
//!
//! Enters: a command line. Leaves: the examples, corpora, generated references, or the verdict of the whole suite. Refused:
//! whatever a command cannot finish, with the file or program it stumbled over.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rules about the disk, the clock and the terminal are the library's and the program's; this is a developer's command"
)]

mod advisories;
mod bench;
mod corpus;
mod damaged;
mod dialect;
mod example;
mod flaws;
mod generate;
mod heavier;
mod licences;
mod notices;
mod package;
mod plant;
mod prng;
mod programs;
mod python;
mod site;
mod spdx;
mod suite;
mod torture;
mod weather;
mod wheel;
mod workbook;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a command returns; the text says what to do.
type Result<T = ()> = std::result::Result<T, String>;

/// The developer's commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the reports in examples/ anew; they are always the same
    Example,
    /// Writes a large seeded corpus of reports
    Corpus(corpus::CorpusArgs),
    /// Times the program against DuckDB and Polars on the same reports, after checking that all give the same numbers
    Bench(bench::BenchArgs),
    /// Writes schemas/, ops/, and docs/cli.md, dialects.md, metrics.md and types.md from the program itself
    Gen(generate::GenArgs),
    /// Builds the documentation as a site; a link that leads nowhere is an error
    Site,
    /// Builds the Debian package; needs cargo-deb
    Deb,
    /// Writes the notices and licences of what is linked into the program; the Debian package has them
    Notices {
        /// Where to
        file: PathBuf,
    },
    /// Builds the Python package and runs its tests against it
    Wheel,
    /// Runs everything that must hold before a change is done, and stops at the first failure
    Test(suite::TestArgs),
    /// Proves the commit path: every call of a run is killed, fails or loses its power, and a witness looks at what is left
    Torture(torture::TortureArgs),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Example => example::write(&root().join("examples")),
        Command::Corpus(args) => corpus::write(&args),
        Command::Bench(args) => bench::run(&root(), &args),
        Command::Gen(args) => generate::run(&root(), &args),
        Command::Site => site::build(&root()),
        Command::Deb => package::deb(&root()),
        Command::Notices { file } => notices::write(&root(), &file),
        Command::Wheel => wheel::build_and_test(&root()),
        Command::Test(args) => suite::test(&root(), args),
        Command::Torture(args) => torture::torture(&root(), &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Names the path in an error of the file system.
fn at(path: &Path) -> impl FnOnce(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}
