//! The developer's commands: `cargo xtask <command>`.
//!
//! Enters: a command line. Leaves: packages, generated references, or the verdict of the whole suite. Refused:
//! whatever a command cannot finish, with the file or program it stumbled over.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rules about the disk, the clock and the terminal are the library's and the program's; this is a developer's command"
)]

mod deny;
mod generate;
mod package;
mod platforms;
mod programs;
mod python;
mod readers;
mod site;
mod suite;
mod wheel;

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xshell::{Shell, cmd};

/// What a command returns; the error says which file or program failed, and what to do.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

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
    #[command(disable_help_flag = true)]
    Corpus(Words),
    /// Times the program against DuckDB and Polars on the same reports, after checking that all give the same numbers
    #[command(disable_help_flag = true)]
    Bench(Words),
    /// Proves the commit path: every call of a run is killed, fails or loses its power, and a witness looks at what is left
    #[command(disable_help_flag = true)]
    Torture(Words),
    /// Writes schemas/, ops/, and docs/cli.md, dialects.md, metrics.md and types.md from the program itself
    Gen {
        /// Write nothing; fail where a file is not what the program says
        #[arg(long)]
        check: bool,
    },
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
    /// Builds its sdist, and its wheels for manylinux_2_28 on x86_64 and aarch64, and tries them
    Platforms,
    /// Tries the package beside every reader, at its floor and at its newest, and writes docs/readers.md
    Readers(readers::ReadersArgs),
    /// Holds the crates of the lock file against deny.toml: licences, sources, and advisories where their database can be had
    Deny,
    /// Makes the release build of the program, or what is asked for instead, and says where it is
    Program(programs::ProgramArgs),
    /// Says where the Python is that has the packages of a list; it is made once for each list
    Python {
        /// The list, such as checks/requirements.txt
        requirements: PathBuf,
    },
    /// Runs everything that must hold before a change is done, and stops at the first failure
    Test(suite::TestArgs),
}

/// What another program of the workspace is told.
#[derive(Debug, Args)]
struct Words {
    /// Its own words; --help lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

fn main() -> ExitCode {
    match done(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn done(command: Command) -> Result {
    let here = std::env::current_dir()?;
    let sh = Shell::new()?;
    sh.change_dir(root());
    match command {
        Command::Example => {
            let testkit = programs::dev(&sh, "testkit")?;
            Ok(cmd!(sh, "{testkit} example").run()?)
        }
        Command::Corpus(corpus) => {
            let words = [vec!["corpus".into()], corpus.words].concat();
            passed_on(&sh, "testkit", &here, &words)
        }
        Command::Bench(bench) => passed_on(&sh, "bench", &here, &bench.words),
        Command::Torture(torture) => passed_on(&sh, "torture", &here, &torture.words),
        Command::Gen { check } => generate::run(&sh, check),
        Command::Site => site::build(&sh),
        Command::Deb => package::deb(&sh),
        Command::Notices { file } => notices::write(&sh, &programs::PACKAGES, &here.join(file)),
        Command::Wheel => wheel::build_and_test(&sh),
        Command::Platforms => platforms::build_and_try(&sh),
        Command::Readers(args) => readers::table(&sh, args),
        Command::Deny => deny::check(&sh),
        Command::Program(args) => args.make(&sh),
        Command::Python { requirements } => {
            println!("{}", python::with(&sh, &here.join(requirements))?.display());
            Ok(())
        }
        Command::Test(args) => suite::test(&sh, args),
    }
}

/// Runs a program of the workspace from where the developer is.
fn passed_on(sh: &Shell, name: &str, here: &Path, words: &[OsString]) -> Result {
    let program = programs::dev(sh, name)?;
    let _here = sh.push_dir(here);
    Ok(cmd!(sh, "{program} {words...}").quiet().run()?)
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}
