//! The developer's commands: `cargo xtask COMMAND`.

mod corpus;
mod dialect;
mod example;
mod generated;
mod licences;
mod plant;
mod random;
mod test;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What can go wrong here ends the command with a message.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks everything that CI checks
    Test,
    /// Writes the generated files: JSON Schemas and the command-line reference
    Gen {
        /// Only say whether they are current
        #[arg(long)]
        check: bool,
    },
    /// Writes the example plant and the folder of damaged reports
    Example,
    /// Writes a large corpus of reports
    Corpus(corpus::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test => test::run(),
        Command::Gen { check } => generated::run(check),
        Command::Example => example::write(&root().join("examples")),
        Command::Corpus(args) => corpus::write(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}
